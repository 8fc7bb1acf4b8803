"""Lanes: opened for a watcher, filled with a few households, ended. One action is one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_for
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden
from core.ids import new_id
from visits.daily.lanes import check_room, check_shown_as
from visits.daily.queries import lanes as queries
from visits.daily.queries import links
from visits.daily.queries.lanes import Household, Lane
from visits.daily.refusals import (
    AreaElsewhere,
    HouseholdNotFound,
    LaneEnded,
    LaneNotFound,
    NotUnderVisit,
    RecipientElsewhere,
    WatchedAlready,
    WatcherElsewhere,
)
from visits.daily.windows import openings, own_windows


async def open_lane(
    *,
    lane_id: UUID | None = None,
    area_id: int,
    name: str,
    watcher_name: str,
    account_id: UUID | None = None,
    by: Account,
    now: datetime,
) -> Lane:
    """A new lane without households. `account_id`: of a watcher who has one; all others get a link."""
    permit(by)
    async with db.transaction(by.scope):
        district_id = await queries.district_of(area_id)
        if district_id is None:
            raise AreaElsewhere(field="/area_id")
        if account_id is not None and not await queries.watches(account_id):
            raise WatcherElsewhere(field="/account_id")
        lane = Lane(
            id=lane_id or new_id(),
            area_id=area_id,
            district_id=district_id,
            name=name.strip(),
            watcher_name=watcher_name.strip(),
            account_id=account_id,
            status="active",
            created_by=by.id,
            created_at=now,
            ended_at=None,
        )
        await queries.add_lane(lane)
        await tell("lane.opened", lane, by, now)
        return lane


async def end_lane(lane_id: UUID, *, by: Account, now: datetime) -> Lane:
    """End it: its households are free for another lane, its links open nothing any more. Ended twice: once."""
    permit(by)
    async with db.transaction(by.scope):
        lane = await queries.hold_lane(lane_id)
        if lane is None:
            raise LaneNotFound
        if lane.status == "ended":
            return lane
        households = await queries.households_of(lane_id)
        await queries.remove_households([one.id for one in households], by=by.id, now=now)
        await links.revoke_links(lane_id, by=by.id, now=now)
        await queries.end_lane(lane_id, by=by.id, now=now)
        await tell("lane.ended", lane, by, now, households=len(households))
        return replace(lane, status="ended", ended_at=now)


async def add_household(
    lane_id: UUID,
    *,
    recipient_id: UUID,
    shown_as: str,
    morning: str | None = None,
    evening: str | None = None,
    by: Account,
    now: datetime,
) -> Household:
    """Put a recipient into a lane, up to the policy's number a watcher. Windows that are open already do not count."""
    permit(by)
    own_windows(morning, evening)
    async with db.transaction(by.scope):
        lane = await hold_active(lane_id)
        person = await queries.person(recipient_id)
        if person is None:
            raise RecipientElsewhere(field="/recipient_id")
        if not person.supported:
            raise NotUnderVisit
        check_shown_as(shown_as, name=person.name)
        issued = await policy_for(lane.district_id, local_day(now))
        check_room(await queries.watched(lane), issued.policy.caregivers.households_per_volunteer)
        household = Household(
            id=new_id(),
            lane_id=lane_id,
            recipient_id=recipient_id,
            shown_as=shown_as.strip(),
            position=len(await queries.households_of(lane_id)),
            morning=morning,
            evening=evening,
            added_at=now,
            removed_at=None,
            supported=True,
        )
        if not await queries.add_household(household, area_id=lane.area_id, by=by.id):
            raise WatchedAlready
        await tell("lane.household_added", lane, by, now, recipient=str(recipient_id))
        return household


async def remove_household(household_id: UUID, lane_id: UUID, *, by: Account, now: datetime) -> None:
    """Take a household out of its lane; a window that is open already is still looked at."""
    permit(by)
    async with db.transaction(by.scope):
        lane, household = await _hold(household_id, lane_id)
        await queries.remove_households([household_id], by=by.id, now=now)
        await tell("lane.household_removed", lane, by, now, recipient=str(household.recipient_id))


async def set_windows(
    household_id: UUID, lane_id: UUID, *, morning: str | None, evening: str | None, by: Account, now: datetime
) -> Household:
    """Give a household windows of its own, or the policy's again with None; from the next one that has not opened."""
    permit(by)
    own_windows(morning, evening)
    async with db.transaction(by.scope):
        lane, household = await _hold(household_id, lane_id)
        await queries.save_windows(household_id, morning, evening)
        today = local_day(now)
        for day in (today, today + timedelta(days=1)):
            curtain = (await policy_for(lane.district_id, day)).policy.curtain
            ahead = openings(curtain, day, morning=morning, evening=evening)
            await queries.move_openings(household.recipient_id, ahead, now=now)
        facts = {"recipient": str(household.recipient_id), "morning": morning, "evening": evening}
        await tell("lane.windows_set", lane, by, now, **facts)
        return replace(household, morning=morning, evening=evening)


def permit(by: Account) -> None:
    if not by.may("lane.manage"):
        raise Forbidden


async def hold_active(lane_id: UUID) -> Lane:
    """The lane, locked; refused when there is none in the caller's areas, or when it has ended."""
    lane = await queries.hold_lane(lane_id)
    if lane is None:
        raise LaneNotFound
    if lane.status != "active":
        raise LaneEnded
    return lane


async def _hold(household_id: UUID, lane_id: UUID) -> tuple[Lane, Household]:
    lane = await hold_active(lane_id)
    household = await queries.hold_household(household_id, lane_id)
    if household is None:
        raise HouseholdNotFound
    return lane, household


async def tell(kind: str, lane: Lane, by: Account, now: datetime, **facts: Any) -> None:
    await journal.write(kind, subject_id=lane.id, area_id=lane.area_id, by=by.id, at=now, facts=facts)
