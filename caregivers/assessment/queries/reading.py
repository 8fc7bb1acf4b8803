"""Assessments as they are read: by village and person, never by score."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.assessment.lifecycle import STATUSES, Assessment, Status
from caregivers.assessment.queries.rows import IN_AREA, OWN, READ, assessment
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """An assessment whole: what was asked, what came of it, and what was said against it."""

    judged: Assessment
    opened_at: datetime
    recipient_asked_by: UUID | None
    recipient_asked_at: datetime | None
    recipient_asked_how: str | None
    recipient_proxy_reason: str | None
    recipient_said: str
    neighbours_asked_by: UUID | None
    neighbours_asked_at: datetime | None
    neighbours_said: str
    visits_score: int | None
    records_score: int | None
    weights: dict[str, int] | None
    reasons: list[dict[str, str]]
    settled_at: datetime | None
    rectified_by: UUID | None
    rectified_evidence: str | None
    objected_at: datetime | None
    objected_by: UUID | None
    objection_on_paper_by: str | None
    objection: str | None
    objection_decide_by: datetime | None
    objection_decided_by: UUID | None
    objection_decided_at: datetime | None
    objection_upheld: bool | None
    objection_reason: str | None


_JSON = ("weights", "reasons")
_MORE = tuple(name for name in Read.__slots__ if name != "judged")
_WHOLE = f"SELECT {READ}, {', '.join(f's.{name}' for name in _MORE)} FROM assessment s"
Place = tuple[int, UUID, date, UUID]
"""Where a page of assessments begins: village, recipient, period, id."""


async def assessment_read(assessment_id: UUID) -> Read | None:
    """One of the caller's areas."""
    row = await db.fetch_one(f"{_WHOLE} WHERE s.id = $1 AND {IN_AREA}", assessment_id)
    return _read(row) if row else None


async def assessments_page(
    *,
    statuses: Collection[Status],
    area_id: int | None,
    agreement_id: UUID | None,
    after: Place | None,
    limit: int,
) -> list[Read]:
    """Those of the caller's areas, by village, recipient and period; without statuses every one."""
    rows = await db.fetch(
        f"{_WHOLE} WHERE {IN_AREA} AND s.status = ANY ($1::text[])"
        " AND ($2::int IS NULL OR s.area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = $2))"
        " AND ($3::uuid IS NULL OR s.agreement_id = $3)"
        " AND ($4::int IS NULL OR (s.area_id, s.recipient_id, s.period_from, s.id) > ($4, $5, $6, $7))"
        " ORDER BY s.area_id, s.recipient_id, s.period_from, s.id LIMIT $8",
        list(statuses or STATUSES),
        area_id,
        agreement_id,
        *(after or (None, None, None, None)),
        limit,
    )
    return [_read(row) for row in rows]


async def own_assessments() -> list[Read]:
    """The caller's own, the latest period first; what is not settled yet is not told."""
    rows = await db.fetch(
        f"{_WHOLE} WHERE {OWN} AND s.status IN ('settled', 'objected', 'final')"
        " ORDER BY s.period_from DESC, s.recipient_id, s.id"
    )
    return [_read(row) for row in rows]


async def own_assessment(assessment_id: UUID) -> Read | None:
    row = await db.fetch_one(
        f"{_WHOLE} WHERE s.id = $1 AND {OWN} AND s.status IN ('settled', 'objected', 'final')", assessment_id
    )
    return _read(row) if row else None


def _read(row: Any) -> Read:
    told: dict[str, Any] = {name: row[name] for name in _MORE}
    for name in _JSON:
        told[name] = None if row[name] is None else msgspec.json.decode(row[name])
    return Read(judged=assessment(row), **told)
