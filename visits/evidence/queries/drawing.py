"""Draws of call-backs as stored: what is drawn from, who may ask, and what is late."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Role
from core import db
from core.ids import new_id

_SIDE = (
    "ARRAY(SELECT DISTINCT unnest(whole_side_of(a.caregiver_id)) FROM agreement a"
    " WHERE a.recipient_id = r.recipient_id AND a.status IN ('active', 'suspended')) AS side"
)
_OF_MONTH = (
    "r.outcome = 'made' AND r.logged_at >= ({0}::timestamp AT TIME ZONE 'Asia/Shanghai')"
    " AND r.logged_at < ({1}::timestamp AT TIME ZONE 'Asia/Shanghai')"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A report to be asked about. `side`: accounts of whoever cares for the person, and of those related to them."""

    report_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    visitor_id: UUID
    side: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Month:
    """A township and a month that is over and has no draw yet. `until_on` is the first day after it."""

    area_id: int
    district_id: int
    from_on: date
    until_on: date


async def asked(report_ids: Collection[UUID]) -> list[Asked]:
    """These reports, those of them nobody is to ask about yet."""
    rows = await db.fetch(
        f"SELECT r.id AS report_id, r.recipient_id, r.area_id, v.district_id, r.by_account_id AS visitor_id, {_SIDE}"
        " FROM visit_report r JOIN visit v ON v.id = r.visit WHERE r.id = ANY ($1::uuid[])"
        " AND NOT EXISTS (SELECT FROM call_back b WHERE b.report_id = r.id)",
        list(report_ids),
    )
    return [_asked(row) for row in rows]


def _asked(row: Mapping[str, Any]) -> Asked:
    return Asked(**{**dict(row), "side": tuple(row["side"])})


async def district_staff(district_ids: Collection[int]) -> dict[int, list[UUID]]:
    """The active accounts of each district's own office: neither visitors nor anybody's superior in a township."""
    rows = await db.fetch(
        "SELECT id, district_id FROM account WHERE role = $2 AND status = 'active' AND district_id = ANY ($1::int[])",
        list(district_ids),
        Role.DISTRICT.value,
    )
    found: dict[int, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["district_id"]].append(row["id"])
    return found


