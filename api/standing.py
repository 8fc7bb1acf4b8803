"""Standing over HTTP: proposed, confirmed by a second person, rejected, undone, with its whole history."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from core import db
from recipients import actions, queries
from recipients.queries.standing import StoredChange
from recipients.refusals import RecipientNotFound
from recipients.standing import STANDING_WORDS

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class NewStanding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`at_home` and `in_hospital` hold at once; the other three wait for a second person."""

    standing: Literal["at_home", "in_hospital", "moved_to_collective", "died", "eligibility_ended"]
    happened_on: date
    reason: Reason


class UndoStanding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Reason


class StandingChangeCard(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: pending, in_force, rejected or undone. Names of staff are null where they have left the district."""

    id: UUID
    recipient_id: UUID
    recipient_name: str
    from_standing: str
    from_name: str
    standing: str
    standing_name: str
    happened_on: date
    reason: str
    state: Literal["pending", "in_force", "rejected", "undone"]
    proposed_by: UUID
    proposed_by_name: str | None
    proposed_at: datetime
    settled_by: UUID | None
    settled_by_name: str | None
    settled_at: datetime | None
    undone_by: UUID | None
    undone_by_name: str | None
    undone_at: datetime | None
    undo_reason: str | None


class RecipientStanding(Controller):
    """The history of one recipient's standing."""

    path = "/recipients/{recipient_id:uuid}/standing-changes"
    tags = ("状态变更",)

    @get(opt={"permission": "recipient.read"})
    async def list_changes(self, recipient_id: UUID, by: Account) -> list[StandingChangeCard]:
        """Every change ever proposed, newest first; nothing is ever taken out."""
        async with db.transaction(by.scope):
            if await queries.owner_of(recipient_id) is None:
                raise RecipientNotFound
            return await _cards(await queries.changes_of(recipient_id))

    @post(opt={"permission": "standing.propose"})
    async def propose(self, recipient_id: UUID, data: NewStanding, by: Account, now: datetime) -> StandingChangeCard:
        """Propose a change; one of those that hide somebody from sight takes effect when a second person confirms."""
        change = await actions.propose_standing(
            recipient_id,
            standing_after=data.standing,
            happened_on=data.happened_on,
            reason=data.reason,
            by=by,
            now=now,
        )
        return await _card(change, by)


class StandingChanges(Controller):
    """What waits for a second person, and their word."""

    path = "/standing-changes"
    tags = ("状态变更",)

    @get(opt={"permission": "recipient.read"})
    async def list_pending(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[StandingChangeCard]:
        """Proposals of one's areas that nobody has confirmed or rejected yet, oldest first."""
        after = paging.after(cursor, UUID, of="standing-changes")
        async with db.transaction(by.scope):
            found = await _cards(await queries.pending_changes(after=after, limit=size + 1))
        return paging.page(found, size, of="standing-changes", key=lambda one: one.id, item=lambda one: one)

    @post("/{change_id:uuid}/confirm", opt={"permission": "standing.confirm"}, status_code=200)
    async def confirm(self, change_id: UUID, by: Account, now: datetime) -> StandingChangeCard:
        """The second person's word. It cannot be the proposer's."""
        return await _card(await actions.confirm_standing(change_id, by=by, now=now), by)

    # Whoever may confirm may reject, and so may the proposer: the action knows which of the two it is.
    @post("/{change_id:uuid}/reject", opt={"permission": "recipient.read"}, status_code=200)
    async def reject(self, change_id: UUID, by: Account, now: datetime) -> StandingChangeCard:
        """Send a proposal back, or take one's own back."""
        return await _card(await actions.reject_standing(change_id, by=by, now=now), by)

    @post("/{change_id:uuid}/undo", opt={"permission": "standing.confirm"}, status_code=200)
    async def undo(self, change_id: UUID, data: UndoStanding, by: Account, now: datetime) -> StandingChangeCard:
        """Take back the change in force: what was before it holds again, visits included."""
        return await _card(await actions.undo_standing(change_id, reason=data.reason, by=by, now=now), by)


async def _card(change: StoredChange, by: Account) -> StandingChangeCard:
    async with db.transaction(by.scope):
        return (await _cards([change]))[0]


async def _cards(changes: list[StoredChange]) -> list[StandingChangeCard]:
    involved = {one for stored in changes for one in _involved(stored)}
    staff = {account_id: one.name for account_id, one in (await staff_named(list(involved))).items()}
    names = await queries.masked_names({stored.recipient_id for stored in changes})
    return [_shown(stored, names, staff) for stored in changes]


def _involved(stored: StoredChange) -> list[UUID]:
    change = stored.change
    everybody = (change.proposed_by, change.confirmed_by, change.rejected_by, change.undone_by)
    return [one for one in everybody if one is not None]


def _shown(stored: StoredChange, names: Mapping[UUID, str], staff: Mapping[UUID, str]) -> StandingChangeCard:
    change = stored.change
    settled_by = change.confirmed_by or change.rejected_by
    return StandingChangeCard(
        id=stored.id,
        recipient_id=stored.recipient_id,
        recipient_name=names.get(stored.recipient_id, "*"),
        from_standing=change.before,
        from_name=STANDING_WORDS[change.before],
        standing=change.after,
        standing_name=STANDING_WORDS[change.after],
        happened_on=change.happened_on,
        reason=change.reason,
        state=_state(stored),
        proposed_by=change.proposed_by,
        proposed_by_name=staff.get(change.proposed_by),
        proposed_at=change.proposed_at,
        settled_by=settled_by,
        settled_by_name=staff.get(settled_by) if settled_by else None,
        settled_at=change.confirmed_at or change.rejected_at,
        undone_by=change.undone_by,
        undone_by_name=staff.get(change.undone_by) if change.undone_by else None,
        undone_at=change.undone_at,
        undo_reason=change.undo_reason,
    )


def _state(stored: StoredChange) -> Literal["pending", "in_force", "rejected", "undone"]:
    change = stored.change
    if change.pending:
        return "pending"
    if change.rejected_at is not None:
        return "rejected"
    return "undone" if change.undone_at is not None else "in_force"


CONTROLLERS = (RecipientStanding, StandingChanges)
