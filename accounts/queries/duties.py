"""Duties and leaves as people arrange them: listed, added, ended."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.duty import Duty
from core import db
from core.ids import new_id

_DUTY = "d.id, d.account, d.duty, d.area, d.position, d.starts_at, d.ends_at"
_LEAVE = "l.id, l.account, l.starts_at, l.ends_at, l.cover, l.reason"
_OWN_AREA = "EXISTS (SELECT FROM area_within w WHERE w.area_id = d.area AND w.ancestor_id = ANY (visible_areas()))"
_OWN_PEOPLE = (
    "EXISTS (SELECT FROM account_area r JOIN area_within w ON w.area_id = r.area"
    " WHERE r.account = l.account AND w.ancestor_id = ANY (visible_areas()))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldDuty:
    """A line of the roster."""

    id: UUID
    account_id: UUID
    duty: Duty
    area_id: int
    position: int
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenLeave:
    """A leave that was not cancelled."""

    id: UUID
    account_id: UUID
    starts_at: datetime
    ends_at: datetime
    cover_id: UUID | None
    reason: str


async def duties(
    *, now: datetime, after: UUID | None, limit: int, area_id: int | None = None, account_id: UUID | None = None
) -> tuple[HeldDuty, ...]:
    """Duties in force or to come within the caller's areas, in the order they were added."""
    rows = await db.fetch(
        f"SELECT {_DUTY} FROM duty d WHERE {_OWN_AREA} AND (d.ends_at IS NULL OR d.ends_at > $1)"
        " AND ($2::uuid IS NULL OR d.id > $2) AND ($3::uuid IS NULL OR d.account = $3)"
        " AND ($4::int IS NULL OR EXISTS (SELECT FROM area_within w WHERE w.area_id = d.area AND w.ancestor_id = $4))"
        " ORDER BY d.id LIMIT $5",
        now,
        after,
        account_id,
        area_id,
        limit,
    )
    return tuple(_duty(row) for row in rows)


async def duty(duty_id: UUID) -> HeldDuty | None:
    """One duty within the caller's areas."""
    row = await db.fetch_one(f"SELECT {_DUTY} FROM duty d WHERE d.id = $1 AND {_OWN_AREA}", duty_id)
    return _duty(row) if row else None


async def duties_of(account_id: UUID, now: datetime) -> tuple[HeldDuty, ...]:
    """What an account holds or will hold, within the caller's areas."""
    rows = await db.fetch(
        f"SELECT {_DUTY} FROM duty d WHERE d.account = $1 AND (d.ends_at IS NULL OR d.ends_at > $2) AND {_OWN_AREA}"
        " ORDER BY d.id",
        account_id,
        now,
    )
    return tuple(_duty(row) for row in rows)


async def lasting_holders(area_id: int, duty: Duty, now: datetime) -> frozenset[UUID]:
    """Which active accounts hold a duty on an area of the caller's without an end in sight."""
    rows = await db.fetch(
        f"SELECT d.account FROM duty d WHERE d.area = $1 AND d.duty = $2 AND d.starts_at <= $3 AND d.ends_at IS NULL"
        f" AND {_OWN_AREA} AND EXISTS (SELECT FROM account a WHERE a.id = d.account AND a.status = 'active')",
        area_id,
        duty,
        now,
    )
    return frozenset(row["account"] for row in rows)


async def add_duties(
    account_id: UUID,
    duty: Duty,
    area_ids: Collection[int],
    *,
    starts_at: datetime,
    ends_at: datetime | None = None,
    position: int = 0,
    by: UUID,
) -> dict[int, UUID]:
    """Add a duty on each area where it is not held already; the ids of those added, by area."""
    rows = await db.fetch(
        "INSERT INTO duty (id, account, duty, area, position, starts_at, ends_at, created_by)"
        " SELECT id, $2, $3, area, $5, $6, $7, $8 FROM unnest($1::uuid[], $4::int[]) AS n (id, area)"
        " ON CONFLICT (area, duty, account) WHERE ends_at IS NULL DO NOTHING RETURNING id, area",
        [new_id() for _ in area_ids],
        account_id,
        duty,
        list(area_ids),
        position,
        starts_at,
        ends_at,
        by,
    )
    return {row["area"]: row["id"] for row in rows}


async def close_duties(duty_ids: Collection[UUID], now: datetime) -> int:
    """End duties now; one that was to begin later never begins."""
    return await db.execute(
        "UPDATE duty SET ends_at = greatest(starts_at, $2) WHERE id = ANY ($1::uuid[])"
        " AND (ends_at IS NULL OR ends_at > $2)",
        list(duty_ids),
        now,
    )


async def leaves(*, now: datetime, account_id: UUID | None = None) -> tuple[TakenLeave, ...]:
    """Leaves not over yet, of the people of the caller's areas."""
    rows = await db.fetch(
        f"SELECT {_LEAVE} FROM leave l WHERE l.cancelled_at IS NULL AND l.ends_at > $1"
        f" AND ($2::uuid IS NULL OR l.account = $2) AND {_OWN_PEOPLE} ORDER BY l.starts_at, l.id",
        now,
        account_id,
    )
    return tuple(_leave(row) for row in rows)


async def overlapping_leave(account_id: UUID, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether an account has a leave in a stretch of time. Ask with the account locked."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM leave WHERE account = $1 AND cancelled_at IS NULL"
            " AND starts_at < $3 AND ends_at > $2)",
            account_id,
            starts_at,
            ends_at,
        )
    )


async def locked_leave(leave_id: UUID) -> TakenLeave | None:
    """One leave that was not cancelled, of the people of the caller's areas, locked."""
    row = await db.fetch_one(
        f"SELECT {_LEAVE} FROM leave l WHERE l.id = $1 AND l.cancelled_at IS NULL AND {_OWN_PEOPLE} FOR UPDATE",
        leave_id,
    )
    return _leave(row) if row else None


async def add_leave(leave: TakenLeave, *, by: UUID) -> None:
    await db.execute(
        "INSERT INTO leave (id, account, starts_at, ends_at, cover, reason, created_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        leave.id,
        leave.account_id,
        leave.starts_at,
        leave.ends_at,
        leave.cover_id,
        leave.reason,
        by,
    )


async def cut_leave(leave_id: UUID, now: datetime) -> None:
    """End a leave under way now; cancel one that has not begun."""
    await db.execute(
        "UPDATE leave SET ends_at = CASE WHEN starts_at < $2 THEN $2 ELSE ends_at END,"
        " cancelled_at = CASE WHEN starts_at < $2 THEN NULL ELSE $2 END WHERE id = $1",
        leave_id,
        now,
    )


def _duty(row: Any) -> HeldDuty:
    return HeldDuty(
        id=row["id"],
        account_id=row["account"],
        duty=Duty(row["duty"]),
        area_id=row["area"],
        position=row["position"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
    )


def _leave(row: Any) -> TakenLeave:
    return TakenLeave(
        id=row["id"],
        account_id=row["account"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        cover_id=row["cover"],
        reason=row["reason"],
    )
