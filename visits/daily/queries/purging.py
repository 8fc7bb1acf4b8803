"""Forgetting checks and observations older than a district keeps them."""

from collections.abc import Mapping
from datetime import date

from core import db


async def districts() -> list[int]:
    """Every district there is."""
    rows = await db.fetch("SELECT id FROM area WHERE district_id = id")
    return [row["id"] for row in rows]


async def purge_checks(before: Mapping[int, date], *, limit: int) -> int:
    """Delete settled checks of days before each district's first kept one; how many."""
    return await db.execute(
        "DELETE FROM daily_check WHERE id IN (SELECT c.id FROM daily_check c JOIN unnest($1::int[], $2::date[])"
        " AS p (district_id, first_kept) USING (district_id) WHERE c.on_day < p.first_kept AND c.on_day < $3"
        " AND c.status <> 'expected' LIMIT $4 FOR UPDATE OF c SKIP LOCKED)",
        list(before),
        list(before.values()),
        max(before.values(), default=date.min),
        limit,
    )


async def purge_observations(before: Mapping[int, date], *, limit: int) -> int:
    """Delete what was seen on days before each district's first kept one; how many."""
    return await db.execute(
        "DELETE FROM observation WHERE id IN (SELECT o.id FROM observation o JOIN area a ON a.id = o.area_id"
        " JOIN unnest($1::int[], $2::date[]) AS p (district_id, first_kept) USING (district_id)"
        " WHERE o.on_day < p.first_kept AND o.on_day < $3 LIMIT $4)",
        list(before),
        list(before.values()),
        max(before.values(), default=date.min),
        limit,
    )
