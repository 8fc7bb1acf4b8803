"""Delivery: leased before it is sent, sent at least once, believed only when the provider says so."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from alerts import actions
from alerts.actions import climb, deliver
from alerts.actions.delivering import LEASE
from alerts.messages import Address, Message, Receipt
from alerts.notices import PER_MINUTE, TRIES
from core.ids import new_id
from tests.alerting import add_channel, climb_to, journal_kinds, new_alert, open_all, open_one
from tests.cast import Cast

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Provider:
    """Answers each message as it is told to, and keeps what it was sent."""

    def __init__(self, answer: Callable[[Message], Receipt] = lambda _: Receipt(reference="ok-1")) -> None:
        self.answer = answer
        self.took: list[tuple[Message, Address]] = []

    async def send(self, message: Message, to: Address) -> Receipt:
        self.took.append((message, to))
        return self.answer(message)


async def webhook_notice(cast: Cast) -> asyncpg.Record:
    return await cast.owner.fetchrow("SELECT * FROM notice WHERE channel = 'webhook'")


async def owed_to_worker(cast: Cast) -> UUID:
    """An alert whose first rung has fired, with a webhook to deliver."""
    await add_channel(cast, cast.worker)
    alert = await open_one(cast)
    await climb(now=cast.now)
    return alert


async def test_a_notice_is_sent_once_and_marked_after_the_providers_ok(cast: Cast) -> None:
    alert = await owed_to_worker(cast)
    provider = Provider()
    counts = await deliver(now=cast.now, senders={"webhook": provider}, public_url="https://chuangdeng.example")
    assert counts["sent"] == 1
    ((message, to),) = provider.took
    assert (to.address, to.secret) == ("https://hook.example/1", "shared secret")
    assert message.link == f"https://chuangdeng.example/alerts/{alert}"
    assert message.title == "【严重】逾期未走访 · 南柳镇柳家庄村"
    row = await webhook_notice(cast)
    assert (row["status"], row["sent_at"], row["provider_reference"]) == ("sent", cast.now, "ok-1")
    assert message.key == str(row["id"])
    assert (await journal_kinds(cast, alert))[-1] == "notice.sent"
    await deliver(now=cast.now + HOUR, senders={"webhook": provider})
    assert len(provider.took) == 1


async def test_a_message_holds_nothing_of_the_recipient(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high", name="李桂英")
    await add_channel(cast, cast.worker)
    await open_one(cast, recipient_id=recipient, facts={"due_at": "2026-03-01T16:00:00+00:00"})
    await climb(now=cast.now)
    provider = Provider()
    await deliver(now=cast.now, senders={"webhook": provider})
    said = str(provider.took[0][0])
    assert "李桂英" not in said
    assert str(recipient) not in said


async def test_an_inbox_notice_is_its_own_delivery(cast: Cast) -> None:
    await open_one(cast)
    await climb(now=cast.now)
    row = await cast.owner.fetchrow("SELECT status, sent_at, next_try_at FROM notice WHERE channel = 'inbox'")
    assert tuple(row) == ("sent", cast.now, None)


async def test_a_provider_that_refuses_is_tried_again_later_with_the_same_key(cast: Cast) -> None:
    await owed_to_worker(cast)
    provider = Provider(lambda _: Receipt(error="HTTP 500"))
    counts = await deliver(now=cast.now, senders={"webhook": provider})
    assert (counts["sent"], counts["retried"]) == (0, 1)
    row = await webhook_notice(cast)
    assert (row["status"], row["tries"], row["last_error"], row["lease_until"]) == ("owed", 1, "HTTP 500", None)
    assert MINUTE <= row["next_try_at"] - cast.now <= 2 * MINUTE
    assert (await deliver(now=cast.now + MINUTE / 2, senders={"webhook": provider}))["messages"] == 0
    provider.answer = lambda _: Receipt()
    await deliver(now=row["next_try_at"], senders={"webhook": provider})
    assert (await webhook_notice(cast))["status"] == "sent"
    assert provider.took[0][0].key == provider.took[1][0].key


async def test_a_sender_that_breaks_is_a_failure_of_that_message_only(cast: Cast) -> None:
    await add_channel(cast, cast.worker)
    await add_channel(cast, cast.foreign_worker, address="https://hook.example/2")
    await open_all(cast, [new_alert(cast), new_alert(cast, area_id=cast.foreign_village, owner_id=None)])
    await climb(now=cast.now)

    def answer(_: Message) -> Receipt:
        if len(provider.took) == 1:
            raise RuntimeError("https://hook.example/1?token=secret")
        return Receipt()

    provider = Provider(answer)
    counts = await deliver(now=cast.now, senders={"webhook": provider})
    assert (counts["sent"], counts["retried"]) == (1, 1)
    assert await cast.owner.fetchval("SELECT last_error FROM notice WHERE status = 'owed'") == "RuntimeError"


async def test_a_slow_provider_holds_nobody_up(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await owed_to_worker(cast)
    monkeypatch.setattr("alerts.actions.delivering._SEND_MAY_TAKE", 0.05)

    class Slow:
        async def send(self, message: Message, to: Address) -> Receipt:
            await asyncio.sleep(30)
            return Receipt()

    await deliver(now=cast.now, senders={"webhook": Slow()})
    assert (await webhook_notice(cast))["last_error"] == "timeout"


async def test_a_crash_after_sending_repeats_the_message_under_the_same_key_and_loses_none(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await owed_to_worker(cast)
    provider = Provider()

    async def killed(*_: object, **__: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("killed")

    monkeypatch.setattr("alerts.actions.delivering.mark_sent", killed)
    with pytest.raises(BaseExceptionGroup):
        await deliver(now=cast.now, senders={"webhook": provider})
    monkeypatch.undo()
    row = await webhook_notice(cast)
    assert (row["status"], row["lease_until"]) == ("owed", cast.now + LEASE)
    assert (await deliver(now=cast.now + LEASE / 2, senders={"webhook": provider}))["messages"] == 0
    assert (await deliver(now=cast.now + LEASE, senders={"webhook": provider}))["sent"] == 1
    assert [message.key for message, _ in provider.took] == [str(row["id"])] * 2


async def test_nothing_is_marked_sent_before_it_is(cast: Cast) -> None:
    await owed_to_worker(cast)
    statuses: list[str] = []

    class Looking:
        async def send(self, message: Message, to: Address) -> Receipt:
            statuses.append((await webhook_notice(cast))["status"])
            return Receipt()

    await deliver(now=cast.now, senders={"webhook": Looking()})
    assert statuses == ["owed"]


async def test_while_the_alert_waits_for_its_next_rung_no_notice_is_given_up(cast: Cast) -> None:
    await owed_to_worker(cast)
    await cast.owner.execute("UPDATE notice SET tries = $1 WHERE channel = 'webhook'", TRIES + 5)
    await deliver(now=cast.now, senders={"webhook": Provider(lambda _: Receipt(error="HTTP 500"))})
    assert (await webhook_notice(cast))["status"] == "owed"


async def test_once_the_next_rung_has_fired_a_notice_fails_after_its_tries_and_says_so(cast: Cast) -> None:
    alert = await owed_to_worker(cast)
    now = await climb_to(cast, alert, 1)
    await cast.owner.execute("UPDATE notice SET tries = $1 WHERE channel = 'webhook'", TRIES - 1)
    counts = await deliver(now=now, senders={"webhook": Provider(lambda _: Receipt(error="errcode 93000"))})
    assert counts["failed"] == 1
    row = await webhook_notice(cast)
    assert (row["status"], row["last_error"], row["next_try_at"]) == ("failed", "errcode 93000", None)
    assert (await journal_kinds(cast, alert))[-1] == "notice.failed"


async def test_the_repeat_of_the_last_rung_supersedes_its_own_earlier_firing(cast: Cast) -> None:
    await add_channel(cast, cast.district)
    alert = await open_one(cast)
    now = await climb_to(cast, alert, 3)
    await cast.owner.execute("UPDATE notice SET tries = $1 WHERE channel = 'webhook'", TRIES - 1)
    await climb(now=now + 2 * HOUR)
    await deliver(now=now + 2 * HOUR, senders={"webhook": Provider(lambda _: Receipt(error="HTTP 500"))})
    rows = await cast.owner.fetch("SELECT repeat, status FROM notice WHERE channel = 'webhook' ORDER BY repeat")
    assert [tuple(row) for row in rows] == [(0, "failed"), (1, "owed")]


async def test_an_address_that_is_gone_or_cannot_be_opened_is_a_failure_told_without_it(cast: Cast) -> None:
    await owed_to_worker(cast)
    provider = Provider()
    await cast.owner.execute("UPDATE account_channel SET id = $1", new_id())  # moved: the seal no longer fits
    await deliver(now=cast.now, senders={"webhook": provider})
    assert (await webhook_notice(cast))["last_error"] == "the address could not be opened"
    await cast.owner.execute("UPDATE account_channel SET ended_at = now()")
    await deliver(now=cast.now + HOUR, senders={"webhook": provider})
    assert (await webhook_notice(cast))["last_error"] == "no address on this channel any more"
    assert provider.took == []


async def test_a_channel_nobody_serves_is_a_failure_that_stays_visible(cast: Cast) -> None:
    await owed_to_worker(cast)
    await deliver(now=cast.now, senders={})
    assert (await webhook_notice(cast))["last_error"] == "no sender for channel webhook"


async def test_a_storm_becomes_one_message_top_risk_first(cast: Cast) -> None:
    await add_channel(cast, cast.worker)
    await open_all(cast, [new_alert(cast, kind="door_unanswered")] + [new_alert(cast) for _ in range(29)])
    await climb(now=cast.now)
    provider = Provider()
    counts = await deliver(now=cast.now, senders={"webhook": provider})
    assert (counts["messages"], counts["sent"]) == (1, 30)
    (message, _), *rest = provider.took
    assert not rest
    assert message.title == "【危急】共 30 条提醒待处理"
    assert message.lines[0] == "危急 1 · 严重 29"
    bundled = await cast.owner.fetch("SELECT DISTINCT bundle_id FROM notice WHERE channel = 'webhook'")
    assert [str(row["bundle_id"]) for row in bundled] == [message.key]


async def test_one_address_shared_by_many_is_kept_below_its_limit_and_everybody_is_served_in_turn(cast: Cast) -> None:
    people = [await another_worker(cast) for _ in range(PER_MINUTE + 5)]
    await open_all(cast, [new_alert(cast, area_id=cast.other_village, owner_id=one) for one in people])
    await climb(now=cast.now)
    provider = Provider()
    counts = await deliver(now=cast.now, senders={"webhook": provider})
    assert (counts["sent"], counts["delayed"]) == (PER_MINUTE, 5)
    assert (await deliver(now=cast.now + MINUTE / 2, senders={"webhook": provider}))["messages"] == 0
    assert (await deliver(now=cast.now + MINUTE, senders={"webhook": provider}))["sent"] == 5
    assert await cast.owner.fetchval("SELECT count(*) FROM notice WHERE status <> 'sent'") == 0


async def test_the_limit_of_an_address_counts_what_earlier_passes_sent(cast: Cast) -> None:
    people = [await another_worker(cast) for _ in range(PER_MINUTE + 1)]
    await open_all(cast, [new_alert(cast, area_id=cast.other_village, owner_id=one) for one in people[:-1]])
    await climb(now=cast.now)
    provider = Provider()
    assert (await deliver(now=cast.now, senders={"webhook": provider}))["sent"] == PER_MINUTE
    soon = cast.now + MINUTE / 2
    await open_one(cast, area_id=cast.other_village, owner_id=people[-1], now=soon)
    await climb(now=soon)
    assert (await deliver(now=soon, senders={"webhook": provider}))["delayed"] == 1
    assert (await deliver(now=soon + MINUTE, senders={"webhook": provider}))["sent"] == 1


async def another_worker(cast: Cast) -> UUID:
    """A worker who shares a group robot with the others."""
    account = new_id()
    await cast.owner.execute(
        "INSERT INTO account (id, login, name, role, district_id, created_at)"
        " VALUES ($1, $2, '钱进', 'worker', $3, $4)",
        account,
        str(account),
        cast.district_area,
        cast.now,
    )
    await add_channel(cast, account, address="https://robot.example/group")
    return account


async def test_two_deliverers_at_once_send_each_message_once(cast: Cast) -> None:
    people = [await another_worker(cast) for _ in range(15)]
    await open_all(cast, [new_alert(cast, area_id=cast.other_village, owner_id=one) for one in people])
    await climb(now=cast.now)
    provider = Provider()
    counts = await asyncio.gather(*(deliver(now=cast.now, senders={"webhook": provider}) for _ in range(3)))
    assert sum(one["sent"] for one in counts) == 15
    assert len({message.key for message, _ in provider.took}) == len(provider.took) == 15


async def test_what_is_withdrawn_while_it_is_under_way_was_sent_all_the_same(cast: Cast) -> None:
    alert = await owed_to_worker(cast)

    class Settling:
        async def send(self, message: Message, to: Address) -> Receipt:
            await actions.resolve(
                alert, outcome="met", evidence={"note": "上门见到本人"}, by=cast.specialist, now=cast.now
            )
            assert (await webhook_notice(cast))["status"] == "withdrawn"
            return Receipt()

    await deliver(now=cast.now, senders={"webhook": Settling()})
    assert (await webhook_notice(cast))["status"] == "sent"


async def test_what_is_withdrawn_is_not_sent(cast: Cast) -> None:
    alert = await owed_to_worker(cast)
    await actions.resolve(alert, outcome="met", evidence={"note": "上门见到本人"}, by=cast.specialist, now=cast.now)
    assert (await deliver(now=cast.now + HOUR, senders={"webhook": Provider()}))["messages"] == 0


async def test_a_general_notice_goes_out_in_the_messaging_hours(cast: Cast) -> None:
    night = cast.now.replace(hour=15)  # 23:00 in Shanghai
    await add_channel(cast, cast.worker)
    await open_one(cast, risk="general", now=night)
    await climb(now=night)
    provider = Provider()
    assert (await deliver(now=night, senders={"webhook": provider}))["messages"] == 0
    assert (await deliver(now=night + 9 * HOUR, senders={"webhook": provider}))["sent"] == 1
