"""What visits, hazards, orders and attendance say of an agreement in a period, with a person's eyes.

Visits lie above this package: their reports are read here by their stored form alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from caregivers.assessment.lifecycle import Assessment
from caregivers.assessment.queries.standing_in import not_the_caregivers
from caregivers.assessment.responsible import InForce, Stretch, days, midnight
from caregivers.assessment.scoring import Seen
from core import db
from core.clock import local_day
from recipients.queries import absences_of

_DAY = timedelta(days=1)

_SEEN = """
    WITH visited AS (
        SELECT c.id, c.content->>'all_normal' = 'true' OR c.content#>>'{blocks,care,ok}' = 'true' AS cared
        FROM visit_report c
        WHERE c.recipient_id = $2 AND c.made_at >= $3 AND c.made_at < $4
            AND c.outcome = 'made' AND c.identified_by <> 'not_confirmed' AND c.by_account_id <> ALL ($5::uuid[])
            AND NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = c.id)
            AND NOT EXISTS (SELECT FROM late_confirmation l WHERE l.report = c.id AND NOT l.accepted)
    ), found AS (
        SELECT h.id, h.source_id FROM hazard h
        WHERE h.agreement_id = $1 AND h.found_at >= $3 AND h.found_at < $4 AND h.status IN ('open', 'removed')
    )
    SELECT (SELECT count(*) FROM visited) AS made,
        (SELECT count(*) FROM visited v WHERE v.cared
            AND NOT EXISTS (SELECT FROM found f WHERE f.source_id = v.id)) AS fine,
        (SELECT count(*) FROM found f WHERE NOT EXISTS (SELECT FROM visited v WHERE v.id = f.source_id)) AS hazards,
        (SELECT count(*) FROM failed_cycle c WHERE c.agreement_id = $1 AND c.withdrawn_at IS NULL
            AND c.failed_at >= $3 AND c.failed_at < $4) AS failed_cycles
"""


async def seen_in(one: Assessment, side: Collection[UUID]) -> Seen:
    """What visits of the period found. What somebody on the caregiver's side reports is not counted."""
    row = await db.fetch_one(_SEEN, one.agreement_id, one.recipient_id, *_moments(one), list(side))
    return Seen(made=row["made"], fine=row["fine"], hazards=row["hazards"], failed_cycles=row["failed_cycles"])


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What is on record of the period. `ill_or_full`: policy asks for more attendance."""

    responsible: frozenset[date]
    attended: tuple[date, ...]
    late: int
    ill_or_full: bool
    orders: int
    answered_in_time: int


_RECORDED = """
    SELECT a.starts_on, a.ends_on, a.activated_at, a.ended_on, a.fee_class = 'full' OR r.self_care = 'full'
            OR 'serious_illness' = ANY (r.categories) OR 'serious_illness' = ANY (r.conditions) AS ill_or_full,
        (SELECT count(*) FROM rectification_order o WHERE o.agreement_id = a.id AND o.status <> 'withdrawn'
            AND o.issued_at >= $2 AND o.issued_at < $3
            AND (o.answered_at IS NOT NULL OR o.deadline_at <= $4)) AS orders,
        (SELECT count(*) FROM rectification_order o WHERE o.agreement_id = a.id AND o.status <> 'withdrawn'
            AND o.issued_at >= $2 AND o.issued_at < $3 AND o.answered_at <= o.deadline_at) AS answered_in_time
    FROM agreement a JOIN recipient r ON r.id = a.recipient_id WHERE a.id = $1
"""


async def recorded_in(one: Assessment, *, now: datetime) -> Recorded:
    """What the caregiver has on record in the period, and on which days it was theirs to be there."""
    begins, ends = _moments(one)
    row = await db.fetch_one(_RECORDED, one.agreement_id, begins, ends, now)
    entries = await db.fetch(
        "SELECT made_at, late FROM attendance WHERE agreement_id = $1 AND made_at >= $2 AND made_at < $3"
        " ORDER BY made_at",
        one.agreement_id,
        begins,
        ends,
    )
    return Recorded(
        responsible=await _responsible(one, row),
        attended=tuple(local_day(entry["made_at"]) for entry in entries),
        late=sum(entry["late"] for entry in entries),
        ill_or_full=row["ill_or_full"],
        orders=row["orders"],
        answered_in_time=row["answered_in_time"],
    )


async def _responsible(one: Assessment, row: Any) -> frozenset[date]:
    """Nobody can be looked after at home who is confirmed to be away or in hospital."""
    in_force = InForce(
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        activated_on=local_day(row["activated_at"]),
        ended_on=row["ended_on"],
    )
    others = (await not_the_caregivers([one.agreement_id]))[one.agreement_id]
    absences = (await absences_of([one.recipient_id]))[one.recipient_id]
    away = [Stretch(starts_at=it.starts_at, ends_at=it.over_at) for it in absences if it.confirmed_at is not None]
    return days(in_force, [*others, *away], first=one.period.from_on, last=one.period.to_on)


def _moments(one: Assessment) -> tuple[datetime, datetime]:
    return midnight(one.period.from_on), midnight(one.period.to_on + _DAY)
