"""Which policy an order is judged by, and who is barred from judging it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from accounts.queries import calendars_for, policy_for, policy_issued
from caregivers.people.queries import caregivers_side
from caregivers.rectification.order import Order
from caregivers.rectification.refusals import OnCaregiversSide
from caregivers.rectification.terms import Terms
from core.clock import local_day


async def terms_today(district_id: int, now: datetime) -> tuple[UUID | None, Terms]:
    """The policy in force now and its id, with the district's working days."""
    day = local_day(now)
    policy = await policy_for(district_id, day)
    calendar = (await calendars_for([district_id], day))[district_id]
    return policy.id, Terms(policy=policy.policy.rectification, calendar=calendar)


async def terms_of(order: Order, now: datetime) -> Terms:
    """The policy of the day the order was issued."""
    calendar = (await calendars_for([order.district_id], local_day(now)))[order.district_id]
    return Terms(policy=(await policy_issued(order.policy_id)).rectification, calendar=calendar)


async def refuse_their_side(account_id: UUID, caregiver_id: UUID | None) -> Collection[UUID]:
    """Refuse whoever is tied to the caregiver; the whole side of the caregiver otherwise."""
    side = await caregivers_side(caregiver_id) if caregiver_id else frozenset[UUID]()
    if account_id in side:
        raise OnCaregiversSide
    return side
