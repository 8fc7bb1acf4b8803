"""Cases as those who handle them read and change them: within their areas, and never by the caregiver's side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.abuse.queries.noting import place_of
from caregivers.abuse.suspicion import Authority, Case
from core import db, vault

_MINE = (
    "handles_confidential(c.barred_ids, c.recipient_id) AND EXISTS (SELECT FROM area_within w"
    " WHERE w.area_id = c.area_id AND w.ancestor_id = ANY (visible_areas()))"
)
_STORED = tuple(name for name in Case.__dataclass_fields__ if name not in ("visitor_id", "noticed_by"))
_CASE = ", ".join(f"c.{name}" for name in _STORED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A case in a list: nothing of what was noticed."""

    case: Case
    area_id: int
    area: str
    closed_at: datetime | None
    concerns: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConcernRead:
    id: UUID
    source: str
    by_account_id: UUID
    content: str
    made_at: datetime
    logged_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """A line of the case's own history."""

    kind: str
    at: datetime
    by: UUID | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRead:
    """Everything known of a case, opened."""

    listed: Listed
    caregiver_id: UUID | None
    barred_ids: tuple[UUID, ...]
    authority: Authority | None
    reference: str | None
    reported_by: UUID | None
    closed_by: UUID | None
    found: str | None
    concerns: tuple[ConcernRead, ...]
    history: tuple[Happened, ...]


_LISTED = (
    f"SELECT {_CASE}, c.area_id, c.caregiver_id, c.barred_ids, c.authority, c.reference, c.reported_by, c.closed_by,"
    " c.closed_at, c.outcome_sealed, coalesce(CASE WHEN v.level = 12 THEN t.name END, '') || coalesce(v.name, '')"
    " AS area, (SELECT count(*) FROM abuse_concern n WHERE n.case_id = c.id) AS concerns"
    " FROM abuse_case c LEFT JOIN area v ON v.id = c.area_id LEFT JOIN area t ON t.id = v.parent"
)


async def cases_page(*, closed: bool, after: tuple[datetime, UUID] | None, limit: int) -> list[Listed]:
    """Cases the caller handles, the longest open first; or the closed ones, the latest opened first."""
    compare, order = ("<", "DESC") if closed else (">", "ASC")
    rows = await db.fetch(
        f"{_LISTED} WHERE {_MINE} AND (c.status <> 'open') = $1"
        f" AND ($2::timestamptz IS NULL OR (c.opened_at, c.id) {compare} ($2, $3::uuid))"
        f" ORDER BY c.opened_at {order}, c.id {order} LIMIT $4",
        closed,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_listed(row) for row in rows]


async def case_read(case_id: UUID) -> CaseRead | None:
    """None for a case elsewhere, or kept from the caller, as for none at all."""
    row = await db.fetch_one(f"{_LISTED} WHERE c.id = $1 AND {_MINE}", case_id)
    if row is None:
        return None
    sealed = row["outcome_sealed"]
    return CaseRead(
        listed=_listed(row),
        caregiver_id=row["caregiver_id"],
        barred_ids=tuple(row["barred_ids"]),
        authority=row["authority"],
        reference=row["reference"],
        reported_by=row["reported_by"],
        closed_by=row["closed_by"],
        found=vault.open_sealed(sealed, _outcome_place(case_id)) if sealed else None,
        concerns=await _concerns(case_id),
        history=await _history(case_id),
    )


async def hold_case(case_id: UUID) -> Case | None:
    """The case, locked; and who visits the person and noticed it."""
    row = await db.fetch_one(
        f"SELECT {_CASE} FROM abuse_case c WHERE c.id = $1 AND {_MINE} FOR NO KEY UPDATE OF c", case_id
    )
    if row is None:
        return None
    noticed = await db.fetch("SELECT DISTINCT by_account_id FROM abuse_concern WHERE case_id = $1", case_id)
    visitor = await db.fetch_value("SELECT visit_worker_id FROM recipient WHERE id = $1", row["recipient_id"])
    return Case(**row, visitor_id=visitor, noticed_by=frozenset(one["by_account_id"] for one in noticed))


async def save_report(case_id: UUID, *, authority: str, reference: str, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE abuse_case SET authority = $2, reference = $3, reported_by = $4, reported_at = $5 WHERE id = $1",
        case_id,
        authority,
        reference,
        by,
        now,
    )


async def save_closed(case_id: UUID, *, status: str, found: str, retain_until: date, by: UUID, now: datetime) -> None:
    """Store the finding, sealed. It is kept as many years from now on."""
    await db.execute(
        "UPDATE abuse_case SET status = $2, outcome_sealed = $3, retain_until = greatest(retain_until, $4),"
        " closed_by = $5, closed_at = $6 WHERE id = $1",
        case_id,
        status,
        vault.seal(found, _outcome_place(case_id)),
        retain_until,
        by,
        now,
    )


async def _concerns(case_id: UUID) -> tuple[ConcernRead, ...]:
    rows = await db.fetch(
        "SELECT id, source, by_account_id, content_sealed, made_at, logged_at FROM abuse_concern WHERE case_id = $1"
        " ORDER BY logged_at, id",
        case_id,
    )
    return tuple(
        ConcernRead(
            id=row["id"],
            source=row["source"],
            by_account_id=row["by_account_id"],
            content=vault.open_sealed(row["content_sealed"], place_of(row["id"])),
            made_at=row["made_at"],
            logged_at=row["logged_at"],
        )
        for row in rows
    )


async def _history(case_id: UUID) -> tuple[Happened, ...]:
    rows = await db.fetch(
        "SELECT kind, at, by_account_id AS by, facts FROM journal WHERE subject_id = $1 AND kind LIKE 'abuse.%'"
        " ORDER BY id",
        case_id,
    )
    return tuple(Happened(**{**row, "facts": msgspec.json.decode(row["facts"])}) for row in rows)


def _listed(row: Mapping[str, Any]) -> Listed:
    return Listed(
        case=Case(**{name: row[name] for name in _STORED}),
        area_id=row["area_id"],
        area=row["area"],
        closed_at=row["closed_at"],
        concerns=row["concerns"],
    )


def _outcome_place(case_id: UUID) -> str:
    return f"abuse_case.outcome_sealed:{case_id}"
