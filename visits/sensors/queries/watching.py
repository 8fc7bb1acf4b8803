"""Sensors that fell silent or spoke again, and those whose person has moved. The jobs' eyes: ids, dates, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from core import db
from recipients.queries.support import SUPPORTED

_RESTS_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Silent:
    """A sensor nobody has heard of for too long. `since`: its last reading, or when it was installed."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    kind: str
    risk: Literal["high", "key", "general"]
    since: datetime


async def fallen_silent(limits: Mapping[int, timedelta], *, job: str, now: datetime, limit: int) -> list[Silent]:
    """Sensors in use silent for their district's time and not told of yet, held; `limits` by district.

    Where nobody is watched over any more, nobody is told.
    """
    rows = await db.fetch(
        "SELECT s.id, s.recipient_id, s.area_id, s.district_id, s.kind, r.risk,"
        " greatest(s.heard_at, s.created_at) AS since FROM sensor s JOIN recipient r ON r.id = s.recipient_id"
        " JOIN unnest($1::int[], $2::interval[]) AS l (district_id, silent_after) ON l.district_id = s.district_id"
        " WHERE s.ended_at IS NULL AND s.silent_since IS NULL"
        f" AND greatest(s.heard_at, s.created_at) <= $3::timestamptz - l.silent_after AND {SUPPORTED}"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $4 AND q.subject_id = s.id"
        "  AND q.released_at IS NULL AND q.at > $5)"
        " ORDER BY since, s.id LIMIT $6 FOR NO KEY UPDATE OF s SKIP LOCKED",
        list(limits),
        list(limits.values()),
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    return [Silent(**row) for row in rows]


async def save_silent(silent: Sequence[Silent]) -> None:
    await db.execute(
        "UPDATE sensor s SET silent_since = f.since FROM unnest($1::uuid[], $2::timestamptz[]) AS f (id, since)"
        " WHERE s.id = f.id",
        [one.id for one in silent],
        [one.since for one in silent],
    )


async def save_speaking(*, limit: int) -> list[UUID]:
    """Sensors heard again since they fell silent, which they are no longer; their ids."""
    return await _no_longer_silent("s.heard_at > s.silent_since", limit)


async def save_left(*, limit: int) -> list[UUID]:
    """Silent sensors of people nobody watches over any more: taken back, so that an undo begins anew; their ids."""
    left = f"NOT EXISTS (SELECT FROM recipient r WHERE r.id = s.recipient_id AND {SUPPORTED})"
    return await _no_longer_silent(left, limit)


async def _no_longer_silent(condition: str, limit: int) -> list[UUID]:
    rows = await db.fetch(
        "UPDATE sensor SET silent_since = NULL WHERE id IN (SELECT s.id FROM sensor s"
        f" WHERE s.silent_since IS NOT NULL AND s.ended_at IS NULL AND {condition}"
        " ORDER BY s.id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED) RETURNING id",
        limit,
    )
    return [row["id"] for row in rows]


async def follow_moves(*, limit: int) -> int:
    """A sensor lies where its person is registered: who may see it follows them."""
    return await db.execute(
        "UPDATE sensor s SET area_id = m.area_id, district_id = m.district_id FROM ("
        " SELECT x.id, r.area_id, r.district_id FROM sensor x JOIN recipient r ON r.id = x.recipient_id"
        " WHERE x.ended_at IS NULL AND x.area_id <> r.area_id ORDER BY x.id LIMIT $1"
        " FOR NO KEY UPDATE OF x SKIP LOCKED) m WHERE s.id = m.id",
        limit,
    )
