"""Doing what items ask: what can be done at once together, the rest one by one; a fault stays with its item."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import structlog

from core import db, journal
from core.errors import Refusal
from visits.refusals import ReportConflicts, VisitNotFound
from visits.sync.actions.desk import Conflicting, Desk, Taken, Work, made_at, settle
from visits.sync.item import Doing, Kind, Outcome, refused
from visits.sync.queries import conflicts, inbox
from visits.sync.queries.issued import areas_issued
from visits.sync.refusals import ContentConflicts, NotProcessed, WaitsForAnother

log = structlog.get_logger("chuangdeng.sync")

TRIES = 5
"""After so many a human is told; it is tried again all the same whenever the phone asks."""

NOT_PROCESSED = refused(NotProcessed()).code
_VISIT_NOT_FOUND = refused(VisitNotFound()).code


async def run(works: Sequence[Work], desk: Desk, taken: Taken) -> None:
    """What stands beside a first content comes after it; of the rest, what can be done together is."""
    together: dict[str, list[Work]] = {}
    alone: list[Work] = []
    for work in works:
        kind = desk.kinds[work.item.kind]
        if kind.run_all and work.beside is None:
            together.setdefault(work.item.kind, []).append(work)
        else:
            alone.append(work)
    for name, many in together.items():
        await _take_together(desk.kinds[name], many, desk, taken)
    for work in sorted(alone, key=lambda work: (work.beside is not None, work.item.seq)):
        if await _conflicts(work, desk, taken):
            continue
        _tell(work, await _result_of(work, desk), desk, taken)
    await _open_elsewhere(works, desk, taken)


async def _take_together(kind: Kind, works: Sequence[Work], desk: Desk, taken: Taken) -> None:
    """In a savepoint: where a statement fails, all of them are taken one by one instead."""
    assert kind.run_all is not None
    try:
        async with db.transaction(desk.by.scope):
            results = await kind.run_all([_doing(work, desk) for work in works])
    except Exception as fault:
        if inbox.nobodys(fault):
            raise
        log.error("items could not be taken together", kind=works[0].item.kind, fault=type(fault).__name__)
        results = [await _result_of(work, desk) for work in works]
    for work, result in zip(works, results, strict=True):
        _tell(work, result, desk, taken)


async def _result_of(work: Work, desk: Desk) -> Any:
    """The answer, the refusal or the fault of one item, in a savepoint of its own.

    A refusal leaves standing what its action has stored: a code that did not fit has been counted.
    """
    try:
        async with db.transaction(desk.by.scope):
            try:
                return await desk.kinds[work.item.kind].run(_doing(work, desk))
            except Refusal as refusal:
                if inbox.nobodys(refusal):
                    raise
                return refusal
    except Exception as fault:
        if inbox.nobodys(fault):
            raise
        return fault


def _doing(work: Work, desk: Desk) -> Doing:
    return Doing(
        id=work.item.client_id,
        body=work.item.body,
        made_at=made_at(work),
        clock=work.clock,
        received_at=work.received_at,
        by=desk.by,
        now=desk.now,
        labels=frozenset({"revoked_phone"}) if desk.revoked_at else frozenset(),
    )


def _tell(work: Work, result: Any, desk: Desk, taken: Taken) -> None:
    if isinstance(result, Refusal):
        outcome = refused(result)
        if isinstance(result, ReportConflicts) and desk.kinds[work.item.kind].settles_conflicts:
            outcome = Outcome(status="conflict", code=outcome.code, detail=outcome.detail)
        settle(work, outcome, taken)
    elif isinstance(result, Exception):
        log.error("item could not be taken", kind=work.item.kind, item=str(work.row_id), fault=type(result).__name__)
        settle(work, refused(NotProcessed()), taken)
        if work.tries + 1 >= TRIES:
            taken.stubborn[work.row_id] = result
    else:
        plain = msgspec.to_builtins(result, str_keys=True)
        answer = None if plain is None else msgspec.json.encode(plain, order="sorted")
        settle(work, Outcome(status="taken", answer=answer), taken)
        if work.tries >= TRIES:
            taken.relieved.append(work.row_id)


async def _conflicts(work: Work, desk: Desk, taken: Taken) -> bool:
    """Settle an item that stands beside another, unless that was refused or its action knows what to do with both."""
    if work.beside is None or desk.kinds[work.item.kind].settles_conflicts:
        return False
    first = taken.outcomes.get(work.beside.row_id)
    if (first.status if first else work.beside.status) == "refused":
        return False
    settle(
        work, Outcome(status="conflict", code=refused(ContentConflicts()).code, detail=ContentConflicts.detail), taken
    )
    place = await conflicts.place_of(work.item.subject_id)
    area_id = place.area_id if place else (*desk.by.area_ids, desk.by.district_id)[0]
    await conflicts.put_in_area(work.item.client_id, area_id, desk.by.id)
    taken.areas[work.item.client_id] = area_id
    taken.conflicting.append(
        Conflicting(
            row_id=work.row_id,
            kind=work.item.kind,
            area_id=area_id,
            recipient_id=place.recipient_id if place else None,
        )
    )
    await journal.write(
        "sync.conflicting",
        subject_id=work.row_id,
        area_id=area_id,
        by=desk.by.id,
        at=desk.now,
        facts={"kind": work.item.kind, "item": work.item.client_id},
    )
    return True


async def _open_elsewhere(works: Sequence[Work], desk: Desk, taken: Taken) -> None:
    """Hold what is about a visit the sender no longer sees, if it once went out to their phone: it is welcome."""
    if desk.elsewhere:
        return
    unseen = [
        work
        for work in works
        if desk.kinds[work.item.kind].of_visit and taken.outcomes[work.row_id].code == _VISIT_NOT_FOUND
    ]
    areas = await areas_issued({work.item.subject_id for work in unseen if work.item.subject_id}) if unseen else {}
    for work in unseen:
        if work.item.subject_id in areas:
            settle(work, refused(WaitsForAnother()), taken)
            taken.elsewhere[work.row_id] = (replace(work, stored=True), areas[work.item.subject_id])
