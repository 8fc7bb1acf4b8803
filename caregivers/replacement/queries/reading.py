"""Cases as people read them: one whole, and lists of those that wait. Names are masked."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import msgspec

from caregivers.replacement.case import Decision, Status
from caregivers.replacement.grounds import Ground
from caregivers.replacement.hearing import Present
from caregivers.replacement.queries.rows import SEEN
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A ground as it is shown: with when it fell away, if it did."""

    ground: Ground
    withdrawn_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRead:
    """Everything of a case that its readers may see."""

    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    mandatory: bool
    confidential: bool
    ground: str
    grounds: tuple[Told, ...]
    status: Status
    proposed_by: UUID | None
    proposed_at: datetime
    reason: str
    decide_by: datetime
    told_at: datetime | None
    told_how: str | None
    hearing_at: datetime | None
    heard_at: datetime | None
    decision: Decision | None
    decision_reason: str | None
    decided_by: UUID | None
    decided_at: datetime | None
    will_by: str | None
    will_stated: str | None
    standing_change_id: UUID | None
    keep_seen_by: UUID | None
    keep_seen_at: datetime | None
    review_ordered_by: UUID | None
    review_ordered_at: datetime | None
    review_reason: str | None
    reviews_case: UUID | None
    flagged_at: datetime | None
    flag_reason: str | None
    flag_reviewed_by: UUID | None
    flag_reviewed_at: datetime | None
    flag_review: str | None
    temporary_care_id: UUID | None
    successor_agreement_id: UUID | None
    handover_due_at: datetime | None
    handed_over_at: datetime | None
    closed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class HearingRead:
    """One hearing as it was recorded."""

    id: UUID
    held_at: datetime
    held_by: UUID
    recorded_at: datetime
    present: tuple[Present, ...]
    caregiver_came: bool
    caregiver_said: str
    recipient_said: str
    village_said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which cases to list; an empty set of statuses: every one that is not over."""

    statuses: frozenset[Status] = frozenset()
    recipient_id: UUID | None = None
    agreement_id: UUID | None = None


_COLUMNS = ", ".join(f"c.{one.name}" for one in fields(CaseRead))
_HEARING = ", ".join(one.name for one in fields(HearingRead))
_NOT_OVER: tuple[Status, ...] = ("proposed", "heard", "decided", "temporary_care", "successor_signed", "handed_over")


async def case_read(case_id: UUID) -> CaseRead | None:
    row = await db.fetch_one(f"SELECT {_COLUMNS} FROM replacement_case c WHERE c.id = $1 AND c.{SEEN}", case_id)
    return _case(row) if row else None


async def cases_page(wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int) -> list[CaseRead]:
    """The next cases, those to be decided first in front."""
    decide_by, case_id = after or (None, None)
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM replacement_case c WHERE c.{SEEN} AND c.status = ANY ($1::text[])"
        " AND ($2::uuid IS NULL OR c.recipient_id = $2) AND ($3::uuid IS NULL OR c.agreement_id = $3)"
        " AND ($4::timestamptz IS NULL OR (c.decide_by, c.id) > ($4, $5)) ORDER BY c.decide_by, c.id LIMIT $6",
        list(wanted.statuses or _NOT_OVER),
        wanted.recipient_id,
        wanted.agreement_id,
        decide_by,
        case_id,
        limit,
    )
    return [_case(row) for row in rows]


async def hearings_of(case_id: UUID) -> list[HearingRead]:
    """What was said, in order. Nobody on the side of a caregiver suspected of abuse is shown any."""
    rows = await db.fetch(f"SELECT {_HEARING} FROM hearing WHERE case_id = $1 ORDER BY held_at, id", case_id)
    return [HearingRead(**{**row, "present": tuple(msgspec.json.decode(row["present"]))}) for row in rows]


def _case(row: Mapping[str, Any]) -> CaseRead:
    stored = cast(list[dict[str, Any]], msgspec.json.decode(row["grounds"]))
    return CaseRead(**{**row, "grounds": tuple(_told(one) for one in stored)})


def _told(stored: dict[str, Any]) -> Told:
    gone = stored.get("withdrawn_at")
    return Told(
        ground=msgspec.convert(stored, Ground), withdrawn_at=datetime.fromisoformat(gone) if gone is not None else None
    )
