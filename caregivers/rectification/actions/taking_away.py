"""What falls with its ground: items, orders left without any, their failures, and the proposals that rested on them.

Nothing is erased: hazards, orders and failures stay in the history as withdrawn, with the reason and the evidence.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.actions import resolve_for
from caregivers.rectification.actions.telling import entry, tell
from caregivers.rectification.order import Order, may
from caregivers.rectification.queries import cycles, orders
from caregivers.rectification.queries import taking_away as queries
from caregivers.rectification.queries.cycles import Cycle
from caregivers.rectification.queries.orders import Item
from caregivers.replacement.actions import withdraw_grounds
from core import journal

ORDER_ALERTS = frozenset({"rectification_overdue", "statement_unheard", "verification_overdue"})
_RESTS_ON = frozenset({"open", "failed"})


async def withdraw_for(
    source: str,
    source_ids: Collection[UUID],
    *,
    reason: str,
    evidence: Mapping[str, Any],
    by: UUID | None,
    now: datetime,
) -> int:
    """Withdraw what rested on these sources, for evidence that came late says otherwise; how many hazards fell.

    Joins the transaction under way. `evidence`: ids, dates and words only.
    """
    hazards = await queries.hazards_from(source, source_ids)
    return await withdraw_hazards(hazards, reason=reason, evidence=evidence, by=by, now=now)


async def withdraw_hazards(
    hazard_ids: Collection[UUID], *, reason: str, evidence: Mapping[str, Any], by: UUID | None, now: datetime
) -> int:
    """The same for hazards known by their ids."""
    if not hazard_ids:
        return 0
    held = await orders.hold_orders(await queries.orders_about(hazard_ids))
    taken = await queries.take_hazards(hazard_ids, reason=reason, by=by, now=now)
    await journal.write_all(
        [
            journal.Entry(
                kind="hazard.withdrawn",
                subject_id=one.id,
                area_id=one.area_id,
                by=by,
                at=now,
                facts={"agreement_id": one.agreement_id, "evidence": dict(evidence)},
            )
            for one in taken
        ]
    )
    await resolve_for(
        [one.id for one in taken],
        kinds={"hazard_unattended"},
        outcome="late_evidence",
        evidence=evidence,
        by=by,
        now=now,
    )
    items = await orders.items_of([one.id for one in held])
    fallen = [item for found in items.values() for item in found if item.hazard_id in set(hazard_ids)]
    gone = await take_items(
        held, items, fallen, reason=reason, evidence=evidence, outcome="late_evidence", by=by, now=now
    )
    subjects: dict[UUID, set[UUID]] = {}
    for hazard in taken:
        if hazard.agreement_id:
            subjects.setdefault(hazard.agreement_id, set()).add(hazard.id)
    await _withdraw_grounds(gone, subjects, reason=reason, evidence=evidence, by=by, now=now)
    return len(taken)


async def take_items(
    held: Sequence[Order],
    items: Mapping[UUID, Sequence[Item]],
    fallen: Collection[Item],
    *,
    reason: str,
    evidence: Mapping[str, Any],
    outcome: str,
    by: UUID | None,
    now: datetime,
) -> list[Cycle]:
    """Withdraw items of orders the caller holds; an order left without one falls, and so does its failure.

    An order already closed stays closed, without its failure. The failures withdrawn.
    """
    away = {item.id for item in fallen if item.status in _RESTS_ON}
    if not away:
        return []
    await orders.save_items(away, "withdrawn")
    empty = [order for order in held if not _left(items[order.id], away) and _touched(items[order.id], away)]
    await _withdraw_orders(empty, reason=reason, evidence=evidence, outcome=outcome, by=by, now=now)
    return await cycles.withdraw_cycles(
        [order.id for order in empty], why={"failed", "overdue"}, reason=reason, evidence=evidence, now=now
    )


def _left(items: Iterable[Item], away: Collection[UUID]) -> bool:
    return any(item.status in _RESTS_ON and item.id not in away for item in items)


def _touched(items: Iterable[Item], away: Collection[UUID]) -> bool:
    return any(item.id in away for item in items)


async def _withdraw_orders(
    empty: Sequence[Order],
    *,
    reason: str,
    evidence: Mapping[str, Any],
    outcome: str,
    by: UUID | None,
    now: datetime,
) -> None:
    if not empty:
        return
    falling = [order for order in empty if may(order.status, "take_away")]
    await orders.save_withdrawn([order.id for order in falling], reason=reason, by=by, now=now)
    await orders.save_count_at({order.id: None for order in empty})
    await journal.write_all(
        [entry("order.withdrawn", one, by=by, now=now, why=outcome, evidence=dict(evidence)) for one in falling]
    )
    await resolve_for([one.id for one in empty], kinds=ORDER_ALERTS, outcome=outcome, evidence=evidence, by=by, now=now)
    for one in falling:
        line = "您的一份整改通知已撤回，不再需要整改，也不计入整改不合格。"
        await tell(one, "order_changed", line, occurrence=f"order_withdrawn:{one.id}", now=now)


async def take_cycles(
    gone: Sequence[Cycle], *, reason: str, evidence: Mapping[str, Any], by: UUID | None, now: datetime
) -> None:
    """Take withdrawn failures away from every case that rested on them."""
    await _withdraw_grounds(gone, {}, reason=reason, evidence=evidence, by=by, now=now)


async def _withdraw_grounds(
    gone: Sequence[Cycle],
    subjects: Mapping[UUID, Collection[UUID]],
    *,
    reason: str,
    evidence: Mapping[str, Any],
    by: UUID | None,
    now: datetime,
) -> None:
    fallen = {agreement_id: set(ids) for agreement_id, ids in subjects.items()}
    for cycle in gone:
        fallen.setdefault(cycle.agreement_id, set()).add(cycle.id)
    await orders.one_at_a_time(fallen)  # nobody proposes meanwhile on what has just fallen
    for agreement_id in sorted(fallen):
        await withdraw_grounds(agreement_id, fallen[agreement_id], reason=reason, evidence=evidence, by=by, now=now)
    await journal.write_all(
        [
            journal.Entry(
                kind="order.failure_withdrawn",
                subject_id=one.order_id,
                area_id=one.area_id,
                by=by,
                at=now,
                facts={"agreement_id": one.agreement_id, "cycle": one.id, "evidence": dict(evidence)},
            )
            for one in gone
        ]
    )
