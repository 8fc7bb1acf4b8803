"""Record checks as stored: added, never altered; what was found is sealed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.people.checks import RecordCheck
from caregivers.people.queries.register import SEEN
from core import db, vault


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCheck:
    """A check with its papers. `has_finding`: something was found, and takes a reason to be read."""

    check: RecordCheck
    document_number: str
    has_finding: bool
    by: UUID
    at: datetime


async def add_check(
    check: RecordCheck,
    *,
    caregiver_id: UUID,
    area_id: int,
    found: str | None,
    document_number: str,
    by: UUID,
    at: datetime,
) -> None:
    sealed = vault.seal(found, _place(check.id)) if found else None
    await db.execute(
        "INSERT INTO record_check (id, caregiver_id, area_id, kind, clear, found_sealed, document_number, checked_on,"
        " expires_on, by_account_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        check.id,
        caregiver_id,
        area_id,
        check.kind,
        check.clear,
        sealed,
        document_number,
        check.checked_on,
        check.expires_on,
        by,
        at,
    )


async def stored_checks(caregiver_id: UUID) -> list[StoredCheck]:
    """Every check of a caregiver registered in the caller's areas, the newest first."""
    rows = await db.fetch(
        "SELECT id, kind, clear, checked_on, expires_on, document_number, found_sealed IS NOT NULL AS has_finding,"
        f" by_account_id, at FROM record_check WHERE caregiver_id = $1 AND {SEEN} ORDER BY checked_on DESC, id DESC",
        caregiver_id,
    )
    return [_stored(row) for row in rows]


async def finding_of(caregiver_id: UUID, check_id: UUID) -> tuple[bool, str | None]:
    """Whether there is such a check, and what it found, in plain text: for an action that journals why."""
    row = await db.fetch_one(
        f"SELECT found_sealed FROM record_check WHERE id = $1 AND caregiver_id = $2 AND {SEEN}", check_id, caregiver_id
    )
    if row is None:
        return False, None
    sealed = row["found_sealed"]
    return True, vault.open_sealed(sealed, _place(check_id)) if sealed is not None else None


def _place(check_id: UUID) -> str:
    return f"record_check.found_sealed:{check_id}"


def _stored(row: Mapping[str, Any]) -> StoredCheck:
    check = RecordCheck(
        id=row["id"],
        kind=row["kind"],
        clear=row["clear"],
        checked_on=row["checked_on"],
        expires_on=row["expires_on"],
    )
    return StoredCheck(
        check=check,
        document_number=row["document_number"],
        has_finding=row["has_finding"],
        by=row["by_account_id"],
        at=row["at"],
    )
