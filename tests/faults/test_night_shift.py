"""Nights that go wrong: Redis never comes up, workers and watchdogs die in mid-work. Nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from cli.servers import Servers
from cli.servers.keeper import die_with_keeper
from core import clock
from tests.cast import Cast
from tests.conftest import KEYRING
from tests.night import broken, started, until
from tests.visiting import slot
from workers.timetable import TIMETABLE
from workers.watchdog import LOOKS_EVERY

HOUR = timedelta(hours=1)
TWO_INTERVALS = 2 * LOOKS_EVERY.total_seconds()


@pytest.fixture
def environment(database_url: str, servers: Servers, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": servers.redis_url, "CHUANGDENG_KEYRING": KEYRING}


async def the_workers_died(owner: asyncpg.Connection) -> None:
    """An hour ago, all of them, without a word."""
    for job in TIMETABLE:
        await owner.execute(
            "INSERT INTO heartbeat (job, beat_at, by_worker_at, ran_by) VALUES ($1, $2, $2, 'worker')",
            job.name,
            clock.now() - HOUR,
        )


async def overdue(cast: Cast, *, since: timedelta = timedelta()) -> UUID:
    """A high-risk visit to somebody registered just now, so that nothing but the visit speaks for them."""
    recipient = await cast.recipient(risk="high", created_at=clock.now())
    return await slot(cast, recipient, due_at=clock.now() - since)


async def told(cast: Cast, visit: UUID) -> list[tuple[int, UUID]]:
    """(rung, account) of every inbox notice about a missed visit."""
    rows = await cast.owner.fetch(
        "SELECT n.rung, n.account_id FROM notice n JOIN alert a ON a.id = n.alert_id"
        " WHERE a.subject_id = $1 AND n.channel = 'inbox' ORDER BY n.rung",
        visit,
    )
    return [tuple(row) for row in rows]


async def jobs_connections(cast: Cast) -> set[int]:
    rows = await cast.owner.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'chuangdeng_jobs'")
    return {row["pid"] for row in rows}


@asynccontextmanager
async def watchdog(cast: Cast, environment: dict[str, str], log: Path) -> AsyncIterator["subprocess.Popen[bytes]"]:
    """The watchdog's own process, connected to the database; importing its modules is not its work."""
    before = await jobs_connections(cast)

    async def connected() -> bool:
        return bool(await jobs_connections(cast) - before)

    with started("-m", "workers.watchdog", environment=environment, log=log) as process:
        await until(connected, within=60)
        yield process


async def test_with_redis_stopped_the_watchdog_alone_gets_everything_done_within_two_intervals(
    cast: Cast, environment: dict[str, str], tmp_path: Path
) -> None:
    environment["REDIS_URL"] = f"unix://{tmp_path}/nobody-listens"
    await the_workers_died(cast.owner)
    first = await overdue(cast, since=HOUR)

    async def noticed() -> bool:
        return (0, cast.worker.id) in await told(cast, visit)

    async with watchdog(cast, environment, tmp_path / "log") as process:
        visit = first
        await until(noticed, within=TWO_INTERVALS)
        visit = await overdue(cast)
        await until(noticed, within=TWO_INTERVALS)
        process.send_signal(signal.SIGKILL)
    visit = last = await overdue(cast)
    async with watchdog(cast, environment, tmp_path / "log"):
        await until(noticed, within=TWO_INTERVALS)
    assert await told(cast, first) == [(0, cast.worker.id)]
    assert await told(cast, last) == [(0, cast.worker.id)]
    assert await broken(cast.owner, by=clock.now()) == {}
    alarm = await cast.owner.fetch("SELECT account_id FROM notice WHERE kind = 'jobs_silent'")
    assert [row["account_id"] for row in alarm] == [cast.administrator.id]


