"""What risk is judged by, as jobs see it: days and words; and risks written back if nobody changed the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db
from recipients.by_policy import Circumstances
from recipients.risk import Category, Risk, Said

_FIRST = UUID(int=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskFacts:
    recipient_id: UUID
    area_id: int
    district_id: int
    risk: Risk
    categories: tuple[Category, ...]
    circumstances: Circumstances
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Shift:
    """What somebody's risk and categories have become."""

    facts: RiskFacts
    risk: Risk
    categories: tuple[Category, ...]


async def risk_facts(*, after: UUID | None, limit: int) -> list[RiskFacts]:
    """The next recipients by id who are dispersed, alive and eligible."""
    rows = await db.fetch(
        "SELECT id, area_id, district_id, risk, categories, conditions, born_on, self_care, living_alone, changed_at"
        " FROM recipient WHERE id > $1 AND support_mode = 'dispersed' AND standing IN ('at_home', 'in_hospital')"
        " ORDER BY id LIMIT $2",
        after or _FIRST,
        limit,
    )
    return [
        RiskFacts(
            recipient_id=row["id"],
            area_id=row["area_id"],
            district_id=row["district_id"],
            risk=row["risk"],
            categories=tuple(row["categories"]),
            circumstances=Circumstances(
                said=Said(categories=frozenset(row["categories"]), conditions=frozenset(row["conditions"])),
                born_on=row["born_on"],
                self_care=row["self_care"],
                living_alone=row["living_alone"],
            ),
            changed_at=row["changed_at"],
        )
        for row in rows
    ]


async def save_risks(shifts: Sequence[Shift], *, at: datetime) -> set[UUID]:
    """The ids of those written: whoever was changed by somebody else meanwhile is left to the next round."""
    rows = await db.fetch(
        "UPDATE recipient r SET risk = t.risk, categories = string_to_array(t.categories, ',')::varchar[],"
        " changed_at = $5 FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[])"
        " AS t(id, was, risk, categories) WHERE r.id = t.id AND r.changed_at = t.was RETURNING r.id",
        [one.facts.recipient_id for one in shifts],
        [one.facts.changed_at for one in shifts],
        [one.risk for one in shifts],
        [",".join(one.categories) for one in shifts],
        at,
    )
    return {row["id"] for row in rows}
