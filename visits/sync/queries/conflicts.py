"""Two contents under one id: where a human must decide, and both of them opened."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db, vault
from visits.queries.reporting import SEEN
from visits.sync.clock import PhoneClock
from visits.sync.queries.inbox import clock_of, place


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a subject is, and whom it is about."""

    area_id: int
    recipient_id: UUID | None


async def place_of(subject_id: UUID | None) -> Place | None:
    """Of whatever an item can be about, as far as the caller sees it."""
    row = await db.fetch_one(_PLACE, subject_id) if subject_id else None
    return Place(**row) if row else None


_ABOUT = {
    "visit": "recipient_id",
    "visit_report": "recipient_id",
    "recipient": "id",
    "rectification_order": "recipient_id",
    "verification": "NULL::uuid",
    "agreement": "recipient_id",
    "lane": "NULL::uuid",
}
_PLACE = (
    " UNION ALL ".join(
        f"SELECT area_id, {recipient} AS recipient_id FROM {table} WHERE id = $1" for table, recipient in _ABOUT.items()
    )
    + " LIMIT 1"
)


async def put_in_area(client_id: UUID, area_id: int, account_id: UUID) -> None:
    """Show every content under a client id to those who answer for an area."""
    await db.execute(
        "UPDATE inbox_item SET area_id = $2 WHERE client_id = $1 AND account_id = $3", client_id, area_id, account_id
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """What was sent, opened, and by which clock it was received."""

    raw: bytes
    clock: PhoneClock
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemConflict:
    """A second content beside the first. `id` is the second's row."""

    id: UUID
    client_id: UUID
    kind: str
    account_id: UUID
    area_id: int
    decision: str | None
    decided_at: datetime | None
    first: Content
    other: Content


async def conflicts_page(*, decided: bool, after: tuple[datetime, UUID] | None, limit: int) -> list[ItemConflict]:
    """Those of the caller's areas, the first received first."""
    rows = await db.fetch(
        f"{_BOTH} AND (o.decided_at IS NOT NULL) = $1"
        " AND ($2::timestamptz IS NULL OR (o.received_at, o.id) > ($2, $3::uuid))"
        " ORDER BY o.received_at, o.id LIMIT $4",
        decided,
        *(after or (None, None)),
        limit,
    )
    return [_conflict(row) for row in rows]


async def conflict(conflict_id: UUID) -> ItemConflict | None:
    """One of the caller's areas."""
    row = await db.fetch_one(f"{_BOTH} AND o.id = $1", conflict_id)
    return _conflict(row) if row else None


async def decide(conflict_id: UUID, decision: str, *, by: UUID, now: datetime) -> bool:
    """Note what was decided; False where somebody was faster."""
    return bool(
        await db.execute(
            "UPDATE inbox_item SET decision = $2, decided_by = $3, decided_at = $4"
            " WHERE id = $1 AND decided_at IS NULL",
            conflict_id,
            decision,
            by,
            now,
        )
    )


_BOTH = f"""
    SELECT o.id, o.client_id, o.kind, o.account_id, o.area_id, o.decision, o.decided_at,
        o.payload_sealed AS o_sealed, o.received_at AS o_received_at, o.offset_ms AS o_offset,
        o.offset_error_ms AS o_error, f.id AS f_id, f.payload_sealed AS f_sealed, f.received_at AS f_received_at,
        f.offset_ms AS f_offset, f.offset_error_ms AS f_error
    FROM inbox_item o JOIN inbox_item f ON f.client_id = o.client_id AND f.first
    WHERE o.status = 'conflict' AND NOT o.first AND o.area_id {SEEN}
"""


def _conflict(row: Any) -> ItemConflict:
    return ItemConflict(
        id=row["id"],
        client_id=row["client_id"],
        kind=row["kind"],
        account_id=row["account_id"],
        area_id=row["area_id"],
        decision=row["decision"],
        decided_at=row["decided_at"],
        first=_content(row, "f", row["f_id"]),
        other=_content(row, "o", row["id"]),
    )


def _content(row: Any, which: str, row_id: UUID) -> Content:
    received_at = row[f"{which}_received_at"]
    return Content(
        raw=vault.open_bytes(row[f"{which}_sealed"], place(row_id)),
        clock=clock_of(row[f"{which}_offset"], row[f"{which}_error"], received_at),
        received_at=received_at,
    )
