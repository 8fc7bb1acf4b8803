"""From a concern to a case: opened by itself within seconds, with the alert and the proposal that policy demands."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.queries import EffectivePolicy, calendars_for, policies_for
from alerts.actions import bar_from, open_alerts
from alerts.ladder import after
from alerts.opening import NewAlert
from caregivers.abuse import suspicion
from caregivers.abuse.actions import poison
from caregivers.abuse.queries import opening as queries
from caregivers.abuse.queries.opening import About, NewCase, UnderWay, Waiting
from caregivers.replacement.actions import propose_by_policy
from caregivers.replacement.grounds import Ground
from core import db, journal, quarantine
from core.clock import local_day
from core.ids import new_id
from core.scope import JOBS


async def open_cases(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Put up to `limit` concerns into cases: {"claimed": …, "opened": …, "added": …, "barred": …, "quarantined": …}.

    One case a person under way; each round's concerns ring once, also about a case that is known. Asked again it finds
    what is left, and nothing twice. Whoever has come onto the caregiver's side meanwhile is barred first.
    """
    async with db.transaction(JOBS):
        barred = await _follow_the_side(now=now)
        waiting = await queries.claim_waiting(job=poison.JOB, now=now, limit=limit)

        async def work(some: Sequence[Waiting]) -> Counter[str]:
            return await _open(some, now=now)

        async def leave(one: Waiting, fault: Exception) -> None:
            await poison.set_aside(one.recipient_id, fault, now=now)

        counts = await quarantine.in_bulk(waiting, work, leave)
        counts["claimed"] = sum(len(one.concern_ids) for one in waiting)
        counts["barred"] = barred
        return counts


async def _follow_the_side(*, now: datetime) -> int:
    """A relation declared later bars like one that stood at the beginning, from everything that rests on the case."""
    grown = await queries.bar_the_near()
    for one in grown:
        subjects = [one.case_id, *([one.replacement_case_id] if one.replacement_case_id else [])]
        await bar_from(subjects, one.fresh, now=now)
        if one.replacement_case_id:
            await queries.bar_from_replacement(one.replacement_case_id, one.fresh)
    await _write("abuse.barred", {one.case_id: {"accounts": one.fresh} for one in grown}, now)
    return len(grown)


async def _open(waiting: Sequence[Waiting], *, now: datetime) -> Counter[str]:
    concerns = {one.recipient_id: one.concern_ids for one in waiting}
    about = {one.recipient_id: one for one in await queries.about(concerns)}
    if len(about) < len(concerns):
        raise LookupError("a concern about somebody who is not on the register")
    day, districts = local_day(now), {one.district_id for one in about.values()}
    policies, calendars = await policies_for(districts, day), await calendars_for(districts, day)
    new = [_new(one, policies[one.district_id], calendars[one.district_id], day, now) for one in about.values()]
    await queries.add_cases(new)
    cases = await queries.hold_under_way(concerns)
    ids = {case.id for case in cases.values()}
    opened = [one for one in new if one.id in ids]
    # Somebody whose case was closed this moment has none: their concerns wait for the next round, and for a new case.
    await queries.put_into_cases([(one, case.id) for who, case in cases.items() for one in concerns[who]])
    await open_alerts(
        [_alert(case, concerns[case.recipient_id]) for case in cases.values()],
        policies=policies,
        calendars=calendars,
        now=now,
    )
    await _journal(opened, cases, concerns, now)
    for one in opened:
        await _propose(one, policies[one.about.district_id], now=now)
    await poison.release(list(concerns), now=now)
    return Counter(opened=len(opened), added=len(cases) - len(opened))


def _new(about: About, issued: EffectivePolicy, calendar: WorkCalendar, day: date, now: datetime) -> NewCase:
    policy = issued.policy
    minor, without_capacity = suspicion.is_minor(about.known, day), suspicion.lacks_capacity(about.known)
    promptly = after(policy.alerts.resolve["critical"], now, urgent=True, calendar=calendar)
    return NewCase(
        id=new_id(),
        about=about,
        minor=minor,
        without_capacity=without_capacity,
        policy_id=issued.id,
        opened_at=now,
        report_due_at=suspicion.report_due(minor=minor, without_capacity=without_capacity, now=now, promptly=promptly),
        retain_until=suspicion.kept_until(day, policy.retention.grave_years),
    )


def _alert(case: UnderWay, concern_ids: Sequence[UUID]) -> NewAlert:
    """Its facts say whether the law waits for a report, and since when. A further concern is a happening of its own."""
    waits = case.report_due_at is not None and case.reported_at is None
    facts: dict[str, Any] = {"case": case.id, "concerns": len(concern_ids)}
    if waits:
        facts |= {"report_due_at": case.report_due_at, "report_for": "minor" if case.minor else "without_capacity"}
    return NewAlert(
        occurrence=f"abuse_suspected:{case.id}:{concern_ids[0]}",
        kind="abuse_suspected",
        risk="high",
        area_id=case.area_id,
        district_id=case.district_id,
        recipient_id=case.recipient_id,
        subject_id=case.id,
        facts=facts,
        confidential=True,
        barred_ids=case.barred_ids,
    )


async def _propose(new: NewCase, issued: EffectivePolicy, *, now: datetime) -> None:
    """Policy demands a decision on the caregiver, in confidence until people have heard them."""
    agreement_id = new.about.agreement_id
    if agreement_id is None or not issued.policy.replacement.on_abuse:
        return
    replacement_case_id = await propose_by_policy(
        agreement_id,
        [Ground(kind="abuse", subject_id=new.id, at=now)],
        confidential=True,
        barred_ids=new.about.barred_ids,
        now=now,
    )
    await queries.save_replacement(new.id, replacement_case_id)


async def _journal(
    opened: Sequence[NewCase], cases: Mapping[UUID, UnderWay], concerns: Mapping[UUID, Sequence[UUID]], now: datetime
) -> None:
    new = {one.id: one for one in opened}
    first = {
        one.id: {
            "concerns": concerns[one.about.recipient_id],
            "agreement_id": one.about.agreement_id,
            "report_due_at": one.report_due_at,
            "barred": one.about.barred_ids,
        }
        for one in opened
    }
    later = {case.id: {"concerns": concerns[who]} for who, case in cases.items() if case.id not in new}
    await _write("abuse.opened", first, now)
    await _write("abuse.concern_added", later, now)


async def _write(kind: str, facts: Mapping[UUID, dict[str, Any]], now: datetime) -> None:
    """Lines without a place: the journal of an area shows nothing of it."""
    await journal.write_all(
        [
            journal.Entry(kind=kind, subject_id=case_id, area_id=None, by=None, at=now, facts=said)
            for case_id, said in facts.items()
        ]
    )
