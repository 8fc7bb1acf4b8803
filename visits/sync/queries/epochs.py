"""The server's epochs as stored."""

from datetime import UTC, datetime
from uuid import UUID

from core import db

_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


async def epoch_since() -> datetime:
    """Since when the server's epoch lasts."""
    since = await db.fetch_value("SELECT max(e.since) FROM server_epoch e")
    return since or _BEFORE_ALL


async def add_epoch(epoch_id: UUID, *, reason: str, now: datetime) -> None:
    """Later than the one before it, whatever the clock of a machine just restored says."""
    await db.execute(
        "INSERT INTO server_epoch (id, since, reason)"
        " SELECT $1, greatest($3, max(e.since) + interval '1 second'), $2 FROM server_epoch e",
        epoch_id,
        reason,
        now,
    )
