"""Orders to rectify over HTTP: issued, told, answered by the caregiver, heard, extended, ended."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post, put
from litestar.params import Parameter
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.openapi import also
from api.order_cards import Answer, OrderCard, OrderDetail, answer, failure, order_card, order_item
from api.own_order_cards import OwnOrder, OwnOrderDetail, own_order, planned_visits
from api.values import Moment
from api.verifications import verification_cards
from caregivers.agreements.words import Service
from caregivers.people.queries import masked_caregiver_names
from caregivers.rectification import actions
from caregivers.rectification.actions import NewAnswer, NewItem
from caregivers.rectification.queries import reading
from caregivers.rectification.queries.reading import OrderRead
from caregivers.rectification.refusals import OrderNotFound
from core import db
from recipients.queries import masked_names
from visits.photos.queries import photos_of

Status = Literal[
    "issued", "accepted", "refused", "in_progress", "submitted", "overdue", "passed", "failed", "closed", "withdrawn"
]
Text = Annotated[str, Meta(min_length=1, max_length=500)]


class OrderedItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一项隐患、整改后应达到的要求，以及违反的约定服务或职责(至少填一项)。"""

    hazard_id: UUID
    must_be: Text
    service: Service | None = None
    duty: Annotated[str, Meta(max_length=200)] = ""


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一份整改通知：同一协议下的一项或多项隐患，一个期限。编号由提交方生成，重复提交不会重复下达。"""

    id: UUID
    items: Annotated[list[OrderedItem], Meta(min_length=1, max_length=20)]
    evidence: Annotated[str, Meta(max_length=1000)] = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """书面送达；不填时间的，以现在为准。"""

    delivered_at: Moment | None = None


class OrderAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """照料人的答复，编号由手机生成。陈述申辩和完成情况须写明内容；on_paper_by 为代录的书面答复人姓名。"""

    id: UUID
    kind: Literal["accept", "refuse", "start", "statement", "done"]
    text: Annotated[str, Meta(max_length=2000)] = ""
    made_at: Moment
    on_paper_by: Annotated[str, Meta(min_length=1, max_length=40)] | None = None


class Hearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """听取陈述申辩的结果。采纳时可只撤回部分项目；不填 item_ids 的，撤回全部。"""

    upheld: bool
    reason: Text
    item_ids: Annotated[list[UUID], Meta(max_length=20)] = []


class AskExtension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """申请延期：期满前提出，每份通知一次。"""

    until: Moment
    reason: Text


class DecideExtension(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """由申请人以外的人决定。"""

    granted: bool


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """办结或撤回的理由。"""

    reason: Text


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """答复已收到，以及整改通知现在的状态。"""

    order_id: UUID
    answer_id: UUID
    status: str
    status_name: str


class Orders(Controller):
    """整改通知"""

    path = "/orders"
    tags = ("隐患整改",)

    @get(opt={"permission": "order.read"})
    async def list_orders(
        self,
        by: Account,
        status: Annotated[list[Status] | None, Parameter(description="可重复；不填为全部。")] = None,
        recipient_id: UUID | None = None,
        agreement_id: UUID | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[OrderCard]:
        """本辖区的整改通知，最先到期的在前。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="orders")
        async with db.transaction(by.scope):
            found = await reading.orders_page(
                statuses=status or (),
                recipient_id=recipient_id,
                agreement_id=agreement_id,
                own=False,
                after=after,
                limit=size + 1,
            )
            cards = {one.id: one for one in await _cards(found)}
        return paging.page(
            found, size, of="orders", key=lambda one: (one.deadline_at, one.id), item=lambda one: cards[one.id]
        )

    @post(opt={"permission": "order.issue"}, responses=also(404))
    async def issue(self, data: NewOrder, by: Account, now: datetime) -> OrderCard:
        """下达整改通知，期限由政策按最严重的一项确定。照料人没有账号的，等待书面送达。"""
        items = [
            NewItem(hazard_id=one.hazard_id, must_be=one.must_be, service=one.service, duty=one.duty)
            for one in data.items
        ]
        await actions.issue(data.id, items, evidence=data.evidence, by=by, now=now)
        return await _card(data.id, by)

    @get("/{order_id:uuid}", opt={"permission": "order.read"})
    async def read(self, order_id: UUID, by: Account, now: datetime) -> OrderDetail:
        """一份整改通知的全部内容和经过。"""
        async with db.transaction(by.scope):
            found = await reading.order_read(order_id)
            if found is None:
                raise OrderNotFound
            return OrderDetail(
                order=(await _cards([found]))[0],
                evidence=found.evidence,
                statement_until=found.statement_until,
                close_reason=found.close_reason,
                withdrawn_reason=found.withdrawn_reason,
                items=[order_item(one) for one in await reading.items_read(order_id)],
                answers=await _answers(order_id),
                verifications=await verification_cards(await reading.verifications_of(order_id), now),
                failures=[failure(one) for one in await reading.cycles_read(order_id)],
            )

    @post("/{order_id:uuid}/delivered", opt={"permission": "order.issue"}, status_code=200)
    async def deliver(self, order_id: UUID, data: Delivery, by: Account, now: datetime) -> OrderCard:
        """登记书面送达；整改和陈述申辩的期限从送达起算。"""
        await actions.deliver(order_id, delivered_at=data.delivered_at, by=by, now=now)
        return await _card(order_id, by)

    @put("/{order_id:uuid}/answers", opt={"permission": "care.own"})
    async def answer(self, order_id: UUID, data: OrderAnswer, by: Account, now: datetime) -> Answered:
        """照料人答复自己的整改通知；或由民政专干代录书面答复。同一编号内容不同的，以先收到的为准。"""
        new = NewAnswer(id=data.id, kind=data.kind, text=data.text, made_at=data.made_at, on_paper_by=data.on_paper_by)
        await actions.answer(order_id, new, by=by, now=now)
        found = own_order(await _own_or_seen(order_id, by))
        return Answered(order_id=order_id, answer_id=data.id, status=found.status, status_name=found.status_name)

    @post("/{order_id:uuid}/statements/{answer_id:uuid}/hear", opt={"permission": "order.decide"}, status_code=200)
    async def hear(self, order_id: UUID, answer_id: UUID, data: Hearing, by: Account, now: datetime) -> OrderCard:
        """听取陈述申辩。由下达人以外、与照料人无关系的人办理。"""
        await actions.hear_statement(
            order_id, answer_id, upheld=data.upheld, reason=data.reason, item_ids=data.item_ids, by=by, now=now
        )
        return await _card(order_id, by)

    @post("/{order_id:uuid}/extension", opt={"permission": "care.own"}, status_code=200)
    async def ask_extension(self, order_id: UUID, data: AskExtension, by: Account, now: datetime) -> OwnOrder:
        """申请延期，由照料人或民政专干提出。"""
        await actions.ask_extension(order_id, until=data.until, reason=data.reason, by=by, now=now)
        return own_order(await _own_or_seen(order_id, by))

    @post("/{order_id:uuid}/extension/decision", opt={"permission": "order.decide"}, status_code=200)
    async def decide_extension(self, order_id: UUID, data: DecideExtension, by: Account, now: datetime) -> OrderCard:
        """决定是否延期。"""
        await actions.decide_extension(order_id, granted=data.granted, by=by, now=now)
        return await _card(order_id, by)

    @post("/{order_id:uuid}/withdraw", opt={"permission": "order.decide"}, status_code=200)
    async def withdraw(self, order_id: UUID, data: Ending, by: Account, now: datetime) -> OrderCard:
        """撤回下达有误的整改通知。已逾期或已复核的不能撤回。"""
        await actions.withdraw(order_id, reason=data.reason, by=by, now=now)
        return await _card(order_id, by)

    @post("/{order_id:uuid}/close", opt={"permission": "order.decide"}, status_code=200)
    async def close(self, order_id: UUID, data: Ending, by: Account, now: datetime) -> OrderCard:
        """办结复核不合格或逾期的整改通知。必须决定的撤换事项未决的，不能办结。"""
        await actions.close(order_id, reason=data.reason, by=by, now=now)
        return await _card(order_id, by)


