"""Temporary care as stored, and the word that nobody cares for somebody."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.agreements.cover import Care, NewCare
from caregivers.agreements.drafting import Recipient
from caregivers.agreements.queries.agreements import hold_cover
from core import db, vault
from core.ids import new_id

_NAMES = tuple(one.name for one in fields(Care))
_COLUMNS = ", ".join(f"t.{name}" for name in _NAMES)


def care_from(row: Mapping[str, Any]) -> Care:
    return Care(**{name: row[name] for name in _NAMES})


async def hold_care(care_id: UUID) -> Care | None:
    """Lock temporary care, and who cares for its recipient; None when the caller has no such."""
    recipient_id = await db.fetch_value("SELECT recipient_id FROM temporary_care WHERE id = $1", care_id)
    if recipient_id is None:
        return None
    await hold_cover(recipient_id)
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM temporary_care t WHERE t.id = $1 FOR NO KEY UPDATE", care_id)
    return care_from(row) if row else None


async def care_in_force(recipient_id: UUID) -> Care | None:
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM temporary_care t WHERE t.recipient_id = $1 AND t.ended_at IS NULL", recipient_id
    )
    return care_from(row) if row else None


async def same_person(one: UUID, other: UUID) -> bool:
    """Whether two registrations are of one caregiver."""
    return bool(await db.fetch_value("SELECT same_caregiver($1, $2)", one, other))


async def add_care(
    new: NewCare,
    recipient: Recipient,
    *,
    carer_name: str,
    agreement_id: UUID | None,
    case_id: UUID | None,
    by: UUID,
    now: datetime,
) -> UUID:
    care_id = new_id()
    phone = (new.carer_phone or "").strip()
    await db.execute(
        "INSERT INTO temporary_care (id, recipient_id, area_id, district_id, agreement_id, case_id, kind, caregiver_id,"
        " carer_name_sealed, carer_phone_sealed, reason, starts_at, ends_by, arranged_by, arranged_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        care_id,
        recipient.id,
        recipient.area_id,
        recipient.district_id,
        agreement_id,
        case_id,
        new.kind,
        new.caregiver_id,
        vault.seal(carer_name.strip(), f"temporary_care.carer_name_sealed:{care_id}"),
        vault.seal(phone, f"temporary_care.carer_phone_sealed:{care_id}") if phone else None,
        new.reason.strip(),
        new.starts_at,
        new.ends_by,
        by,
        now,
    )
    return care_id


async def caregiver_name(caregiver_id: UUID) -> str | None:
    """The name a registered caregiver has on the day they step in."""
    found: str | None = await db.fetch_value("SELECT name FROM caregiver WHERE id = $1", caregiver_id)
    return found


async def save_extended(care_id: UUID, *, until: datetime, reason: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE temporary_care SET first_ends_by = ends_by, ends_by = $2, extended_by = $3, extended_at = $4,"
        " extend_reason = $5 WHERE id = $1",
        care_id,
        until,
        by,
        now,
        reason,
    )


async def end_care_in_force(recipient_id: UUID, *, reason: str, by: UUID | None, now: datetime) -> UUID | None:
    """End the temporary care of a recipient, if any is in force; its id."""
    found: UUID | None = await db.fetch_value(
        "UPDATE temporary_care SET ended_at = $2, ended_by = $3, ended_reason = $4"
        " WHERE recipient_id = $1 AND ended_at IS NULL RETURNING id",
        recipient_id,
        now,
        by,
        reason,
    )
    return found


async def is_supported(recipient_id: UUID) -> bool:
    """Dispersed, alive and eligible. Whatever the caller sees."""
    return bool(await db.fetch_value("SELECT is_supported($1)", recipient_id))


async def is_covered_at(recipient_id: UUID, now: datetime) -> bool:
    """Whether somebody is really there: within the term, alive, within the limit, and nobody has said otherwise."""
    return bool(await db.fetch_value("SELECT is_covered_at($1, $2)", recipient_id, now))


async def gap_reported(recipient_id: UUID) -> UUID | None:
    """The report in force that nobody cares for this person."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM no_cover WHERE recipient_id = $1 AND ended_at IS NULL", recipient_id
    )
    return found


async def add_gap(recipient: Recipient, *, reason: str, by: UUID, now: datetime) -> UUID:
    row_id = new_id()
    await db.execute(
        "INSERT INTO no_cover (id, recipient_id, area_id, district_id, reason, reported_by, reported_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        row_id,
        recipient.id,
        recipient.area_id,
        recipient.district_id,
        reason,
        by,
        now,
    )
    return row_id


async def end_gap(recipient_id: UUID, *, how: str, by: UUID, now: datetime, note: str) -> UUID | None:
    """End the report that nobody cares for this person, with what a person says of it; its id."""
    found: UUID | None = await db.fetch_value(
        "UPDATE no_cover SET ended_at = $2, ended_by = $3, ended_how = $4, end_note = $5"
        " WHERE recipient_id = $1 AND ended_at IS NULL RETURNING id",
        recipient_id,
        now,
        by,
        how,
        note,
    )
    return found


async def end_gap_by_deed(recipient_id: UUID, *, how: str, by: UUID | None, now: datetime) -> UUID | None:
    """End that report because care was arranged, or an agreement has come into force; its id."""
    found: UUID | None = await db.fetch_value(
        "UPDATE no_cover SET ended_at = $2, ended_by = $3, ended_how = $4"
        " WHERE recipient_id = $1 AND ended_at IS NULL RETURNING id",
        recipient_id,
        now,
        by,
        how,
    )
    return found


async def uncovered_alert(recipient_id: UUID) -> UUID | None:
    """The unresolved alert that this person has nobody."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM alert WHERE recipient_id = $1 AND kind = 'uncovered' AND status <> 'resolved' LIMIT 1",
        recipient_id,
    )
    return found
