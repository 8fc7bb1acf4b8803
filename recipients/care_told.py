"""What a ledger tells of somebody's care: caregiver, agreement, guardian; the words agreements are taken over from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from recipients.self_care import SelfCare

CARE_WORDS = ("caregiver", "caregiver_relation", "agreement_number", "agreement_starts_on", "agreement_ends_on")
_CONTACTS = ("guardian", "emergency", "keyholder")
CONTACT_WORDS = tuple(word for one in _CONTACTS for word in (one, f"{one}_phone"))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class CareTold:
    """Of one row, in plain text; `number` is the row number Excel shows. Never printed, so it has no repr.

    `visitors` are the names of those who visit: the ledger's word, and the account that was found for it.
    """

    number: int
    recipient_id: UUID
    area_id: int
    district_id: int
    name: str
    self_care: SelfCare
    minor: bool
    supported: bool
    caregiver: str | None
    caregiver_relation: str | None
    agreement_number: str | None
    agreement_starts_on: date | None
    agreement_ends_on: date | None
    guardian: str | None = None
    guardian_phone: str | None = None
    emergency: str | None = None
    emergency_phone: str | None = None
    keyholder: str | None = None
    keyholder_phone: str | None = None
    visitors: frozenset[str] = frozenset()
    visit_worker_id: UUID | None = None

    @property
    def tells(self) -> bool:
        """Whether there is a word of caregiver or agreement at all."""
        return any(getattr(self, word) is not None for word in CARE_WORDS)

    @property
    def caregiver_phone(self) -> str | None:
        """A ledger has no column for it; it is known where the caregiver is a contact of the person, too."""
        phones = (getattr(self, f"{one}_phone") for one in _CONTACTS if getattr(self, one) == self.caregiver)
        return next((phone for phone in phones if phone), None)


def told_later(known: CareTold, words: Mapping[str, Any]) -> CareTold:
    """As a later ledger has it: an empty cell erases nothing."""
    return replace(known, **{name: value for name, value in words.items() if value is not None})
