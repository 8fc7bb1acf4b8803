"""How people are reached besides the inbox, over HTTP: one's own channels, and those of accounts one manages."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, delete, get, post

from accounts import actions
from accounts.channel import LONGEST_ADDRESS, Channel
from accounts.permissions import Account
from alerts import actions as alert_actions
from api.openapi import also

_OWN = {"permission": "session.self"}
# Whoever has not passed the second factor yet, or sits on a password given by somebody else, reads no message and may
# not have them sent elsewhere either; to see and to end one's channels is open to them.
_OWN_MESSAGES = {"permission": "notice.read"}
_MANAGE = {"permission": "account.manage"}


class NewChannel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`address`: the https URL messages are posted to, as JSON."""

    channel: Literal["webhook"]
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ADDRESS)]


class ChannelCard(msgspec.Struct, frozen=True, kw_only=True):
    """Of the address only the host is shown. Of several of a kind only the last added is in use."""

    id: UUID
    channel: str
    host: str
    in_use: bool
    created_at: datetime


class ChannelAdded(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` is shown once. The receiver computes HMAC-SHA256(secret, "<X-Chuangdeng-Timestamp>.<body>") and compares
    it with X-Chuangdeng-Signature ("sha256=<hex>")."""

    id: UUID
    channel: str
    host: str
    in_use: bool
    created_at: datetime
    secret: str


class OwnChannels(Controller):
    """One's own channels."""

    path = "/me/channels"

    @get(opt=_OWN)
    async def own_channels(self, by: Account) -> list[ChannelCard]:
        """One's channels besides the inbox, the last added first."""
        return _cards(await actions.channels_of(by.id, by=by))

    @post(opt=_OWN_MESSAGES)
    async def add_own_channel(
        self, data: NewChannel, request: Request[Any, Any, Any], by: Account, now: datetime
    ) -> ChannelAdded:
        """Have one's messages posted to an address, too, signed with the secret this answers."""
        return await _add(by.id, data, request, by, now)

    @delete("/{channel_id:uuid}", opt=_OWN)
    async def end_own_channel(self, channel_id: UUID, by: Account, now: datetime) -> None:
        """End one of one's channels; nothing is sent there any more."""
        await actions.end_channel(channel_id, account_id=by.id, by=by, now=now)

    @post("/{channel_id:uuid}/test", opt=_OWN_MESSAGES, status_code=204)
    async def try_own_channel(self, channel_id: UUID, by: Account, now: datetime) -> None:
        """Send oneself a message, at most one a minute; it arrives within seconds, and in the inbox."""
        await alert_actions.try_channel(channel_id, by=by, now=now)


class Channels(Controller):
    """Channels of accounts one may manage."""

    path = "/accounts/{account_id:uuid}/channels"

    @get(opt=_MANAGE, responses=also(409))
    async def channels(self, account_id: UUID, by: Account) -> list[ChannelCard]:
        """The channels of an account one manages, the last added first."""
        return _cards(await actions.channels_of(account_id, by=by))

    @post(opt=_MANAGE)
    async def add_channel(
        self, account_id: UUID, data: NewChannel, request: Request[Any, Any, Any], by: Account, now: datetime
    ) -> ChannelAdded:
        """Have the messages of an account one manages posted to an address, too."""
        return await _add(account_id, data, request, by, now)

    @delete("/{channel_id:uuid}", opt=_MANAGE)
    async def end_channel(self, account_id: UUID, channel_id: UUID, by: Account, now: datetime) -> None:
        """End a channel of an account one manages."""
        await actions.end_channel(channel_id, account_id=account_id, by=by, now=now)


async def _add(
    account_id: UUID, data: NewChannel, request: Request[Any, Any, Any], by: Account, now: datetime
) -> ChannelAdded:
    production = request.app.state.settings.production
    added = await actions.add_channel(account_id, data.address, production=production, by=by, now=now)
    found = added.channel
    return ChannelAdded(
        id=found.id,
        channel=found.channel,
        host=found.host,
        in_use=found.in_use,
        created_at=found.created_at,
        secret=added.secret,
    )


def _cards(channels: tuple[Channel, ...]) -> list[ChannelCard]:
    return [
        ChannelCard(id=one.id, channel=one.channel, host=one.host, in_use=one.in_use, created_at=one.created_at)
        for one in channels
    ]


CONTROLLERS = (OwnChannels, Channels)
