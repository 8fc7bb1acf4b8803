"""Arranging who is on duty."""

from datetime import datetime
from uuid import UUID

from accounts.actions.staffing import end_duties
from accounts.actions.telling import tell
from accounts.areas import level_of
from accounts.duty import DUTY_NAMES, Duty
from accounts.people import Person
from accounts.permissions import ROLE_NAMES, Account
from accounts.posting import at_or_above, duty_fits
from accounts.queries import areas, duties, people
from accounts.refusals import (
    AccountEnded,
    AlreadyPast,
    AreaUnfit,
    AreaUnknown,
    CannotHold,
    DutyBeyondYours,
    DutyHeldAlready,
    DutyOver,
    TimesReversed,
)
from core import db
from core.clock import local_day
from core.errors import NotFound


async def add_duty(
    account_id: UUID,
    duty: Duty,
    area_id: int,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    position: int = 0,
    by: Account,
    now: datetime,
) -> UUID:
    """Put somebody on a duty of the caller's rung or below, for an area of the caller's. The id of the duty."""
    starts_at = max(starts_at or now, now)
    if ends_at is not None and ends_at <= starts_at:
        raise (AlreadyPast if ends_at <= now else TimesReversed)(field="/ends_at")
    if not at_or_above(by.role, duty):
        raise DutyBeyondYours(field="/duty")
    async with db.transaction(by.scope):
        person = await people.locked_person(account_id)
        if person is None:
            raise NotFound(field="/account_id")
        await _check(person, duty, area_id, now)
        added = await duties.add_duties(
            account_id, duty, [area_id], starts_at=starts_at, ends_at=ends_at, position=position, by=by.id
        )
        if not added:
            raise DutyHeldAlready
        facts = {"duty": duty, "account_id": str(account_id)}
        await tell("duty.added", added[area_id], by=by, now=now, area_id=area_id, facts=facts)
        return added[area_id]


async def _check(person: Person, duty: Duty, area_id: int, now: datetime) -> None:
    if person.ended:
        raise AccountEnded(field="/account_id")
    area = (await areas.areas_by_id([area_id])).get(area_id)
    if area is None or not await areas.seen_areas([area_id]):
        raise AreaUnknown(field="/area_id")
    if area.ended(local_day(now)):
        raise AreaUnfit(f"{area.name}已于 {area.valid_to} 停用。请选择现行区划。", field="/area_id")
    if not duty_fits(duty, level_of(area.code)):
        detail = f"“{DUTY_NAMES[duty]}”的值守不能设在{area.name}这一级。请选择上级区划。"
        raise AreaUnfit(detail, field="/area_id")
    if not at_or_above(person.role, duty):
        detail = f"{ROLE_NAMES[person.role]}不能担任“{DUTY_NAMES[duty]}”的值守。请另选人员。"
        raise CannotHold(detail, field="/account_id")
    if area_id not in await areas.areas_within(person.area_ids):
        detail = f"{area.name}不在此人的辖区内，其看不到那里的对象。请先为其增加辖区。"
        raise CannotHold(detail, field="/account_id")


async def end_duty(duty_id: UUID, *, by: Account, now: datetime) -> None:
    """End a duty now. LastOnDuty where a district would be left with nobody."""
    async with db.transaction(by.scope):
        await areas.lock_district(by.district_id)  # of two who end the last two duties one must find the other gone
        held = await duties.duty(duty_id)
        if held is None:
            raise NotFound
        if not at_or_above(by.role, held.duty):
            raise DutyBeyondYours
        if held.ends_at is not None and held.ends_at <= now:
            raise DutyOver
        await end_duties([held], by=by, now=now)
