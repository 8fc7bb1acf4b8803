"""Orders ended by people: withdrawn before anybody failed, or closed after a failure, never past an open decision."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.rectification.actions.attending import leave
from caregivers.rectification.actions.lawful import refuse_their_side, terms_of
from caregivers.rectification.actions.taking_away import ORDER_ALERTS
from caregivers.rectification.actions.telling import tell, write
from caregivers.rectification.order import Order, may
from caregivers.rectification.queries import orders
from caregivers.rectification.refusals import (
    CannotClose,
    CannotWithdraw,
    FailureNotCounted,
    MandatoryCaseUndecided,
    OrderNotFound,
    ReasonMissing,
)
from caregivers.replacement.queries.proposing import undecided_case_of
from core import db


async def withdraw(order_id: UUID, *, reason: str, by: Account, now: datetime) -> None:
    """Take back an order issued by mistake. Nobody's wish takes back one that is overdue or was verified."""
    async with db.transaction(by.scope):
        order = await _held(order_id, reason, by)
        if order.overdue_at is not None or not may(order.status, "withdraw"):
            raise CannotWithdraw
        await orders.save_withdrawn([order_id], reason=reason.strip(), by=by.id, now=now)
        await _release(order, "withdrawn", "withdrawn", by=by, now=now)
        await write("order.withdrawn", order, by=by.id, now=now, why="by_hand")
        line = "您的一份整改通知已撤回，不再需要整改。"
        await tell(order, "order_changed", line, occurrence=f"order_withdrawn:{order_id}", now=now)


async def close(order_id: UUID, *, reason: str, by: Account, now: datetime) -> None:
    """Close an order that failed or is overdue. Refused while policy demands a decision on the caregiver nobody took.

    A hazard it has not removed stays open and must be attended to anew.
    """
    async with db.transaction(by.scope):
        order = await _held(order_id, reason, by)
        if order.status not in ("failed", "overdue"):
            raise CannotClose
        if order.count_at is not None:
            raise FailureNotCounted
        await orders.one_at_a_time([order.agreement_id])
        if await undecided_case_of(order.agreement_id):
            raise MandatoryCaseUndecided
        await orders.save_status(order_id, "closed", closed_at=now, closed_by=by.id, close_reason=reason.strip())
        await orders.cancel_verifications([order_id])
        await _release(order, "failed", "closed", by=by, now=now)
        await write("order.closed", order, by=by.id, now=now, was=order.status)


async def _held(order_id: UUID, reason: str, by: Account) -> Order:
    if not reason.strip():
        raise ReasonMissing(field="/reason")
    order = await orders.hold_order(order_id)
    if order is None:
        raise OrderNotFound
    await refuse_their_side(by.id, order.caregiver_id)
    return order


async def _release(order: Order, items: str, outcome: str, *, by: Account, now: datetime) -> None:
    """No item of an order that has ended keeps its hazard; nobody is asked to see to the order any more."""
    waiting = [item for item in (await orders.items_of([order.id]))[order.id] if item.status == "open"]
    await orders.save_items([item.id for item in waiting], items)
    await leave([item.hazard_id for item in waiting], await terms_of(order, now), now=now)
    await resolve_for(
        [order.id], kinds=ORDER_ALERTS, outcome=outcome, evidence={"order": str(order.id)}, by=by.id, now=now
    )
