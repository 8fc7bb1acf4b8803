"""The register as written: looked up by the blind index of the ID number, locked, added to, changed if unchanged."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core import db
from recipients.matching import Known
from recipients.queries.rows import COLUMNS, READ, Registered, registered
from recipients.villages import Village

SEEN = "area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas()))"
"""Row-level security says it too; said here, the planner starts from the caller's areas."""


class NumberTaken(Exception):
    """The unique index of ID numbers has refused a row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A village somebody can be registered in."""

    area_id: int
    district_id: int
    village: Village


async def hold_person(recipient_id: UUID) -> Registered | None:
    """Lock a recipient until the transaction ends; None when there is none in the caller's areas."""
    row = await db.fetch_one(f"SELECT {READ} FROM recipient WHERE id = $1 AND {SEEN} FOR NO KEY UPDATE", recipient_id)
    return registered(row) if row else None


async def hold_known(indexes: Collection[bytes], *, within: int) -> dict[bytes, Registered]:
    """Lock those within an area who bear one of these ID numbers, by its index."""
    rows = await db.fetch(
        f"SELECT id_index, {READ} FROM recipient WHERE id_index = ANY ($1::bytea[])"
        " AND area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $2)"
        f" AND {SEEN} ORDER BY id FOR NO KEY UPDATE",
        list(indexes),
        within,
    )
    return await asyncio.to_thread(lambda: {row["id_index"]: registered(row) for row in rows})


async def hold_unnumbered(area_id: int) -> dict[tuple[int, str], list[Registered]]:
    """Lock those within an area whose ID number is still to be confirmed, by village and name."""
    found: dict[tuple[int, str], list[Registered]] = defaultdict(list)
    rows = await db.fetch(
        f"SELECT {READ} FROM recipient WHERE id_index IS NULL"
        " AND area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $1)"
        f" AND {SEEN} ORDER BY id FOR NO KEY UPDATE",
        area_id,
    )
    for row in rows:
        found[row["area_id"], row["name"]].append(registered(row))
    return found


async def known_within(indexes: Collection[bytes], *, within: int) -> dict[bytes, Known]:
    """Who bears these ID numbers within an area of the caller's, by index."""
    rows = await db.fetch(
        "SELECT id_index, id, name FROM recipient WHERE id_index = ANY ($1::bytea[])"
        f" AND area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $2) AND {SEEN}",
        list(indexes),
        within,
    )
    return {row["id_index"]: Known(id=row["id"], name=row["name"]) for row in rows}


async def unnumbered_within(area_id: int) -> dict[tuple[int, str], list[UUID]]:
    """Those within an area of the caller's whose ID number is still to be confirmed, by village and name."""
    found: dict[tuple[int, str], list[UUID]] = defaultdict(list)
    rows = await db.fetch(
        "SELECT area_id, name, id FROM recipient WHERE id_index IS NULL"
        f" AND area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $1) AND {SEEN}",
        area_id,
    )
    for row in rows:
        found[row["area_id"], row["name"]].append(row["id"])
    return found


async def district_of(area_id: int) -> int | None:
    """The county-level area of one of the caller's areas; None for any other, and above counties."""
    found: int | None = await db.fetch_value(
        "SELECT district_id FROM area WHERE id = $1"
        " AND id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas()))",
        area_id,
    )
    return found


async def known_here(index: bytes) -> Registered | None:
    """Who bears this ID number in the caller's areas."""
    row = await db.fetch_one(f"SELECT {READ} FROM recipient WHERE id_index = $1 AND {SEEN}", index)
    return registered(row) if row else None


async def known_anywhere(indexes: Collection[bytes]) -> set[bytes]:
    """Which of these ID numbers are on a register in any place at all. Nothing more is told of them."""
    rows = await db.fetch("SELECT recipient_known($1::bytea[]) AS id_index", list(indexes))
    return {row["id_index"] for row in rows}


