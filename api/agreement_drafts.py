"""What is told of an agreement when it is drafted or changed, and what follows from policy where it is not told."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from accounts.permissions import Account
from accounts.queries import policy_for
from caregivers.agreements import queries
from caregivers.agreements.drafting import Consent, Content, Item, fee, last_day
from caregivers.agreements.refusals import AgreementNotFound, DraftIncomplete
from caregivers.agreements.words import Capacity, FeeClass, Per, Relation, Service
from core import db
from core.clock import local_day
from recipients.refusals import RecipientNotFound

Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Number = Annotated[str, Meta(min_length=1, max_length=60)]
Liability = Annotated[str, Meta(max_length=4000)]
Yuan = Annotated[int, Meta(ge=0, le=100_000)]


class PromisedItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一项约定的服务：每日、每周或每月几次；按需提供的，次数为 0。"""

    service: Service
    times: Annotated[int, Meta(ge=0, le=99)]
    per: Per
    note: Annotated[str, Meta(max_length=200)] = ""


Items = Annotated[list[PromisedItem], Meta(max_length=16)]


class NewAgreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """协议草稿。不填结束日期的，按政策最长期限；不填护理费的，按对象的自理能力。
    follows 为所续接的现有协议：新协议生效之日，原协议随之终止。"""

    recipient_id: UUID
    caregiver_id: UUID
    relation: Relation
    starts_on: date
    ends_on: date | None = None
    items: Items = []
    liability: Liability = ""
    fee_class: FeeClass | None = None
    fee_yuan: Yuan | None = None
    number: Number | None = None
    consent_by: Capacity | None = None
    consent_reason: Reason | None = None
    follows: UUID | None = None
    successor_for_case: UUID | None = None


class AgreementChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """草稿中要改的内容；读到的版本放在 If-Match。"""

    caregiver_id: UUID | UnsetType = UNSET
    relation: Relation | UnsetType = UNSET
    starts_on: date | UnsetType = UNSET
    ends_on: date | UnsetType = UNSET
    items: Items | UnsetType = UNSET
    liability: Liability | UnsetType = UNSET
    fee_class: FeeClass | UnsetType = UNSET
    fee_yuan: Yuan | UnsetType = UNSET
    number: Number | UnsetType | None = UNSET
    consent_by: Capacity | UnsetType | None = UNSET
    consent_reason: Reason | UnsetType | None = UNSET


async def content_of_new(data: NewAgreement, by: Account, now: datetime) -> Content:
    """What was left out follows from the policy and from the person's class."""
    async with db.transaction(by.scope):
        recipient = await queries.recipient_for(data.recipient_id)
        if recipient is None:
            raise RecipientNotFound
        policy = (await policy_for(recipient.district_id, local_day(now))).policy
    fee_class = data.fee_class or recipient.fee_class
    return Content(
        caregiver_id=data.caregiver_id,
        relation=data.relation,
        starts_on=data.starts_on,
        ends_on=data.ends_on or last_day(data.starts_on, policy),
        fee_class=fee_class,
        fee_yuan=fee(fee_class, policy) if data.fee_yuan is None else data.fee_yuan,
        liability=data.liability,
        items=_items(data.items),
        consent=_consent(data.consent_by, data.consent_reason),
        number=data.number,
    )


async def changes(agreement_id: UUID, data: AgreementChange, by: Account) -> dict[str, Any]:
    """The fields that were told, by the names of a draft's content."""
    told = {name: getattr(data, name) for name in data.__struct_fields__}
    given = {name: value for name, value in told.items() if value is not UNSET}
    if "items" in given:
        given["items"] = _items(given["items"])
    consent: dict[str, Any] = {name: given.pop(name) for name in ("consent_by", "consent_reason") if name in given}
    if consent:
        given["consent"] = await _changed_consent(agreement_id, consent, by)
    return given


async def _changed_consent(agreement_id: UUID, told: dict[str, Any], by: Account) -> Consent | None:
    async with db.transaction(by.scope):
        was = await queries.content_of(agreement_id)
    if was is None:
        raise AgreementNotFound
    before = {"consent_by": was.consent.by, "consent_reason": was.consent.reason} if was.consent else {}
    merged = {"consent_by": None, "consent_reason": None} | before | told
    return _consent(merged["consent_by"], merged["consent_reason"])


def _consent(by: Capacity | None, reason: str | None) -> Consent | None:
    if by is None:
        if reason is not None:
            raise DraftIncomplete("请写明由谁同意：对象本人、监护人或代理人。", field="/consent_by")
        return None
    return Consent(by=by, reason=reason)


def _items(items: list[PromisedItem]) -> tuple[Item, ...]:
    return tuple(Item(service=one.service, times=one.times, per=one.per, note=one.note) for one in items)
