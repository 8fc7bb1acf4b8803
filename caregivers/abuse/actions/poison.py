"""Concerns that could not be put into a case never stop the others, and a human is put on them in confidence."""

from datetime import datetime
from uuid import UUID

import structlog

from accounts.queries import calendars_for, policies_for
from alerts.actions import open_alerts, resolve_for, tell_administrators
from alerts.opening import NewAlert
from caregivers.abuse.queries import opening as queries
from caregivers.abuse.queries.opening import About
from core import db, quarantine
from core.clock import local_day
from core.scope import JOBS

log = structlog.get_logger("chuangdeng.caregivers")

JOB = "abuse"


async def set_aside(recipient_id: UUID, fault: Exception, *, now: datetime) -> None:
    """Leave somebody's concerns for a later round; those of the district who handle such things are told at once.

    Where not even that can be stored, the administrators hear that a row lies there, and not what it is about.
    """
    log.error("concerns could not be put into a case", job=JOB, fault=type(fault).__name__)
    if not await quarantine.set_aside(JOB, recipient_id, area_id=None, fault=fault, now=now):
        await quarantine.rest(JOB, recipient_id, now=now)
        return
    try:
        async with db.transaction(JOBS):
            for one in await queries.about([recipient_id]):
                await _open_alert(one, fault, now=now)
            return
    except Exception as again:
        if not quarantine.rows_fault(again):
            raise
        log.error("no alert could be opened for them", job=JOB, fault=type(again).__name__)
    occurrence = f"quarantined:{JOB}:{now:%Y%m%dT%H%M%S}"
    await tell_administrators(
        kind="quarantined", occurrence=occurrence, facts={"job": JOB}, severity="critical", now=now
    )


async def release(recipient_ids: list[UUID], *, now: datetime) -> None:
    """What could be judged after all leaves quarantine, and its alert is resolved."""
    released = await quarantine.release(JOB, recipient_ids, now=now)
    await resolve_for(released, kinds={"quarantined"}, outcome="released", evidence={}, by=None, now=now)


async def _open_alert(about: About, fault: Exception, *, now: datetime) -> None:
    new = NewAlert(
        occurrence=f"quarantined:{JOB}:{about.recipient_id}:{now:%Y%m%dT%H%M%S}",
        kind="quarantined",
        risk="high",
        area_id=about.area_id,
        district_id=about.district_id,
        recipient_id=about.recipient_id,
        subject_id=about.recipient_id,
        facts={"job": JOB, "fault": type(fault).__name__},
        confidential=True,
        barred_ids=about.barred_ids,
    )
    day = local_day(now)
    policies, calendars = await policies_for([about.district_id], day), await calendars_for([about.district_id], day)
    await open_alerts([new], policies=policies, calendars=calendars, now=now)
