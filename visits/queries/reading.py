"""What people read of visits, reports and plans, held to the caller's areas."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from core import db
from visits.lifecycle import Shown, Visit
from visits.queries.contacts import CONTACT
from visits.queries.reporting import SEEN, open_confidential
from visits.report import open_points

_START = (datetime.fromisoformat("0001-01-01T00:00:00+00:00"), UUID(int=0))
_END = (datetime.fromisoformat("9999-12-31T00:00:00+00:00"), UUID(int=2**128 - 1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a list is narrowed by; no status means all but cancelled, no grade any and none."""

    statuses: frozenset[Shown] = frozenset()
    worker_id: UUID | None = None
    recipient_id: UUID | None = None
    until: datetime | None = None
    grades: frozenset[str] = frozenset()
    newest_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A visit as a list shows it. `last_seen_at` and `open_points` are of the person's last contact.

    `grade` is of the report that made it, "ungraded" before it has one; `made_by` is who sent that report.
    """

    visit: Visit
    recipient_id: UUID
    area_id: int
    village: str
    worker: str | None
    not_met_at: datetime | None
    judged_at: datetime | None
    phone_last_seen_at: datetime | None
    closed_reason: str | None
    made_by: UUID | None
    grade: str | None
    last_seen_at: datetime | None = None
    open_points: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRead:
    """A report as read back. `confidential` is None unless the reader may see it, and where nothing was said."""

    id: UUID
    visit_id: UUID
    recipient_id: UUID
    by: str | None
    by_account_id: UUID
    made_at: datetime
    logged_at: datetime
    labels: tuple[str, ...]
    visit_status: str
    content: Mapping[str, Any]
    amends_id: UUID | None
    amended_by: UUID | None
    late_accepted: bool | None
    confidential: Mapping[str, Any] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ConflictRead:
    """Two contents under one id: the one kept first and the other, each with its sender."""

    id: UUID
    report_id: UUID
    visit_id: UUID
    recipient_id: UUID
    received_at: datetime
    by: str | None
    content: Mapping[str, Any]
    confidential: Mapping[str, Any] | None
    decision: str | None
    decided_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanRead:
    id: UUID
    risk: str
    every: timedelta
    opens_before: timedelta
    grace: timedelta
    worker: str | None
    policy_id: UUID | None
    started_at: datetime
    laid_until: datetime | None
    ended_at: datetime | None
    ended_reason: str | None


_LISTED = (
    "v.id, v.recipient_id, v.area_id, v.reason, v.risk, v.status, v.opens_at, v.due_at, v.missed_after, v.worker_id,"
    " v.report_id, v.not_met_at, v.judged_at, v.phone_last_seen_at, v.closed_reason, a.name AS village,"
    " w.name AS worker, m.by_account_id AS made_by,"
    " CASE WHEN m.id IS NOT NULL THEN coalesce(g.grade, 'ungraded') END AS grade"
)
_FROM = (
    "FROM visit v JOIN area a ON a.id = v.area_id LEFT JOIN account w ON w.id = v.worker_id"
    " LEFT JOIN visit_report m ON m.id = v.report_id LEFT JOIN grade g ON g.id = m.id"
)
_MINE = f"v.area_id {SEEN} AND v.reason <> 'canary'"


async def visits_page(
    wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int, now: datetime
) -> list[Listed]:
    """The next visits by when they are due; `after` is the due moment and id of the last one before."""
    compare, order = ("<", "DESC") if wanted.newest_first else (">", "ASC")
    due_at, visit_id = after or (_END if wanted.newest_first else _START)
    rows = await db.fetch(
        f"SELECT {_LISTED} {_FROM} WHERE {_MINE} AND (v.due_at, v.id) {compare} ($1, $2)"
        " AND (CASE WHEN v.status <> 'open' THEN v.status WHEN v.opens_at > $4 THEN 'scheduled' ELSE 'due' END)"
        "  = ANY ($5::text[])"
        " AND ($6::uuid IS NULL OR v.worker_id = $6) AND ($7::uuid IS NULL OR v.recipient_id = $7)"
        " AND ($8::timestamptz IS NULL OR v.due_at <= $8)"
        " AND ($9::text[] = '{}' OR (m.id IS NOT NULL AND coalesce(g.grade, 'ungraded') = ANY ($9)))"
        f" ORDER BY v.due_at {order}, v.id {order} LIMIT $3",
        due_at,
        visit_id,
        limit,
        now,
        sorted(wanted.statuses or {"scheduled", "due", "made", "missed", "not_known", "excused"}),
        wanted.worker_id,
        wanted.recipient_id,
        wanted.until,
        sorted(wanted.grades),
    )
    return await _with_last(rows, now)


async def visit_read(visit_id: UUID, *, now: datetime) -> Listed | None:
    """None for a visit outside the caller's areas as for none at all."""
    rows = await db.fetch(f"SELECT {_LISTED} {_FROM} WHERE v.id = $1 AND {_MINE}", visit_id)
    return next(iter(await _with_last(rows, now)), None)


