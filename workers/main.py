"""The arq process: the timetable's clock and muscle, never its memory. Start it with `python -m workers.main`."""

from typing import Any

import msgspec
from arq import cron
from arq.connections import RedisSettings
from arq.cron import CronJob
from arq.typing import WorkerCoroutine
from arq.worker import Worker, create_worker

from core import clock, db, garbage, log, settings, vault
from workers import round as one_round
from workers.timetable import TIMETABLE, Job

# Rounds end by themselves before this; arq's lease on a round is only the second fence.
ROUND_MAY_TAKE = one_round.MAY_TAKE + 5


def _seconds(job: Job) -> dict[str, Any]:
    """The cron fields that make a job run every `job.every`."""
    step = int(job.every.total_seconds())
    if step < 60:
        return {"second": set(range(0, 60, step))}
    if step < 3600:
        return {"second": {2}, "minute": set(range(0, 60, step // 60))}
    return {"second": {4}, "minute": {0}}


def _round_of(job: Job) -> WorkerCoroutine:
    """Ticks that come while a round is under way are left out: ten long sweeps at once would keep the climb waiting."""
    under_way = False

    async def one(ctx: dict[Any, Any], *_: Any, **__: Any) -> None:
        nonlocal under_way
        if under_way:
            return
        under_way = True
        try:
            await one_round.run(job, ran_by="worker")
        finally:
            under_way = False

    return one


def cron_jobs() -> list[CronJob]:
    """The timetable as arq's cron jobs, each run once a tick however many workers there are."""
    return [
        cron(
            _round_of(job),
            name=f"cron:{job.name}",
            run_at_startup=True,
            timeout=ROUND_MAY_TAKE,
            keep_result=0,
            microsecond=0,
            **_seconds(job),
        )
        for job in TIMETABLE
    ]


def _encode(data: Any) -> bytes:
    return msgspec.json.encode(data, enc_hook=str)


class WorkerSettings:
    """What arq reads. No function takes arguments: nothing about a person ever passes through Redis."""

    timezone = clock.LOCAL
    job_timeout = ROUND_MAY_TAKE
    keep_result = 0
    max_tries = 1
    max_jobs = 2 * len(TIMETABLE)
    health_check_interval = 10
    poll_delay = 0.5
    log_results = False
    job_completion_wait = 10
    job_serializer = staticmethod(_encode)
    job_deserializer = staticmethod(msgspec.json.decode)

    @staticmethod
    async def on_startup(_: dict[Any, Any]) -> None:
        """Open the jobs' pool; without the database the process does not start."""
        found = settings.read()
        vault.use(found.keyring)
        garbage.look_less_often()
        await db.open_pool(db.JOBS_ROLE, found.jobs_database_url, size=5)

    @staticmethod
    async def on_shutdown(_: dict[Any, Any]) -> None:
        """Close the pool, letting transactions under way end."""
        await db.close_pools()


def make_worker() -> Worker:
    """The worker this process runs, on the Redis of the settings."""
    found = settings.read()
    if not found.redis_url:
        raise settings.WrongSettings("设置有误：缺少 REDIS_URL。没有 Redis 时只启动 workers.watchdog 即可。")
    return create_worker(
        WorkerSettings,  # type: ignore[arg-type]
        cron_jobs=cron_jobs(),
        redis_settings=RedisSettings.from_dsn(found.redis_url),
    )


if __name__ == "__main__":
    log.configure()
    make_worker().run()
