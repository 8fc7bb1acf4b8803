"""Laying checks ahead for whoever is looked at, and ending those of people nobody looks at any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core import db
from recipients.queries.support import SUPPORTED
from visits.cadence import why_not_visited
from visits.daily.queries import ABOUT_WINDOWS, IN_USE_SENSOR, LEFT
from visits.daily.windows import SHORTEST, Opening


@dataclass(frozen=True, kw_only=True, slots=True)
class DistrictOpening:
    """One window of a district's policy."""

    district_id: int
    opening: Opening


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A check that was expected of somebody nobody looks at any more."""

    check_id: UUID
    recipient_id: UUID
    area_id: int
    why: str


async def watched_districts() -> list[int]:
    """Districts where anybody is looked at."""
    rows = await db.fetch(
        "SELECT DISTINCT district_id FROM lane WHERE status = 'active'"
        f" UNION SELECT DISTINCT district_id FROM sensor s WHERE {IN_USE_SENSOR}"
    )
    return [row["district_id"] for row in rows]


_OPENINGS = (
    "opening AS (SELECT * FROM unnest($1::int[], $2::date[], $3::text[], $4::timestamptz[], $5::timestamptz[])"
    " AS o (district_id, on_day, part, opens_at, closes_at))"
)
# A check that was ended comes back when its person does: what two people confirmed, two people can undo.
_INSERT = (
    "INSERT INTO daily_check (id, lane_id, recipient_id, area_id, district_id, risk, on_day, part, opens_at, closes_at,"
    " status, told) SELECT gen_random_uuid(), n.lane_id, n.recipient_id, n.area_id, n.district_id, n.risk, n.on_day,"
    " n.part, n.opens_at, n.closes_at, 'expected', (EXISTS (SELECT FROM observation b WHERE"
    "  b.recipient_id = n.recipient_id AND b.on_day = n.on_day AND b.part = n.part))::int FROM new n"
    " ON CONFLICT (recipient_id, on_day, part) DO UPDATE SET status = 'expected', why = NULL, settled_at = NULL,"
    "  lane_id = excluded.lane_id, area_id = excluded.area_id, risk = excluded.risk"
    "  WHERE daily_check.status = 'ended' AND daily_check.closes_at > $6 RETURNING id"
)


async def lay_lanes(openings: Sequence[DistrictOpening], *, until: date, now: datetime, limit: int) -> tuple[int, int]:
    """Lay these windows for households of lanes that lack them up to a day: (households, checks).

    A household's own window takes the place of its district's. Of a window under way when it was added, enough must be
    left for anybody to look.
    """
    row = await db.fetch_one(
        f"WITH {_OPENINGS}, household AS (SELECT h.id, h.lane_id, h.recipient_id, h.morning, h.evening, h.added_at,"
        "   r.area_id, r.district_id, r.risk FROM lane_household h JOIN lane l ON l.id = h.lane_id"
        f"  JOIN recipient r ON r.id = h.recipient_id WHERE {SUPPORTED} AND h.removed_at IS NULL"
        "   AND l.status = 'active' AND (h.laid_until IS NULL OR h.laid_until < $7)"
        "   ORDER BY h.id LIMIT $8 FOR NO KEY UPDATE OF h SKIP LOCKED),"
        " new AS (SELECT h.lane_id, h.recipient_id, h.area_id, h.district_id, h.risk, h.added_at, o.on_day, o.part,"
        "   coalesce((o.on_day + split_part(own.text, '-', 1)::time) AT TIME ZONE 'Asia/Shanghai', o.opens_at)"
        "    AS opens_at,"
        "   coalesce((o.on_day + split_part(own.text, '-', 2)::time) AT TIME ZONE 'Asia/Shanghai', o.closes_at)"
        "    AS closes_at FROM household h JOIN opening o USING (district_id) CROSS JOIN LATERAL"
        "   (SELECT CASE o.part WHEN 'morning' THEN h.morning ELSE h.evening END AS text) own),"
        f" laid AS ({_INSERT.replace('FROM new n', 'FROM new n WHERE n.closes_at - n.added_at >= $9')}),"
        " marked AS (UPDATE lane_household h SET laid_until = $7 FROM household WHERE h.id = household.id)"
        " SELECT (SELECT count(*) FROM household) AS households, (SELECT count(*) FROM laid) AS checks",
        *_parameters(openings),
        now,
        until,
        limit,
        SHORTEST,
    )
    return row["households"], row["checks"]


async def lay_sensors(openings: Sequence[DistrictOpening], *, now: datetime, limit: int) -> int:
    """Lay these windows for homes in no lane where a sensor hangs; how many checks."""
    return int(
        await db.fetch_value(
            f"WITH {_OPENINGS}, home AS (SELECT r.id AS recipient_id, r.area_id, r.district_id, r.risk,"
            "   min(s.created_at) AS since FROM sensor s JOIN recipient r ON r.id = s.recipient_id"
            f"  WHERE {IN_USE_SENSOR} AND {SUPPORTED} AND NOT EXISTS (SELECT FROM lane_household h"
            "    WHERE h.recipient_id = r.id AND h.removed_at IS NULL) GROUP BY r.id),"
            " new AS (SELECT NULL::uuid AS lane_id, h.recipient_id, h.area_id, h.district_id, h.risk, o.on_day, o.part,"
            "   o.opens_at, o.closes_at FROM home h JOIN opening o USING (district_id) WHERE o.opens_at >= h.since"
            "   AND NOT EXISTS (SELECT FROM daily_check c WHERE c.recipient_id = h.recipient_id AND"
            "    c.on_day = o.on_day AND c.part = o.part AND (c.status <> 'ended' OR c.closes_at <= $6)) LIMIT $7),"
            f" laid AS ({_INSERT}) SELECT count(*) FROM laid",
            *_parameters(openings),
            now,
            limit,
        )
    )


def _parameters(
    openings: Sequence[DistrictOpening],
) -> tuple[list[int], list[date], list[str], list[datetime], list[datetime]]:
    return (
        [one.district_id for one in openings],
        [one.opening.on_day for one in openings],
        [one.opening.part for one in openings],
        [one.opening.opens_at for one in openings],
        [one.opening.closes_at for one in openings],
    )


async def end_left(*, now: datetime, limit: int) -> list[Ended]:
    """End what is expected of people who died, moved or lost their support. Their households stay as they are: should
    it be undone, the checks are laid again."""
    rows = await db.fetch(
        "SELECT c.id, c.recipient_id, c.area_id, r.standing, r.support_mode FROM recipient r"
        " JOIN daily_check c ON c.recipient_id = r.id AND c.status = 'expected'"
        f" WHERE {LEFT} ORDER BY c.id LIMIT $1 FOR NO KEY UPDATE OF c SKIP LOCKED",
        limit,
    )
    ended = [
        Ended(
            check_id=row["id"],
            recipient_id=row["recipient_id"],
            area_id=row["area_id"],
            why=why_not_visited(row["standing"], row["support_mode"]) or "left",
        )
        for row in rows
    ]
    await db.execute(
        "UPDATE daily_check c SET status = 'ended', told = 0, why = e.why, settled_at = $3"
        " FROM unnest($1::uuid[], $2::text[]) AS e (id, why) WHERE c.id = e.id AND c.status = 'expected'",
        [one.check_id for one in ended],
        [one.why for one in ended],
        now,
    )
    await db.execute(
        "UPDATE lane_household SET laid_until = NULL WHERE removed_at IS NULL AND recipient_id = ANY ($1::uuid[])",
        [one.recipient_id for one in ended],
    )
    return ended


async def alerts_of_left() -> list[UUID]:
    """Checks with an unresolved alert about somebody nobody looks at any more."""
    rows = await db.fetch(
        "SELECT a.subject_id FROM alert a JOIN recipient r ON r.id = a.recipient_id WHERE a.kind = ANY ($1::text[])"
        f" AND a.status <> 'resolved' AND a.subject_id IS NOT NULL AND {LEFT}",
        list(ABOUT_WINDOWS),
    )
    return [row["subject_id"] for row in rows]
