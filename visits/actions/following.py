"""What a stored report means for others: suspicion, hazards, orders, alerts, absences."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from alerts.actions import open_alerts_today, resolve_for
from alerts.opening import NewAlert
from caregivers.abuse.actions import note_concern
from recipients.actions import settle_return_checks
from visits.actions.hazards import record_found, take_back_missed
from visits.contact import ABOUT_NOT_SEEN
from visits.lifecycle import Logged, Visit
from visits.queries import reporting as queries
from visits.queries.reporting import Held, Stored
from visits.report import Report, suspicion_in_words


def means_nothing_else(held: Held, report: Report, logged: Logged) -> bool:
    """Whether a report, once stored with the visits it makes, leaves nobody to be told and nothing to be answered."""
    suspicion = report.confidential is not None and report.confidential.raised
    return not (
        suspicion
        or report.hazards
        or logged.alerts
        or _answers_alerts(held, logged)
        or any(visit.reason == "return_check" for visit in settled_visits(held, logged))
    )


async def follow(held: Held, stored: Stored, report: Report, logged: Logged, *, by: UUID, now: datetime) -> None:
    """Do what a report means besides its own visits. A plain one costs nothing."""
    if means_nothing_else(held, report, logged):
        return
    await note_suspicion(held, report, stored.id, made_at=stored.made_at, by=by, now=now)
    await record_found(held, stored, report, by=by, now=now)
    await follow_up(held, stored, logged, by=by, now=now)


def settled_visits(held: Held, logged: Logged) -> Sequence[Visit]:
    return [visit for visit in (held.visit, *held.around.others) if visit.id in logged.settles]


def _answers_alerts(held: Held, logged: Logged) -> bool:
    """Whether there may be an alert it answers, also one the read before the lock did not see."""
    return logged.contact and (
        held.has_alerts or any(visit.status != "open" for visit in (held.visit, *settled_visits(held, logged)))
    )


async def note_suspicion(
    held: Held, report: Report, source_id: UUID, *, made_at: datetime, by: UUID, now: datetime
) -> None:
    """What only the visitor saw goes the way the caregiver's side cannot see. A report without it costs nothing."""
    if report.confidential is None or not report.confidential.raised:
        return
    await note_concern(
        recipient_id=held.recipient_id,
        area_id=held.area_id,
        district_id=held.district_id,
        source="visit_report",
        source_id=source_id,
        content=suspicion_in_words(report.confidential),
        by=by,
        made_at=made_at,
        now=now,
    )


async def follow_up(held: Held, stored: Stored, logged: Logged, *, by: UUID, now: datetime) -> None:
    """What it means for orders that rested on a missed visit, for alerts and for absences."""
    settled = settled_visits(held, logged)
    await take_back_missed(settled, stored, by=by, now=now)
    if _answers_alerts(held, logged):
        await _answer_alerts(held, stored, logged, by=by, now=now)
    if any(visit.reason == "return_check" for visit in settled):
        await settle_return_checks(held.recipient_id, seen_at=stored.made_at, area_id=held.area_id, by=by, now=now)
    await open_alerts_today(list(_alerts(held, stored, logged)), now=now)


async def _answer_alerts(held: Held, stored: Stored, logged: Logged, *, by: UUID, now: datetime) -> None:
    """Evidence for a slot settles its alert; a later contact answers every older question of where the person is."""
    open_ones = await queries.unanswered(held.recipient_id, sorted(ABOUT_NOT_SEEN))
    evidence = {"report": str(stored.id), "made_at": stored.made_at.isoformat(), "logged_at": now.isoformat()}
    settled = [one.subject_id for one in open_ones if one.subject_id in logged.settles]
    later = [
        one.subject_id
        for one in open_ones
        if one.subject_id not in settled and one.since and one.since < stored.made_at
    ]
    for subjects, outcome in ((settled, "late_evidence"), (later, "seen_later")):
        await resolve_for(subjects, kinds=ABOUT_NOT_SEEN, outcome=outcome, evidence=evidence, by=by, now=now)


def _alerts(held: Held, stored: Stored, logged: Logged) -> Iterator[NewAlert]:
    """Alerts about a report. `since`: a contact after this moment answers it."""
    for kind in logged.alerts:
        yield NewAlert(
            occurrence=f"{kind}:{stored.id}",
            kind=kind,
            risk=held.visit.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
            area_id=held.area_id,
            district_id=held.district_id,
            recipient_id=held.recipient_id,
            subject_id=stored.id,
            owner_id=held.visit.worker_id,
            facts={"visit": held.visit.id, "since": stored.made_at, "labels": stored.labels},
        )
