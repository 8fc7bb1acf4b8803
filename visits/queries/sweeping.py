"""Overdue visits: claiming them, storing what was judged, and those not known whose phone has spoken since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import db
from visits.cadence import why_not_visited
from visits.lifecycle import Judgement, Visit

_RESTS_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Overdue:
    """A visit whose time is up, and what judging and alerting need of it. `left` is why nobody visits any more."""

    visit: Visit
    recipient_id: UUID
    area_id: int
    district_id: int
    reopened_by: UUID | None
    left: str | None


async def claim_overdue(*, job: str, now: datetime, limit: int) -> list[Overdue]:
    """Lock open visits past `missed_after`, the longest overdue first. What another sweep holds is left to it."""
    rows = await db.fetch(
        "SELECT v.id, v.recipient_id, v.area_id, v.district_id, v.reason, v.risk, v.opens_at, v.due_at, v.missed_after,"
        " v.worker_id, v.reopened_by FROM visit v WHERE v.status = 'open' AND v.missed_after <= $1"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $2 AND q.subject_id = v.id"
        "  AND q.released_at IS NULL AND q.at > $3)"
        " ORDER BY v.missed_after LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED",
        now,
        job,
        now - _RESTS_FOR,
        limit,
    )
    left = await _left([row["recipient_id"] for row in rows])
    return [_overdue(row, left.get(row["recipient_id"])) for row in rows]


async def _left(recipient_ids: list[UUID]) -> dict[UUID, str]:
    """Why nobody visits some of these any more. Asked with the visits locked: a death confirmed meanwhile counts."""
    rows = await db.fetch(
        "SELECT id, standing, support_mode FROM recipient WHERE id = ANY ($1::uuid[])"
        " AND NOT (support_mode = 'dispersed' AND standing IN ('at_home', 'in_hospital'))",
        recipient_ids,
    )
    return {row["id"]: why for row in rows if (why := why_not_visited(row["standing"], row["support_mode"]))}


def _overdue(row: Any, left: str | None) -> Overdue:
    visit = Visit(
        id=row["id"],
        status="open",
        reason=row["reason"],
        risk=row["risk"],
        covers_from=row["opens_at"],
        opens_at=row["opens_at"],
        due_at=row["due_at"],
        missed_after=row["missed_after"],
        worker_id=row["worker_id"],
    )
    return Overdue(
        visit=visit,
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        reopened_by=row["reopened_by"],
        left=left,
    )


async def save_judged(
    judged: Sequence[tuple[Overdue, Judgement]], seen: dict[UUID, datetime | None], *, now: datetime
) -> int:
    """Store what was judged, where the visit is still open; with when its worker's phone last spoke."""
    return await db.execute(
        "UPDATE visit v SET status = j.status, closed_reason = j.why, judged_at = $5, phone_last_seen_at = j.seen_at"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS j (id, status, why, seen_at)"
        " WHERE v.id = j.id AND v.status = 'open'",
        [one.visit.id for one, _ in judged],
        [judgement.status for _, judgement in judged],
        [judgement.why for _, judgement in judged],
        [seen.get(one.visit.worker_id) if one.visit.worker_id else None for one, _ in judged],
        now,
    )


# Of an account `{0}`: one of its phones in use has said that it holds records it has not sent yet.
_SENDING = (
    "EXISTS (SELECT FROM device p JOIN device_state s ON s.id = p.id"
    " WHERE p.account = {0} AND p.revoked_at IS NULL AND s.unsent > 0)"
)


async def still_sending(account_ids: Sequence[UUID]) -> set[UUID]:
    """Whose phone has said that more is to come."""
    rows = await db.fetch(f"SELECT a.id FROM unnest($1::uuid[]) AS a (id) WHERE {_SENDING.format('a.id')}", account_ids)
    return {row["id"] for row in rows}


async def save_known_missed(*, now: datetime, limit: int) -> list[tuple[UUID, int, datetime]]:
    """Visits not known whose worker's phone has spoken since they were due, without a report and with nothing more to
    send: now missed.

    Their ids, areas, and when the phone last spoke.
    """
    rows = await db.fetch(
        "WITH heard AS (SELECT v.id, max(d.last_seen_at) AS seen_at FROM visit v"
        "  JOIN device d ON d.account = v.worker_id"
        "  WHERE v.status = 'not_known' AND d.revoked_at IS NULL AND d.last_seen_at >= v.due_at"
        f"  AND NOT {_SENDING.format('v.worker_id')} GROUP BY v.id),"
        " held AS (SELECT v.id FROM visit v JOIN heard USING (id) WHERE v.status = 'not_known'"
        "  ORDER BY v.id LIMIT $2 FOR NO KEY UPDATE OF v SKIP LOCKED)"
        " UPDATE visit v SET status = 'missed', closed_reason = 'no_report', judged_at = $1,"
        " phone_last_seen_at = heard.seen_at FROM held JOIN heard USING (id)"
        " WHERE v.id = held.id AND v.status = 'not_known' RETURNING v.id, v.area_id, v.phone_last_seen_at",
        now,
        limit,
    )
    return [(row["id"], row["area_id"], row["phone_last_seen_at"]) for row in rows]
