"""A caregiver and their row: what is sealed, what is indexed, how it is opened again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from caregivers.people.caregiver import Caregiver, Status
from core import vault
from recipients import id_number, pinyin
from recipients.fault import Fault


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A caregiver on record, in plain text. `version` counts every change of what is told of them."""

    id: UUID
    version: int
    district_id: int
    account_id: UUID | None
    status: Status
    left_on: date | None
    left_reason: str | None
    created_at: datetime
    changed_at: datetime
    caregiver: Caregiver


def id_index(compared: str) -> bytes:
    """The blind index of an ID number, one for everybody who registers that person and for the bar list.

    Another than the register's: who cares for others and who is cared for are not to be joined without the key.
    """
    return vault.blind_index(compared, "caregiver.id")


_SEALED = ("phone", "address")
_PLAIN = ("area_id", "kind", "provider_id", "name", "sex", "born_on", "without_capacity", "id_to_confirm_reason")
_STATE = (
    "id",
    "version",
    "district_id",
    "account_id",
    "status",
    "left_on",
    "left_reason",
    "created_at",
    "changed_at",
)
READ = ", ".join((*_STATE, *_PLAIN, "id_sealed", *(f"{name}_sealed" for name in _SEALED)))
"""The columns `registered` reads."""


def columns_of(one: Caregiver, *, id: UUID, at: datetime) -> dict[str, Any]:
    """What a caregiver's row holds of them, sealed for this row."""
    told: dict[str, Any] = {name: getattr(one, name) for name in _PLAIN}
    told |= {f"{name}_sealed": _sealed(name, getattr(one, name), id) for name in _SEALED}
    return told | {
        "id_sealed": _sealed("id", one.id_number, id),
        "id_index": id_index(one.id_compared) if one.id_compared else None,
        "name_pinyin": pinyin.sort_key(one.name),
        "name_initials": pinyin.initials(one.name),
        "changed_at": at,
    }


def registered(row: Mapping[str, Any]) -> Registered:
    """The caregiver of a row. `CannotOpen` where a sealed value was moved here from another row."""
    number = _open("id", row)
    told: dict[str, Any] = {name: row[name] for name in _PLAIN} | {name: _open(name, row) for name in _SEALED}
    caregiver = Caregiver(**told, id_number=number, id_compared=_compared(number, row["changed_at"].date()))
    return Registered(caregiver=caregiver, **{name: row[name] for name in _STATE})


def _compared(number: str | None, on: date) -> str | None:
    """As it was compared when it was written: only a number of the old length differs from what the card shows."""
    if number is None or len(number) != 15:
        return number
    read = id_number.read(number, today=on)
    return number if isinstance(read, Fault) else read.compared


def _sealed(name: str, plain: str | None, row_id: UUID) -> bytes | None:
    return None if plain is None else vault.seal(plain, f"caregiver.{name}_sealed:{row_id}")


def _open(name: str, row: Mapping[str, Any]) -> str | None:
    sealed = row[f"{name}_sealed"]
    return None if sealed is None else vault.open_sealed(sealed, f"caregiver.{name}_sealed:{row['id']}")
