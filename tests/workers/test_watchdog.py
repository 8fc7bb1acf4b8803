"""The watchdog takes over what stands still, tells the administrators, and vouches only for what was seen."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core import clock, db, heartbeat, quarantine
from core.heartbeat import Beat
from core.scope import JOBS
from tests.alerting import add_channel, new_alert, open_all
from tests.cast import Cast
from tests.night import until
from tests.visiting import slot, status
from workers import climb, sweep, watchdog
from workers import round as one_round
from workers.timetable import TIMETABLE, Job
from workers.watchdog import ALARM_AFTER, URGENT, Hands, Look, look, measure, raise_alarm

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)
SECOND = timedelta(seconds=1)
JOB = {job.name: job for job in TIMETABLE}
CALM = {"forgotten": 0, "silent": 0}


def beats(**but: Beat | None) -> dict[str, Beat]:
    """Every job beat a moment ago, run by a worker; nobody is forgotten and no canary silent."""
    fresh = {name: Beat(at=NOW, by_worker_at=NOW, counts=CALM) for name in JOB}
    return {name: beat for name, beat in (fresh | but).items() if beat is not None}


def worked(job: Job, ago: timedelta, *, last: timedelta | None = None) -> Beat:
    """A worker finished a round so long ago; `last`: the watchdog did since."""
    return Beat(at=NOW - (ago if last is None else last), by_worker_at=NOW - ago, counts=CALM)


def named(jobs: tuple[Job, ...]) -> set[str]:
    return {job.name for job in jobs}


def seen(found: dict[str, Beat], waiting: dict[str, timedelta] | None = None, *, since: datetime = LONG_AGO) -> Look:
    return look(found, waiting or {}, now=NOW, since=since)


def a_job(name: str, run: Callable[[datetime], Any]) -> Job:
    return Job(name=name, title="试验", every=timedelta(seconds=5), run=run)


# What it judges


def test_nothing_is_stale_while_every_heart_beats() -> None:
    found = seen(beats())
    assert not found.stale
    assert not found.alarming
    assert found.nobody_forgotten


@pytest.mark.parametrize("job", TIMETABLE, ids=lambda job: job.name)
def test_a_worker_silent_for_two_intervals_is_replaced(job: Job) -> None:
    assert not seen(beats(**{job.name: worked(job, job.silent_for)})).stale
    assert job.name in named(seen(beats(**{job.name: worked(job, job.silent_for + SECOND)})).stale)


def test_what_an_urgent_job_finds_is_followed_to_the_telephone() -> None:
    for place, name in enumerate(URGENT):
        silent = worked(JOB[name], JOB[name].silent_for + SECOND)
        assert named(seen(beats(**{name: silent})).stale) == set(URGENT[place:])


def test_other_jobs_are_taken_over_alone() -> None:
    assert named(seen(beats(auditor=worked(JOB["auditor"], timedelta(hours=1)))).stale) == {"auditor"}


def test_a_job_that_never_beat_is_measured_from_the_watchdogs_own_start() -> None:
    assert not seen({}, since=NOW).stale
    assert named(seen({}).stale) == set(JOB)


def test_in_a_dead_workers_place_it_keeps_the_jobs_own_rhythm() -> None:
    dead = timedelta(hours=1)
    just_done = {name: worked(job, dead, last=SECOND) for name, job in JOB.items()}
    assert not seen(just_done).stale
    an_interval_ago = {name: worked(job, dead, last=job.every) for name, job in JOB.items() if job.every <= dead / 2}
    assert set(an_interval_ago) <= named(seen(just_done | an_interval_ago).stale)


@pytest.mark.parametrize("name", URGENT)
def test_a_fresh_heartbeat_does_not_hide_rows_that_wait(name: str) -> None:
    """A worker may be blind, or stuck on something else: the age of the oldest due row tells."""
    limit = JOB[name].silent_for
    assert not seen(beats(), {name: limit}).stale
    found = seen(beats(), {name: limit + SECOND})
    assert name in named(found.stale)
    assert not found.alarming
    assert found.nobody_forgotten


@pytest.mark.parametrize("name", URGENT)
def test_rows_that_wait_in_spite_of_the_watchdog_raise_the_alarm(name: str) -> None:
    found = seen(beats(), {name: JOB[name].silent_for + ALARM_AFTER + SECOND})
    assert named(found.alarming) == {name}
    assert not found.nobody_forgotten


def test_its_own_rounds_do_not_quiet_the_alarm() -> None:
    sweeps = JOB["sweep"]
    dead = worked(sweeps, sweeps.silent_for + ALARM_AFTER + SECOND, last=timedelta())
    assert named(seen(beats(sweep=dead)).alarming) == {"sweep"}


@pytest.mark.parametrize(
    "vouching",
    [
        {"auditor": Beat(at=NOW, by_worker_at=NOW, counts={"forgotten": 1})},
        {"auditor": Beat(at=NOW, by_worker_at=NOW, counts={})},
        {"auditor": Beat(at=NOW - timedelta(minutes=6), by_worker_at=NOW, counts=CALM)},
        {"auditor": None},
        {"canary": Beat(at=NOW, by_worker_at=NOW, counts={"flown": 1, "silent": 1})},
        {"canary": Beat(at=NOW, by_worker_at=NOW, counts={"flown": 1})},
        {"canary": Beat(at=NOW - timedelta(minutes=26), by_worker_at=NOW, counts=CALM)},
        {"canary": None},
    ],
    ids=[
        "somebody is forgotten",
        "the auditor did not say",
        "the auditor is silent",
        "the auditor never ran",
        "a canary is silent",
        "the canary's job did not say",
        "the canary's job is silent",
        "no canary ever flew",
    ],
)
def test_the_outside_heartbeat_is_withheld(vouching: dict[str, Beat | None]) -> None:
    assert not seen(beats(**vouching)).nobody_forgotten


# What it measures


async def waits(now: datetime) -> dict[str, timedelta]:
    return (await measure(now=now))[1]


async def test_it_measures_the_oldest_row_that_waits(cast: Cast, process: None) -> None:
    assert await waits(cast.now) == {}
    await slot(cast, due_at=cast.now)
    await slot(cast, due_at=cast.now - timedelta(hours=1))
    assert await waits(cast.now) == {"sweep": timedelta(hours=1)}
    await sweep.run(cast.now)
    assert await waits(cast.now + SECOND) == {"climb": SECOND}
    await add_channel(cast, cast.worker)
    await climb.run(cast.now + SECOND)
    assert await waits(cast.now + 3 * SECOND) == {"deliver": 2 * SECOND}


async def test_what_waits_for_a_human_or_a_provider_does_not_wait_for_a_job(cast: Cast, process: None) -> None:
    visit = await slot(cast, due_at=cast.now - timedelta(hours=1))
    async with db.transaction(JOBS):
        await quarantine.set_aside("sweep", visit, area_id=cast.village, fault=ValueError(), now=cast.now)
    await add_channel(cast, cast.worker)
    await open_all(cast, [new_alert(cast)])
    await climb.run(cast.now)
    await cast.owner.execute("UPDATE notice SET lease_until = $1 WHERE status = 'owed'", cast.now + 120 * SECOND)
    assert await waits(cast.now + 60 * SECOND) == {}
    assert await waits(cast.now + 130 * SECOND) == {"deliver": 10 * SECOND}


# What it does


async def take_over(*jobs: Job) -> None:
    hands = Hands()
    hands.take_over(jobs)
    await hands.rest()


async def test_it_does_the_work_and_leaves_its_own_mark(pools: None) -> None:
    rounds: list[datetime] = []

    async def run(now: datetime) -> dict[str, int]:
        rounds.append(now)
        return {"done": 1}

    await take_over(a_job("sweep", run))
    async with db.transaction(JOBS):
        beat = (await heartbeat.beats())["sweep"]
    assert len(rounds) == 1
    assert beat.by_worker_at is None
    assert beat.counts == {"done": 1}


async def test_a_job_that_fails_leaves_no_heartbeat_and_the_others_their_turn(pools: None) -> None:
    async def fails(now: datetime) -> dict[str, int]:
        raise RuntimeError("no")

    async def works(now: datetime) -> dict[str, int]:
        return {}

    await take_over(a_job("sweep", fails), a_job("climb", works), a_job("layout", fails), a_job("risk", works))
    async with db.transaction(JOBS):
        assert set(await heartbeat.beats()) == {"climb", "risk"}


async def test_the_urgent_three_run_one_after_another_and_nothing_slow_keeps_them_waiting(pools: None) -> None:
    order: list[str] = []
    slow, delivered = asyncio.Event(), asyncio.Event()

    def job(name: str) -> Job:
        async def run(now: datetime) -> dict[str, int]:
            order.append(name)
            await asyncio.sleep(0.01)
            order.append(f"{name} done")
            if name == "deliver":
                delivered.set()
            return {}

        return a_job(name, run)

    async def lasts(now: datetime) -> dict[str, int]:
        await slow.wait()
        order.append("layout done")
        return {}

    hands = Hands()
    layout = a_job("layout", lasts)
    hands.take_over([*map(job, URGENT), layout])
    async with asyncio.timeout(5):
        await delivered.wait()
    hands.take_over([layout])
    slow.set()
    await hands.rest()
    assert order == [*(f"{name}{end}" for name in URGENT for end in ("", " done")), "layout done"]


async def test_a_round_that_hangs_is_given_up(pools: None, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(now: datetime) -> dict[str, int]:
        await asyncio.Event().wait()
        return {}

    monkeypatch.setattr(one_round, "MAY_TAKE", 0.05)
    async with asyncio.timeout(5):
        assert await one_round.run(a_job("sweep", hangs), ran_by="watchdog") is None
    async with db.transaction(JOBS):
        assert await heartbeat.beats() == {}


async def test_a_workers_round_counts_as_a_workers(pools: None) -> None:
    async def works(now: datetime) -> dict[str, int]:
        return {}

    await one_round.run(a_job("climb", works), ran_by="worker", now=NOW)
    await one_round.run(a_job("climb", works), ran_by="watchdog", now=NOW + timedelta(minutes=1))
    async with db.transaction(JOBS):
        beat = (await heartbeat.beats())["climb"]
    assert beat.by_worker_at == NOW
    assert beat.at == NOW + timedelta(minutes=1)


async def test_the_alarm_reaches_each_administrator_once_an_hour(cast: Cast, owner: asyncpg.Connection) -> None:
    silent = seen({})
    for minutes in (0, 1, 61):
        await raise_alarm(silent, now=NOW + timedelta(minutes=minutes))
    told = await owner.fetch(
        "SELECT account_id, facts -> 'lines' ->> 0 AS line FROM notice WHERE kind = 'jobs_silent' AND channel = 'inbox'"
    )
    assert [row["account_id"] for row in told] == [cast.administrator.id] * 2
    assert "逾期巡查、预警升级、消息发送" in told[0]["line"]


def test_it_needs_neither_arq_nor_redis() -> None:
    probe = "import sys, workers.watchdog; print(sorted({'arq', 'redis', 'litestar'} & set(sys.modules)))"
    house = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", probe], cwd=house, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# The whole of it, watching


@asynccontextmanager
async def watching(url: str = "") -> AsyncIterator[None]:
    """The watchdog at work in this process."""
    stop = asyncio.Event()
    task = asyncio.create_task(watchdog.watch(url, stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def every_heart_beats(**counts: dict[str, int]) -> None:
    """A worker finished every job at this moment."""
    async with db.transaction(JOBS):
        for name in JOB:
            await heartbeat.beat(name, now=clock.now(), ran_by="worker", counts=counts.get(name, CALM))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks and pings many times a second."""
    monkeypatch.setattr(watchdog, "LOOKS_EVERY", timedelta(milliseconds=30))
    monkeypatch.setattr(watchdog, "PINGS_EVERY", timedelta())


