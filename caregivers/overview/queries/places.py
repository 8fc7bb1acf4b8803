"""The names of places, as people say them."""

from collections.abc import Collection

from core import db


async def village_names(area_ids: Collection[int]) -> dict[int, str]:
    """Township and village in one for a village, the bare name for a larger area."""
    rows = await db.fetch(
        "SELECT v.id, CASE WHEN v.level = 12 THEN coalesce(t.name, '') ELSE '' END || v.name AS name"
        " FROM area v LEFT JOIN area t ON t.id = v.parent WHERE v.id = ANY ($1::int[])",
        list(area_ids),
    )
    return {row["id"]: row["name"] for row in rows}
