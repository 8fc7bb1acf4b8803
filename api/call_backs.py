"""Call-backs over HTTP: who is to be asked whether a visit took place, and what they answered."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.people import StaffName
from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.evidence_cards import OUTCOME_NAMES, DoubtCard, doubt_cards
from api.values import name_of
from core import db
from recipients.queries import masked_names
from visits.evidence import actions
from visits.evidence.grades import GRADE_NAMES
from visits.evidence.queries import calling_back as queries
from visits.evidence.queries import graded
from visits.evidence.queries.calling_back import CallBack
from visits.evidence.queries.graded import Graded

Outcome = Literal["confirmed", "denied", "unreachable"]
_WHY_NAMES = {
    "sample": "按比例抽查",
    "flags": "记录存疑",
    "complaint": "有投诉",
}


class Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """回访结果。否认或联系不上会立即预警。"""

    outcome: Outcome
    how: Literal["phone", "door", "video"]
    note: Annotated[str, Meta(max_length=500)] = ""


class Reassigned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    to: UUID


class CallBackCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    report_id: UUID
    recipient_id: UUID
    who: str
    area_id: int
    made_at: datetime
    why: str
    why_name: str
    grade: str | None
    grade_name: str | None
    doubts: list[DoubtCard]
    assigned_to: UUID | None
    assigned_to_name: str | None
    due_at: datetime
    status: str
    outcome: str | None
    outcome_name: str | None
    how: str | None
    note: str
    done_at: datetime | None
    done_by_name: str | None


class CallBacks(Controller):
    """电话回访"""

    path = "/call-backs"
    tags = ("回访抽查",)

    @get(opt={"permission": "callback.read"})
    async def list_call_backs(
        self,
        by: Account,
        mine: bool = False,
        status: Literal["open", "done"] | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[CallBackCard]:
        """本辖区的回访，最先到期的在前。mine=true 只列指定给本人的。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="call_backs")
        async with db.transaction(by.scope):
            found = await queries.call_backs_page(
                assigned_to=by.id if mine else None, status=status, after=after, limit=size + 1
            )
            beside = await _beside(found)
        return paging.page(
            found,
            size,
            of="call_backs",
            key=lambda one: (one.due_at, one.id),
            item=lambda one: _card(one, *beside),
        )

    @post("/{call_back_id:uuid}/answer", opt={"permission": "callback.log"}, status_code=200)
    async def answer(self, call_back_id: UUID, data: Answered, by: Account, now: datetime) -> CallBackCard:
        """登记回访结果。走访人本人及其上级不能回访。"""
        done = await actions.log_call_back(
            call_back_id, outcome=data.outcome, how=data.how, note=data.note, by=by, now=now
        )
        return await _shown(done, by)

    @post("/{call_back_id:uuid}/assign", opt={"permission": "callback.read"}, status_code=200)
    async def assign(self, call_back_id: UUID, data: Reassigned, by: Account, now: datetime) -> CallBackCard:
        """改由另一位人员回访。"""
        return await _shown(await actions.reassign(call_back_id, to=data.to, by=by, now=now), by)


CONTROLLERS = (CallBacks,)


async def _shown(one: CallBack, by: Account) -> CallBackCard:
    async with db.transaction(by.scope):
        return _card(one, *await _beside([one]))


async def _beside(
    found: list[CallBack],
) -> tuple[Mapping[UUID, str], Mapping[UUID, StaffName], Mapping[UUID, Graded]]:
    """Masked names, staff and grades of a page, three statements for all of it."""
    staff = {one for card in found for one in (card.assigned_to, card.done_by) if one}
    return (
        await masked_names({one.recipient_id for one in found}),
        await staff_named(staff),
        await graded.grades_of({one.report_id for one in found}),
    )


def _card(
    one: CallBack, who: Mapping[UUID, str], staff: Mapping[UUID, StaffName], grades: Mapping[UUID, Graded]
) -> CallBackCard:
    grade = grades.get(one.report_id)
    return CallBackCard(
        id=one.id,
        report_id=one.report_id,
        recipient_id=one.recipient_id,
        who=who.get(one.recipient_id, ""),
        area_id=one.area_id,
        made_at=one.made_at,
        why=one.why,
        why_name=_WHY_NAMES[one.why],
        grade=grade.grade if grade else None,
        grade_name=GRADE_NAMES[grade.grade] if grade else None,
        doubts=doubt_cards(grade),
        assigned_to=one.assigned_to,
        assigned_to_name=name_of(one.assigned_to, staff),
        due_at=one.due_at,
        status=one.status,
        outcome=one.outcome,
        outcome_name=OUTCOME_NAMES.get(one.outcome) if one.outcome else None,
        how=one.how,
        note=one.note,
        done_at=one.done_at,
        done_by_name=name_of(one.done_by, staff),
    )
