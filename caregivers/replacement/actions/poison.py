"""A case the clock could not judge: it lies in quarantine, a human is put on it, and the others go on."""

from datetime import datetime
from uuid import UUID

import structlog

from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for
from alerts.opening import NewAlert
from caregivers.replacement.queries.watching import place_of
from core import quarantine
from core.clock import local_day

log = structlog.get_logger("chuangdeng.caregivers")


async def set_aside(job: str, case_id: UUID, fault: Exception, *, now: datetime) -> None:
    """Quarantine one case for one step, and tell its district once: of a confidential one only those who handle it."""
    log.error("case could not be judged", job=job, subject=str(case_id), fault=type(fault).__name__)
    place = await place_of(case_id)
    area_id = None if place.confidential else place.area_id
    if not await quarantine.set_aside(job, case_id, area_id=area_id, fault=fault, now=now):
        await quarantine.rest(job, case_id, now=now)
        return
    new = NewAlert(
        occurrence=f"quarantined:{job}:{case_id}:{now:%Y%m%dT%H%M%S}",
        kind="quarantined",
        area_id=place.area_id,
        district_id=place.district_id,
        recipient_id=place.recipient_id,
        subject_id=case_id,
        facts={"job": job, "fault": type(fault).__name__},
        confidential=place.confidential,
        barred_ids=place.barred_ids,
    )
    day, district = local_day(now), place.district_id
    policies, calendars = await policies_for([district], day), await calendars_for([district], day)
    await open_alerts([new], policies=policies, calendars=calendars, now=now)


async def release(job: str, case_ids: list[UUID], *, now: datetime) -> None:
    """What could be judged after all leaves quarantine, and its alert is resolved."""
    released = await quarantine.release(job, case_ids, now=now)
    await resolve_for(released, kinds={"quarantined"}, outcome="released", evidence={}, by=None, now=now)
