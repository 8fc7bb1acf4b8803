"""Setting up how a person is reached besides the inbox: by themselves, or by whoever manages their account."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.actions.staffing import checked_manageable, managed
from accounts.actions.telling import tell
from accounts.channel import AT_MOST, WEBHOOK, Channel, checked_address, host_of
from accounts.people import Person
from accounts.permissions import Account
from accounts.queries import channels, people
from accounts.refusals import AccountEnded, TooManyChannels
from core import db
from core.errors import NotFound
from core.ids import new_id

_SECRET_BYTES = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Added:
    """A fresh channel. `secret` signs what is sent there; it is shown once."""

    channel: Channel
    secret: str

    def __repr__(self) -> str:
        return f"Added({self.channel.id})"


async def channels_of(account_id: UUID, *, by: Account) -> tuple[Channel, ...]:
    """The live channels of an account, one's own or one to manage, the last added first."""
    async with db.transaction(by.scope):
        if account_id != by.id:
            await checked_manageable(await people.person(account_id), by=by)
        return await channels.channels_of(account_id)


async def add_channel(account_id: UUID, address: str, *, production: bool, by: Account, now: datetime) -> Added:
    """Add a webhook to an account, one's own or one to manage. Messages go there from now on.

    Refused for an address that may not be posted to (`accounts.channel`), and beyond the number an account may have.
    """
    url = checked_address(address, production=production)
    channel_id, secret = new_id(), secrets.token_urlsafe(_SECRET_BYTES)
    async with db.transaction(by.scope):
        person = await _own_or_managed(account_id, by=by)
        if await channels.count_channels(account_id) >= AT_MOST:
            raise TooManyChannels
        await channels.add_channel(
            channel_id, account_id=account_id, channel=WEBHOOK, address=url, secret=secret, now=now
        )
        await _tell("channel.added", channel_id, WEBHOOK, person, by=by, now=now)
    added = Channel(id=channel_id, channel=WEBHOOK, host=host_of(url), in_use=True, created_at=now)
    return Added(channel=added, secret=secret)


async def end_channel(channel_id: UUID, *, account_id: UUID, by: Account, now: datetime) -> None:
    """End a channel of an account, one's own or one to manage; nothing is sent there any more."""
    async with db.transaction(by.scope):
        person = await _own_or_managed(account_id, by=by)
        kind = await channels.close_channel(channel_id, account_id, now)
        if kind is None:
            raise NotFound
        await _tell("channel.ended", channel_id, kind, person, by=by, now=now)


async def end_channels(person: Person, *, by: Account, now: datetime) -> None:
    """End every channel of an account that ends. Joins the transaction under way, which holds the account's lock."""
    for channel_id, kind in (await channels.close_channels(person.id, now)).items():
        await _tell("channel.ended", channel_id, kind, person, by=by, now=now)


async def _own_or_managed(account_id: UUID, *, by: Account) -> Person:
    """The account, locked: two who add at once are counted one after the other, and none after its end."""
    if account_id != by.id:
        return await managed(account_id, by=by)
    own = await people.locked_person(account_id)
    if own is None:
        raise NotFound
    if own.ended:
        raise AccountEnded
    return own


async def _tell(what: str, channel_id: UUID, kind: str, person: Person, *, by: Account, now: datetime) -> None:
    """Never the address: it is often a key in itself."""
    facts = {"channel": kind, "account_id": str(person.id)}
    await tell(what, channel_id, by=by, now=now, area_id=person.area_ids[0], facts=facts)
