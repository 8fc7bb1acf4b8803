"""Suspected abuse over HTTP: said by whoever notices it, read and closed only by those who handle it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from accounts.permissions import Account
from alerts.actions import colleagues
from api import paging
from api.alert_story import Named, Names
from api.values import Moment
from caregivers.abuse import actions
from caregivers.abuse.queries.handling import CaseRead, ConcernRead, Happened, Listed, cases_page
from caregivers.abuse.suspicion import AUTHORITY_NAMES, STATUS_NAMES
from core import db
from recipients.queries import masked_names

SOURCE_NAMES: Mapping[str, str] = {"visit_report": "走访记录", "concern": "主动报告"}


class NewConcern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody saw or was told. The sender makes `id`: the same one again is harmless."""

    id: UUID
    what: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    noticed_at: Moment


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """The same for everybody, whatever is known already."""

    message: Literal["收到"] = "收到"


class MandatoryReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    authority: Literal["police", "procuratorate", "civil_affairs", "education", "child_protection", "other"]
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class CloseCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    finding: Literal["substantiated", "unfounded"]
    found: Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a list. `report_due_at`: by when the law wants the authorities told; null where no law asks it."""

    id: UUID
    recipient: Named
    area_id: int
    area: str
    status: str
    status_name: str
    minor: bool
    without_capacity: bool
    concerns: int
    opened_at: datetime
    report_due_at: datetime | None
    reported_at: datetime | None
    closed_at: datetime | None
    replacement_case_id: UUID | None


class ConcernCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    source: str
    source_name: str
    by: Named
    noticed_at: datetime
    logged_at: datetime
    content: str


class ReportMade(msgspec.Struct, frozen=True, kw_only=True):
    authority: str
    authority_name: str
    reference: str
    by: Named
    at: datetime


class Closing(msgspec.Struct, frozen=True, kw_only=True):
    finding: str
    finding_name: str
    found: str
    by: Named
    at: datetime


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    at: datetime
    by: Named | None
    facts: dict[str, Any]


class CaseCard(msgspec.Struct, frozen=True, kw_only=True):
    """A whole case. `kept_from`: colleagues who must not hear of it."""

    case: CaseLine
    agreement_id: UUID | None
    caregiver_id: UUID | None
    kept_from: list[Named]
    concerns: list[ConcernCard]
    report: ReportMade | None
    closing: Closing | None
    retain_until: str
    history: list[HistoryLine]


class Concerns(Controller):
    """Saying it."""

    path = "/recipients/{recipient_id:uuid}/concerns"
    tags = ("涉密事项",)

    @post(opt={"permission": "abuse.report", "confidential": True}, status_code=202)
    async def report_concern(self, recipient_id: UUID, data: NewConcern, by: Account, now: datetime) -> Received:
        """报告看到或听到的疑似虐待、欺凌、遗弃等情况。只有经办人能看到；无论已知什么，答复都一样。"""
        await actions.report_concern(
            recipient_id, concern_id=data.id, what=data.what, noticed_at=data.noticed_at, by=by, now=now
        )
        return Received()


class Cases(Controller):
    """Handling it."""

    path = "/abuse-cases"
    tags = ("涉密事项",)

    @get(opt={"permission": "abuse.read", "confidential": True})
    async def list_cases(
        self, by: Account, closed: bool = False, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[CaseLine]:
        """本人可以经办的事项，最早的在前；closed=true 时为已办结的，最近的在前。"""
        of = f"abuse-cases.{closed}"
        after = paging.after(cursor, tuple[datetime, UUID], of=of)
        async with db.transaction(by.scope):
            found = await cases_page(closed=closed, after=after, limit=size + 1)
            names = Names(await masked_names({one.case.recipient_id for one in found}))
        return paging.page(
            found,
            size,
            of=of,
            key=lambda one: (one.case.opened_at, one.case.id),
            item=lambda one: _line(one, names),
        )

    @get("/{case_id:uuid}", opt={"permission": "abuse.read", "confidential": True})
    async def read_case(self, case_id: UUID, by: Account, now: datetime) -> CaseCard:
        """一个事项的全部情况。每次查看都记入日志。"""
        return await _card(case_id, by, now)

    @post("/{case_id:uuid}/report", opt={"permission": "abuse.handle", "confidential": True}, status_code=200)
    async def record_report(self, case_id: UUID, data: MandatoryReport, by: Account, now: datetime) -> CaseCard:
        """登记已向有关部门报告，须填写回执号。未成年人须立即报告，登记前不能办结。"""
        await actions.record_report(case_id, authority=data.authority, reference=data.reference, by=by, now=now)
        return await _card(case_id, by, now)

    @post("/{case_id:uuid}/close", opt={"permission": "abuse.handle", "confidential": True}, status_code=200)
    async def close_case(self, case_id: UUID, data: CloseCase, by: Account, now: datetime) -> CaseCard:
        """办结：写明查证结果。须由负责探访和报告情况以外的人认定。"""
        await actions.close_case(case_id, finding=data.finding, found=data.found, by=by, now=now)
        return await _card(case_id, by, now)


CONTROLLERS = (Concerns, Cases)


async def _card(case_id: UUID, by: Account, now: datetime) -> CaseCard:
    found = await actions.read_case(case_id, by=by, now=now)
    async with db.transaction(by.scope):
        recipients = Names(await masked_names([found.listed.case.recipient_id]))
        return _whole(found, recipients, Names(await colleagues(_people(found))))


def _people(found: CaseRead) -> set[UUID]:
    named = {found.reported_by, found.closed_by, *found.barred_ids}
    named |= {one.by_account_id for one in found.concerns} | {one.by for one in found.history}
    return {one for one in named if one is not None}


def _line(found: Listed, names: Names) -> CaseLine:
    case = found.case
    return CaseLine(
        id=case.id,
        recipient=names.of(case.recipient_id),
        area_id=found.area_id,
        area=found.area,
        status=case.status,
        status_name=STATUS_NAMES[case.status],
        minor=case.minor,
        without_capacity=case.without_capacity,
        concerns=found.concerns,
        opened_at=case.opened_at,
        report_due_at=case.report_due_at,
        reported_at=case.reported_at,
        closed_at=found.closed_at,
        replacement_case_id=case.replacement_case_id,
    )


def _whole(found: CaseRead, recipients: Names, staff: Names) -> CaseCard:
    case = found.listed.case
    return CaseCard(
        case=_line(found.listed, recipients),
        agreement_id=case.agreement_id,
        caregiver_id=found.caregiver_id,
        kept_from=[staff.of(one) for one in found.barred_ids],
        concerns=[_concern(one, staff) for one in found.concerns],
        report=_report(found, staff),
        closing=_closing(found, staff),
        retain_until=case.retain_until.isoformat(),
        history=[_happened(one, staff) for one in found.history],
    )


def _concern(one: ConcernRead, staff: Names) -> ConcernCard:
    return ConcernCard(
        id=one.id,
        source=one.source,
        source_name=SOURCE_NAMES[one.source],
        by=staff.of(one.by_account_id),
        noticed_at=one.made_at,
        logged_at=one.logged_at,
        content=one.content,
    )


def _report(found: CaseRead, staff: Names) -> ReportMade | None:
    at, authority, reference, by = found.listed.case.reported_at, found.authority, found.reference, found.reported_by
    if at is None or authority is None or reference is None or by is None:
        return None
    return ReportMade(
        authority=authority,
        authority_name=AUTHORITY_NAMES[authority],
        reference=reference,
        by=staff.of(by),
        at=at,
    )


def _closing(found: CaseRead, staff: Names) -> Closing | None:
    status, at = found.listed.case.status, found.listed.closed_at
    if found.closed_by is None or found.found is None or at is None:
        return None
    return Closing(
        finding=status, finding_name=STATUS_NAMES[status], found=found.found, by=staff.of(found.closed_by), at=at
    )


def _happened(one: Happened, staff: Names) -> HistoryLine:
    return HistoryLine(kind=one.kind, at=one.at, by=staff(one.by), facts=dict(one.facts))
