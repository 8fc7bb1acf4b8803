"""Whom to ask whether a visit took place: drawn after the fact, given to somebody apart, told on when nobody asks."""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.calendar import add
from accounts.permissions import Role
from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts_today
from alerts.opening import NewAlert
from core import db, journal
from core.clock import local_day
from core.scope import JOBS
from visits.evidence.months import last_month
from visits.evidence.queries import drawing as queries
from visits.evidence.queries.drawing import Asked, Month
from visits.evidence.sampling import chosen, drawn, may_call_back
from visits.queries.laying import districts_with_people


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
            _asker(one, staff),
            add(now, policies[one.district_id].policy.sampling.call_back_within, calendars[one.district_id]),
        )
        for one in found
    ]
    added = await queries.add_call_backs(new, draw_id=draw_id, now=now)
    await journal.write_all([_entry("call_back.asked", one.report_id, one, now, why=why) for one, why, _, _ in new])
    return added


def _asker(one: Asked, staff: Mapping[int, Sequence[UUID]]) -> UUID | None:
    able = [
        account_id
        for account_id in staff.get(one.district_id, ())
        if may_call_back(account_id=account_id, role=Role.DISTRICT, visitor_id=one.visitor_id, caregivers_side=one.side)
    ]
    return chosen(able, one.report_id)


def _entry(kind: str, subject_id: UUID, one: Asked, now: datetime, **facts: str) -> journal.Entry:
    return journal.Entry(kind=kind, subject_id=subject_id, area_id=one.area_id, by=None, at=now, facts=facts)


async def draw_samples(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Draw the share of every township and month that has none yet, ask about complaints, hand on what is nobody's,
    and tell of what is late.

    {"draws": …, "drawn": …, "complaints": …, "handed_on": …, "overdue": …}
    """
    async with db.transaction(JOBS):
        months = await queries.months_to_draw(last_month(now))
        policies = await policies_for(await districts_with_people(), local_day(now))
        counts: Counter[str] = Counter(draws=len(months))
        for month in months:
            counts["drawn"] += await _draw(month, now)
        asking = [place for place, one in policies.items() if one.policy.sampling.every_complaint]
        complaints = await queries.complaints_to_ask_about(asking, limit=limit)
        counts["complaints"] = await ask_about(dict.fromkeys(complaints, "complaint"), now=now)
        counts["handed_on"] = await _hand_on(now, limit)
        counts["overdue"] = await _tell_overdue(now, limit)
        return counts


async def _draw(month: Month, now: datetime) -> int:
    """The seed is made now, after the month is over, and kept: nobody knew it before, everybody can check it."""
    issued = (await policies_for([month.district_id], local_day(now)))[month.district_id]
    population, seed = await queries.visits_of(month), secrets.token_hex(16)
    found = drawn(population, seed=seed, percent=issued.policy.sampling.percent_of_visits)
    draw_id = await queries.add_draw(month, seed=seed, population=len(population), drawn=len(found), now=now)
    await ask_about(dict.fromkeys(found, "sample"), draw_id=draw_id, now=now)
    facts = {"month": month.from_on, "seed": seed, "population": len(population), "drawn": len(found)}
    await journal.write("sample.drawn", subject_id=draw_id, area_id=month.area_id, by=None, at=now, facts=facts)
    return len(found)


async def _hand_on(now: datetime, limit: int) -> int:
    """What lay with somebody who has left, or with nobody, goes to whoever of the office may ask today."""
    idle = await queries.idle(limit=limit)
    staff = await queries.district_staff({one.asked.district_id for one in idle})
    found = {one.id: _asker(one.asked, staff) for one in idle}
    moved = [one for one in idle if found[one.id] != one.assigned_to]
    await queries.hand_on({one.id: found[one.id] for one in moved})
    taken = [one for one in moved if found[one.id]]
    await journal.write_all(
        [_entry("call_back.assigned", one.id, one.asked, now, to=str(found[one.id])) for one in taken]
    )
    return len(taken)


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
    return await open_alerts_today(new, now=now)
