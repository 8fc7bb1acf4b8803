"""Links as stored: a hash of the token, never the token."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db

_COLUMNS = "id, lane_id, issued_by, issued_at, expires_at, revoked_at, last_used_at"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A watcher's personal link."""

    id: UUID
    lane_id: UUID
    issued_by: UUID
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


async def links_of(lane_id: UUID) -> list[Link]:
    """Every link ever issued for a lane, the latest first."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM watch_link WHERE lane_id = $1 ORDER BY issued_at DESC, id", lane_id)
    return [Link(**row) for row in rows]


async def add_link(link: Link, *, area_id: int, token_hash: bytes) -> None:
    await db.execute(
        "INSERT INTO watch_link (id, lane_id, area_id, token_hash, issued_by, issued_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        link.id,
        link.lane_id,
        area_id,
        token_hash,
        link.issued_by,
        link.issued_at,
        link.expires_at,
    )


async def revoke_link(link_id: UUID, lane_id: UUID, *, by: UUID, now: datetime) -> bool:
    """Whether the lane has such a link; taken back twice, the first time stays."""
    found = await db.execute(
        "UPDATE watch_link SET revoked_by = coalesce(revoked_by, $3), revoked_at = coalesce(revoked_at, $4)"
        " WHERE id = $1 AND lane_id = $2",
        link_id,
        lane_id,
        by,
        now,
    )
    return bool(found)


async def revoke_links(lane_id: UUID, *, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE watch_link SET revoked_by = $2, revoked_at = $3 WHERE lane_id = $1 AND revoked_at IS NULL",
        lane_id,
        by,
        now,
    )
