"""Heartbeats: when each job last finished its work. The watchdog and /readyz read them; nobody trusts a process id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from core import db


@dataclass(frozen=True, kw_only=True)
class Beat:
    """When a job last finished a round, when a worker (not the watchdog) last did, and what it counted."""

    at: datetime
    by_worker_at: datetime | None
    counts: Mapping[str, int]


async def beat(job: str, *, now: datetime, ran_by: str, counts: Mapping[str, int]) -> None:
    """Record that `job` finished a round, in the transaction under way. `ran_by` is "worker" or "watchdog"."""
    await db.execute(
        "INSERT INTO heartbeat (job, beat_at, by_worker_at, ran_by, counts) VALUES ($1, $2, $3, $4, $5::jsonb)"
        " ON CONFLICT (job) DO UPDATE SET beat_at = greatest(heartbeat.beat_at, excluded.beat_at),"
        " by_worker_at = greatest(heartbeat.by_worker_at, excluded.by_worker_at),"
        " ran_by = excluded.ran_by, counts = excluded.counts",
        job,
        now,
        now if ran_by == "worker" else None,
        ran_by,
        msgspec.json.encode(counts).decode(),
    )


async def beats() -> dict[str, Beat]:
    """The last beat of every job that ever finished a round."""
    rows = await db.fetch("SELECT job, beat_at, by_worker_at, counts FROM heartbeat")
    return {
        row["job"]: Beat(at=row["beat_at"], by_worker_at=row["by_worker_at"], counts=msgspec.json.decode(row["counts"]))
        for row in rows
    }
