"""Deadlines that pass: the order is overdue, a look at the door is planned, and a failure that may count does."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from alerts.actions import open_alerts_today
from alerts.opening import NewAlert
from caregivers.rectification.actions.batch import Judged, judged
from caregivers.rectification.actions.counting import count
from caregivers.rectification.actions.planning import draw, store
from caregivers.rectification.actions.telling import entry
from caregivers.rectification.order import MOVES, Order
from caregivers.rectification.queries.planning import Plan
from caregivers.rectification.queries.sweeping import Due, Lapsed, save_lapsed
from core import db, journal, quarantine
from core.scope import JOBS


async def lapse(due: Sequence[Due], now: datetime) -> Counter[str]:
    """All at once, so that each order is written once.

    One whose verification cannot be planned, or whose failure cannot be counted, is overdue all the same: the steps
    that plan and count claim it next, and set it aside.
    """
    try:
        async with db.transaction(JOBS):
            return await _whole(due, now)
    except Exception as fault:
        if len(due) > 1 or not quarantine.rows_fault(fault):
            raise
    found = await judged([one.order for one in due], now)
    await _overdue(due, found.counts_from, {}, now)
    return Counter(overdue=len(due))


async def _whole(due: Sequence[Due], now: datetime) -> Counter[str]:
    found = await judged([one.order for one in due], now)
    drawn = await draw([one for one in due if one.order.verification_id is None], found.terms, now)
    ripe = [one.order for one in due if _ripe(one, found, now)]
    counts_from = {**found.counts_from, **dict.fromkeys((one.id for one in ripe), None)}
    await _overdue(due, counts_from, drawn.plans, now)
    await store(drawn, now)
    counted = await count([_lapsed(one, now) for one in ripe], found.statements, now=now)
    return Counter(overdue=len(due), planned=len(drawn.plans), counted=counted)


def _ripe(due: Due, found: Judged, now: datetime) -> bool:
    """Whether the failure counts by now. What is to be taken back first is left to the step that counts."""
    return due.take_back is None and found.counts_from[due.order.id] <= now


def _lapsed(order: Order, now: datetime) -> Order:
    return replace(order, status=MOVES[order.status, "lapse"], overdue_at=now, count_at=None)


async def _overdue(
    due: Sequence[Due], counts_from: Mapping[UUID, datetime | None], plans: Mapping[UUID, Plan], now: datetime
) -> None:
    """Written and told. `counts_from` is when each failure is to be counted; None: now."""
    found = [one.order for one in due]
    await save_lapsed(
        [
            Lapsed(
                order_id=one.id,
                count_at=counts_from[one.id],
                verification_id=plans[one.id].id if one.id in plans else one.verification_id,
            )
            for one in found
        ],
        now=now,
    )
    await open_alerts_today([_late(one) for one in due], now=now)
    await journal.write_all(
        [entry("order.overdue", one, by=None, now=now, deadline_at=one.deadline_at) for one in found]
    )


def _late(due: Due) -> NewAlert:
    order = due.order
    return NewAlert(
        occurrence=f"rectification_overdue:{order.id}:{order.deadline_at.isoformat()}",
        kind="rectification_overdue",
        risk=due.risk,
        area_id=order.area_id,
        district_id=order.district_id,
        recipient_id=order.recipient_id,
        subject_id=order.id,
        owner_id=order.issued_by,
        facts={"agreement_id": order.agreement_id, "severity": order.severity, "since": order.deadline_at},
    )
