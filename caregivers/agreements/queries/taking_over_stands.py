"""How agreements stand that a ledger has brought: whom the caregiver looks after besides, what was looked into.

Each statement by itself: together they run over tables filled a moment ago, of which the planner knows nothing yet.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.agreements.taking_over_flags import Stands
from caregivers.people.checks import RecordCheck
from caregivers.people.suitability import SuitabilityFacts
from core import db
from recipients.queries.register import SEEN

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Load:
    """Other people in somebody's care."""

    people: int
    full_care: bool


async def stands_of(recipient_ids: Collection[UUID], *, since: datetime) -> dict[UUID, Stands]:
    """The agreements a ledger has brought since then and that are in force, by recipient."""
    rows = await db.fetch(
        "SELECT a.id, a.recipient_id, a.caregiver_id, a.number IS NOT NULL AS numbered, c.area_id, c.name, c.kind,"
        " c.status, c.born_on, c.without_capacity, c.id_index IS NOT NULL AS id_number_known,"
        " coalesce(v.status = 'ended', false) AS provider_ended, c.account_id = r.visit_worker_id AS visits,"
        " r.self_care, 'minor' = ANY (r.categories) AS minor FROM agreement a"
        " JOIN caregiver c ON c.id = a.caregiver_id JOIN recipient r ON r.id = a.recipient_id"
        f" LEFT JOIN provider v ON v.id = c.provider_id WHERE a.recipient_id = ANY ($1::uuid[]) AND a.{SEEN}"
        " AND a.source = 'ledger' AND a.created_at >= $2 AND a.status IN ('active', 'suspended')",
        list(recipient_ids),
        since,
    )
    caregivers = list({row["caregiver_id"] for row in rows})
    loads = await _loads(rows, caregivers)
    checks = await _checks(caregivers)
    twins = await _twins({row["area_id"] for row in rows})
    return {
        row["recipient_id"]: Stands(
            numbered=row["numbered"],
            namesakes=(row["area_id"], row["name"]) in twins,
            facts=_facts(row, loads[row["id"]], tuple(checks[row["caregiver_id"]])),
        )
        for row in rows
    }


async def _loads(rows: Sequence[Row], caregiver_ids: list[UUID]) -> dict[UUID, _Load]:
    """By agreement. Of whom no ID number is known every agreement is here; others may care for somebody elsewhere."""
    found = {
        row["caregiver_id"]: row
        for row in await db.fetch(
            "SELECT o.caregiver_id, count(*) AS people, count(*) FILTER (WHERE p.self_care = 'full') AS full_care"
            " FROM agreement o JOIN recipient p ON p.id = o.recipient_id WHERE o.caregiver_id = ANY ($1::uuid[])"
            " AND o.status IN ('active', 'suspended') GROUP BY o.caregiver_id",
            caregiver_ids,
        )
    }
    here = {row["id"]: _others(row, found[row["caregiver_id"]]) for row in rows if not row["id_number_known"]}
    return here | await _loads_anywhere([row for row in rows if row["id_number_known"]])


def _others(row: Row, load: Row) -> _Load:
    return _Load(people=load["people"] - 1, full_care=load["full_care"] - (row["self_care"] == "full") > 0)


async def _loads_anywhere(rows: Sequence[Row]) -> dict[UUID, _Load]:
    found = await db.fetch(
        "SELECT t.agreement, l.load, l.full_care FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])"
        " AS t (agreement, caregiver, recipient)"
        " CROSS JOIN LATERAL caregiver_load(t.caregiver, t.recipient, t.agreement) l",
        [row["id"] for row in rows],
        [row["caregiver_id"] for row in rows],
        [row["recipient_id"] for row in rows],
    )
    return {row["agreement"]: _Load(people=row["load"], full_care=row["full_care"]) for row in found}


async def _checks(caregiver_ids: list[UUID]) -> dict[UUID, list[RecordCheck]]:
    found: dict[UUID, list[RecordCheck]] = defaultdict(list)
    names = ("id", "kind", "clear", "checked_on", "expires_on")
    for row in await db.fetch(
        f"SELECT caregiver_id, {', '.join(names)} FROM record_check WHERE caregiver_id = ANY ($1::uuid[])",
        caregiver_ids,
    ):
        found[row["caregiver_id"]].append(RecordCheck(**{name: row[name] for name in names}))
    return found


async def _twins(area_ids: Collection[int]) -> set[tuple[int, str]]:
    """Names that several caregivers of one village bear."""
    rows = await db.fetch(
        "SELECT area_id, name FROM caregiver WHERE area_id = ANY ($1::int[]) AND status = 'active'"
        " GROUP BY area_id, name HAVING count(*) > 1",
        list(area_ids),
    )
    return {(row["area_id"], row["name"]) for row in rows}


def _facts(row: Row, load: _Load, checks: tuple[RecordCheck, ...]) -> SuitabilityFacts:
    return SuitabilityFacts(
        kind=row["kind"],
        status=row["status"],
        provider_ended=row["provider_ended"],
        born_on=row["born_on"],
        without_capacity=row["without_capacity"],
        id_number_known=row["id_number_known"],
        barred=False,  # nobody barred is taken over
        load=load.people,
        has_full_care=load.full_care,
        recipient_self_care=row["self_care"],
        recipient_is_minor=row["minor"],
        checks=checks,
        visits_recipient=bool(row["visits"]),
        is_recipient=False,  # nor anybody under the recipient's own name
    )