class OwnOrders(Controller):
    """我的整改通知"""

    path = "/my/orders"
    tags = ("照料人",)

    @get(opt={"permission": "care.own"})
    async def list_own(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[OwnOrder]:
        """本人的整改通知，最先到期的在前。"""
        after = paging.after(cursor, tuple[datetime, UUID], of="my.orders")
        async with db.transaction(by.scope):
            found = await reading.orders_page(
                statuses=(), recipient_id=None, agreement_id=None, own=True, after=after, limit=size + 1
            )
        return paging.page(found, size, of="my.orders", key=lambda one: (one.deadline_at, one.id), item=own_order)

    @get("/{order_id:uuid}", opt={"permission": "care.own"})
    async def read_own(self, order_id: UUID, by: Account) -> OwnOrderDetail:
        """本人的一份整改通知。"""
        async with db.transaction(by.scope):
            found = await reading.order_read(order_id, own=True)
            if found is None:
                raise OrderNotFound
            return OwnOrderDetail(
                order=own_order(found),
                evidence=found.evidence,
                withdrawn_reason=found.withdrawn_reason,
                items=[order_item(one) for one in await reading.items_read(order_id)],
                answers=await _answers(order_id),
                verifications=planned_visits(await reading.verifications_of(order_id)),
                failures=[failure(one) for one in await reading.cycles_read(order_id)],
            )


CONTROLLERS = (Orders, OwnOrders)


async def _own_or_seen(order_id: UUID, by: Account) -> OrderRead:
    async with db.transaction(by.scope):
        found = await reading.order_read(order_id, own=True) or await reading.order_read(order_id)
    if found is None:
        raise OrderNotFound
    return found


async def _answers(order_id: UUID) -> list[Answer]:
    found = await reading.answers_read(order_id)
    photos = await photos_of("order_answer", {one.id for one in found})
    return [answer(one, photos) for one in found]


async def _card(order_id: UUID, by: Account) -> OrderCard:
    async with db.transaction(by.scope):
        found = await reading.order_read(order_id)
        if found is None:
            raise OrderNotFound
        return (await _cards([found]))[0]


async def _cards(found: list[OrderRead]) -> list[OrderCard]:
    names = await masked_names({one.recipient_id for one in found})
    caregivers = await masked_caregiver_names({one.caregiver_id for one in found})
    staff = {who: one.name for who, one in (await staff_named({one.issued_by for one in found})).items()}
    return [order_card(one, names, caregivers, staff) for one in found]
