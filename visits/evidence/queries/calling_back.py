"""Call-backs and draws as stored."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Role
from core import db
from core.ids import new_id

_COLUMNS = (
    "b.id, b.report_id, b.recipient_id, b.area_id, b.district_id, b.draw_id, b.why, b.assigned_to, b.created_at,"
    " b.due_at, b.status, b.outcome, b.how, b.note, b.done_by, b.done_at, r.by_account_id AS visitor_id, r.made_at"
)
_FROM = "FROM call_back b JOIN visit_report r ON r.id = b.report_id"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallBack:
    """A question whether a visit took place."""

    id: UUID
    report_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    draw_id: UUID | None
    why: str
    assigned_to: UUID | None
    created_at: datetime
    due_at: datetime
    status: str
    outcome: str | None
    how: str | None
    note: str
    done_by: UUID | None
    done_at: datetime | None
    visitor_id: UUID
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A report to be asked about."""

    report_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    visitor_id: UUID


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
        "SELECT r.id AS report_id, r.recipient_id, r.area_id, v.district_id, r.by_account_id AS visitor_id"
        " FROM visit_report r JOIN visit v ON v.id = r.visit WHERE r.id = ANY ($1::uuid[])"
        " AND NOT EXISTS (SELECT FROM call_back b WHERE b.report_id = r.id)",
        list(report_ids),
    )
    return [Asked(**row) for row in rows]


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


async def hold_call_back(call_back_id: UUID) -> CallBack | None:
    row = await db.fetch_one(f"SELECT {_COLUMNS} {_FROM} WHERE b.id = $1 FOR NO KEY UPDATE OF b", call_back_id)
    return CallBack(**row) if row else None


async def call_backs_page(
    *, assigned_to: UUID | None, status: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[CallBack]:
    """The caller's areas' call-backs, the first due first."""
    at, last = after or (None, None)
    rows = await db.fetch(
        f"SELECT {_COLUMNS} {_FROM} WHERE ($1::uuid IS NULL OR b.assigned_to = $1)"
        " AND ($2::text IS NULL OR b.status = $2) AND ($3::timestamptz IS NULL OR (b.due_at, b.id) > ($3, $4))"
        " ORDER BY b.due_at, b.id LIMIT $5",
        assigned_to,
        status,
        at,
        last,
        limit,
    )
    return [CallBack(**row) for row in rows]


async def save_outcome(call_back_id: UUID, *, outcome: str, how: str, note: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE call_back SET status = 'done', outcome = $2, how = $3, note = $4, done_by = $5, done_at = $6"
        " WHERE id = $1",
        call_back_id,
        outcome,
        how,
        note,
        by,
        now,
    )


async def assign(call_back_id: UUID, to: UUID) -> None:
    await db.execute("UPDATE call_back SET assigned_to = $2 WHERE id = $1", call_back_id, to)


async def caregivers_side_of(recipient_id: UUID) -> set[UUID]:
    """Accounts of whoever cares for this person, and of those related to them."""
    rows = await db.fetch(
        "SELECT DISTINCT unnest(caregivers_side(caregiver_id)) AS account_id FROM agreement"
        " WHERE recipient_id = $1 AND status IN ('active', 'suspended')",
        recipient_id,
    )
    return {row["account_id"] for row in rows}


async def may_see(account_id: UUID, area_id: int) -> Role | None:
    """The role of an active account that has this area among its own; None for any other."""
    role = await db.fetch_value(
        "SELECT a.role FROM account a JOIN account_area r ON r.account = a.id"
        " JOIN area_within w ON w.ancestor_id = r.area AND w.area_id = $2 WHERE a.id = $1 AND a.status = 'active'",
        account_id,
        area_id,
    )
    return Role(role) if role else None


async def months_to_draw(month_on: date, until_on: date) -> list[Month]:
    """Townships with visits made in a month and no draw for it yet. One round at a time."""
    rows = await db.fetch(
        "WITH mine AS (SELECT pg_try_advisory_xact_lock(hashtext('samples')) AS held)"
        " SELECT DISTINCT t.id AS area_id, t.district_id FROM grade g"
        " JOIN area_within w ON w.area_id = g.area_id JOIN area t ON t.id = w.ancestor_id AND t.level = 9, mine"
        " WHERE mine.held AND g.made_at >= ($1::date::timestamp AT TIME ZONE 'Asia/Shanghai')"
        " AND g.made_at < ($2::date::timestamp AT TIME ZONE 'Asia/Shanghai')"
        " AND NOT EXISTS (SELECT FROM sample_draw d WHERE d.area_id = t.id AND d.month_on = $1)",
        month_on,
        until_on,
    )
    return [Month(from_on=month_on, until_on=until_on, **row) for row in rows]


async def visits_of(month: Month) -> list[UUID]:
    """The reports of a township's month that still stand."""
    rows = await db.fetch(
        "SELECT g.id FROM grade g JOIN area_within w ON w.area_id = g.area_id AND w.ancestor_id = $1"
        " WHERE g.made_at >= ($2::date::timestamp AT TIME ZONE 'Asia/Shanghai')"
        " AND g.made_at < ($3::date::timestamp AT TIME ZONE 'Asia/Shanghai')"
        " AND NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = g.id)",
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
    """Call-backs past their time nobody is being told of."""
    return await db.fetch(
        "SELECT b.id, b.recipient_id, b.area_id, b.district_id, b.assigned_to, b.due_at FROM call_back b"
        " WHERE b.status = 'open' AND b.due_at <= $1"
        " AND NOT EXISTS (SELECT FROM alert a WHERE a.occurrence = 'call_back_overdue:' || b.id)"
        " ORDER BY b.due_at LIMIT $2 FOR NO KEY UPDATE OF b SKIP LOCKED",
        now,
        limit,
    )


async def complaints_to_ask_about(*, limit: int) -> list[UUID]:
    """The last report made before each complaint, where nobody has been set to ask about it."""
    rows = await db.fetch(
        "SELECT DISTINCT r.id FROM hazard h JOIN LATERAL (SELECT r.id FROM visit_report r"
        "  WHERE r.recipient_id = h.recipient_id AND r.outcome = 'made' AND r.made_at <= h.found_at"
        "  ORDER BY r.made_at DESC LIMIT 1) r ON true"
        " WHERE h.source = 'complaint' AND NOT EXISTS (SELECT FROM call_back b WHERE b.report_id = r.id) LIMIT $1",
        limit,
    )
    return [row["id"] for row in rows]
