"""Opening a case or adding to the open one, and taking grounds away: under the case's lock, in either's eyes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.agreements.lifecycle import Agreement
from caregivers.replacement.case import Case
from caregivers.replacement.grounds import Ground
from caregivers.replacement.queries.rows import COLUMNS, OPEN, case, grounds_json
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCase:
    """A case to store. `proposed_by` is None where policy opened it."""

    id: UUID
    agreement: Agreement
    grounds: Sequence[Ground]
    ground: str
    mandatory: bool
    confidential: bool
    barred_ids: Collection[UUID]
    policy_id: UUID | None
    proposed_by: UUID | None
    proposed_at: datetime
    reason: str
    decide_by: datetime
    reviews_case: UUID | None

    @property
    def agreement_id(self) -> UUID:
        return self.agreement.id

    @property
    def area_id(self) -> int:
        return self.agreement.area_id

    @property
    def hidden(self) -> bool:
        return self.confidential


async def hold_open(agreement_id: UUID, *, confidential: bool) -> Case | None:
    """Lock the open case of an agreement, whoever decides on it meanwhile waited for."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM replacement_case c WHERE c.agreement_id = $1 AND c.confidential = $2 AND {OPEN}"
        " FOR NO KEY UPDATE",
        agreement_id,
        confidential,
    )
    return case(row) if row else None


async def judged_on(agreement_id: UUID, subject_ids: Collection[UUID], *, confidential: bool) -> UUID | None:
    """The last case of an agreement in which people have decided on every one of these subjects already."""
    found: UUID | None = await db.fetch_value(
        "SELECT c.id FROM replacement_case c WHERE c.agreement_id = $1 AND c.confidential = $2"
        " AND c.decision IS NOT NULL AND $3::uuid[] <@ ARRAY("
        "  SELECT (g ->> 'subject_id')::uuid FROM jsonb_array_elements(c.grounds) AS g)"
        " ORDER BY c.decided_at DESC LIMIT 1",
        agreement_id,
        confidential,
        list(subject_ids),
    )
    return found


async def add_case(new: NewCase) -> bool:
    """Store a case; False when somebody else has opened one on this agreement meanwhile."""
    return bool(
        await db.execute(
            "INSERT INTO replacement_case (id, agreement_id, recipient_id, caregiver_id, area_id, district_id,"
            " mandatory, confidential, barred_ids, ground, grounds, status, policy_id, proposed_by, proposed_at,"
            " reason, decide_by, reviews_case) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb,"
            " 'proposed', $12, $13, $14, $15, $16, $17)"
            f" ON CONFLICT (agreement_id, confidential) WHERE {OPEN} DO NOTHING",
            new.id,
            new.agreement.id,
            new.agreement.recipient_id,
            new.agreement.caregiver_id,
            new.agreement.area_id,
            new.agreement.district_id,
            new.mandatory,
            new.confidential,
            list(new.barred_ids),
            new.ground,
            grounds_json(new.grounds),
            new.policy_id,
            new.proposed_by,
            new.proposed_at,
            new.reason,
            new.decide_by,
            new.reviews_case,
        )
    )


async def add_grounds(
    case_id: UUID, grounds: Sequence[Ground], *, mandatory: bool, decide_by: datetime, barred_ids: Collection[UUID]
) -> None:
    """Add to a case held. It may become mandatory and its deadline may come nearer, never the other way."""
    await db.execute(
        "UPDATE replacement_case SET grounds = grounds || $2::jsonb, mandatory = mandatory OR $3,"
        " decide_by = least(decide_by, $4), barred_ids = ARRAY(SELECT DISTINCT unnest(barred_ids || $5::uuid[]))"
        " WHERE id = $1",
        case_id,
        grounds_json(grounds),
        mandatory,
        decide_by,
        list(barred_ids),
    )


async def hold_resting_on(agreement_id: UUID, subject_ids: Collection[UUID]) -> list[Case]:
    """Lock every case of an agreement that rests on one of these, decided and closed ones included."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM replacement_case c WHERE c.agreement_id = $1 AND c.status <> 'withdrawn'"
        " AND EXISTS (SELECT FROM jsonb_array_elements(c.grounds) AS g WHERE (g ->> 'subject_id')::uuid = ANY ($2))"
        " ORDER BY c.id FOR NO KEY UPDATE",
        agreement_id,
        list(subject_ids),
    )
    return [case(row) for row in rows]


async def mark_withdrawn(
    case_id: UUID, subject_ids: Collection[UUID], *, evidence: Mapping[str, Any], mandatory: bool, now: datetime
) -> None:
    """Write at each of these grounds that it has fallen away, when, and by what. Nothing is taken out."""
    await db.execute(
        "UPDATE replacement_case SET mandatory = mandatory AND $4, grounds = ("
        " SELECT jsonb_agg(CASE WHEN (g ->> 'subject_id')::uuid = ANY ($2) AND NOT g ? 'withdrawn_at'"
        " THEN g || $3::jsonb ELSE g END ORDER BY place)"
        " FROM jsonb_array_elements(grounds) WITH ORDINALITY AS one (g, place)) WHERE id = $1",
        case_id,
        list(subject_ids),
        msgspec.json.encode({"withdrawn_at": now, "evidence": evidence}).decode(),
        mandatory,
    )


async def save_withdrawn(case_id: UUID, *, reason: str, by: UUID | None, now: datetime) -> None:
    await db.execute(
        "UPDATE replacement_case SET status = 'withdrawn', withdrawn_at = $2, withdrawn_by = $3, withdrawn_reason = $4"
        " WHERE id = $1",
        case_id,
        now,
        by,
        reason,
    )


async def save_flagged(case_id: UUID, *, reason: str, now: datetime) -> None:
    """A decision taken is looked at again by people; it stands until they say otherwise."""
    await db.execute(
        "UPDATE replacement_case SET flagged_at = $2, flag_reason = $3 WHERE id = $1", case_id, now, reason
    )


async def undecided_case_of(agreement_id: UUID) -> UUID | None:
    """The mandatory case of an agreement nobody has decided on yet, as far as the caller may see one.

    A case kept from the caregiver's side holds nothing back for those who cannot see it: the refusal would tell them.
    """
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM replacement_case WHERE agreement_id = $1 AND mandatory AND status IN ('proposed', 'heard')"
        " ORDER BY proposed_at LIMIT 1",
        agreement_id,
    )
    return found
