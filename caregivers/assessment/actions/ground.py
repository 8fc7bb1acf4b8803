"""What every act on an assessment begins and ends with: holding it, its policy, the journal, telling the caregiver."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.calendar import add
from accounts.lengths import Length
from accounts.permissions import Account, Permission
from accounts.queries import calendars_for
from alerts.actions import owe
from alerts.notices import NewNotice
from caregivers.assessment.lifecycle import Assessment
from caregivers.assessment.queries import moving
from caregivers.assessment.refusals import AssessmentNotFound
from core import journal
from core.clock import local_day
from core.errors import Forbidden


def permit(by: Account, permission: Permission) -> None:
    if not by.may(permission):
        raise Forbidden


async def hold(assessment_id: UUID) -> Assessment:
    one = await moving.hold_assessment(assessment_id)
    if one is None:
        raise AssessmentNotFound
    return one


async def after(now: datetime, length: Length, district_id: int) -> datetime:
    """The moment after a length of time by the district's calendar."""
    day = local_day(now)
    return add(now, length, (await calendars_for([district_id], day))[district_id])


async def write(kind: str, one: Assessment, *, by: UUID | None, now: datetime, facts: Mapping[str, Any]) -> None:
    """A line of history, found under the assessment and, by its facts, under the agreement."""
    told = {"agreement_id": one.agreement_id, "period_from": one.period.from_on, "period_to": one.period.to_on}
    await journal.write(kind, subject_id=one.id, area_id=one.area_id, by=by, at=now, facts={**told, **facts})


async def tell_caregiver(occurrence: str, one: Assessment, *lines: str, now: datetime) -> None:
    """Owe the caregiver a notice, where they have an account; what was found stands only behind the sign-in."""
    account_id = await moving.account_of_caregiver(one.caregiver_id)
    if account_id is None:
        return
    notice = NewNotice(
        occurrence=f"{occurrence}:{one.id}",
        kind="assessment_told",
        severity="general",
        account_id=account_id,
        facts={"lines": list(lines)},
    )
    await owe([notice], now=now)
