"""Grading: every report gets its grade and its doubts within seconds, and again when more speaks for it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.queries import policies_for
from alerts.actions import poison
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS
from visits.evidence.actions.calling_back import ask_about
from visits.evidence.doubts import Around, Told, doubts, weight
from visits.evidence.grades import grade
from visits.evidence.queries import grading as queries
from visits.evidence.queries.grading import Known, Ungraded
from visits.evidence.sampling import odd_enough

JOB = "grades"


async def grade_reports(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Grade up to `limit` reports: {"claimed": …, "graded": …, "asked_about": …}; call again until none is claimed."""
    async with db.transaction(JOBS):
        claimed = await queries.claim_ungraded(job=JOB, now=now, limit=limit)
        reports = await queries.ungraded(claimed)

        async def work(some: Sequence[Ungraded]) -> Counter[str]:
            return await _grade(some, now)

        async def leave(one: Ungraded, fault: Exception) -> None:
            await poison.set_aside(JOB, _bad(one), fault, now=now)

        counts = await quarantine.in_bulk(reports, work, leave)
        counts["claimed"] = len(claimed)
        return counts


async def _grade(reports: Sequence[Ungraded], now: datetime) -> Counter[str]:
    policies = await policies_for({one.district_id for one in reports}, local_day(now))
    known = await queries.known_around([one.told for one in reports])
    graded = []
    for one in reports:
        found = doubts(one.told, _around(one.told, known), policies[one.district_id].policy.doubts)
        graded.append((one, grade(one.witnessed), found, weight(found)))
    await queries.save_grades(graded, now=now)
    odd = [one for one, word, _, heavy in graded if odd_enough(word, heavy, policies[one.district_id].policy.sampling)]
    asked = await ask_about({one.told.report_id: "flags" for one in odd}, now=now)
    await poison.release(JOB, [one.told.report_id for one in reports], now=now)
    return Counter(graded=len(graded), asked_about=asked)


def _around(told: Told, known: Known) -> Around:
    def others(found: Mapping[UUID, Sequence[Told]], key: UUID) -> tuple[Told, ...]:
        return tuple(one for one in found.get(key, ()) if one.report_id != told.report_id)

    return Around(
        same_worker=others(known.by_worker, told.worker_id),
        same_home=tuple(one for one in others(known.by_home, told.recipient_id) if one.made_at < told.made_at),
        accounts_of_phone=known.accounts_by_device.get(told.device_id, 1) if told.device_id else 1,
        positions={home: place for home, place in known.positions.items() if home != told.recipient_id},
    )


def _bad(one: Ungraded) -> poison.Bad:
    return poison.Bad(
        subject_id=one.told.report_id,
        recipient_id=one.told.recipient_id,
        area_id=one.told.area_id,
        district_id=one.district_id,
        risk="general",
    )
