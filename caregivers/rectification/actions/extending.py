"""One extension an order: asked for in time with a reason, decided by somebody else."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.rectification.actions.lawful import refuse_their_side, terms_of
from caregivers.rectification.actions.telling import said, tell, write
from caregivers.rectification.order import BEFORE_ANSWER, MOVES, Order
from caregivers.rectification.queries import orders
from caregivers.rectification.refusals import (
    AskerCannotDecide,
    ExtensionAskedAlready,
    ExtensionNotAsked,
    ExtensionTooLate,
    ExtensionTooLong,
    ExtensionUnavailable,
    NotDelivered,
    OrderNotFound,
    OrderOver,
    ReasonMissing,
)
from core import db


async def ask_extension(order_id: UUID, *, until: datetime, reason: str, by: Account, now: datetime) -> None:
    """Ask for more time, as the caregiver or for them; once, before the deadline, within policy's limit."""
    if not reason.strip():
        raise ReasonMissing(field="/reason")
    async with db.transaction(by.scope):
        order = await orders.hold_own_order(order_id)
        if order is None and by.may("order.issue"):
            order = await orders.hold_order(order_id)
        if order is None:
            raise OrderNotFound
        await _refuse_asking(order, until, now)
        await orders.save_status(
            order_id,
            order.status,
            extension_asked_by=by.id,
            extension_asked_at=now,
            extension_reason=reason.strip(),
            extension_until=until,
        )
        await write("order.extension_asked", order, by=by.id, now=now, until=until)


async def _refuse_asking(order: Order, until: datetime, now: datetime) -> None:
    if order.told_at is None:
        raise NotDelivered
    latest = (await terms_of(order, now)).extended_at_most(order.severity, order.first_deadline_at)
    if latest <= order.first_deadline_at:
        raise ExtensionUnavailable
    if order.status == "overdue" or now > order.deadline_at:
        raise ExtensionTooLate
    if order.status not in BEFORE_ANSWER:
        raise OrderOver
    if order.extension_asked_at is not None:
        raise ExtensionAskedAlready
    if not order.deadline_at < until <= latest:
        raise ExtensionTooLong(f"延期须晚于原期限，最迟不超过{said(latest)}。请调整后重新提交。", field="/until")


async def decide_extension(order_id: UUID, *, granted: bool, by: Account, now: datetime) -> None:
    """Grant or refuse an extension somebody else asked for. Granted after the old deadline, lateness is taken back."""
    async with db.transaction(by.scope):
        order = await orders.hold_order(order_id)
        if order is None:
            raise OrderNotFound
        if order.extension_asked_by is None or order.extension_until is None or order.extension_granted is not None:
            raise ExtensionNotAsked
        if order.extension_asked_by == by.id:
            raise AskerCannotDecide
        await refuse_their_side(by.id, order.caregiver_id)
        if order.status not in BEFORE_ANSWER and order.status != "overdue":
            raise OrderOver
        if granted and order.extension_until <= now:
            raise ExtensionTooLate("申请的期限已过，无法批准。请按逾期程序复核。")
        await _save(order, granted=granted, by=by, now=now)
        await write("order.extension_decided", order, by=by.id, now=now, granted=granted, until=order.extension_until)
        line = (
            f"您的延期申请已批准，整改期限延至{said(order.extension_until)}。" if granted else "您的延期申请未获批准。"
        )
        await tell(order, "order_changed", line, occurrence=f"extension_decided:{order_id}", now=now)


async def _save(order: Order, *, granted: bool, by: Account, now: datetime) -> None:
    decided = {"extension_decided_by": by.id, "extension_decided_at": now, "extension_granted": granted}
    if not granted:
        await orders.save_status(order.id, order.status, **decided)
    elif order.status == "overdue":
        await orders.cancel_verifications([order.id])
        await orders.save_status(
            order.id,
            MOVES["overdue", "extend"],
            deadline_at=order.extension_until,
            take_back="extended",
            verification_id=None,
            **decided,
        )
    else:
        await orders.save_status(order.id, order.status, deadline_at=order.extension_until, **decided)
