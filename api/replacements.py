"""Replacement of a caregiver over HTTP: proposed, heard, decided, handed over. Each answer is the case as it is now."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.params import Parameter
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.cover import StandIn, stand_in
from api.openapi import also
from api.replacement_cards import (
    Names,
    ReplacementCard,
    ReplacementDetail,
    replacement_card,
    replacement_detail,
    staff_of,
)
from api.values import Moment
from caregivers.people.queries import masked_caregiver_names
from caregivers.replacement import actions
from caregivers.replacement.case import Decision, Status
from caregivers.replacement.deciding import Will
from caregivers.replacement.handover import Item, Recorded
from caregivers.replacement.hearing import Heard, Present, Telling
from caregivers.replacement.queries import reading
from caregivers.replacement.queries.handover import items_of
from caregivers.replacement.queries.reading import CaseRead, Wanted
from caregivers.replacement.refusals import CaseNotFound
from core import db
from recipients.queries import masked_names

Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
Words = Annotated[str, Meta(max_length=2000)]


class NewProposal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """人工提请撤换，写明理由。"""

    agreement_id: UUID
    reason: Reason


class Invitation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """告知照料人听取意见的时间，以及如何告知：系统通知、书面、电话、当面。"""

    hearing_at: Moment
    how: Telling


class HearingRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """听取意见的记录。照料人到场的，present 含 caregiver。"""

    held_at: Moment
    present: Annotated[list[Present], Meta(max_length=6)]
    caregiver_said: Words = ""
    recipient_said: Words
    village_said: Words


class StatedWill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """转为集中供养是谁的意愿(本人或监护人)，如何表达。"""

    by: Literal["self", "guardian"]
    stated: Annotated[str, Meta(min_length=1, max_length=1000)]


class DecisionMade(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """决定及理由。撤换和转集中供养须同时落实临时照料；barred_by_law 表示法律禁止其从事照料，终身限制。"""

    decision: Decision
    reason: Reason
    will: StatedWill | None = None
    care: StandIn | None = None
    barred_by_law: bool = False


class Successor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """接任照料人的协议，已生效。"""

    agreement_id: UUID


class HandoverRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一项交接。done=false 表示不适用，须写明原因；护理费须写明结算到哪一天、金额(元)。"""

    done: bool
    note: Annotated[str, Meta(max_length=500)] = ""
    settled_until: date | None = None
    settled_yuan: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None


