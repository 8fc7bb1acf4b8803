"""Writing down a concern: one INSERT that gives nothing back, because whoever writes it may not read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db, vault


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """A concern to store. `source_id` names what it came with: a report, or its sender's id and words."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    source: str
    source_id: UUID
    content: str
    by: UUID
    made_at: datetime
    logged_at: datetime


def place_of(concern_id: UUID) -> str:
    return f"abuse_concern.content_sealed:{concern_id}"


async def add_concern(new: Noted) -> None:
    """The same one again changes nothing. Without a conflict target: naming it would ask for the right to read."""
    await db.execute(
        "INSERT INTO abuse_concern (id, recipient_id, area_id, district_id, source, source_id, by_account_id,"
        " content_sealed, made_at, logged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        new.id,
        new.recipient_id,
        new.area_id,
        new.district_id,
        new.source,
        new.source_id,
        new.by,
        vault.seal(new.content, place_of(new.id)),
        new.made_at,
        new.logged_at,
    )
