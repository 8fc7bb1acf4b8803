"""Reports amended, confirmed or refused after the fact, and conflicting ones decided."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from core import db
from visits.queries.contacts import CONTACT
from visits.queries.reporting import SEEN, STORED, Stored, open_confidential, stored_from
from visits.report import Report, from_content


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How a report stands: what took its place, and what a supervisor said of its lateness."""

    stored: Stored
    amended_by: UUID | None
    accepted: bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredConflict:
    id: UUID
    report_id: UUID
    visit_id: UUID
    area_id: int
    decision: str | None
    report: Report
    sha256: bytes


async def visit_of(report_id: UUID) -> UUID | None:
    """The visit a report is about; None when it is not the caller's to see."""
    found: UUID | None = await db.fetch_value(
        f"SELECT r.visit FROM visit_report r WHERE r.id = $1 AND r.area_id {SEEN}", report_id
    )
    return found


async def hold(visit_id: UUID) -> None:
    """Lock a visit, so that nobody amends, confirms or logs under it meanwhile."""
    await db.execute("SELECT FROM visit WHERE id = $1 FOR NO KEY UPDATE", visit_id)


async def standing_of(report_id: UUID) -> Standing | None:
    """How a report stands now; ask with its visit locked. None when it is not the caller's to see."""
    row = await db.fetch_one(
        f"SELECT {STORED.format('r')}, c.accepted,"
        " (SELECT a.id FROM visit_report a WHERE a.amends_id = r.id) AS amended_by"
        f" FROM visit_report r LEFT JOIN late_confirmation c ON c.report = r.id WHERE r.id = $1 AND r.area_id {SEEN}",
        report_id,
    )
    if row is None:
        return None
    return Standing(stored=stored_from(row), amended_by=row["amended_by"], accepted=row["accepted"])


async def chain_up(report_id: UUID) -> list[UUID]:
    """A report and everything it amends, itself first."""
    rows = await db.fetch(
        "WITH RECURSIVE up AS (SELECT id, amends_id, 0 AS step FROM visit_report WHERE id = $1"
        " UNION ALL SELECT r.id, r.amends_id, up.step + 1 FROM visit_report r JOIN up ON r.id = up.amends_id)"
        " SELECT id FROM up ORDER BY step",
        report_id,
    )
    return [row["id"] for row in rows]


async def last_of_chain(report_id: UUID) -> UUID:
    """The amendment of the amendment …: what is to be amended next."""
    found: UUID = await db.fetch_value(
        "WITH RECURSIVE down AS (SELECT id, 0 AS step FROM visit_report WHERE id = $1"
        " UNION ALL SELECT r.id, down.step + 1 FROM visit_report r JOIN down ON r.amends_id = down.id)"
        " SELECT id FROM down ORDER BY step DESC LIMIT 1",
        report_id,
    )
    return found


async def reopen(report_id: UUID) -> list[tuple[UUID, int, UUID | None]]:
    """Take from a report that no longer counts the visits it still makes.

    Another contact in the window, kept as additional until now, makes the visit instead. Else it is open again, and
    the sweep judges it. Each visit, its area, and the report that makes it now.
    """
    rows = await db.fetch(
        "WITH made AS (SELECT v.id, v.opens_at, v.missed_after FROM visit v WHERE v.report_id = $1"
        "  AND v.status = 'made' ORDER BY v.id FOR NO KEY UPDATE),"
        " instead AS (SELECT made.id, (SELECT c.id FROM visit_report c WHERE c.visit = made.id AND c.id <> $1"
        f"  AND 'additional' = ANY (c.labels) AND c.made_at BETWEEN made.opens_at AND made.missed_after AND {CONTACT}"
        "  ORDER BY c.made_at LIMIT 1) AS report_id FROM made)"
        " UPDATE visit v SET status = CASE WHEN i.report_id IS NULL THEN 'open' ELSE 'made' END,"
        " report_id = i.report_id, reopened_by = $1, closed_reason = NULL, judged_at = NULL"
        " FROM instead i WHERE v.id = i.id RETURNING v.id, v.area_id, v.report_id",
        report_id,
    )
    return [(row["id"], row["area_id"], row["report_id"]) for row in rows]


async def add_late_confirmation(
    confirmation_id: UUID, stored: Stored, *, accepted: bool, reason: str, by: UUID, now: datetime
) -> bool:
    """A supervisor's word on a late report; False when it has one already."""
    return bool(
        await db.execute(
            "INSERT INTO late_confirmation (id, report, area_id, accepted, reason, by_account_id, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (report) DO NOTHING",
            confirmation_id,
            stored.id,
            stored.area_id,
            accepted,
            reason,
            by,
            now,
        )
    )


async def hold_conflict(conflict_id: UUID) -> StoredConflict | None:
    """Lock a conflict; None when it is not the caller's to see."""
    row = await db.fetch_one(
        "SELECT c.id, c.report_id, c.visit_id, c.area_id, c.decision, c.content, c.confidential_sealed, c.sha256"
        f" FROM report_conflict c WHERE c.id = $1 AND c.area_id {SEEN} FOR NO KEY UPDATE",
        conflict_id,
    )
    if row is None:
        return None
    confidential = open_confidential(row["confidential_sealed"], "report_conflict", conflict_id)
    return StoredConflict(
        id=row["id"],
        report_id=row["report_id"],
        visit_id=row["visit_id"],
        area_id=row["area_id"],
        decision=row["decision"],
        report=from_content(msgspec.json.decode(row["content"]), confidential),
        sha256=row["sha256"],
    )


async def save_decision(conflict_id: UUID, decision: str, *, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE report_conflict SET decision = $2, decided_by = $3, decided_at = $4 WHERE id = $1 AND decision IS NULL",
        conflict_id,
        decision,
        by,
        now,
    )