async def _with_last(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Listed]:
    last = await _last_contacts({row["recipient_id"] for row in rows}, now) if rows else {}
    return [_listed(row, last.get(row["recipient_id"])) for row in rows]


async def _last_contacts(recipient_ids: Collection[UUID], now: datetime) -> dict[UUID, Any]:
    rows = await db.fetch(
        "SELECT DISTINCT ON (c.recipient_id) c.recipient_id, c.made_at, c.content FROM visit_report c"
        f" WHERE c.recipient_id = ANY ($1::uuid[]) AND c.area_id {SEEN} AND c.made_at <= $2 AND {CONTACT}"
        " ORDER BY c.recipient_id, c.made_at DESC",
        list(recipient_ids),
        now,
    )
    return {row["recipient_id"]: row for row in rows}


def _listed(row: Mapping[str, Any], last: Mapping[str, Any] | None) -> Listed:
    visit = Visit(
        id=row["id"],
        status=row["status"],
        reason=row["reason"],
        risk=row["risk"],
        covers_from=row["opens_at"],
        opens_at=row["opens_at"],
        due_at=row["due_at"],
        missed_after=row["missed_after"],
        worker_id=row["worker_id"],
        report_id=row["report_id"],
    )
    return Listed(
        visit=visit,
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        village=row["village"],
        worker=row["worker"],
        not_met_at=row["not_met_at"],
        judged_at=row["judged_at"],
        phone_last_seen_at=row["phone_last_seen_at"],
        closed_reason=row["closed_reason"],
        made_by=row["made_by"],
        grade=row["grade"],
        last_seen_at=last["made_at"] if last else None,
        open_points=open_points(msgspec.json.decode(last["content"])) if last else (),
    )


# What only the visitor saw is kept from the caregiver's side, also from supervisors there.
_KEPT = (
    "CASE WHEN {0}.confidential_sealed IS NOT NULL AND caller() <> ALL (too_near({0}.recipient_id))"
    " THEN {0}.confidential_sealed END AS confidential_sealed"
)
_REPORT = (
    "SELECT c.id, c.visit, c.recipient_id, c.by_account_id, w.name AS by, c.made_at, c.logged_at, c.labels,"
    f" c.visit_status, c.content, c.amends_id, {_KEPT.format('c')}, l.accepted,"
    " (SELECT later.id FROM visit_report later WHERE later.amends_id = c.id) AS amended_by"
    " FROM visit_report c LEFT JOIN account w ON w.id = c.by_account_id"
    " LEFT JOIN late_confirmation l ON l.report = c.id"
    f" WHERE c.area_id {SEEN}"
)


