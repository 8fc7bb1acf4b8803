"""Writing orders with their items, and that they have reached the caregiver."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from caregivers.rectification.order import Order
from caregivers.rectification.queries.orders import SEEN
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredItem:
    id: UUID
    hazard_id: UUID
    must_be: str
    service: str | None
    duty: str


class Named(Protocol):
    @property
    def hazard_id(self) -> UUID: ...


async def issued_by(order_id: UUID) -> UUID | None:
    """Who issued an order of the caller's areas."""
    found: UUID | None = await db.fetch_value(
        f"SELECT issued_by FROM rectification_order o WHERE o.id = $1 AND o.{SEEN}", order_id
    )
    return found


async def same_order(order_id: UUID, items: Sequence[Named]) -> bool:
    """Whether an order names just these hazards."""
    rows = await db.fetch("SELECT hazard_id FROM order_item WHERE order_id = $1", order_id)
    return {row["hazard_id"] for row in rows} == {one.hazard_id for one in items}


async def services_of(agreement_id: UUID) -> frozenset[str]:
    """What was promised."""
    rows = await db.fetch("SELECT service FROM agreement_item WHERE agreement_id = $1", agreement_id)
    return frozenset(row["service"] for row in rows)


async def add_order(order: Order, *, evidence: str, year: int) -> str:
    """Store a new order; its number, counted through the district's year."""
    serial: int = await db.fetch_value("SELECT next_order_serial($1, $2)", order.district_id, year)
    number = f"整改〔{year}〕{serial:04d}号"
    await db.execute(
        "INSERT INTO rectification_order (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, year,"
        " serial, number, status, severity, evidence, policy_id, issued_by, issued_at, deadline_at,"
        " first_deadline_at, statement_until)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16, $17)",
        order.id,
        order.agreement_id,
        order.recipient_id,
        order.caregiver_id,
        order.area_id,
        order.district_id,
        year,
        serial,
        number,
        order.status,
        order.severity,
        evidence,
        order.policy_id,
        order.issued_by,
        order.issued_at,
        order.deadline_at,
        order.statement_until,
    )
    return number


async def add_items(order: Order, items: Sequence[StoredItem]) -> None:
    """Store an order's items; hazards found while no agreement was in force count against this one from now on."""
    await db.execute(
        "INSERT INTO order_item (id, order_id, hazard_id, area_id, must_be, service, duty)"
        " SELECT n.id, $1, n.hazard_id, $2, n.must_be, n.service, n.duty"
        " FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[])"
        " AS n (id, hazard_id, must_be, service, duty)",
        order.id,
        order.area_id,
        [one.id for one in items],
        [one.hazard_id for one in items],
        [one.must_be for one in items],
        [one.service for one in items],
        [one.duty for one in items],
    )
    await db.execute(
        "UPDATE hazard SET agreement_id = $2, caregiver_id = $3 WHERE id = ANY ($1::uuid[]) AND agreement_id IS NULL",
        [one.hazard_id for one in items],
        order.agreement_id,
        order.caregiver_id,
    )


async def save_told(order_id: UUID, *, how: str, by: UUID, at: datetime) -> None:
    await db.execute(
        "UPDATE rectification_order SET told_how = $2, told_by = $3, told_at = $4, version = version + 1 WHERE id = $1",
        order_id,
        how,
        by,
        at,
    )


async def save_deadlines(order_id: UUID, *, deadline_at: datetime, statement_until: datetime) -> None:
    await db.execute(
        "UPDATE rectification_order SET deadline_at = $2, first_deadline_at = $2, statement_until = $3 WHERE id = $1",
        order_id,
        deadline_at,
        statement_until,
    )


async def hazards_ordered(order_ids: Collection[UUID]) -> list[UUID]:
    """The hazards these orders are to remove."""
    rows = await db.fetch(
        "SELECT hazard_id FROM order_item WHERE order_id = ANY ($1::uuid[]) AND status = 'open' ORDER BY hazard_id",
        list(order_ids),
    )
    return [row["hazard_id"] for row in rows]


async def severities_of(hazard_ids: Collection[UUID]) -> dict[UUID, str]:
    """How grave each of these is, in the order of their ids."""
    rows = await db.fetch("SELECT id, severity FROM hazard WHERE id = ANY ($1::uuid[]) ORDER BY id", list(hazard_ids))
    return {row["id"]: row["severity"] for row in rows}
