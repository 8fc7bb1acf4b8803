"""What breaks inside a push stays with the item it broke over: the rest is stored, and a human hears of it in time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from accounts.permissions import Sender
from api.sync import read_item
from api.sync_kinds import KINDS
from core import db
from core.errors import Refusal, TooMany, Unavailable
from tests.cast import Cast
from tests.pushing import inbox, item, raw_of, report
from tests.visiting import alerts, slot, status
from visits.sync import actions
from visits.sync.item import Batch, Doing, Item, Kind, Outcome


def kinds(run: Callable[[Doing], Any]) -> Mapping[str, Kind]:
    """The product's own, but for hazards, which break as they are told to."""

    async def broken(one: Doing) -> Any:
        return await run(one)

    return {**KINDS, "hazard": replace(KINDS["hazard"], run=broken)}


def hazard(cast: Cast, recipient: UUID, seq: int = 1) -> dict[str, Any]:
    at = cast.now.isoformat()
    return item(
        "hazard", cast.now, seq, recipient_id=str(recipient), source="inspection", severity="general",
        block="safety", what="电线裸露", found_at=at,
    )  # fmt: skip


async def push(
    cast: Cast, *sent: dict[str, Any], kinds: Mapping[str, Kind] = KINDS, now: Any = None
) -> Sequence[Outcome]:
    by = cast.worker

    def read(raw: bytes) -> Item:
        return read_item(raw, by.id)[1]

    at = now or cast.now
    batch = Batch(items=tuple(read(msgspec.json.encode(one)) for one in sent), sent_at=at, unsent=0)
    receipt = await actions.push(batch, kinds=kinds, read=read, sender=Sender(account=by), now=at)
    return receipt.outcomes


async def breaks_in_sql(one: Doing) -> Any:
    await db.execute("INSERT INTO hazard (id) SELECT id FROM visit WHERE nonsense")


async def breaks_in_python(one: Doing) -> Any:
    raise KeyError("nothing")


async def writes_and_breaks(one: Doing) -> Any:
    await KINDS["hazard"].run(one)
    raise ZeroDivisionError


@pytest.mark.parametrize("run", [breaks_in_sql, breaks_in_python, writes_and_breaks])
async def test_a_fault_holds_its_item_and_nothing_else(cast: Cast, run: Callable[[Doing], Any]) -> None:
    recipient = await cast.recipient()
    visits = [await slot(cast), await slot(cast)]
    sent = [report(visits[0], cast.now, 1), hazard(cast, recipient, 2), report(visits[1], cast.now, 3)]
    told = await push(cast, *sent, kinds=kinds(run))
    assert [(one.status, one.code) for one in told] == [("taken", None), ("held", "not-processed"), ("taken", None)]
    assert [await status(cast, visit) for visit in visits] == ["made", "made"]
    assert await cast.owner.fetchval("SELECT count(*) FROM hazard") == 0
    kept = next(one for one in await inbox(cast) if one["kind"] == "hazard")
    assert (kept["status"], kept["tries"], kept["answer"], kept["settled_at"]) == ("held", 1, None, None)
    assert "电线裸露" in raw_of(kept).decode()


async def test_what_broke_is_tried_again_and_taken_when_it_can_be(cast: Cast) -> None:
    one = hazard(cast, await cast.recipient())
    await push(cast, one, kinds=kinds(breaks_in_python))
    (told,) = await push(cast, one)
    assert told.status == "taken"
    assert await cast.owner.fetchval("SELECT count(*) FROM hazard") == 1


async def test_after_five_tries_a_human_is_told_once_and_told_that_it_is_over(cast: Cast) -> None:
    one = hazard(cast, await cast.recipient())
    for tries in range(1, 8):
        assert [told.status for told in await push(cast, one, kinds=kinds(breaks_in_python))] == ["held"]
        assert len(await alerts(cast, "quarantined")) == (tries >= 5)
    (told,) = await push(cast, one)
    assert told.status == "taken"
    assert [alert["status"] for alert in await alerts(cast, "quarantined")] == ["resolved"]


