"""What the clock finds out about who cares for whom: ids, dates and words, many rows at a time, in the jobs' eyes.

Each claim locks the recipient, as everybody does who changes their cover; what another sweep holds is left to it.
What is then judged is asked once more, by a statement that began after the lock was held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from caregivers.agreements.ending import OF_STANDING
from core import db
from recipients.queries.support import SUPPORTED

_RESTS_FOR = timedelta(minutes=15)


_AGREED = (
    "EXISTS (SELECT FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id"
    " WHERE a.recipient_id = r.id AND a.status = 'active' AND c.status = 'active'"
    " AND {day} BETWEEN a.starts_on AND a.ends_on)"
)
_TEMPORARY = (
    "EXISTS (SELECT FROM temporary_care t LEFT JOIN caregiver c ON c.id = t.caregiver_id"
    " WHERE t.recipient_id = r.id AND t.ended_at IS NULL AND t.starts_at <= {moment} AND t.ends_by > {moment}"
    " AND coalesce(c.status, 'active') = 'active')"
)
COVERED = (
    "(NOT EXISTS (SELECT FROM no_cover n WHERE n.recipient_id = r.id AND n.ended_at IS NULL)"
    f" AND ({_AGREED} OR {_TEMPORARY}))"
)
"""Of a `recipient r` at a moment and its local day: what `is_covered_at` says, written out for many at once."""

_RINGS = "EXISTS (SELECT FROM alert x WHERE x.recipient_id = r.id AND x.kind = 'uncovered' AND x.status <> 'resolved')"
_AWAKE = (
    " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $3 AND q.subject_id = r.id"
    " AND q.released_at IS NULL AND q.at > $2)"
)
_CLAIM = " ORDER BY r.id LIMIT $1 FOR NO KEY UPDATE OF r SKIP LOCKED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A recipient as far as an alert about their care must know."""

    id: UUID
    area_id: int
    district_id: int
    risk: str
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """An agreement or temporary care that has ended or come back by itself."""

    id: UUID
    area_id: int
    reason: str
    on: date | None = None


async def _claim(job: str, where: str, *values: object, now: datetime, limit: int) -> list[UUID]:
    """Recipients locked for this step, but for those it could not settle lately. `where` counts from $4 on."""
    rows = await db.fetch(
        f"SELECT r.id FROM recipient r WHERE {where}{_AWAKE}{_CLAIM}",
        limit,
        now - _RESTS_FOR,
        job,
        *values,
    )
    return [row["id"] for row in rows]


# --- who left support, and who is back ---


async def claim_left(job: str, *, now: datetime, limit: int) -> list[UUID]:
    """Those no longer supported for whom somebody still stands down as caring."""
    return await _claim(
        job,
        f"NOT ({SUPPORTED}) AND (EXISTS (SELECT FROM agreement a WHERE a.recipient_id = r.id"
        " AND a.status IN ('active', 'suspended'))"
        " OR EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = r.id AND t.ended_at IS NULL)"
        " OR EXISTS (SELECT FROM no_cover n WHERE n.recipient_id = r.id AND n.ended_at IS NULL))",
        now=now,
        limit=limit,
    )


async def end_agreements_of(recipient_ids: Sequence[UUID], *, today: date, now: datetime) -> list[Ended]:
    """The last day is the day they died or moved, where it is told."""
    rows = await db.fetch(
        "UPDATE agreement a SET status = 'ended', ended_at = $2, ended_by = NULL, ended_reason = CASE"
        "  WHEN r.standing = ANY ($4::varchar[]) THEN r.standing ELSE 'moved_to_collective' END,"
        " ended_on = greatest(a.starts_on, least($3::date, (SELECT max(s.happened_on) FROM standing_change s"
        "  WHERE s.recipient = r.id AND s.standing = r.standing AND s.confirmed_at IS NOT NULL"
        "  AND s.undone_at IS NULL))),"
        " version = a.version + 1, changed_at = $2"
        " FROM recipient r WHERE r.id = a.recipient_id AND a.recipient_id = ANY ($1::uuid[])"
        f" AND a.status IN ('active', 'suspended') AND NOT ({SUPPORTED})"
        " RETURNING a.id, a.area_id, a.ended_reason AS reason, a.ended_on AS on",
        list(recipient_ids),
        now,
        today,
        list(OF_STANDING),
    )
    return [Ended(**row) for row in rows]


async def end_care_of(recipient_ids: Sequence[UUID], *, now: datetime) -> list[Ended]:
    """Temporary care of those no longer supported; with it the word that they have nobody."""
    await db.execute(
        "UPDATE no_cover n SET ended_at = $2, ended_how = 'left_support' FROM recipient r WHERE r.id = n.recipient_id"
        f" AND n.recipient_id = ANY ($1::uuid[]) AND n.ended_at IS NULL AND NOT ({SUPPORTED})",
        list(recipient_ids),
        now,
    )
    rows = await db.fetch(
        "UPDATE temporary_care t SET ended_at = $2, ended_reason = 'left_support' FROM recipient r"
        " WHERE r.id = t.recipient_id AND t.recipient_id = ANY ($1::uuid[]) AND t.ended_at IS NULL"
        f" AND NOT ({SUPPORTED}) RETURNING t.id, t.area_id, t.ended_reason AS reason",
        list(recipient_ids),
        now,
    )
    return [Ended(**row) for row in rows]


