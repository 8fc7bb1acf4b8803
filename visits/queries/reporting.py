"""Reports as they are stored: one write for as many as there are, with what each of them makes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from core import db, vault
from visits.lifecycle import Around, Visit
from visits.report import Confidential, Report, confidential_data, to_content

_ENCODER = msgspec.json.Encoder()

SEEN = "IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY (visible_areas()))"
"""That an area lies within the caller's: said here besides row-level security."""


# Structs where others are dataclasses: a push makes hundreds of them, and a frozen dataclass takes ten times as long.


class Stored(msgspec.Struct, frozen=True, kw_only=True):
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


class Held(msgspec.Struct, frozen=True, kw_only=True):
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


# Nothing here depends on a parameter so much that the server would plan it anew each time. What the content says is
# read from it there: each further array costs the sender more than that.
_ADD = """
    WITH put AS (
        INSERT INTO visit_report (id, visit, recipient_id, area_id, outcome, by_account_id, device_id, on_paper_by,
            method, identified_by, made_at, logged_at, labels, visit_status, amends_id, content, confidential_sealed,
            sha256)
        SELECT id, visit, recipient_id, area_id, content ->> 'outcome', $1, $2, content ->> 'on_paper_by',
            content ->> 'method', content ->> 'identified_by', made_at, $3, string_to_array(labels, ','), visit_status,
            amends_id, content, confidential_sealed, sha256
        FROM unnest($4::uuid[], $5::uuid[], $6::uuid[], $7::int[], $8::timestamptz[], $9::text[], $10::text[],
            $11::uuid[], $12::jsonb[], $13::bytea[], $14::bytea[])
            AS one (id, visit, recipient_id, area_id, made_at, labels, visit_status, amends_id, content,
                confidential_sealed, sha256)
        ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING id, visit, area_id, outcome, made_at
    ), made AS (
        UPDATE visit v SET status = 'made', report_id = put.id,
            closed_reason = CASE WHEN v.status IN ('open', 'made') THEN v.closed_reason ELSE 'late_evidence' END
        FROM unnest($15::uuid[], $16::uuid[]) AS settled (visit_id, report_id) JOIN put ON put.id = settled.report_id
        WHERE v.id = settled.visit_id AND v.status <> 'cancelled'
    ), knocked AS (
        UPDATE visit v SET not_met_at = greatest(v.not_met_at, put.made_at) FROM put
        WHERE put.outcome = 'not_met' AND v.id = put.visit
    ), told AS (
        INSERT INTO journal (kind, subject_id, area_id, by_account_id, at, facts)
        SELECT line.kind, line.visit_id, put.area_id, $1, $3, line.facts
        FROM unnest($17::uuid[], $18::text[], $19::uuid[], $20::jsonb[]) WITH ORDINALITY
            AS line (report_id, kind, visit_id, facts, number) JOIN put ON put.id = line.report_id
        ORDER BY line.number
    )
    SELECT id FROM put
"""


class Line(NamedTuple):
    """A line of the journal about a report, under a visit it is about or makes."""

    kind: str
    visit_id: UUID
    facts: Mapping[str, Any]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A report judged and not yet stored: the visits it makes, and its lines of the journal.

    `content` is as it was sent; `stored.made_at` is the moment it was judged as of.
    """

    stored: Stored
    content: Mapping[str, Any]
    confidential: Confidential | None
    settles: Collection[UUID]
    lines: Sequence[Line]


async def add_reports(taken: Sequence[Taken], *, by: UUID, device_id: UUID | None, now: datetime) -> set[UUID]:
    """Store reports in one statement, each with the visits it makes and its lines of the journal; the ids stored.

    Of a report whose id exists nothing is done.
    """
    stored = [one.stored for one in taken]
    settled = [(visit_id, one.stored.id) for one in taken for visit_id in one.settles]
    lines = [(one.stored.id, line) for one in taken for line in one.lines]
    put = await db.fetch(
        _ADD,
        by,
        device_id,
        now,
        [one.id for one in stored],
        [one.visit_id for one in stored],
        [one.recipient_id for one in stored],
        [one.area_id for one in stored],
        [one.made_at for one in stored],
        [",".join(one.labels) for one in stored],
        [one.visit_status for one in stored],
        [one.amends_id for one in stored],
        [_json(one.content) for one in taken],
        [seal_confidential(one.confidential, "visit_report", one.stored.id) for one in taken],
        [one.sha256 for one in stored],
        [visit_id for visit_id, _ in settled],
        [report_id for _, report_id in settled],
        [report_id for report_id, _ in lines],
        [line.kind for _, line in lines],
        [line.visit_id for _, line in lines],
        [_json(line.facts) for _, line in lines],
    )
    return {row["id"] for row in put}


def _json(content: Any) -> str:
    return _ENCODER.encode(content).decode()


def seal_confidential(confidential: Confidential | None, table: str, row_id: UUID) -> bytes | None:
    """What only a supervisor reads, sealed for its row."""
    said = confidential_data(confidential)
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
            _json(to_content(report)),
            seal_confidential(report.confidential, "report_conflict", conflict_id),
            sha256,
            now,
        )
    )
