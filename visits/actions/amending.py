"""Second thoughts: a report amended, a late one confirmed or refused, a conflict decided. Nothing is overwritten."""

from dataclasses import replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_issued
from alerts.actions import resolve_for
from core import db, journal
from core.errors import Forbidden
from core.ids import new_id
from visits.actions.following import follow_up, note_suspicion
from visits.actions.hazards import record_amended, withdraw_refused
from visits.actions.reporting import Answer, answer_of, facts_of, log_terms, refuse_other_visit, refuse_senseless
from visits.lifecycle import Logged, after_log, log
from visits.queries import amending as queries
from visits.queries import holding, reporting
from visits.queries.amending import Standing
from visits.queries.reporting import Held, Line, Stored, Taken
from visits.refusals import (
    AlreadyAmended,
    AlreadyDecided,
    ConflictNotFound,
    LateEntryRefused,
    NotLate,
    NotYourReport,
    ReasonMissing,
    ReportConflicts,
    ReportIdTaken,
    ReportNotFound,
    SecondPersonNeeded,
)
from visits.report import Report, fingerprint, to_content


async def amend(*, report_id: UUID, amendment_id: UUID, report: Report, by: Account, now: datetime) -> Answer:
    """Put another report in the place of one, by its author or a supervisor; both stay, linked.

    It is judged as if it had been sent in the first place: a visit the first one made and this one does not is open
    again. The same amendment again gets the same answer.
    """
    refuse_senseless(replace(report, on_paper_by=None), at=report.made_at, by=by, now=now)
    async with db.transaction(by.scope):
        return await _amend(report_id, amendment_id, report, by=by, now=now)


async def _amend(report_id: UUID, amendment_id: UUID, report: Report, *, by: Account, now: datetime) -> Answer:
    visit_id = await queries.visit_of(report_id)
    held = (
        await holding.hold_visit(visit_id, amendment_id, report, at=report.made_at, amends=report_id)
        if visit_id
        else None
    )
    standing = await queries.standing_of(report_id) if held else None
    if visit_id is None or held is None or standing is None:
        raise ReportNotFound
    content = to_content(report)
    sha256 = fingerprint(report_id, content, report.confidential)
    if held.existing:
        if held.existing.sha256 == sha256 and held.existing.amends_id == report_id:
            return answer_of(held.existing)
        raise ReportConflicts("这个编号的更正已收到过，内容与这次不同。请刷新后，用新的编号重新更正。")
    _may_amend(standing, by)
    await refuse_other_visit(held, report.made_at)
    stored, logged = await _judged(held, standing.stored, amendment_id, report, sha256, by=by, now=now)
    lines = [Line("report.amended", stored.visit_id, facts_of(stored) | {"amends": report_id})]
    taken = Taken(stored=stored, content=content, confidential=report.confidential, settles=logged.settles, lines=lines)
    if not await reporting.add_reports([taken], by=by.id, device_id=by.device_id, now=now):
        raise ReportIdTaken
    await _reopen(report_id, by=by, now=now)
    await note_suspicion(held, report, stored.id, made_at=stored.made_at, by=by.id, now=now)
    chain = await queries.chain_up(report_id)
    await record_amended(held, stored, report, amends=chain, by=by.id, now=now)
    await follow_up(held, stored, logged, by=by.id, now=now)
    if logged.contact:
        evidence = {"report": str(stored.id)}
        kinds = {"identity_not_confirmed", "door_unanswered"}
        await resolve_for(chain, kinds=kinds, outcome="visit_made", evidence=evidence, by=by.id, now=now)
    return answer_of(stored)


def _may_amend(standing: Standing, by: Account) -> None:
    supervisor = by.may("conflict.decide")
    if standing.stored.by_account_id != by.id and not supervisor:
        raise NotYourReport
    if standing.amended_by is not None:
        raise AlreadyAmended
    if standing.accepted is False and not supervisor:
        raise LateEntryRefused


