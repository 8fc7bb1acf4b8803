"""What a report's hazards, and its coming late, mean for the caregiver: recorded here, judged by rectification."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from caregivers.rectification.actions import record_hazards, withdraw_for, withdraw_hazards
from caregivers.rectification.hazards import FoundHazard
from caregivers.rectification.queries.hazards import Reported, reported_in
from visits.lifecycle import Visit
from visits.queries.reporting import Held, Stored
from visits.report import Hazard, Report

_MISSED = frozenset({"missed", "not_known"})


async def record_found(held: Held, stored: Stored, report: Report, *, by: UUID, now: datetime) -> None:
    """Record the hazards a report names. A report without any costs nothing."""
    if report.hazards:
        found = [_found(held, stored, place, one) for place, one in enumerate(report.hazards)]
        await record_hazards(found, by=by, now=now)


async def record_amended(
    held: Held, stored: Stored, report: Report, *, amends: Collection[UUID], by: UUID, now: datetime
) -> None:
    """Record what an amendment adds, and withdraw what it no longer says. What both say stands as it was."""
    known = await reported_in(amends)
    said = list(enumerate(report.hazards or ()))
    kept: set[UUID] = set()
    fresh: list[FoundHazard] = []
    for place, one in said:
        same = next((old for old in known if old.id not in kept and _same(old, one)), None)
        if same is None:
            fresh.append(_found(held, stored, place, one))
        else:
            kept.add(same.id)
    await record_hazards(fresh, by=by, now=now)
    gone = [old.id for old in known if old.id not in kept]
    evidence = {"report": str(stored.id)}
    await withdraw_hazards(gone, reason="走访记录已更正", evidence=evidence, by=by, now=now)


async def withdraw_refused(report_ids: Collection[UUID], *, by: UUID, now: datetime) -> None:
    """A late report held to be untrue says nothing of hazards either."""
    evidence = {"late_report": "refused"}
    await withdraw_for("visit_report", report_ids, reason="补录不属实", evidence=evidence, by=by, now=now)


async def take_back_missed(settled: Sequence[Visit], stored: Stored, *, by: UUID, now: datetime) -> None:
    """A visit made after all breached nothing: orders that rested on its having been missed fall."""
    late = [visit.id for visit in settled if visit.status in _MISSED]
    if late:
        evidence = {"report": str(stored.id), "made_at": stored.made_at.isoformat()}
        await withdraw_for("missed_duty", late, reason="补到走访记录", evidence=evidence, by=by, now=now)


def _found(held: Held, stored: Stored, place: int, one: Hazard) -> FoundHazard:
    return FoundHazard(
        recipient_id=held.recipient_id,
        area_id=held.area_id,
        district_id=held.district_id,
        source="visit_report",
        source_id=stored.id,
        source_item=place,
        severity=one.severity,
        block=one.block,
        what=one.what,
        found_at=stored.made_at,
        removed_now=one.removed_now,
    )


def _same(old: Reported, one: Hazard) -> bool:
    """Left behind before and removed on the spot now are two different things to say."""
    alike = (old.block, old.severity, old.what) == (one.block, one.severity, one.what)
    return alike and not (old.open and one.removed_now)
