"""One bad row never stops the others: it lies in quarantine, and a human is put on it at once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import structlog

from alerts.actions.opening import open_alerts_today, resolve_for
from alerts.opening import NewAlert
from core import quarantine

log = structlog.get_logger("chuangdeng.jobs")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bad:
    """A row that could not be judged, as far as somebody must know of it; of a confidential one its handlers only."""

    subject_id: UUID
    recipient_id: UUID | None
    area_id: int
    district_id: int
    risk: Literal["high", "key", "general"] = "high"
    confidential: bool = False
    barred_ids: tuple[UUID, ...] = ()


async def set_aside(job: str, bad: Bad, fault: Exception, *, now: datetime) -> None:
    """Quarantine a row and alert its district at once; once only, however often it fails."""
    subject = None if bad.confidential else str(bad.subject_id)
    log.error("row could not be judged", job=job, subject=subject, fault=type(fault).__name__)
    area_id = None if bad.confidential else bad.area_id
    if not await quarantine.set_aside(job, bad.subject_id, area_id=area_id, fault=fault, now=now):
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
        confidential=bad.confidential,
        barred_ids=bad.barred_ids,
    )
    await open_alerts_today([new], now=now)


async def release(job: str, subject_ids: list[UUID], *, now: datetime) -> None:
    """What could be judged after all leaves quarantine, and its alert is resolved."""
    released = await quarantine.release(job, subject_ids, now=now)
    await resolve_for(released, kinds={"quarantined"}, outcome="released", evidence={}, by=None, now=now)
