"""Trying a channel out: a message to oneself, the whole way every other message goes."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.permissions import Account
from accounts.queries.channels import channels_of
from alerts.actions.owing import owe
from alerts.notices import MINUTE, NewNotice
from core import db, journal
from core.errors import Conflict, NotFound, TooMany

_SAYS = "这是一条测试消息，无需处理。收到即表示通道可用。"


class ChannelNotInUse(Conflict):
    """A test would arrive elsewhere and prove nothing."""

    detail = "消息发往最近添加的同类渠道，不发往这一个。请测试最近添加的那个，或先将它删除。"


class TriedJustNow(TooMany):
    """Whoever is behind the address did not ask for these."""

    detail = "测试消息每分钟最多一条。请稍后再试。"


async def try_channel(channel_id: UUID, *, by: Account, now: datetime) -> None:
    """Owe oneself a message by one of one's own channels, once in a minute of the clock."""
    minute = now.replace(second=0, microsecond=0)
    async with db.transaction(by.scope):
        found = {one.id: one for one in await channels_of(by.id)}
        if channel_id not in found:
            raise NotFound
        if not found[channel_id].in_use:
            raise ChannelNotInUse
        notice = NewNotice(
            occurrence=f"channel_test:{channel_id}:{minute.isoformat()}",
            kind="channel_test",
            severity="general",
            account_id=by.id,
            facts={"lines": [_SAYS]},
        )
        if not await owe([notice], now=now):
            raise TriedJustNow(retry_after=max(minute + MINUTE - now, timedelta(seconds=1)))
        await journal.write(
            "channel.tested",
            subject_id=channel_id,
            area_id=next(iter(by.area_ids), None),
            by=by.id,
            at=now,
            facts={"channel": found[channel_id].channel},
        )
