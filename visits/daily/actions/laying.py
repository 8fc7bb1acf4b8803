"""Laying checks: today's and tomorrow's windows of everybody who is looked at, and an end for those who left."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.queries import policies_for
from alerts.actions import resolve_for
from core import db, journal
from core.clock import local_day
from core.scope import JOBS
from visits.daily.queries import ABOUT_WINDOWS
from visits.daily.queries import laying as queries
from visits.daily.queries.laying import DistrictOpening, Ended
from visits.daily.windows import openings

_DAY = timedelta(days=1)


async def lay_checks(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """{"households": …, "laid": …, "sensed": …, "ended": …, "settled": …}; call again until none is full.

    One transaction, level-triggered; several at once share the households. Yesterday's windows are laid, too, where
    they are missing: after an outage they are judged like any other. A window once laid keeps its times; a policy
    changes those of the days after.
    """
    async with db.transaction(JOBS):
        ended = await queries.end_left(now=now, limit=limit)
        await journal.write_all([_entry(one, now) for one in ended])
        settled = await resolve_for(
            await queries.alerts_of_left(), kinds=ABOUT_WINDOWS, outcome="left", evidence={}, by=None, now=now
        )
        ahead = await _openings(now)
        until = local_day(now) + _DAY
        households, laid = await queries.lay_lanes(ahead, until=until, now=now, limit=limit)
        sensed = await queries.lay_sensors(ahead, now=now, limit=limit)
        return Counter(households=households, laid=laid, sensed=sensed, ended=len(ended), settled=len(settled))


async def _openings(now: datetime) -> Sequence[DistrictOpening]:
    """The windows of every district with anybody to look at, each day by the policy in force on it."""
    districts, today = await queries.watched_districts(), local_day(now)
    return [
        DistrictOpening(district_id=district_id, opening=one)
        for day in (today - _DAY, today, today + _DAY)
        for district_id, issued in (await policies_for(districts, day)).items()
        for one in openings(issued.policy.curtain, day)
    ]


def _entry(one: Ended, now: datetime) -> journal.Entry:
    facts = {"recipient": str(one.recipient_id), "why": one.why}
    return journal.Entry(
        kind="daily_check.ended", subject_id=one.check_id, area_id=one.area_id, by=None, at=now, facts=facts
    )
