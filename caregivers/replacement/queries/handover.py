"""The handover list as stored: one row an item, corrected in place until everything is handed over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from caregivers.replacement.case import Case
from caregivers.replacement.handover import Item, Recorded
from core import db
from core.ids import new_id


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredItem:
    """An item as it was recorded last."""

    item: Item
    done: bool
    note: str
    settled_until: date | None
    settled_yuan: int | None
    recorded_by: UUID
    recorded_at: datetime


async def save_item(held: Case, recorded: Recorded, *, by: UUID, now: datetime) -> None:
    """Store an item over its own earlier record; the journal keeps both."""
    await db.execute(
        "INSERT INTO handover_item (id, case_id, area_id, item, done, note, settled_until, settled_yuan, recorded_by,"
        " recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (case_id, item) DO UPDATE SET done = excluded.done, note = excluded.note,"
        " settled_until = excluded.settled_until, settled_yuan = excluded.settled_yuan,"
        " recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at",
        new_id(),
        held.id,
        held.area_id,
        recorded.item,
        recorded.done,
        recorded.note.strip(),
        recorded.settled_until,
        recorded.settled_yuan,
        by,
        now,
    )


async def items_of(case_id: UUID) -> list[StoredItem]:
    rows: list[Mapping[str, Any]] = await db.fetch(
        "SELECT item, done, note, settled_until, settled_yuan, recorded_by, recorded_at FROM handover_item"
        " WHERE case_id = $1 ORDER BY recorded_at, item",
        case_id,
    )
    return [StoredItem(**row) for row in rows]
