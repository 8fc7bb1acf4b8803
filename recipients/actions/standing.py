"""Changes of standing: proposed, confirmed by a second person where they hide somebody from sight, and undone."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from core import clock, db, journal
from core.errors import Forbidden
from core.ids import new_id
from recipients import standing
from recipients.queries import standing as queries
from recipients.queries.standing import Held, StoredChange
from recipients.refusals import ChangeOvertaken, RecipientNotFound, StandingChangeNotFound, refusal


async def propose_standing(
    recipient_id: UUID, *, standing_after: standing.Standing, happened_on: date, reason: str, by: Account, now: datetime
) -> StoredChange:
    """In force at once for `in_hospital` and `at_home`; the other three wait for a second person."""
    async with db.transaction(by.scope):
        held = await queries.hold_standing(recipient_id)
        if held is None:
            raise RecipientNotFound
        change = _allowed(
            standing.propose(
                held.standing,
                standing_after,
                happened_on=happened_on,
                today=clock.local_day(now),
                reason=reason,
                pending=await queries.pending_change(recipient_id),
                by=by.id,
                at=now,
            )
        )
        stored = StoredChange(id=new_id(), recipient_id=recipient_id, area_id=held.area_id, change=change)
        await queries.add_change(stored)
        version = await _apply(held, change.after, now) if change.in_force else None
        await _tell("standing.changed" if version else "standing.proposed", stored, by, now, version)
        return stored


async def confirm_standing(change_id: UUID, *, by: Account, now: datetime) -> StoredChange:
    """The second person's word: from now on the change is in force."""
    _may_confirm(by)
    async with db.transaction(by.scope):
        held, stored = await _hold(change_id)
        after = _allowed(standing.confirm(stored.change, current=held.standing, by=by.id, at=now))
        return await _settle(held, stored, after, "standing.confirmed", by=by, now=now, to=after.after)


async def reject_standing(change_id: UUID, *, by: Account, now: datetime) -> StoredChange:
    """Sent back by one who may confirm, or taken back by the proposer. Nothing has happened."""
    async with db.transaction(by.scope):
        held, stored = await _hold(change_id)
        if stored.change.proposed_by != by.id:
            _may_confirm(by)
        after = _allowed(standing.reject(stored.change, by=by.id, at=now))
        return await _settle(held, stored, after, "standing.rejected", by=by, now=now)


async def undo_standing(change_id: UUID, *, reason: str, by: Account, now: datetime) -> StoredChange:
    """The standing before the change holds again; the change stays in the history with the reason."""
    _may_confirm(by)
    async with db.transaction(by.scope):
        held, stored = await _hold(change_id)
        after = _allowed(standing.undo(stored.change, current=held.standing, reason=reason, by=by.id, at=now))
        return await _settle(held, stored, after, "standing.undone", by=by, now=now, to=after.before)


def _may_confirm(by: Account) -> None:
    if not by.may("standing.confirm"):
        raise Forbidden


def _allowed(change: standing.Change | standing.Refused) -> standing.Change:
    if isinstance(change, standing.Refused):
        raise refusal(change)
    return change


async def _hold(change_id: UUID) -> tuple[Held, StoredChange]:
    """The recipient is locked before the change is read: two people acting at once see each other."""
    recipient_id = await queries.recipient_of_change(change_id)
    held = await queries.hold_standing(recipient_id) if recipient_id else None
    if held is None:
        raise StandingChangeNotFound
    return held, await queries.change(change_id)


async def _settle(
    held: Held,
    stored: StoredChange,
    after: standing.Change,
    kind: str,
    *,
    by: Account,
    now: datetime,
    to: standing.Standing | None = None,
) -> StoredChange:
    if not await queries.save_change(stored.id, stored.change, after):
        raise ChangeOvertaken
    version = await _apply(held, to, now) if to is not None else None
    settled = StoredChange(id=stored.id, recipient_id=stored.recipient_id, area_id=stored.area_id, change=after)
    await _tell(kind, settled, by, now, version)
    return settled


async def _apply(held: Held, to: standing.Standing, now: datetime) -> int:
    version = await queries.save_standing(held.recipient_id, was=held.standing, standing=to, at=now)
    if version is None:
        raise ChangeOvertaken
    return version


async def _tell(kind: str, stored: StoredChange, by: Account, now: datetime, version: int | None) -> None:
    """The reason stays in the change itself: free text may name somebody."""
    change = stored.change
    facts: dict[str, Any] = {
        "change": str(stored.id),
        "from": change.before,
        "to": change.after,
        "happened_on": change.happened_on.isoformat(),
    }
    if version is not None:
        facts |= {"version": version, "fields": ["standing"]}
    await journal.write(kind, subject_id=stored.recipient_id, area_id=stored.area_id, by=by.id, at=now, facts=facts)
