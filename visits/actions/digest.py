"""Sending the digest: each township and district once a day, to everybody who answers for it, also when it is empty."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from accounts.calendar import next_in_window
from accounts.duty import Answer, Duty
from accounts.policy_words import Risk
from accounts.queries import DutyFacts, EffectivePolicy, duty_facts, policies_for
from alerts.actions import owe
from alerts.actions.gaps import gaps_ahead
from alerts.notices import NewNotice
from core import db
from core.clock import LOCAL
from core.scope import JOBS
from visits.digest import Counts, facts, occurrence, owed, seen_since
from visits.queries import digest as queries
from visits.queries.digest import Place, Since

_DAY = timedelta(days=1)

Audience = Mapping[Place, Sequence[Answer]]


async def send_digest(*, now: datetime, console: bool = False) -> Counter[str]:
    """Owe the day's digest wherever it is not owed yet; {"areas": …, "notices": …}. Nothing before its hour.

    A place nobody answers for is in the counts of its district; once somebody does, they get the day's digest, too.
    """
    day = owed(now)
    if day is None:
        return Counter(areas=0, notices=0)
    async with db.transaction(JOBS):
        audience = await _audience(day, now)
        if not audience:
            return Counter(areas=0, notices=0)
        policies = await policies_for({place.district_id for place in audience}, day)
        counted = await _count(list(audience), policies, day, now)
        notices = [
            _notice(place, answer, counted[place], policies[place.district_id], day, now)
            for place, answers in audience.items()
            for answer in answers
        ]
        return Counter(areas=len(audience), notices=await owe(notices, now=now, console=console))


async def _audience(day: date, now: datetime) -> Audience:
    """Who answers for each place whose digest is not owed yet, places without anybody left out."""
    places = await queries.places(day)
    done = await queries.told_already([occurrence(day, place.area_id) for place in places])
    waiting = [place for place in places if occurrence(day, place.area_id) not in done]
    duties = await duty_facts([place.area_id for place in waiting])
    answers = {place: _answering(place, duties, now) for place in waiting}
    return {place: found for place, found in answers.items() if found}


def _answering(place: Place, duties: DutyFacts, now: datetime) -> list[Answer]:
    asked = (Duty.DISTRICT,) if place.is_district else (Duty.TOWNSHIP_SPECIALIST, Duty.TOWNSHIP_LEADER)
    found: dict[object, Answer] = {}
    for duty in asked:
        for answer in duties.answering(duty, place.area_id, now):
            found.setdefault(answer.account_id, answer)
    return list(found.values())


async def _count(
    places: Sequence[Place], policies: Mapping[int, EffectivePolicy], day: date, now: datetime
) -> dict[Place, Counts]:
    areas = [place.area_id for place in places]
    begins = datetime.combine(day, time(), LOCAL)
    people = await queries.people(areas, _since(policies, now), now=now)
    due = await queries.due_between(areas, begins, begins + _DAY)
    visits = await queries.unsettled_visits(areas)
    alerts = await queries.unresolved_alerts(areas)
    gaps = await queries.gaps_within(areas, await gaps_ahead(now=now))
    phones = await queries.silent_phones(areas, _silent_since(policies, now))
    aside = await queries.quarantined(areas)

    def of(area: int) -> Counts:
        supported, not_seen = people.get(area, (0, 0))
        by_severity = alerts.get(area, {})
        return Counts(
            supported=supported,
            not_seen=not_seen,
            due_today=due.get(area, 0),
            missed=visits.get(area, {}).get("missed", 0),
            not_known=visits.get(area, {}).get("not_known", 0),
            alerts={severity: count for severity, (count, _) in by_severity.items()},
            unacknowledged=sum(unseen for _, unseen in by_severity.values()),
            gaps=gaps.get(area, 0),
            phones_silent=phones.get(area, 0),
            quarantined=aside.get(area, 0),
        )

    return {place: of(place.area_id) for place in places}


def _since(policies: Mapping[int, EffectivePolicy], now: datetime) -> list[Since]:
    return [
        Since(district_id=district_id, risk=risk, since=seen_since(issued.policy.visits.interval[risk], now=now))
        for district_id, issued in policies.items()
        for risk in Risk
    ]


def _silent_since(policies: Mapping[int, EffectivePolicy], now: datetime) -> dict[int, datetime]:
    """From when on a phone has been silent for too long in each district; a count need not know the days off."""
    return {
        district_id: now - timedelta(seconds=issued.policy.phones.silent_after.rough_seconds)
        for district_id, issued in policies.items()
    }


def _notice(
    place: Place, answer: Answer, counts: Counts, issued: EffectivePolicy, day: date, now: datetime
) -> NewNotice:
    """Weekends and holidays too: a digest that does not come is the alarm."""
    return NewNotice(
        occurrence=occurrence(day, place.area_id),
        kind="digest",
        severity="general",
        account_id=answer.account_id,
        area_id=place.area_id,
        covering_for=answer.covering_for,
        send_after=next_in_window(now, issued.policy.alerts.messaging),
        facts=facts(counts, day=day),
    )
