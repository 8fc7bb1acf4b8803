"""A previewed import carried out: new people registered, known ones brought up to date, all in one transaction."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from core import clock, db, journal
from core.ids import new_id
from core.journal import Entry
from recipients.actions.ground import Ground, ground_of, may_import
from recipients.by_policy import assess
from recipients.fault import Problem
from recipients.ledger import LedgerRow, Progress
from recipients.matching import ELSEWHERE, VILLAGE_ENDED, Known, Register
from recipients.person import Person, changed, merged, person
from recipients.queries import imports as queries
from recipients.queries import register
from recipients.queries.content import opened
from recipients.queries.imports import Batch, ImportedRow, SealedRow
from recipients.queries.register import Place
from recipients.queries.rows import Registered, row_of
from recipients.queries.visitors import Visitors, visitors_of
from recipients.refusals import ImportJudgedAnew, ImportNotFound
from recipients.risk import Risk, age_on

_PROGRESS_EVERY = 100  # rows


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ready:
    """A row made ready off the event loop, as for somebody new; `columns` are sealed for the id they would get."""

    row: ImportedRow
    told: Person
    age: int | None
    named_worker: UUID | None  # the one account the ledger's visitor is
    index: bytes | None
    columns: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Update:
    """What a row makes of somebody known; without columns it changes nothing."""

    row: ImportedRow
    version: int
    columns: dict[str, Any] | None = None
    entry: Entry | None = None


@dataclass(kw_only=True, slots=True)
class _Sorted:
    """The rows of an import by what the register says of them."""

    new: list[_Ready] = field(default_factory=list)
    known: list[tuple[_Ready, Registered]] = field(default_factory=list)
    refused: list[ImportedRow] = field(default_factory=list)


async def commit_import(batch_id: UUID, *, by: Account, now: datetime, progress: Progress | None = None) -> Batch:
    """Take over every row that is ready. Committed again, or by two at once, it is done once and answers the same."""
    may_import(by)
    async with db.transaction(by.scope):
        batch = await queries.batch(batch_id)
        if batch is None:
            raise ImportNotFound
        if batch.status == "committed":
            return batch
        rows = await queries.sealed_rows(batch_id, "ready")
        ground = await ground_of(batch.area_id, clock.local_day(now))
        visitors = await visitors_of([place.area_id for place in ground.places.values()])
    ready, lost = await asyncio.to_thread(_make_ready, rows, ground, visitors, now, progress)
    async with db.transaction(by.scope):
        await queries.hold_imports(ground.district_id)
        held = await queries.hold_batch(batch_id)
        if held is None:
            raise ImportNotFound
        if held.status == "committed":
            return held
        if held.previewed_at != batch.previewed_at:
            raise ImportJudgedAnew
        done = [*lost, *await _take_over(ready, ground, held, by, now)]
        return await _close(held, done, by, now)


def _make_ready(
    rows: Sequence[SealedRow], ground: Ground, visitors: Visitors, now: datetime, progress: Progress | None
) -> tuple[list[_Ready], list[ImportedRow]]:
    """Every row opened and sealed anew for the register, and those whose village has ended since the preview."""
    ready: list[_Ready] = []
    lost: list[ImportedRow] = []
    for done, one in enumerate(rows, start=1):
        found = opened(one.content_sealed, one.row.id).row
        assert found is not None  # a row without it was refused at the preview
        place = ground.places.get(found.village_code)
        if place is None:
            lost.append(replace(one.row, status="refused", problems=(VILLAGE_ENDED,)))
        else:
            ready.append(_one_ready(one.row, found, place, ground, visitors, now))
        if progress is not None and (done % _PROGRESS_EVERY == 0 or done == len(rows)):
            progress(done, len(rows))
    return ready, lost


def _one_ready(
    row: ImportedRow, found: LedgerRow, place: Place, ground: Ground, visitors: Visitors, now: datetime
) -> _Ready:
    named = visitors.named(place.area_id, found.visitor)
    told = person(found, area_id=place.area_id, visit_worker_id=visitors.choose(place.area_id, found.visitor))
    age = age_on(found.born_on, clock.local_day(now)) if found.born_on else found.age
    columns = row_of(told, id=new_id(), risk=_risk(told, age, ground), at=now)
    warnings = _visitor_warnings(found.visitor, named, told.visit_worker_id)
    return _Ready(
        row=replace(row, warnings=(*row.warnings, *warnings)) if warnings else row,
        told=told,
        age=age,
        named_worker=named,
        index=columns["id_index"],
        columns=columns,
    )


def _visitor_warnings(name: str | None, named: UUID | None, chosen: UUID | None) -> tuple[str, ...]:
    if chosen is None:
        return ("探访人：没有对应的走访员账号，本村也没有唯一的走访员，请指定",)
    if name is not None and named is None:
        return ("探访人：没有唯一同名的走访员账号，暂由本村走访员负责",)
    return ()


def _risk(told: Person, age: int | None, ground: Ground) -> Risk:
    return assess(
        categories=told.categories,
        conditions=told.conditions,
        self_care=told.self_care,
        age=age,
        policy=ground.policy,
    ).risk


async def _take_over(
    ready: Sequence[_Ready], ground: Ground, batch: Batch, by: Account, now: datetime
) -> list[ImportedRow]:
    """What became of each row. Who is registered by somebody else in this very moment counts as known."""
    found = await _sort(ready, batch.area_id)
    added = await register.add_people([one.columns for one in found.new], by=by.id)
    created = [one for one in found.new if one.columns["id"] in added]
    if late := [one for one in found.new if one.columns["id"] not in added]:
        meanwhile = await _sort(late, batch.area_id)
        found.known += meanwhile.known
        found.refused += meanwhile.refused
        found.refused += [_refused(one, ELSEWHERE) for one in meanwhile.new]
    await journal.write_all([_registered(one, batch, by, now) for one in created])
    done = [replace(one.row, status="created", recipient_id=one.columns["id"]) for one in created]
    return [*done, *found.refused, *await _bring_up_to_date(found.known, ground, batch, by, now)]


async def _sort(ready: Sequence[_Ready], area_id: int) -> _Sorted:
    indexes = [one.index for one in ready if one.index is not None]
    within = await register.hold_known(indexes, within=area_id)
    unnumbered = await register.hold_unnumbered(area_id)
    known = Register(
        within={index: Known(id=one.id, name=one.person.name) for index, one in within.items()},
        anywhere=await register.known_anywhere(indexes),
        unnumbered={key: [one.id for one in people] for key, people in unnumbered.items()},
    )
    people = {one.id: one for one in within.values()} | {one.id: one for of in unnumbered.values() for one in of}
    found = _Sorted()
    for one in ready:
        match = known.match(index=one.index, name=one.told.name, village_id=one.told.area_id)
        if isinstance(match, Problem):
            found.refused.append(_refused(one, match))
        elif match is not None:
            found.known.append((one, people[match]))
        else:
            found.new.append(one)
    return found


def _refused(one: _Ready, problem: Problem) -> ImportedRow:
    return replace(one.row, status="refused", problems=(problem,), recipient_id=None)


async def _bring_up_to_date(
    known: Sequence[tuple[_Ready, Registered]], ground: Ground, batch: Batch, by: Account, now: datetime
) -> list[ImportedRow]:
    judged = await asyncio.to_thread(lambda: [_update(one, was, ground, batch, by, now) for one, was in known])
    updates = [one for one in judged if one.columns is not None]
    # Each is locked since it was read, so every version still holds.
    await register.save_people([one.columns for one in updates if one.columns], [one.version for one in updates])
    await journal.write_all([one.entry for one in updates if one.entry])
    return [one.row for one in judged]


def _update(one: _Ready, was: Registered, ground: Ground, batch: Batch, by: Account, now: datetime) -> _Update:
    worker = one.named_worker or was.person.visit_worker_id or one.told.visit_worker_id
    after, warnings = merged(was.person, replace(one.told, visit_worker_id=worker))
    names = changed(was.person, after)
    row = replace(one.row, recipient_id=was.id, changed=names, warnings=(*one.row.warnings, *warnings))
    if not names:
        return _Update(row=replace(row, status="unchanged"), version=was.version)
    risk = _risk(after, one.age, ground)
    return _Update(
        row=replace(row, status="updated"),
        version=was.version,
        columns=row_of(after, id=was.id, risk=risk, at=now),
        entry=_edited(was, after, names, risk, batch, by, now),
    )


def _registered(one: _Ready, batch: Batch, by: Account, now: datetime) -> Entry:
    return Entry(
        kind="recipient.registered",
        subject_id=one.columns["id"],
        area_id=one.told.area_id,
        by=by.id,
        at=now,
        facts={"version": 1, "risk": one.columns["risk"], "import": str(batch.id)},
    )


def _edited(
    was: Registered, after: Person, names: tuple[str, ...], risk: Risk, batch: Batch, by: Account, now: datetime
) -> Entry:
    facts = {"version": was.version + 1, "fields": list(names), "import": str(batch.id)}
    return Entry(
        kind="recipient.edited",
        subject_id=was.id,
        area_id=after.area_id,
        by=by.id,
        at=now,
        facts=facts | ({"risk": risk} if risk != was.risk else {}),
    )


async def _close(batch: Batch, rows: Sequence[ImportedRow], by: Account, now: datetime) -> Batch:
    counts = Counter(one.status for one in rows)
    done = replace(
        batch,
        status="committed",
        ready_count=0,
        refused_count=batch.refused_count + counts["refused"],
        created_count=counts["created"],
        updated_count=counts["updated"],
        committed_by=by.id,
        committed_at=now,
    )
    await queries.save_commit(done, rows)
    facts = {"created": counts["created"], "updated": counts["updated"], "refused": done.refused_count}
    await journal.write("import.committed", subject_id=batch.id, area_id=batch.area_id, by=by.id, at=now, facts=facts)
    return done
