"""Verifications planned by themselves, once an order is submitted or its deadline has passed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from accounts.duty import Duty
from accounts.queries import DutyFacts, calendars_for, duty_facts, policies_for
from alerts.actions import open_alerts, owe
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
from core.clock import local_day
from core.ids import new_id

_ASKED_IN_TURN = (Duty.VILLAGE, Duty.TOWNSHIP_SPECIALIST, Duty.TOWNSHIP_LEADER)


async def plan(due: Sequence[Due], now: datetime) -> Counter[str]:
    """Plan one verification for each: by whoever visits there, else whoever answers there, never by a barred one.

    Where nobody suits, somebody must be named, and an alert says so at once.
    """
    found = [one.order for one in due]
    terms = await terms_of(found, now)
    visitors = await queries.visitors_of({one.recipient_id for one in found})
    sides = await queries.sides_of({one.caregiver_id for one in found})
    duty = await duty_facts({one.area_id for one in found})
    on_duty = {area: _answering(duty, area, now) for area in {one.area_id for one in found}}
    plans = {}
    for one in due:
        order = one.order
        asked = [visitors[order.recipient_id]] if order.recipient_id in visitors else []
        side = sides[order.caregiver_id].accounts
        verifier = choose([*asked, *on_duty[order.area_id]], issuer=order.issued_by, side=side)
        plans[order.id] = _plan(one, verifier, terms[order.id])
    await queries.add_plans(list(plans.values()), now=now)
    await journal.write_all(
        [
            entry("verification.planned", one, by=None, now=now, verification=made.id, due_at=made.due_at)
            for one in found
            for made in [plans[one.id]]
        ]
    )
    await owe([one for order in found for one in _notices(plans[order.id], sides[order.caregiver_id])], now=now)
    await _ask_for_somebody([one for one in due if plans[one.order.id].verifier_id is None], plans, now)
    return Counter(planned=len(due))


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


async def _ask_for_somebody(due: Sequence[Due], plans: dict[UUID, Plan], now: datetime) -> None:
    if not due:
        return
    districts, day = {one.order.district_id for one in due}, local_day(now)
    await open_alerts(
        [
            NewAlert(
                occurrence=f"verification_unassigned:{plans[one.order.id].id}",
                kind="verification_overdue",
                risk=one.risk,
                area_id=one.order.area_id,
                district_id=one.order.district_id,
                recipient_id=one.order.recipient_id,
                subject_id=one.order.id,
                facts={"agreement_id": one.order.agreement_id, "why": "nobody_suits", "since": now},
            )
            for one in due
        ],
        policies=await policies_for(districts, day),
        calendars=await calendars_for(districts, day),
        now=now,
    )
