"""Visits no plan asks for: somebody is back from an absence, or home from hospital, and must be seen soon."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from accounts.calendar import add
from accounts.queries import EffectivePolicy, calendars_for
from core import journal
from core.clock import local_day
from core.ids import new_id
from recipients.absence import return_checks
from recipients.by_policy import absence_rule
from recipients.queries import SupportFacts, support_facts_of
from visits.cadence import Basis, Slot
from visits.queries import laying as queries
from visits.queries.laying import NewVisit

_DISCHARGES_LOOKED_BACK = timedelta(days=7)


async def lay_checks(policies: Mapping[int, EffectivePolicy], *, now: datetime, limit: int) -> int:
    """Lay them, each once; how many. Joins the transaction under way."""
    back = await queries.back_unchecked(now=now, limit=limit)
    home = await queries.discharged(since=now - _DISCHARGES_LOOKED_BACK, limit=limit)
    if not back and not home:
        return 0
    facts = await support_facts_of({*back, *home})
    calendars = await calendars_for({one.district_id for one in facts.values()}, local_day(now))
    visits = []
    for one in facts.values():
        issued = policies[one.district_id]
        basis = basis_of(one, issued)
        if one.recipient_id in home:
            since = home[one.recipient_id]
            due_at = add(since, issued.policy.visits.after_major_change, calendars[one.district_id])
            visits.append(new_visit(one, basis, _at_once(since, due_at), reason="after_change"))
        owed = return_checks(one.absences, now, absence_rule(issued.policy, one.risk))
        if one.recipient_id in back and owed:
            since, due_at = max(check.over_at for check in owed), max(check.due_at for check in owed)
            visits.append(new_visit(one, basis, _at_once(since, due_at), reason="return_check"))
    await journal.write_all([_owed(visit, now) for visit in visits])
    return await queries.add_visits(visits)


def _at_once(since: datetime, due_at: datetime) -> Slot:
    return Slot(opens_at=since, due_at=due_at, missed_after=due_at)


def _owed(visit: NewVisit, now: datetime) -> journal.Entry:
    facts = {"reason": visit.reason, "due_at": visit.slot.due_at.isoformat(), "recipient": str(visit.recipient_id)}
    return journal.Entry(
        kind="visit.laid", subject_id=visit.id, area_id=visit.basis.area_id, by=None, at=now, facts=facts
    )


def basis_of(facts: SupportFacts, issued: EffectivePolicy) -> Basis:
    """What a visit to this person rests on now."""
    return Basis(area_id=facts.area_id, risk=facts.risk, policy_id=issued.id, worker_id=facts.visit_worker_id)


def new_visit(facts: SupportFacts, basis: Basis, slot: Slot, *, reason: str, plan_id: UUID | None = None) -> NewVisit:
    """A slot to lay for this person."""
    return NewVisit(
        id=new_id(),
        plan_id=plan_id,
        recipient_id=facts.recipient_id,
        district_id=facts.district_id,
        basis=basis,
        reason=reason,
        slot=slot,
    )
