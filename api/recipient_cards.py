"""How a recipient looks on the wire: masked, with the words people read beside the words machines read."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from recipients.queries import Card
from recipients.risk import CATEGORY_WORDS, RISK_WORDS
from recipients.self_care import CLASS_WORDS
from recipients.standing import STANDING_WORDS


class RecipientCard(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list. Name, numbers and addresses are masked; `because` says what makes the risk."""

    id: UUID
    version: int
    number: str | None
    name: str
    sex: str
    age: int | None
    area_id: int
    village: str
    id_number: str | None
    phone: str | None
    address: str | None
    support_mode: str
    standing: str
    standing_name: str
    risk: str
    risk_name: str
    because: tuple[str, ...]
    categories: tuple[str, ...]
    category_names: tuple[str, ...]
    self_care: str
    self_care_name: str
    living_alone: bool
    visitor: str | None
    visit_worker_id: UUID | None
    last_seen_on: date | None


class RecipientDetail(RecipientCard, frozen=True, kw_only=True):
    """All the register holds of somebody, masked; what is in full takes a reason (`reveal`)."""

    id_kind: str
    id_to_confirm_reason: str | None
    stored_standing: str
    conditions: tuple[str, ...]
    indicators: dict[str, bool] | None
    disability_kind: str | None
    disability_grade: int | None
    hukou_address: str | None
    guardian: str | None
    guardian_phone: str | None
    emergency: str | None
    emergency_phone: str | None
    keyholder: str | None
    keyholder_phone: str | None
    entry_consent: bool | None
    caregiver: str | None
    caregiver_relation: str | None
    agreement_number: str | None
    agreement_starts_on: date | None
    agreement_ends_on: date | None
    visit_every_days: int | None
    last_seen_how: str | None
    open_hazards: str | None
    curtain_watcher: str | None
    remarks: str | None
    diagnosis: str | None
    bank_card: str | None
    created_at: datetime
    changed_at: datetime


_LINE = (
    "number",
    "name",
    "sex",
    "area_id",
    "id_number",
    "phone",
    "address",
    "support_mode",
    "categories",
    "self_care",
    "living_alone",
    "visitor",
    "visit_worker_id",
    "last_seen_on",
)
_REST = (
    set(RecipientDetail.__struct_fields__)
    - set(RecipientCard.__struct_fields__)
    - {"stored_standing", "created_at", "changed_at"}
)


def card(one: Card) -> RecipientCard:
    return RecipientCard(**_line(one))


def detail(one: Card) -> RecipientDetail:
    rest: dict[str, Any] = {name: getattr(one.person, name) for name in _REST}
    return RecipientDetail(
        **_line(one),
        **rest,
        stored_standing=one.standing,
        created_at=one.created_at,
        changed_at=one.changed_at,
    )


def _line(one: Card) -> dict[str, Any]:
    line: dict[str, Any] = {name: getattr(one.person, name) for name in _LINE}
    return line | {
        "id": one.id,
        "version": one.version,
        "age": one.age,
        "village": one.village,
        "standing": one.shown_standing,
        "standing_name": STANDING_WORDS[one.shown_standing],
        "risk": one.risk,
        "risk_name": RISK_WORDS[one.risk],
        "because": one.because,
        "category_names": tuple(CATEGORY_WORDS[name] for name in one.person.categories),
        "self_care_name": CLASS_WORDS[one.person.self_care],
    }
