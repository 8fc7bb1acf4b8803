"""One bad row never stops the others: work in bulk, halve what fails, and put a human on what fails alone."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

import structlog

from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS

log = structlog.get_logger("chuangdeng.visits")
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bad:
    """A row that could not be judged, as far as somebody must know of it."""

    subject_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    risk: Literal["high", "key", "general"]


async def in_bulk(
    rows: Sequence[Row],
    work: Callable[[Sequence[Row]], Awaitable[Counter[str]]],
    leave: Callable[[Row, Exception], Awaitable[None]],
) -> Counter[str]:
    """Do the work on all of these, or halve them until a row that cannot be judged lies alone, and leave that one.

    Joins the transaction under way; each attempt is a savepoint. A fault that is nobody's row is raised.
    """
    if not rows:
        return Counter()
    try:
        async with db.transaction(JOBS):
            return await work(rows)
    except Exception as fault:
        if not quarantine.rows_fault(fault):
            raise
        if len(rows) == 1:
            await leave(rows[0], fault)
            return Counter(quarantined=1)
    half = len(rows) // 2
    return await in_bulk(rows[:half], work, leave) + await in_bulk(rows[half:], work, leave)


async def set_aside(job: str, bad: Bad, fault: Exception, *, now: datetime) -> None:
    """Quarantine a row and alert its district at once; once only, however often it fails."""
    log.error("row could not be judged", job=job, subject=str(bad.subject_id), fault=type(fault).__name__)
    if not await quarantine.set_aside(job, bad.subject_id, area_id=bad.area_id, fault=fault, now=now):
        await quarantine.rest(job, bad.subject_id, now=now)
        return
    new = NewAlert(
        occurrence=f"quarantined:{job}:{bad.subject_id}:{now:%Y%m%dT%H%M%S}",
        kind="quarantined",
        risk=bad.risk,
        area_id=bad.area_id,
        district_id=bad.district_id,
        recipient_id=bad.recipient_id,
        subject_id=bad.subject_id,
        facts={"job": job, "fault": type(fault).__name__},
    )
    day = local_day(now)
    policies, calendars = await policies_for([bad.district_id], day), await calendars_for([bad.district_id], day)
    await open_alerts([new], policies=policies, calendars=calendars, now=now)


async def release(job: str, subject_ids: list[UUID], *, now: datetime) -> None:
    """What could be judged after all leaves quarantine, and its alert is resolved."""
    released = await quarantine.release(job, subject_ids, now=now)
    await resolve_for(released, kinds={"quarantined"}, outcome="released", evidence={}, by=None, now=now)
