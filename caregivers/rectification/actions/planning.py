"""Verifications planned by themselves, once an order is submitted or its deadline has passed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.duty import Duty
from accounts.queries import DutyFacts, duty_facts
from alerts.actions import open_alerts_today, owe
from alerts.notices import NewNotice
from alerts.opening import NewAlert
from caregivers.rectification.actions.batch import terms_of
from caregivers.rectification.actions.telling import entry, notice, said
from caregivers.rectification.queries import planning as queries
from caregivers.rectification.queries.planning import Plan, Side
from caregivers.rectification.queries.sweeping import Due
from caregivers.rectification.terms import Terms
from caregivers.rectification.verifier import choose
from core import journal
from core.ids import new_id

_ASKED_IN_TURN = (Duty.VILLAGE, Duty.TOWNSHIP_SPECIALIST, Duty.TOWNSHIP_LEADER)


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """Plans by their order's id, with what storing and telling them needs."""

    due: Sequence[Due]
    plans: Mapping[UUID, Plan]
    sides: Mapping[UUID, Side]


async def plan(due: Sequence[Due], now: datetime) -> Counter[str]:
    """Plan one verification for each."""
    drawn = await draw(due, await terms_of([one.order for one in due], now), now)
    await queries.save_planned(drawn.plans.values())
    await store(drawn, now)
    return Counter(planned=len(due))


async def draw(due: Sequence[Due], terms: Mapping[UUID, Terms], now: datetime) -> Drawn:
    """One verification each: by whoever visits there, else whoever answers there, never by a barred one."""
    found = [one.order for one in due]
    visitors = await queries.visitors_of({one.recipient_id for one in found})
    sides = await queries.sides_of({one.caregiver_id for one in found})
    areas = {one.area_id for one in found}
    duty = await duty_facts(areas)
    on_duty = {area: _answering(duty, area, now) for area in areas}
    plans = {}
    for one in due:
        order = one.order
        asked = [visitors[order.recipient_id]] if order.recipient_id in visitors else []
        side = sides[order.caregiver_id].accounts
        verifier = choose([*asked, *on_duty[order.area_id]], issuer=order.issued_by, side=side)
        plans[order.id] = _plan(one, verifier, terms[order.id])
    return Drawn(due=due, plans=plans, sides=sides)


async def store(drawn: Drawn, now: datetime) -> None:
    """Add verifications whose orders name them, and tell both sides.

    Where nobody suits, somebody must be named, and an alert says so at once.
    """
    found, plans = [one.order for one in drawn.due], drawn.plans
    await queries.add_plans(plans.values(), now=now)
    await journal.write_all(
        [
            entry("verification.planned", one, by=None, now=now, verification=made.id, due_at=made.due_at)
            for one in found
            for made in [plans[one.id]]
        ]
    )
    await owe([one for order in found for one in _notices(plans[order.id], drawn.sides[order.caregiver_id])], now=now)
    unnamed = [one for one in drawn.due if plans[one.order.id].verifier_id is None]
    await open_alerts_today([_nobody_suits(one, plans[one.order.id], now) for one in unnamed], now=now)


def _answering(duty: DutyFacts, area_id: int, now: datetime) -> list[UUID]:
    return [answer.account_id for one in _ASKED_IN_TURN for answer in duty.answering(one, area_id, now)]


def _plan(due: Due, verifier_id: UUID | None, terms: Terms) -> Plan:
    order = due.order
    since = due.submitted_at if order.status == "submitted" and due.submitted_at else order.deadline_at
    return Plan(
        id=new_id(),
        order_id=order.id,
        area_id=order.area_id,
        district_id=order.district_id,
        verifier_id=verifier_id,
        due_at=terms.verify_by(order.severity, since),
    )


def _notices(plan: Plan, side: Side) -> Iterable[NewNotice]:
    by = said(plan.due_at)
    occurrence = f"verification_planned:{plan.id}"
    if plan.verifier_id:
        line = f"请在{by}前上门回访复核一份整改。请登录查看。"
        yield notice(plan.verifier_id, "verification_planned", line, occurrence=occurrence)
    if side.own:
        line = f"{by}前将有人上门回访复核您的整改，请予配合。"
        yield notice(side.own, "verification_planned", line, occurrence=occurrence)


def _nobody_suits(due: Due, plan: Plan, now: datetime) -> NewAlert:
    order = due.order
    return NewAlert(
        occurrence=f"verification_unassigned:{plan.id}",
        kind="verification_overdue",
        risk=due.risk,
        area_id=order.area_id,
        district_id=order.district_id,
        recipient_id=order.recipient_id,
        subject_id=order.id,
        facts={"agreement_id": order.agreement_id, "why": "nobody_suits", "since": now},
    )