# A change that was undone after it had ended something: only that brings back, never a return later on.
_UNDONE = (
    "EXISTS (SELECT FROM standing_change s WHERE s.recipient = r.id AND s.confirmed_at <= {0}.ended_at"
    " AND s.undone_at >= {0}.ended_at AND s.standing IN ('died', 'moved_to_collective', 'eligibility_ended'))"
)
_BACK = (
    "a.recipient_id = r.id AND a.status = 'ended' AND a.ended_by IS NULL"
    " AND a.ended_reason IN ('died', 'moved_to_collective', 'eligibility_ended') AND a.ends_on >= {day}"
    f" AND {_UNDONE.format('a')}"
    " AND EXISTS (SELECT FROM caregiver c WHERE c.id = a.caregiver_id AND c.status = 'active')"
    " AND NOT EXISTS (SELECT FROM agreement o WHERE o.recipient_id = r.id AND o.status IN ('active', 'suspended'))"
)
_CARE_BACK = (
    "t.recipient_id = r.id AND t.ended_reason = 'left_support' AND t.ends_by > {moment}"
    f" AND {_UNDONE.format('t')}"
    " AND NOT EXISTS (SELECT FROM temporary_care o WHERE o.recipient_id = r.id AND o.ended_at IS NULL)"
)
_GAP_BACK = (
    "n.recipient_id = r.id AND n.ended_how = 'left_support'"
    f" AND {_UNDONE.format('n')}"
    " AND NOT EXISTS (SELECT FROM no_cover o WHERE o.recipient_id = r.id AND o.reported_at >= n.reported_at"
    "  AND o.id <> n.id)"
)


async def claim_back(job: str, *, today: date, now: datetime, limit: int) -> list[UUID]:
    """Those supported again because a change of standing was undone, whose agreement or care ended with it."""
    return await _claim(
        job,
        # Few changes are ever undone: from there the planner starts.
        f"{SUPPORTED} AND r.id IN (SELECT s.recipient FROM standing_change s WHERE s.undone_at IS NOT NULL)"
        f" AND (EXISTS (SELECT FROM agreement a WHERE {_BACK.format(day='$4')})"
        f" OR EXISTS (SELECT FROM temporary_care t WHERE {_CARE_BACK.format(moment='$5')})"
        f" OR EXISTS (SELECT FROM no_cover n WHERE {_GAP_BACK}))",
        today,
        now,
        now=now,
        limit=limit,
    )


async def restore_agreements_of(recipient_ids: Sequence[UUID], *, today: date, now: datetime) -> list[Ended]:
    """The last agreement of each; suspended where it had been suspended."""
    rows = await db.fetch(
        "WITH back AS (SELECT DISTINCT ON (a.recipient_id) a.id FROM recipient r JOIN agreement a ON"
        f" {_BACK.format(day='$3')} WHERE r.id = ANY ($1::uuid[]) AND {SUPPORTED}"
        " ORDER BY a.recipient_id, a.ended_at DESC, a.id DESC)"
        " UPDATE agreement a SET status = CASE WHEN a.suspended_at IS NULL THEN 'active' ELSE 'suspended' END,"
        " ended_at = NULL, ended_on = NULL, ended_by = NULL, ended_reason = NULL, version = a.version + 1,"
        " changed_at = $2, restored_at = $2 FROM back WHERE a.id = back.id RETURNING a.id, a.area_id,"
        " a.status AS reason",
        list(recipient_ids),
        now,
        today,
    )
    return [Ended(**row) for row in rows]


async def restore_care_of(recipient_ids: Sequence[UUID], *, now: datetime) -> list[Ended]:
    """The last temporary care of each, within its limit; with it the word that they have nobody."""
    await db.execute(
        "UPDATE no_cover SET ended_at = NULL, ended_how = NULL WHERE id IN ("
        f" SELECT n.id FROM recipient r JOIN no_cover n ON {_GAP_BACK}"
        f" WHERE r.id = ANY ($1::uuid[]) AND {SUPPORTED})",
        list(recipient_ids),
    )
    rows = await db.fetch(
        "WITH back AS (SELECT DISTINCT ON (t.recipient_id) t.id FROM recipient r JOIN temporary_care t ON"
        f" {_CARE_BACK.format(moment='$2')} WHERE r.id = ANY ($1::uuid[]) AND {SUPPORTED}"
        " ORDER BY t.recipient_id, t.ended_at DESC, t.id DESC)"
        " UPDATE temporary_care t SET ended_at = NULL, ended_reason = NULL FROM back WHERE t.id = back.id"
        " RETURNING t.id, t.area_id, 'restored' AS reason",
        list(recipient_ids),
        now,
    )
    return [Ended(**row) for row in rows]


