"""The warning before a gap: duties nobody will hold are recorded, and whoever stands above is told."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.areas import Level, level_of
from accounts.calendar import add, next_in_window
from accounts.duty import Answer, Gap
from accounts.queries import (
    DutyFacts,
    EffectivePolicy,
    calendars_for,
    coming_gaps,
    district_ids,
    duty_facts,
    policies_for,
)
from alerts.actions.owing import owe
from alerts.gaps import ABOVE, lines, recorded_from
from alerts.notices import NewNotice
from alerts.queries import gaps as queries
from alerts.queries.people import administrators
from core import db
from core.clock import local_day
from core.scope import JOBS

Told = Mapping[tuple[UUID, int], Sequence[Gap]]
"""What each person hears of, by account and the area they answer for."""


async def notice_gaps(*, now: datetime, console: bool = False) -> Counter[str]:
    """Record the gaps within the days the policy looks ahead and tell of the new ones; {"gaps": …, "notices": …}.

    One transaction: what is recorded has been told. A person hears of all gaps found in one round together.
    """
    async with db.transaction(JOBS):
        ahead = await gaps_ahead(now=now)
        fresh = await queries.add_coming([(gap, recorded_from(gap, now=now)) for gap in ahead], now=now)
        if not fresh:
            return Counter(gaps=0, notices=0)
        facts = await duty_facts({gap.area_id for gap in fresh})
        districts = await district_ids({gap.area_id for gap in fresh})
        policies = await policies_for(set(districts.values()), local_day(now))
        told = await _told(fresh, facts, districts, now)
        names = {area_id: _name(area_id, facts) for area_id in {gap.area_id for gap in fresh}}
        notices = [
            _notice(account_id, area_id, gaps, names, policies[districts[gaps[0].area_id]], now)
            for (account_id, area_id), gaps in told.items()
        ]
        return Counter(gaps=len(fresh), notices=await owe(notices, now=now, console=console))


async def gaps_ahead(*, now: datetime) -> list[Gap]:
    """The gaps there are and those coming, each district looking as far ahead as its own policy says.

    Joins the transaction under way.
    """
    areas = await queries.areas_in_use(local_day(now))
    districts = await district_ids(areas)
    policies = await policies_for(set(districts.values()), local_day(now))
    calendars = await calendars_for(policies, local_day(now))
    until = {
        district_id: add(now, issued.policy.alerts.roster_gap_ahead, calendars[district_id])
        for district_id, issued in policies.items()
    }
    gaps = await coming_gaps(now, max(until.values(), default=now), areas)
    return [gap for gap in gaps if gap.area_id in districts and gap.starts_at < until[districts[gap.area_id]]]


async def _told(gaps: Sequence[Gap], facts: DutyFacts, districts: Mapping[int, int], now: datetime) -> Told:
    last = await administrators()
    found: dict[tuple[UUID, int], list[Gap]] = defaultdict(list)
    for gap in gaps:
        district = districts[gap.area_id]
        for answer in _above(gap, facts, now) or [Answer(account_id=one, area_id=district) for one in last]:
            found[answer.account_id, answer.area_id].append(gap)
    return found


def _above(gap: Gap, facts: DutyFacts, now: datetime) -> list[Answer]:
    """Whoever answers at this moment in the first group above it that has anybody, each once."""
    for duties in ABOVE[gap.duty]:
        answers = {one.account_id: one for duty in duties for one in facts.answering(duty, gap.area_id, now)}
        if answers:
            return list(answers.values())
    return []


def _name(area_id: int, facts: DutyFacts) -> str:
    """As people say it: a village with its township."""
    area = facts.areas[area_id]
    above = facts.areas.get(area.parent_id) if area.parent_id is not None else None
    return f"{above.name}{area.name}" if above and level_of(area.code) is Level.VILLAGE else area.name


def _notice(
    account_id: UUID,
    area_id: int,
    gaps: Sequence[Gap],
    names: Mapping[int, str],
    issued: EffectivePolicy,
    now: datetime,
) -> NewNotice:
    """Nobody is woken for it: outside the inbox it waits for the messaging hours, on any day of the week."""
    alerts = issued.policy.alerts
    return NewNotice(
        occurrence=f"roster_gap:{area_id}:{now.isoformat()}",
        kind="roster_gap",
        severity=alerts.severity_of("roster_gap"),
        account_id=account_id,
        area_id=area_id,
        send_after=next_in_window(now, alerts.messaging),
        facts={
            "gaps": [
                {
                    "area": gap.area_id,
                    "duty": gap.duty.value,
                    "starts_at": gap.starts_at.isoformat(),
                    "ends_at": gap.ends_at.isoformat() if gap.ends_at else None,
                }
                for gap in gaps
            ],
            "lines": lines(gaps, names, now=now),
        },
    )
