"""What a phone can send, kind by kind: the same bodies and the same actions as when it is asked for one by one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Any
from uuid import UUID

import asyncpg

from accounts.permissions import Permission
from api.errors import Fault, refusal_for
from api.request import decode
from api.sync_bodies import (
    AbsenceBody,
    AmendmentBody,
    AttendanceBody,
    CodeBody,
    ConcernBody,
    DailyCheckBody,
    HazardBody,
    PhotoBody,
    ReportBody,
    StatementBody,
    VerificationBody,
)
from api.visit_cards import answer_card
from api.visits import report_of
from api.watch import tap_taken
from caregivers.abuse.actions import report_concern
from caregivers.assessment.actions import log_attendance
from caregivers.assessment.attendance import Attendance
from caregivers.rectification.actions import NewAnswer, PersonsHazard, answer, log_verification, record_hazard
from caregivers.rectification.result import ItemResult, Result
from core.errors import Refusal, Unavailable
from recipients.actions import report_absence
from visits.actions import Failed, Sent, amend, log_visits
from visits.daily.actions import observe
from visits.evidence.actions import use_code
from visits.queries.amending import last_of_chain
from visits.sync.clock import Judged
from visits.sync.item import Doing, Kind
from visits.sync.queries import references
from visits.sync.refusals import PhotoNotThere, PhotoOfAnother, PhotoUnusable


async def _log_reports(doings: Sequence[Doing]) -> list[Any]:
    """Each is judged as of the moment its visit was made, by the server's clock. The claim stays in its content."""
    sent = []
    for one, found in zip(doings, await _judged(doings), strict=True):
        labels = one.labels | {"implausible_time"} if found.implausible else one.labels
        report = report_of(one.body)
        sent.append(Sent(visit_id=one.body.visit_id, report_id=one.id, report=report, at=found.at, labels=labels))
    results: list[Any] = []
    for result in await log_visits(sent, by=doings[0].by, now=doings[0].now):
        if isinstance(result, Failed):
            results.append(_refusal_of(result.error) or result.error)
        else:
            results.append(result if isinstance(result, Refusal) else answer_card(result))
    return results


async def _judged(doings: Sequence[Doing]) -> list[Judged]:
    """When the visits opened is asked only for claims that would else seem impossible."""
    judged = [one.judged(one.body.made_at) for one in doings]
    asked = {one.body.visit_id for one, found in zip(doings, judged, strict=True) if found.implausible}
    if not asked:
        return judged
    opened = await references.opened_at(asked)
    return [one.judged(one.body.made_at, issued_at=opened.get(one.body.visit_id)) for one in doings]


async def _log_report(one: Doing) -> Any:
    result = (await _log_reports([one]))[0]
    if isinstance(result, Exception):
        raise result
    return result


async def _amend(one: Doing) -> Any:
    return await _amend_report(one.body.report_id, one)


async def _amend_last(first_id: UUID, one: Doing) -> Any:
    return await _amend_report(await last_of_chain(first_id), one)


async def _amend_report(report_id: UUID, one: Doing) -> Any:
    """Where the claim of when the visit was made is unchanged, so is the moment it was judged as of."""
    before = await references.claimed(one.body.report_id)
    unchanged = before is not None and before.claimed_at == one.body.made_at
    made_at = before.made_at if before and unchanged else one.judged(one.body.made_at).at
    report = replace(report_of(one.body), made_at=made_at)
    return answer_card(await amend(report_id=report_id, amendment_id=one.id, report=report, by=one.by, now=one.now))


async def _use_code(one: Doing) -> Any:
    used = await use_code(
        one.body.visit_id,
        one.id,
        code=one.body.code,
        moment=one.body.moment,
        claimed_at=one.made_at,
        by=one.by,
        device_id=one.by.device_id,
        now=one.now,
    )
    return {"visit_id": used.visit_id, "moment": used.moment, "message": "门口码已核对。"}


async def _refer_to_photo(one: Doing) -> Any:
    found = await references.photo(one.body.attachment_id, one.by.id)
    if found is None or found.status == "partial":
        raise PhotoNotThere
    if (found.subject_kind, found.subject_id) != (one.body.subject_kind, one.body.subject_id):
        raise PhotoOfAnother(field="/body/subject_id")
    if found.status == "refused":
        raise PhotoUnusable
    return {"attachment_id": one.body.attachment_id, "message": "照片已保存。"}


async def _observe(one: Doing) -> Any:
    body: DailyCheckBody = one.body
    taken = await observe(
        one.id,
        body.lane_id,
        body.on_day,
        body.part,
        all_changed=body.all,
        exceptions=body.exceptions,
        made_at=one.made_at,
        by=one.by,
        now=one.now,
    )
    return tap_taken(taken)


async def _report_absence(one: Doing) -> Any:
    body: AbsenceBody = one.body
    stored = await report_absence(
        body.recipient_id,
        kind=body.kind,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        whereabouts=body.whereabouts,
        by=one.by,
        now=one.now,
    )
    return {"absence_id": stored.absence.id, "message": "已报备，待另一人确认后生效。"}


