"""The journal as people read it: the lines of their own areas, latest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.queries.rows import SEEN, plain
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalLine:
    """One line of the journal. `at` is when it happened, `written_at` when the server wrote it down."""

    id: int
    kind: str
    subject_id: UUID | None
    area_id: int | None
    by: UUID | None
    at: datetime
    written_at: datetime
    facts: dict[str, Any]


async def journal_page(
    *,
    area_ids: Collection[int],
    kind: str | None,
    subject_id: UUID | None,
    area_id: int | None,
    after: int | None,
    limit: int,
) -> list[JournalLine]:
    """The journal of the caller's areas, latest first. `kind` may be a whole one or a subject ("alert")."""
    rows = await db.fetch(
        "SELECT j.id, j.kind, j.subject_id, j.area_id, j.by_account_id AS by, j.at, j.written_at, j.facts"
        f" FROM journal j WHERE {SEEN.format('j', '$1')} AND ($2::bigint IS NULL OR j.id < $2)"
        " AND ($3::text IS NULL OR j.kind = $3 OR starts_with(j.kind, $3 || '.'))"
        " AND ($4::uuid IS NULL OR j.subject_id = $4)"
        " AND ($5::int IS NULL OR j.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $5))"
        " ORDER BY j.id DESC LIMIT $6",
        list(area_ids),
        after,
        kind,
        subject_id,
        area_id,
        limit,
    )
    return [JournalLine(**{**row, "facts": plain(row["facts"])}) for row in rows]
