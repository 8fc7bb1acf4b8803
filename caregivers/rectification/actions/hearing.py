"""A statement of the caregiver heard (陈述申辩), by somebody who neither issued the order nor stands on their side."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from alerts.actions import resolve_for
from caregivers.rectification.actions.attending import leave
from caregivers.rectification.actions.counting import count
from caregivers.rectification.actions.lawful import refuse_their_side, terms_of
from caregivers.rectification.actions.taking_away import take_cycles, take_items
from caregivers.rectification.actions.telling import tell, write
from caregivers.rectification.order import Order
from caregivers.rectification.queries import answering as queries
from caregivers.rectification.queries import orders
from caregivers.rectification.queries.orders import Item
from caregivers.rectification.refusals import (
    AlreadyHeard,
    IssuerCannotHear,
    ItemNotInOrder,
    OrderNotFound,
    ReasonMissing,
    StatementNotFound,
)
from caregivers.rectification.terms import counts_from
from core import db


async def hear_statement(
    order_id: UUID,
    answer_id: UUID,
    *,
    upheld: bool,
    reason: str,
    item_ids: Collection[UUID] = (),
    by: Account,
    now: datetime,
) -> None:
    """Hear a statement and say why it is upheld or not; upheld, these items fall, or all of them where none is named.

    An order left without items is withdrawn with its failure. Not upheld, a failure that waited for it counts now.
    """
    if not reason.strip():
        raise ReasonMissing(field="/reason")
    async with db.transaction(by.scope):
        order = await orders.hold_order(order_id)
        if order is None:
            raise OrderNotFound
        statement = await queries.hold_statement(answer_id, order_id)
        if statement is None:
            raise StatementNotFound
        if order.issued_by == by.id:
            raise IssuerCannotHear
        await refuse_their_side(by.id, order.caregiver_id)
        if statement.heard_at is not None:
            raise AlreadyHeard
        items = (await orders.items_of([order_id]))[order_id]
        chosen = _chosen(items, item_ids)
        await queries.save_heard(answer_id, upheld=upheld, reason=reason.strip(), by=by.id, now=now)
        await write("order.statement_heard", order, by=by.id, now=now, answer=answer_id, upheld=upheld)
        if upheld:
            await _uphold(order, items, chosen, answer_id, reason=reason.strip(), by=by, now=now)
        await _go_on(order, by=by, now=now)
        line = "您的陈述申辩已经听取，并被采纳。" if upheld else "您的陈述申辩已经听取，未予采纳，请登录查看理由。"
        await tell(order, "order_changed", line, occurrence=f"statement_heard:{answer_id}", now=now)


def _chosen(items: Sequence[Item], item_ids: Collection[UUID]) -> list[Item]:
    standing = [item for item in items if item.status in ("open", "failed")]
    if not item_ids:
        return standing
    chosen = [item for item in standing if item.id in set(item_ids)]
    if len(chosen) != len(set(item_ids)):
        raise ItemNotInOrder(field="/item_ids")
    return chosen


async def _uphold(
    order: Order,
    items: Sequence[Item],
    chosen: Sequence[Item],
    answer_id: UUID,
    *,
    reason: str,
    by: Account,
    now: datetime,
) -> None:
    """The order was wrong about these; the danger itself, if there is one, must still be seen to by somebody."""
    evidence = {"statement": str(answer_id)}
    gone = await take_items(
        [order], {order.id: items}, chosen, reason=reason, evidence=evidence, outcome="withdrawn", by=by.id, now=now
    )
    await take_cycles(gone, reason=reason, evidence=evidence, by=by.id, now=now)
    await leave([item.hazard_id for item in chosen], await terms_of(order, now), now=now)


async def _go_on(before: Order, *, by: Account, now: datetime) -> None:
    """Nobody need be told that it is unheard, unless another is; and a failure waits no longer than it must."""
    statements = (await orders.statements_of([before.id]))[before.id]
    if not statements.unheard:
        await resolve_for(
            [before.id],
            kinds={"statement_unheard"},
            outcome="heard",
            evidence={"order": str(before.id)},
            by=by.id,
            now=now,
        )
    (order,) = await orders.hold_orders([before.id])
    if order.count_at is None or order.status == "withdrawn":
        return
    count_at = counts_from(
        order,
        await terms_of(order, now),
        heard=statements.heard,
        unheard=statements.unheard,
        failed=order.status == "failed",
    )
    await orders.save_count_at({order.id: count_at})
    if count_at <= now:
        await count([order], {order.id: statements}, now=now)
