"""What the system itself keeps of somebody's care: it stands in the ledger instead of the words a ledger once told."""

from dataclasses import dataclass, replace
from datetime import date

from recipients import masking
from recipients.care_told import CARE_WORDS
from recipients.ledger import LedgerRow


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class CareKept:
    """In plain text. `agreed`: there is or was an agreement here, so that what is empty is known to be empty."""

    agreed: bool = False
    caregiver: str | None = None
    caregiver_relation: str | None = None
    agreement_number: str | None = None
    agreement_starts_on: date | None = None
    agreement_ends_on: date | None = None
    open_hazards: str | None = None

    def masked(self) -> "CareKept":
        return replace(self, caregiver=masking.name(self.caregiver)) if self.caregiver else self


def as_kept(row: LedgerRow, kept: CareKept | None) -> LedgerRow:
    """The row with the system's word where it has one; a ledger's own word on hazards stays where it has none."""
    if kept is None:
        return row
    words = {name: getattr(kept, name) for name in CARE_WORDS} if kept.agreed else {}
    return replace(row, **words, open_hazards=kept.open_hazards or row.open_hazards)
