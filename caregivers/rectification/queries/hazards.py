"""Hazards as stored: recorded once each, held, attended to, closed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from caregivers.rectification.hazards import FoundHazard, Hazard
from caregivers.rectification.queries.orders import SEEN
from core import db, vault

_COLUMNS = "h.id, h.recipient_id, h.agreement_id, h.caregiver_id, h.area_id, h.district_id, h.severity, h.status"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewHazard:
    """A hazard to store. `attend_by` is when somebody is told that nobody attends to it."""

    id: UUID
    found: FoundHazard
    attend_by: datetime
    complainant: str | None = None


def place_of(hazard_id: UUID) -> str:
    """What a complainant is sealed for."""
    return f"hazard.complainant_sealed:{hazard_id}"


async def add_hazards(new: Sequence[NewHazard], *, by: UUID, now: datetime) -> list[Hazard]:
    """Store what is not recorded yet, with the agreement in force; those stored.

    What was removed on the spot is stored as closed. A source's item is recorded once, however often it is said.
    """
    rows = await db.fetch(
        "INSERT INTO hazard (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, source, source_id,"
        " source_item, complainant_sealed, severity, block, what, found_at, found_by, recorded_at, status, closed_at,"
        " closed_by, close_reason, attend_by)"
        " SELECT n.id, n.recipient_id, a.id, a.caregiver_id, n.area_id, n.district_id, n.source, n.source_id,"
        " n.source_item, n.complainant, n.severity, n.block, n.what, n.found_at, $15::uuid, $16::timestamptz,"
        " CASE WHEN n.removed_now THEN 'removed' ELSE 'open' END,"
        " CASE WHEN n.removed_now THEN $16::timestamptz END, CASE WHEN n.removed_now THEN $15::uuid END,"
        " CASE WHEN n.removed_now THEN '当场消除' END, CASE WHEN NOT n.removed_now THEN n.attend_by END"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::text[], $6::uuid[], $7::int[], $8::bytea[],"
        " $9::text[], $10::text[], $11::text[], $12::timestamptz[], $13::bool[], $14::timestamptz[])"
        " AS n (id, recipient_id, area_id, district_id, source, source_id, source_item, complainant, severity, block,"
        " what, found_at, removed_now, attend_by)"
        " LEFT JOIN LATERAL (SELECT g.id, g.caregiver_id FROM agreement g WHERE g.recipient_id = n.recipient_id"
        "  AND g.status IN ('active', 'suspended') ORDER BY g.status LIMIT 1) a ON true"
        " ON CONFLICT DO NOTHING"
        " RETURNING id, recipient_id, agreement_id, caregiver_id, area_id, district_id, severity, status",
        [one.id for one in new],
        [one.found.recipient_id for one in new],
        [one.found.area_id for one in new],
        [one.found.district_id for one in new],
        [one.found.source for one in new],
        [one.found.source_id for one in new],
        [one.found.source_item for one in new],
        [vault.seal(one.complainant, place_of(one.id)) if one.complainant else None for one in new],
        [one.found.severity for one in new],
        [one.found.block for one in new],
        [one.found.what for one in new],
        [one.found.found_at for one in new],
        [one.found.removed_now for one in new],
        [one.attend_by for one in new],
        by,
        now,
    )
    return [Hazard(**row) for row in rows]


async def recorded(found: FoundHazard) -> tuple[UUID, str, str] | None:
    """The hazard recorded of this source's item: its id, severity and words."""
    row = await db.fetch_one(
        f"SELECT h.id, h.severity, h.what FROM hazard h WHERE h.source = $1 AND h.source_id = $2"
        f" AND h.source_item = $3 AND h.recipient_id = $4 AND h.{SEEN}",
        found.source,
        found.source_id,
        found.source_item,
        found.recipient_id,
    )
    return (row["id"], row["severity"], row["what"]) if row else None


async def hold_hazard(hazard_id: UUID) -> Hazard | None:
    """Lock a hazard of the caller's areas."""
    found = await hold_hazards([hazard_id])
    return found[0] if found else None


async def hold_hazards(hazard_ids: Collection[UUID]) -> list[Hazard]:
    """Lock these hazards of the caller's areas, one after the other by id."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM hazard h WHERE h.id = ANY ($1::uuid[]) AND h.{SEEN} ORDER BY h.id FOR NO KEY UPDATE",
        list(hazard_ids),
    )
    return [Hazard(**row) for row in rows]


async def under_order(hazard_ids: Collection[UUID]) -> bool:
    """Whether one of these is an open item of an order."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM order_item WHERE hazard_id = ANY ($1::uuid[]) AND status = 'open')",
            list(hazard_ids),
        )
    )


async def save_closed(
    hazard_ids: Collection[UUID], status: str, *, reason: str, by: UUID | None, now: datetime
) -> None:
    """Close what is still open of these."""
    await db.execute(
        "UPDATE hazard SET status = $2, closed_at = $3, closed_by = $4, close_reason = $5, attend_by = NULL"
        " WHERE id = ANY ($1::uuid[]) AND status = 'open'",
        list(hazard_ids),
        status,
        now,
        by,
        reason,
    )


async def save_attend_by(attend_by: Mapping[UUID, datetime | None]) -> None:
    """When these hazards count as left alone, where they are still open; None: somebody attends to them."""
    await db.execute(
        "UPDATE hazard h SET attend_by = n.attend_by FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, attend_by)"
        " WHERE h.id = n.id AND h.status = 'open'",
        list(attend_by),
        list(attend_by.values()),
    )


async def duty_was_done(visit_id: UUID) -> bool:
    """Whether a visit said to be missed was made after all."""
    return bool(await db.fetch_value("SELECT EXISTS (SELECT FROM visit WHERE id = $1 AND status = 'made')", visit_id))


async def complainant_of(hazard_id: UUID) -> tuple[UUID | None, int, str | None] | None:
    """The caregiver a hazard of the caller's areas counts against, its area, and who complained."""
    row = await db.fetch_one(
        f"SELECT h.id, h.caregiver_id, h.area_id, h.complainant_sealed FROM hazard h WHERE h.id = $1 AND h.{SEEN}",
        hazard_id,
    )
    if row is None:
        return None
    sealed = row["complainant_sealed"]
    said = vault.open_sealed(sealed, place_of(row["id"])) if sealed is not None else None
    return row["caregiver_id"], row["area_id"], said


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """A hazard that visit reports speak of, as far as comparing it with another report needs."""

    id: UUID
    block: str
    severity: str
    what: str
    open: bool


async def reported_in(report_ids: Collection[UUID]) -> list[Reported]:
    """The hazards recorded from these visit reports that still count, in the order they were found."""
    rows = await db.fetch(
        "SELECT id, block, severity, what, status = 'open' AS open FROM hazard WHERE source = 'visit_report'"
        " AND source_id = ANY ($1::uuid[]) AND status IN ('open', 'removed') ORDER BY source_item, id",
        list(report_ids),
    )
    return [Reported(**row) for row in rows]
