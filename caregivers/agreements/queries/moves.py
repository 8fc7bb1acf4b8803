"""Each move of an agreement as stored. The row is locked by who judged it; the database refuses what no table has."""

from datetime import date, datetime
from uuid import UUID

from core import db

_BUMP = "version = version + 1, changed_at = $2"


async def save_submitted(agreement_id: UUID, *, now: datetime) -> None:
    await db.execute(f"UPDATE agreement SET status = 'pending_signatures', {_BUMP} WHERE id = $1", agreement_id, now)


async def save_activated(agreement_id: UUID, *, now: datetime) -> None:
    await db.execute(
        f"UPDATE agreement SET status = 'active', activated_at = $2, {_BUMP} WHERE id = $1", agreement_id, now
    )


async def save_suspended(agreement_id: UUID, *, reason: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE agreement SET status = 'suspended', suspended_at = $2, suspended_by = $3, suspend_reason = $4,"
        f" {_BUMP} WHERE id = $1",
        agreement_id,
        now,
        by,
        reason,
    )


async def save_resumed(agreement_id: UUID, *, now: datetime) -> None:
    """The journal keeps when and why it rested."""
    await db.execute(
        "UPDATE agreement SET status = 'active', suspended_at = NULL, suspended_by = NULL, suspend_reason = NULL,"
        f" {_BUMP} WHERE id = $1",
        agreement_id,
        now,
    )


async def save_ended(
    agreement_id: UUID,
    *,
    reason: str,
    on: date,
    by: UUID | None,
    now: datetime,
    note: str | None = None,
    case_id: UUID | None = None,
) -> None:
    await db.execute(
        "UPDATE agreement SET status = 'ended', ended_at = $2, ended_on = $3, ended_by = $4, ended_reason = $5,"
        f" end_note = $6, replacement_case_id = $7, {_BUMP} WHERE id = $1",
        agreement_id,
        now,
        on,
        by,
        reason,
        note,
        case_id,
    )


async def save_ended_by_itself(agreement_id: UUID, *, reason: str, on: date, now: datetime) -> None:
    await db.execute(
        "UPDATE agreement SET status = 'ended', ended_at = $2, ended_on = $3, ended_by = NULL, ended_reason = $4,"
        f" {_BUMP} WHERE id = $1",
        agreement_id,
        now,
        on,
        reason,
    )


async def save_restored(agreement_id: UUID, *, status: str, now: datetime) -> None:
    await db.execute(
        "UPDATE agreement SET status = $3, ended_at = NULL, ended_on = NULL, ended_by = NULL, ended_reason = NULL,"
        f" {_BUMP} WHERE id = $1",
        agreement_id,
        now,
        status,
    )


async def save_reviewed(agreement_id: UUID, *, decision: str, reason: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE agreement SET renewal_decision = $3, renewal_reason = $4, renewal_reviewed_by = $5,"
        f" renewal_reviewed_at = $2, {_BUMP} WHERE id = $1",
        agreement_id,
        now,
        decision,
        reason,
        by,
    )


async def settle_now() -> None:
    """Let the database judge at once what it would judge at commit: in a savepoint a refusal stays one row's own."""
    await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
    await db.execute("SET CONSTRAINTS ALL DEFERRED")
