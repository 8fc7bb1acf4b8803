"""Plans and slots as stored: who lacks a fitting plan, and writing plans and slots, many at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import db
from recipients.queries.support import SUPPORTED
from visits.cadence import MOST_AHEAD, Basis, Plan, Slot, Terms

PLAN_COLUMNS = (
    "id, recipient_id, area_id, risk, policy_id, worker_id, every, opens_before, grace, anchor_at, laid_until"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """A district's policy as far as it decides who needs laying out."""

    district_id: int
    policy_id: UUID | None
    horizon: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class NewPlan:
    id: UUID
    recipient_id: UUID
    district_id: int
    basis: Basis
    terms: Terms
    anchor_at: datetime
    laid_until: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewVisit:
    """A slot to lay for a recipient; `plan_id` is None where no plan asks for it."""

    id: UUID
    plan_id: UUID | None
    recipient_id: UUID
    district_id: int
    basis: Basis
    reason: str
    slot: Slot


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenVisit:
    id: UUID
    recipient_id: UUID
    reason: str
    due_at: datetime


async def districts_with_people() -> list[int]:
    rows = await db.fetch(
        "SELECT DISTINCT district_id FROM recipient UNION SELECT DISTINCT district_id FROM visit_plan"
    )
    return [row["district_id"] for row in rows]


async def claim_unlaid(policies: Sequence[InForce], *, job: str, now: datetime, limit: int) -> list[UUID]:
    """Lock recipients without the plan they need, with one they no longer need, or with slots to add; their ids.

    Who another worker is laying out at this moment is left to it. Read the facts afterwards, in statements of their
    own: only they see what was stored while this one waited.
    """
    rows = await db.fetch(
        "WITH policy AS (SELECT * FROM unnest($1::int[], $2::uuid[], $3::interval[]) AS p (district_id, id, horizon))"
        " SELECT r.id FROM recipient r LEFT JOIN policy ON policy.district_id = r.district_id"
        " LEFT JOIN visit_plan p ON p.recipient_id = r.id AND p.ended_at IS NULL"
        f" WHERE CASE WHEN {SUPPORTED}"
        "  THEN p.id IS NULL OR p.area_id <> r.area_id OR p.risk <> r.risk"
        "   OR p.worker_id IS DISTINCT FROM r.visit_worker_id OR p.policy_id IS DISTINCT FROM policy.id"
        "   OR p.laid_until IS NULL OR p.laid_until + p.every"
        f"    <= $4::timestamptz + least(greatest(policy.horizon, p.every), {MOST_AHEAD} * p.every)"
        "  ELSE p.id IS NOT NULL END"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $5 AND q.subject_id = r.id"
        "  AND q.released_at IS NULL AND q.at > $6)"
        " ORDER BY r.id LIMIT $7 FOR NO KEY UPDATE OF r SKIP LOCKED",
        [one.district_id for one in policies],
        [one.policy_id for one in policies],
        [one.horizon for one in policies],
        now,
        job,
        now - timedelta(minutes=15),
        limit,
    )
    return [row["id"] for row in rows]


async def plans_of(recipient_ids: Collection[UUID]) -> dict[UUID, Plan]:
    """The active plan of each, or the one that ended last."""
    rows = await db.fetch(
        f"SELECT DISTINCT ON (recipient_id) {PLAN_COLUMNS}, ended_at IS NOT NULL AS ended FROM visit_plan"
        " WHERE recipient_id = ANY ($1::uuid[]) ORDER BY recipient_id, ended_at DESC NULLS FIRST",
        list(recipient_ids),
    )
    return {row["recipient_id"]: plan_from(row) for row in rows}


def plan_from(row: Mapping[str, Any]) -> Plan:
    return Plan(
        id=row["id"],
        basis=Basis(area_id=row["area_id"], risk=row["risk"], policy_id=row["policy_id"], worker_id=row["worker_id"]),
        terms=Terms(every=row["every"], opens_before=row["opens_before"], grace=row["grace"]),
        anchor_at=row["anchor_at"],
        laid_until=row["laid_until"],
        ended=row["ended"],
    )


