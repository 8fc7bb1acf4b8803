"""Who cares meanwhile, over HTTP: temporary care, the word that nobody does, guardians and card holders."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.values import Moment
from caregivers.agreements import actions, queries
from caregivers.agreements.cover import NewCare
from caregivers.agreements.facts import Fact, FactKind, NewFact, Who
from caregivers.agreements.queries import cards
from caregivers.agreements.queries.cards import CareShown, Uncovered
from caregivers.agreements.refusals import CareNotFound
from caregivers.agreements.words import (
    CARE_END_NAMES,
    CARE_KIND_NAMES,
    FACT_NAMES,
    GAP_NAMES,
    WHO_NAMES,
    CareKind,
)
from core import db
from recipients.queries import masked_names
from recipients.refusals import RecipientNotFound

Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Name = Annotated[str, Meta(min_length=1, max_length=40)]
Phone = Annotated[str, Meta(min_length=5, max_length=20)]


class StandIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """由谁临时照料、到何时。登记的照料人填编号，其他人填姓名和电话；不填开始时间的，从现在起。"""

    kind: CareKind
    reason: Reason
    ends_by: Moment
    starts_at: Moment | None = None
    caregiver_id: UUID | None = None
    carer_name: Name | None = None
    carer_phone: Phone | None = None


class CareExtension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    until: Moment
    reason: Reason


class NobodyCares(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


class SomebodyCares(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    note: Reason


class NewCareFact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """法定监护人或银行卡持有人，自何日起。是照料人的填编号；亲属和其他人填姓名。"""

    kind: FactKind
    who: Who
    since_on: date
    caregiver_id: UUID | None = None
    name: Name | None = None
    phone: Phone | None = None
    relation: Annotated[str, Meta(min_length=1, max_length=24)] | None = None


class CareCard(msgspec.Struct, frozen=True, kw_only=True):
    """一次临时照料。covers：现在是否有效；过了结束时间即不再算有人照料。"""

    id: UUID
    recipient_id: UUID
    kind: str
    kind_name: str
    caregiver_id: UUID | None
    agreement_id: UUID | None
    reason: str
    starts_at: datetime
    ends_by: datetime
    covers: bool
    arranged_by: UUID
    arranged_by_name: str | None
    arranged_at: datetime
    extended_by_name: str | None
    extended_at: datetime | None
    extend_reason: str | None
    first_ends_by: datetime | None
    ended_by_name: str | None
    ended_at: datetime | None
    ended_reason: str | None
    ended_reason_name: str | None


class CareFactCard(msgspec.Struct, frozen=True, kw_only=True):
    """监护人或持卡人的一条登记；until_on 是下一条起始之日，现行的为空。姓名、电话加密保存，不在此显示。"""

    id: UUID
    kind: str
    kind_name: str
    who: str
    who_name: str
    caregiver_id: UUID | None
    relation: str | None
    since_on: date
    until_on: date | None


class UncoveredCard(msgspec.Struct, frozen=True, kw_only=True):
    """一名无人照料的对象，预警正在升级。"""

    alert_id: UUID
    recipient_id: UUID
    recipient_name: str
    area_id: int
    village: str
    risk: str
    since: datetime
    why: str
    why_name: str
    acknowledged: bool
    next_at: datetime | None


class RecipientCare(Controller):
    """一名对象的临时照料。"""

    path = "/recipients/{recipient_id:uuid}/temporary-care"
    tags = ("临时照料",)

    @get(opt={"permission": "agreement.read"})
    async def list_care(self, recipient_id: UUID, by: Account, now: datetime) -> list[CareCard]:
        """历次临时照料，最近的在前。"""
        async with db.transaction(by.scope):
            if await queries.recipient_for(recipient_id) is None:
                raise RecipientNotFound
            return await _cards(await cards.care_of(recipient_id), now)

    @post(opt={"permission": "cover.arrange"})
    async def arrange(self, recipient_id: UUID, data: StandIn, by: Account, now: datetime) -> CareCard:
        """安排临时照料，立即有效；原有的临时照料由它接替，“无人照料”预警随之解除。"""
        return await _shown(await actions.arrange_care(recipient_id, stand_in(data, now), by=by, now=now), by, now)


class TemporaryCare(Controller):
    """临时照料的延期和结束。"""

    path = "/temporary-care"
    tags = ("临时照料",)

    @post("/{care_id:uuid}/extend", opt={"permission": "cover.arrange"}, status_code=200)
    async def extend(self, care_id: UUID, data: CareExtension, by: Account, now: datetime) -> CareCard:
        """延期一次，由安排人以外的人办理。"""
        await actions.extend_care(care_id, until=data.until, reason=data.reason, by=by, now=now)
        return await _shown(care_id, by, now)

    @post("/{care_id:uuid}/end", opt={"permission": "cover.arrange"}, status_code=200)
    async def end(self, care_id: UUID, by: Account, now: datetime) -> CareCard:
        """结束临时照料；结束后将无人照料的，不予办理。"""
        await actions.end_care(care_id, by=by, now=now)
        return await _shown(care_id, by, now)


class Gaps(Controller):
    """无人照料。"""

    path = ""
    tags = ("临时照料",)

    # Whoever may report a hazard may say that nobody is there: the first to notice is often the village's worker.
    @post("/recipients/{recipient_id:uuid}/no-cover", opt={"permission": "hazard.record"}, status_code=204)
    async def report_no_cover(self, recipient_id: UUID, data: NobodyCares, by: Account, now: datetime) -> None:
        """报告无人照料：即使协议还在，也立即预警，直到落实照料。"""
        await actions.report_no_cover(recipient_id, reason=data.reason, by=by, now=now)

    @post("/recipients/{recipient_id:uuid}/cover-restored", opt={"permission": "cover.arrange"}, status_code=204)
    async def restore_cover(self, recipient_id: UUID, data: SomebodyCares, by: Account, now: datetime) -> None:
        """原照料人已恢复照料，解除“无人照料”的报告。"""
        await actions.restore_cover(recipient_id, note=data.note, by=by, now=now)

    @get("/uncovered", opt={"permission": "agreement.read"})
    async def list_uncovered(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[UncoveredCard]:
        """辖区内现在无人照料的对象，最早发现的在前。"""
        after = paging.after(cursor, UUID, of="uncovered")
        async with db.transaction(by.scope):
            found = await cards.uncovered(after=after, limit=size + 1)
            names = await masked_names({one.recipient_id for one in found})
        return paging.page(
            found, size, of="uncovered", key=lambda one: one.alert_id, item=lambda one: _uncovered(one, names)
        )


class CareFacts(Controller):
    """监护人和银行卡持有人：与照料人分别登记。"""

    path = "/recipients/{recipient_id:uuid}/care-facts"
    tags = ("临时照料",)

    @get(opt={"permission": "agreement.read"})
    async def list_facts(self, recipient_id: UUID, by: Account) -> list[CareFactCard]:
        """历次登记，最近的在前。"""
        async with db.transaction(by.scope):
            if await queries.recipient_for(recipient_id) is None:
                raise RecipientNotFound
            return [_fact(one) for one in await queries.facts_of(recipient_id)]

    @post(opt={"permission": "agreement.edit"})
    async def record(self, recipient_id: UUID, data: NewCareFact, by: Account, now: datetime) -> list[CareFactCard]:
        """登记监护人或持卡人；照料人持卡只作风险提示，不予拒绝。"""
        fact = NewFact(**msgspec.structs.asdict(data))
        await actions.record_care_fact(recipient_id, fact, by=by, now=now)
        async with db.transaction(by.scope):
            return [_fact(one) for one in await queries.facts_of(recipient_id)]


def stand_in(data: StandIn, now: datetime) -> NewCare:
    """What was told of temporary care; it begins now where no other time is told."""
    return NewCare(
        kind=data.kind,
        reason=data.reason,
        starts_at=data.starts_at or now,
        ends_by=data.ends_by,
        caregiver_id=data.caregiver_id,
        carer_name=data.carer_name,
        carer_phone=data.carer_phone,
    )


async def _shown(care_id: UUID, by: Account, now: datetime) -> CareCard:
    async with db.transaction(by.scope):
        found = await cards.care_shown(care_id)
        if found is None:
            raise CareNotFound
        return (await _cards([found], now))[0]


async def _cards(found: list[CareShown], now: datetime) -> list[CareCard]:
    people = {one for care in found for one in (care.arranged_by, care.extended_by, care.ended_by) if one}
    staff = {account_id: one.name for account_id, one in (await staff_named(list(people))).items()}
    return [_care(one, staff, now) for one in found]


def _care(one: CareShown, staff: Mapping[UUID, str], now: datetime) -> CareCard:
    return CareCard(
        id=one.id,
        recipient_id=one.recipient_id,
        kind=one.kind,
        kind_name=CARE_KIND_NAMES[one.kind],
        caregiver_id=one.caregiver_id,
        agreement_id=one.agreement_id,
        reason=one.reason,
        starts_at=one.starts_at,
        ends_by=one.ends_by,
        covers=one.ended_at is None and one.starts_at <= now < one.ends_by,
        arranged_by=one.arranged_by,
        arranged_by_name=staff.get(one.arranged_by),
        arranged_at=one.arranged_at,
        extended_by_name=staff.get(one.extended_by) if one.extended_by else None,
        extended_at=one.extended_at,
        extend_reason=one.extend_reason,
        first_ends_by=one.first_ends_by,
        ended_by_name=staff.get(one.ended_by) if one.ended_by else None,
        ended_at=one.ended_at,
        ended_reason=one.ended_reason,
        ended_reason_name=CARE_END_NAMES[one.ended_reason] if one.ended_reason else None,
    )


def _fact(one: Fact) -> CareFactCard:
    return CareFactCard(
        id=one.id,
        kind=one.kind,
        kind_name=FACT_NAMES[one.kind],
        who=one.who,
        who_name=WHO_NAMES[one.who],
        caregiver_id=one.caregiver_id,
        relation=one.relation,
        since_on=one.since_on,
        until_on=one.until_on,
    )


def _uncovered(one: Uncovered, names: Mapping[UUID, str]) -> UncoveredCard:
    return UncoveredCard(
        alert_id=one.alert_id,
        recipient_id=one.recipient_id,
        recipient_name=names.get(one.recipient_id, "*"),
        area_id=one.area_id,
        village=one.village,
        risk=one.risk,
        since=one.since,
        why=one.why,
        why_name=GAP_NAMES.get(one.why, one.why),
        acknowledged=one.acknowledged,
        next_at=one.next_at,
    )


CONTROLLERS = (RecipientCare, TemporaryCare, Gaps, CareFacts)
