"""Attendance over HTTP: a caregiver's own word from their phone, or paper keyed in by a supervisor."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, put

from accounts.permissions import Account
from api import paging
from api.openapi import also
from api.values import Moment
from caregivers.agreements.words import SERVICE_NAMES
from caregivers.assessment import actions
from caregivers.assessment.attendance import Attendance
from caregivers.assessment.queries import attendance as queries
from caregivers.assessment.queries.attendance import Stored
from caregivers.assessment.refusals import AgreementNotYours
from core import db

Service = Annotated[str, msgspec.Meta(max_length=24)]


class Done(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """到户做了什么。made_at 为到户时间；services 为协议中的服务项目。不需要定位和照片。"""

    id: UUID
    made_at: Moment
    services: Annotated[list[Service], msgspec.Meta(max_length=20)]
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class OwnAttendance(Done, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """照料人自己的到户记录，编号由手机生成：同一编号重复提交不会重复计数。"""

    agreement_id: UUID


class PaperAttendance(Done, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """由民政专干代录的纸质到户记录；on_paper_by 为纸上签名的人。"""

    on_paper_by: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class AttendanceCard(msgspec.Struct, frozen=True, kw_only=True):
    """一次到户。late 表示补录。"""

    id: UUID
    agreement_id: UUID
    made_at: datetime
    logged_at: datetime
    late: bool
    services: list[str]
    service_names: list[str]
    note: str
    on_paper: bool


class AttendanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """同一编号、同样内容再次提交，得到与第一次相同的答复。"""

    attendance: AttendanceCard
    message: str


class MyAttendance(Controller):
    """照料人自己的到户记录"""

    path = "/my/attendance"
    tags = ("到户记录",)

    @get(opt={"permission": "care.own"})
    async def list_own(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[AttendanceCard]:
        """自己的到户记录，最近的在前。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="my-attendance")
        async with db.transaction(by.scope):
            found = await queries.own_attendance(after=after, limit=size + 1)
        return _page(found, size, of="my-attendance")

    @put(opt={"permission": "care.own"}, responses=also(404))
    async def log_own(self, data: OwnAttendance, by: Account, now: datetime) -> AttendanceAnswer:
        """记录一次到户。只能记自己的协议；补录的会标明，时间不可能的会说明原因。"""
        logged = await actions.log_attendance(data.id, data.agreement_id, _said(data, None), by=by, now=now)
        return AttendanceAnswer(attendance=_card(logged.stored), message=logged.message)


class AgreementAttendance(Controller):
    """一份协议的到户记录"""

    path = "/agreements/{agreement_id:uuid}/attendance"
    tags = ("到户记录",)

    @get(opt={"permission": "agreement.read"})
    async def list_for_agreement(
        self, agreement_id: UUID, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[AttendanceCard]:
        """这份协议的到户记录，最近的在前。"""
        of = f"attendance.{agreement_id}"
        after = paging.after(cursor, tuple[datetime, UUID], of=of)
        async with db.transaction(by.scope):
            if await queries.agreement_here(agreement_id) is None:
                raise AgreementNotYours
            found = await queries.attendance_for(agreement_id, after=after, limit=size + 1)
        return _page(found, size, of=of)

    @put(opt={"permission": "attendance.log"})
    async def log_paper(
        self, agreement_id: UUID, data: PaperAttendance, by: Account, now: datetime
    ) -> AttendanceAnswer:
        """代录纸质到户记录，效力与照料人自己提交的相同。"""
        said = _said(data, data.on_paper_by)
        logged = await actions.log_paper_attendance(data.id, agreement_id, said, by=by, now=now)
        return AttendanceAnswer(attendance=_card(logged.stored), message=logged.message)


def _said(data: Done, on_paper_by: str | None) -> Attendance:
    services = tuple(sorted(set(data.services)))
    return Attendance(made_at=data.made_at.astimezone(UTC), services=services, note=data.note, on_paper_by=on_paper_by)


def _page(found: list[Stored], size: int, *, of: str) -> paging.Page[AttendanceCard]:
    return paging.page(found, size, of=of, key=lambda one: (one.said.made_at, one.id), item=_card)


def _card(stored: Stored) -> AttendanceCard:
    said = stored.said
    return AttendanceCard(
        id=stored.id,
        agreement_id=stored.agreement_id,
        made_at=said.made_at,
        logged_at=stored.logged_at,
        late=stored.late,
        services=list(said.services),
        service_names=[SERVICE_NAMES.get(service, service) for service in said.services],
        note=said.note,
        on_paper=said.on_paper_by is not None,
    )


CONTROLLERS = (MyAttendance, AgreementAttendance)