async def test_beside_a_worker_that_beats_but_does_nothing_it_does_the_work(
    cast: Cast, process: None, quick: None
) -> None:
    """The wedged worker: its heart beats, nothing is locked, and a visit has been overdue for a minute."""
    visit = await slot(cast, due_at=clock.now() - timedelta(minutes=1))
    await every_heart_beats()

    async def told() -> bool:
        found = "SELECT EXISTS (SELECT FROM notice n JOIN alert a ON a.id = n.alert_id WHERE a.subject_id = $1)"
        return bool(await cast.owner.fetchval(found, visit))

    async with watching():
        await until(told)
    assert await status(cast, visit) in {"missed", "not_known"}


async def test_a_fault_of_one_look_is_not_its_last(
    cast: Cast, process: None, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    truly = watchdog.measure

    async def measured(*, now: datetime) -> Any:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise asyncpg.CannotConnectNowError("the database system is starting up")
        return await truly(now=now)

    monkeypatch.setattr(watchdog, "measure", measured)
    visit = await slot(cast, due_at=clock.now() - timedelta(minutes=1))

    async def judged() -> bool:
        return await status(cast, visit) != "open"

    async with watching():
        await until(judged)
    assert looks > 1


@contextmanager
def outside() -> Iterator[tuple[str, list[str]]]:
    """The monitor beyond the network: its address, and what it heard."""
    heard: list[str] = []

    class Monitor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Monitor) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/alive", heard
        finally:
            server.shutdown()
            thread.join()


