"""What the clock looks for in orders, hazards, statements, verifications: claimed and written many at once.

Nothing here shows the jobs a name or a word somebody wrote.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from caregivers.rectification.order import Order
from caregivers.rectification.queries.orders import COLUMNS, order
from core import db

Risk = Literal["high", "key", "general"]

_RESTS_FOR = timedelta(minutes=15)


def _not_resting(subject: str) -> str:
    """What lies in quarantine is tried again after a while only. $2: the job, $3: quarantined lately is after this."""
    return (
        f"NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $2 AND q.subject_id = {subject}"
        " AND q.released_at IS NULL AND q.at > $3)"
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """An order that is due for something, and the risk of whom it is about."""

    order: Order
    risk: Risk
    submitted_at: datetime | None
    take_back: str | None


async def _claim(condition: str, by: str, *, job: str, now: datetime, limit: int) -> list[Due]:
    """Lock orders the longest due first. What somebody else holds is left to them."""
    rows = await db.fetch(
        f"SELECT {COLUMNS}, r.risk, o.submitted_at, o.take_back"
        " FROM rectification_order o LEFT JOIN recipient r ON r.id = o.recipient_id"
        f" WHERE {condition} AND {_not_resting('o.id')} ORDER BY {by} LIMIT $4 FOR NO KEY UPDATE OF o SKIP LOCKED",
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [_due(dict(row)) for row in rows]


def _due(row: dict[str, Any]) -> Due:
    risk, submitted_at, take_back = row.pop("risk"), row.pop("submitted_at"), row.pop("take_back")
    return Due(order=order(row), risk=risk or "high", submitted_at=submitted_at, take_back=take_back)


async def claim_lapsed(*, job: str, now: datetime, limit: int) -> list[Due]:
    """Orders the caregiver was told of, past their deadline without a submission."""
    return await _claim(
        "o.status IN ('issued', 'accepted', 'refused', 'in_progress') AND o.told_at IS NOT NULL"
        " AND o.deadline_at <= $1",
        "o.deadline_at",
        job=job,
        now=now,
        limit=limit,
    )


async def claim_to_verify(*, job: str, now: datetime, limit: int) -> list[Due]:
    """Orders submitted or overdue for which no verification is planned yet."""
    return await _claim(
        "o.status IN ('submitted', 'overdue') AND o.verification_id IS NULL AND $1::timestamptz IS NOT NULL",
        "o.deadline_at",
        job=job,
        now=now,
        limit=limit,
    )


async def claim_to_count(*, job: str, now: datetime, limit: int) -> list[Due]:
    """Orders whose failure may count by now."""
    return await _claim("o.count_at <= $1 AND o.take_back IS NULL", "o.count_at", job=job, now=now, limit=limit)


async def claim_to_take_back(*, job: str, now: datetime, limit: int) -> list[Due]:
    """Orders that were not late after all."""
    return await _claim(
        "o.take_back IS NOT NULL AND $1::timestamptz IS NOT NULL", "o.id", job=job, now=now, limit=limit
    )


_HELD_BACK = (
    "EXISTS (SELECT FROM replacement_case c WHERE c.agreement_id = o.agreement_id AND c.mandatory"
    " AND NOT c.confidential AND c.status IN ('proposed', 'heard'))"
)


async def claim_to_close(*, job: str, now: datetime, limit: int) -> list[Due]:
    """Orders that passed and that no open decision keeps from closing any more."""
    return await _claim(
        f"o.status = 'passed' AND NOT {_HELD_BACK} AND $1::timestamptz IS NOT NULL",
        "o.id",
        job=job,
        now=now,
        limit=limit,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Lapsed:
    """What becomes of an order past its deadline. `count_at`: when its failure is to be counted; None: it is now."""

    order_id: UUID
    count_at: datetime | None
    verification_id: UUID | None


async def save_lapsed(lapsed: Sequence[Lapsed], *, now: datetime) -> None:
    """These orders are overdue from now on."""
    await db.execute(
        "UPDATE rectification_order o SET status = 'overdue', overdue_at = $4, count_at = n.count_at,"
        " verification_id = n.verification_id, version = version + 1"
        " FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS n (id, count_at, verification_id)"
        " WHERE o.id = n.id",
        [one.order_id for one in lapsed],
        [one.count_at for one in lapsed],
        [one.verification_id for one in lapsed],
        now,
    )


async def save_taken_back(count_at: Sequence[tuple[UUID, datetime | None]]) -> None:
    """These orders were never late; a failed verification of one counts by itself."""
    await db.execute(
        "UPDATE rectification_order o SET overdue_at = NULL, take_back = NULL, count_at = n.count_at,"
        " version = version + 1 FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, count_at) WHERE o.id = n.id",
        [order_id for order_id, _ in count_at],
        [moment for _, moment in count_at],
    )


async def save_closed(order_ids: Sequence[UUID], *, now: datetime) -> list[UUID]:
    """Close what nothing holds back, asked once more now that nobody else judges; the ones closed."""
    rows = await db.fetch(
        "UPDATE rectification_order o SET status = 'closed', closed_at = $2, close_reason = '回访复核合格',"
        f" version = version + 1 WHERE o.id = ANY ($1::uuid[]) AND o.status = 'passed' AND NOT {_HELD_BACK}"
        " RETURNING o.id",
        list(order_ids),
        now,
    )
    return [row["id"] for row in rows]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unattended:
    """A hazard left alone past its time. `lives_here`: somebody lives there whom it endangers."""

    id: UUID
    recipient_id: UUID
    agreement_id: UUID | None
    area_id: int
    district_id: int
    severity: str
    attend_by: datetime
    risk: Risk
    lives_here: bool


async def claim_unattended(*, job: str, now: datetime, limit: int) -> list[Unattended]:
    """Lock open hazards nobody has attended to in time, told to nobody yet."""
    rows = await db.fetch(
        "SELECT h.id, h.recipient_id, h.agreement_id, h.area_id, h.district_id, h.severity, h.attend_by,"
        " coalesce(r.risk, 'high') AS risk, coalesce(r.standing IN ('at_home', 'in_hospital'), true) AS lives_here"
        " FROM hazard h LEFT JOIN recipient r ON r.id = h.recipient_id"
        f" WHERE h.attend_by <= $1 AND {_not_resting('h.id')}"
        " ORDER BY h.attend_by LIMIT $4 FOR NO KEY UPDATE OF h SKIP LOCKED",
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [Unattended(**row) for row in rows]


async def save_unattended(hazard_ids: Sequence[UUID], *, now: datetime) -> None:
    await db.execute(
        "UPDATE hazard SET attend_by = NULL, unattended_at = $2 WHERE id = ANY ($1::uuid[])", list(hazard_ids), now
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """A statement nobody has heard, or a verification nobody has made, past its time; with the order it is about."""

    id: UUID
    order_id: UUID
    agreement_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    due_at: datetime
    owner_id: UUID | None
    risk: Risk
    over: bool


async def claim_unheard(*, job: str, now: datetime, limit: int) -> list[Waiting]:
    """Lock statements unheard past their time, told to nobody yet."""
    rows = await db.fetch(
        "SELECT a.id, o.id AS order_id, o.agreement_id, o.recipient_id, o.area_id, o.district_id,"
        " a.hear_by AS due_at, NULL::uuid AS owner_id, coalesce(r.risk, 'high') AS risk, o.status = 'withdrawn' AS over"
        " FROM order_answer a JOIN rectification_order o ON o.id = a.order_id"
        " LEFT JOIN recipient r ON r.id = o.recipient_id"
        " WHERE a.hear_by <= $1 AND a.heard_at IS NULL AND a.unheard_at IS NULL"
        f" AND {_not_resting('a.id')} ORDER BY a.hear_by LIMIT $4 FOR NO KEY UPDATE OF a SKIP LOCKED",
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [Waiting(**row) for row in rows]


async def save_unheard(answer_ids: Sequence[UUID], *, now: datetime) -> None:
    await db.execute("UPDATE order_answer SET unheard_at = $2 WHERE id = ANY ($1::uuid[])", list(answer_ids), now)


async def claim_unverified(*, job: str, now: datetime, limit: int) -> list[Waiting]:
    """Lock verifications planned and past their time, told to nobody yet."""
    rows = await db.fetch(
        "SELECT v.id, o.id AS order_id, o.agreement_id, o.recipient_id, o.area_id, o.district_id, v.due_at,"
        " v.verifier_id AS owner_id, coalesce(r.risk, 'high') AS risk, false AS over"
        " FROM verification v JOIN rectification_order o ON o.id = v.order_id"
        " LEFT JOIN recipient r ON r.id = o.recipient_id"
        " WHERE v.status = 'planned' AND v.overdue_at IS NULL AND v.due_at <= $1"
        f" AND {_not_resting('v.id')} ORDER BY v.due_at LIMIT $4 FOR NO KEY UPDATE OF v SKIP LOCKED",
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [Waiting(**row) for row in rows]


async def save_unverified(verification_ids: Sequence[UUID], *, now: datetime) -> None:
    await db.execute("UPDATE verification SET overdue_at = $2 WHERE id = ANY ($1::uuid[])", list(verification_ids), now)


async def take_restored(*, limit: int) -> list[UUID]:
    """Agreements whose end was undone, each once: what counted while they lay ended has proposed nothing yet."""
    rows = await db.fetch(
        "WITH due AS (SELECT id FROM agreement WHERE restored_at IS NOT NULL ORDER BY id LIMIT $1"
        "  FOR NO KEY UPDATE SKIP LOCKED)"
        " UPDATE agreement a SET restored_at = NULL FROM due WHERE a.id = due.id RETURNING a.id",
        limit,
    )
    return [row["id"] for row in rows]