async def hold_open_visits(recipient_ids: Collection[UUID]) -> list[OpenVisit]:
    """Lock every open visit of these, in the order everybody locks visits in: by id."""
    rows = await db.fetch(
        "SELECT id, recipient_id, reason, due_at FROM visit WHERE recipient_id = ANY ($1::uuid[]) AND status = 'open'"
        " ORDER BY id FOR NO KEY UPDATE",
        list(recipient_ids),
    )
    return [OpenVisit(**row) for row in rows]


async def close_plans(ended: Mapping[UUID, str], *, now: datetime) -> None:
    """End these plans, each with the word for why."""
    await db.execute(
        "UPDATE visit_plan p SET ended_at = $3, ended_reason = e.why FROM unnest($1::uuid[], $2::text[]) AS e (id, why)"
        " WHERE p.id = e.id AND p.ended_at IS NULL",
        list(ended),
        list(ended.values()),
        now,
    )


async def cancel_visits(cancelled: Mapping[UUID, str], *, now: datetime) -> None:
    """Cancel these visits where they are still open, each with the word for why."""
    await db.execute(
        "UPDATE visit v SET status = 'cancelled', judged_at = $3, closed_reason = c.why"
        " FROM unnest($1::uuid[], $2::text[]) AS c (id, why) WHERE v.id = c.id AND v.status = 'open'",
        list(cancelled),
        list(cancelled.values()),
        now,
    )


async def hand_over_visits(handed: Mapping[UUID, Basis]) -> None:
    """Open visits that stay go to whoever visits now. Their windows stay as they were promised."""
    await db.execute(
        "UPDATE visit v SET worker_id = h.worker_id, area_id = h.area_id"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS h (id, worker_id, area_id)"
        " WHERE v.id = h.id AND v.status = 'open'",
        list(handed),
        [basis.worker_id for basis in handed.values()],
        [basis.area_id for basis in handed.values()],
    )


async def add_plans(plans: Sequence[NewPlan], *, now: datetime) -> None:
    await db.execute(
        "INSERT INTO visit_plan (id, recipient_id, area_id, district_id, risk, worker_id, policy_id, every,"
        " opens_before, grace, anchor_at, laid_until, started_at)"
        " SELECT *, $13 FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::text[], $6::uuid[], $7::uuid[],"
        " $8::interval[], $9::interval[], $10::interval[], $11::timestamptz[], $12::timestamptz[])",
        [plan.id for plan in plans],
        [plan.recipient_id for plan in plans],
        [plan.basis.area_id for plan in plans],
        [plan.district_id for plan in plans],
        [plan.basis.risk for plan in plans],
        [plan.basis.worker_id for plan in plans],
        [plan.basis.policy_id for plan in plans],
        [plan.terms.every for plan in plans],
        [plan.terms.opens_before for plan in plans],
        [plan.terms.grace for plan in plans],
        [plan.anchor_at for plan in plans],
        [plan.laid_until for plan in plans],
        now,
    )


async def save_laid(laid_until: Mapping[UUID, datetime]) -> None:
    await db.execute(
        "UPDATE visit_plan p SET laid_until = l.laid_until FROM unnest($1::uuid[], $2::timestamptz[])"
        " AS l (id, laid_until) WHERE p.id = l.id",
        list(laid_until),
        list(laid_until.values()),
    )


