"""One alert at a time, in the caller's hands: locked, judged by the rules, stored."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from alerts.alert import Alert
from alerts.lifecycle import Acknowledged
from alerts.queries.rows import COLUMNS, HANDLED, SEEN, alert
from core import db


async def lock_alert(alert_id: UUID, *, area_ids: Collection[int]) -> Alert | None:
    """The alert, if it lies within these areas, locked until the transaction ends; a climb under way is waited for."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM alert a WHERE a.id = $1 AND {SEEN.format('a', '$2')} AND {HANDLED} FOR UPDATE OF a",
        alert_id,
        list(area_ids),
    )
    return alert(row) if row else None


async def save_acknowledgement(alert_id: UUID, given: Acknowledged) -> None:
    """Store the acknowledgement in force and when the ladder goes on."""
    await db.execute(
        "UPDATE alert SET status = 'acknowledged', acknowledged_by = $2, acknowledged_at = $3,"
        " acknowledged_until = $4, acknowledged_rank = $5, next_at = $6 WHERE id = $1",
        alert_id,
        given.by,
        given.at,
        given.until,
        given.rank,
        given.next_at,
    )


async def save_return(alert_id: UUID, *, to: UUID, reason: str, by: UUID, next_at: datetime, now: datetime) -> None:
    """Store the one return. The end of an acknowledgement stays: within this firing nobody outlasts it."""
    await db.execute(
        "UPDATE alert SET status = 'open', returned_to = $2, return_reason = $3, returned_by = $4, returned_at = $5,"
        " next_at = $6 WHERE id = $1",
        alert_id,
        to,
        reason,
        by,
        now,
        next_at,
    )


async def save_pause(alert_id: UUID, *, until: datetime, reason: str, by: UUID) -> None:
    """Store a pause; the ladder goes on by itself when it ends."""
    await db.execute(
        "UPDATE alert SET paused_by = $2, paused_until = $3, pause_reason = $4, next_at = $3 WHERE id = $1",
        alert_id,
        by,
        until,
        reason,
    )
