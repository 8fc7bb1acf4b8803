"""Failures counted against an agreement, and in the same transaction the proposal that policy then makes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from uuid import UUID

from accounts.queries import policies_for
from caregivers.people.months import months_after
from caregivers.rectification.actions.telling import entry
from caregivers.rectification.order import Order
from caregivers.rectification.queries import cycles as queries
from caregivers.rectification.queries.cycles import NewCycle
from caregivers.rectification.queries.orders import Statements, one_at_a_time, save_count_at
from caregivers.replacement.actions import propose_by_policy
from caregivers.replacement.grounds import mandatory
from core import journal
from core.clock import LOCAL, local_day


async def count(orders: Sequence[Order], statements: Mapping[UUID, Statements], *, now: datetime) -> int:
    """Count the failures of orders the caller holds, each once, and propose what policy demands; how many were new.

    The caller knows that each statement had its chance.
    """
    if not orders:
        return 0
    await one_at_a_time({order.agreement_id for order in orders})
    counted = await queries.add_cycles([_cycle(order, statements[order.id]) for order in orders], now=now)
    await save_count_at({order.id: None for order in orders if order.count_at is not None})
    of = {order.id: order for order in orders}
    await journal.write_all(
        [entry("order.failure_counted", of[one.order_id], by=None, now=now, cycle=one.id) for one in counted]
    )
    await _propose({one.agreement_id for one in counted}, now=now)
    return len(counted)


def _cycle(order: Order, statements: Statements) -> NewCycle:
    failed_at = order.verified_at if order.status == "failed" else order.overdue_at
    if failed_at is None:
        raise ValueError(f"order {order.id} neither failed nor passed its deadline")
    return NewCycle(
        order_id=order.id,
        agreement_id=order.agreement_id,
        caregiver_id=order.caregiver_id,
        area_id=order.area_id,
        why="failed" if order.status == "failed" else "overdue",
        heard="statement" if statements.heard else "time_ran_out",
        failed_at=failed_at,
    )


async def judge(agreement_ids: Collection[UUID], *, now: datetime) -> None:
    """Propose the replacement that policy makes mandatory for agreements against which something new counts."""
    await one_at_a_time(agreement_ids)
    await _propose(agreement_ids, now=now)


async def _propose(agreement_ids: Collection[UUID], *, now: datetime) -> None:
    districts = await queries.in_force(agreement_ids)
    if not districts:
        return
    policies = await policies_for(set(districts.values()), local_day(now))
    rows = {agreement_id: policies[district].policy.replacement for agreement_id, district in districts.items()}
    facts = await queries.facts_of({one: _since(now, row.within_months) for one, row in rows.items()})
    for agreement_id in sorted(rows):
        grounds = mandatory(facts[agreement_id], rows[agreement_id])
        if grounds:
            await propose_by_policy(agreement_id, grounds, confidential=False, barred_ids=(), now=now)


def _since(now: datetime, months: int) -> datetime:
    return datetime.combine(months_after(local_day(now), -months), time(), LOCAL)
