"""Hazards, orders and verifications as people read them; the caller's areas or what is their own, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.rectification.queries.orders import OWN, SEEN
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class HazardRead:
    id: UUID
    recipient_id: UUID
    agreement_id: UUID | None
    area_id: int
    village: str
    source: str
    source_id: UUID | None
    severity: str
    block: str
    what: str
    found_at: datetime
    found_by: UUID | None
    recorded_at: datetime
    status: str
    closed_at: datetime | None
    closed_by: UUID | None
    close_reason: str | None
    attend_by: datetime | None
    unattended_at: datetime | None
    has_complainant: bool
    order_id: UUID | None
    in_force: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRead:
    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    village: str
    number: str
    version: int
    status: str
    severity: str
    evidence: str
    issued_by: UUID
    issued_at: datetime
    told_how: str | None
    told_at: datetime | None
    deadline_at: datetime
    first_deadline_at: datetime
    statement_until: datetime
    submitted_at: datetime | None
    overdue_at: datetime | None
    verified_at: datetime | None
    count_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    extension_asked_by: UUID | None
    extension_asked_at: datetime | None
    extension_reason: str | None
    extension_until: datetime | None
    extension_granted: bool | None
    items: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemRead:
    id: UUID
    hazard_id: UUID
    severity: str
    block: str
    what: str
    must_be: str
    service: str | None
    duty: str
    status: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRead:
    id: UUID
    kind: str
    text: str
    by_account_id: UUID
    on_paper_by: str | None
    made_at: datetime
    logged_at: datetime
    hear_by: datetime | None
    heard_by: UUID | None
    heard_at: datetime | None
    upheld: bool | None
    heard_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationRead:
    id: UUID
    order_id: UUID
    number: str
    severity: str
    recipient_id: UUID
    area_id: int
    village: str
    verifier_id: UUID | None
    planned_at: datetime
    due_at: datetime
    overdue_at: datetime | None
    status: str
    by_account_id: UUID | None
    person_seen: bool | None
    results: Sequence[dict[str, Any]]
    made_at: datetime | None
    logged_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CycleRead:
    why: str
    heard: str
    failed_at: datetime
    counted_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


_HAZARD = (
    "SELECT h.id, h.recipient_id, h.agreement_id, h.area_id, a.name AS village, h.source, h.source_id, h.severity,"
    " h.block, h.what, h.found_at, h.found_by, h.recorded_at, h.status, h.closed_at, h.closed_by, h.close_reason,"
    " h.attend_by, h.unattended_at, h.complainant_sealed IS NOT NULL AS has_complainant,"
    " (SELECT i.order_id FROM order_item i WHERE i.hazard_id = h.id AND i.status = 'open') AS order_id,"
    " EXISTS (SELECT FROM agreement g WHERE g.id = h.agreement_id AND g.status = 'active') AS in_force"
    " FROM hazard h JOIN area a ON a.id = h.area_id"
)
_ORDER = (
    "SELECT o.id, o.agreement_id, o.recipient_id, o.caregiver_id, o.area_id, a.name AS village, o.number, o.version,"
    " o.status, o.severity, o.evidence, o.issued_by, o.issued_at, o.told_how, o.told_at, o.deadline_at,"
    " o.first_deadline_at, o.statement_until, o.submitted_at, o.overdue_at, o.verified_at, o.count_at, o.closed_at,"
    " o.close_reason, o.withdrawn_at, o.withdrawn_reason, o.extension_asked_by, o.extension_asked_at,"
    " o.extension_reason, o.extension_until, o.extension_granted,"
    " (SELECT count(*) FROM order_item i WHERE i.order_id = o.id) AS items"
    " FROM rectification_order o JOIN area a ON a.id = o.area_id"
)
_VERIFICATION = (
    "SELECT v.id, v.order_id, o.number, o.severity, o.recipient_id, v.area_id, a.name AS village, v.verifier_id,"
    " v.planned_at, v.due_at, v.overdue_at, v.status, v.by_account_id, v.person_seen, v.results, v.made_at,"
    " v.logged_at FROM verification v JOIN rectification_order o ON o.id = v.order_id JOIN area a ON a.id = v.area_id"
)


async def hazards_page(
    *,
    status: str | None,
    severity: str | None,
    recipient_id: UUID | None,
    agreement_id: UUID | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[HazardRead]:
    """Hazards of the caller's areas, the latest found first."""
    rows = await db.fetch(
        f"{_HAZARD} WHERE h.{SEEN} AND ($1::text IS NULL OR h.status = $1) AND ($2::text IS NULL OR h.severity = $2)"
        " AND ($3::uuid IS NULL OR h.recipient_id = $3) AND ($4::uuid IS NULL OR h.agreement_id = $4)"
        " AND ($5::timestamptz IS NULL OR (h.found_at, h.id) < ($5, $6::uuid))"
        " ORDER BY h.found_at DESC, h.id DESC LIMIT $7",
        status,
        severity,
        recipient_id,
        agreement_id,
        *(after or (None, None)),
        limit,
    )
    return [HazardRead(**row) for row in rows]


