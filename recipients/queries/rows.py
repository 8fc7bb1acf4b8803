"""A person and their row in the register: what is sealed, what is indexed, what jobs may read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from core import vault
from recipients import id_number, pinyin
from recipients.fault import Fault
from recipients.fields import Method
from recipients.person import Person
from recipients.risk import Risk
from recipients.standing import Standing


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ledger:
    """What a ledger says of caregiver and agreement, until agreements live in this system; stored as JSON."""

    caregiver: str | None = None
    caregiver_relation: str | None = None
    agreement_number: str | None = None
    agreement_starts_on: date | None = None
    agreement_ends_on: date | None = None
    visit_every_days: int | None = None
    last_seen_how: Method | None = None
    open_hazards: str | None = None
    curtain_watcher: str | None = None


_LEDGER = msgspec.json.Decoder(_Ledger)
LEDGER = tuple(one.name for one in fields(_Ledger))
CONTACTS = ("guardian", "guardian_phone", "emergency", "emergency_phone", "keyholder", "keyholder_phone")
SEALED = ("phone", "hukou_address", "address", "diagnosis", "bank_card", "remarks")
PLAIN = (
    "area_id",
    "number",
    "name",
    "sex",
    "id_kind",
    "id_to_confirm_reason",
    "born_on",
    "support_mode",
    "self_care",
    "disability_kind",
    "disability_grade",
    "living_alone",
    "entry_consent",
    "visit_worker_id",
    "last_seen_on",
)

# Column → its type in an array parameter, and how one of them becomes the column's value.
COLUMNS: dict[str, tuple[str, str]] = {
    "id": ("uuid", "{}"),
    "area_id": ("int4", "{}"),
    "number": ("text", "{}"),
    "name": ("text", "{}"),
    "name_pinyin": ("text", "{}"),
    "name_initials": ("text", "{}"),
    "sex": ("text", "{}"),
    "id_kind": ("text", "{}"),
    "id_sealed": ("bytea", "{}"),
    "id_index": ("bytea", "{}"),
    "id_to_confirm_reason": ("text", "{}"),
    "born_on": ("date", "{}"),
    "support_mode": ("text", "{}"),
    "categories": ("text", "string_to_array({}, ',')::varchar[]"),
    "conditions": ("text", "string_to_array({}, ',')::varchar[]"),
    "risk": ("text", "{}"),
    "self_care": ("text", "{}"),
    "indicators": ("text", "{}::jsonb"),
    "disability_kind": ("text", "{}"),
    "disability_grade": ("int2", "{}"),
    "living_alone": ("bool", "{}"),
    "contacts_sealed": ("bytea", "{}"),
    **{f"{name}_sealed": ("bytea", "{}") for name in SEALED},
    "entry_consent": ("bool", "{}"),
    "ledger": ("text", "{}::jsonb"),
    "visitor_name": ("text", "{}"),
    "visit_worker_id": ("uuid", "{}"),
    "last_seen_on": ("date", "{}"),
    "changed_at": ("timestamptz", "{}"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A person on the register, in plain text. `version` counts every change; `standing` is the stored one."""

    id: UUID
    version: int
    district_id: int
    standing: Standing
    risk: Risk
    created_at: datetime
    changed_at: datetime
    person: Person


def id_index(compared: str) -> bytes:
    """The blind index of an ID number in the form two of them are compared by."""
    return vault.blind_index(compared, "recipient.id")


_plain = attrgetter(*PLAIN)
_to_seal = attrgetter(*SEALED)
_contacts = attrgetter(*CONTACTS)
_ledger = attrgetter(*LEDGER)


def row_of(person: Person, *, id: UUID, risk: Risk, at: datetime) -> dict[str, Any]:
    """The columns of a person's row, sealed for this row. An import makes thousands: it is written for speed."""
    here = str(id)
    row = dict(zip(PLAIN, _plain(person), strict=True))
    for name, value in zip(SEALED, _to_seal(person), strict=True):
        row[f"{name}_sealed"] = _sealed(name, value, here)
    row["id"] = id
    row["id_sealed"] = _sealed("id", person.id_number, here)
    row["id_index"] = id_index(person.id_compared) if person.id_compared else None
    row["contacts_sealed"] = _sealed("contacts", _object(CONTACTS, _contacts(person)), here)
    row["ledger"] = _object(LEDGER, _ledger(person)) or "{}"
    row["name_pinyin"] = pinyin.sort_key(person.name)
    row["name_initials"] = pinyin.initials(person.name)
    row["categories"] = ",".join(person.categories)
    row["conditions"] = ",".join(person.conditions)
    row["indicators"] = _json(person.indicators) if person.indicators is not None else None
    row["visitor_name"] = person.visitor
    row["risk"] = risk
    row["changed_at"] = at
    return row


def registered(row: Mapping[str, Any]) -> Registered:
    """The person of a row. `CannotOpen` where a sealed value was moved here from another row."""
    number = _open("id", row)
    held: dict[str, Any] = {name: row[name] for name in PLAIN}
    held |= {name: _open(name, row) for name in SEALED}
    held |= contact_words(row)
    ledger = care_words(row["ledger"])
    held |= {name: getattr(ledger, name) for name in LEDGER}
    held |= {"id_number": number, "id_compared": _compared(number, row["changed_at"].date())}
    held |= {"categories": tuple(row["categories"]), "conditions": tuple(row["conditions"])}
    held |= {"indicators": msgspec.json.decode(row["indicators"]) if row["indicators"] is not None else None}
    return Registered(person=Person(visitor=row["visitor_name"], **held), **{name: row[name] for name in STATE})


def contact_words(row: Mapping[str, Any]) -> dict[str, str]:
    """Guardian, emergency contact and keyholder of a row, those that are known."""
    told: dict[str, str] = msgspec.json.decode(_open("contacts", row) or "{}")
    return told


def care_words(ledger: str) -> "_Ledger":
    """What a row keeps of a ledger's words on caregiver and agreement."""
    return _LEDGER.decode(ledger)


STATE = ("id", "version", "district_id", "standing", "risk", "created_at", "changed_at")
READ = ", ".join(
    dict.fromkeys(
        [
            *STATE,
            *PLAIN,
            *("id_sealed", "categories", "conditions", "indicators", "contacts_sealed", "ledger", "visitor_name"),
            *(f"{name}_sealed" for name in SEALED),
        ]
    )
)
"""The columns `registered` reads."""


def _compared(number: str | None, on: date) -> str | None:
    """As it was compared when it was written: only a number of the old length differs from what the card shows."""
    if number is None or len(number) != 15:
        return number
    read = id_number.read(number, today=on)
    return number if isinstance(read, Fault) else read.compared


def _sealed(name: str, plain: str | None, row_id: str) -> bytes | None:
    return None if plain is None else vault.seal(plain, f"recipient.{name}_sealed:{row_id}")


def _open(name: str, row: Mapping[str, Any]) -> str | None:
    sealed = row[f"{name}_sealed"]
    return None if sealed is None else vault.open_sealed(sealed, f"recipient.{name}_sealed:{row['id']}")


def _object(names: tuple[str, ...], values: tuple[Any, ...]) -> str | None:
    """JSON of what is known, None where nothing is."""
    known = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    return _json(known) if known else None


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
