"""What the jobs look for: decisions and handovers past their time, successors and moves nobody has noted yet.

What somebody acts on at this moment is left to them; what lies in quarantine rests for a while.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from caregivers.replacement.case import Case
from caregivers.replacement.handover import ITEMS
from caregivers.replacement.queries.rows import COLUMNS, case
from core import db

Risk = Literal["high", "key", "general"]

_RESTS_FOR = timedelta(minutes=15)
_UNDER_WAY = "c.status IN ('proposed', 'heard', 'decided', 'temporary_care', 'successor_signed', 'handed_over')"


async def claim_undecided(job: str, *, now: datetime, limit: int) -> list[UUID]:
    """Lock undecided cases past their deadline that nobody was told of."""
    return await _claim(
        "c.status IN ('proposed', 'heard') AND c.decide_by <= $1"
        " AND NOT EXISTS (SELECT FROM alert a WHERE a.occurrence = 'replacement_undecided:' || c.id)",
        job,
        now,
        limit,
    )


async def claim_handovers_due(job: str, *, now: datetime, limit: int) -> list[UUID]:
    """Lock cases whose successor has begun and whose handover is past its time, told of to nobody yet."""
    return await _claim(
        "c.status = 'successor_signed' AND c.handover_due_at <= $1"
        " AND NOT EXISTS (SELECT FROM alert a WHERE a.occurrence = 'handover_overdue:' || c.id)",
        job,
        now,
        limit,
    )


async def claim_followed(job: str, *, now: datetime, limit: int) -> list[UUID]:
    """Lock cases for whose recipient somebody else's agreement has come into force."""
    return await _claim(
        "c.status IN ('decided', 'temporary_care') AND c.decision <> 'keep_with_reason'"
        f" AND EXISTS ({_FOLLOWER}) AND $1::timestamptz IS NOT NULL",
        job,
        now,
        limit,
    )


async def claim_handed_over(job: str, *, now: datetime, limit: int) -> list[UUID]:
    """Lock cases whose list is full, and whose recipient needs nobody else any more."""
    return await _claim(
        "c.decision <> 'keep_with_reason' AND (c.status = 'successor_signed'"
        "  OR c.status IN ('decided', 'temporary_care') AND NOT is_supported(c.recipient_id))"
        f" AND (SELECT count(*) FROM handover_item i WHERE i.case_id = c.id) = {len(ITEMS)}"
        " AND $1::timestamptz IS NOT NULL",
        job,
        now,
        limit,
    )


_FOLLOWER = (
    "SELECT a.id FROM agreement a WHERE a.recipient_id = c.recipient_id AND a.status = 'active'"
    " AND NOT same_caregiver(a.caregiver_id, c.caregiver_id)"
)


async def _claim(condition: str, job: str, now: datetime, limit: int) -> list[UUID]:
    rows = await db.fetch(
        f"SELECT c.id FROM replacement_case c WHERE {condition} AND NOT EXISTS (SELECT FROM quarantined q"
        " WHERE q.job = $2 AND q.subject_id = c.id AND q.released_at IS NULL AND q.at > $3)"
        " ORDER BY c.id LIMIT $4 FOR NO KEY UPDATE OF c SKIP LOCKED",
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [row["id"] for row in rows]


async def cases_of(case_ids: Sequence[UUID]) -> list[Case]:
    """Cases claimed before; any ordinary exception where a row makes no sense."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM replacement_case c WHERE c.id = ANY ($1::uuid[]) ORDER BY c.id", list(case_ids)
    )
    return [case(row) for row in rows]


async def followers_of(case_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """By case, the agreement that has come into force."""
    rows = await db.fetch(
        f"SELECT c.id, follower.id AS follower FROM replacement_case c CROSS JOIN LATERAL ({_FOLLOWER}) AS follower"
        " WHERE c.id = ANY ($1::uuid[])",
        list(case_ids),
    )
    return {row["id"]: row["follower"] for row in rows}


async def risks_of(recipient_ids: Collection[UUID]) -> dict[UUID, Risk]:
    rows = await db.fetch("SELECT id, risk FROM recipient WHERE id = ANY ($1::uuid[])", list(recipient_ids))
    return {row["id"]: row["risk"] for row in rows}


async def follow_moves(*, limit: int) -> int:
    """A case goes with a recipient who was moved to another village, or whoever answers there would not see it."""
    return await db.execute(
        "UPDATE replacement_case SET area_id = found.area_id FROM (SELECT c.id, r.area_id FROM replacement_case c"
        f" JOIN recipient r ON r.id = c.recipient_id WHERE {_UNDER_WAY} AND c.area_id <> r.area_id"
        " ORDER BY c.id LIMIT $1 FOR NO KEY UPDATE OF c SKIP LOCKED) found WHERE replacement_case.id = found.id",
        limit,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A case as far as somebody must know of it when it cannot be read."""

    recipient_id: UUID
    area_id: int
    district_id: int
    confidential: bool
    barred_ids: tuple[UUID, ...]


async def place_of(case_id: UUID) -> Place:
    row: Any = await db.fetch_one(
        "SELECT recipient_id, area_id, district_id, confidential, barred_ids FROM replacement_case WHERE id = $1",
        case_id,
    )
    return Place(**{**row, "barred_ids": tuple(row["barred_ids"])})