async def _judged(
    held: Held, before: Stored, amendment_id: UUID, report: Report, sha256: bytes, *, by: Account, now: datetime
) -> tuple[Stored, Logged]:
    """Whoever amends, the visitor stays who they were. How late it came is asked anew only where the moment changed."""
    terms = log_terms(await policy_issued(held.policy_id))
    logged_at = before.logged_at if report.made_at == before.made_at else now
    logged = log(held.visit, report, held.around, terms, by=before.by_account_id, logged_at=logged_at)
    asked_already = "late_to_confirm" in before.labels and report.made_at == before.made_at
    logged = replace(
        logged,
        labels=(*logged.labels, "amendment"),
        alerts=tuple(kind for kind in logged.alerts if not (asked_already and kind == "late_entry")),
    )
    stored = Stored(
        id=amendment_id,
        visit_id=held.visit.id,
        recipient_id=held.recipient_id,
        area_id=held.area_id,
        by_account_id=by.id,
        outcome=report.outcome,
        made_at=report.made_at,
        logged_at=now,
        labels=logged.labels,
        visit_status=after_log(held.visit, logged),
        amends_id=before.id,
        sha256=sha256,
    )
    return stored, logged


async def _reopen(report_id: UUID, *, by: Account, now: datetime) -> None:
    """The sweep judges what is open again; its miss is a new happening with an alert of its own."""
    await journal.write_all(
        [
            journal.Entry(
                kind="visit.logged" if instead else "visit.reopened",
                subject_id=visit_id,
                area_id=area_id,
                by=by.id,
                at=now,
                facts={"withdrawn": report_id} | ({"report": instead} if instead else {}),
            )
            for visit_id, area_id, instead in await queries.reopen(report_id)
        ]
    )


async def confirm_late(*, report_id: UUID, accepted: bool, reason: str, by: Account, now: datetime) -> None:
    """A supervisor's word on a report logged long after its visit. Refused: judged as if it had never come."""
    if not by.may("conflict.decide"):
        raise Forbidden
    if not reason.strip():
        raise ReasonMissing(field="/reason")
    async with db.transaction(by.scope):
        visit_id = await queries.visit_of(report_id)
        if visit_id is None:
            raise ReportNotFound
        await queries.hold(visit_id)
        standing = await queries.standing_of(report_id)
        if standing is None:
            raise ReportNotFound
        _may_confirm(standing, by)
        stored = standing.stored
        added = await queries.add_late_confirmation(
            new_id(), stored, accepted=accepted, reason=reason.strip(), by=by.id, now=now
        )
        if not added:
            raise AlreadyDecided
        if not accepted:
            await _reopen(report_id, by=by, now=now)
        facts = {"report": report_id, "accepted": accepted}
        kind = "report.late_confirmed" if accepted else "report.late_refused"
        await journal.write(kind, subject_id=visit_id, area_id=stored.area_id, by=by.id, at=now, facts=facts)
        chain = await queries.chain_up(report_id)
        evidence = {"accepted": accepted}
        if not accepted:
            await withdraw_refused([report_id], by=by.id, now=now)
        await resolve_for(chain, kinds={"late_entry"}, outcome="decided", evidence=evidence, by=by.id, now=now)


def _may_confirm(standing: Standing, by: Account) -> None:
    if "late_to_confirm" not in standing.stored.labels:
        raise NotLate
    if standing.amended_by is not None:
        raise AlreadyAmended
    if standing.accepted is not None:
        raise AlreadyDecided
    if standing.stored.by_account_id == by.id:
        raise SecondPersonNeeded


async def decide_conflict(
    *, conflict_id: UUID, decision: Literal["kept", "replaced"], by: Account, now: datetime
) -> Answer | None:
    """Keep what came first, or put the other content in its place as an amendment: its answer."""
    if not by.may("conflict.decide"):
        raise Forbidden
    async with db.transaction(by.scope):
        conflict = await queries.hold_conflict(conflict_id)
        if conflict is None:
            raise ConflictNotFound
        if conflict.decision is not None:
            raise AlreadyDecided
        await queries.save_decision(conflict_id, decision, by=by.id, now=now)
        answer = None
        if decision == "replaced":
            last = await queries.last_of_chain(conflict.report_id)
            answer = await _amend(last, conflict_id, conflict.report, by=by, now=now)
        facts = {"conflict": conflict_id, "decision": decision}
        await journal.write(
            "report.conflict_decided",
            subject_id=conflict.report_id,
            area_id=conflict.area_id,
            by=by.id,
            at=now,
            facts=facts,
        )
        kinds, evidence = {"conflicting_report"}, {"decision": decision}
        await resolve_for([conflict_id], kinds=kinds, outcome="decided", evidence=evidence, by=by.id, now=now)
        return answer
