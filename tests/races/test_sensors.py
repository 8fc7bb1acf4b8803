"""Readings, rounds and steps at the same moment, with real commits: each counted once, nobody in anybody's way."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from core.ids import new_id
from tests.alerting import alert_row, open_one
from tests.cast import Cast
from tests.sensing import counted, gateway, send, sensor, window, witnessed
from tests.visiting import HOUR, alerts
from visits.daily.actions.stepping import take_step
from visits.sensors import actions
from visits.sensors.queries import witnessing as queries


async def test_one_batch_sent_many_times_at_once_counts_once(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meters = [await sensor(cast, sender, await cast.recipient()) for _ in range(3)]
    batch = [counted(meter, 1, cast.now, event_id=str(n)) for n in range(20) for meter in meters]
    results = await asyncio.gather(
        *(send(sender, *(batch if turn % 2 else reversed(batch)), now=cast.now) for turn in range(10))
    )
    assert Counter(one.status for result in results for one in result) == {"taken": 60, "repeated": 540}
    assert await cast.owner.fetchval("SELECT count(*) FROM sensor_event") == 60


async def test_two_contents_under_one_number_at_once_leave_one(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meter = await sensor(cast, sender, await cast.recipient())
    results = await asyncio.gather(
        *(send(sender, counted(meter, amount, cast.now, event_id="1"), now=cast.now) for amount in range(8))
    )
    assert Counter(one.status for (one,) in results) == {"taken": 1, "refused": 7}
    assert await cast.owner.fetchval("SELECT count(*) FROM sensor_event") == 1


async def test_rounds_at_once_witness_each_window_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sender, _ = await gateway(cast)
    homes = [await cast.recipient() for _ in range(12)]
    for home in homes:
        meter = await sensor(cast, sender, home)
        await send(sender, counted(meter, 20, cast.now), now=cast.now)
        await window(cast, home, closes_at=cast.now)
    arrived, all_here = Counter[str](), asyncio.Event()
    store = queries.add_witnessed

    async def all_have_asked(*args: Any, **known: Any) -> int:
        """Every round has found the windows unwitnessed before the first one stores what it heard."""
        arrived["rounds"] += 1
        if arrived["rounds"] == 4:
            all_here.set()
        await all_here.wait()
        return await store(*args, **known)

    monkeypatch.setattr("visits.sensors.queries.witnessing.add_witnessed", all_have_asked)
    await asyncio.gather(*(actions.witness_windows(now=cast.now) for _ in range(4)))
    assert await cast.owner.fetchval("SELECT count(*) FROM quarantined") == 0
    assert [await witnessed(cast, home) for home in homes] == [["active"]] * 12


async def test_rounds_at_once_tell_of_each_silence_once_while_devices_speak(cast: Cast) -> None:
    sender, _ = await gateway(cast)
    meters = [await sensor(cast, sender, await cast.recipient(), hung=8 * HOUR) for _ in range(10)]
    spoken = [send(sender, counted(meter, 0, cast.now), now=cast.now) for meter in meters[:5]]
    rounds = [actions.watch_sensors(now=cast.now, limit=3) for _ in range(4)]
    await asyncio.gather(*rounds, *spoken)
    for _ in range(5):
        await actions.watch_sensors(now=cast.now, limit=3)
    told = await alerts(cast, "sensor_silent")
    assert max(Counter(one["subject_id"] for one in told).values()) == 1
    assert {one["subject_id"] for one in told if one["status"] == "open"} == {meter.id for meter in meters[5:]}


async def test_one_step_sent_many_times_at_once_is_taken_once_and_resolves_once(cast: Cast) -> None:
    home = await cast.recipient()
    alert, step = await open_one(cast, kind="daily_anomaly", recipient_id=home, owner_id=None), new_id()
    done = await asyncio.gather(
        *(
            take_step(alert, step, step="knock", result="safe", note="", made_at=cast.now, by=cast.worker, now=cast.now)
            for _ in range(8)
        )
    )
    assert {len(one.steps) for one in done} == {1}
    kinds = await cast.owner.fetch("SELECT kind FROM journal WHERE subject_id = $1", alert)
    counts = Counter(row["kind"] for row in kinds)
    assert (counts["alert.step_taken"], counts["alert.resolved"]) == (1, 1)
    assert (await alert_row(cast, alert))["resolved_at"] == cast.now + timedelta()