async def follow_moves(*, limit: int) -> int:
    """Agreements and care go with a recipient who was moved to another village, or its workers would not see them."""
    moved = 0
    for table, holds in (
        ("agreement", "x.status <> 'ended'"),
        ("temporary_care", "x.ended_at IS NULL"),
        ("no_cover", "x.ended_at IS NULL"),
    ):
        moved += await db.execute(
            f"UPDATE {table} SET area_id = found.area_id FROM (SELECT x.id, r.area_id FROM {table} x"
            f" JOIN recipient r ON r.id = x.recipient_id WHERE {holds} AND x.area_id <> r.area_id"
            f" ORDER BY x.id LIMIT $1 FOR NO KEY UPDATE OF x SKIP LOCKED) found WHERE {table}.id = found.id",
            limit,
        )
    return moved


# --- terms that run out ---


async def claim_run_out(job: str, *, today: date, now: datetime, limit: int) -> list[UUID]:
    """Those with an agreement in force whose last day is over."""
    return await _claim(
        job,
        f"{SUPPORTED} AND EXISTS (SELECT FROM agreement a WHERE a.recipient_id = r.id"
        " AND a.status IN ('active', 'suspended') AND a.ends_on < $4)",
        today,
        now=now,
        limit=limit,
    )


async def end_run_out(recipient_ids: Sequence[UUID], *, today: date, now: datetime) -> list[Ended]:
    rows = await db.fetch(
        "UPDATE agreement a SET status = 'ended', ended_at = $2, ended_by = NULL, ended_reason = 'expired',"
        " ended_on = a.ends_on, version = a.version + 1, changed_at = $2 WHERE a.recipient_id = ANY ($1::uuid[])"
        " AND a.status IN ('active', 'suspended') AND a.ends_on < $3"
        " RETURNING a.id, a.area_id, a.ended_reason AS reason, a.ended_on AS on",
        list(recipient_ids),
        now,
        today,
    )
    return [Ended(**row) for row in rows]


# --- who has nobody ---


async def claim_uncovered(job: str, *, today: date, now: datetime, limit: int) -> list[UUID]:
    """Supported people who have nobody, and for whom no alert rings."""
    return await _claim(
        job,
        f"{SUPPORTED} AND NOT {COVERED.format(day='$4', moment='$5')} AND NOT {_RINGS}",
        today,
        now,
        now=now,
        limit=limit,
    )


async def uncovered_among(recipient_ids: Sequence[UUID], *, today: date, now: datetime) -> list[Person]:
    """Those of them who have nobody and for whom no alert rings, and why, as a word."""
    rows = await db.fetch(
        "SELECT r.id, r.area_id, r.district_id, r.risk, CASE"
        " WHEN EXISTS (SELECT FROM no_cover n WHERE n.recipient_id = r.id AND n.ended_at IS NULL) THEN 'reported'"
        " WHEN EXISTS (SELECT FROM temporary_care t WHERE t.recipient_id = r.id AND t.ended_at IS NULL)"
        "  THEN 'care_overrun'"
        " WHEN EXISTS (SELECT FROM agreement a WHERE a.recipient_id = r.id AND a.status = 'active')"
        "  THEN 'caregiver_gone'"
        " WHEN EXISTS (SELECT FROM agreement a WHERE a.recipient_id = r.id AND a.activated_at IS NOT NULL)"
        "  THEN 'agreement_ended' ELSE 'no_agreement' END AS why"
        f" FROM recipient r WHERE r.id = ANY ($1::uuid[]) AND {SUPPORTED}"
        f" AND NOT {COVERED.format(day='$2', moment='$3')} AND NOT {_RINGS} ORDER BY r.id",
        list(recipient_ids),
        today,
        now,
    )
    return [Person(**row) for row in rows]


async def claim_answered(job: str, *, today: date, now: datetime, limit: int) -> list[UUID]:
    """Those for whom the alert rings though they are cared for, or not supported any more."""
    return await _claim(
        job,
        f"{_RINGS} AND (NOT ({SUPPORTED}) OR {COVERED.format(day='$4', moment='$5')})",
        today,
        now,
        now=now,
        limit=limit,
    )


async def answered_among(recipient_ids: Sequence[UUID], *, today: date, now: datetime) -> dict[UUID, str]:
    """How the alert of each of them ends: "left" or "covered"; nobody for whom it must go on."""
    rows = await db.fetch(
        f"SELECT r.id, CASE WHEN {SUPPORTED} THEN 'covered' ELSE 'left' END AS outcome FROM recipient r"
        f" WHERE r.id = ANY ($1::uuid[]) AND (NOT ({SUPPORTED}) OR {COVERED.format(day='$2', moment='$3')})",
        list(recipient_ids),
        today,
        now,
    )
    return {row["id"]: row["outcome"] for row in rows}


async def place_of(subject_id: UUID) -> Person | None:
    """The recipient behind a row of this job: themselves, or whose agreement it is."""
    row = await db.fetch_one(
        "SELECT r.id, r.area_id, r.district_id, r.risk FROM recipient r WHERE r.id = $1"
        " OR r.id = (SELECT a.recipient_id FROM agreement a WHERE a.id = $1)",
        subject_id,
    )
    return Person(**row) if row else None
