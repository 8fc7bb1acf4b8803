"""What many orders are judged by, asked for together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts.queries import calendars_for, policy_issued
from caregivers.rectification.order import Order
from caregivers.rectification.terms import Terms
from core.clock import local_day


async def terms_of(found: Sequence[Order], now: datetime) -> dict[UUID, Terms]:
    """The policy each order is judged by."""
    calendars = await calendars_for({one.district_id for one in found}, local_day(now))
    policies = {policy_id: await policy_issued(policy_id) for policy_id in {one.policy_id for one in found}}
    alike = {
        (one.district_id, one.policy_id): Terms(
            policy=policies[one.policy_id].rectification, calendar=calendars[one.district_id]
        )
        for one in found
    }
    return {one.id: alike[one.district_id, one.policy_id] for one in found}
