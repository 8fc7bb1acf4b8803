"""Logging what a visitor found: kept exactly once, answered the same however often it arrives."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from accounts.policy import Policy
from accounts.queries import calendars_for, policies_for, policy_issued
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from caregivers.abuse.actions import note_concern
from core import db, journal
from core.clock import LOCAL, local_day
from core.ids import new_id
from core.journal import Entry
from recipients.actions import settle_return_checks
from visits.actions.hazards import record_found, take_back_missed
from visits.contact import ABOUT_NOT_SEEN
from visits.lifecycle import Logged, LogTerms, Visit, after_log, log
from visits.queries import reporting as queries
from visits.queries.reporting import Held, Stored
from visits.refusals import (
    BeforeThePlan,
    BelongsToAnotherVisit,
    CaregiverIsNoVisitor,
    MadeAtImpossible,
    PaperBySupervisor,
    ReportConflicts,
    ReportContradictory,
    ReportIdTaken,
    VisitCancelled,
    VisitNotFound,
)
from visits.report import Report, contradictions, fingerprint, misdated, suspicion_in_words, told


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a report's sender is told; the same for the same report, whatever happened since."""

    report_id: UUID
    visit_id: UUID
    logged_at: datetime
    labels: tuple[str, ...]
    visit_status: str
    counted: bool
    message: str


async def log_visit(*, visit_id: UUID, report_id: UUID, report: Report, by: Account, now: datetime) -> Answer:
    """Keep a report under the id its phone gave it.

    The same id and content again: the first answer. The same id with other content: both are kept, a human decides,
    and ReportConflicts is raised. Whatever does not make the visit is kept with a label that says why.
    """
    refuse_senseless(report, by=by, now=now)
    sha256 = fingerprint(visit_id, report)
    answer = await _log(visit_id, report_id, report, sha256, by=by, now=now)
    if answer is None:  # the same id was stored while this one waited for the visit: now it is seen
        answer = await _log(visit_id, report_id, report, sha256, by=by, now=now)
    if answer is None:
        raise ReportIdTaken
    if isinstance(answer, Answer):
        return answer
    raise answer


def refuse_senseless(report: Report, *, by: Account, now: datetime) -> None:
    """Refuse what contradicts itself or cannot have happened, before anything is looked up."""
    if report.on_paper_by is not None and not by.may("conflict.decide"):
        raise PaperBySupervisor(field="/on_paper_by")
    problems = contradictions(report)
    if problems:
        raise ReportContradictory("".join(problem.detail for problem in problems[:5]), field=problems[0].pointer)
    wrong = misdated(report.made_at, now=now)
    if wrong:
        raise MadeAtImpossible(wrong.detail, field=wrong.pointer)


async def _log(
    visit_id: UUID, report_id: UUID, report: Report, sha256: bytes, *, by: Account, now: datetime
) -> Answer | ReportConflicts | None:
    async with db.transaction(by.scope):
        held = await queries.hold_visit(visit_id, report_id, report)
        if held is None:
            raise VisitNotFound
        if held.existing:
            if held.existing.sha256 == sha256:
                return answer_of(held.existing)
            await _keep_conflict(held, report_id, report, sha256, by=by, now=now)
            return ReportConflicts()
        if held.by_caregiver and report.on_paper_by is None:
            raise CaregiverIsNoVisitor
        await refuse_other_visit(held, report)
        terms = log_terms(await policy_issued(held.policy_id))
        logged = log(held.visit, report, held.around, terms, by=by.id, logged_at=now)
        stored = Stored(
            id=report_id,
            visit_id=visit_id,
            recipient_id=held.recipient_id,
            area_id=held.area_id,
            by_account_id=by.id,
            outcome=report.outcome,
            made_at=report.made_at,
            logged_at=now,
            labels=logged.labels,
            visit_status=after_log(held.visit, logged),
            amends_id=None,
            sha256=sha256,
        )
        kind = "visit.logged" if report.outcome == "made" else "visit.not_met"
        added = await queries.add_report(
            stored, report, device_id=by.device_id, settles=logged.settles, kind=kind, facts=facts_of(stored)
        )
        if not added:
            return None
        await journal.write_all(_entries(held, stored, logged))
        await note_suspicion(held, report, stored.id, by=by.id, now=now)
        await record_found(held, stored, report, by=by.id, now=now)
        await take_back_missed(settled_visits(held, logged), stored, by=by.id, now=now)
        await follow_up(held, stored, logged, by=by.id, now=now)
        return answer_of(stored)


