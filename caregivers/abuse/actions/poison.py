"""Concerns that could not be put into a case never stop the others, and a human is put on them in confidence."""

from datetime import datetime
from uuid import UUID

import structlog

from alerts.actions import poison, tell_administrators
from alerts.actions.poison import Bad
from caregivers.abuse.queries import opening as queries
from core import db, quarantine
from core.scope import JOBS

log = structlog.get_logger("chuangdeng.caregivers")

JOB = "abuse"


async def set_aside(recipient_id: UUID, fault: Exception, *, now: datetime) -> None:
    """Leave somebody's concerns for a later round; those of the district who handle such things are told at once.

    Where not even that can be stored, the administrators hear that a row lies there, and not what it is about.
    """
    try:
        async with db.transaction(JOBS):
            [about] = await queries.about([recipient_id])
            bad = Bad(
                subject_id=recipient_id,
                recipient_id=recipient_id,
                area_id=about.area_id,
                district_id=about.district_id,
                confidential=True,
                barred_ids=about.barred_ids,
            )
            await poison.set_aside(JOB, bad, fault, now=now)
    except Exception as again:
        if not quarantine.rows_fault(again):
            raise
        log.error("no alert could be opened for concerns", job=JOB, fault=type(again).__name__)
        await _tell_administrators(recipient_id, fault, now=now)


async def release(recipient_ids: list[UUID], *, now: datetime) -> None:
    """What could be judged after all leaves quarantine, and its alert is resolved."""
    await poison.release(JOB, recipient_ids, now=now)


async def _tell_administrators(recipient_id: UUID, fault: Exception, *, now: datetime) -> None:
    if not await quarantine.set_aside(JOB, recipient_id, area_id=None, fault=fault, now=now):
        await quarantine.rest(JOB, recipient_id, now=now)
        return
    occurrence = f"quarantined:{JOB}:{now:%Y%m%dT%H%M%S}"
    await tell_administrators(
        kind="quarantined", occurrence=occurrence, facts={"job": JOB}, severity="critical", now=now
    )