async def hazard_read(hazard_id: UUID) -> HazardRead | None:
    row = await db.fetch_one(f"{_HAZARD} WHERE h.id = $1 AND h.{SEEN}", hazard_id)
    return HazardRead(**row) if row else None


async def orders_page(
    *,
    statuses: Sequence[str],
    recipient_id: UUID | None,
    agreement_id: UUID | None,
    own: bool,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[OrderRead]:
    """Orders of the caller's areas, or those that are the caller's own to answer; the first due first."""
    rows = await db.fetch(
        f"{_ORDER} WHERE o.{OWN if own else SEEN} AND ($1::text[] = '{{}}' OR o.status = ANY ($1))"
        " AND ($2::uuid IS NULL OR o.recipient_id = $2) AND ($3::uuid IS NULL OR o.agreement_id = $3)"
        " AND ($4::timestamptz IS NULL OR (o.deadline_at, o.id) > ($4, $5::uuid))"
        " ORDER BY o.deadline_at, o.id LIMIT $6",
        list(statuses),
        recipient_id,
        agreement_id,
        *(after or (None, None)),
        limit,
    )
    return [OrderRead(**row) for row in rows]


async def order_read(order_id: UUID, *, own: bool = False) -> OrderRead | None:
    row = await db.fetch_one(f"{_ORDER} WHERE o.id = $1 AND o.{OWN if own else SEEN}", order_id)
    return OrderRead(**row) if row else None


async def items_read(order_id: UUID) -> list[ItemRead]:
    """The items of an order the caller has read."""
    rows = await db.fetch(
        "SELECT i.id, i.hazard_id, h.severity, h.block, h.what, i.must_be, i.service, i.duty, i.status, i.note"
        " FROM order_item i JOIN hazard h ON h.id = i.hazard_id WHERE i.order_id = $1 ORDER BY i.id",
        order_id,
    )
    return [ItemRead(**row) for row in rows]


async def answers_read(order_id: UUID) -> list[AnswerRead]:
    """The answers to an order the caller has read, in the order they arrived."""
    rows = await db.fetch(
        "SELECT id, kind, text, by_account_id, on_paper_by, made_at, logged_at, hear_by, heard_by, heard_at, upheld,"
        " heard_reason FROM order_answer WHERE order_id = $1 ORDER BY logged_at, id",
        order_id,
    )
    return [AnswerRead(**row) for row in rows]


async def verifications_of(order_id: UUID) -> list[VerificationRead]:
    """The verifications of an order the caller has read, the latest first."""
    return await _verifications("v.order_id = $1 ORDER BY v.planned_at DESC, v.id", order_id)


async def verifications_page(
    *, verifier_id: UUID | None, planned: bool, after: tuple[datetime, UUID] | None, limit: int
) -> list[VerificationRead]:
    """Verifications of the caller's areas, the first due first; those of one verifier, those still to make."""
    return await _verifications(
        f"v.{SEEN} AND ($1::uuid IS NULL OR v.verifier_id = $1) AND (NOT $2 OR v.status = 'planned')"
        " AND ($3::timestamptz IS NULL OR (v.due_at, v.id) > ($3, $4::uuid)) ORDER BY v.due_at, v.id LIMIT $5",
        verifier_id,
        planned,
        *(after or (None, None)),
        limit,
    )


async def verification_read(verification_id: UUID) -> VerificationRead | None:
    found = await _verifications(f"v.id = $1 AND v.{SEEN}", verification_id)
    return found[0] if found else None


async def _verifications(condition: str, *args: Any) -> list[VerificationRead]:
    rows = await db.fetch(f"{_VERIFICATION} WHERE {condition}", *args)
    return [VerificationRead(**{**row, "results": msgspec.json.decode(row["results"])}) for row in rows]


async def cycles_read(order_id: UUID) -> list[CycleRead]:
    """How an order the caller has read counted against its agreement, the withdrawn too."""
    rows = await db.fetch(
        "SELECT why, heard, failed_at, counted_at, withdrawn_at, withdrawn_reason FROM failed_cycle"
        " WHERE order_id = $1 ORDER BY counted_at",
        order_id,
    )
    return [CycleRead(**row) for row in rows]
