"""What the clock does about assessments: periods that are over, time that has run out. The jobs' eyes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from caregivers.assessment.periods import Period
from core import db
from core.ids import new_id

_RESTS_FOR = timedelta(minutes=15)
_DIED = "('died', 'caregiver_died')"


@dataclass(frozen=True, kw_only=True, slots=True)
class Unassessed:
    """An agreement with at least one period over and not assessed. `since` is its first day not yet assessed."""

    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    district_id: int
    since: date
    until: date


@dataclass(frozen=True, kw_only=True, slots=True)
class ToOpen:
    """A row about to be opened."""

    of: Unassessed
    period: Period
    due_at: datetime
    policy_id: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What the clock has moved, or what is late since a moment."""

    id: UUID
    version: int
    agreement_id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    risk: str
    late_since: datetime


async def districts_with_agreements() -> list[int]:
    rows = await db.fetch("SELECT DISTINCT district_id FROM agreement WHERE activated_at IS NOT NULL")
    return [row["district_id"] for row in rows]


# "since" and "until" hold a period as soon as they hold a whole month, up to the last end of a period before today:
# the same words as `periods.completed`, so that an agreement with nothing to open is not claimed again every minute.
_UNASSESSED = f"""
    WITH told AS (SELECT * FROM unnest($1::int[], $2::date[]) AS t (district_id, ended)),
    kept AS (
        SELECT a.id, a.recipient_id, a.caregiver_id, a.area_id, a.district_id, t.ended,
            coalesce((SELECT max(s.period_to) + 1 FROM assessment s WHERE s.agreement_id = a.id),
                greatest(a.starts_on, (a.activated_at AT TIME ZONE 'Asia/Shanghai')::date)) AS since,
            least(a.ends_on, a.ended_on) AS until
        FROM agreement a JOIN told t USING (district_id)
        WHERE a.activated_at IS NOT NULL AND a.status IN ('active', 'suspended', 'ended')
            AND coalesce(a.ended_reason, '') NOT IN {_DIED}
    )
    SELECT k.* FROM kept k
    WHERE (date_trunc('month', k.since - 1) + interval '2 months')::date - 1
            <= CASE WHEN k.until < $3 THEN k.until ELSE k.ended END
        AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $4 AND q.subject_id = k.id
            AND q.released_at IS NULL AND q.at > $5)
    ORDER BY k.since, k.id LIMIT $6
"""


async def unassessed(
    ended: Mapping[int, date], *, job: str, today: date, now: datetime, limit: int
) -> list[Unassessed]:
    """Agreements owing an assessment, the oldest first. `ended`: by district the last day of its last whole period.

    Without a lock: opening a row that another job has opened meanwhile does nothing.
    """
    rows = await db.fetch(_UNASSESSED, list(ended), list(ended.values()), today, job, now - _RESTS_FOR, limit)
    return [
        Unassessed(
            agreement_id=row["id"],
            recipient_id=row["recipient_id"],
            caregiver_id=row["caregiver_id"],
            area_id=row["area_id"],
            district_id=row["district_id"],
            since=row["since"],
            until=row["until"],
        )
        for row in rows
    ]


async def open_rows(rows: Sequence[ToOpen], *, now: datetime) -> list[tuple[UUID, ToOpen]]:
    """Open one row an agreement and period, once; those that are new."""
    ids = [new_id() for _ in rows]
    added = await db.fetch(
        "INSERT INTO assessment (id, agreement_id, recipient_id, caregiver_id, area_id, district_id, period_from,"
        " period_to, due_at, policy_id, opened_at)"
        " SELECT n.*, $11 FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::int[],"
        " $7::date[], $8::date[], $9::timestamptz[], $10::uuid[]) AS n"
        " ON CONFLICT (agreement_id, period_from) DO NOTHING RETURNING id",
        ids,
        [one.of.agreement_id for one in rows],
        [one.of.recipient_id for one in rows],
        [one.of.caregiver_id for one in rows],
        [one.of.area_id for one in rows],
        [one.of.district_id for one in rows],
        [one.period.from_on for one in rows],
        [one.period.to_on for one in rows],
        [one.due_at for one in rows],
        [one.policy_id for one in rows],
        now,
    )
    new = {row["id"] for row in added}
    return [(row_id, one) for row_id, one in zip(ids, rows, strict=True) if row_id in new]


_MOVED = "s.id, s.version, s.agreement_id, s.recipient_id, s.area_id, s.district_id"


async def cancel_after_death(limit: int) -> list[Moved]:
    """Nobody is left to ask, or to be judged: what is due of an agreement that death has ended."""
    return await _move(
        "SELECT s.id FROM assessment s JOIN agreement a ON a.id = s.agreement_id WHERE s.status = 'due'"
        f" AND a.status = 'ended' AND a.ended_reason IN {_DIED}",
        "cancelled",
        limit,
    )


async def reopen_the_living(limit: int) -> list[Moved]:
    """The death was undone, the agreement is in force again: so is what was due."""
    return await _move(
        "SELECT s.id FROM assessment s JOIN agreement a ON a.id = s.agreement_id WHERE s.status = 'cancelled'"
        f" AND NOT (a.status = 'ended' AND a.ended_reason IN {_DIED})",
        "due",
        limit,
    )


async def end_time_to_object(*, now: datetime, limit: int) -> list[Moved]:
    """Settled, and the time to object has run out without a word."""
    return await _move(
        "SELECT s.id FROM assessment s WHERE s.status = 'settled' AND s.objection_until <= $3", "final", limit, now
    )


async def _move(which: str, status: str, limit: int, *more: Any) -> list[Moved]:
    rows = await db.fetch(
        f"WITH held AS ({which} ORDER BY s.id LIMIT $2 FOR NO KEY UPDATE OF s SKIP LOCKED)"
        " UPDATE assessment s SET status = $1, version = s.version + 1 FROM held, recipient r"
        f" WHERE s.id = held.id AND r.id = s.recipient_id RETURNING {_MOVED}, r.risk, s.due_at AS late_since",
        status,
        limit,
        *more,
    )
    return [_moved(row) for row in rows]


async def overdue(*, now: datetime, limit: int) -> list[Moved]:
    """Due longer than policy allows, and nobody is being told yet."""
    return await _late("s.status = 'due' AND s.due_at <= $1", "s.due_at", "assessment_overdue", now, limit)


async def objections_overdue(*, now: datetime, limit: int) -> list[Moved]:
    return await _late(
        "s.status = 'objected' AND s.objection_decide_by <= $1",
        "s.objection_decide_by",
        "objection_overdue",
        now,
        limit,
    )


async def _late(which: str, since: str, kind: str, now: datetime, limit: int) -> list[Moved]:
    rows = await db.fetch(
        f"SELECT {_MOVED}, r.risk, {since} AS late_since FROM assessment s JOIN recipient r ON r.id = s.recipient_id"
        f" WHERE {which} AND NOT EXISTS (SELECT FROM alert a WHERE a.subject_id = s.id AND a.kind = $2"
        f"  AND a.status <> 'resolved') ORDER BY {since}, s.id LIMIT $3",
        now,
        kind,
        limit,
    )
    return [_moved(row) for row in rows]


def _moved(row: Any) -> Moved:
    return Moved(
        id=row["id"],
        version=row["version"],
        agreement_id=row["agreement_id"],
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        risk=row["risk"],
        late_since=row["late_since"],
    )
