"""Windows about to close in homes with sensors, and what their sensors counted. The jobs' eyes: ids, dates, words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from core import db
from visits.sensors.witness import Kind, Sensed, Word, observation_id

_RESTS_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """One expected check of a home that has sensors."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    risk: Literal["high", "key", "general"]
    on_day: date
    part: str
    closes_at: datetime


async def unwitnessed(
    *, job: str, until: datetime, after: tuple[datetime, UUID] | None, now: datetime, limit: int
) -> list[Window]:
    """The next windows that close until then, are not decided, and of which no sensor has said anything yet."""
    rows = await db.fetch(
        "SELECT c.id, c.recipient_id, c.area_id, c.district_id, c.risk, c.on_day, c.part, c.closes_at"
        " FROM daily_check c WHERE c.status = 'expected' AND c.closes_at <= $1"
        " AND ($2::timestamptz IS NULL OR (c.closes_at, c.id) > ($2, $3::uuid))"
        " AND EXISTS (SELECT FROM sensor s WHERE s.recipient_id = c.recipient_id AND s.ended_at IS NULL)"
        " AND NOT EXISTS (SELECT FROM observation o WHERE o.recipient_id = c.recipient_id AND o.on_day = c.on_day"
        "  AND o.part = c.part AND o.source = 'sensor')"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $4 AND q.subject_id = c.id"
        "  AND q.released_at IS NULL AND q.at > $5)"
        " ORDER BY c.closes_at, c.id LIMIT $6",
        until,
        *(after or (None, None)),
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [Window(**row) for row in rows]


async def sensed(windows: Sequence[Window], spans: Mapping[int, Mapping[Kind, timedelta]]) -> dict[UUID, list[Sensed]]:
    """What each home's sensors counted until its window closes, by window; `spans` by district and kind."""
    terms = [(district, kind, span) for district, by_kind in spans.items() for kind, span in by_kind.items()]
    rows = await db.fetch(
        "SELECT w.id, s.kind, s.created_at AS installed_at, s.heard_at, counted.amount, counted.moved_at"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[])"
        "  AS w (id, recipient_id, district_id, closes_at)"
        " JOIN sensor s ON s.recipient_id = w.recipient_id AND s.ended_at IS NULL"
        " JOIN unnest($5::int[], $6::text[], $7::interval[]) AS t (district_id, kind, span)"
        "  ON t.district_id = w.district_id AND t.kind = s.kind"
        " CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount), 0) AS amount,"
        "  max(e.at) FILTER (WHERE e.amount > 0) AS moved_at FROM sensor_event e"
        "  WHERE e.sensor_id = s.id AND e.at > w.closes_at - t.span AND e.at <= w.closes_at) counted",
        [one.id for one in windows],
        [one.recipient_id for one in windows],
        [one.district_id for one in windows],
        [one.closes_at for one in windows],
        [district for district, _, _ in terms],
        [kind for _, kind, _ in terms],
        [span for _, _, span in terms],
    )
    found: dict[UUID, list[Sensed]] = defaultdict(list)
    for row in rows:
        told = dict(row)
        found[told.pop("id")].append(Sensed(**told))
    return found


async def add_witnessed(witnessed: Sequence[tuple[Window, Word]], *, now: datetime) -> int:
    """Store what the sensors said, once a window; how many were new."""
    return await db.execute(
        "INSERT INTO observation (id, recipient_id, area_id, source, on_day, part, seen, made_at, logged_at)"
        " SELECT id, recipient_id, area_id, 'sensor', on_day, part, seen, least($7, closes_at), $7"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::date[], $5::text[], $6::text[], $8::timestamptz[])"
        "  AS o (id, recipient_id, area_id, on_day, part, seen, closes_at)"
        " ON CONFLICT (id) DO NOTHING",
        [observation_id(window.recipient_id, window.on_day, window.part) for window, _ in witnessed],
        [window.recipient_id for window, _ in witnessed],
        [window.area_id for window, _ in witnessed],
        [window.on_day for window, _ in witnessed],
        [window.part for window, _ in witnessed],
        [word for _, word in witnessed],
        now,
        [window.closes_at for window, _ in witnessed],
    )
