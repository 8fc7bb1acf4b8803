"""What to look at in agreements that were taken over as they are: they exist, whether or not they should."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.policy_rows import Caregivers
from caregivers.agreements.taking_over import Flagged, person_name
from caregivers.people.suitability import Code, SuitabilityFacts, unsuitable
from recipients.care_told import CareTold
from recipients.columns import TITLE_OF

# Of everybody from a ledger, which has no column for the ID number: said once, not of each row.
_TO_COME: frozenset[Code] = frozenset({"no_id_number", "age_unknown"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stands:
    """An agreement taken over, as it stands now. `namesakes`: others of the caregiver's name in the same village."""

    numbered: bool
    namesakes: bool
    facts: SuitabilityFacts


def flags(
    told: Sequence[CareTold],
    stands: Mapping[UUID, Stands],
    guardians: Mapping[UUID, str | None],
    *,
    policy: Caregivers,
    on: date,
) -> list[Flagged]:
    """By row: what speaks against the caregiver, what is missing, where the system's guardian is somebody else."""
    found = []
    for row in told:
        warnings = _of_agreement(stands[row.recipient_id], policy, on) if row.recipient_id in stands else []
        if row.guardian and row.recipient_id in guardians and not _same(row.guardian, guardians[row.recipient_id]):
            warnings.append(f"{TITLE_OF['guardian']}：与系统里的记录不同，以系统里的为准")
        if warnings:
            found.append(Flagged(number=row.number, recipient_id=row.recipient_id, warnings=tuple(warnings)))
    return found


def _of_agreement(one: Stands, policy: Caregivers, on: date) -> list[str]:
    caregiver = TITLE_OF["caregiver"]
    warnings = [
        f"{caregiver}：{found.reason}；{found.remedy}" if found.remedy else f"{caregiver}：{found.reason}"
        for found in unsuitable(one.facts, policy, on)
        if found.code not in _TO_COME
    ]
    if one.namesakes:
        warnings.append(f"{caregiver}：本村登记有几名同名的照料人，请核对是不是同一人")
    if not one.numbered:
        warnings.append(f"{TITLE_OF['agreement_number']}：没有填写")
    return warnings


def _same(told: str, recorded: str | None) -> bool:
    return recorded is not None and (person_name(told) or told) == recorded
