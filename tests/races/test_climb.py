"""Climbers beside each other, and people who answer in the very moment of a climb."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from alerts import actions
from alerts.actions import climb
from alerts.lifecycle import AlertResolved, AlreadyReturned
from alerts.queries.answering import save_acknowledgement
from alerts.queries.climbing import save_climbs
from tests.alerting import add_channel, alert_row, new_alert, open_all, open_one
from tests.cast import Cast

HOUR = timedelta(hours=1)
SEEN = {"note": "上门见到本人"}


def paused_before(name: str, original: object, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Stop whoever is about to call this until told to go on: (arrived, go)."""
    arrived, go = asyncio.Event(), asyncio.Event()

    async def waiting(*args: object, **kwargs: object) -> object:
        arrived.set()
        await go.wait()
        return await original(*args, **kwargs)  # type: ignore[operator]

    monkeypatch.setattr(name, waiting)
    return arrived, go


async def rungs(cast: Cast) -> Counter[tuple[object, ...]]:
    rows = await cast.owner.fetch("SELECT alert_id, rung, repeat FROM alert_rung")
    return Counter(tuple(row) for row in rows)


async def test_climbers_at_once_share_the_alerts_and_fire_each_rung_once(cast: Cast) -> None:
    await open_all(cast, [new_alert(cast) for _ in range(120)])
    for hours in range(0, 10, 2):
        counts = await asyncio.gather(*(climb(now=cast.now + hours * HOUR, limit=25) for _ in range(6)))
        assert sum(one["fired"] for one in counts) == 120
    fired = await rungs(cast)
    assert len(fired) == 600
    assert set(fired.values()) == {1}
    assert await cast.owner.fetchval("SELECT count(*) FROM notice") == 600


async def test_a_second_climber_does_not_wait_for_the_first_nor_repeat_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_one(cast)
    arrived, go = paused_before("alerts.actions.climbing.save_climbs", save_climbs, monkeypatch)
    first = asyncio.create_task(climb(now=cast.now))
    await arrived.wait()
    assert (await asyncio.wait_for(climb(now=cast.now), 5))["claimed"] == 0
    go.set()
    assert (await first)["fired"] == 1


async def test_an_acknowledgement_in_the_moment_of_a_climb_waits_for_it_and_holds_the_new_rung(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    due = cast.now + 2 * HOUR
    arrived, go = paused_before("alerts.actions.climbing.save_climbs", save_climbs, monkeypatch)
    climbing = asyncio.create_task(climb(now=due))
    await arrived.wait()
    answering = asyncio.create_task(actions.acknowledge(alert, by=cast.worker, now=due))
    await asyncio.sleep(0.2)
    assert not answering.done()
    go.set()
    await asyncio.gather(climbing, answering)
    row = await alert_row(cast, alert)
    assert (row["status"], row["rung"], row["next_at"]) == ("acknowledged", 1, due + 4 * HOUR)
    assert set((await rungs(cast)).values()) == {1}


async def test_a_climb_in_the_moment_of_an_acknowledgement_leaves_the_alert_alone(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    due = cast.now + 2 * HOUR
    arrived, go = paused_before("alerts.actions.answering.save_acknowledgement", save_acknowledgement, monkeypatch)
    answering = asyncio.create_task(actions.acknowledge(alert, by=cast.worker, now=due))
    await arrived.wait()
    assert (await asyncio.wait_for(climb(now=due), 5))["claimed"] == 0
    go.set()
    await answering
    assert (await climb(now=due))["claimed"] == 0
    row = await alert_row(cast, alert)
    assert (row["status"], row["rung"], row["next_at"]) == ("acknowledged", 0, due + 4 * HOUR)


async def test_what_is_resolved_in_the_moment_of_a_climb_owes_nothing_afterwards(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_channel(cast, cast.specialist)
    alert = await open_one(cast)
    await climb(now=cast.now)
    due = cast.now + 2 * HOUR
    arrived, go = paused_before("alerts.actions.climbing.save_climbs", save_climbs, monkeypatch)
    climbing = asyncio.create_task(climb(now=due))
    await arrived.wait()
    settling = asyncio.create_task(actions.resolve(alert, outcome="met", evidence=SEEN, by=cast.worker, now=due))
    await asyncio.sleep(0.2)
    go.set()
    await asyncio.gather(climbing, settling)
    assert (await alert_row(cast, alert))["status"] == "resolved"
    statuses = await cast.owner.fetch("SELECT status FROM notice WHERE channel = 'webhook'")
    assert [row["status"] for row in statuses] == ["withdrawn"]
    told_it_is_over = "SELECT count(*) FROM notice WHERE kind = 'alert_resolved' AND account_id = $1"
    assert await cast.owner.fetchval(told_it_is_over, cast.specialist.id) == 1


async def test_of_two_who_resolve_at_once_one_does(cast: Cast) -> None:
    alert = await open_one(cast)
    ended = await asyncio.gather(
        *(
            actions.resolve(alert, outcome="met", evidence=SEEN, by=by, now=cast.now)
            for by in (cast.worker, cast.leader)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if one is not None] == [AlertResolved]
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'alert.resolved'") == 1


async def test_of_two_who_return_at_once_one_does(cast: Cast) -> None:
    alert = await open_one(cast)
    ended = await asyncio.gather(
        actions.return_to(alert, to=cast.specialist.id, reason="户籍不在本村", by=cast.worker, now=cast.now),
        actions.return_to(alert, to=cast.district.id, reason="请区里协调", by=cast.leader, now=cast.now),
        return_exceptions=True,
    )
    assert [type(one) for one in ended if one is not None] == [AlreadyReturned]
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'alert.returned'") == 1


async def test_the_same_happening_found_by_two_opens_one_alert(cast: Cast) -> None:
    new = new_alert(cast)
    found = await asyncio.gather(*(open_all(cast, [new]) for _ in range(2)), return_exceptions=True)
    assert await cast.owner.fetchval("SELECT count(*) FROM alert") == 1, found
