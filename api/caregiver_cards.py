"""How a caregiver looks on the wire: masked, with the words people read beside the words machines read."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from caregivers.people.caregiver import KIND_WORDS, STATUS_WORDS
from caregivers.people.queries import Card


class CaregiverCard(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list. Name and numbers are masked; `cares_for` counts the people one sees in their care."""

    id: UUID
    version: int
    name: str
    sex: str | None
    age: int | None
    kind: str
    kind_name: str
    provider_id: UUID | None
    provider: str | None
    area_id: int
    place: str
    phone: str | None
    status: str
    status_name: str
    cares_for: int


class CaregiverDetail(CaregiverCard, frozen=True, kw_only=True):
    """All that is on record of somebody, masked; what is in full takes a reason (`reveal`)."""

    id_number: str | None
    id_to_confirm_reason: str | None
    without_capacity: bool
    address: str | None
    account_id: UUID | None
    left_on: date | None
    left_reason: str | None
    created_at: datetime
    changed_at: datetime


def card(one: Card) -> CaregiverCard:
    told = one.caregiver
    return CaregiverCard(
        id=one.id,
        version=one.version,
        name=told.name,
        sex=told.sex,
        age=one.age,
        kind=told.kind,
        kind_name=KIND_WORDS[told.kind],
        provider_id=told.provider_id,
        provider=one.provider,
        area_id=told.area_id,
        place=one.place,
        phone=told.phone,
        status=one.status,
        status_name=STATUS_WORDS[one.status],
        cares_for=one.cares_for,
    )


def detail(one: Card) -> CaregiverDetail:
    told = one.caregiver
    return CaregiverDetail(
        **msgspec.structs.asdict(card(one)),
        id_number=told.id_number,
        id_to_confirm_reason=told.id_to_confirm_reason,
        without_capacity=told.without_capacity,
        address=told.address,
        account_id=one.account_id,
        left_on=one.left_on,
        left_reason=one.left_reason,
        created_at=one.created_at,
        changed_at=one.changed_at,
    )
