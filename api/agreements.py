"""Care agreements over HTTP: drafted, signed by every party, suspended, resumed, ended, renewed; a caregiver's own."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.params import HeaderParameter
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.agreement_cards import (
    AgreementCard,
    AgreementDetail,
    Names,
    card,
    detail,
    staff_of,
)
from api.agreement_drafts import AgreementChange, NewAgreement, changes, content_of_new
from api.caregivers import version_of
from api.cover import StandIn, stand_in
from api.openapi import also
from api.values import AreaIdInAddress
from caregivers.agreements import actions, queries
from caregivers.agreements.queries import cards
from caregivers.agreements.queries.cards import Card, Filter
from caregivers.agreements.refusals import AgreementNotFound
from caregivers.agreements.signing import NewSignature
from caregivers.agreements.words import Capacity, EndReason, How, Party
from caregivers.people.queries import masked_caregiver_names
from core import db
from core.clock import local_day
from recipients.queries import masked_names
from recipients.refusals import RecipientNotFound

Reason = Annotated[str, Meta(min_length=1, max_length=500)]


class SignatureGiven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一方的签字。电子签字只能由本人登录办理；按手印的须有见证人；监护人、代理人签字须写明原因。"""

    party: Party
    how: How
    signer_name: Annotated[str, Meta(min_length=1, max_length=40)]
    signed_on: date
    capacity: Capacity = "self"
    capacity_reason: Reason | None = None
    witness: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class Because(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


class Suspension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """中止履行，同时写明由谁临时照料。已有临时照料的可不填。"""

    reason: Reason
    care: StandIn | None = None


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """终止协议；on 为最后一天。协商终止的，须已有临时照料或同时安排。"""

    reason: EndReason
    on: date
    note: Reason
    care: StandIn | None = None


class RenewalReview(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    decision: Literal["renew", "not_renew"]
    reason: Reason


class Agreements(Controller):
    """照料协议"""

    path = "/agreements"
    tags = ("照料协议",)

    @get(opt={"permission": "agreement.read"})
    async def list_agreements(
        self,
        by: Account,
        area_id: AreaIdInAddress = None,
        status: Literal["draft", "pending_signatures", "active", "suspended", "ended"] | None = None,
        caregiver_id: UUID | None = None,
        ends_up_to: date | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[AgreementCard]:
        """辖区内的协议，最近拟定的在前。ends_up_to 只列此日或之前到期的现行协议。"""
        wanted = Filter(area_id=area_id, status=status, caregiver_id=caregiver_id, ends_up_to=ends_up_to)
        after = paging.after(cursor, UUID, of="agreements")
        async with db.transaction(by.scope):
            found = await cards.cards(wanted, after=after, limit=size + 1)
            names = await _names(found)
        return paging.page(found, size, of="agreements", key=lambda one: one.id, item=lambda one: card(one, names))

    @post(opt={"permission": "agreement.edit"}, responses=also(404))
    async def draft(self, data: NewAgreement, by: Account, now: datetime) -> Response[AgreementDetail]:
        """拟定一份草稿。"""
        content = await content_of_new(data, by, now)
        agreement = await actions.draft(
            data.recipient_id,
            content,
            follows=data.follows,
            successor_for_case=data.successor_for_case,
            by=by,
            now=now,
        )
        return await _shown(agreement.id, by)

    @get("/{agreement_id:uuid}", opt={"permission": "agreement.read"})
    async def show_agreement(self, agreement_id: UUID, by: Account) -> Response[AgreementDetail]:
        """一份协议。ETag 是修改草稿时要用的版本。"""
        return await _shown(agreement_id, by)

    @patch("/{agreement_id:uuid}", opt={"permission": "agreement.edit"})
    async def edit_draft(
        self,
        agreement_id: UUID,
        data: AgreementChange,
        by: Account,
        now: datetime,
        if_match: Annotated[str, HeaderParameter(name="If-Match", max_length=40, description="读到的版本(ETag)。")],
    ) -> Response[AgreementDetail]:
        """修改草稿。提交签字后不能再改，须作废重拟。"""
        await actions.edit_draft(
            agreement_id, await changes(agreement_id, data, by), base_version=version_of(if_match), by=by, now=now
        )
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/submit", opt={"permission": "agreement.edit"}, status_code=200)
    async def submit(self, agreement_id: UUID, by: Account, now: datetime) -> Response[AgreementDetail]:
        """提交各方签字：内容齐全、已同意、照料人符合条件。"""
        await actions.submit(agreement_id, by=by, now=now)
        return await _shown(agreement_id, by)

    # A village's worker signs with an account of their own; who may record what is for the action to say.
    @post("/{agreement_id:uuid}/signatures", opt={"permission": "care.own"}, status_code=200)
    async def sign(
        self, agreement_id: UUID, data: SignatureGiven, by: Account, now: datetime
    ) -> Response[AgreementDetail]:
        """登记一方的签字。各方签齐即生效；开始日期未到的，到日自动生效。"""
        await actions.sign(agreement_id, _signature(data), by=by, now=now)
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/abandon", opt={"permission": "agreement.edit"}, status_code=200)
    async def abandon(self, agreement_id: UUID, data: Because, by: Account, now: datetime) -> Response[AgreementDetail]:
        """作废未生效的协议；历史保留。"""
        await actions.abandon(agreement_id, reason=data.reason, by=by, now=now)
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/suspend", opt={"permission": "agreement.decide"}, status_code=200)
    async def suspend(
        self, agreement_id: UUID, data: Suspension, by: Account, now: datetime
    ) -> Response[AgreementDetail]:
        """中止履行。没有写明由谁临时照料的，不予办理。"""
        care = stand_in(data.care, now) if data.care else None
        await actions.suspend(agreement_id, reason=data.reason, care=care, by=by, now=now)
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/resume", opt={"permission": "agreement.decide"}, status_code=200)
    async def resume(self, agreement_id: UUID, data: Because, by: Account, now: datetime) -> Response[AgreementDetail]:
        """恢复履行；临时照料随之结束。"""
        await actions.resume(agreement_id, reason=data.reason, by=by, now=now)
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/end", opt={"permission": "agreement.decide"}, status_code=200)
    async def end(self, agreement_id: UUID, data: Ending, by: Account, now: datetime) -> Response[AgreementDetail]:
        """终止协议。照料人死亡或辞任的照实登记，无人接替的立即预警；因违约撤换的，办理撤换。"""
        care = stand_in(data.care, now) if data.care else None
        await actions.end(agreement_id, reason=data.reason, on=data.on, note=data.note, care=care, by=by, now=now)
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/renewal-review", opt={"permission": "agreement.decide"}, status_code=200)
    async def review_renewal(
        self, agreement_id: UUID, data: RenewalReview, by: Account, now: datetime
    ) -> Response[AgreementDetail]:
        """到期前的续签评估：续签或不续签，并写明理由。"""
        await actions.review_renewal(agreement_id, decision=data.decision, reason=data.reason, by=by, now=now)
        return await _shown(agreement_id, by)

    @post("/{agreement_id:uuid}/renew", opt={"permission": "agreement.edit"})
    async def renew(self, agreement_id: UUID, by: Account, now: datetime) -> Response[AgreementDetail]:
        """按评估结果拟定续签的新草稿：照料人和服务项目不变，重新同意和签字。"""
        draft = await actions.renew(agreement_id, by=by, now=now)
        return await _shown(draft.id, by)


class RecipientAgreements(Controller):
    """一名对象的协议。"""

    path = "/recipients/{recipient_id:uuid}/agreements"
    tags = ("照料协议",)

    @get(opt={"permission": "agreement.read"})
    async def list_of_recipient(self, recipient_id: UUID, by: Account) -> list[AgreementCard]:
        """该对象的全部协议，最近的在前。"""
        async with db.transaction(by.scope):
            if await queries.recipient_for(recipient_id) is None:
                raise RecipientNotFound
            found = await cards.cards(Filter(recipient_id=recipient_id), after=None, limit=200)
            names = await _names(found)
        return [card(one, names) for one in found]


class OwnSignature(Controller):
    """照料人以本人账号签字；本人的协议见 /my/agreements。"""

    path = "/my/agreements/{agreement_id:uuid}/signature"
    tags = ("照料人本人",)

    @post(opt={"permission": "care.own"}, status_code=204)
    async def sign_own(self, agreement_id: UUID, by: Account, now: datetime) -> None:
        """电子签字。各方签齐后，协议自动生效。"""
        signature = NewSignature(party="caregiver", how="electronic", signer_name=by.name, signed_on=local_day(now))
        await actions.sign(agreement_id, signature, by=by, now=now)


async def _shown(agreement_id: UUID, by: Account) -> Response[AgreementDetail]:
    async with db.transaction(by.scope):
        found = await cards.full(agreement_id)
        if found is None:
            raise AgreementNotFound
        items = (await queries.items_of([agreement_id])).get(agreement_id, ())
        signed = await queries.signatures_of(agreement_id)
        staff = {one: told.name for one, told in (await staff_named(staff_of(found, signed))).items()}
        names = await _names([found.card], staff)
    return Response(detail(found, items, signed, names), headers={"etag": f'"{found.card.version}"'})


async def _names(found: list[Card], staff: dict[UUID, str] | None = None) -> Names:
    recipients = {one.recipient_id for one in found}
    return Names(
        recipients=await masked_names(recipients),
        caregivers=await masked_caregiver_names({one.caregiver_id for one in found}),
        facts=await queries.facts_in_force(recipients),
        staff=staff or {},
    )


def _signature(data: SignatureGiven) -> NewSignature:
    return NewSignature(**msgspec.structs.asdict(data))


CONTROLLERS = (Agreements, RecipientAgreements, OwnSignature)
