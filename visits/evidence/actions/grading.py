"""Grading: every report gets its grade and its doubts within seconds, and again when more speaks for it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from accounts.policy import Policy
from accounts.queries import policies_for
from alerts.actions import poison
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS
from visits.evidence.actions.drawing import ask_about
from visits.evidence.doubts import Around, Terms, Told, doubts, may_share_a_home, weight
from visits.evidence.grades import grade
from visits.evidence.queries import claiming
from visits.evidence.queries import grading as queries
from visits.evidence.queries.grading import Known, Ungraded
from visits.evidence.sampling import odd_enough
from visits.queries.laying import districts_with_people

JOB = "grades"


async def grade_reports(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Grade up to `limit` reports: {"claimed": …, "graded": …, "asked_about": …}; call again until none is claimed."""
    async with db.transaction(JOBS):
        claimed = await claiming.claim_ungraded(job=JOB, asks=await _asking(now), now=now, limit=limit)
        reports = await queries.ungraded(claimed, now=now)

        async def work(some: Sequence[Ungraded]) -> Counter[str]:
            return await _grade(some, now)

        async def leave(one: Ungraded, fault: Exception) -> None:
            await poison.set_aside(JOB, _bad(one), fault, now=now)

        counts = await quarantine.in_bulk(reports, work, leave)
        counts["claimed"] = len(claimed)
        return counts


async def _asking(now: datetime) -> dict[int, timedelta]:
    """Districts that have made photos or positions compulsory, and how long one may be on its way there."""
    issued = await policies_for(await districts_with_people(), local_day(now))
    return {
        place: _sent_within(one.policy)
        for place, one in issued.items()
        if one.policy.evidence.photo or one.policy.evidence.position
    }


def _sent_within(policy: Policy) -> timedelta:
    return timedelta(seconds=policy.phones.unsent_after.rough_seconds)


async def _grade(reports: Sequence[Ungraded], now: datetime) -> Counter[str]:
    today = await policies_for({one.district_id for one in reports}, local_day(now))
    terms = await _terms_of_days(reports)
    known = await queries.known_around([one.told for one in reports])
    graded = []
    for one in reports:
        found = doubts(one.told, _around(one.told, known), terms[local_day(one.told.made_at), one.district_id])
        graded.append((one, grade(one.witnessed), found, weight(found)))
    await claiming.save_grades(graded, now=now)
    odd = [one for one, word, _, heavy in graded if odd_enough(word, heavy, today[one.district_id].policy.sampling)]
    asked = await ask_about({one.told.report_id: "flags" for one in odd}, now=now)
    await poison.release(JOB, [one.told.report_id for one in reports], now=now)
    return Counter(graded=len(graded), asked_about=asked)


async def _terms_of_days(reports: Sequence[Ungraded]) -> dict[tuple[date, int], Terms]:
    """What was asked on the day of each visit: nothing made compulsory since then is held against it."""
    found = {}
    for day in {local_day(one.told.made_at) for one in reports}:
        for place, issued in (await policies_for({one.district_id for one in reports}, day)).items():
            policy = issued.policy
            found[day, place] = Terms(doubts=policy.doubts, evidence=policy.evidence, sent_within=_sent_within(policy))
    return found


def _around(told: Told, known: Known) -> Around:
    def others(found: Mapping[UUID, Sequence[Told]], key: UUID) -> tuple[Told, ...]:
        return tuple(one for one in found.get(key, ()) if one.report_id != told.report_id)

    return Around(
        same_worker=others(known.by_worker, told.worker_id),
        same_home=tuple(one for one in others(known.by_home, told.recipient_id) if one.made_at < told.made_at),
        accounts_of_phone=known.accounts_by_device.get(told.device_id, 1) if told.device_id else 1,
        positions={
            home: place.position
            for home, place in known.positions.items()
            if not may_share_a_home(told.lives_alone, place.lives_alone, same_village=place.area_id == told.area_id)
        },
    )


def _bad(one: Ungraded) -> poison.Bad:
    return poison.Bad(
        subject_id=one.told.report_id,
        recipient_id=one.told.recipient_id,
        area_id=one.told.area_id,
        district_id=one.district_id,
        risk="general",
    )
