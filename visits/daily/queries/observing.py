"""Storing what people with an account saw, and what that answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from alerts.lifecycle import SECOND_PERSON_FROM_RUNG
from core import db
from visits.daily.lanes import Tap
from visits.daily.queries import ABOUT_WINDOWS
from visits.daily.settling import Source


@dataclass(frozen=True, kw_only=True, slots=True)
class Watched:
    """A lane somebody taps, and the households it had at that moment: (recipient, area) of each."""

    lane_id: UUID
    account_id: UUID | None
    households: Mapping[UUID, tuple[UUID, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Which window was looked at, when by the server's reckoning, and by whom."""

    lane_id: UUID
    on_day: date
    part: str
    made_at: datetime
    source: Source
    by: UUID


async def watched(lane_id: UUID, *, at: datetime) -> Watched | None:
    """None when the caller sees no such lane. A household added since is of the lane; one removed before is not."""
    rows = await db.fetch(
        "SELECT l.account_id, h.id, h.recipient_id, h.area_id FROM lane l LEFT JOIN lane_household h"
        " ON h.lane_id = l.id AND (h.removed_at IS NULL OR h.removed_at > $2) WHERE l.id = $1"
        " ORDER BY h.position, h.id",
        lane_id,
        at,
    )
    if not rows:
        return None
    households = {row["id"]: (row["recipient_id"], row["area_id"]) for row in rows if row["id"]}
    return Watched(lane_id=lane_id, account_id=rows[0]["account_id"], households=households)


async def add_observations(taps: Sequence[Tap], lane: Watched, window: Window, *, now: datetime) -> int:
    """How many were new; what was stored before under the same ids stays as it is."""
    return await db.execute(
        "INSERT INTO observation (id, recipient_id, area_id, lane_id, by_account_id, source, on_day, part, seen,"
        " made_at, logged_at) SELECT t.id, t.recipient_id, t.area_id, $5, $6, $7, $8, $9, t.seen, $10, $11"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) AS t (id, recipient_id, area_id, seen)"
        " ON CONFLICT DO NOTHING",
        [one.id for one in taps],
        [lane.households[one.household_id][0] for one in taps],
        [lane.households[one.household_id][1] for one in taps],
        [one.seen for one in taps],
        lane.lane_id,
        window.by,
        window.source,
        window.on_day,
        window.part,
        window.made_at,
        now,
    )


async def stored(ids: Collection[UUID], lane_id: UUID) -> dict[UUID, str]:
    """What stands under these ids, of this lane."""
    rows = await db.fetch(
        "SELECT id, seen FROM observation WHERE id = ANY ($1::uuid[]) AND lane_id = $2", list(ids), lane_id
    )
    return {row["id"]: row["seen"] for row in rows}


async def answered(recipient_ids: Collection[UUID], *, made_at: datetime, by: UUID) -> list[UUID]:
    """Windows with an unresolved alert that a look at this moment answers.

    As by hand, one that has climbed is not closed by whoever it was given to.
    """
    rows = await db.fetch(
        "SELECT subject_id FROM alert WHERE recipient_id = ANY ($1::uuid[]) AND kind = ANY ($2::text[])"
        " AND status <> 'resolved' AND subject_id IS NOT NULL AND (facts->>'since')::timestamptz < $3"
        " AND NOT (rung >= $5 AND ($4 = acknowledged_by OR $4 = returned_to OR $4 = owner_id) IS TRUE)",
        list(recipient_ids),
        list(ABOUT_WINDOWS),
        made_at,
        by,
        SECOND_PERSON_FROM_RUNG,
    )
    return [row["subject_id"] for row in rows]
