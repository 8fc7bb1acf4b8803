"""Failed cycles as stored, and what is true of an agreement when policy asks whether to propose a replacement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from caregivers.replacement.grounds import Fact, Facts
from core import db
from core.ids import new_id


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCycle:
    """A failure to count. `heard`: how the caregiver's statement got its chance."""

    order_id: UUID
    agreement_id: UUID
    caregiver_id: UUID
    area_id: int
    why: str
    heard: str
    failed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Cycle:
    id: UUID
    order_id: UUID
    agreement_id: UUID
    area_id: int


async def add_cycles(new: Sequence[NewCycle], *, now: datetime) -> list[Cycle]:
    """Count these failures; an order whose failure stands already is left alone. Those counted."""
    rows = await db.fetch(
        "INSERT INTO failed_cycle (id, order_id, agreement_id, caregiver_id, area_id, why, heard, failed_at,"
        " counted_at) SELECT n.*, $9::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[],"
        " $5::int[], $6::text[], $7::text[], $8::timestamptz[]) AS n"
        " ON CONFLICT (order_id) WHERE withdrawn_at IS NULL DO NOTHING RETURNING id, order_id, agreement_id, area_id",
        [new_id() for _ in new],
        [one.order_id for one in new],
        [one.agreement_id for one in new],
        [one.caregiver_id for one in new],
        [one.area_id for one in new],
        [one.why for one in new],
        [one.heard for one in new],
        [one.failed_at for one in new],
        now,
    )
    return [Cycle(**row) for row in rows]


async def withdraw_cycles(
    order_ids: Collection[UUID], *, why: Collection[str], reason: str, evidence: Mapping[str, Any], now: datetime
) -> list[Cycle]:
    """Withdraw the standing failures of these orders, of these sorts. They stay in the history."""
    rows = await db.fetch(
        "UPDATE failed_cycle SET withdrawn_at = $3, withdrawn_reason = $4, withdrawn_evidence = $5::jsonb"
        " WHERE order_id = ANY ($1::uuid[]) AND why = ANY ($2::text[]) AND withdrawn_at IS NULL"
        " RETURNING id, order_id, agreement_id, area_id",
        list(order_ids),
        list(why),
        now,
        reason,
        msgspec.json.encode(evidence).decode(),
    )
    return [Cycle(**row) for row in rows]


async def in_force(agreement_ids: Collection[UUID]) -> dict[UUID, int]:
    """The district of each of these agreements that is in force."""
    rows = await db.fetch(
        "SELECT id, district_id FROM agreement WHERE id = ANY ($1::uuid[]) AND status IN ('active', 'suspended')",
        list(agreement_ids),
    )
    return {row["id"]: row["district_id"] for row in rows}


async def facts_of(since: Mapping[UUID, datetime]) -> dict[UUID, Facts]:
    """What counts against each agreement, failures and critical hazards from a moment of its own on."""
    rows = await db.fetch(
        "WITH asked AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[]) AS a (agreement_id, since))"
        " SELECT a.agreement_id, 'cycle' AS fact, c.id, c.failed_at AS at FROM asked a JOIN failed_cycle c"
        "  ON c.agreement_id = a.agreement_id AND c.withdrawn_at IS NULL AND c.failed_at >= a.since"
        " UNION ALL SELECT a.agreement_id, 'serious', h.id, h.found_at FROM asked a JOIN hazard h"
        "  ON h.agreement_id = a.agreement_id AND h.status = 'open' AND h.severity IN ('serious', 'critical')"
        " UNION ALL SELECT a.agreement_id, 'critical', h.id, h.found_at FROM asked a JOIN hazard h"
        "  ON h.agreement_id = a.agreement_id AND h.severity = 'critical' AND h.status IN ('open', 'removed')"
        "  AND h.found_at >= a.since ORDER BY 4, 3",
        list(since),
        list(since.values()),
    )
    found: dict[UUID, dict[str, list[Fact]]] = {one: {"cycle": [], "serious": [], "critical": []} for one in since}
    for row in rows:
        found[row["agreement_id"]][row["fact"]].append(Fact(id=row["id"], at=row["at"]))
    return {
        agreement_id: Facts(
            failed_cycles=facts["cycle"], serious_hazards=facts["serious"], critical_hazards=facts["critical"]
        )
        for agreement_id, facts in found.items()
    }