async def add_visits(visits: Sequence[NewVisit]) -> int:
    """Lay slots, each once; how many were laid or taken over.

    An open visit due at the same moment is taken over by the plan that lays it now; it never ends later than it would
    have. A visit already made or judged stays what it is, and a cancelled one stands in nobody's way.
    """
    return await db.execute(
        "INSERT INTO visit (id, plan_id, recipient_id, area_id, district_id, reason, risk, worker_id, policy_id,"
        " opens_at, due_at, missed_after, status)"
        " SELECT *, 'open' FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::text[],"
        " $7::text[], $8::uuid[], $9::uuid[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[])"
        " ON CONFLICT (recipient_id, reason, due_at) WHERE status <> 'cancelled' AND campaign_id IS NULL DO UPDATE SET"
        " plan_id = excluded.plan_id, area_id = excluded.area_id, risk = excluded.risk,"
        " worker_id = excluded.worker_id, policy_id = excluded.policy_id,"
        " opens_at = least(visit.opens_at, excluded.opens_at),"
        " missed_after = least(visit.missed_after, excluded.missed_after)"
        " WHERE visit.status = 'open' AND excluded.plan_id IS NOT NULL",
        [visit.id for visit in visits],
        [visit.plan_id for visit in visits],
        [visit.recipient_id for visit in visits],
        [visit.basis.area_id for visit in visits],
        [visit.district_id for visit in visits],
        [visit.reason for visit in visits],
        [visit.basis.risk for visit in visits],
        [visit.basis.worker_id for visit in visits],
        [visit.basis.policy_id for visit in visits],
        [visit.slot.opens_at for visit in visits],
        [visit.slot.due_at for visit in visits],
        [visit.slot.missed_after for visit in visits],
    )


async def back_unchecked(*, now: datetime, limit: int) -> list[UUID]:
    """Recipients with a confirmed absence that is over, nobody having looked since and no visit laid for it."""
    rows = await db.fetch(
        "SELECT DISTINCT a.recipient FROM absence a JOIN recipient r ON r.id = a.recipient"
        " WHERE a.confirmed_at IS NOT NULL AND a.return_checked_at IS NULL AND least(a.ends_at, a.ended_at) <= $1"
        " AND greatest(a.starts_at, a.confirmed_at) < least(a.ends_at, a.ended_at)"
        f" AND {SUPPORTED}"
        " AND NOT EXISTS (SELECT FROM absence b WHERE b.recipient = a.recipient AND b.confirmed_at IS NOT NULL"
        "  AND greatest(b.starts_at, b.confirmed_at) <= $1 AND least(b.ends_at, b.ended_at) > $1)"
        " AND NOT EXISTS (SELECT FROM visit v WHERE v.recipient_id = a.recipient AND v.reason = 'return_check'"
        "  AND v.opens_at >= least(a.ends_at, a.ended_at) AND v.status <> 'cancelled')"
        " LIMIT $2",
        now,
        limit,
    )
    return [row["recipient"] for row in rows]


async def discharged(*, since: datetime, limit: int) -> dict[UUID, datetime]:
    """Who came home from hospital since a moment without a visit laid for it, and when that was recorded."""
    rows = await db.fetch(
        "SELECT s.recipient, max(s.confirmed_at) AS at FROM standing_change s JOIN recipient r ON r.id = s.recipient"
        " WHERE s.from_standing = 'in_hospital' AND s.standing = 'at_home' AND s.confirmed_at > $1"
        " AND s.undone_at IS NULL AND r.support_mode = 'dispersed' AND r.standing = 'at_home'"
        " AND NOT EXISTS (SELECT FROM visit v WHERE v.recipient_id = s.recipient AND v.reason = 'after_change'"
        "  AND v.opens_at >= s.confirmed_at AND v.status <> 'cancelled')"
        " GROUP BY s.recipient LIMIT $2",
        since,
        limit,
    )
    return {row["recipient"]: row["at"] for row in rows}


async def unresolved_subjects(recipient_ids: Collection[UUID], kinds: Collection[str]) -> list[UUID]:
    """What the unresolved alerts of these kinds about these people are about."""
    rows = await db.fetch(
        "SELECT subject_id FROM alert WHERE recipient_id = ANY ($1::uuid[]) AND kind = ANY ($2::text[])"
        " AND status <> 'resolved' AND subject_id IS NOT NULL",
        list(recipient_ids),
        list(kinds),
    )
    return [row["subject_id"] for row in rows]