class Because(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """理由。"""

    reason: Reason


class FlagReview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """对依据已变化的决定的复核结论。"""

    note: Reason


class Replacements(Controller):
    """照料人撤换"""

    path = "/replacements"
    tags = ("撤换",)

    @get(opt={"permission": "replacement.read"})
    async def list_replacements(
        self,
        by: Account,
        now: datetime,
        status: Annotated[list[Status] | None, Parameter(description="可重复；不填为全部未办结的。")] = None,
        recipient_id: UUID | None = None,
        agreement_id: UUID | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[ReplacementCard]:
        """本辖区的撤换事项，最先须决定的在前。"""
        wanted = Wanted(statuses=frozenset(status or ()), recipient_id=recipient_id, agreement_id=agreement_id)
        after = paging.after(cursor, tuple[datetime, UUID], of="replacements")
        async with db.transaction(by.scope):
            found = await reading.cases_page(wanted, after=after, limit=size + 1)
            names = await _names(found)
        return paging.page(
            found,
            size,
            of="replacements",
            key=lambda one: (one.decide_by, one.id),
            item=lambda one: replacement_card(one, names, now),
        )

    @post(opt={"permission": "replacement.propose"}, responses=also(404))
    async def propose(self, data: NewProposal, by: Account, now: datetime) -> ReplacementDetail:
        """人工提请撤换。依规定必须提请的，由系统自动提请。"""
        case_id = await actions.propose(data.agreement_id, reason=data.reason, by=by, now=now)
        return await _detail(case_id, by, now)

    @get("/{case_id:uuid}", opt={"permission": "replacement.read"})
    async def read_replacement(self, case_id: UUID, by: Account, now: datetime) -> ReplacementDetail:
        """一项撤换事项的全部经过。"""
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/tell", opt={"permission": "replacement.hear"}, status_code=200)
    async def tell(self, case_id: UUID, data: Invitation, by: Account, now: datetime) -> ReplacementDetail:
        """告知照料人，并约定听取意见的时间。"""
        await actions.tell_caregiver(case_id, hearing_at=data.hearing_at, how=data.how, by=by, now=now)
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/hearings", opt={"permission": "replacement.hear"})
    async def hear(self, case_id: UUID, data: HearingRecord, by: Account, now: datetime) -> ReplacementDetail:
        """登记听取意见的情况。照料人未到场的，须在告知的时间之后登记。"""
        heard = Heard(
            held_at=data.held_at,
            present=tuple(dict.fromkeys(data.present)),
            caregiver_said=data.caregiver_said,
            recipient_said=data.recipient_said,
            village_said=data.village_said,
        )
        await actions.hear(case_id, heard, by=by, now=now)
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/decide", opt={"permission": "replacement.decide"}, status_code=200)
    async def decide(self, case_id: UUID, data: DecisionMade, by: Account, now: datetime) -> ReplacementDetail:
        """作出决定，由乡镇(街道)负责人或其请假期间的代理人。撤换须同时落实临时照料，对象不能无人照料。"""
        await actions.decide(
            case_id,
            decision=data.decision,
            reason=data.reason,
            will=Will(by=data.will.by, stated=data.will.stated) if data.will else None,
            care=stand_in(data.care, now) if data.care else None,
            barred_by_law=data.barred_by_law,
            by=by,
            now=now,
        )
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/successor", opt={"permission": "handover.record"}, status_code=200)
    async def link_successor(self, case_id: UUID, data: Successor, by: Account, now: datetime) -> ReplacementDetail:
        """登记接任协议，开始交接。"""
        await actions.link_successor(case_id, data.agreement_id, by=by, now=now)
        return await _detail(case_id, by, now)

    @put("/{case_id:uuid}/handover/{item:str}", opt={"permission": "handover.record"})
    async def record_handover(
        self, case_id: UUID, item: Item, data: HandoverRecord, by: Account, now: datetime
    ) -> ReplacementDetail:
        """登记或更正一项交接；全部登记后即为交接完成。"""
        recorded = Recorded(
            item=item,
            done=data.done,
            note=data.note,
            settled_until=data.settled_until,
            settled_yuan=data.settled_yuan,
        )
        await actions.record_handover(case_id, recorded, by=by, now=now)
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/close", opt={"permission": "handover.record"}, status_code=200)
    async def close(self, case_id: UUID, by: Account, now: datetime) -> ReplacementDetail:
        """办结。"""
        await actions.close(case_id, by=by, now=now)
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/withdraw", opt={"permission": "replacement.propose"}, status_code=200)
    async def withdraw(self, case_id: UUID, data: Because, by: Account, now: datetime) -> ReplacementDetail:
        """撤回人工提请的事项。依规定必须决定的事项不能撤回。"""
        await actions.withdraw(case_id, reason=data.reason, by=by, now=now)
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/acknowledge", opt={"permission": "replacement.review"}, status_code=200)
    async def acknowledge_keep(self, case_id: UUID, by: Account, now: datetime) -> ReplacementDetail:
        """区民政局已审阅不予撤换的决定，没有异议。"""
        await actions.acknowledge_keep(case_id, by=by, now=now)
        return await _detail(case_id, by, now)

    @post("/{case_id:uuid}/review", opt={"permission": "replacement.review"})
    async def order_review(self, case_id: UUID, data: Because, by: Account, now: datetime) -> ReplacementDetail:
        """区民政局要求对不予撤换的决定复议；答复的是新的事项，另有期限。"""
        review_id = await actions.order_review(case_id, reason=data.reason, by=by, now=now)
        return await _detail(review_id, by, now)

    # The township's head or the district: the action knows which of the two it is.
    @post("/{case_id:uuid}/flag-review", opt={"permission": "replacement.read"}, status_code=200)
    async def review_flag(self, case_id: UUID, data: FlagReview, by: Account, now: datetime) -> ReplacementDetail:
        """登记对依据已变化的决定的复核结论。"""
        await actions.review_flag(case_id, note=data.note, by=by, now=now)
        return await _detail(case_id, by, now)


CONTROLLERS = (Replacements,)


async def _detail(case_id: UUID, by: Account, now: datetime) -> ReplacementDetail:
    async with db.transaction(by.scope):
        found = await reading.case_read(case_id)
        if found is None:
            raise CaseNotFound
        hearings, items = await reading.hearings_of(case_id), await items_of(case_id)
        staff = await staff_named(staff_of(found, hearings, items))
        names = await _names([found], {account_id: one.name for account_id, one in staff.items()})
    return replacement_detail(found, hearings, items, names, now)


async def _names(found: list[CaseRead], staff: dict[UUID, str] | None = None) -> Names:
    return Names(
        recipients=await masked_names({one.recipient_id for one in found}),
        caregivers=await masked_caregiver_names({one.caregiver_id for one in found}),
        staff=staff or {},
    )
