"""How a recipient looks on the wire: masked, with the words people read beside the words machines read."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from caregivers.agreements.queries.taking_over_words import WhoCares
from recipients.queries import Card
from recipients.risk import CATEGORY_WORDS, RISK_WORDS
from recipients.self_care import CLASS_WORDS
from recipients.standing import STANDING_WORDS, UNDER_VISIT


class CareCard(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks after somebody now, masked, and until when; `words` say it in one line. `status` is the agreement's."""

    kind: Literal["agreement", "temporary", "nobody"]
    words: str
    caregiver: str | None
    relation_name: str | None
    status: str | None
    status_name: str | None
    until: date | None


class RecipientCard(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the list. Name, numbers and addresses are masked; `because` says what makes the risk.

    `care` is null for who needs none: in collective support, dead, or no longer eligible.
    """

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
    care: CareCard | None


class RecipientDetail(RecipientCard, frozen=True, kw_only=True):
    """All the register holds of somebody, masked; what is in full takes a reason (`reveal`).

    Caregiver, agreement and open hazards are as a ledger once told them: `care` says how it is.
    """

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


NOBODY = "无人照料"


def card(one: Card, care: WhoCares | None) -> RecipientCard:
    return RecipientCard(**_line(one, care))


def detail(one: Card, care: WhoCares | None) -> RecipientDetail:
    rest: dict[str, Any] = {name: getattr(one.person, name) for name in _REST}
    return RecipientDetail(
        **_line(one, care),
        **rest,
        stored_standing=one.standing,
        created_at=one.created_at,
        changed_at=one.changed_at,
    )


def _line(one: Card, care: WhoCares | None) -> dict[str, Any]:
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
        "care": _care(care, needed=one.person.support_mode == "dispersed" and one.standing in UNDER_VISIT),
    }


def _care(care: WhoCares | None, *, needed: bool) -> CareCard | None:
    if care is None or not (needed or care.covered):
        return None
    return CareCard(
        kind=care.kind or "nobody",
        words=_care_words(care),
        caregiver=care.caregiver,
        relation_name=care.relation_name,
        status=care.status,
        status_name=care.status_name,
        until=care.until,
    )


def _care_words(care: WhoCares) -> str:
    if not care.covered:
        return f"{NOBODY}(协议{care.status_name})" if care.status == "suspended" else NOBODY
    by = "临时照料" if care.kind == "temporary" else "照料协议"
    return f"{care.caregiver or '外乡镇登记的照料人'}({care.relation_name})，{by}至 {care.until}"
