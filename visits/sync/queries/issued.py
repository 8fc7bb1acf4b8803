"""What went out to whose phone: who was given a visit may report on it for ever, wherever it has gone since."""

from collections.abc import Collection
from uuid import UUID

from core import db


async def areas_issued(visit_ids: Collection[UUID]) -> dict[UUID, int]:
    """The area of each of these visits that once went out to the caller's phone, also where they no longer see it."""
    rows = await db.fetch("SELECT * FROM areas_issued($1::uuid[])", list(visit_ids))
    return {row["visit_id"]: row["area_id"] for row in rows}
