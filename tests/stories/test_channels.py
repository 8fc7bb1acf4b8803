"""How people are reached besides the inbox: set up by themselves or their manager, sealed, few, and ended with them."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import pytest

from accounts import actions
from accounts.actions.channels import Added
from accounts.channel import AT_MOST
from accounts.permissions import Account
from accounts.queries import channels
from accounts.queries.channels import count_channels
from accounts.refusals import AccountEnded, ChannelAddressRefused, RoleBeyondYours, TooManyChannels
from alerts.actions import climb, deliver, try_channel
from alerts.actions.trying import ChannelNotInUse, TriedJustNow
from alerts.messages import Address, Message, Receipt
from core import db, vault
from core.errors import NotFound
from tests.alerting import journal_kinds, open_one
from tests.cast import Cast

ADDRESS = "https://hook.example/in?key=of-the-robot"
MINUTE = timedelta(minutes=1)


class Provider:
    """Takes everything, and keeps what it was sent."""

    def __init__(self) -> None:
        self.took: list[tuple[Message, Address]] = []

    async def send(self, message: Message, to: Address) -> Receipt:
        self.took.append((message, to))
        return Receipt()


async def added(cast: Cast, by: Account, *, to: Account | None = None, address: str = ADDRESS) -> Added:
    return await actions.add_channel((to or by).id, address, production=True, by=by, now=cast.now)


async def ended(cast: Cast, channel_id: UUID, *, of: Account, by: Account) -> None:
    await actions.end_channel(channel_id, account_id=of.id, by=by, now=cast.now)


async def live(cast: Cast) -> int:
    count: int = await cast.owner.fetchval("SELECT count(*) FROM account_channel WHERE ended_at IS NULL")
    return count


async def test_address_and_secret_are_kept_sealed_to_their_row_and_shown_no_more(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    row = await cast.owner.fetchrow("SELECT * FROM account_channel")
    assert (row["id"], row["account"], row["channel"]) == (fresh.channel.id, cast.worker.id, "webhook")
    assert vault.open_sealed(row["address_sealed"], f"account_channel.address_sealed:{row['id']}") == ADDRESS
    assert vault.open_sealed(row["secret_sealed"], f"account_channel.secret_sealed:{row['id']}") == fresh.secret
    (shown,) = await actions.channels_of(cast.worker.id, by=cast.worker)
    assert (shown, shown.host) == (fresh.channel, "hook.example")
    assert fresh.secret not in repr(fresh)


async def test_each_secret_is_another_and_too_long_to_guess(cast: Cast) -> None:
    secrets = {(await added(cast, cast.worker)).secret for _ in range(AT_MOST)}
    assert len(secrets) == AT_MOST
    assert min(map(len, secrets)) * 6 >= 256


async def test_an_address_that_is_refused_leaves_nothing(cast: Cast) -> None:
    with pytest.raises(ChannelAddressRefused):
        await added(cast, cast.worker, address="https://169.254.169.254/latest")
    assert await live(cast) == 0


async def test_the_history_tells_of_a_channel_without_its_address(cast: Cast) -> None:
    fresh = await added(cast, cast.specialist, to=cast.worker)
    await ended(cast, fresh.channel.id, of=cast.worker, by=cast.worker)
    rows = await cast.owner.fetch("SELECT * FROM journal WHERE subject_id = $1 ORDER BY id", fresh.channel.id)
    assert [(row["kind"], row["by_account_id"], row["area_id"]) for row in rows] == [
        ("channel.added", cast.specialist.id, cast.village),
        ("channel.ended", cast.worker.id, cast.village),
    ]
    for row in rows:
        assert json.loads(row["facts"]) == {"channel": "webhook", "account_id": str(cast.worker.id)}
        assert "hook.example" not in str(dict(row))


async def test_an_account_has_at_most_five_even_when_several_are_added_at_once(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counted_slowly(account_id: UUID) -> int:
        count = await count_channels(account_id)
        await asyncio.sleep(0.1)  # long enough for another to count, too, if nothing holds it off
        return count

    monkeypatch.setattr(channels, "count_channels", counted_slowly)
    first = await added(cast, cast.worker)
    for _ in range(AT_MOST - 2):
        await added(cast, cast.worker)
    at_once = await asyncio.gather(
        *(added(cast, cast.worker) for _ in range(2)),
        added(cast, cast.specialist, to=cast.worker),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in at_once) == ["Added", *["TooManyChannels"] * 2]
    await ended(cast, first.channel.id, of=cast.worker, by=cast.worker)
    await added(cast, cast.worker)
    with pytest.raises(TooManyChannels):
        await added(cast, cast.worker)
    assert await live(cast) == AT_MOST


async def test_an_ended_channel_is_gone_and_ends_once(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    await ended(cast, fresh.channel.id, of=cast.worker, by=cast.worker)
    assert await actions.channels_of(cast.worker.id, by=cast.worker) == ()
    with pytest.raises(NotFound):
        await ended(cast, fresh.channel.id, of=cast.worker, by=cast.worker)


async def test_only_who_manages_an_account_sets_up_its_channels(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    for other, refusal in (
        (cast.foreign_specialist, NotFound),
        (cast.foreign_worker, NotFound),
        (cast.leader, RoleBeyondYours),
        (cast.district, RoleBeyondYours),
        (cast.auditor, RoleBeyondYours),
    ):
        with pytest.raises(refusal):
            await added(cast, other, to=cast.worker)
        with pytest.raises(refusal):
            await actions.channels_of(cast.worker.id, by=other)
        with pytest.raises(refusal):
            await ended(cast, fresh.channel.id, of=cast.worker, by=other)
    with pytest.raises(RoleBeyondYours):
        await added(cast, cast.specialist, to=cast.leader)
    assert await actions.channels_of(cast.worker.id, by=cast.specialist) == (fresh.channel,)
    await ended(cast, fresh.channel.id, of=cast.worker, by=cast.administrator)
    assert await live(cast) == 0


async def test_nobody_ends_anothers_channel_as_their_own(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    for other in (cast.specialist, cast.foreign_worker):
        with pytest.raises(NotFound):
            await ended(cast, fresh.channel.id, of=other, by=other)
    assert await live(cast) == 1


async def test_a_neighbour_cannot_see_a_channel_even_in_the_database(cast: Cast) -> None:
    await added(cast, cast.worker)
    async with db.transaction(cast.foreign_specialist.scope):
        assert await db.fetch_value("SELECT count(*) FROM account_channel") == 0


async def test_an_ended_account_is_sent_nothing_not_even_what_was_owed_before(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    await open_one(cast)
    await climb(now=cast.now)
    assert await cast.owner.fetchval("SELECT count(*) FROM notice WHERE channel = 'webhook'") == 1
    await cast.owner.execute("DELETE FROM duty WHERE account = $1", cast.worker.id)
    await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)
    provider = Provider()
    await deliver(now=cast.now, senders={"webhook": provider})
    await deliver(now=cast.now + timedelta(hours=1), senders={"webhook": provider})
    assert provider.took == []
    assert await live(cast) == 0
    assert await journal_kinds(cast, fresh.channel.id) == ["channel.added", "channel.ended"]
    with pytest.raises(AccountEnded):
        await added(cast, cast.specialist, to=cast.worker)
    with pytest.raises(AccountEnded):  # its session is over, but a request may be under way
        await added(cast, cast.worker)
    assert await live(cast) == 0


async def test_a_test_goes_the_way_every_message_goes(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    await try_channel(fresh.channel.id, by=cast.worker, now=cast.now)
    provider = Provider()
    counts = await deliver(now=cast.now, senders={"webhook": provider})
    assert counts["sent"] == 1
    ((message, to),) = provider.took
    assert (to.address, to.secret) == (ADDRESS, fresh.secret)
    assert message.title == "【一般】通知渠道测试"
    assert message.lines == ("这是一条测试消息，无需处理。收到即表示通道可用。",)
    rows = await cast.owner.fetch("SELECT account_id, channel, status FROM notice ORDER BY channel")
    assert [tuple(row) for row in rows] == [
        (cast.worker.id, "inbox", "sent"),
        (cast.worker.id, "webhook", "sent"),
    ]


async def test_a_test_is_sent_once_a_minute_and_only_to_oneself(cast: Cast) -> None:
    fresh = await added(cast, cast.worker)
    for other in (cast.specialist, cast.foreign_worker, cast.administrator):
        with pytest.raises(NotFound):
            await try_channel(fresh.channel.id, by=other, now=cast.now)
    await try_channel(fresh.channel.id, by=cast.worker, now=cast.now)
    with pytest.raises(TriedJustNow) as caught:
        await try_channel(fresh.channel.id, by=cast.worker, now=cast.now + 45 * MINUTE / 60)
    assert caught.value.retry_after == timedelta(seconds=15)
    await try_channel(fresh.channel.id, by=cast.worker, now=cast.now + MINUTE)
    assert await cast.owner.fetchval("SELECT count(*) FROM notice WHERE channel = 'webhook'") == 2


async def test_of_several_the_last_added_is_used_and_the_list_says_so(cast: Cast) -> None:
    older = await added(cast, cast.worker, address="https://old.example/1")
    later = cast.now + MINUTE
    newer = await actions.add_channel(
        cast.worker.id, "https://new.example/1", production=True, by=cast.worker, now=later
    )
    shown = await actions.channels_of(cast.worker.id, by=cast.worker)
    assert [(one.host, one.in_use) for one in shown] == [("new.example", True), ("old.example", False)]
    with pytest.raises(ChannelNotInUse):
        await try_channel(older.channel.id, by=cast.worker, now=later)
    await open_one(cast)
    await climb(now=cast.now)
    provider = Provider()
    await deliver(now=later, senders={"webhook": provider})
    assert [to.address for _, to in provider.took] == ["https://new.example/1"]
    await ended(cast, newer.channel.id, of=cast.worker, by=cast.worker)
    await try_channel(older.channel.id, by=cast.worker, now=later)
    await deliver(now=later, senders={"webhook": provider})
    assert provider.took[-1][1].address == "https://old.example/1"
