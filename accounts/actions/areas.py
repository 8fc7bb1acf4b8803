"""Importing the file of areas: all of it or nothing, the closure rebuilt in the same transaction."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from accounts.area_file import AreaKey, AreaRow, RowProblem, read_area_file
from accounts.areas import Area, closure, district_of, level_of
from accounts.permissions import Account
from accounts.queries import area_writes
from accounts.queries import areas as area_queries
from accounts.refusals import AreaFileRefused
from core import db, journal
from core.clock import LOCAL
from core.scope import Scope


@dataclass(frozen=True, kw_only=True, slots=True)
class AreasImported:
    """What an import did. `carried_*`: who, and how many duties, went on from ended areas to their successors."""

    added: int
    changed: int
    unchanged: int
    ended: int
    carried_accounts: int
    carried_duties: int


async def import_areas(content: str | bytes, *, by: Account | None, now: datetime) -> AreasImported:
    """Store a file of areas; the same file again changes nothing. AreaFileRefused tells every row at fault.

    An administrator adds and changes areas within their own; `by=None`, the operator at the machine, all of them.
    """
    async with db.transaction(by.scope if by else await _operator()):
        await area_writes.lock_areas()
        stored = await area_queries.all_areas()
        file = await asyncio.to_thread(read_area_file, content, stored)  # a province takes a while to read
        if file.problems:
            raise AreaFileRefused(file.problems)
        ids = {_key(area): area.id for area in stored.values()} | await area_writes.save_area_rows(file.rows)
        read = {ids[row.key]: _area(row, ids) for row in file.rows}
        tree = stored | read
        differing = {row.line: ids[row.key] for row in file.rows if stored.get(ids[row.key]) != read[ids[row.key]]}
        if by is not None and (problems := _beyond(by, differing, stored, tree)):
            raise AreaFileRefused(problems)
        changes = {area_id: read[area_id] for area_id in differing.values()}
        await _save_tree(tree, changes)
        result = await _carry_on(stored, changes, unchanged=len(read) - len(changes), by=by, now=now)
        await journal.write(
            "area.imported",
            subject_id=None,
            area_id=by.district_id if by else None,
            by=by.id if by else None,
            at=now,
            facts={"added": result.added, "changed": result.changed, "ended": result.ended},
        )
        return result


async def _operator() -> Scope:
    """The operator's scope: every tree, by its roots."""
    async with db.transaction(Scope()):
        roots = [area.id for area in (await area_queries.all_areas()).values() if area.parent_id is None]
    return Scope(area_ids=tuple(sorted(roots)))


async def _save_tree(tree: Mapping[int, Area], changes: Mapping[int, Area]) -> None:
    if not changes:
        return
    await area_writes.save_links({one.id: (one.parent_id, one.successor_id) for one in changes.values()})
    await area_writes.save_districts({area_id: district_of(area_id, tree) for area_id in tree})
    await area_writes.save_closure(await asyncio.to_thread(closure, tree))


async def _carry_on(
    stored: Mapping[int, Area], changes: Mapping[int, Area], *, unchanged: int, by: Account | None, now: datetime
) -> AreasImported:
    ended = [one for one in changes.values() if one.valid_to and _was(stored, one) != (one.valid_to, one.successor_id)]
    handed = [one for one in ended if one.successor_id is not None and _same_level(one, {**stored, **changes})]
    successors = {one.id: one.successor_id for one in handed if one.successor_id is not None}
    starting = {one.id: max(now, _midnight(one.valid_to)) for one in handed if one.valid_to is not None}
    return AreasImported(
        added=len(changes.keys() - stored.keys()),
        changed=len(changes.keys() & stored.keys()),
        unchanged=unchanged,
        ended=len(ended),
        carried_accounts=await area_writes.carry_accounts(successors),
        carried_duties=await area_writes.carry_duties(successors, starting, by=by.id if by else None),
    )


def _was(stored: Mapping[int, Area], area: Area) -> tuple[date | None, int | None]:
    before = stored.get(area.id)
    return (before.valid_to, before.successor_id) if before else (None, None)


def _same_level(area: Area, tree: Mapping[int, Area]) -> bool:
    """A township that became a village hands its leader's duty to nobody: that is for people to arrange."""
    assert area.successor_id is not None
    return level_of(tree[area.successor_id].code) is level_of(area.code)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL)


def _key(area: Area) -> AreaKey:
    return AreaKey(area.code, area.valid_from)


def _area(row: AreaRow, ids: Mapping[AreaKey, int]) -> Area:
    return Area(
        id=ids[row.key],
        code=row.key.code,
        name=row.name,
        parent_id=ids[row.parent] if row.parent else None,
        valid_from=row.key.valid_from,
        valid_to=row.valid_to,
        successor_id=ids[row.successor] if row.successor else None,
    )


def _beyond(
    by: Account, differing: Mapping[int, int], stored: Mapping[int, Area], tree: Mapping[int, Area]
) -> tuple[RowProblem, ...]:
    """Rows that would touch, take over or hand over what is not the caller's: before and after, it must be theirs."""
    before, after = _within(by.area_ids, stored), _within(by.area_ids, tree)
    problems = []
    for line, area_id in differing.items():
        successor_id = tree[area_id].successor_id
        theirs = area_id in after and (area_id not in stored or area_id in before)
        if not theirs or (successor_id is not None and successor_id not in after):
            detail = "本行或其继任区划不在您的辖区内。请只导入本辖区的区划，或交由系统运维人员导入。"
            problems.append(RowProblem(line=line, column="代码", detail=detail))
    return tuple(problems)


def _within(roots: Sequence[int], areas: Mapping[int, Area]) -> frozenset[int]:
    return frozenset(area_id for ancestor, area_id in closure(areas) if ancestor in roots)
