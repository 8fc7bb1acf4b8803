"""The real worker on a real Redis: rounds happen, nothing depends on what Redis remembers, and it learns nothing."""

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import redis

from cli.servers import Servers, running
from core import clock, vault
from core.ids import new_id
from tests.cast import Cast
from tests.conftest import KEYRING
from tests.night import started, until
from tests.visiting import slot, status
from workers.timetable import TIMETABLE

SECRET_NAME, SECRET_PHONE = "罕见名", "13800138000"


@pytest.fixture(scope="module")
def own_redis(servers: Servers) -> Iterator[str]:
    """A Redis of these tests alone: they empty it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REDIS_URL")}
    with running(durable=False, environment={**environment, "DATABASE_URL": servers.database_url}) as found:
        yield found.redis_url


@pytest.fixture
def environment(database_url: str, own_redis: str) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": own_redis, "CHUANGDENG_KEYRING": KEYRING}


class Listener:
    """Hears every command any client sends to Redis."""

    def __init__(self, url: str) -> None:
        self.heard: list[str] = []
        self.client = redis.Redis.from_url(url, encoding_errors="surrogateescape")
        self._over = False
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self) -> None:
        with self.client.monitor() as monitor:  # type: ignore[no-untyped-call]
            for told in monitor.listen():
                self.heard.append(told["command"])
                if self._over:
                    return

    def __enter__(self) -> "Listener":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over = True
        self.client.ping()
        self._thread.join(5)
        self.client.close()

    def everything(self) -> str:
        """All it heard, and all keys and values there are now."""
        found = []
        for key in self.client.scan_iter():
            kind = self.client.type(key)
            value = self.client.zrange(key, 0, -1) if kind == b"zset" else self.client.get(key)
            found.append(f"{key!r} {value!r}")
        return "\n".join([*self.heard, *found])


async def test_the_worker_works_through_a_flushed_redis_and_redis_learns_nothing(
    cast: Cast, environment: dict[str, str], tmp_path: Path
) -> None:
    recipient = new_id()
    sealed = vault.seal(SECRET_PHONE, f"recipient.phone_sealed:{recipient}")
    await cast.recipient(risk="high", id=recipient, name=SECRET_NAME, phone_sealed=sealed)
    visits = [await slot(cast, recipient, due_at=clock.now() - timedelta(hours=1))]

    async def every_job_has_run() -> bool:
        rows = await cast.owner.fetch("SELECT job FROM heartbeat WHERE by_worker_at IS NOT NULL")
        return {row["job"] for row in rows} == {job.name for job in TIMETABLE}

    async def judged() -> bool:
        return bool(
            await cast.owner.fetchval(
                "SELECT bool_and(status <> 'open') FROM visit WHERE reason = 'plan' AND id = ANY ($1::uuid[])", visits
            )
        )

    with (
        Listener(environment["REDIS_URL"]) as listener,
        started("-m", "workers.main", environment=environment, log=tmp_path / "log") as worker,
    ):
        await until(every_job_has_run, within=60)
        await until(judged)
        listener.client.flushall()
        visits.append(await slot(cast, recipient, due_at=clock.now()))
        await until(judged, within=20)
        assert worker.poll() is None
        everything = listener.everything()

    assert {await status(cast, visit) for visit in visits} == {"not_known"}
    assert "FLUSHALL" in listener.heard
    written = [command for command in listener.heard if command.startswith("PSETEX arq:job:cron:sweep")]
    assert len(written) >= 2
    for command in written:
        job = msgspec.json.decode(command[command.index("{") :])
        assert (job["f"], job["a"], job["k"]) == ("cron:sweep", [], {})
    secrets = [SECRET_NAME, SECRET_PHONE, str(recipient), recipient.hex, *map(str, visits)]
    for account in cast.everybody:
        secrets += [account.name, str(account.id)]
    for secret in secrets:
        assert secret not in everything
        assert repr(secret.encode())[2:-1] not in everything


PROBE = """
import os, signal
from contextvars import ContextVar
from datetime import timedelta
from cli.servers.keeper import die_with_keeper
from core import clock, db, journal, log
from core.scope import JOBS
from workers import main
from workers.timetable import Job

TICK = ContextVar("tick")

async def note(kind, now, **facts):
    async with db.transaction(JOBS):
        await journal.write(kind, subject_id=None, area_id=None, by=None, at=now, facts=facts)

async def probe(now):
    tick = int(TICK.get())
    await note("probe.ran", now, tick=tick)
    if tick // 1000 % 2:
        raise RuntimeError("罕见名")
    return {}

if os.fork() == 0:  # the second worker, without importing everything once more
    (die_with_keeper(signal.SIGKILL) or bool)()
log.configure()
main.TIMETABLE = (Job(name="probe", title="试验", every=timedelta(seconds=1), run=probe),)
worker = main.make_worker()
(job,) = worker.cron_jobs
job.run_at_startup = False
as_it_is = job.coroutine

async def ticked(ctx):
    TICK.set(ctx["job_id"].rsplit(":", 1)[1])
    await as_it_is(ctx)

async def up(ctx):
    await opened(ctx)
    await note("worker.up", clock.now())

opened, worker.on_startup = worker.on_startup, up
job.coroutine = ticked
worker.run()
"""


async def test_two_workers_run_each_tick_once_and_one_that_fails_does_not_stop_the_next(
    cast: Cast, environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"

    async def ticks() -> list[int]:
        rows = await cast.owner.fetch("SELECT (facts ->> 'tick')::bigint AS tick FROM journal WHERE kind = 'probe.ran'")
        return [row["tick"] for row in rows]

    async def both_up() -> bool:
        return bool(await cast.owner.fetchval("SELECT count(*) = 2 FROM journal WHERE kind = 'worker.up'"))

    async def four_more() -> bool:
        return len(await ticks()) >= alone + 4

    with started("-c", PROBE, environment=environment, log=log):
        await until(both_up, within=60)
        alone = len(await ticks())
        await until(four_more, within=20)
    ran = await ticks()
    assert len(ran) == len(set(ran)), "a tick ran twice"
    failed = [tick for tick in ran if tick // 1000 % 2]
    assert any(tick + 1000 in ran for tick in failed), "a round that failed was followed by the next"
    assert await cast.owner.fetchval("SELECT count(*) FROM heartbeat WHERE job = 'probe'") == 1
    assert "RuntimeError" in log.read_text()
    assert "罕见名" not in log.read_text()
