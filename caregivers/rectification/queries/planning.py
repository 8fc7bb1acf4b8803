"""Planning verifications: who visits, who stands on whose side, and the plans written, many at once."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    id: UUID
    order_id: UUID
    area_id: int
    district_id: int
    verifier_id: UUID | None
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """Whoever must not judge a caregiver, and the account the caregiver is told on."""

    accounts: frozenset[UUID] = frozenset()
    own: UUID | None = None


async def visitors_of(recipient_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The worker who visits each of these, where their account is active."""
    rows = await db.fetch(
        "SELECT r.id, r.visit_worker_id FROM recipient r JOIN account a ON a.id = r.visit_worker_id"
        " WHERE r.id = ANY ($1::uuid[]) AND a.status = 'active'",
        list(recipient_ids),
    )
    return {row["id"]: row["visit_worker_id"] for row in rows}


async def sides_of(caregiver_ids: Collection[UUID]) -> dict[UUID, Side]:
    """The sides of many caregivers at once, as the jobs see them: like `caregivers_side`, wherever they registered."""
    rows = await db.fetch(
        "WITH same AS (SELECT c.id AS wanted, c.id, c.account_id FROM caregiver c WHERE c.id = ANY ($1::uuid[])"
        " UNION SELECT c.id, k.id, k.account_id FROM caregiver c JOIN caregiver k"
        "  ON k.district_id = c.district_id AND k.id_index = c.id_index WHERE c.id = ANY ($1::uuid[]))"
        " SELECT wanted, account_id, id = wanted AS own FROM same WHERE account_id IS NOT NULL"
        " UNION SELECT s.wanted, r.account_id, false FROM same s JOIN relation r ON r.caregiver_id = s.id"
        " WHERE r.ended_at IS NULL",
        list(caregiver_ids),
    )
    accounts: dict[UUID, set[UUID]] = defaultdict(set)
    own: dict[UUID, UUID] = {}
    for row in rows:
        accounts[row["wanted"]].add(row["account_id"])
        if row["own"]:
            own[row["wanted"]] = row["account_id"]
    return {one: Side(accounts=frozenset(accounts[one]), own=own.get(one)) for one in caregiver_ids}


async def add_plans(plans: Collection[Plan], *, now: datetime) -> None:
    """Store verifications of orders the caller holds."""
    await db.execute(
        "INSERT INTO verification (id, order_id, area_id, district_id, verifier_id, planned_at, due_at)"
        " SELECT n.id, n.order_id, n.area_id, n.district_id, n.verifier_id, $7, n.due_at"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::uuid[], $6::timestamptz[])"
        " AS n (id, order_id, area_id, district_id, verifier_id, due_at)",
        [one.id for one in plans],
        [one.order_id for one in plans],
        [one.area_id for one in plans],
        [one.district_id for one in plans],
        [one.verifier_id for one in plans],
        [one.due_at for one in plans],
        now,
    )


async def save_planned(plans: Collection[Plan]) -> None:
    """Each is its order's verification from now on."""
    await db.execute(
        "UPDATE rectification_order o SET verification_id = n.id, version = version + 1"
        " FROM unnest($1::uuid[], $2::uuid[]) AS n (id, order_id) WHERE o.id = n.order_id",
        [one.id for one in plans],
        [one.order_id for one in plans],
    )
