"""Logging a report in as few round trips as it takes: one read that locks, one write."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core import db, vault
from visits.lifecycle import Around, Visit
from visits.queries.contacts import CONTACT
from visits.report import Report, confidential_data, to_content

SEEN = "IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY (visible_areas()))"
"""That an area lies within the caller's: said here besides row-level security."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A report as stored, as far as answering for it needs."""

    id: UUID
    visit_id: UUID
    recipient_id: UUID
    area_id: int
    by_account_id: UUID
    outcome: str
    made_at: datetime
    logged_at: datetime
    labels: tuple[str, ...]
    visit_status: str
    amends_id: UUID | None
    sha256: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A visit locked for a report, and what is known around it.

    `not_before`: a contact earlier than this is about no plan of today. `by_caregiver`: at the moment the report is
    about, whoever sends it was the person's caregiver.
    """

    visit: Visit
    not_before: datetime
    recipient_id: UUID
    area_id: int
    district_id: int
    policy_id: UUID | None
    around: Around
    has_alerts: bool
    by_caregiver: bool
    existing: Stored | None


STORED = (
    "{0}.id AS r_id, {0}.visit AS r_visit, {0}.recipient_id AS r_recipient_id, {0}.area_id AS r_area_id,"
    " {0}.by_account_id AS r_by, {0}.outcome AS r_outcome, {0}.made_at AS r_made_at, {0}.logged_at AS r_logged_at,"
    " {0}.labels AS r_labels, {0}.visit_status AS r_visit_status, {0}.amends_id AS r_amends_id, {0}.sha256 AS r_sha256"
)

# Nothing in the two statements of a plain report depends on a parameter so much that the server would plan them anew
# each time: planning took longer than running them.
_HOLD = f"""
    SELECT v.id, v.recipient_id, v.area_id, v.district_id, v.policy_id, v.status, v.reason, v.risk, v.opens_at,
        v.due_at, v.missed_after, v.worker_id, v.report_id, p.every, p.started_at, p.worker_id AS planned_worker_id,
        EXISTS (SELECT FROM alert a WHERE a.recipient_id = v.recipient_id AND a.status <> 'resolved'
            AND NOT a.confidential) AS has_alerts,
        cared_for_at(caller(), v.recipient_id, $3) AS by_caregiver,
        {STORED.format("r")}
    FROM visit v LEFT JOIN visit_plan p ON p.id = v.plan_id LEFT JOIN visit_report r ON r.id = $2
    WHERE v.recipient_id = (SELECT asked.recipient_id FROM visit asked WHERE asked.id = $1) AND v.area_id {SEEN}
        AND (v.id = $1 OR v.report_id = $4
            OR (v.status IN ('open', 'missed', 'not_known') AND v.opens_at <= $3 AND v.missed_after >= $3))
    ORDER BY v.id FOR NO KEY UPDATE OF v
