"""What a phone sends: kept as it came, then taken item by item; one bad item holds up nothing, and nothing is lost."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from accounts.permissions import Sender
from core import db, journal
from core.errors import Unavailable
from visits.sync.actions.desk import Conflicting, Desk, Overtaken, Taken
from visits.sync.actions.entering import Entered, enter
from visits.sync.actions.taking import take, take_held
from visits.sync.actions.telling import tell
from visits.sync.clock import PhoneClock, judged, measured
from visits.sync.item import Batch, Item, Kind, Outcome, Receipt
from visits.sync.numbers import Numbers, of_installation, received
from visits.sync.queries import inbox
from visits.sync.queries.devices import Phone, hold_phone, save_phone
from visits.sync.queries.inbox import From

_ATTEMPTS = 3
Result = TypeVar("Result")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Received:
    """A push as its first transaction left it."""

    epoch: UUID
    numbers: Numbers
    entered: Entered
    taken: Taken


async def push(
    batch: Batch, *, kinds: Mapping[str, Kind], read: Callable[[bytes], Item], sender: Sender, now: datetime
) -> Receipt:
    """Keep and take what a phone sends. `read` reads an item again that was held.

    All of it is one transaction, but for what is about visits that were handed to other areas after they went out to
    this phone: those alone are taken in a second one that sees those areas. The same item again is answered the same.
    """
    desk = Desk(kinds=kinds, read=read, by=sender.account, revoked_at=sender.revoked_at, now=now)
    found = await _received(batch, desk)
    outcomes = found.taken.outcomes
    rounds = [found.taken]
    if found.taken.elsewhere:
        there = await _repeated(lambda: _take_elsewhere(found.taken, desk))
        rounds.append(there)
        if there.waiting:
            rounds.append(await _repeated(lambda: _take_waiting(there.waiting, desk)))
    for one in rounds[1:]:
        outcomes |= one.outcomes
    await tell(rounds, _undecided(found.entered), by=desk.by, now=now)
    return Receipt(
        epoch=found.epoch,
        outcomes=tuple(_outcome(item, found.entered, outcomes) for item in batch.items),
        missing=found.numbers.missing,
        last_seq=found.numbers.last,
    )


async def _repeated(work: Callable[[], Awaitable[Result]]) -> Result:
    """Two pushes can stand in each other's way; whoever gave way begins anew."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return await work()
        except Exception as fault:
            if not inbox.worth_repeating(fault):
                raise
    return await work()


async def _received(batch: Batch, desk: Desk) -> _Received:
    """Whatever lies under the ids of this push, or came there while it was taken, is known the next time."""
    taken_ids: frozenset[UUID] = frozenset()
    for _ in range(_ATTEMPTS):
        try:
            return await _repeated(partial(_receive, batch, desk, taken_ids))
        except Overtaken as overtaken:
            taken_ids |= overtaken.client_ids
    raise Unavailable


async def _receive(batch: Batch, desk: Desk, taken_ids: frozenset[UUID]) -> _Received:
    by = desk.by
    async with db.transaction(by.scope):
        phone, epoch = await hold_phone(by.device_id, by.id)
        clock = measured(batch.sent_at, received_at=desk.now, before=phone.clock)
        whose = From(account_id=by.id, clock=clock, received_at=desk.now)
        entered = await enter(batch.items, whose, taken_ids=taken_ids)
        taken = await take(list(entered.works.values()), desk)
        told = _told(replace(phone, clock=clock), batch, now=desk.now)
        if phone.id is not None:
            await save_phone(told, now=desk.now)
            await _note_new_installation(phone, told, desk)
    return _Received(epoch=epoch, numbers=told.numbers, entered=entered, taken=taken)


def _told(phone: Phone, batch: Batch, *, now: datetime) -> Phone:
    """The phone's book-keeping after this push; what it did not say, or not readably, stays as it was."""
    begun = of_installation(phone.numbers, phone.installation_id, batch.installation_id)
    installation_id = batch.installation_id or phone.installation_id
    anew = phone.installation_id not in (None, installation_id)
    told = replace(
        phone,
        installation_id=installation_id,
        installed_at=now if anew else phone.installed_at,
        numbers=received(begun, [item.seq for item in batch.items if item.seq]),
    )
    if batch.unsent is None:
        return told
    before = phone.oldest_unsent_at if phone.unsent and not anew else None
    oldest = _oldest_unsent(batch, phone.clock, before, now) if batch.unsent else None
    return replace(told, unsent=batch.unsent, oldest_unsent_at=oldest)


def _oldest_unsent(batch: Batch, clock: PhoneClock | None, before: datetime | None, now: datetime) -> datetime:
    """Where the phone does not say readably since when, it is since it was first heard that something is unsent."""
    said = batch.oldest_unsent_at
    if said is None:
        return before or now
    return judged(said, clock, received_at=now).at if clock else said


async def _note_new_installation(before: Phone, after: Phone, desk: Desk) -> None:
    """What the app before it had not handed in is gone with it: that is not forgotten."""
    lost = len(before.numbers.missing) + before.unsent
    if before.installation_id in (None, after.installation_id) or not lost:
        return
    facts = {"last_seq": before.numbers.last, "missing": len(before.numbers.missing), "unsent": before.unsent}
    area_id = next(iter(desk.by.area_ids), None)
    await journal.write(
        "phone.installed_anew", subject_id=before.id, area_id=area_id, by=desk.by.id, at=desk.now, facts=facts
    )


async def _take_elsewhere(taken: Taken, desk: Desk) -> Taken:
    areas = sorted({area_id for _, area_id in taken.elsewhere.values()})
    by = replace(desk.by, area_ids=(*desk.by.area_ids, *areas))
    async with db.transaction(by.scope):
        await hold_phone(by.device_id, by.id)
        held = await inbox.still_held(taken.elsewhere)
        works = [work for work, _ in taken.elsewhere.values() if work.row_id in held]
        return await take(works, replace(desk, by=by, elsewhere=True))


async def _take_waiting(row_ids: list[UUID], desk: Desk) -> Taken:
    async with db.transaction(desk.by.scope):
        await hold_phone(desk.by.device_id, desk.by.id)
        return await take_held(row_ids, desk)


def _outcome(item: Item, entered: Entered, outcomes: Mapping[UUID, Outcome]) -> Outcome:
    known = entered.known.get(item.key)
    if known is not None and known.outcome is not None:
        return known.outcome
    return outcomes[entered.works[item.key].row_id]


def _undecided(entered: Entered) -> list[Conflicting]:
    """Conflicts that were there before: should a crash have kept somebody from being told, they are told now."""
    return [
        Conflicting(row_id=row.id, kind=row.kind, area_id=row.area_id, recipient_id=None)
        for row in entered.known.values()
        if row.status == "conflict" and row.area_id is not None
    ]
