"""Taking items in their turns: each after the one it follows, and none for ever."""

from collections.abc import Collection, Sequence
from uuid import UUID

from visits.sync.actions.desk import Desk, Overtaken, Taken, Work, forbidden, settle
from visits.sync.actions.running import NOT_PROCESSED, run
from visits.sync.item import in_circles, refused, turn
from visits.sync.queries import inbox
from visits.sync.queries.inbox import Row
from visits.sync.refusals import InACircle, PredecessorRefused, WaitsForAnother


async def take_held(row_ids: Collection[UUID], desk: Desk) -> Taken:
    """The same of items that were held until now."""
    taken = Taken()
    return await _take(await _reopened(row_ids, desk, taken), desk, taken)


async def take(works: Sequence[Work], desk: Desk) -> Taken:
    """Do what the items ask, and then what was held for them. Joins the push's transaction."""
    return await _take(works, desk, Taken())


async def _take(works: Sequence[Work], desk: Desk, taken: Taken) -> Taken:
    while works:
        await _take_in_turns(works, desk, taken)
        waiting = [row_id for row_id in await _store(works, desk, taken) if row_id not in taken.outcomes]
        works = await _reopened(waiting, desk, taken) if waiting else []
    return taken


async def _store(works: Sequence[Work], desk: Desk, taken: Taken) -> list[UUID]:
    """Keep items with what became of them, as they came; the rows that were held until now for one of them."""
    done = {work.item.client_id for work in works if taken.outcomes[work.row_id].status != "held"}
    rows = [_row(work, taken) for work in works]
    if any(row.stored for row in rows):
        await inbox.settle([row for row in rows if row.stored], now=desk.now)
    new = [row for row in rows if not row.stored]
    if not new:
        return await inbox.waiting_for(done, desk.by.id)
    added, waiting = await inbox.add(new, done, account_id=desk.by.id, device_id=desk.by.device_id, now=desk.now)
    missed = frozenset(row.item.client_id for row in new if row.id not in added)
    if missed:
        raise Overtaken(missed)
    return waiting


def _row(work: Work, taken: Taken) -> Row:
    return Row(
        id=work.row_id,
        item=work.item,
        first=work.beside is None,
        clock=work.clock,
        received_at=work.received_at,
        outcome=taken.outcomes[work.row_id],
        tries=_tries(work, taken),
        area_id=taken.areas.get(work.item.client_id),
        stored=work.stored,
    )


def _tries(work: Work, taken: Taken) -> int:
    """Waiting is no try."""
    return work.tries + (taken.outcomes[work.row_id].code == NOT_PROCESSED)


async def _reopened(row_ids: Collection[UUID], desk: Desk, taken: Taken) -> list[Work]:
    """Held items whose turn has come. Where other areas' visits are open, only what amends a report of those."""
    works = []
    for one in await inbox.opened(row_ids):
        item = desk.read(one.raw)
        if desk.elsewhere and (item.kind != "amendment" or item.subject_id != item.after):
            taken.waiting.append(one.kept.id)
            continue
        works.append(
            Work(
                row_id=one.kept.id,
                item=item,
                clock=one.kept.clock,
                received_at=one.kept.received_at,
                tries=one.kept.tries,
                stored=True,
            )
        )
    return works


async def _take_in_turns(works: Sequence[Work], desk: Desk, taken: Taken) -> None:
    for work in works:
        refusal = forbidden(work, desk)
        if refusal:
            settle(work, refused(refusal), taken)
    left = {work.row_id: work for work in works if work.row_id not in taken.outcomes}
    if any(work.item.after for work in left.values()):
        await _look_before(left, desk, taken)
    while left:
        now = turn({row_id: work.item.after for row_id, work in left.items()}, taken.statuses)
        for row_id in now.hopeless:
            settle(left[row_id], refused(PredecessorRefused(field="/after")), taken)
        await run([left[row_id] for row_id in now.ready], desk, taken)
        if not (now.ready or now.hopeless):
            break
        left = {row_id: work for row_id, work in left.items() if row_id not in taken.outcomes}
    for work in left.values():
        settle(work, refused(WaitsForAnother()), taken)


async def _look_before(left: dict[UUID, Work], desk: Desk, taken: Taken) -> None:
    """Learn how the items outside this push stand that others in it follow; refuse those that wait for themselves."""
    follows = {work.item.client_id: work.item.after for work in left.values()}
    outside = {after for after in follows.values() if after and after not in follows}
    for one in await inbox.before(outside, desk.by.id) if outside else []:
        taken.statuses.setdefault(one.client_id, one.status)
        if one.status == "held":
            follows.setdefault(one.client_id, one.after)
    circles = in_circles(follows)
    for row_id, work in [*left.items()]:
        if work.item.client_id in circles:
            settle(work, refused(InACircle(field="/after")), taken)
            del left[row_id]
