"""Taps, sweeps, layouts and a death at once, with real commits: each window judged once, each alarm told once."""

import asyncio
from collections import Counter

import pytest

from core.ids import new_id
from tests.cast import Cast
from tests.visiting import alerts
from tests.watching import DAY, at, became, lane, settle, tap, window
from visits.daily import actions
from visits.daily.actions import settling
from visits.daily.queries import lanes as queries
from visits.daily.refusals import LaneFull, WatchedAlready

SWEEPERS = 4


class Gate:
    """Holds an action at one of its steps: it says when it has arrived and goes on when it is let through."""

    def __init__(self, step: object) -> None:
        self.step, self.arrived, self.opened = step, asyncio.Event(), asyncio.Event()

    async def __call__(self, *args: object, **known: object) -> object:
        self.arrived.set()
        await self.opened.wait()
        return await self.step(*args, **known)  # type: ignore[operator]


async def sweep_all(cast: Cast, clock: str, limit: int) -> None:
    while (await actions.settle_checks(now=at(cast, clock), limit=limit))["claimed"]:
        continue


async def test_several_sweeps_share_the_windows_and_each_alerts_once(cast: Cast) -> None:
    laid = [await lane(cast, households=5) for _ in range(12)]
    await asyncio.gather(*(sweep_all(cast, "21:30", 7) for _ in range(SWEEPERS)))
    told = Counter(one["recipient_id"] for one in await alerts(cast))
    assert told == Counter(person for one in laid for person in one.people)
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'daily_check.not_observed'") == 60


async def test_the_same_tap_sent_many_times_at_once_is_stored_once(cast: Cast) -> None:
    laid, item = await lane(cast, households=5), new_id()
    answers = await asyncio.gather(*(tap(cast, laid, "evening", at(cast, "19:00"), item_id=item) for _ in range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 5


async def test_taps_of_the_same_lane_at_once_do_not_block_each_other(cast: Cast) -> None:
    laid = await lane(cast, households=5)
    backwards = {one.id: "dark" for one in reversed(laid.households)}
    tapped = [tap(cast, laid, "evening", at(cast, "19:00")) for _ in range(10)]
    singly = [tap(cast, laid, "evening", at(cast, "19:00"), all_changed=False, exceptions=backwards) for _ in range(10)]
    await asyncio.gather(*(one for pair in zip(tapped, singly, strict=True) for one in pair))
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 100


async def test_taps_and_sweeps_at_once_lose_nothing(cast: Cast) -> None:
    laid = [await lane(cast, households=5) for _ in range(8)]
    taps = [
        tap(cast, one, "evening", at(cast, "19:00"), exceptions={one.households[0].id: "dark"}, now=at(cast, "21:31"))
        for one in laid
    ]
    await asyncio.gather(*taps[:4], sweep_all(cast, "21:31", 3), *taps[4:], sweep_all(cast, "21:31", 3))
    await settle(at(cast, "21:32"))
    for one in laid:
        assert await became(cast, one, at(cast, "19:00"), "evening") == ["anomaly", *["changed"] * 4]
    still = Counter(one["kind"] for one in await alerts(cast) if one["status"] == "open")
    assert still == {"daily_anomaly": 8}


async def test_a_tap_that_waits_for_the_sweep_is_judged_by_the_next_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = await lane(cast)
    gate = Gate(settling._settle)
    monkeypatch.setattr("visits.daily.actions.settling._settle", gate)
    sweep = asyncio.create_task(actions.settle_checks(now=at(cast, "21:30")))
    await gate.arrived.wait()
    late = asyncio.create_task(tap(cast, laid, "evening", at(cast, "21:29"), now=at(cast, "21:30")))
    await asyncio.sleep(0.2)
    assert not late.done(), "the window is locked by the sweep"
    gate.opened.set()
    await sweep
    await late
    monkeypatch.undo()
    await settle(at(cast, "21:31"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed"]
    assert [one["status"] for one in await alerts(cast)] in ([], ["resolved"])


async def test_several_layouts_at_once_lay_each_window_once(cast: Cast) -> None:
    laid = [await lane(cast, households=5) for _ in range(6)]
    tomorrow = cast.now + DAY
    counts = await asyncio.gather(*(actions.lay_checks(now=tomorrow, limit=11) for _ in range(SWEEPERS)))
    await actions.lay_checks(now=tomorrow)
    assert sum(one["households"] for one in counts) <= 30
    for one in laid:
        for person in one.people:
            assert await window(cast, person, tomorrow.date() + DAY, "morning")


async def test_a_lane_is_not_overfilled_by_two_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    laid = await lane(cast, households=4)
    people = [await cast.recipient() for _ in range(2)]
    gate = Gate(queries.add_household)
    monkeypatch.setattr("visits.daily.queries.lanes.add_household", gate)

    async def add(number: int) -> bool:
        try:
            await actions.add_household(
                laid.id, recipient_id=people[number], shown_as=f"{number}号", by=cast.specialist, now=cast.now
            )
        except LaneFull:
            return False
        return True

    both = [asyncio.create_task(add(number)) for number in range(2)]
    await gate.arrived.wait()
    await asyncio.sleep(0.3)  # whoever does not wait for the other has counted four by now, too
    gate.opened.set()
    assert sorted(await asyncio.gather(*both)) == [False, True]


async def test_a_household_is_put_into_one_lane_by_two_at_once(cast: Cast) -> None:
    laid, person = [await lane(cast) for _ in range(4)], await cast.recipient()

    async def add(number: int) -> bool:
        try:
            await actions.add_household(
                laid[number].id, recipient_id=person, shown_as="东屋", by=cast.specialist, now=cast.now
            )
        except WatchedAlready:
            return False
        return True

    assert sorted(await asyncio.gather(*(add(number) for number in range(4)))) == [False, False, False, True]