async def refuse_other_visit(held: Held, report: Report) -> None:
    """A cancelled visit takes nothing; a contact before its own time belongs to an earlier one, if there is one."""
    if held.visit.status == "cancelled":
        raise VisitCancelled
    if report.made_at >= held.visit.covers_from:
        return
    other = await queries.visit_holding(held.recipient_id, report.made_at)
    if other and other[0] != held.visit.id:
        due = other[1].astimezone(LOCAL)
        raise BelongsToAnotherVisit(
            f"走访时间早于这次探访，应属于 {due:%Y年%m月%d日} 到期的探访(编号 {other[0]})。"
            "请检查手机时间；时间无误的，请在那次探访下提交。",
            field="/made_at",
        )
    if report.made_at < held.not_before:
        raise BeforeThePlan(field="/made_at")


def log_terms(policy: Policy) -> LogTerms:
    """What the policy says of reports. A working day counts as a day of the clock: later than that it never is."""
    late = policy.late_entry
    return LogTerms(
        late_after=timedelta(seconds=late.marked_after.rough_seconds),
        confirmed_after=timedelta(seconds=late.confirmed_after.rough_seconds),
        remote_one_in=policy.visits.remote_one_in,
    )


def answer_of(stored: Stored) -> Answer:
    return Answer(
        report_id=stored.id,
        visit_id=stored.visit_id,
        logged_at=stored.logged_at,
        labels=stored.labels,
        visit_status=stored.visit_status,
        counted=stored.outcome == "made" and stored.visit_status == "made" and "additional" not in stored.labels,
        message=told(stored.outcome, stored.labels, stored.visit_status),
    )


def facts_of(stored: Stored) -> dict[str, Any]:
    """What the journal keeps of a report: never a word of what was found."""
    return {"report": stored.id, "made_at": stored.made_at, "labels": stored.labels}


def _entries(held: Held, stored: Stored, logged: Logged) -> list[Entry]:
    """What the journal says besides the report itself: of visits that had been judged before, or are others."""
    entries = []
    for visit in settled_visits(held, logged):
        if visit.status != "open":
            facts = facts_of(stored) | {"was": visit.status}
            entries.append(_entry("visit.late_evidence", visit.id, stored, facts))
        elif visit.id != held.visit.id:
            entries.append(_entry("visit.logged", visit.id, stored, facts_of(stored)))
    return entries


def _entry(kind: str, subject_id: UUID, stored: Stored, facts: dict[str, Any]) -> Entry:
    return Entry(
        kind=kind,
        subject_id=subject_id,
        area_id=stored.area_id,
        by=stored.by_account_id,
        at=stored.logged_at,
        facts=facts,
    )


def settled_visits(held: Held, logged: Logged) -> list[Visit]:
    return [visit for visit in (held.visit, *held.around.others) if visit.id in logged.settles]


async def note_suspicion(held: Held, report: Report, source_id: UUID, *, by: UUID, now: datetime) -> None:
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
        made_at=report.made_at,
        now=now,
    )


async def follow_up(held: Held, stored: Stored, logged: Logged, *, by: UUID, now: datetime) -> None:
    """What a stored report means for alerts and absences; asks nothing where there is nothing to answer."""
    settled = settled_visits(held, logged)
    if logged.contact and (held.has_alerts or any(visit.status != "open" for visit in (held.visit, *settled))):
        await _answer_alerts(held, stored, logged, by=by, now=now)
    if any(visit.reason == "return_check" for visit in settled):
        await settle_return_checks(held.recipient_id, seen_at=stored.made_at, area_id=held.area_id, by=by, now=now)
    if logged.alerts:
        await _open_alerts([_alert(kind, held, stored) for kind in logged.alerts], held.district_id, now)


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


def _alert(kind: str, held: Held, stored: Stored) -> NewAlert:
    """An alert about a report. `since`: a contact after this moment answers it."""
    return NewAlert(
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


async def _open_alerts(new: Collection[NewAlert], district_id: int, now: datetime) -> None:
    day = local_day(now)
    await open_alerts(
        list(new),
        policies=await policies_for([district_id], day),
        calendars=await calendars_for([district_id], day),
        now=now,
    )


async def _keep_conflict(
    held: Held, report_id: UUID, report: Report, sha256: bytes, *, by: Account, now: datetime
) -> None:
    """Both contents are kept, once each, and a supervisor is asked."""
    conflict_id = new_id()
    if not await queries.add_conflict(conflict_id, held, report_id, report, sha256, by=by.id, now=now):
        return
    await note_suspicion(held, report, conflict_id, by=by.id, now=now)
    facts = {"visit": held.visit.id, "report": report_id}
    new = NewAlert(
        occurrence=f"conflicting_report:{conflict_id}",
        kind="conflicting_report",
        risk=held.visit.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
        area_id=held.area_id,
        district_id=held.district_id,
        recipient_id=held.recipient_id,
        subject_id=conflict_id,
        facts=facts,
    )
    await _open_alerts([new], held.district_id, now)
    await journal.write(
        "report.conflicting",
        subject_id=report_id,
        area_id=held.area_id,
        by=by.id,
        at=now,
        facts={"conflict": conflict_id, **facts},
    )
