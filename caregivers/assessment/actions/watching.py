"""The clock's part in assessments: it opens what is due, ends the time to object, tells somebody, decides nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from accounts.calendar import WorkCalendar, add
from accounts.queries import EffectivePolicy, calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from caregivers.agreements.actions import poison
from caregivers.assessment.periods import Period, aligned_start, completed
from caregivers.assessment.queries import watching as queries
from caregivers.assessment.queries.watching import Moved, ToOpen, Unassessed
from caregivers.assessment.responsible import midnight
from core import db, journal, quarantine
from core.clock import local_day
from core.scope import JOBS

JOB = "assessment"
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """The policy and the calendar of each district today."""

    policies: Mapping[int, EffectivePolicy]
    calendars: Mapping[int, WorkCalendar]


async def watch_assessments(*, now: datetime, limit: int = 1000) -> Counter[str]:
    """Open, cancel, reopen and finish what time has brought, and alert for what is late.

    {"claimed": …, "opened": …, "cancelled": …, "reopened": …, "final": …, "overdue": …, "objections_overdue": …}
    """
    async with db.transaction(JOBS):
        terms = await _terms(local_day(now))
        counts = await _open(terms, now=now, limit=limit)
        counts["cancelled"] = await _cancel(now, limit)
        counts["reopened"] = await _move(await queries.reopen_the_living(limit), "assessment.reopened", now)
        ended = await queries.end_time_to_object(now=now, limit=limit)
        counts["final"] = await _move(ended, "assessment.final", now)
        overdue = await queries.overdue(now=now, limit=limit)
        counts["overdue"] = await _tell("assessment_overdue", overdue, terms, now)
        objections = await queries.objections_overdue(now=now, limit=limit)
        counts["objections_overdue"] = await _tell("objection_overdue", objections, terms, now)
        return counts


async def _terms(today: date) -> Terms:
    districts = await queries.districts_with_agreements()
    return Terms(policies=await policies_for(districts, today), calendars=await calendars_for(districts, today))


async def _open(terms: Terms, *, now: datetime, limit: int) -> Counter[str]:
    today = local_day(now)
    every = {place: one.policy.caregivers.assessed_every_months for place, one in terms.policies.items()}
    ended = {place: aligned_start(today, months) - _DAY for place, months in every.items()}
    owing = await queries.unassessed(ended, job=JOB, today=today, now=now, limit=limit)

    async def work(some: Sequence[Unassessed]) -> Counter[str]:
        rows = [
            _row(one, period, terms)
            for one in some
            for period in completed(since=one.since, until=one.until, every_months=every[one.district_id], today=today)
        ]
        opened = await queries.open_rows(rows, now=now)
        await journal.write_all([_opened(row_id, row, now) for row_id, row in opened])
        await poison.release(JOB, [one.agreement_id for one in some], now=now)
        return Counter(opened=len(opened))

    async def leave(one: Unassessed, fault: Exception) -> None:
        await poison.set_aside(JOB, one.agreement_id, fault, now=now)

    counts = await quarantine.in_bulk(owing, work, leave)
    counts["claimed"] = len(owing)
    return counts


def _row(one: Unassessed, period: Period, terms: Terms) -> ToOpen:
    """The time to assess runs from the end of the period, whenever the job has found it."""
    issued = terms.policies[one.district_id]
    within = issued.policy.caregivers.assessed_within
    due_at = add(midnight(period.to_on + _DAY), within, terms.calendars[one.district_id])
    return ToOpen(of=one, period=period, due_at=due_at, policy_id=issued.id)


def _opened(row_id: UUID, row: ToOpen, now: datetime) -> journal.Entry:
    facts = {
        "agreement_id": row.of.agreement_id,
        "period_from": row.period.from_on,
        "period_to": row.period.to_on,
        "due_at": row.due_at,
    }
    return journal.Entry(
        kind="assessment.opened", subject_id=row_id, area_id=row.of.area_id, by=None, at=now, facts=facts
    )


async def _cancel(now: datetime, limit: int) -> int:
    cancelled = await queries.cancel_after_death(limit)
    await resolve_for(
        [one.id for one in cancelled],
        kinds={"assessment_overdue"},
        outcome="withdrawn",
        evidence={},
        by=None,
        now=now,
    )
    return await _move(cancelled, "assessment.cancelled", now)


async def _move(moved: Sequence[Moved], kind: str, now: datetime) -> int:
    await journal.write_all(
        [
            journal.Entry(
                kind=kind,
                subject_id=one.id,
                area_id=one.area_id,
                by=None,
                at=now,
                facts={"agreement_id": one.agreement_id},
            )
            for one in moved
        ]
    )
    return len(moved)


async def _tell(kind: str, late: Sequence[Moved], terms: Terms, now: datetime) -> int:
    """One alert a lateness: a row that was put aside and came back is late anew."""
    new = [
        NewAlert(
            occurrence=f"{kind}:{one.id}:{one.version}",
            kind=kind,
            risk=one.risk,  # type: ignore[arg-type]  # the register's own check holds it to the three words
            area_id=one.area_id,
            district_id=one.district_id,
            recipient_id=one.recipient_id,
            subject_id=one.id,
            facts={"agreement_id": one.agreement_id, "since": one.late_since},
        )
        for one in late
    ]
    return await open_alerts(new, policies=terms.policies, calendars=terms.calendars, now=now)
