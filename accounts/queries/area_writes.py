"""Storing the rows of an area file, the closure that follows from them, and who goes on in the successors."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from accounts.area_file import AreaKey, AreaRow
from accounts.areas import level_of
from core import db
from core.ids import new_id


async def lock_areas() -> None:
    """One import after the other: each reads the tree as the one before has left it."""
    await db.execute("LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE")


async def save_area_rows(rows: Sequence[AreaRow]) -> dict[AreaKey, int]:
    """Add new areas and restate known ones, parents and successors left out; the id of each."""
    saved = await db.fetch(
        "INSERT INTO area (code, name, level, valid_from, valid_to)"
        " SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::date[], $5::date[])"
        " ON CONFLICT (code, valid_from) DO UPDATE SET name = excluded.name, valid_to = excluded.valid_to"
        " RETURNING id, code, valid_from",
        [row.key.code for row in rows],
        [row.name for row in rows],
        [int(level_of(row.key.code)) for row in rows],
        [row.key.valid_from for row in rows],
        [row.valid_to for row in rows],
    )
    return {AreaKey(row["code"], row["valid_from"]): row["id"] for row in saved}


async def save_links(links: Mapping[int, tuple[int | None, int | None]]) -> None:
    """Store (parent, successor) of each area."""
    await db.execute(
        "UPDATE area SET parent = n.parent, successor_id = n.successor"
        " FROM unnest($1::int[], $2::int[], $3::int[]) AS n (id, parent, successor) WHERE area.id = n.id",
        list(links),
        [parent for parent, _ in links.values()],
        [successor for _, successor in links.values()],
    )


async def save_districts(districts: Mapping[int, int | None]) -> None:
    """Store the county-level area of each area, where it is another than before."""
    await db.execute(
        "UPDATE area SET district_id = n.district FROM unnest($1::int[], $2::int[]) AS n (id, district)"
        " WHERE area.id = n.id AND area.district_id IS DISTINCT FROM n.district",
        list(districts),
        list(districts.values()),
    )


async def save_closure(pairs: Collection[tuple[int, int]]) -> None:
    """Make the closure exactly these (ancestor, area) pairs."""
    ancestors, areas = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    await db.execute(
        "DELETE FROM area_within w WHERE NOT EXISTS (SELECT FROM unnest($1::int[], $2::int[]) AS n (ancestor, area)"
        " WHERE n.ancestor = w.ancestor_id AND n.area = w.area_id)",
        ancestors,
        areas,
    )
    await db.execute(
        "INSERT INTO area_within (ancestor_id, area_id) SELECT * FROM unnest($1::int[], $2::int[])"
        " ON CONFLICT (ancestor_id, area_id) DO NOTHING",
        ancestors,
        areas,
    )


async def carry_accounts(successors: Mapping[int, int]) -> int:
    """Who serves an area that ended serves its successor, too; the old one stays theirs. How many were carried."""
    served = await db.fetch(
        "SELECT r.account, r.area FROM account_area r JOIN account a ON a.id = r.account AND a.status = 'active'"
        " WHERE r.area = ANY ($1::int[])",
        list(successors),
    )
    return await db.execute(
        "INSERT INTO account_area (id, account, area) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[])"
        " ON CONFLICT (account, area) DO NOTHING",
        [new_id() for _ in served],
        [row["account"] for row in served],
        [successors[row["area"]] for row in served],
    )


async def carry_duties(successors: Mapping[int, int], starting: Mapping[int, datetime], *, by: UUID | None) -> int:
    """The duties held on areas that end go on in their successors from the day of the handover; how many.

    Without this nobody would answer for those entered under the new codes of New Year's Day.
    """
    held = await db.fetch(
        "SELECT d.account, d.duty, d.area, d.position, greatest(d.starts_at, n.starting) AS starts_at, d.ends_at"
        " FROM unnest($1::int[], $2::timestamptz[]) AS n (area, starting) JOIN duty d ON d.area = n.area"
        " WHERE d.ends_at IS NULL OR d.ends_at > greatest(d.starts_at, n.starting)",
        list(starting),
        list(starting.values()),
    )
    return await db.execute(
        "INSERT INTO duty (id, account, duty, area, position, starts_at, ends_at, created_by)"
        " SELECT n.*, $8::uuid FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::smallint[],"
        " $6::timestamptz[], $7::timestamptz[]) AS n"
        " ON CONFLICT (area, duty, account) WHERE ends_at IS NULL DO NOTHING",
        [new_id() for _ in held],
        [row["account"] for row in held],
        [row["duty"] for row in held],
        [successors[row["area"]] for row in held],
        [row["position"] for row in held],
        [row["starts_at"] for row in held],
        [row["ends_at"] for row in held],
        by,
    )
