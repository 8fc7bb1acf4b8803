"""The caregiver's answers: kept exactly once under the id the phone gave them, or keyed in from paper."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.rectification.actions.lawful import terms_of
from caregivers.rectification.actions.telling import write
from caregivers.rectification.order import Answered, AnswerKind, Order, answered, misdated
from caregivers.rectification.queries import answering as queries
from caregivers.rectification.queries import orders
from caregivers.rectification.queries.answering import StoredAnswer
from caregivers.rectification.refusals import (
    AnswerConflicts,
    MadeAtImpossible,
    NotDelivered,
    NothingSaid,
    OrderNotFound,
    OrderOver,
    PaperNeedsName,
)
from caregivers.rectification.result import fingerprint
from caregivers.rectification.terms import counts_from
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAnswer:
    """What the caregiver says at `made_at`, by the phone's clock. `on_paper_by`: whose paper somebody keys in."""

    id: UUID
    kind: AnswerKind
    text: str = ""
    made_at: datetime
    on_paper_by: str | None = None

    def sha256(self, order_id: UUID) -> bytes:
        content = {
            "kind": self.kind,
            "text": self.text,
            "made_at": self.made_at,
            "on_paper_by": self.on_paper_by,
        }
        return fingerprint(order_id, content)


async def answer(order_id: UUID, new: NewAnswer, *, by: Account, now: datetime) -> None:
    """Take an answer of the caregiver, from their own account or on paper by a supervisor; anybody else finds no order.

    The same id and content again changes nothing; with other content the first stands. An answer given before the
    deadline and arriving after it takes the lateness back.
    """
    if new.kind in ("statement", "done") and not new.text.strip():
        raise NothingSaid(field="/text")
    async with db.transaction(by.scope):
        order = await _held(order_id, new, by)
        sha256 = new.sha256(order_id)
        known = await queries.sha256_of(new.id)
        if known is not None:
            if known != sha256:
                raise AnswerConflicts
            return
        if misdated(order, new.made_at, now=now):
            raise MadeAtImpossible(field="/made_at")
        result = answered(order, new.kind, made_at=new.made_at)
        if result is None:
            raise OrderOver
        await _keep(order, new, sha256, result, by=by, now=now)


async def _held(order_id: UUID, new: NewAnswer, by: Account) -> Order:
    order = await orders.hold_own_order(order_id)
    if order is None and by.may("order.issue"):
        order = await orders.hold_order(order_id)
        if order is not None and not (new.on_paper_by or "").strip():
            raise PaperNeedsName(field="/on_paper_by")
    elif new.on_paper_by is not None:
        raise PaperNeedsName("本人答复无需填写代录姓名。", field="/on_paper_by")
    if order is None:
        raise OrderNotFound
    if order.told_at is None:
        raise NotDelivered
    return order


async def _keep(order: Order, new: NewAnswer, sha256: bytes, result: Answered, *, by: Account, now: datetime) -> None:
    terms = await terms_of(order, now)
    added = await queries.add_answer(
        StoredAnswer(
            id=new.id,
            order_id=order.id,
            area_id=order.area_id,
            kind=new.kind,
            text=new.text.strip(),
            by_account_id=by.id,
            on_paper_by=new.on_paper_by,
            made_at=new.made_at,
            logged_at=now,
            sha256=sha256,
            hear_by=terms.hear_by(now) if new.kind == "statement" else None,
        )
    )
    if not added:
        raise AnswerConflicts
    await queries.save_answered(
        order,
        status=result.status,
        submitted=result.status == "submitted" and order.status != "submitted",
        take_back="late_evidence" if result.in_time else None,
        now=now,
    )
    if new.kind == "statement" and order.count_at is not None:
        statements = (await orders.statements_of([order.id]))[order.id]
        failed = order.status == "failed"
        count_at = counts_from(order, terms, heard=statements.heard, unheard=statements.unheard, failed=failed)
        await orders.save_count_at({order.id: max(count_at, order.count_at)})
    await write(
        f"order.answered_{new.kind}",
        order,
        by=by.id,
        now=now,
        answer=new.id,
        made_at=new.made_at,
        status=result.status,
        paper=new.on_paper_by is not None,
    )
