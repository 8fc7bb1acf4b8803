"""A row of cover or assessment the clock could not settle: whose it is, so that their district can be told."""

from datetime import datetime
from uuid import UUID

from alerts.actions import poison
from alerts.actions.poison import Bad, release
from caregivers.agreements.queries.sweeping import place_of
from core import quarantine

__all__ = ["release", "set_aside"]


async def set_aside(job: str, subject_id: UUID, fault: Exception, *, now: datetime) -> None:
    """Quarantine a recipient's or an agreement's row, and put a human on it at once."""
    person = await place_of(subject_id)
    if person is None:  # nobody's any more: there is nobody to tell of
        await quarantine.set_aside(job, subject_id, area_id=None, fault=fault, now=now)
        return
    bad = Bad(
        subject_id=subject_id,
        recipient_id=person.id,
        area_id=person.area_id,
        district_id=person.district_id,
        risk=person.risk,  # type: ignore[arg-type]  # the table's own check holds it to the three words
    )
    await poison.set_aside(job, bad, fault, now=now)
