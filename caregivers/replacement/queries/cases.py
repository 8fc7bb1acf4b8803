"""A case as people move it on: held under its lock, and stored step by step."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.replacement.case import Case
from caregivers.replacement.deciding import Verdict
from caregivers.replacement.hearing import Heard
from caregivers.replacement.queries.rows import COLUMNS, SEEN, case
from core import db
from core.ids import new_id


async def recipient_of(case_id: UUID) -> UUID | None:
    """Whose care a case is about, when the caller may see it."""
    found: UUID | None = await db.fetch_value(
        f"SELECT recipient_id FROM replacement_case WHERE id = $1 AND {SEEN}", case_id
    )
    return found


async def hold_case(case_id: UUID) -> Case | None:
    """Lock a case; None when there is none the caller may see."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM replacement_case c WHERE c.id = $1 AND c.{SEEN} FOR NO KEY UPDATE", case_id
    )
    return case(row) if row else None


async def invited_for(case_id: UUID) -> datetime | None:
    """When the caregiver is invited to come."""
    found: datetime | None = await db.fetch_value("SELECT hearing_at FROM replacement_case WHERE id = $1", case_id)
    return found


async def save_told(case_id: UUID, *, how: str, hearing_at: datetime | None, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET told_at = $2, told_by = $3, told_how = $4, hearing_at = coalesce($5, hearing_at)"
        " WHERE id = $1",
        case_id,
        now,
        by,
        how,
        hearing_at,
    )


async def add_hearing(held: Case, heard: Heard, *, by: UUID, now: datetime) -> UUID:
    """Store what was said, and that it was heard."""
    hearing_id = new_id()
    await db.execute(
        "INSERT INTO hearing (id, case_id, area_id, held_at, held_by, recorded_at, present, caregiver_came,"
        " caregiver_said, recipient_said, village_said) VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9, $10, $11)",
        hearing_id,
        held.id,
        held.area_id,
        heard.held_at,
        by,
        now,
        msgspec.json.encode(heard.present).decode(),
        heard.caregiver_came,
        heard.caregiver_said,
        heard.recipient_said,
        heard.village_said,
    )
    await db.execute(
        "UPDATE replacement_case SET status = 'heard', heard_at = $2 WHERE id = $1", held.id, heard.held_at
    )
    return hearing_id


async def save_decided(case_id: UUID, verdict: Verdict, *, by: UUID, now: datetime) -> None:
    will = verdict.will
    await db.execute(
        "UPDATE replacement_case SET status = 'decided', decision = $2, decision_reason = $3, decided_by = $4,"
        " decided_at = $5, will_by = $6, will_stated = $7 WHERE id = $1",
        case_id,
        verdict.decision,
        verdict.reason.strip(),
        by,
        now,
        will.by if will else None,
        will.stated.strip() if will else None,
    )


async def save_covered(case_id: UUID, care_id: UUID) -> None:
    await db.execute(
        "UPDATE replacement_case SET status = 'temporary_care', temporary_care_id = $2 WHERE id = $1", case_id, care_id
    )


async def save_standing_change(case_id: UUID, change_id: UUID) -> None:
    await db.execute("UPDATE replacement_case SET standing_change_id = $2 WHERE id = $1", case_id, change_id)


async def save_successor(case_id: UUID, agreement_id: UUID, *, handover_due_at: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET status = 'successor_signed', successor_agreement_id = $2, handover_due_at = $3"
        " WHERE id = $1",
        case_id,
        agreement_id,
        handover_due_at,
    )


async def save_handed_over(case_id: UUID, *, now: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET status = 'handed_over', handed_over_at = $2 WHERE id = $1", case_id, now
    )


async def save_closed(case_id: UUID, *, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET status = 'closed', closed_by = $2, closed_at = $3 WHERE id = $1", case_id, by, now
    )


async def save_keep_seen(case_id: UUID, *, by: UUID, now: datetime) -> None:
    await db.execute("UPDATE replacement_case SET keep_seen_by = $2, keep_seen_at = $3 WHERE id = $1", case_id, by, now)


async def save_review_ordered(case_id: UUID, *, reason: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET review_ordered_by = $2, review_ordered_at = $3, review_reason = $4 WHERE id = $1",
        case_id,
        by,
        now,
        reason,
    )


async def save_flag_reviewed(case_id: UUID, *, note: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET flag_reviewed_by = $2, flag_reviewed_at = $3, flag_review = $4 WHERE id = $1",
        case_id,
        by,
        now,
        note,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How the recipient stands, and the care that runs now, if any."""

    supported: bool
    moved: bool
    agreement_status: str
    renewed_with_same: bool
    follower_id: UUID | None  # another caregiver's agreement in force
    care_id: UUID | None
    care_by_the_removed: bool


async def standing_of(held: Case, *, now: datetime) -> Standing:
    """What a decision on a case must know of the recipient's care. Hold the cover first, so that it stays so."""
    row = await db.fetch_one(
        "SELECT is_supported(r.id) AS supported, r.standing = 'moved_to_collective' AS moved,"
        " a.status AS agreement_status, t.id AS care_id,"
        " coalesce(same_caregiver(t.caregiver_id, $3), false) AS care_by_the_removed,"
        " EXISTS (SELECT FROM agreement other WHERE other.recipient_id = r.id AND other.id <> a.id"
        "  AND other.status IN ('active', 'suspended') AND same_caregiver(other.caregiver_id, $3))"
        "  AS renewed_with_same,"
        " (SELECT other.id FROM agreement other WHERE other.recipient_id = r.id AND other.status = 'active'"
        "  AND NOT same_caregiver(other.caregiver_id, $3)) AS follower_id"
        " FROM recipient r JOIN agreement a ON a.id = $2"
        " LEFT JOIN temporary_care t ON t.recipient_id = r.id AND t.ended_at IS NULL"
        "  AND t.starts_at <= $4 AND t.ends_by > $4"
        "  AND NOT EXISTS (SELECT FROM no_cover n WHERE n.recipient_id = r.id AND n.ended_at IS NULL)"
        " WHERE r.id = $1",
        held.recipient_id,
        held.agreement_id,
        held.caregiver_id,
        now,
    )
    return Standing(**row)


async def same_caregiver(one: UUID, other: UUID) -> bool:
    """Whether two registrations are of one person."""
    return bool(await db.fetch_value("SELECT same_caregiver($1, $2)", one, other))


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """An agreement somebody names as the one that follows."""

    id: UUID
    recipient_id: UUID
    status: str
    same_person: bool  # the removed caregiver, by registration or by ID number


async def candidate(agreement_id: UUID, *, removed: UUID) -> Candidate | None:
    row = await db.fetch_one(
        "SELECT a.id, a.recipient_id, a.status, same_caregiver(a.caregiver_id, $2) AS same_person"
        f" FROM agreement a WHERE a.id = $1 AND a.{SEEN}",
        agreement_id,
        removed,
    )
    return Candidate(**row) if row else None


@dataclass(frozen=True, kw_only=True, slots=True)
class End:
    """When the agreement a case is about ended, and whether this case ended it."""

    on: date | None
    by_this_case: bool
    in_force: bool


async def end_of(held: Case) -> End:
    row: Any = await db.fetch_one(
        "SELECT ended_on AS on, coalesce(replacement_case_id = $2, false) AS by_this_case,"
        " status IN ('active', 'suspended') AS in_force FROM agreement WHERE id = $1",
        held.agreement_id,
        held.id,
    )
    return End(**row)