async def add_call_backs(
    new: Sequence[tuple[Asked, str, UUID | None, datetime]], *, draw_id: UUID | None, now: datetime
) -> int:
    """Store questions, each with why, who asks and by when; a report is asked about once."""
    return await db.execute(
        "INSERT INTO call_back (id, report_id, recipient_id, area_id, district_id, why, assigned_to, due_at, draw_id,"
        " created_at, status, note) SELECT *, $9, $10, 'open', '' FROM unnest($1::uuid[], $2::uuid[], $3::uuid[],"
        " $4::int[], $5::int[], $6::text[], $7::uuid[], $8::timestamptz[]) ON CONFLICT (report_id) DO NOTHING",
        [new_id() for _ in new],
        [one.report_id for one, _, _, _ in new],
        [one.recipient_id for one, _, _, _ in new],
        [one.area_id for one, _, _, _ in new],
        [one.district_id for one, _, _, _ in new],
        [why for _, why, _, _ in new],
        [to for _, _, to, _ in new],
        [due_at for _, _, _, due_at in new],
        draw_id,
        now,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Idle:
    """A call-back that is nobody's any more, or never was anybody's."""

    id: UUID
    asked: Asked
    assigned_to: UUID | None


async def idle(*, limit: int) -> list[Idle]:
    """Open call-backs whose assignee has left, or that found nobody; locked."""
    rows = await db.fetch(
        f"SELECT b.id, b.assigned_to, r.id AS report_id, r.recipient_id, b.area_id, b.district_id,"
        f" r.by_account_id AS visitor_id, {_SIDE} FROM call_back b JOIN visit_report r ON r.id = b.report_id"
        " WHERE b.status = 'open' AND NOT EXISTS (SELECT FROM account a WHERE a.id = b.assigned_to"
        "  AND a.status = 'active') ORDER BY b.due_at, b.id LIMIT $1 FOR NO KEY UPDATE OF b SKIP LOCKED",
        limit,
    )
    return [
        Idle(
            id=row["id"],
            assigned_to=row["assigned_to"],
            asked=_asked({key: value for key, value in row.items() if key not in ("id", "assigned_to")}),
        )
        for row in rows
    ]


async def hand_on(found: Mapping[UUID, UUID | None]) -> None:
    """Give each of these call-backs to somebody else, or to nobody."""
    await db.execute(
        "UPDATE call_back b SET assigned_to = n.account_id FROM unnest($1::uuid[], $2::uuid[]) AS n (id, account_id)"
        " WHERE b.id = n.id",
        list(found),
        list(found.values()),
    )


async def months_to_draw(last_on: date) -> list[Month]:
    """Townships and months, up to the one that began on this day, that brought reports and have no draw yet.

    A visit belongs to the month its report reached the server in: none comes too late to be drawn. One round at a time.
    """
    rows = await db.fetch(
        "WITH mine AS (SELECT pg_try_advisory_xact_lock(hashtext('samples')) AS held),"
        " months AS (SELECT m::date AS from_on, (m + interval '1 month')::date AS until_on"
        "  FROM generate_series($1::date - interval '2 months', $1::date, interval '1 month') m)"
        " SELECT t.id AS area_id, t.district_id, months.from_on, months.until_on FROM mine, months, area t"
        " WHERE mine.held AND t.level = 9"
        " AND NOT EXISTS (SELECT FROM sample_draw d WHERE d.area_id = t.id AND d.month_on = months.from_on)"
        " AND EXISTS (SELECT FROM visit_report r JOIN area_within w ON w.area_id = r.area_id"
        f"  WHERE w.ancestor_id = t.id AND {_OF_MONTH.format('months.from_on', 'months.until_on')})"
        " ORDER BY months.from_on, t.id",
        last_on,
    )
    return [Month(**row) for row in rows]


async def visits_of(month: Month) -> list[UUID]:
    """The reports of a township's month that still stand."""
    rows = await db.fetch(
        "SELECT r.id FROM visit_report r JOIN area_within w ON w.area_id = r.area_id AND w.ancestor_id = $1"
        f" WHERE {_OF_MONTH.format('$2::date', '$3::date')}"
        " AND NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = r.id)",
        month.area_id,
        month.from_on,
        month.until_on,
    )
    return [row["id"] for row in rows]


async def add_draw(month: Month, *, seed: str, population: int, drawn: int, now: datetime) -> UUID:
    draw_id = new_id()
    await db.execute(
        "INSERT INTO sample_draw (id, area_id, district_id, month_on, seed, population, drawn, drawn_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        draw_id,
        month.area_id,
        month.district_id,
        month.from_on,
        seed,
        population,
        drawn,
        now,
    )
    return draw_id


async def overdue(*, now: datetime, limit: int) -> list[Mapping[str, Any]]:
    """Call-backs past their time, or nobody's, that nobody is being told of."""
    return await db.fetch(
        "SELECT b.id, b.recipient_id, b.area_id, b.district_id, b.assigned_to, b.due_at FROM call_back b"
        " WHERE b.status = 'open' AND (b.due_at <= $1 OR b.assigned_to IS NULL)"
        " AND NOT EXISTS (SELECT FROM alert a WHERE a.occurrence = 'call_back_overdue:' || b.id)"
        " ORDER BY b.due_at LIMIT $2 FOR NO KEY UPDATE OF b SKIP LOCKED",
        now,
        limit,
    )


async def complaints_to_ask_about(district_ids: Collection[int], *, limit: int) -> list[UUID]:
    """The last report made before each complaint, where nobody has been set to ask about it."""
    rows = await db.fetch(
        "SELECT DISTINCT r.id FROM hazard h JOIN LATERAL (SELECT r.id FROM visit_report r"
        "  WHERE r.recipient_id = h.recipient_id AND r.outcome = 'made' AND r.made_at <= h.found_at"
        "  AND NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = r.id)"
        "  ORDER BY r.made_at DESC LIMIT 1) r ON true"
        " WHERE h.source = 'complaint' AND h.district_id = ANY ($1::int[])"
        " AND NOT EXISTS (SELECT FROM call_back b WHERE b.report_id = r.id) LIMIT $2",
        list(district_ids),
        limit,
    )
    return [row["id"] for row in rows]
