"""Standing as stored, and the history of its changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db
from recipients.queries.register import SEEN
from recipients.standing import Change, Standing

_COLUMNS = (
    "c.id, c.recipient, c.area_id, c.from_standing, c.standing, c.happened_on, c.reason, c.proposed_by, c.proposed_at,"
    " c.confirmed_by, c.confirmed_at, c.rejected_by, c.rejected_at, c.undone_by, c.undone_at, c.undo_reason"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredChange:
    id: UUID
    recipient_id: UUID
    area_id: int
    change: Change


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A recipient whose standing nobody else can change until the transaction ends."""

    recipient_id: UUID
    area_id: int
    standing: Standing


async def hold_standing(recipient_id: UUID) -> Held | None:
    """Lock a recipient for a change of standing; None when there is none in the caller's areas."""
    row = await db.fetch_one(
        f"SELECT id, area_id, standing FROM recipient WHERE id = $1 AND {SEEN} FOR NO KEY UPDATE",
        recipient_id,
    )
    return Held(recipient_id=row["id"], area_id=row["area_id"], standing=row["standing"]) if row else None


async def pending_change(recipient_id: UUID) -> Change | None:
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM standing_change c"
        " WHERE c.recipient = $1 AND c.confirmed_at IS NULL AND c.rejected_at IS NULL",
        recipient_id,
    )
    return _stored(row).change if row else None


async def recipient_of_change(change_id: UUID) -> UUID | None:
    found: UUID | None = await db.fetch_value("SELECT recipient FROM standing_change WHERE id = $1", change_id)
    return found


async def change(change_id: UUID) -> StoredChange:
    """The change as it is now. Hold its recipient first, so that it stays so."""
    return _stored(await db.fetch_one(f"SELECT {_COLUMNS} FROM standing_change c WHERE c.id = $1", change_id))


async def changes_of(recipient_id: UUID) -> list[StoredChange]:
    """The history of one recipient's standing, newest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM standing_change c WHERE c.recipient = $1 ORDER BY c.proposed_at DESC, c.id DESC",
        recipient_id,
    )
    return [_stored(row) for row in rows]


async def pending_changes(*, after: UUID | None, limit: int) -> list[StoredChange]:
    """What waits for a second person in the caller's areas, oldest first."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM standing_change c WHERE c.confirmed_at IS NULL AND c.rejected_at IS NULL"
        f" AND c.{SEEN} AND c.id > $1 ORDER BY c.id LIMIT $2",
        after or UUID(int=0),
        limit,
    )
    return [_stored(row) for row in rows]


async def add_change(stored: StoredChange) -> None:
    one = stored.change
    await db.execute(
        "INSERT INTO standing_change (id, recipient, area_id, from_standing, standing, happened_on, reason,"
        " proposed_by, proposed_at, confirmed_by, confirmed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        stored.id,
        stored.recipient_id,
        stored.area_id,
        one.before,
        one.after,
        one.happened_on,
        one.reason,
        one.proposed_by,
        one.proposed_at,
        one.confirmed_by,
        one.confirmed_at,
    )


async def save_change(change_id: UUID, was: Change, now: Change) -> bool:
    """Write what became of a change, if it is still as it was judged."""
    return bool(
        await db.execute(
            "UPDATE standing_change SET confirmed_by = $2, confirmed_at = $3, rejected_by = $4, rejected_at = $5,"
            " undone_by = $6, undone_at = $7, undo_reason = $8 WHERE id = $1 AND confirmed_at IS NOT DISTINCT FROM $9"
            " AND rejected_at IS NOT DISTINCT FROM $10 AND undone_at IS NOT DISTINCT FROM $11",
            change_id,
            now.confirmed_by,
            now.confirmed_at,
            now.rejected_by,
            now.rejected_at,
            now.undone_by,
            now.undone_at,
            now.undo_reason,
            was.confirmed_at,
            was.rejected_at,
            was.undone_at,
        )
    )


async def save_standing(recipient_id: UUID, *, was: Standing, standing: Standing, at: datetime) -> int | None:
    """Change the standing, if it is still the one that was judged: the recipient's new version, or None."""
    version: int | None = await db.fetch_value(
        "UPDATE recipient SET standing = $3, version = version + 1, changed_at = $4"
        " WHERE id = $1 AND standing = $2 RETURNING version",
        recipient_id,
        was,
        standing,
        at,
    )
    return version


def _stored(row: Mapping[str, Any]) -> StoredChange:
    change = Change(
        before=row["from_standing"],
        after=row["standing"],
        **{
            name: row[name]
            for name in (
                "happened_on",
                "reason",
                "proposed_by",
                "proposed_at",
                "confirmed_by",
                "confirmed_at",
                "rejected_by",
                "rejected_at",
                "undone_by",
                "undone_at",
                "undo_reason",
            )
        },
    )
    return StoredChange(id=row["id"], recipient_id=row["recipient"], area_id=row["area_id"], change=change)
