"""Logging what a visitor found: kept exactly once, answered the same however often it arrives."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from accounts.permissions import Account
from accounts.policy import Policy
from accounts.queries import policy_issued
from alerts.actions import open_alerts_today
from alerts.opening import NewAlert
from core import db, journal
from core.clock import LOCAL
from core.ids import new_id
from visits.actions.following import follow, note_suspicion, settled_visits
from visits.lifecycle import Logged, LogTerms, after_log, log
from visits.queries import holding
from visits.queries import reporting as queries
from visits.queries.reporting import Held, Line, Stored, Taken
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
from visits.report import Report, contradictions, fingerprint, misdated, to_content, told


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a report's sender is told; the same for the same report, whatever happened since."""

    report_id: UUID
    visit_id: UUID
    logged_at: datetime
    labels: tuple[str, ...]
    visit_status: str
    counted: bool
    message: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A report under the id its phone gave it.

    It is judged and stored as of `at`: the moment the report claims, or what the server holds it to have been. The
    claim itself stays in the content. `labels` are added to those it is judged to deserve.
    """

    visit_id: UUID
    report_id: UUID
    report: Report
    at: datetime
    labels: frozenset[str] = frozenset()


async def log_visit(*, visit_id: UUID, report_id: UUID, report: Report, by: Account, now: datetime) -> Answer:
    """Keep a report under the id its phone gave it.

    The same id and content again: the first answer. The same id with other content: both are kept, a human decides,
    and ReportConflicts is raised. Whatever does not make the visit is kept with a label that says why.
    """
    return await log_sent(
        Sent(visit_id=visit_id, report_id=report_id, report=report, at=report.made_at), by=by, now=now
    )


async def log_sent(sent: Sent, *, by: Account, now: datetime) -> Answer:
    """The same for a report whose moment is the server's estimate."""
    refuse_senseless(sent.report, at=sent.at, by=by, now=now)
    said = said_in(sent)
    answer = await _log(sent, said, by=by, now=now)
    if answer is None:  # the same id was stored while this one waited for the visit: now it is seen
        answer = await _log(sent, said, by=by, now=now)
    if answer is None:
        raise ReportIdTaken
    if isinstance(answer, Answer):
        return answer
    raise answer


def refuse_senseless(report: Report, *, at: datetime, by: Account, now: datetime) -> None:
    """Refuse what contradicts itself or cannot have happened, before anything is looked up."""
    if report.on_paper_by is not None and not by.may("conflict.decide"):
        raise PaperBySupervisor(field="/on_paper_by")
    problems = contradictions(report)
    if problems:
        raise ReportContradictory("".join(problem.detail for problem in problems[:5]), field=problems[0].pointer)
    wrong = misdated(at, now=now)
    if wrong:
        raise MadeAtImpossible(wrong.detail, field=wrong.pointer)


class Said(msgspec.Struct, frozen=True):
    """What a report says, as it is stored, and the hash by which it is known again."""

    content: Mapping[str, Any]
    sha256: bytes


def said_in(sent: Sent) -> Said:
    content = to_content(sent.report)
    return Said(content, fingerprint(sent.visit_id, content, sent.report.confidential))


async def _log(sent: Sent, said: Said, *, by: Account, now: datetime) -> Answer | ReportConflicts | None:
    report = sent.report
    async with db.transaction(by.scope):
        held = await holding.hold_visit(sent.visit_id, sent.report_id, report, at=sent.at)
        if held is None:
            raise VisitNotFound
        if held.existing:
            if held.existing.sha256 == said.sha256:
                return answer_of(held.existing)
            await _keep_conflict(held, sent, said.sha256, by=by, now=now)
            return ReportConflicts()
        if held.by_caregiver and report.on_paper_by is None:
            raise CaregiverIsNoVisitor
        await refuse_other_visit(held, sent.at)
        terms = log_terms(await policy_issued(held.policy_id))
        logged = log(held.visit, report, held.around, terms, by=by.id, logged_at=now, at=sent.at)
        taken = take(held, sent, said, logged, by=by, now=now)
        if not await queries.add_reports([taken], by=by.id, device_id=by.device_id, now=now):
            return None
        await follow(held, taken.stored, report, logged, by=by.id, now=now)
        return answer_of(taken.stored)


