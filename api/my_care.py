"""A caregiver's own care agreements; their orders, attendance and assessments stand beside, under /my."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import Controller, get

from accounts.permissions import Account
from caregivers.agreements.drafting import Item
from caregivers.agreements.lifecycle import STATUS_NAMES
from caregivers.agreements.words import END_NAMES, FEE_CLASS_NAMES, PER_NAMES, SERVICE_NAMES, relation_name
from caregivers.overview.queries import own_agreements
from caregivers.overview.queries.own import OwnAgreement
from core import db


class PromisedService(msgspec.Struct, frozen=True, kw_only=True):
    """约定的一项服务：per 为 need 的，按需提供。"""

    service: str
    service_name: str
    times: int
    per: str
    per_name: str
    note: str


class MyAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """照料人自己的一份协议。"""

    id: UUID
    number: str | None
    village: str
    status: str
    status_name: str
    relation: str
    relation_name: str
    starts_on: date
    ends_on: date
    fee_class: str
    fee_class_name: str
    fee_yuan: int
    liability: str
    services: list[PromisedService]
    ended_on: date | None
    ended_reason_name: str | None


class MyAgreements(Controller):
    """照料人自己的协议"""

    path = "/my/agreements"
    tags = ("照料人本人",)

    @get(opt={"permission": "care.own"})
    async def list_own(self, by: Account) -> list[MyAgreement]:
        """自己签的照料协议：约定的服务、期限、状态，最近的在前。"""
        async with db.transaction(by.scope):
            return [_card(one) for one in await own_agreements()]


CONTROLLERS = (MyAgreements,)


def _card(one: OwnAgreement) -> MyAgreement:
    return MyAgreement(
        id=one.id,
        number=one.number,
        village=one.village,
        status=one.status,
        status_name=STATUS_NAMES[one.status],  # type: ignore[index]  # the table's own check holds it
        relation=one.relation,
        relation_name=relation_name(one.relation),
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        fee_class=one.fee_class,
        fee_class_name=FEE_CLASS_NAMES[one.fee_class],
        fee_yuan=one.fee_yuan,
        liability=one.liability,
        services=[_service(item) for item in one.items],
        ended_on=one.ended_on,
        ended_reason_name=END_NAMES.get(one.ended_reason) if one.ended_reason else None,
    )


def _service(item: Item) -> PromisedService:
    return PromisedService(
        service=item.service,
        service_name=SERVICE_NAMES.get(item.service, item.service),
        times=item.times,
        per=item.per,
        per_name=PER_NAMES[item.per],
        note=item.note,
    )
