"""The timetable as arq runs it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from arq.cron import next_cron

from core import settings
from core.settings import WrongSettings
from workers import main
from workers.main import WorkerSettings, cron_jobs
from workers.timetable import TIMETABLE, Job

NIGHT = datetime(2026, 12, 31, 23, 59, 1, tzinfo=UTC)


@pytest.mark.parametrize("job", TIMETABLE, ids=lambda job: job.name)
def test_each_job_runs_as_often_as_it_says_also_across_new_years_night(job: Job) -> None:
    moment, fields = NIGHT, main._seconds(job)
    runs = []
    for _ in range(5):
        moment = next_cron(moment, **fields, microsecond=0)
        runs.append(moment)
    assert {later - earlier for earlier, later in pairwise(runs)} == {job.every}


def test_every_job_is_on_the_clock_once_and_none_takes_an_argument() -> None:
    found = cron_jobs()
    assert sorted(one.name for one in found) == sorted(f"cron:{job.name}" for job in TIMETABLE)
    assert all(one.unique and one.run_at_startup for one in found)
    assert not hasattr(WorkerSettings, "functions")


def test_a_round_is_cut_off_before_the_database_would_be_asked_twice_for_long() -> None:
    assert all(one.timeout_s is not None and one.timeout_s <= 50 for one in cron_jobs())


def test_nothing_is_silent_for_longer_than_two_intervals_and_a_little() -> None:
    for job in TIMETABLE:
        assert job.silent_for <= max(2 * job.every, timedelta(seconds=15))


def test_each_job_has_a_name_of_its_own_for_people() -> None:
    assert len({job.title for job in TIMETABLE}) == len(TIMETABLE)


async def test_a_tick_during_a_long_round_does_not_begin_another(pools: None) -> None:
    rounds, go_on = 0, asyncio.Event()

    async def lasts(now: datetime) -> dict[str, int]:
        nonlocal rounds
        rounds += 1
        await go_on.wait()
        return {}

    tick = main._round_of(Job(name="sweep", title="试验", every=timedelta(seconds=5), run=lasts))
    first = asyncio.create_task(tick({}))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await tick({})
    go_on.set()
    await first
    assert rounds == 1
    await tick({})
    assert rounds == 2


async def test_a_cancelled_round_gives_way_to_the_next(pools: None) -> None:
    rounds = 0

    async def lasts(now: datetime) -> dict[str, int]:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            await asyncio.Event().wait()
        return {}

    tick = main._round_of(Job(name="sweep", title="试验", every=timedelta(seconds=5), run=lasts))
    first = asyncio.create_task(tick({}))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await tick({})
    assert rounds == 2


def test_without_redis_the_worker_names_what_is_missing(
    test_settings: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "read", lambda: replace(test_settings, redis_url=""))
    with pytest.raises(WrongSettings, match="REDIS_URL"):
        main.make_worker()
