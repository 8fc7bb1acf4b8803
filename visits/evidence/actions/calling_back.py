"""Call-backs: drawn after the fact, asked by somebody apart, and told on when the answer is no or none at all."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.calendar import add
from accounts.permissions import Account
from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden
from core.scope import JOBS
from visits.evidence.months import month_before
from visits.evidence.queries import calling_back as queries
from visits.evidence.queries.calling_back import Asked, CallBack, Month
from visits.evidence.refusals import AssigneeUnfit, CallBackDone, CallBackNotFound, VisitorCallsBack
from visits.evidence.sampling import chosen, drawn, may_call_back

_TOLD_ON = frozenset({"denied", "unreachable"})


async def ask_about(reports: Mapping[UUID, str], *, draw_id: UUID | None = None, now: datetime) -> int:
    """Have somebody of the district's office ask about these reports, each with the word for why; how many are new.

    Joins the jobs' transaction under way.
    """
    found = await queries.asked(reports)
    if not found:
        return 0
    districts, today = {one.district_id for one in found}, local_day(now)
    policies, calendars = await policies_for(districts, today), await calendars_for(districts, today)
    staff = await queries.district_staff(districts)
    new = [
        (
            one,
            reports[one.report_id],
            chosen([able for able in staff.get(one.district_id, ()) if able != one.visitor_id], one.report_id),
            add(now, policies[one.district_id].policy.sampling.call_back_within, calendars[one.district_id]),
        )
        for one in found
    ]
    added = await queries.add_call_backs(new, draw_id=draw_id, now=now)
    await journal.write_all([_asked_entry(one, why, now) for one, why, _, _ in new])
    return added


def _asked_entry(one: Asked, why: str, now: datetime) -> journal.Entry:
    return journal.Entry(
        kind="call_back.asked", subject_id=one.report_id, area_id=one.area_id, by=None, at=now, facts={"why": why}
    )


async def draw_samples(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Draw last month's share in every township that has none yet, ask about complaints, and tell of what is late.

    {"draws": …, "drawn": …, "complaints": …, "overdue": …}
    """
    async with db.transaction(JOBS):
        months = await queries.months_to_draw(*month_before(local_day(now)))
        counts: Counter[str] = Counter(draws=len(months))
        policies = await policies_for({one.district_id for one in months}, local_day(now))
        for month in months:
            percent = policies[month.district_id].policy.sampling.percent_of_visits
            counts["drawn"] += await _draw(month, percent, now)
        complaints = await queries.complaints_to_ask_about(limit=limit)
        counts["complaints"] = await ask_about(dict.fromkeys(complaints, "complaint"), now=now)
        counts["overdue"] = await _tell_overdue(now, limit)
        return counts


async def _draw(month: Month, percent: int, now: datetime) -> int:
    """The seed is made now, after the month is over, and kept: nobody knew it before, everybody can check it."""
    population, seed = await queries.visits_of(month), secrets.token_hex(16)
    found = drawn(population, seed=seed, percent=percent)
    draw_id = await queries.add_draw(month, seed=seed, population=len(population), drawn=len(found), now=now)
    await ask_about(dict.fromkeys(found, "sample"), draw_id=draw_id, now=now)
    facts = {"month": month.from_on, "seed": seed, "population": len(population), "drawn": len(found)}
    await journal.write("sample.drawn", subject_id=draw_id, area_id=month.area_id, by=None, at=now, facts=facts)
    return len(found)


async def _tell_overdue(now: datetime, limit: int) -> int:
    found = await queries.overdue(now=now, limit=limit)
    new = [
        NewAlert(
            occurrence=f"call_back_overdue:{one['id']}",
            kind="call_back_overdue",
            area_id=one["district_id"],
            district_id=one["district_id"],
            recipient_id=one["recipient_id"],
            subject_id=one["id"],
            owner_id=one["assigned_to"],
            facts={"due_at": one["due_at"]},
        )
        for one in found
    ]
    return await _open(new, now)


async def _open(new: Sequence[NewAlert], now: datetime) -> int:
    districts, today = {one.district_id for one in new}, local_day(now)
    return await open_alerts(
        new, policies=await policies_for(districts, today), calendars=await calendars_for(districts, today), now=now
    )


async def log_call_back(
    call_back_id: UUID,
    *,
    outcome: Literal["confirmed", "denied", "unreachable"],
    how: Literal["phone", "door", "video"],
    note: str,
    by: Account,
    now: datetime,
) -> CallBack:
    """What was answered. Denied or nobody reached: an alert at once. The same answer again changes nothing."""
    async with db.transaction(by.scope):
        held = await _held(call_back_id)
        if held.status == "done":
            if (held.outcome, held.done_by) == (outcome, by.id):
                return held
            raise CallBackDone
        side = await queries.caregivers_side_of(held.recipient_id)
        if not may_call_back(account_id=by.id, role=by.role, visitor_id=held.visitor_id, caregivers_side=side):
            raise VisitorCallsBack
        await queries.save_outcome(call_back_id, outcome=outcome, how=how, note=note, by=by.id, now=now)
        facts = {"outcome": outcome, "how": how, "report": str(held.report_id)}
        await journal.write(
            "call_back.answered", subject_id=call_back_id, area_id=held.area_id, by=by.id, at=now, facts=facts
        )
        if outcome in _TOLD_ON:
            await _open([_doubted(held, outcome)], now)
        await resolve_for(
            [call_back_id], kinds={"call_back_overdue"}, outcome="called_back", evidence=facts, by=by.id, now=now
        )
        return await _held(call_back_id)


def _doubted(held: CallBack, outcome: str) -> NewAlert:
    """`since`: only a contact after this moment answers it."""
    return NewAlert(
        occurrence=f"visit_doubted:{held.report_id}",
        kind="visit_doubted",
        area_id=held.area_id,
        district_id=held.district_id,
        recipient_id=held.recipient_id,
        subject_id=held.report_id,
        facts={"outcome": outcome, "made_at": held.made_at},
    )


async def reassign(call_back_id: UUID, *, to: UUID, by: Account, now: datetime) -> CallBack:
    """Hand a question to somebody else who may ask it; whoever only reads hands over nothing."""
    if not by.may("callback.log"):
        raise Forbidden
    async with db.transaction(by.scope):
        held = await _held(call_back_id)
        if held.status == "done":
            raise CallBackDone
        role, side = await queries.may_see(to, held.area_id), await queries.caregivers_side_of(held.recipient_id)
        if role is None or not may_call_back(
            account_id=to, role=role, visitor_id=held.visitor_id, caregivers_side=side
        ):
            raise AssigneeUnfit(field="/to")
        await queries.assign(call_back_id, to)
        facts = {"to": str(to)}
        await journal.write(
            "call_back.assigned", subject_id=call_back_id, area_id=held.area_id, by=by.id, at=now, facts=facts
        )
        return await _held(call_back_id)


async def _held(call_back_id: UUID) -> CallBack:
    held = await queries.hold_call_back(call_back_id)
    if held is None:
        raise CallBackNotFound
    return held
