"""Looking at what is masked of a caregiver: for a purpose, journaled before anything leaves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.people.queries.checks import finding_of
from caregivers.people.queries.reading import caregiver_in_full
from caregivers.people.refusals import CaregiverNotFound, RecordCheckNotFound
from core import db, journal
from core.errors import Forbidden, Invalid
from recipients import purpose as purposes
from recipients.purpose import Purpose


async def reveal(
    caregiver_id: UUID, fields: Sequence[str], *, purpose: Purpose, note: str, by: Account, now: datetime
) -> Mapping[str, str | date | None]:
    """The fields in full. Nothing leaves unless the journal entry is safely stored."""
    if not by.may("caregiver.reveal"):
        raise Forbidden
    async with db.transaction(by.scope):
        found = await caregiver_in_full(caregiver_id)
        if found is None:
            raise CaregiverNotFound
        check_note(note, found.caregiver.name)
        facts = {"fields": sorted(fields), "purpose": purpose, "note": note.strip()}
        await journal.write(
            "caregiver.revealed",
            subject_id=caregiver_id,
            area_id=found.caregiver.area_id,
            by=by.id,
            at=now,
            facts=facts,
        )
    return {field: getattr(found.caregiver, field) for field in fields}


async def reveal_finding(
    caregiver_id: UUID, check_id: UUID, *, purpose: Purpose, note: str, by: Account, now: datetime
) -> str | None:
    """What a record check found, in full; None where nothing was written down."""
    if not by.may("caregiver.reveal"):
        raise Forbidden
    async with db.transaction(by.scope):
        found = await caregiver_in_full(caregiver_id)
        if found is None:
            raise CaregiverNotFound
        check_note(note, found.caregiver.name)
        there, finding = await finding_of(caregiver_id, check_id)
        if not there:
            raise RecordCheckNotFound
        facts = {"fields": ["found"], "check_id": str(check_id), "purpose": purpose, "note": note.strip()}
        await journal.write(
            "caregiver.revealed",
            subject_id=caregiver_id,
            area_id=found.caregiver.area_id,
            by=by.id,
            at=now,
            facts=facts,
        )
    return finding


def check_note(note: str, name: str) -> None:
    """Refuse a note that cannot be kept for good."""
    if (fault := purposes.fault(note, name=name)) is not None:
        raise Invalid(f"{fault.reason}。{fault.remedy}。", field="/note")
