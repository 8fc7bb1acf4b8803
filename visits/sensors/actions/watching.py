"""Sensors that fall silent are somebody's business, and no evidence about anybody. Readings are not kept for ever."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from accounts.policy import Policy
from accounts.queries import policies_for
from alerts.actions import open_alerts_today, poison, resolve_for
from alerts.opening import NewAlert
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS
from visits.sensors.queries import readings
from visits.sensors.queries import watching as queries
from visits.sensors.queries.watching import Silent
from visits.sensors.witness import silent_after

JOB = "sensors"
KIND = "sensor_silent"


async def watch_sensors(*, now: datetime, limit: int = 1000) -> Counter[str]:
    """Tell of sensors that fell silent, settle it when they speak: {"silent": …, "spoke": …, "left": …, "moved": …}.

    Up to `limit` of each; call again until none is as many.
    """
    async with db.transaction(JOBS):
        counts = Counter(moved=await queries.follow_moves(limit=limit))
        for word, found in (("spoke", queries.save_speaking), ("left", queries.save_left)):
            outcome = {"spoke": "sensor_spoke", "left": "left"}[word]
            settled = await found(limit=limit)
            await resolve_for(settled, kinds={KIND}, outcome=outcome, evidence={}, by=None, now=now)
            counts[word] = len(settled)
        policies = await _policies(now)
        limits = {district: silent_after(policy.sensors) for district, policy in policies.items()}
        silent = await queries.fallen_silent(limits, job=JOB, now=now, limit=limit)

        async def work(some: Sequence[Silent]) -> Counter[str]:
            return await _tell(some, now)

        async def leave(one: Silent, fault: Exception) -> None:
            await poison.set_aside(JOB, _bad(one), fault, now=now)

        return counts + await quarantine.in_bulk(silent, work, leave)


async def purge_readings(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """Delete up to `limit` readings older than their district keeps them; call again until none is as many."""
    async with db.transaction(JOBS):
        policies = await _policies(now)
        kept = {district: timedelta(seconds=one.curtain.kept.rough_seconds) for district, one in policies.items()}
        return Counter(purged=await readings.remove_older(kept, now=now, limit=limit))


async def _policies(now: datetime) -> dict[int, Policy]:
    found = await policies_for(await readings.districts_with_sensors(), local_day(now))
    return {district: one.policy for district, one in found.items()}


async def _tell(silent: Sequence[Silent], now: datetime) -> Counter[str]:
    await queries.save_silent(silent)
    await open_alerts_today([_alert(one, now) for one in silent], now=now)
    await poison.release(JOB, [one.id for one in silent], now=now)
    return Counter(silent=len(silent))


def _alert(one: Silent, now: datetime) -> NewAlert:
    """One alert each time a silence is found: the row, locked and marked, is not found again until it is saved."""
    return NewAlert(
        occurrence=f"{KIND}:{one.id}:{now.isoformat()}",
        kind=KIND,
        risk=one.risk,
        area_id=one.area_id,
        district_id=one.district_id,
        recipient_id=one.recipient_id,
        subject_id=one.id,
        facts={"sensor": one.kind, "since": one.since},
    )


def _bad(one: Silent) -> poison.Bad:
    return poison.Bad(
        subject_id=one.id,
        recipient_id=one.recipient_id,
        area_id=one.area_id,
        district_id=one.district_id,
        risk=one.risk,
    )
