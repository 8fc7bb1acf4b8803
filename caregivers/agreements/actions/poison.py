"""A row the clock could not settle: it lies in quarantine, and its district is told once; the others go on."""

from datetime import datetime
from uuid import UUID

import structlog

from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from caregivers.agreements.queries.sweeping import place_of
from core import quarantine
from core.clock import local_day

log = structlog.get_logger("chuangdeng.caregivers")


async def set_aside(job: str, subject_id: UUID, fault: Exception, *, now: datetime) -> None:
    """Quarantine a recipient's or an agreement's row, and put a human on it at once."""
    log.error("row could not be settled", job=job, subject=str(subject_id), fault=type(fault).__name__)
    place = await place_of(subject_id)
    area_id = place.area_id if place else None
    if not await quarantine.set_aside(job, subject_id, area_id=area_id, fault=fault, now=now):
        await quarantine.rest(job, subject_id, now=now)
        return
    if place is None:
        return
    new = NewAlert(
        occurrence=f"quarantined:{job}:{subject_id}:{now:%Y%m%dT%H%M%S}",
        kind="quarantined",
        risk=place.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
        area_id=place.area_id,
        district_id=place.district_id,
        recipient_id=place.id,
        subject_id=subject_id,
        facts={"job": job, "fault": type(fault).__name__},
    )
    day = local_day(now)
    policies, calendars = await policies_for([place.district_id], day), await calendars_for([place.district_id], day)
    await open_alerts([new], policies=policies, calendars=calendars, now=now)


async def release(job: str, subject_ids: list[UUID], *, now: datetime) -> None:
    """What could be settled after all leaves quarantine, and its alert is resolved."""
    released = await quarantine.release(job, subject_ids, now=now)
    await resolve_for(released, kinds={"quarantined"}, outcome="released", evidence={}, by=None, now=now)