"""


async def hold_visit(visit_id: UUID, report_id: UUID, report: Report, *, amends: UUID | None = None) -> Held | None:
    """Lock a visit, with whatever else a contact at that moment could make; None when the caller has no such visit.

    The locked columns are the latest; what is read beside them is as old as the statement, which may have waited.
    """
    rows = await db.fetch(_HOLD, visit_id, report_id, report.made_at, amends)
    row = next((row for row in rows if row["id"] == visit_id), None)
    if row is None:
        return None
    visits = {one["id"]: _visit(one) for one in rows}
    undone = {one["id"] for one in rows if amends is not None and one["report_id"] == amends}
    for one in undone:
        visits[one] = replace(visits[one], status="open")
    visit = visits[visit_id]
    return Held(
        visit=visit,
        not_before=min(visit.covers_from, row["started_at"] - row["every"]) if row["every"] else visit.covers_from,
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        policy_id=row["policy_id"],
        around=Around(
            others=tuple(one for key, one in visits.items() if key != visit_id),
            remote_before=await _remote_before(row["recipient_id"], report, amends) if report.method != "door" else (),
            seen_after=await _seen_after(row["recipient_id"], report, amends) if report.outcome == "not_met" else False,
        ),
        has_alerts=row["has_alerts"],
        by_caregiver=row["by_caregiver"],
        existing=stored_from(row) if row["r_id"] else None,
    )


async def _remote_before(recipient_id: UUID, report: Report, amends: UUID | None) -> tuple[bool, ...]:
    """Whether each of the last contacts before this one was remote, nearest first; as many as a policy can ask for."""
    rows = await db.fetch(
        "SELECT c.method <> 'door' AS remote FROM visit_report c WHERE c.recipient_id = $1 AND c.made_at < $2"
        f" AND c.id IS DISTINCT FROM $3 AND {CONTACT} ORDER BY c.made_at DESC LIMIT 99",
        recipient_id,
        report.made_at,
        amends,
    )
    return tuple(row["remote"] for row in rows)


async def _seen_after(recipient_id: UUID, report: Report, amends: UUID | None) -> bool:
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM visit_report c WHERE c.recipient_id = $1 AND c.made_at > $2"
            f" AND c.id IS DISTINCT FROM $3 AND {CONTACT})",
            recipient_id,
            report.made_at,
            amends,
        )
    )


def _visit(row: Mapping[str, Any]) -> Visit:
    """Where no plan laid it, the time before it as long as its window still belongs to it."""
    every = row["every"]
    covers_from = row["due_at"] - every if every else row["opens_at"] - (row["due_at"] - row["opens_at"])
    return Visit(
        id=row["id"],
        status=row["status"],
        reason=row["reason"],
        risk=row["risk"],
        covers_from=min(covers_from, row["opens_at"]),
        opens_at=row["opens_at"],
        due_at=row["due_at"],
        missed_after=row["missed_after"],
        worker_id=row["worker_id"],
        planned_worker_id=row["planned_worker_id"],
        report_id=row["report_id"],
    )


def stored_from(row: Mapping[str, Any]) -> Stored:
    return Stored(
        id=row["r_id"],
        visit_id=row["r_visit"],
        recipient_id=row["r_recipient_id"],
        area_id=row["r_area_id"],
        by_account_id=row["r_by"],
        outcome=row["r_outcome"],
        made_at=row["r_made_at"],
        logged_at=row["r_logged_at"],
        labels=tuple(row["r_labels"]),
        visit_status=row["r_visit_status"],
        amends_id=row["r_amends_id"],
        sha256=row["r_sha256"],
    )


_ADD = """
    WITH put AS (
        INSERT INTO visit_report (id, visit, recipient_id, area_id, outcome, by_account_id, device_id, on_paper_by,
            method, identified_by, made_at, logged_at, labels, visit_status, amends_id, content, confidential_sealed,
            sha256)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (id) DO NOTHING RETURNING id, made_at
    ), made AS (
        UPDATE visit v SET status = 'made', report_id = put.id,
            closed_reason = CASE WHEN v.status IN ('open', 'made') THEN v.closed_reason ELSE 'late_evidence' END
        FROM put WHERE v.id = $19 AND v.status <> 'cancelled'
    ), knocked AS (
        UPDATE visit v SET not_met_at = greatest(v.not_met_at, put.made_at) FROM put WHERE v.id = $20
    ), told AS (
        INSERT INTO journal (kind, subject_id, area_id, by_account_id, at, facts)
        SELECT $21, $2, $4, $6, $12, $22 FROM put
    )
    SELECT id FROM put