async def reports_of(visit_id: UUID, *, confidential: bool) -> list[ReportRead]:
    """Everything sent in for a visit, in the order it arrived: amendments follow what they amend."""
    rows = await db.fetch(f"{_REPORT} AND c.visit = $1 ORDER BY c.logged_at, c.id", visit_id)
    return [_report(row, confidential) for row in rows]


async def report_read(report_id: UUID, *, confidential: bool) -> ReportRead | None:
    rows = await db.fetch(f"{_REPORT} AND c.id = $1", report_id)
    return next((_report(row, confidential) for row in rows), None)


async def last_report_before(recipient_id: UUID, visit_id: UUID, *, confidential: bool) -> ReportRead | None:
    """The last contact with a person that was reported for another visit."""
    rows = await db.fetch(
        f"{_REPORT} AND c.recipient_id = $1 AND c.visit <> $2 AND {CONTACT} ORDER BY c.made_at DESC LIMIT 1",
        recipient_id,
        visit_id,
    )
    return next((_report(row, confidential) for row in rows), None)


def _report(row: Mapping[str, Any], confidential: bool) -> ReportRead:
    sealed = row["confidential_sealed"] if confidential else None
    return ReportRead(
        id=row["id"],
        visit_id=row["visit"],
        recipient_id=row["recipient_id"],
        by=row["by"],
        by_account_id=row["by_account_id"],
        made_at=row["made_at"],
        logged_at=row["logged_at"],
        labels=tuple(row["labels"]),
        visit_status=row["visit_status"],
        content=msgspec.json.decode(row["content"]),
        amends_id=row["amends_id"],
        amended_by=row["amended_by"],
        late_accepted=row["accepted"],
        confidential=open_confidential(sealed, "visit_report", row["id"]),
    )


async def conflicts_page(*, decided: bool, after: tuple[datetime, UUID] | None, limit: int) -> list[ConflictRead]:
    """The next conflicts by when they arrived, for a supervisor: what is confidential is opened, but to the
    caregiver's side."""
    received_at, conflict_id = after or _START
    rows = await db.fetch(
        "SELECT k.id, k.report_id, k.visit_id, k.recipient_id, k.received_at, w.name AS by, k.content,"
        f" {_KEPT.format('k')}, k.decision, k.decided_at FROM report_conflict k"
        " LEFT JOIN account w ON w.id = k.by_account_id"
        f" WHERE k.area_id {SEEN} AND (k.decision IS NOT NULL) = $1 AND (k.received_at, k.id) > ($2, $3)"
        " ORDER BY k.received_at, k.id LIMIT $4",
        decided,
        received_at,
        conflict_id,
        limit,
    )
    return [
        ConflictRead(
            id=row["id"],
            report_id=row["report_id"],
            visit_id=row["visit_id"],
            recipient_id=row["recipient_id"],
            received_at=row["received_at"],
            by=row["by"],
            content=msgspec.json.decode(row["content"]),
            confidential=open_confidential(row["confidential_sealed"], "report_conflict", row["id"]),
            decision=row["decision"],
            decided_at=row["decided_at"],
        )
        for row in rows
    ]


async def plans_read(recipient_id: UUID) -> list[PlanRead]:
    """Every plan of a person, the active one first."""
    rows = await db.fetch(
        "SELECT p.id, p.risk, p.every, p.opens_before, p.grace, w.name AS worker, p.policy_id, p.started_at,"
        " p.laid_until, p.ended_at, p.ended_reason FROM visit_plan p LEFT JOIN account w ON w.id = p.worker_id"
        f" WHERE p.recipient_id = $1 AND p.area_id {SEEN} ORDER BY p.ended_at DESC NULLS FIRST, p.started_at DESC",
        recipient_id,
    )
    return [PlanRead(**row) for row in rows]


async def knows_recipient(recipient_id: UUID) -> bool:
    return bool(
        await db.fetch_value(f"SELECT true FROM recipient r WHERE r.id = $1 AND r.area_id {SEEN}", recipient_id)
    )