@pytest.mark.parametrize("statement", [None, "SELECT nonsense"])
async def test_reports_that_break_together_are_taken_one_by_one(cast: Cast, statement: str | None) -> None:
    async def breaks(_: Sequence[Doing]) -> list[Any]:
        if statement:
            await db.execute(statement)
        raise ZeroDivisionError

    visits = [await slot(cast) for _ in range(3)]
    lamed = {**KINDS, "report": replace(KINDS["report"], run_all=breaks)}
    told = await push(cast, *(report(visit, cast.now, seq) for seq, visit in enumerate(visits, 1)), kinds=lamed)
    assert [one.status for one in told] == ["taken"] * 3


async def test_what_only_the_whole_push_can_meet_stores_nothing_and_is_raised(cast: Cast) -> None:
    async def down(one: Doing) -> Any:
        raise Unavailable

    sent = [report(await slot(cast), cast.now, 1), hazard(cast, await cast.recipient(), 2)]
    with pytest.raises(Unavailable):
        await push(cast, *sent, kinds=kinds(down))
    assert await inbox(cast) == []
    assert [one.status for one in await push(cast, *sent)] == ["taken", "taken"]


async def test_a_push_that_stood_in_anothers_way_is_made_again(cast: Cast) -> None:
    tries: list[int] = []

    async def deadlocked(one: Doing) -> Any:
        tries.append(1)
        if len(tries) < 3:
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        return await KINDS["hazard"].run(one)

    told = await push(cast, hazard(cast, await cast.recipient()), kinds=kinds(deadlocked))
    assert ([one.status for one in told], len(tries)) == (["taken"], 3)
    assert len(await inbox(cast)) == 1


async def test_a_push_that_never_gets_through_is_raised_and_stores_nothing(cast: Cast) -> None:
    async def deadlocked(one: Doing) -> Any:
        raise asyncpg.SerializationError("could not serialize")

    with pytest.raises(asyncpg.SerializationError):
        await push(cast, hazard(cast, await cast.recipient()), kinds=kinds(deadlocked))
    assert await inbox(cast) == []


async def test_a_refusal_keeps_what_its_action_stored_on_purpose(cast: Cast) -> None:
    async def counts_and_refuses(one: Doing) -> Any:
        await KINDS["hazard"].run(one)
        raise TooMany(retry_after=timedelta(hours=1))

    (told,) = await push(cast, hazard(cast, await cast.recipient()), kinds=kinds(counts_and_refuses))
    assert (told.status, told.code) == ("refused", "too-many")
    assert await cast.owner.fetchval("SELECT count(*) FROM hazard") == 1


async def test_a_refusal_is_told_for_ever_even_when_it_would_be_taken_now(cast: Cast) -> None:
    async def refuses(one: Doing) -> Any:
        raise Refusal("不行。")

    one = hazard(cast, await cast.recipient())
    first = await push(cast, one, kinds=kinds(refuses))
    assert await push(cast, one) == first
    assert await cast.owner.fetchval("SELECT count(*) FROM hazard") == 0


async def test_a_held_item_keeps_the_clock_it_came_by(cast: Cast) -> None:
    one = hazard(cast, await cast.recipient())
    seen: list[Doing] = []

    async def looks(doing: Doing) -> Any:
        seen.append(doing)
        raise ZeroDivisionError

    await push(cast, one, kinds=kinds(looks))
    await push(cast, one, kinds=kinds(looks), now=cast.now + timedelta(days=2))
    assert [doing.received_at for doing in seen] == [cast.now] * 2
    assert seen[0].made_at == seen[1].made_at == cast.now


async def test_one_push_of_a_phone_waits_for_the_other(cast: Cast) -> None:
    began, go = asyncio.Event(), asyncio.Event()

    async def waits(one: Doing) -> Any:
        began.set()
        await go.wait()
        return await KINDS["hazard"].run(one)

    one = hazard(cast, await cast.recipient())
    first = asyncio.create_task(push(cast, one, kinds=kinds(waits)))
    await began.wait()
    second = asyncio.create_task(push(cast, one))
    await asyncio.sleep(0.3)
    assert not second.done()
    go.set()
    assert await first == await second
    assert await cast.owner.fetchval("SELECT count(*) FROM hazard") == 1