def fits(held: Held, at: datetime) -> bool:
    """Whether a report of that moment is about this visit beyond question."""
    return held.visit.status != "cancelled" and at >= held.visit.covers_from


async def refuse_other_visit(held: Held, at: datetime) -> None:
    """A contact before a visit's own time belongs to an earlier one, if there is one.

    A cancelled visit takes nothing but from whoever had been sent to it.
    """
    if fits(held, at):
        return
    if held.visit.status == "cancelled":
        if held.visit.went_out:
            return
        raise VisitCancelled
    other = await queries.visit_holding(held.recipient_id, at)
    if other and other[0] != held.visit.id:
        due = other[1].astimezone(LOCAL)
        raise BelongsToAnotherVisit(
            f"走访时间早于这次探访，应属于 {due:%Y年%m月%d日} 到期的探访(编号 {other[0]})。"
            "请检查手机时间；时间无误的，请在那次探访下提交。",
            field="/made_at",
        )
    if at < held.not_before:
        raise BeforeThePlan(field="/made_at")


def log_terms(policy: Policy) -> LogTerms:
    """What the policy says of reports. A working day counts as a day of the clock: later than that it never is."""
    late = policy.late_entry
    return LogTerms(
        late_after=timedelta(seconds=late.marked_after.rough_seconds),
        confirmed_after=timedelta(seconds=late.confirmed_after.rough_seconds),
        remote_one_in=policy.visits.remote_one_in,
    )


def take(held: Held, sent: Sent, said: Said, logged: Logged, *, by: Account, now: datetime) -> Taken:
    """A report as it will be stored, with all its lines of the journal."""
    stored = Stored(
        id=sent.report_id,
        visit_id=held.visit.id,
        recipient_id=held.recipient_id,
        area_id=held.area_id,
        by_account_id=by.id,
        outcome=sent.report.outcome,
        made_at=sent.at,
        logged_at=now,
        labels=(*logged.labels, *sorted(sent.labels)) if sent.labels else logged.labels,
        visit_status=after_log(held.visit, logged),
        amends_id=None,
        sha256=said.sha256,
    )
    return Taken(
        stored=stored,
        content=said.content,
        confidential=sent.report.confidential,
        settles=logged.settles,
        lines=tuple(_lines(held, stored, logged)),
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


def _lines(held: Held, stored: Stored, logged: Logged) -> Iterator[Line]:
    """The report itself; then the visits it makes that had been judged before, or are others."""
    facts = facts_of(stored)
    yield Line("visit.logged" if stored.outcome == "made" else "visit.not_met", held.visit.id, facts)
    for visit in settled_visits(held, logged):
        if visit.status != "open":
            yield Line("visit.late_evidence", visit.id, facts | {"was": visit.status})
        elif visit.id != held.visit.id:
            yield Line("visit.logged", visit.id, facts)


async def _keep_conflict(held: Held, sent: Sent, sha256: bytes, *, by: Account, now: datetime) -> None:
    """Both contents are kept, once each, and a supervisor is asked."""
    conflict_id = new_id()
    if not await queries.add_conflict(conflict_id, held, sent.report_id, sent.report, sha256, by=by.id, now=now):
        return
    await note_suspicion(held, sent.report, conflict_id, made_at=sent.at, by=by.id, now=now)
    facts = {"visit": held.visit.id, "report": sent.report_id}
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
    await open_alerts_today([new], now=now)
    await journal.write(
        "report.conflicting",
        subject_id=sent.report_id,
        area_id=held.area_id,
        by=by.id,
        at=now,
        facts={"conflict": conflict_id, **facts},
    )
