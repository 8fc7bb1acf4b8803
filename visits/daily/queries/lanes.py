"""Lanes and their households as stored; row-level security holds each to the caller's areas."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core import db
from recipients.queries.support import SUPPORTED
from visits.daily.windows import Opening


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    id: UUID
    area_id: int
    district_id: int
    name: str
    watcher_name: str
    account_id: UUID | None
    status: str
    created_by: UUID
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Household:
    """A household of a lane. `supported`: somebody still looks after it."""

    id: UUID
    lane_id: UUID
    recipient_id: UUID
    shown_as: str
    position: int
    morning: str | None
    evening: str | None
    added_at: datetime
    removed_at: datetime | None
    supported: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A recipient, as far as putting them into a lane needs; the name is compared, never shown."""

    id: UUID
    name: str
    supported: bool


_LANE = (
    "l.id, l.area_id, l.district_id, l.name, l.watcher_name, l.account_id, l.status, l.created_by, l.created_at,"
    " l.ended_at"
)
_HOUSEHOLD = (
    "h.id, h.lane_id, h.recipient_id, h.shown_as, h.position, h.morning, h.evening, h.added_at, h.removed_at,"
    f" EXISTS (SELECT FROM recipient r WHERE r.id = h.recipient_id AND {SUPPORTED}) AS supported"
)


async def district_of(area_id: int) -> int | None:
    """The district an area of the caller's lies in; None for any other area."""
    found: int | None = await db.fetch_value(
        "SELECT a.district_id FROM area a WHERE a.id = $1 AND a.valid_to IS NULL"
        " AND EXISTS (SELECT FROM area_within w WHERE w.area_id = a.id AND w.ancestor_id = ANY (visible_areas()))",
        area_id,
    )
    return found


async def watches(account_id: UUID) -> bool:
    """Whether this is the account of somebody active of the caller's areas who may hold a lane."""
    return bool(
        await db.fetch_value(
            "SELECT EXISTS (SELECT FROM account a WHERE a.id = $1 AND a.status = 'active'"
            " AND a.role IN ('watcher', 'worker'))",
            account_id,
        )
    )


async def add_lane(lane: Lane) -> None:
    await db.execute(
        "INSERT INTO lane (id, area_id, district_id, name, watcher_name, account_id, status, created_by, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8)",
        lane.id,
        lane.area_id,
        lane.district_id,
        lane.name,
        lane.watcher_name,
        lane.account_id,
        lane.created_by,
        lane.created_at,
    )


async def lane(lane_id: UUID) -> Lane | None:
    row = await db.fetch_one(f"SELECT {_LANE} FROM lane l WHERE l.id = $1", lane_id)
    return Lane(**row) if row else None


async def hold_lane(lane_id: UUID) -> Lane | None:
    """The lane, locked, with every other lane of the same watcher's account: how full they are does not change."""
    rows = await db.fetch(
        f"SELECT {_LANE} FROM lane l WHERE l.id = $1"
        " OR l.account_id = (SELECT m.account_id FROM lane m WHERE m.id = $1) ORDER BY l.id FOR NO KEY UPDATE",
        lane_id,
    )
    return next((Lane(**row) for row in rows if row["id"] == lane_id), None)


async def lanes_page(*, after: UUID | None, status: str | None, limit: int) -> list[tuple[Lane, int]]:
    """The caller's lanes, each with how many households it watches."""
    rows = await db.fetch(
        f"SELECT {_LANE}, (SELECT count(*) FROM lane_household h JOIN recipient r ON r.id = h.recipient_id"
        f"  WHERE h.lane_id = l.id AND h.removed_at IS NULL AND {SUPPORTED}) AS households FROM lane l"
        " WHERE l.id > $1 AND ($2::text IS NULL OR l.status = $2)"
        " AND EXISTS (SELECT FROM area_within w WHERE w.area_id = l.area_id AND w.ancestor_id = ANY (visible_areas()))"
        " ORDER BY l.id LIMIT $3",
        after or UUID(int=0),
        status,
        limit,
    )
    return [(_lane(row), row["households"]) for row in rows]


def _lane(row: Any) -> Lane:
    return Lane(**{name: value for name, value in dict(row).items() if name != "households"})


async def end_lane(lane_id: UUID, *, by: UUID, now: datetime) -> None:
    await db.execute(
        "UPDATE lane SET status = 'ended', ended_by = $2, ended_at = $3 WHERE id = $1 AND status = 'active'",
        lane_id,
        by,
        now,
    )


