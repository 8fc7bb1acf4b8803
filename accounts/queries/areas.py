"""Areas as stored: looked up by id and code, their way up, and what lies within them."""

from collections.abc import Collection
from datetime import date
from typing import Any

from accounts.areas import Area, chain
from core import db

_COLUMNS = "a.id, a.code, a.name, a.parent, a.valid_from, a.valid_to, a.successor_id"


def _area(row: Any) -> Area:
    return Area(
        id=row["id"],
        code=row["code"],
        name=row["name"],
        parent_id=row["parent"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
        successor_id=row["successor_id"],
    )


async def all_areas() -> dict[int, Area]:
    """Every area ever stored, by id."""
    return {row["id"]: _area(row) for row in await db.fetch(f"SELECT {_COLUMNS} FROM area a")}


async def areas_by_id(area_ids: Collection[int]) -> dict[int, Area]:
    """These areas, wherever they lie; unknown ids are left out."""
    rows = await db.fetch(f"SELECT {_COLUMNS} FROM area a WHERE a.id = ANY ($1::int[])", list(area_ids))
    return {row["id"]: _area(row) for row in rows}


async def areas_above(area_ids: Collection[int]) -> dict[int, Area]:
    """These areas and everything they lie within, successors and their ancestors included."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM area a WHERE a.id IN"
        " (SELECT w.ancestor_id FROM area_within w WHERE w.area_id = ANY ($1::int[]))",
        list(area_ids),
    )
    return {row["id"]: _area(row) for row in rows}


async def chain_of(area_id: int, on: date) -> tuple[Area, ...]:
    """The way up from an area on a day, itself first; empty when there is no such area."""
    areas = await areas_above([area_id])
    return chain(area_id, areas, on=on) if area_id in areas else ()


async def area_by_code(code: str, on: date) -> Area | None:
    """Who bears a code on a day. Area codes are public: this looks beyond the caller's areas (see `seen_areas`)."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM area a WHERE a.code = $1 AND a.valid_from <= $2"
        " AND (a.valid_to IS NULL OR a.valid_to > $2) ORDER BY a.valid_from DESC LIMIT 1",
        code,
        on,
    )
    return _area(row) if row else None


async def areas_within(ancestor_ids: Collection[int]) -> dict[int, Area]:
    """Everything within these areas, themselves included, ended ones too, by id in the order of their codes."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM area a WHERE a.id IN"
        " (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY ($1::int[])) ORDER BY a.code, a.valid_from",
        list(ancestor_ids),
    )
    return {row["id"]: _area(row) for row in rows}


async def seen_areas(area_ids: Collection[int]) -> frozenset[int]:
    """Which of these areas lie within the caller's."""
    rows = await db.fetch(
        "SELECT DISTINCT area_id FROM area_within"
        " WHERE area_id = ANY ($1::int[]) AND ancestor_id = ANY (visible_areas())",
        list(area_ids),
    )
    return frozenset(row["area_id"] for row in rows)


async def lock_district(district_id: int) -> None:
    """One after the other in a district, for what must see what the one before has done: who is last, what is next."""
    await db.execute("SELECT FROM area WHERE id = $1 FOR NO KEY UPDATE", district_id)


async def district_ids(area_ids: Collection[int]) -> dict[int, int]:
    """The county-level area of each of these areas; areas above counties are left out."""
    rows = await db.fetch(
        "SELECT id, district_id FROM area WHERE id = ANY ($1::int[]) AND district_id IS NOT NULL", list(area_ids)
    )
    return {row["id"]: row["district_id"] for row in rows}
