"""The watchdog: a process of its own, without arq or Redis, that does the work when nobody else does.

It measures what is due and not done, not whether a process lives; it raises the alarm; and it pings the outside
heartbeat only while nobody is forgotten, no canary is silent and nothing due has been left lying. Start it with
`python -m workers.watchdog`.
"""

import asyncio
import contextlib
import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import structlog

from alerts.actions import tell_administrators
from alerts.queries.due import oldest_due_alert, oldest_due_notice
from core import clock, db, garbage, heartbeat, settings, vault
from core import log as logs
from core.heartbeat import Beat
from core.scope import JOBS
from visits.queries.due import oldest_overdue
from workers import round as one_round
from workers.timetable import TIMETABLE, Job

log = structlog.get_logger("chuangdeng.watchdog")

LOOKS_EVERY = timedelta(seconds=5)
PINGS_EVERY = timedelta(minutes=1)
ALARM_AFTER = timedelta(minutes=2)  # what is silent or undone for longer is told to the administrators, too
URGENT = ("sweep", "climb", "deliver")
"""From the door to the telephone: what one of these finds, the next ones must tell."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one look found: the jobs to take over, those to raise the alarm for, and whether all is well."""

    stale: tuple[Job, ...]
    alarming: tuple[Job, ...]
    nobody_forgotten: bool


def look(beats: Mapping[str, Beat], waiting: Mapping[str, timedelta], *, now: datetime, since: datetime) -> Look:
    """Judge heartbeats, and how long the oldest due row of a job has been waiting.

    A job is stale when no worker has finished a round of it for two intervals, whatever its rows look like, or when its
    rows wait although its heart beats: a worker may be blind or stuck. `since` is when this watchdog started; a job
    that never beat is measured from there. Once it works in a worker's place it keeps the job's own rhythm.
    """

    def unworked(job: Job) -> timedelta:
        beat = beats.get(job.name)
        return now - ((beat and beat.by_worker_at) or since)

    def undone(job: Job) -> timedelta:
        return waiting.get(job.name, timedelta())

    def its_turn(job: Job) -> bool:
        return job.name not in beats or now - beats[job.name].at >= job.every - LOOKS_EVERY / 2

    stale = {job.name for job in TIMETABLE if unworked(job) > job.silent_for and its_turn(job)}
    stale |= {job.name for job in TIMETABLE if undone(job) > job.silent_for}
    left_lying = [job for job in TIMETABLE if undone(job) > job.silent_for + ALARM_AFTER]
    return Look(
        stale=tuple(job for job in TIMETABLE if job.name in _with_followers(stale)),
        alarming=tuple(job for job in TIMETABLE if unworked(job) > job.silent_for + ALARM_AFTER or job in left_lying),
        nobody_forgotten=not left_lying
        and _vouches(beats.get("auditor"), "forgotten", for_at_most=timedelta(minutes=5), now=now)
        and _vouches(beats.get("canary"), "silent", for_at_most=timedelta(minutes=25), now=now),
    )


def _with_followers(stale: set[str]) -> set[str]:
    """Of the urgent three, the ones after a stale one have something to do in a moment."""
    first = next((place for place, name in enumerate(URGENT) if name in stale), len(URGENT))
    return stale | set(URGENT[first:])


def _vouches(beat: Beat | None, count: str, *, for_at_most: timedelta, now: datetime) -> bool:
    """Whether a job has said lately that there is none of these."""
    return beat is not None and now - beat.at < for_at_most and beat.counts.get(count, 1) == 0


async def measure(*, now: datetime) -> tuple[dict[str, Beat], dict[str, timedelta]]:
    """The heartbeats, and how long the oldest due row of each urgent job has been waiting."""
    async with db.transaction(JOBS):
        oldest = {
            "sweep": await oldest_overdue(now=now),
            "climb": await oldest_due_alert(now=now),
            "deliver": await oldest_due_notice(now=now),
        }
        beats = await heartbeat.beats()
    return beats, {job: now - moment for job, moment in oldest.items() if moment is not None}


@dataclass(kw_only=True)
class Hands:
    """The work under way in the workers' place. Nothing slow ever keeps the urgent jobs, or the next look, waiting."""

    _tasks: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def take_over(self, stale: Sequence[Job]) -> None:
        """Begin the work of each stale job, unless its last round still goes on: the urgent ones one after another."""
        for job in stale:
            if job.name not in self._told:
                self._told.add(job.name)
                log.warning("no worker does this, working in its place", job=job.name)
        urgent = [job for job in stale if job.name in URGENT]
        if urgent:
            self._begin("urgent", urgent)
        for job in stale:
            if job not in urgent:
                self._begin(job.name, [job])

    async def rest(self) -> None:
        """Wait until everything under way has ended."""
        await asyncio.gather(*self._tasks.values())

    async def drop(self) -> None:
        """Give up what is under way; the transactions roll back."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _begin(self, name: str, jobs: Sequence[Job]) -> None:
        if name not in self._tasks or self._tasks[name].done():
            self._tasks[name] = asyncio.create_task(_work(jobs))


async def _work(jobs: Iterable[Job]) -> None:
    """A job that fails leaves the others their turn."""
    for job in jobs:
        await one_round.run(job, ran_by="watchdog")


async def raise_alarm(found: Look, *, now: datetime) -> None:
    """Owe each administrator one notice an hour that names the silent jobs."""
    if found.alarming:
        titles = "、".join(job.title for job in found.alarming)
        async with db.transaction(JOBS):
            await tell_administrators(
                kind="jobs_silent",
                occurrence=f"jobs_silent:{now:%Y-%m-%dT%H}",
                facts={
                    "jobs": [job.name for job in found.alarming],
                    "lines": [f"没有按时运行：{titles}。", "看护进程正在代为处理，请尽快检查后台服务。"],
                },
                now=now,
            )


async def ping(url: str) -> None:
    """Tell the outside that all is well. Its silence is the alarm, so a failed ping is only logged."""
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            (await client.get(url)).raise_for_status()
    except httpx.HTTPError as error:
        log.warning("the outside heartbeat did not answer", error=type(error).__name__)


async def watch(heartbeat_url: str, stop: asyncio.Event) -> None:
    """Look, take over, raise the alarm, ping, until told to stop. A database that is away is waited for."""
    since, pinged, hands = clock.now(), None, Hands()
    while not stop.is_set():
        try:
            now = clock.now()
            beats, waiting = await measure(now=now)
            seen = look(beats, waiting, now=now, since=since)
            hands.take_over(seen.stale)
            await raise_alarm(seen, now=now)
            if heartbeat_url and seen.nobody_forgotten and (pinged is None or now - pinged >= PINGS_EVERY):
                pinged = now
                await ping(heartbeat_url)
        except Exception:
            log.exception("the watchdog could not look; it looks again")
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOKS_EVERY.total_seconds())
    await hands.drop()


async def main() -> None:
    """Run until SIGTERM or SIGINT."""
    logs.configure()
    found = settings.read()
    vault.use(found.keyring)
    garbage.look_less_often()
    await db.open_pool(db.JOBS_ROLE, found.jobs_database_url, size=5)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        await watch(found.heartbeat_url, stop)
    finally:
        await db.close_pools()


if __name__ == "__main__":
    asyncio.run(main())
