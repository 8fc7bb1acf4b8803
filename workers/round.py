"""One round of one job: run it, leave a heartbeat. A fault is told, leaves no heartbeat, and stops nobody else."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

import structlog

from core import clock, db, heartbeat
from core.scope import JOBS
from workers.timetable import Job

log = structlog.get_logger("chuangdeng.jobs")

MAY_TAKE = 45
"""Seconds after which a round is given up and rolled back; whatever hangs, the next round finds the same work."""


async def run(job: Job, *, ran_by: str, now: datetime | None = None) -> Mapping[str, int] | None:
    """What the job counted, or None when it failed (the fault is logged; the next round is the retry)."""
    moment = now or clock.now()
    try:
        async with asyncio.timeout(MAY_TAKE):
            counts = await job.run(moment)
            async with db.transaction(JOBS):
                await heartbeat.beat(job.name, now=moment, ran_by=ran_by, counts=counts)
    except Exception:
        log.exception("job failed", job=job.name, ran_by=ran_by)
        return None
    if any(counts.values()):
        log.info("job did", job=job.name, ran_by=ran_by, **counts)
    return counts