async def test_the_outside_hears_while_all_is_well_and_only_then(cast: Cast, process: None, quick: None) -> None:
    with outside() as (url, heard):
        async with watching(url):

            async def pinged() -> bool:
                return bool(heard)

            async def hushed(**counts: dict[str, int]) -> bool:
                await every_heart_beats(**counts)
                await asyncio.sleep(0.1)
                heard.clear()
                await asyncio.sleep(0.25)
                return heard == []

            assert await hushed(canary={"flown": 1, "silent": 1})
            await every_heart_beats()
            await until(pinged)
            assert await hushed(auditor={"forgotten": 1})
            await every_heart_beats()
            await until(pinged)
            await cast.owner.execute("DELETE FROM heartbeat")
            heard.clear()
        assert set(heard) <= {"/alive"}


async def test_an_outside_that_does_not_answer_stops_nothing(cast: Cast, process: None, quick: None) -> None:
    await every_heart_beats()
    visit = await slot(cast, due_at=clock.now() - timedelta(minutes=1))

    async def judged() -> bool:
        return await status(cast, visit) != "open"

    async with watching("http://127.0.0.1:9/nobody-listens"):
        await until(judged)


async def test_the_rounds_of_the_timetable_run_as_they_are_against_the_database(cast: Cast, process: None) -> None:
    await slot(cast, due_at=cast.now - timedelta(hours=1))
    for job in TIMETABLE:
        assert await one_round.run(job, ran_by="worker", now=cast.now) is not None, job.name
    async with db.transaction(JOBS):
        found = await heartbeat.beats()
    assert set(found) == set(JOB)
    assert found["sweep"].counts["claimed"] == 1
    assert found["auditor"].counts["forgotten"] == 0
    assert found["canary"].counts["silent"] == 0
