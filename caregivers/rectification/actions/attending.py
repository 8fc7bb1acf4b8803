"""Whether somebody attends to a hazard: an order its caregiver knows of is to remove it, or nobody does anything."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from alerts.actions import resolve_for
from caregivers.rectification.queries.hazards import save_attend_by
from caregivers.rectification.queries.issuing import hazards_ordered, severities_of
from caregivers.rectification.terms import Terms


async def attend(order_ids: Collection[UUID], *, by: UUID, now: datetime) -> None:
    """These orders have reached their caregivers: nobody need be told that their hazards are left alone."""
    hazards = await hazards_ordered(order_ids)
    await save_attend_by({hazard_id: None for hazard_id in hazards})
    await resolve_for(
        hazards,
        kinds={"hazard_unattended"},
        outcome="ordered",
        evidence={"orders": [str(one) for one in order_ids]},
        by=by,
        now=now,
    )


async def leave(hazard_ids: Collection[UUID], terms: Terms, *, now: datetime) -> None:
    """No order is to remove these any more: those still open must be attended to anew, within policy's time."""
    if hazard_ids:
        severities = await severities_of(hazard_ids)
        await save_attend_by({one: terms.attend_by(severity, now) for one, severity in severities.items()})
