"""The inbox: what somebody was told, latest first, and whether they have read it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.queries.rows import AREA, plain
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxNotice:
    """A message in somebody's inbox, with the alert it is about as that stands now."""

    id: UUID
    kind: str
    severity: str
    urgent: bool
    alert_id: UUID | None
    alert_status: str | None
    recipient_id: UUID | None
    rung: int | None
    covering_for: UUID | None
    area: str
    facts: dict[str, Any]
    owed_at: datetime
    read_at: datetime | None


async def inbox(
    account_id: UUID, *, unread: bool, after: tuple[datetime, UUID] | None, limit: int
) -> list[InboxNotice]:
    """The caller's own inbox, latest first, after (owed_at, id)."""
    rows = await db.fetch(
        f"SELECT n.id, n.kind, n.severity, n.urgent, n.alert_id, a.status AS alert_status, a.recipient_id, n.rung,"
        f" n.covering_for, {AREA}, n.facts, n.owed_at, n.read_at FROM notice n"
        " LEFT JOIN alert a ON a.id = n.alert_id LEFT JOIN area village ON village.id = n.area_id"
        " LEFT JOIN area township ON township.id = village.parent"
        " WHERE n.account_id = $1 AND n.channel = 'inbox' AND (NOT $2 OR n.read_at IS NULL)"
        " AND ($3::timestamptz IS NULL OR (n.owed_at, n.id) < ($3, $4::uuid))"
        " ORDER BY n.owed_at DESC, n.id DESC LIMIT $5",
        account_id,
        unread,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [InboxNotice(**{**row, "facts": plain(row["facts"])}) for row in rows]


async def mark_read(notice_id: UUID, *, account_id: UUID, now: datetime) -> datetime | None:
    """When the caller first read one of their own inbox messages; None when it is not theirs."""
    found: datetime | None = await db.fetch_value(
        "UPDATE notice SET read_at = coalesce(read_at, $3) WHERE id = $1 AND account_id = $2 AND channel = 'inbox'"
        " RETURNING read_at",
        notice_id,
        account_id,
        now,
    )
    return found
