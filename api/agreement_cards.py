"""How agreements are shown: people's names masked, what is owed to whom in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from caregivers.agreements.drafting import Item
from caregivers.agreements.facts import Fact, card_with_caregiver, guarded_by_caregiver
from caregivers.agreements.lifecycle import STATUS_NAMES
from caregivers.agreements.queries.cards import Card, Full
from caregivers.agreements.queries.signatures import Signature
from caregivers.agreements.renewal import DECISION_NAMES
from caregivers.agreements.words import (
    CAPACITY_NAMES,
    END_NAMES,
    FEE_CLASS_NAMES,
    HOW_NAMES,
    PARTY_NAMES,
    PER_NAMES,
    SERVICE_NAMES,
    relation_name,
)


class AgreementCard(msgspec.Struct, frozen=True, kw_only=True):
    """列表中的一份协议。waits_for：signatures 待签字，first_day 已签齐、待生效；
    risks：card_with_caregiver 照料人持卡，guarded_by_caregiver 照料人兼监护人，只作提示。"""

    id: UUID
    version: int
    number: str | None
    status: str
    status_name: str
    recipient_id: UUID
    recipient_name: str
    caregiver_id: UUID
    caregiver_name: str
    area_id: int
    relation: str
    relation_name: str
    starts_on: date
    ends_on: date
    fee_class: str
    fee_class_name: str
    fee_yuan: int
    from_ledger: bool
    follows: UUID | None
    renewal_decision: str | None
    renewal_decision_name: str | None
    ended_on: date | None
    ended_reason: str | None
    ended_reason_name: str | None
    waits_for: Literal["signatures", "first_day"] | None
    risks: list[Literal["card_with_caregiver", "guarded_by_caregiver"]]


class ItemShown(msgspec.Struct, frozen=True, kw_only=True):
    service: str
    service_name: str
    times: int
    per: str
    per_name: str
    note: str


class SignatureShown(msgspec.Struct, frozen=True, kw_only=True):
    """一方的签字；签字人姓名加密保存，不在此显示。"""

    party: str
    party_name: str
    how: str
    how_name: str
    capacity: str
    capacity_name: str
    capacity_reason: str | None
    witness: str | None
    signed_on: date
    recorded_by: UUID
    recorded_by_name: str | None
    recorded_at: datetime


class AgreementDetail(AgreementCard, frozen=True, kw_only=True):
    """一份协议的全部内容。工作人员已调离本区的，姓名为空。"""

    items: list[ItemShown]
    signatures: list[SignatureShown]
    liability: str
    consent_by: str | None
    consent_by_name: str | None
    consent_reason: str | None
    consent_at: datetime | None
    successor_for_case: UUID | None
    renewal_reviewed_by_name: str | None
    renewal_reviewed_at: datetime | None
    renewal_reason: str | None
    activated_at: datetime | None
    suspended_at: datetime | None
    suspended_by_name: str | None
    suspend_reason: str | None
    ended_at: datetime | None
    ended_by_name: str | None
    end_note: str | None
    replacement_case_id: UUID | None
    created_by_name: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """Who is who on these cards: masked people, and staff by name."""

    recipients: Mapping[UUID, str]
    caregivers: Mapping[UUID, str]
    facts: Mapping[UUID, Sequence[Fact]]
    staff: Mapping[UUID, str] = field(default_factory=dict)


def card(one: Card, names: Names) -> AgreementCard:
    return AgreementCard(**_card(one, names))


def detail(one: Full, items: Sequence[Item], signed: Sequence[Signature], names: Names) -> AgreementDetail:
    def staff(account_id: UUID | None) -> str | None:
        return names.staff.get(account_id) if account_id else None

    return AgreementDetail(
        **_card(one.card, names),
        items=[item_shown(item) for item in items],
        signatures=[_signature(each, staff(each.recorded_by)) for each in signed],
        liability=one.liability,
        consent_by=one.consent_by,
        consent_by_name=CAPACITY_NAMES[one.consent_by] if one.consent_by else None,
        consent_reason=one.consent_reason,
        consent_at=one.consent_at,
        successor_for_case=one.successor_for_case,
        renewal_reviewed_by_name=staff(one.renewal_reviewed_by),
        renewal_reviewed_at=one.renewal_reviewed_at,
        renewal_reason=one.renewal_reason,
        activated_at=one.activated_at,
        suspended_at=one.suspended_at,
        suspended_by_name=staff(one.suspended_by),
        suspend_reason=one.suspend_reason,
        ended_at=one.ended_at,
        ended_by_name=staff(one.ended_by),
        end_note=one.end_note,
        replacement_case_id=one.replacement_case_id,
        created_by_name=staff(one.created_by),
        created_at=one.created_at,
    )


def staff_of(one: Full, signed: Sequence[Signature]) -> list[UUID]:
    """Whose names stand on an agreement."""
    own = (one.renewal_reviewed_by, one.suspended_by, one.ended_by, one.created_by)
    return [account_id for account_id in (*own, *(each.recorded_by for each in signed)) if account_id is not None]


def item_shown(item: Item) -> ItemShown:
    return ItemShown(
        service=item.service,
        service_name=SERVICE_NAMES[item.service],
        times=item.times,
        per=item.per,
        per_name=PER_NAMES[item.per],
        note=item.note,
    )


def _card(one: Card, names: Names) -> dict[str, Any]:
    facts = names.facts.get(one.recipient_id, ())
    seen = {
        "card_with_caregiver": card_with_caregiver(facts, one.caregiver_id),
        "guarded_by_caregiver": guarded_by_caregiver(facts, one.caregiver_id),
    }
    return {
        "id": one.id,
        "version": one.version,
        "number": one.number,
        "status": one.status,
        "status_name": STATUS_NAMES[one.status],  # type: ignore[index]  # the table's own check holds it
        "recipient_id": one.recipient_id,
        "recipient_name": names.recipients.get(one.recipient_id, "*"),
        "caregiver_id": one.caregiver_id,
        "caregiver_name": names.caregivers.get(one.caregiver_id, "*"),
        "area_id": one.area_id,
        "relation": one.relation,
        "relation_name": relation_name(one.relation),
        "starts_on": one.starts_on,
        "ends_on": one.ends_on,
        "fee_class": one.fee_class,
        "fee_class_name": FEE_CLASS_NAMES[one.fee_class],
        "fee_yuan": one.fee_yuan,
        "from_ledger": one.source == "ledger",
        "follows": one.renewal_of,
        "renewal_decision": one.renewal_decision,
        "renewal_decision_name": DECISION_NAMES[one.renewal_decision] if one.renewal_decision else None,
        "ended_on": one.ended_on,
        "ended_reason": one.ended_reason,
        "ended_reason_name": END_NAMES[one.ended_reason] if one.ended_reason else None,
        "waits_for": one.waits_for,
        "risks": [risk for risk, there in seen.items() if there],
    }


def _signature(one: Signature, recorded_by_name: str | None) -> SignatureShown:
    return SignatureShown(
        party=one.party,
        party_name=PARTY_NAMES[one.party],
        how=one.how,
        how_name=HOW_NAMES[one.how],
        capacity=one.capacity,
        capacity_name=CAPACITY_NAMES[one.capacity],
        capacity_reason=one.capacity_reason,
        witness=one.witness,
        signed_on=one.signed_on,
        recorded_by=one.recorded_by,
        recorded_by_name=recorded_by_name,
        recorded_at=one.recorded_at,
    )
