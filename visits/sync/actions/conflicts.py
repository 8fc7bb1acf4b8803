"""Two contents under one id, decided by a human: once, and what was decided is done in the same breath."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from accounts.people import Person
from accounts.permissions import Account
from accounts.queries.people import person
from alerts.actions import resolve_for
from core import db, journal
from core.errors import Forbidden
from visits.refusals import AlreadyDecided
from visits.sync.item import Doing, Item, Kind
from visits.sync.queries import conflicts as queries
from visits.sync.queries.conflicts import ItemConflict
from visits.sync.refusals import ItemConflictNotFound, NotReplaceable, SenderUnknown

Decision = Literal["kept", "replaced"]


async def decide_item_conflict(
    conflict_id: UUID,
    decision: Decision,
    *,
    kinds: Mapping[str, Kind],
    read: Callable[[bytes], Item],
    by: Account,
    now: datetime,
) -> None:
    """Keep what came first, or take the other content too, as its sender said it and under an id of its own."""
    if not by.may("conflict.decide"):
        raise Forbidden
    async with db.transaction(by.scope):
        found = await queries.conflict(conflict_id)
        if found is None:
            raise ItemConflictNotFound
        sender = await person(found.account_id)
        if found.decision is not None:
            await _resolve(conflict_id, found.decision, by=by, now=now)  # should a crash have left the alert open
    if found.decision is not None:
        raise AlreadyDecided
    if decision == "kept":
        async with db.transaction(by.scope):
            await _note(found, decision, by=by, now=now)
    else:
        await _replace(found, sender, kinds, read, by=by, now=now)
    async with db.transaction(by.scope):
        await _resolve(conflict_id, decision, by=by, now=now)


async def _replace(
    found: ItemConflict,
    sender: Person | None,
    kinds: Mapping[str, Kind],
    read: Callable[[bytes], Item],
    *,
    by: Account,
    now: datetime,
) -> None:
    """What its sender may not do, or can do no more, is not done in their name either."""
    replace = kinds[found.kind].replace
    if isinstance(replace, str):
        raise NotReplaceable(replace)
    if sender is None or sender.ended:
        raise SenderUnknown
    item, account = read(found.other.raw), _account(sender, by)
    if item.refusal:
        raise item.refusal
    if not account.may(kinds[found.kind].permission):
        raise SenderUnknown
    async with db.transaction(account.scope):
        await _note(found, "replaced", by=by, now=now)
        await replace(found.client_id, _doing(found, item, account, now))


def _account(sender: Person, by: Account) -> Account:
    """The sender as whoever decides sees them: no wider than the areas both have."""
    return Account(
        id=sender.id,
        name=sender.name,
        role=sender.role,
        area_ids=sender.area_ids,
        district_id=sender.district_id,
        second_factor_ok=True,
        session_id=by.session_id,
    )


def _doing(found: ItemConflict, item: Item, account: Account, now: datetime) -> Doing:
    other = found.other
    doing = Doing(
        id=found.id,
        body=item.body,
        made_at=other.received_at,
        clock=other.clock,
        received_at=other.received_at,
        by=account,
        now=now,
    )
    return doing if item.made_at is None else doing.made(item.made_at)


async def _note(found: ItemConflict, decision: Decision, *, by: Account, now: datetime) -> None:
    if not await queries.decide(found.id, decision, by=by.id, now=now):
        raise AlreadyDecided
    facts: dict[str, Any] = {"item": found.client_id, "kind": found.kind, "decision": decision}
    await journal.write(
        "sync.conflict_decided", subject_id=found.id, area_id=found.area_id, by=by.id, at=now, facts=facts
    )


async def _resolve(conflict_id: UUID, decision: str, *, by: Account, now: datetime) -> None:
    await resolve_for(
        [conflict_id],
        kinds={"sync_conflict"},
        outcome="decided",
        evidence={"decision": decision},
        by=by.id,
        now=now,
    )