"""


async def add_report(
    stored: Stored,
    report: Report,
    *,
    device_id: UUID | None,
    settles: Collection[UUID],
    kind: str,
    facts: Mapping[str, Any],
) -> bool:
    """Store a report, make the visits it settles, and write its line of the journal (`kind`, `facts`).

    False, and nothing done, if the id exists.
    """
    put = await db.fetch_value(
        _ADD,
        stored.id,
        stored.visit_id,
        stored.recipient_id,
        stored.area_id,
        stored.outcome,
        stored.by_account_id,
        device_id,
        report.on_paper_by,
        report.method,
        report.identified_by,
        stored.made_at,
        stored.logged_at,
        list(stored.labels),
        stored.visit_status,
        stored.amends_id,
        msgspec.json.encode(to_content(report)).decode(),
        seal_confidential(report, "visit_report", stored.id),
        stored.sha256,
        stored.visit_id if stored.visit_id in settles else None,
        stored.visit_id if stored.outcome == "not_met" else None,
        kind,
        msgspec.json.encode(facts).decode(),
    )
    others = [visit_id for visit_id in settles if visit_id != stored.visit_id]
    if put is not None and others:
        await _make_others(others, stored.id)
    return put is not None


async def _make_others(visit_ids: list[UUID], report_id: UUID) -> None:
    await db.execute(
        "UPDATE visit v SET status = 'made', report_id = $2,"
        " closed_reason = CASE WHEN v.status IN ('open', 'made') THEN v.closed_reason ELSE 'late_evidence' END"
        " WHERE v.id = ANY ($1::uuid[]) AND v.status <> 'cancelled'",
        visit_ids,
        report_id,
    )


def seal_confidential(report: Report, table: str, row_id: UUID) -> bytes | None:
    """What only a supervisor reads, sealed for its row."""
    said = confidential_data(report.confidential)
    if said is None:
        return None
    return vault.seal(msgspec.json.encode(said).decode(), f"{table}.confidential_sealed:{row_id}")


def open_confidential(sealed: bytes | None, table: str, row_id: UUID) -> dict[str, Any] | None:
    if sealed is None:
        return None
    said: dict[str, Any] = msgspec.json.decode(vault.open_sealed(sealed, f"{table}.confidential_sealed:{row_id}"))
    return said


async def visit_holding(recipient_id: UUID, moment: datetime) -> tuple[UUID, datetime] | None:
    """The planned visit a contact at that moment belongs to, and when it is due."""
    row = await db.fetch_one(
        f"SELECT v.id, v.due_at FROM visit v WHERE v.recipient_id = $1 AND v.area_id {SEEN} AND v.reason = 'plan'"
        " AND v.status <> 'cancelled' AND v.due_at >= $2 ORDER BY v.due_at LIMIT 1",
        recipient_id,
        moment,
    )
    return (row["id"], row["due_at"]) if row else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """An unresolved alert about somebody not seen; a contact after `since` answers it."""

    subject_id: UUID
    since: datetime | None


async def unanswered(recipient_id: UUID, kinds: Sequence[str]) -> list[Unanswered]:
    """Asked once the visit is locked and stored: what a sweep committed while this one waited is seen."""
    rows = await db.fetch(
        "SELECT subject_id, (facts->>'since')::timestamptz AS since FROM alert WHERE recipient_id = $1"
        " AND kind = ANY ($2::text[]) AND status <> 'resolved' AND subject_id IS NOT NULL",
        recipient_id,
        list(kinds),
    )
    return [Unanswered(subject_id=row["subject_id"], since=row["since"]) for row in rows]


async def add_conflict(
    conflict_id: UUID, held: Held, report_id: UUID, report: Report, sha256: bytes, *, by: UUID, now: datetime
) -> bool:
    """Keep a second content under a report's id; False when it is kept already."""
    return bool(
        await db.execute(
            "INSERT INTO report_conflict (id, report_id, visit_id, recipient_id, area_id, by_account_id, content,"
            " confidential_sealed, sha256, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (report_id, sha256) DO NOTHING",
            conflict_id,
            report_id,
            held.visit.id,
            held.recipient_id,
            held.area_id,
            by,
            msgspec.json.encode(to_content(report)).decode(),
            seal_confidential(report, "report_conflict", conflict_id),
            sha256,
            now,
        )
    )