async def households_of(lane_id: UUID) -> list[Household]:
    """The households a lane has now, in their order."""
    rows = await db.fetch(
        f"SELECT {_HOUSEHOLD} FROM lane_household h WHERE h.lane_id = $1 AND h.removed_at IS NULL"
        " ORDER BY h.position, h.id",
        lane_id,
    )
    return [Household(**row) for row in rows]


async def hold_household(household_id: UUID, lane_id: UUID) -> Household | None:
    """A household the lane has now, locked."""
    row = await db.fetch_one(
        f"SELECT {_HOUSEHOLD} FROM lane_household h WHERE h.id = $1 AND h.lane_id = $2 AND h.removed_at IS NULL"
        " FOR NO KEY UPDATE",
        household_id,
        lane_id,
    )
    return Household(**row) if row else None


async def watched(lane: Lane) -> int:
    """How many households whoever holds this lane watches, in all lanes of their account."""
    return int(
        await db.fetch_value(
            "SELECT count(*) FROM lane_household h JOIN lane l ON l.id = h.lane_id"
            " JOIN recipient r ON r.id = h.recipient_id WHERE h.removed_at IS NULL AND l.status = 'active'"
            f" AND (l.id = $1 OR l.account_id = $2) AND {SUPPORTED}",
            lane.id,
            lane.account_id,
        )
    )


async def person(recipient_id: UUID) -> Person | None:
    row = await db.fetch_one(
        f"SELECT r.id, r.name, {SUPPORTED} AS supported FROM recipient r WHERE r.id = $1", recipient_id
    )
    return Person(**row) if row else None


async def add_household(household: Household, *, area_id: int, by: UUID) -> bool:
    """False when the recipient is in a lane already."""
    return bool(
        await db.execute(
            "INSERT INTO lane_household (id, lane_id, recipient_id, area_id, shown_as, position, morning, evening,"
            " added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
            " ON CONFLICT (recipient_id) WHERE removed_at IS NULL DO NOTHING",
            household.id,
            household.lane_id,
            household.recipient_id,
            area_id,
            household.shown_as,
            household.position,
            household.morning,
            household.evening,
            by,
            household.added_at,
        )
    )


async def remove_households(household_ids: Collection[UUID], *, by: UUID, now: datetime) -> None:
    """Take these out of their lane. Windows that have not opened yet are expected of nobody any more."""
    await db.execute(
        "WITH gone AS (UPDATE lane_household SET removed_by = $2, removed_at = $3"
        "  WHERE id = ANY ($1::uuid[]) AND removed_at IS NULL RETURNING recipient_id)"
        " UPDATE daily_check c SET status = 'ended', why = 'removed', settled_at = $3 FROM gone"
        " WHERE c.recipient_id = gone.recipient_id AND c.status = 'expected' AND c.opens_at > $3",
        list(household_ids),
        by,
        now,
    )


async def save_windows(household_id: UUID, morning: str | None, evening: str | None) -> None:
    await db.execute(
        "UPDATE lane_household SET morning = $2, evening = $3 WHERE id = $1", household_id, morning, evening
    )


async def move_openings(recipient_id: UUID, openings: Collection[Opening], *, now: datetime) -> None:
    """Windows laid already that have not opened yet get these times, where those have not begun either."""
    await db.execute(
        "UPDATE daily_check c SET opens_at = o.opens_at, closes_at = o.closes_at"
        " FROM unnest($2::date[], $3::text[], $4::timestamptz[], $5::timestamptz[])"
        " AS o (on_day, part, opens_at, closes_at) WHERE c.recipient_id = $1 AND c.on_day = o.on_day"
        " AND c.part = o.part AND c.status = 'expected' AND c.opens_at > $6 AND o.opens_at > $6",
        recipient_id,
        [one.on_day for one in openings],
        [one.part for one in openings],
        [one.opens_at for one in openings],
        [one.closes_at for one in openings],
        now,
    )


async def windows_of(lane_id: UUID, on_day: date) -> list[Any]:
    """{recipient_id, part, opens_at, closes_at, status, seen, seen_at, why} of a lane's households on a day."""
    return await db.fetch(
        "SELECT c.id, c.recipient_id, c.on_day, c.part, c.opens_at, c.closes_at, c.status, c.seen, c.seen_at, c.why"
        " FROM daily_check c WHERE c.lane_id = $1 AND c.on_day = $2 ORDER BY c.opens_at, c.id",
        lane_id,
        on_day,
    )
