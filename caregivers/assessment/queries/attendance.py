"""Attendance: the agreement it is logged for, storing it once, reading it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from caregivers.assessment.attendance import Attendance, Duty
from caregivers.assessment.queries.rows import IN_AREA, OWN
from caregivers.assessment.responsible import InForce
from core import db
from core.clock import local_day


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An agreement a caregiver logs attendance for."""

    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    district_id: int
    duty: Duty


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """Attendance as stored."""

    id: UUID
    agreement_id: UUID
    area_id: int
    by_account_id: UUID
    said: Attendance
    logged_at: datetime
    late: bool
    sha256: bytes


_KEPT = """
    SELECT s.id, s.recipient_id, s.caregiver_id, s.area_id, s.district_id, s.starts_on, s.ends_on, s.ended_on, s.source,
        s.activated_at, s.suspended_at,
        ARRAY(SELECT i.service FROM agreement_item i WHERE i.agreement_id = s.id) AS services
    FROM agreement s WHERE s.id = $1 AND s.activated_at IS NOT NULL
"""


async def own_agreement(agreement_id: UUID) -> Kept | None:
    """An agreement the caller is the caregiver of; None for anybody else's, whatever areas they see."""
    return _kept(await db.fetch_one(f"{_KEPT} AND {OWN}", agreement_id))


async def agreement_here(agreement_id: UUID) -> Kept | None:
    """An agreement of the caller's areas."""
    return _kept(await db.fetch_one(f"{_KEPT} AND {IN_AREA}", agreement_id))


def _kept(row: Any) -> Kept | None:
    if row is None:
        return None
    in_force = InForce(
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        activated_on=None if row["source"] == "ledger" else local_day(row["activated_at"]),
        ended_on=row["ended_on"],
    )
    return Kept(
        agreement_id=row["id"],
        recipient_id=row["recipient_id"],
        caregiver_id=row["caregiver_id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        duty=Duty(in_force=in_force, services=frozenset(row["services"]), suspended_at=row["suspended_at"]),
    )


async def add_attendance(attendance_id: UUID, kept: Kept, stored: Stored) -> bool:
    """Store it under the id its phone gave it; False where the id is taken, by the same words or by others."""
    return bool(
        await db.execute(
            "INSERT INTO attendance (id, agreement_id, recipient_id, caregiver_id, area_id, by_account_id, on_paper_by,"
            " services, note, made_at, logged_at, late, sha256)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING",
            attendance_id,
            kept.agreement_id,
            kept.recipient_id,
            kept.caregiver_id,
            kept.area_id,
            stored.by_account_id,
            stored.said.on_paper_by,
            list(stored.said.services),
            stored.said.note,
            stored.said.made_at,
            stored.logged_at,
            stored.late,
            stored.sha256,
        )
    )


_STORED = (
    "SELECT s.id, s.agreement_id, s.area_id, s.by_account_id, s.on_paper_by, s.services, s.note, s.made_at,"
    " s.logged_at, s.late, s.sha256 FROM attendance s"
)


async def attendance_of(attendance_id: UUID) -> Stored | None:
    """Attendance the caller may see."""
    row = await db.fetch_one(f"{_STORED} WHERE s.id = $1 AND ({IN_AREA} OR {OWN})", attendance_id)
    return _stored(row) if row else None


async def own_attendance(*, after: tuple[datetime, UUID] | None, limit: int) -> list[Stored]:
    """The caller's own entries, the latest first; `after` are moment and id of the last one before."""
    return await _page(OWN, after, limit)


async def attendance_for(agreement_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Stored]:
    """The entries of an agreement of the caller's areas, the latest first."""
    return await _page(f"{IN_AREA} AND s.agreement_id = $4", after, limit, agreement_id)


async def _page(which: str, after: tuple[datetime, UUID] | None, limit: int, *more: Any) -> list[Stored]:
    before, last_id = after or (None, None)
    rows: Sequence[Any] = await db.fetch(
        f"{_STORED} WHERE {which} AND ($1::timestamptz IS NULL OR (s.made_at, s.id) < ($1, $2))"
        " ORDER BY s.made_at DESC, s.id DESC LIMIT $3",
        before,
        last_id,
        limit,
        *more,
    )
    return [_stored(row) for row in rows]


def _stored(row: Any) -> Stored:
    said = Attendance(
        made_at=row["made_at"], services=tuple(row["services"]), note=row["note"], on_paper_by=row["on_paper_by"]
    )
    return Stored(
        id=row["id"],
        agreement_id=row["agreement_id"],
        area_id=row["area_id"],
        by_account_id=row["by_account_id"],
        said=said,
        logged_at=row["logged_at"],
        late=row["late"],
        sha256=row["sha256"],
    )
