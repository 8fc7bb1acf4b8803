"""The sensors of a home as witnesses of its window: one observation a window, said again as often as one likes."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.queries import policies_for
from alerts.actions import poison
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS
from visits.sensors.queries import witnessing as queries
from visits.sensors.queries.witnessing import Window
from visits.sensors.witness import LOOKS_BEFORE, spans, witness

JOB = "witness"


async def witness_windows(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """Ask the sensors of every window about to close or over: {"asked": …, "active": …, "quiet": …}.

    One call walks all of them, `limit` a transaction: where nothing can be said yet, the next round asks again.
    """
    counts: Counter[str] = Counter()
    after: tuple[datetime, UUID] | None = None
    while True:
        async with db.transaction(JOBS):
            until = now + LOOKS_BEFORE
            windows = await queries.unwitnessed(job=JOB, until=until, after=after, now=now, limit=limit)

            async def work(some: Sequence[Window]) -> Counter[str]:
                return await _witness(some, now)

            async def leave(one: Window, fault: Exception) -> None:
                await poison.set_aside(JOB, _bad(one), fault, now=now)

            counts += await quarantine.in_bulk(windows, work, leave)
        counts["asked"] += len(windows)
        if len(windows) < limit:
            return counts
        after = windows[-1].closes_at, windows[-1].id


async def _witness(windows: Sequence[Window], now: datetime) -> Counter[str]:
    policies = await policies_for({one.district_id for one in windows}, local_day(now))
    terms = {district: found.policy.sensors for district, found in policies.items()}
    sensed = await queries.sensed(windows, {district: spans(found) for district, found in terms.items()})
    witnessed = [
        (one, word)
        for one in windows
        if (word := witness(sensed.get(one.id, ()), until=one.closes_at, now=now, terms=terms[one.district_id]))
    ]
    await queries.add_witnessed(witnessed, now=now)
    await poison.release(JOB, [one.id for one in windows], now=now)
    return Counter(word for _, word in witnessed)


def _bad(one: Window) -> poison.Bad:
    return poison.Bad(
        subject_id=one.id,
        recipient_id=one.recipient_id,
        area_id=one.area_id,
        district_id=one.district_id,
        risk=one.risk,
    )