async def _answer_order(one: Doing) -> Any:
    body: StatementBody = one.body
    new = NewAnswer(
        id=one.id,
        kind=body.kind,
        text=body.text,
        made_at=one.judged(body.made_at).at,
        on_paper_by=body.on_paper_by,
    )
    await answer(body.order_id, new, by=one.by, now=one.now)
    return {"order_id": body.order_id, "message": "答复已收到。"}


async def _log_attendance(one: Doing) -> Any:
    body: AttendanceBody = one.body
    said = Attendance(
        made_at=one.judged(body.made_at).at.astimezone(UTC),
        services=tuple(sorted(set(body.services))),
        note=body.note,
        on_paper_by=None,
    )
    logged = await log_attendance(one.id, body.agreement_id, said, by=one.by, now=one.now)
    return {"agreement_id": body.agreement_id, "late": logged.stored.late, "message": logged.message}


async def _log_verification(one: Doing) -> Any:
    body: VerificationBody = one.body
    items = [ItemResult(item=item.item, passed=item.passed, note=item.note) for item in body.items]
    result = Result(id=one.id, made_at=one.judged(body.made_at).at, person_seen=body.person_seen, items=items)
    status = await log_verification(body.verification_id, result, by=one.by, now=one.now)
    return {"verification_id": body.verification_id, "order_status": status, "message": "复核结果已记录。"}


async def _report_concern(one: Doing) -> Any:
    body: ConcernBody = one.body
    noticed_at = one.judged(body.noticed_at).at
    await report_concern(
        body.recipient_id, concern_id=one.id, what=body.what, noticed_at=noticed_at, by=one.by, now=one.now
    )
    return {"message": "收到"}


async def _record_hazard(one: Doing) -> Any:
    body: HazardBody = one.body
    new = PersonsHazard(
        id=one.id,
        recipient_id=body.recipient_id,
        source=body.source,
        source_id=body.source_id,
        severity=body.severity,
        block=body.block,
        what=body.what,
        found_at=one.judged(body.found_at).at,
        removed_now=body.removed_now,
        complainant=body.complainant,
    )
    return {"hazard_id": await record_hazard(new, by=one.by, now=one.now), "message": "隐患已登记。"}


def _kind(
    permission: Permission,
    body: Any,
    about: str | None,
    run: Callable[[Doing], Awaitable[Any]],
    *,
    replace: Callable[[UUID, Doing], Awaitable[Any]] | str | None = None,
    **more: Any,
) -> Kind:
    """`about`: the field that names what it is about. Without `replace` the other content is simply taken as well."""

    async def settled(one: Doing) -> Any:
        try:
            return await run(one)
        except Exception as fault:
            refusal = _refusal_of(fault)
            if refusal is None:
                raise
            raise refusal from fault

    async def also(_: UUID, one: Doing) -> Any:
        return await settled(one)

    return Kind(
        permission=permission,
        read=lambda raw: decode(raw, body),
        subject=lambda said: getattr(said, about) if about else None,
        run=settled,
        replace=also if replace is None else replace,
        **more,
    )


def _refusal_of(fault: Exception) -> Refusal | None:
    """The refusal a fault stands for: of content no table holds, or of a guard of the database; None of a real fault.

    What somebody else has just stored may be another matter on the next try: it is no refusal.
    """
    if isinstance(fault, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError):
        return None
    refusal = refusal_for(fault)
    return None if isinstance(refusal, Fault | Unavailable) else refusal


KINDS: Mapping[str, Kind] = {
    "report": _kind(
        "visit.log",
        ReportBody,
        "visit_id",
        _log_report,
        run_all=_log_reports,
        of_visit=True,
        settles_conflicts=True,
        replace="走访记录请在“内容不一致的走访记录”中认定。",
    ),
    "amendment": _kind("visit.amend", AmendmentBody, "report_id", _amend, replace=_amend_last),
    "doorstep_code": _kind(
        "doorstep.use",
        CodeBody,
        "visit_id",
        _use_code,
        of_visit=True,
        replace="门口码不能替换。请认定以先收到的为准；走访是否属实，可安排电话回访。",
    ),
    "photo": _kind(
        "attachment.send",
        PhotoBody,
        "subject_id",
        _refer_to_photo,
        replace="照片不能替换，两张都已保存。请认定以先收到的为准。",
    ),
    "daily_check": _kind("check.log", DailyCheckBody, "lane_id", _observe),
    "absence": _kind("absence.report", AbsenceBody, "recipient_id", _report_absence),
    "statement": _kind("care.own", StatementBody, "order_id", _answer_order),
    "attendance": _kind(
        "care.own",
        AttendanceBody,
        "agreement_id",
        _log_attendance,
        replace="到户记录不能替换，否则会重复计数。请认定以先收到的为准；另一次到户属实的，请代录纸质到户记录。",
    ),
    "verification": _kind("verification.log", VerificationBody, "verification_id", _log_verification),
    "concern": _kind("abuse.report", ConcernBody, "recipient_id", _report_concern, settles_conflicts=True),
    "hazard": _kind("hazard.record", HazardBody, "recipient_id", _record_hazard),
}
"""Every kind of item. What only some may send is refused to the others one by one."""
