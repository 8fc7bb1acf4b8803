"""Laying out: exactly one fitting plan for everybody who is visited, and its slots ahead. Level-triggered."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from accounts.policy import Policy
from accounts.queries import EffectivePolicy, policies_for
from alerts.actions import poison, resolve_for
from core import db, journal, quarantine
from core.clock import LOCAL, local_day
from core.ids import new_id
from core.scope import JOBS
from recipients.queries import SupportFacts, support_facts_of
from visits.actions.checking import basis_of, lay_checks, new_visit
from visits.cadence import Basis, Layout, Needs, Plan, Terms, lay, why_not_visited
from visits.contact import ABOUT_NOT_SEEN
from visits.queries import laying as queries
from visits.queries.contacts import last_contacts
from visits.queries.laying import InForce, NewPlan, NewVisit, OpenVisit

JOB = "layout"
_NOON = time(12)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Laid:
    """One recipient's layout: `plan_id` is of the plan the slots belong to."""

    facts: SupportFacts
    needs: Needs
    plan: Plan | None
    plan_id: UUID
    layout: Layout


async def lay_out(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Lay out up to `limit` recipients: {"claimed": …, "started": …, "ended": …, "laid": …}; call again until none.

    One transaction. Several workers at once share the recipients between them.
    """
    async with db.transaction(JOBS):
        policies = await policies_for(await queries.districts_with_people(), local_day(now))
        in_force = [
            InForce(district_id=district_id, policy_id=one.id, horizon=one.policy.visits.laid_ahead.delta)
            for district_id, one in policies.items()
        ]
        claimed = await queries.claim_unlaid(in_force, job=JOB, now=now, limit=limit)
        counts = await _lay_out(claimed, policies, now)
        counts["checks"] = await lay_checks(policies, now=now, limit=limit)
        counts["claimed"] = len(claimed)
        return counts


def terms_of(policy: Policy, risk: str) -> Terms:
    rows = policy.visits
    return Terms(
        every=rows.interval[risk].delta, opens_before=rows.opens_before[risk].delta, grace=rows.grace[risk].delta
    )


async def _lay_out(claimed: list[UUID], policies: Mapping[int, EffectivePolicy], now: datetime) -> Counter[str]:
    facts = await support_facts_of(claimed)

    async def work(recipients: Sequence[SupportFacts]) -> Counter[str]:
        return await _store(await _decide(recipients, policies, now), now)

    async def leave(one: SupportFacts, fault: Exception) -> None:
        await poison.set_aside(JOB, _bad(one), fault, now=now)

    return await quarantine.in_bulk([facts[one] for one in claimed], work, leave)


async def _decide(
    recipients: Sequence[SupportFacts], policies: Mapping[int, EffectivePolicy], now: datetime
) -> list[tuple[_Laid, list[OpenVisit]]]:
    ids = [one.recipient_id for one in recipients]
    plans = await queries.plans_of(ids)
    open_visits: dict[UUID, list[OpenVisit]] = defaultdict(list)
    for visit in await queries.hold_open_visits(ids):
        open_visits[visit.recipient_id].append(visit)
    contacts = {one: contact.at for one, contact in (await last_contacts(ids, until=now)).items()}
    decided = []
    for one in recipients:
        mine = open_visits[one.recipient_id]
        needs = _needs(one, policies[one.district_id], contacts.get(one.recipient_id), now)
        plan = plans.get(one.recipient_id)
        promised_at = min(
            (visit.due_at for visit in mine if visit.reason == "plan" and visit.due_at > now), default=None
        )
        layout = lay(needs, plan, promised_at=promised_at, now=now)
        keeps = plan is not None and layout.anchor_at is None
        laid = _Laid(facts=one, needs=needs, plan=plan, plan_id=plan.id if plan and keeps else new_id(), layout=layout)
        decided.append((laid, mine))
    return decided


def _needs(facts: SupportFacts, issued: EffectivePolicy, contact_at: datetime | None, now: datetime) -> Needs:
    """Whoever the imported ledger says was seen on a day was seen at noon."""
    told = datetime.combine(facts.last_seen_on, _NOON, LOCAL) if facts.last_seen_on else None
    seen = [moment for moment in (contact_at, told) if moment is not None and moment <= now]
    return Needs(
        recipient_id=facts.recipient_id,
        standing=facts.standing,
        support_mode=facts.support_mode,
        basis=basis_of(facts, issued),
        terms=terms_of(issued.policy, facts.risk),
        horizon=issued.policy.visits.laid_ahead.delta,
        seen_at=max(seen, default=None),
    )


async def _store(decided: list[tuple[_Laid, list[OpenVisit]]], now: datetime) -> Counter[str]:
    ended = {one.plan.id: one.layout.ends for one, _ in decided if one.plan and one.layout.ends}
    started = [one for one, _ in decided if one.layout.anchor_at is not None]
    cancelled: dict[UUID, str] = {}
    handed: dict[UUID, Basis] = {}
    for one, open_visits in decided:
        if one.layout.ends:
            gone, stays = _after_end(one, open_visits, now)
            cancelled |= dict.fromkeys(gone, one.layout.ends)
            handed |= dict.fromkeys(stays, one.needs.basis)
    await queries.close_plans(ended, now=now)
    await queries.cancel_visits(cancelled, now=now)
    await queries.hand_over_visits(handed)
    await queries.add_plans([_new_plan(one) for one in started], now=now)
    visits = [visit for one, _ in decided for visit in _new_visits(one)]
    laid = await queries.add_visits(visits)
    await queries.save_laid({one.plan_id: one.layout.laid_until for one, _ in decided if one.layout.laid_until})
    await _settle_alerts([one for one, _ in decided], now)
    await journal.write_all([entry for one, _ in decided for entry in _entries(one, now)])
    await poison.release(JOB, [one.facts.recipient_id for one, _ in decided], now=now)
    return Counter(started=len(started), ended=len(ended), cancelled=len(cancelled), laid=laid)


def _after_end(one: _Laid, open_visits: Sequence[OpenVisit], now: datetime) -> tuple[list[UUID], list[UUID]]:
    """Open visits that go and those that stay, once a plan has ended.

    Who left is not visited. Otherwise what is due already stays, as does whatever no plan laid; of the rest, only
    what falls on a slot of the new plan stays. The new plan's first slot is never later than what goes.
    """
    if why_not_visited(one.needs.standing, one.needs.support_mode):
        return [visit.id for visit in open_visits], []
    dues = {slot.due_at for slot in one.layout.slots}
    gone = [
        visit.id for visit in open_visits if visit.reason == "plan" and visit.due_at > now and visit.due_at not in dues
    ]
    return gone, [visit.id for visit in open_visits if visit.id not in gone]


def _new_plan(one: _Laid) -> NewPlan:
    anchor_at = one.layout.anchor_at
    assert anchor_at is not None
    return NewPlan(
        id=one.plan_id,
        recipient_id=one.facts.recipient_id,
        district_id=one.facts.district_id,
        basis=one.needs.basis,
        terms=one.needs.terms,
        anchor_at=anchor_at,
        laid_until=one.layout.laid_until,
    )


def _new_visits(one: _Laid) -> list[NewVisit]:
    return [
        new_visit(one.facts, one.needs.basis, slot, reason="plan", plan_id=one.plan_id) for slot in one.layout.slots
    ]


async def _settle_alerts(laid: Sequence[_Laid], now: datetime) -> None:
    """Nobody is sent to the door of somebody who, as two people confirmed, is not behind it any more."""
    left: dict[str, list[UUID]] = {}
    for one in laid:
        why = why_not_visited(one.needs.standing, one.needs.support_mode)
        if why and one.layout.ends:
            left.setdefault(why, []).append(one.facts.recipient_id)
    for why, recipient_ids in left.items():
        subjects = await queries.unresolved_subjects(recipient_ids, ABOUT_NOT_SEEN)
        await resolve_for(subjects, kinds=ABOUT_NOT_SEEN, outcome="left", evidence={"standing": why}, by=None, now=now)


def _entries(one: _Laid, now: datetime) -> list[journal.Entry]:
    happened = []
    if one.plan and one.layout.ends:
        happened.append(("plan.ended", {"plan": str(one.plan.id), "why": one.layout.ends}))
    if one.layout.anchor_at is not None:
        basis, first = one.needs.basis, one.layout.anchor_at + one.needs.terms.every
        facts = {"plan": str(one.plan_id), "risk": basis.risk, "first_due_at": first.isoformat()}
        happened.append(("plan.started", facts | ({"policy": str(basis.policy_id)} if basis.policy_id else {})))
    return [
        journal.Entry(
            kind=kind, subject_id=one.facts.recipient_id, area_id=one.facts.area_id, by=None, at=now, facts=facts
        )
        for kind, facts in happened
    ]


def _bad(one: SupportFacts) -> poison.Bad:
    """Somebody whose risk cannot be read is treated as the gravest case."""
    risk = one.risk if one.risk in ("high", "key", "general") else "high"
    return poison.Bad(
        subject_id=one.recipient_id,
        recipient_id=one.recipient_id,
        area_id=one.area_id,
        district_id=one.district_id,
        risk=risk,  # type: ignore[arg-type]
    )
