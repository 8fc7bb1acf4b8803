"""Orders: issued for hazards of one agreement, told by a notice or delivered on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.agreements.queries import agreement_in_force
from caregivers.rectification.actions.attending import attend
from caregivers.rectification.actions.counting import judge
from caregivers.rectification.actions.lawful import refuse_their_side, terms_of, terms_today
from caregivers.rectification.actions.telling import said, tell, write
from caregivers.rectification.hazards import Hazard, gravest
from caregivers.rectification.order import BEFORE_ANSWER, Order
from caregivers.rectification.queries import hazards as hazard_queries
from caregivers.rectification.queries import issuing as queries
from caregivers.rectification.queries import orders
from caregivers.rectification.queries.issuing import StoredItem
from caregivers.rectification.refusals import (
    AlreadyTold,
    BreachMissing,
    DeliveredAtImpossible,
    HazardClosed,
    HazardNotFound,
    HazardOfAnother,
    HazardUnderOrder,
    ItemsMissing,
    NoAgreement,
    OrderIdTaken,
    OrderNotFound,
    OrderOver,
    ReasonMissing,
    ServiceNotPromised,
)
from core import db
from core.clock import local_day
from core.ids import new_id


@dataclass(frozen=True, kw_only=True, slots=True)
class NewItem:
    """A hazard, what must be true afterwards, and the service promised or the duty breached."""

    hazard_id: UUID
    must_be: str
    service: str | None = None
    duty: str = ""


async def issue(order_id: UUID, items: Sequence[NewItem], *, evidence: str, by: Account, now: datetime) -> UUID:
    """Order the caregiver of one agreement in force to put several things right, by a deadline of policy.

    A caregiver with an account is told at once; without one the order waits for its delivery on paper, and its clock
    with it. Refused: a hazard closed, of another agreement, or in an order under way.
    """
    _refuse_senseless(items)
    async with db.transaction(by.scope):
        hazards = await hazard_queries.hold_hazards([one.hazard_id for one in items])
        known = await queries.issued_by(order_id)
        if known is not None:
            if known == by.id and await queries.same_order(order_id, items):
                return order_id
            raise OrderIdTaken
        order = await _order(order_id, items, hazards, by=by, now=now)
        await refuse_their_side(by.id, order.caregiver_id)
        await _refuse_unpromised(order, items)
        number = await queries.add_order(order, evidence=evidence.strip(), year=local_day(now).year)
        await queries.add_items(order, [_stored(one) for one in items])
        if any(one.agreement_id is None and one.grave for one in hazards):
            await judge([order.agreement_id], now=now)
        facts = {"severity": order.severity, "hazards": [one.id for one in hazards], "deadline_at": order.deadline_at}
        await write("order.issued", order, by=by.id, now=now, number=number, **facts)
        line = f"您有一份新的整改通知，请在{said(order.deadline_at)}前完成整改。请登录查看，可以提出陈述申辩。"
        if order.severity == "critical":
            line = "您有一份新的整改通知，存在危急隐患，请立即消除。请登录查看，可以提出陈述申辩。"
        if await tell(order, "order_issued", line, occurrence=f"order_issued:{order_id}", now=now):
            await queries.save_told(order_id, how="notice", by=by.id, at=now)
            await attend([order_id], now=now, by=by.id)
        return order_id


def _refuse_senseless(items: Sequence[NewItem]) -> None:
    if not items or len({one.hazard_id for one in items}) != len(items):
        raise ItemsMissing(field="/items")
    for place, one in enumerate(items):
        if not one.must_be.strip():
            raise ReasonMissing("请写明整改后应达到的要求。", field=f"/items/{place}/must_be")
        if one.service is None and not one.duty.strip():
            raise BreachMissing(field=f"/items/{place}/duty")


async def _order(
    order_id: UUID, items: Sequence[NewItem], hazards: Sequence[Hazard], *, by: Account, now: datetime
) -> Order:
    if len(hazards) != len(items):
        raise HazardNotFound(field="/items")
    if len({one.recipient_id for one in hazards}) != 1:
        raise HazardOfAnother(field="/items")
    if any(one.status != "open" for one in hazards):
        raise HazardClosed(field="/items")
    if await hazard_queries.under_order([one.id for one in hazards]):
        raise HazardUnderOrder(field="/items")
    agreement = await agreement_in_force(hazards[0].recipient_id)
    if agreement is None:
        raise NoAgreement
    if any(one.agreement_id not in (None, agreement.id) for one in hazards):
        raise HazardOfAnother(field="/items")
    severity = gravest(one.severity for one in hazards)
    policy_id, terms = await terms_today(agreement.district_id, now)
    deadline = terms.deadline(severity, now)
    return Order(
        id=order_id,
        agreement_id=agreement.id,
        recipient_id=agreement.recipient_id,
        caregiver_id=agreement.caregiver_id,
        area_id=agreement.area_id,
        district_id=agreement.district_id,
        status="issued",
        severity=severity,
        policy_id=policy_id,
        issued_by=by.id,
        issued_at=now,
        told_at=None,
        deadline_at=deadline,
        first_deadline_at=deadline,
        statement_until=terms.statement_until(severity, now),
    )


async def _refuse_unpromised(order: Order, items: Sequence[NewItem]) -> None:
    promised = await queries.services_of(order.agreement_id)
    for place, one in enumerate(items):
        if one.service is not None and one.service not in promised:
            raise ServiceNotPromised(field=f"/items/{place}/service")


def _stored(one: NewItem) -> StoredItem:
    return StoredItem(
        id=new_id(), hazard_id=one.hazard_id, must_be=one.must_be.strip(), service=one.service, duty=one.duty.strip()
    )


async def deliver(order_id: UUID, *, delivered_at: datetime | None = None, by: Account, now: datetime) -> None:
    """Write down that the caregiver was handed the order on paper: its deadlines run from there."""
    at = delivered_at or now
    async with db.transaction(by.scope):
        order = await orders.hold_order(order_id)
        if order is None:
            raise OrderNotFound
        if order.told_at is not None:
            raise AlreadyTold
        if order.status not in BEFORE_ANSWER:
            raise OrderOver
        if not order.issued_at <= at <= now:
            raise DeliveredAtImpossible(field="/delivered_at")
        terms = await terms_of(order, now)
        await queries.save_told(order_id, how="paper", by=by.id, at=at)
        await queries.save_deadlines(
            order_id,
            deadline_at=terms.deadline(order.severity, at),
            statement_until=terms.statement_until(order.severity, at),
        )
        await attend([order_id], now=now, by=by.id)
        await write("order.delivered", order, by=by.id, now=now, told_at=at)
