"""The journal: what happened to what, by whom, when. Written in the same transaction as the change, never altered.

Entries are named `subject.past` ("visit.missed") and hold ids, dates and words, never a name, number or address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of history. `facts` must be plain JSON data without personal content."""

    kind: str
    subject_id: UUID | None
    area_id: int | None
    by: UUID | None
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)


async def write(
    kind: str,
    *,
    subject_id: UUID | None,
    area_id: int | None,
    by: UUID | None,
    at: datetime,
    facts: dict[str, Any] | None = None,
) -> None:
    """Append one entry to the journal of the transaction under way. `by` is None for the clock."""
    await write_all([Entry(kind=kind, subject_id=subject_id, area_id=area_id, by=by, at=at, facts=facts or {})])


async def write_all(entries: Sequence[Entry]) -> None:
    """Append many entries in one statement."""
    if not entries:
        return
    await db.execute(
        "INSERT INTO journal (kind, subject_id, area_id, by_account_id, at, facts)"
        " SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[], $4::uuid[], $5::timestamptz[], $6::jsonb[])",
        [entry.kind for entry in entries],
        [entry.subject_id for entry in entries],
        [entry.area_id for entry in entries],
        [entry.by for entry in entries],
        [entry.at for entry in entries],
        [msgspec.json.encode(entry.facts).decode() for entry in entries],
    )
