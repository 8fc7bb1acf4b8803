"""Verifications over HTTP: what is to be looked at, and what was found at the door, under an id the phone made."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.order_cards import VerificationCard, verification_card
from api.values import Moment
from caregivers.rectification import actions
from caregivers.rectification.queries import reading
from caregivers.rectification.queries.reading import VerificationRead
from caregivers.rectification.refusals import VerificationNotFound
from caregivers.rectification.result import ItemResult, Result
from core import db
from recipients.queries import masked_names


class FoundItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一项的复核结果。不合格的须写明现场情况。"""

    item: UUID
    passed: bool
    note: Annotated[str, Meta(max_length=500)] = ""


class VerificationResult(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """上门复核结果，编号由手机生成：重复提交不会重复计算。每一项都要认定。"""

    id: UUID
    made_at: Moment
    person_seen: bool
    items: Annotated[list[FoundItem], Meta(min_length=1, max_length=50)]


class AssignVerifier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """指定复核人：本辖区在岗人员，不能是下达人，也不能与照料人有关系。"""

    verifier_id: UUID


class Verifications(Controller):
    """回访复核"""

    path = "/verifications"
    tags = ("隐患整改",)

    @get(opt={"permission": "verification.log"})
    async def list_verifications(
        self,
        by: Account,
        now: datetime,
        mine: bool = False,
        planned: bool = True,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[VerificationCard]:
        """本辖区的回访复核，最先到期的在前。mine=true 只列由本人复核的；planned=false 连同已完成的。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="verifications")
        async with db.transaction(by.scope):
            found = await reading.verifications_page(
                verifier_id=by.id if mine else None, planned=planned, after=after, limit=size + 1
            )
            cards = {one.id: one for one in await verification_cards(found, now)}
        return paging.page(
            found, size, of="verifications", key=lambda one: (one.due_at, one.id), item=lambda one: cards[one.id]
        )

    @put("/{verification_id:uuid}/result", opt={"permission": "verification.log"})
    async def log_result(
        self, verification_id: UUID, data: VerificationResult, by: Account, now: datetime
    ) -> VerificationCard:
        """提交上门复核结果。全部合格的办结；任一项不合格的，整改不合格。"""
        items = [ItemResult(item=one.item, passed=one.passed, note=one.note) for one in data.items]
        result = Result(id=data.id, made_at=data.made_at, person_seen=data.person_seen, items=items)
        await actions.log_verification(verification_id, result, by=by, now=now)
        return await _card(verification_id, by, now)

    @post("/{verification_id:uuid}/verifier", opt={"permission": "order.issue"}, status_code=200)
    async def assign(self, verification_id: UUID, data: AssignVerifier, by: Account, now: datetime) -> VerificationCard:
        """指定由谁复核。"""
        await actions.assign_verifier(verification_id, verifier_id=data.verifier_id, by=by, now=now)
        return await _card(verification_id, by, now)


CONTROLLERS = (Verifications,)


async def _card(verification_id: UUID, by: Account, now: datetime) -> VerificationCard:
    async with db.transaction(by.scope):
        found = await reading.verification_read(verification_id)
        if found is None:
            raise VerificationNotFound
        return (await verification_cards([found], now))[0]


async def verification_cards(found: list[VerificationRead], now: datetime) -> list[VerificationCard]:
    """Joins the transaction that has read them."""
    names = await masked_names({one.recipient_id for one in found})
    involved = {one for read in found for one in (read.verifier_id, read.by_account_id) if one}
    staff = {account_id: one.name for account_id, one in (await staff_named(involved)).items()}
    return [verification_card(one, names, staff, now) for one in found]
