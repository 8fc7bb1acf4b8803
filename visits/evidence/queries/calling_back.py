"""Call-backs as stored: read, answered and handed on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Role
from core import db

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
