"""Agreements and care as they are shown: in a person's eyes, within their areas; a caregiver's own in theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core import db
from recipients.queries.register import SEEN


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """An agreement in a list. `waits_for`: "signatures", or with all of them its "first_day"; None once it had it."""

    id: UUID
    version: int
    number: str | None
    status: str
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    relation: str
    starts_on: date
    ends_on: date
    fee_class: str
    fee_yuan: int
    source: str
    renewal_of: UUID | None
    renewal_decision: str | None
    ended_on: date | None
    ended_reason: str | None
    waits_for: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Full:
    """What more there is of one agreement."""

    card: Card
    liability: str
    consent_by: str | None
    consent_reason: str | None
    consent_at: datetime | None
    successor_for_case: UUID | None
    renewal_reviewed_by: UUID | None
    renewal_reviewed_at: datetime | None
    renewal_reason: str | None
    activated_at: datetime | None
    suspended_at: datetime | None
    suspended_by: UUID | None
    suspend_reason: str | None
    ended_at: datetime | None
    ended_by: UUID | None
    end_note: str | None
    replacement_case_id: UUID | None
    created_by: UUID
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """What a list is narrowed by; nothing personal, for it stands in an address."""

    area_id: int | None = None
    status: str | None = None
    recipient_id: UUID | None = None
    caregiver_id: UUID | None = None
    ends_up_to: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CareShown:
    """Temporary care in a list."""

    id: UUID
    recipient_id: UUID
    kind: str
    caregiver_id: UUID | None
    agreement_id: UUID | None
    reason: str
    starts_at: datetime
    ends_by: datetime
    first_ends_by: datetime | None
    arranged_by: UUID
    arranged_at: datetime
    extended_by: UUID | None
    extended_at: datetime | None
    extend_reason: str | None
    ended_by: UUID | None
    ended_at: datetime | None
    ended_reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncovered:
    """Somebody for whom the alert rings that nobody cares for them."""

    alert_id: UUID
    recipient_id: UUID
    area_id: int
    village: str
    risk: str
    since: datetime
    why: str
    acknowledged: bool
    next_at: datetime | None


# The signatures are counted only where they are awaited; a hidden case is never told apart from a first day to come.
_WAITS = (
    "CASE WHEN a.status <> 'pending_signatures' THEN NULL"
    " WHEN (SELECT count(*) FROM signature s WHERE s.agreement_id = a.id) < 4 THEN 'signatures' ELSE 'first_day' END"
)
_PLAIN = [one.name for one in fields(Card) if one.name != "waits_for"]
_CARD = ", ".join(f"a.{name}" for name in _PLAIN) + f", {_WAITS} AS waits_for"
_MORE = [one.name for one in fields(Full) if one.name != "card"]
_CARE = ", ".join(f"t.{one.name}" for one in fields(CareShown))
_OWN = f"(a.{SEEN} OR a.caregiver_id = ANY (my_caregiver_ids()))"


def _card(row: Mapping[str, Any]) -> Card:
    return Card(**{one.name: row[one.name] for one in fields(Card)})


async def cards(wanted: Filter, *, after: UUID | None, limit: int) -> list[Card]:
    """The next agreements by id, the latest drafted first; `after` is the last one before."""
    rows = await db.fetch(
        f"SELECT {_CARD} FROM agreement a WHERE a.{SEEN} AND ($1::uuid IS NULL OR a.id < $1)"
        " AND ($2::int IS NULL OR a.area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = $2))"
        " AND ($3::text IS NULL OR a.status = $3) AND ($4::uuid IS NULL OR a.recipient_id = $4)"
        " AND ($5::uuid IS NULL OR a.caregiver_id = $5)"
        " AND ($6::date IS NULL OR (a.status IN ('active', 'suspended') AND a.ends_on <= $6))"
        " ORDER BY a.id DESC LIMIT $7",
        after,
        wanted.area_id,
        wanted.status,
        wanted.recipient_id,
        wanted.caregiver_id,
        wanted.ends_up_to,
        limit,
    )
    return [_card(row) for row in rows]


async def full(agreement_id: UUID) -> Full | None:
    """One agreement in full; None for somebody else's as for none."""
    row = await db.fetch_one(
        f"SELECT {_CARD}, {', '.join(f'a.{name}' for name in _MORE)} FROM agreement a WHERE a.id = $1 AND {_OWN}",
        agreement_id,
    )
    return Full(card=_card(row), **{name: row[name] for name in _MORE}) if row else None


async def care_of(recipient_id: UUID) -> list[CareShown]:
    """All temporary care of a recipient, the latest first."""
    rows = await db.fetch(
        f"SELECT {_CARE} FROM temporary_care t WHERE t.recipient_id = $1 AND t.{SEEN}"
        " ORDER BY t.starts_at DESC, t.id DESC",
        recipient_id,
    )
    return [CareShown(**row) for row in rows]


async def care_shown(care_id: UUID) -> CareShown | None:
    row = await db.fetch_one(f"SELECT {_CARE} FROM temporary_care t WHERE t.id = $1 AND t.{SEEN}", care_id)
    return CareShown(**row) if row else None


async def uncovered(*, after: UUID | None, limit: int) -> list[Uncovered]:
    """Everybody of the caller's areas for whom the alert rings, by its id; `after` is the last one before."""
    rows = await db.fetch(
        "SELECT x.id AS alert_id, r.id AS recipient_id, r.area_id, p.name AS village, r.risk, x.opened_at AS since,"
        " coalesce(x.facts->>'why', '') AS why, x.status = 'acknowledged' AS acknowledged, x.next_at"
        " FROM alert x JOIN recipient r ON r.id = x.recipient_id JOIN area p ON p.id = r.area_id"
        f" WHERE x.kind = 'uncovered' AND x.status <> 'resolved' AND r.{SEEN} AND ($1::uuid IS NULL OR x.id > $1)"
        " ORDER BY x.id LIMIT $2",
        after,
        limit,
    )
    return [Uncovered(**row) for row in rows]
