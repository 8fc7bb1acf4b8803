"""What many orders are judged by, asked for together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.queries import calendars_for, policy_issued
from caregivers.rectification.order import Order
from caregivers.rectification.queries.orders import Statements, statements_of
from caregivers.rectification.terms import Terms, counts_from
from core.clock import local_day


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """By the ids of the orders. `counts_from`: when a failure of each may count."""

    terms: Mapping[UUID, Terms]
    statements: Mapping[UUID, Statements]
    counts_from: Mapping[UUID, datetime]


async def judged(found: Sequence[Order], now: datetime) -> Judged:
    terms, statements = await terms_of(found, now), await statements_of([one.id for one in found])
    moments = {one.id: _counts_from(one, terms[one.id], statements[one.id]) for one in found}
    return Judged(terms=terms, statements=statements, counts_from=moments)


def _counts_from(order: Order, terms: Terms, statements: Statements) -> datetime:
    failed = order.status == "failed"
    return counts_from(order, terms, heard=statements.heard, unheard=statements.unheard, failed=failed)


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
