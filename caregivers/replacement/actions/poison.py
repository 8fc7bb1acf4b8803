"""A case the clock could not judge: whose it is, and who may be told of it."""

from datetime import datetime
from uuid import UUID

from alerts.actions import poison
from alerts.actions.poison import Bad, release
from caregivers.replacement.queries.watching import place_of

__all__ = ["release", "set_aside"]


async def set_aside(job: str, case_id: UUID, fault: Exception, *, now: datetime) -> None:
    """Quarantine one case for one step, and put a human on it at once."""
    place = await place_of(case_id)
    bad = Bad(
        subject_id=case_id,
        recipient_id=place.recipient_id,
        area_id=place.area_id,
        district_id=place.district_id,
        confidential=place.confidential,
        barred_ids=place.barred_ids,
    )
    await poison.set_aside(job, bad, fault, now=now)
