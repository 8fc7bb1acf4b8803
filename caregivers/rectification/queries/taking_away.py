"""What rests on a source: its hazards, their orders, and the failures of those."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from caregivers.rectification.hazards import Hazard
from core import db


async def hazards_from(source: str, source_ids: Collection[UUID]) -> list[UUID]:
    """Hazards of these sources that still count."""
    rows = await db.fetch(
        "SELECT id FROM hazard WHERE source = $1 AND source_id = ANY ($2::uuid[]) AND status IN ('open', 'removed')"
        " ORDER BY id",
        source,
        list(source_ids),
    )
    return [row["id"] for row in rows]


async def orders_about(hazard_ids: Collection[UUID]) -> list[UUID]:
    """The orders that name one of these in an item not withdrawn."""
    rows = await db.fetch(
        "SELECT DISTINCT order_id FROM order_item WHERE hazard_id = ANY ($1::uuid[]) AND status <> 'withdrawn'"
        " ORDER BY order_id",
        list(hazard_ids),
    )
    return [row["order_id"] for row in rows]


async def take_hazards(hazard_ids: Collection[UUID], *, reason: str, by: UUID | None, now: datetime) -> list[Hazard]:
    """Withdraw these hazards, also those removed meanwhile; the ones withdrawn."""
    rows = await db.fetch(
        "UPDATE hazard h SET status = 'withdrawn', closed_at = $2, closed_by = $3, close_reason = $4, attend_by = NULL"
        " FROM (SELECT id FROM hazard WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE) held"
        " WHERE h.id = held.id AND h.status IN ('open', 'removed')"
        " RETURNING h.id, h.recipient_id, h.agreement_id, h.caregiver_id, h.area_id, h.district_id, h.severity,"
        " h.status",
        list(hazard_ids),
        now,
        by,
        reason,
    )
    return [Hazard(**row) for row in rows]
