"""What the fee list of a month is made from: agreements in force, who stood in, what was assessed."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from caregivers.assessment.fees import Fee, Judged, Month, fee_of
from caregivers.assessment.periods import Period
from caregivers.assessment.queries.rows import IN_AREA
from caregivers.assessment.queries.standing_in import not_the_caregivers
from caregivers.assessment.responsible import InForce
from core import db
from core.clock import local_day


@dataclass(frozen=True, kw_only=True, slots=True)
class FeeLine:
    """One agreement on the fee list of a month. `number` is the agreement's own."""

    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    village: str
    number: str | None
    fee_class: str
    fee_yuan: int
    fee: Fee


Place = tuple[int, UUID, UUID]
"""Where a page of the list begins: village, recipient, agreement."""

_FIRST = (
    "CASE s.source WHEN 'ledger' THEN s.starts_on"
    " ELSE greatest(s.starts_on, (s.activated_at AT TIME ZONE 'Asia/Shanghai')::date) END"
)


async def fees_for(
    area_id: int | None, month: Month, *, today: date, after: Place | None = None, limit: int | None = None
) -> list[FeeLine]:
    """The fee list of the caller's areas or one of them, by village and recipient; a month under way up to today."""
    rows = await db.fetch(
        "SELECT s.id, s.recipient_id, s.caregiver_id, s.area_id, v.name AS village, s.number, s.fee_class, s.fee_yuan,"
        f" {_FIRST} AS first, s.ends_on, s.ended_on FROM agreement s JOIN area v ON v.id = s.area_id"
        f" WHERE {IN_AREA} AND s.status IN ('active', 'suspended', 'ended') AND s.activated_at IS NOT NULL"
        " AND ($1::int IS NULL OR s.area_id IN (SELECT w.area_id FROM area_within w WHERE w.ancestor_id = $1))"
        f" AND {_FIRST} <= least($3::date, $4::date) AND least(s.ends_on, s.ended_on) >= $2::date"
        " AND ($5::int IS NULL OR (s.area_id, s.recipient_id, s.id) > ($5, $6, $7))"
        " ORDER BY s.area_id, s.recipient_id, s.id LIMIT $8",
        area_id,
        month.first,
        month.last,
        today,
        *(after or (None, None, None)),
        limit,
    )
    agreement_ids = [row["id"] for row in rows]
    others = await not_the_caregivers(agreement_ids)
    judged = await _judged(agreement_ids)
    lines = []
    for row in rows:
        in_force = InForce(starts_on=row["first"], ends_on=row["ends_on"], ended_on=row["ended_on"])
        fee = fee_of(
            in_force,
            yuan=row["fee_yuan"],
            others=others[row["id"]],
            judged=judged[row["id"]],
            month=month,
            today=today,
        )
        if fee is not None:
            lines.append(_line(row, fee))
    return lines


def _line(row: Any, fee: Fee) -> FeeLine:
    return FeeLine(
        agreement_id=row["id"],
        recipient_id=row["recipient_id"],
        caregiver_id=row["caregiver_id"],
        area_id=row["area_id"],
        village=row["village"],
        number=row["number"],
        fee_class=row["fee_class"],
        fee_yuan=row["fee_yuan"],
        fee=fee,
    )


async def _judged(agreement_ids: Collection[UUID]) -> dict[UUID, list[Judged]]:
    rows = await db.fetch(
        "SELECT agreement_id, period_from, period_to, total, withholds, rectified_at FROM assessment"
        " WHERE agreement_id = ANY ($1::uuid[]) AND withholds ORDER BY period_from",
        list(agreement_ids),
    )
    found: dict[UUID, list[Judged]] = defaultdict(list)
    for row in rows:
        found[row["agreement_id"]].append(
            Judged(
                period=Period(from_on=row["period_from"], to_on=row["period_to"]),
                total=row["total"],
                withholds=row["withholds"],
                rectified_on=local_day(row["rectified_at"]) if row["rectified_at"] else None,
            )
        )
    return found
