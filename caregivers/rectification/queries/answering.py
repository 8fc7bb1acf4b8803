"""Answers as stored: appended once each, a statement heard once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from caregivers.rectification.order import AnswerKind, Order, Status
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAnswer:
    id: UUID
    order_id: UUID
    area_id: int
    kind: AnswerKind
    text: str
    by_account_id: UUID
    on_paper_by: str | None
    made_at: datetime
    logged_at: datetime
    sha256: bytes
    hear_by: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldStatement:
    id: UUID
    order_id: UUID
    by_account_id: UUID
    heard_at: datetime | None


async def sha256_of(answer_id: UUID) -> bytes | None:
    """The content an answer's id stands for already, as far as the caller may see it."""
    found: bytes | None = await db.fetch_value("SELECT sha256 FROM order_answer WHERE id = $1", answer_id)
    return found


async def add_answer(new: StoredAnswer) -> bool:
    """Append an answer; False when its id is taken."""
    return bool(
        await db.execute(
            "INSERT INTO order_answer (id, order_id, area_id, kind, text, by_account_id, on_paper_by, made_at,"
            " logged_at, sha256, hear_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " ON CONFLICT (id) DO NOTHING",
            new.id,
            new.order_id,
            new.area_id,
            new.kind,
            new.text,
            new.by_account_id,
            new.on_paper_by,
            new.made_at,
            new.logged_at,
            new.sha256,
            new.hear_by,
        )
    )


async def save_answered(order: Order, *, status: Status, submitted: bool, take_back: str | None, now: datetime) -> None:
    """What an answer makes of an order held by the caller."""
    await db.execute(
        "UPDATE rectification_order SET status = $2, answered_at = $3, version = version + 1,"
        " submitted_at = CASE WHEN $4 THEN $3::timestamptz ELSE submitted_at END,"
        " take_back = coalesce($5, take_back) WHERE id = $1",
        order.id,
        status,
        now,
        submitted,
        take_back,
    )


async def hold_statement(answer_id: UUID, order_id: UUID) -> HeldStatement | None:
    """Lock a statement on an order the caller holds."""
    row = await db.fetch_one(
        "SELECT id, order_id, by_account_id, heard_at FROM order_answer"
        " WHERE id = $1 AND order_id = $2 AND kind = 'statement' FOR NO KEY UPDATE",
        answer_id,
        order_id,
    )
    return HeldStatement(**row) if row else None


async def save_heard(answer_id: UUID, *, upheld: bool, reason: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE order_answer SET heard_by = $2, heard_at = $3, upheld = $4, heard_reason = $5 WHERE id = $1",
        answer_id,
        by,
        now,
        upheld,
        reason,
    )