async def add_people(rows: Sequence[Mapping[str, Any]], *, by: UUID) -> set[UUID]:
    """Insert people; the ids of those now on the register. Left out: whose ID number was registered meanwhile."""
    names = list(COLUMNS)
    values = ", ".join(form.format(f"t.{name}") for name, (_, form) in COLUMNS.items())
    found = await db.fetch(
        f"INSERT INTO recipient ({', '.join(names)}, district_id, created_at, created_by)"
        f" SELECT {values}, a.district_id, t.changed_at, ${len(names) + 1}"
        f" FROM unnest({_parameters()}) AS t({', '.join(names)}) JOIN area a ON a.id = t.area_id"
        " ORDER BY t.id_index ON CONFLICT (id_index) WHERE id_index IS NOT NULL DO NOTHING RETURNING id",
        *([row[name] for row in rows] for name in names),
        by,
    )
    return {row["id"] for row in found}


async def save_people(rows: Sequence[Mapping[str, Any]], versions: Sequence[int]) -> dict[UUID, int]:
    """Write people as they are now, each if still of its version; the new versions of those written.

    `NumberTaken` where somebody else bears an ID number already; the transaction is lost with it.
    """
    names = list(COLUMNS)
    changes = ", ".join(f"{name} = {form.format(f't.{name}')}" for name, (_, form) in COLUMNS.items() if name != "id")
    writing = db.fetch(
        f"UPDATE recipient r SET {changes}, district_id = a.district_id, version = r.version + 1"
        f" FROM unnest({_parameters()}, ${len(names) + 1}::int4[]) AS t({', '.join(names)}, was)"
        " JOIN area a ON a.id = t.area_id WHERE r.id = t.id AND r.version = t.was RETURNING r.id, r.version",
        *([row[name] for row in rows] for name in names),
        list(versions),
    )
    try:
        return {row["id"]: row["version"] for row in await writing}
    except asyncpg.UniqueViolationError:
        raise NumberTaken from None


def _parameters() -> str:
    return ", ".join(f"${place}::{kind}[]" for place, (kind, _) in enumerate(COLUMNS.values(), start=1))


async def changed_since(recipient_id: UUID, version: int) -> list[str]:
    """Names of the fields changed after a version, as the journal has them."""
    rows = await db.fetch(
        "SELECT facts FROM journal WHERE subject_id = $1 AND (facts->>'version')::int > $2 ORDER BY id",
        recipient_id,
        version,
    )
    told = [msgspec.json.decode(row["facts"]).get("fields", []) for row in rows]
    return list(dict.fromkeys(name for names in told for name in names))


async def place_of(area_id: int, on: date) -> Place | None:
    """A village of the caller's areas, valid on a day; None for any other area."""
    return next((one for one in (await _places("a.id = $1", area_id, on)) if one.area_id == area_id), None)


async def places_within(area_id: int, on: date) -> dict[str, Place]:
    """The villages of an area of the caller's that are valid on a day, by code."""
    inside = "a.id IN (SELECT area_id FROM area_within WHERE ancestor_id = $1)"
    return {one.village.code: one for one in await _places(inside, area_id, on)}


async def _places(condition: str, area_id: int, on: date) -> list[Place]:
    rows = await db.fetch(
        "SELECT a.id, a.district_id, a.code, a.name, coalesce(t.name, '') AS township FROM area a"
        f" LEFT JOIN area t ON t.id = a.parent WHERE {condition} AND a.level = 12"
        " AND a.valid_from <= $2 AND (a.valid_to IS NULL OR a.valid_to > $2)"
        " AND a.id IN (SELECT area_id FROM area_within WHERE ancestor_id = ANY (visible_areas())) ORDER BY a.code",
        area_id,
        on,
    )
    return [
        Place(
            area_id=row["id"],
            district_id=row["district_id"],
            village=Village(code=row["code"], name=row["name"], township=row["township"]),
        )
        for row in rows
    ]