NURSERY = """
import asyncio, os, signal
from datetime import timedelta
from cli.servers.keeper import die_with_keeper
from core import log
from workers import climb, main, sweep, watchdog

climb._BATCH = sweep._BATCH = 7
climb._BATCHES_A_ROUND = sweep._BATCHES_A_ROUND = 1000
watchdog.LOOKS_EVERY = timedelta(seconds=0.2)
log.configure()
dies_with_it = die_with_keeper(signal.SIGKILL)

def born(name):
    child = os.fork()
    if child == 0:
        if dies_with_it:
            dies_with_it()
        if name == "worker":
            main.make_worker().run()
        else:
            asyncio.run(watchdog.main())
        os._exit(0)
    print(name, child, flush=True)
    return child

alive = {born(name): name for name in ("worker", "watchdog")}
while True:
    ended, _ = os.wait()
    name = alive.pop(ended)
    alive[born(name)] = name
"""


class Nursery:
    """A supervisor that has imported everything already, so that whoever is killed is back at once."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._children: dict[str, int] = {}
        for _ in range(2):
            self._greet()

    def _greet(self) -> None:
        assert self._process.stdout
        name, child = self._process.stdout.readline().split()
        self._children[name] = int(child)

    def kill(self, name: str) -> None:
        """kill -9, and wait for the next one."""
        os.kill(self._children[name], signal.SIGKILL)
        self._greet()


@contextmanager
def nursery(environment: dict[str, str], log: Path) -> Iterator[Nursery]:
    with (
        log.open("ab") as out,
        subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            cwd=Path(__file__).parents[2],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            text=True,
            preexec_fn=die_with_keeper(signal.SIGKILL),
        ) as process,
    ):
        try:
            yield Nursery(process)
        finally:
            process.kill()


SLOW = """
    CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.004); RETURN NEW; END $$;
    CREATE TRIGGER slowly BEFORE UPDATE ON visit FOR EACH ROW EXECUTE FUNCTION slowly();
    CREATE TRIGGER slowly BEFORE INSERT ON alert_rung FOR EACH ROW EXECUTE FUNCTION slowly();
"""


@pytest.fixture
async def slow(owner: asyncpg.Connection) -> AsyncIterator[None]:
    """Each visit judged and each rung fired takes a while, so that a kill falls into the middle of it."""
    await owner.execute(SLOW)
    yield
    await owner.execute("DROP FUNCTION slowly() CASCADE")


VISITS, A_KILL_EVERY = 300, 100


async def test_however_often_they_are_killed_every_visit_alerts_once_and_everybody_is_told_once(
    cast: Cast, slow: None, environment: dict[str, str], tmp_path: Path
) -> None:
    """A worker and a watchdog share the work; the worker dies in the middle of it again and again, both every time."""
    people = [await cast.recipient(risk="high", created_at=clock.now()) for _ in range(60)]
    for number in range(VISITS):
        await slot(cast, people[number % 60], due_at=clock.now() - HOUR - timedelta(seconds=number))
    await the_workers_died(cast.owner)
    before = clock.now() - HOUR

    async def steps() -> int:
        """Visits judged and alerts of theirs that have fired."""
        judged = await cast.owner.fetchval("SELECT count(*) FROM visit WHERE status <> 'open' AND due_at < $1", before)
        fired = await cast.owner.fetchval(
            "SELECT count(DISTINCT r.alert_id) FROM alert_rung r JOIN alert a ON a.id = r.alert_id"
            " JOIN visit v ON v.id = a.subject_id WHERE v.due_at < $1",
            before,
        )
        return int(judged + fired)

    async def reach(count: int) -> None:
        async def reached() -> bool:
            return await steps() >= count

        await until(reached, within=20)

    in_the_middle = 0
    with nursery(environment, tmp_path / "log") as cradle:
        for count in range(A_KILL_EVERY, 2 * VISITS, A_KILL_EVERY):
            await reach(count)
            in_the_middle += await steps() < 2 * VISITS
            cradle.kill("worker")
            cradle.kill("watchdog")
        await reach(2 * VISITS)
    assert in_the_middle >= 3, "there was work left to lose"
    assert await broken(cast.owner, by=clock.now()) == {}
    rows = await cast.owner.fetch(
        "SELECT n.account_id, count(*), count(DISTINCT v.id) FROM notice n JOIN alert a ON a.id = n.alert_id"
        " JOIN visit v ON v.id = a.subject_id WHERE v.due_at < $1 AND n.rung = 0 GROUP BY 1",
        before,
    )
    assert [tuple(row) for row in rows] == [(cast.worker.id, VISITS, VISITS)]
