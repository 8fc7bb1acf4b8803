"""Coming roster gaps as stored: each area, duty and beginning once."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from accounts.duty import Gap
from core import db
from core.ids import new_id


async def areas_in_use(on: date) -> list[int]:
    """Every valid area of the districts in which somebody could sign in; the rest of the country may lie idle."""
    rows = await db.fetch(
        "SELECT id FROM area WHERE district_id IN (SELECT district_id FROM account WHERE status = 'active')"
        " AND valid_from <= $1 AND (valid_to IS NULL OR valid_to > $1)",
        on,
    )
    return [row["id"] for row in rows]


async def add_coming(gaps: Sequence[tuple[Gap, datetime]], *, now: datetime) -> list[Gap]:
    """Record gaps, each under a moment; those that were not recorded yet."""
    by_id: dict[UUID, tuple[Gap, datetime]] = {new_id(): one for one in gaps}
    rows = await db.fetch(
        "INSERT INTO roster_gap (id, area_id, duty, found, starts_at, ends_at, noticed_at)"
        " SELECT id, area_id, duty, 'coming', starts_at, ends_at, $6::timestamptz"
        " FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[])"
        " AS gap (id, area_id, duty, starts_at, ends_at)"
        " ON CONFLICT (area_id, duty, found, starts_at) DO NOTHING RETURNING id",
        list(by_id),
        [gap.area_id for gap, _ in by_id.values()],
        [gap.duty.value for gap, _ in by_id.values()],
        [recorded for _, recorded in by_id.values()],
        [gap.ends_at for gap, _ in by_id.values()],
        now,
    )
    fresh = {row["id"] for row in rows}
    return [gap for gap_id, (gap, _) in by_id.items() if gap_id in fresh]
