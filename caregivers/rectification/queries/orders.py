"""Orders as stored: held under a lock, moved from one state to the next, with what hangs on them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.rectification.order import Order
from caregivers.rectification.terms import Statement
from core import db

COLUMNS = (
    "o.id, o.agreement_id, o.recipient_id, o.caregiver_id, o.area_id, o.district_id, o.status, o.severity,"
    " o.policy_id, o.issued_by, o.issued_at, o.told_at, o.deadline_at, o.first_deadline_at, o.statement_until,"
    " o.overdue_at, o.count_at, o.verified_at, o.verification_id, o.extension_asked_by, o.extension_asked_at,"
    " o.extension_until, o.extension_decided_by, o.extension_granted"
)
"""All that the jobs may read, too."""

SEEN = "area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = ANY (visible_areas()))"
"""That something lies within the caller's areas: said here besides row-level security."""
OWN = "caregiver_id = ANY (ARRAY(SELECT unnest(my_caregiver_ids())))"


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    id: UUID
    order_id: UUID
    hazard_id: UUID
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Statements:
    """What of an order's statements bears on when its failure counts: whether one was heard, and those unheard."""

    heard: bool = False
    unheard: tuple[Statement, ...] = ()


def order(row: Mapping[str, Any]) -> Order:
    return Order(**row)


async def hold_order(order_id: UUID) -> Order | None:
    """Lock an order of the caller's areas."""
    return await _hold(order_id, SEEN)


async def hold_own_order(order_id: UUID) -> Order | None:
    """Lock an order the caller has to answer as its caregiver."""
    return await _hold(order_id, OWN)


async def _hold(order_id: UUID, whose: str) -> Order | None:
    row = await db.fetch_one(
        f"SELECT {COLUMNS} FROM rectification_order o WHERE o.id = $1 AND o.{whose} FOR NO KEY UPDATE", order_id
    )
    return order(row) if row else None


async def hold_orders(order_ids: Collection[UUID]) -> list[Order]:
    """Lock these orders, one after the other by id, whoever asks."""
    rows = await db.fetch(
        f"SELECT {COLUMNS} FROM rectification_order o WHERE o.id = ANY ($1::uuid[]) ORDER BY o.id FOR NO KEY UPDATE",
        list(order_ids),
    )
    return [order(row) for row in rows]


async def items_of(order_ids: Collection[UUID]) -> dict[UUID, list[Item]]:
    """The items of orders held by the caller, in the order they were written."""
    rows = await db.fetch(
        "SELECT id, order_id, hazard_id, status FROM order_item WHERE order_id = ANY ($1::uuid[]) ORDER BY id",
        list(order_ids),
    )
    found: dict[UUID, list[Item]] = {order_id: [] for order_id in order_ids}
    for row in rows:
        found[row["order_id"]].append(Item(**row))
    return found


async def statements_of(order_ids: Collection[UUID]) -> dict[UUID, Statements]:
    """How the statements of these orders stand."""
    rows = await db.fetch(
        "SELECT order_id, made_at, hear_by, heard_at FROM order_answer WHERE order_id = ANY ($1::uuid[])"
        " AND kind = 'statement' ORDER BY order_id, made_at",
        list(order_ids),
    )
    found: dict[UUID, Statements] = {}
    for row in rows:
        before = found.get(row["order_id"], Statements())
        waiting = () if row["heard_at"] else (Statement(made_at=row["made_at"], hear_by=row["hear_by"]),)
        found[row["order_id"]] = Statements(
            heard=before.heard or row["heard_at"] is not None, unheard=before.unheard + waiting
        )
    return {order_id: found.get(order_id, Statements()) for order_id in order_ids}


async def save_status(order_id: UUID, status: str, **columns: Any) -> None:
    """Move an order the caller holds, together with other columns of its row."""
    values: dict[str, Any] = {"status": status, **columns}
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, start=2))
    await db.execute(
        f"UPDATE rectification_order SET version = version + 1, {sets} WHERE id = $1", order_id, *values.values()
    )


async def save_count_at(counts: Mapping[UUID, datetime | None]) -> None:
    """When the failures of orders held by the caller count; None: they do no longer, or have."""
    if not counts:
        return
    await db.execute(
        "UPDATE rectification_order o SET count_at = n.count_at"
        " FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, count_at) WHERE o.id = n.id",
        list(counts),
        list(counts.values()),
    )


async def save_withdrawn(order_ids: Sequence[UUID], *, reason: str, by: UUID | None, now: datetime) -> None:
    """Withdraw orders held by the caller, and whatever verification was planned of them."""
    await db.execute(
        "UPDATE rectification_order SET version = version + 1, status = 'withdrawn', withdrawn_at = $2,"
        " withdrawn_by = $3, withdrawn_reason = $4, count_at = NULL WHERE id = ANY ($1::uuid[])",
        list(order_ids),
        now,
        by,
        reason,
    )
    await cancel_verifications(order_ids)


async def cancel_verifications(order_ids: Sequence[UUID]) -> None:
    await db.execute(
        "UPDATE verification SET status = 'cancelled' WHERE order_id = ANY ($1::uuid[]) AND status = 'planned'",
        list(order_ids),
    )


async def save_items(item_ids: Collection[UUID], status: str) -> None:
    await db.execute("UPDATE order_item SET status = $2 WHERE id = ANY ($1::uuid[])", list(item_ids), status)


async def holds_back(agreement_id: UUID) -> bool:
    """Whether an open mandatory case keeps a passed order from closing by itself. One at a time looks and judges."""
    await one_at_a_time([agreement_id])
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM replacement_case c WHERE c.agreement_id = $1 AND c.mandatory"
            " AND NOT c.confidential AND c.status IN ('proposed', 'heard'))",
            agreement_id,
        )
    )


async def one_at_a_time(agreement_ids: Collection[UUID]) -> None:
    """Whoever else counts a failure of these agreements, or ends an order of theirs, is waited for."""
    await db.execute("SELECT one_judge_at_a_time($1::uuid[])", list(agreement_ids))
