"""Windows to judge: claiming them, what was seen and is known around each, and storing what they became."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.lifecycle import SECOND_PERSON_FROM_RUNG
from core import db
from visits.cadence import why_not_visited
from visits.daily.queries import LEFT, LIVE_SENSOR
from visits.daily.settling import SENSOR_WAITED_FOR, Observed, Status, Verdict
from visits.queries.contacts import last_contacts

_RESTS_FOR = timedelta(minutes=15)
_COLUMNS = "c.id, c.recipient_id, c.area_id, c.district_id, c.risk, c.on_day, c.part, c.opens_at, c.closes_at, c.status"
_SOUND = (
    "NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $1 AND q.subject_id = c.id AND q.released_at IS NULL"
    " AND q.at > $2)"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """A window to judge, locked."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    risk: str
    on_day: date
    part: str
    opens_at: datetime
    closes_at: datetime
    status: Status


async def claim_told(*, alarming: bool, job: str, now: datetime, limit: int) -> list[Claimed]:
    """Lock windows of which something new was seen, alarming or not. What another holds is left to it."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM daily_check c WHERE c.told = $3 AND {_SOUND}"
        " ORDER BY c.closes_at LIMIT $4 FOR NO KEY UPDATE OF c SKIP LOCKED",
        job,
        now - _RESTS_FOR,
        2 if alarming else 1,
        limit,
    )
    return [Claimed(**row) for row in rows]


async def claim_over(*, job: str, now: datetime, limit: int) -> list[Claimed]:
    """Lock windows that are over and of which nothing new was seen. One that waits for its sensor is left alone."""
    rows = await db.fetch(
        f"SELECT {_COLUMNS} FROM daily_check c WHERE c.status = 'expected' AND c.told = 0 AND c.closes_at <= $3"
        f" AND (c.closes_at <= $4 OR NOT EXISTS (SELECT FROM sensor s WHERE s.recipient_id = c.recipient_id"
        f"   AND {LIVE_SENSOR}) OR EXISTS (SELECT FROM observation o WHERE o.recipient_id = c.recipient_id"
        "   AND o.on_day = c.on_day AND o.part = c.part AND o.source = 'sensor'))"
        f" AND {_SOUND} ORDER BY c.closes_at LIMIT $5 FOR NO KEY UPDATE OF c SKIP LOCKED",
        job,
        now - _RESTS_FOR,
        now,
        now - SENSOR_WAITED_FOR,
        limit,
    )
    return [Claimed(**row) for row in rows]


async def observed(check_ids: Sequence[UUID]) -> dict[UUID, list[Observed]]:
    """What was seen of each window, in the order it was logged."""
    found: dict[UUID, list[Observed]] = defaultdict(list)
    for row in await db.fetch(
        "SELECT c.id, o.seen, o.source, o.made_at FROM daily_check c"
        " JOIN observation o USING (recipient_id, on_day, part) WHERE c.id = ANY ($1::uuid[])"
        " ORDER BY o.logged_at, o.id",
        check_ids,
    ):
        found[row["id"]].append(Observed(seen=row["seen"], source=row["source"], made_at=row["made_at"]))
    return found


async def left(recipient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Why nobody looks after some of these any more; asked with the windows locked."""
    rows = await db.fetch(
        f"SELECT r.id, r.standing, r.support_mode FROM recipient r WHERE r.id = ANY ($1::uuid[]) AND {LEFT}",
        list(recipient_ids),
    )
    return {row["id"]: why for row in rows if (why := why_not_visited(row["standing"], row["support_mode"]))}


async def sensed(recipient_ids: Collection[UUID]) -> set[UUID]:
    """In whose homes a live sensor hangs."""
    rows = await db.fetch(
        f"SELECT DISTINCT s.recipient_id FROM sensor s WHERE s.recipient_id = ANY ($1::uuid[]) AND {LIVE_SENSOR}",
        list(recipient_ids),
    )
    return {row["recipient_id"] for row in rows}


async def decided_before(check_ids: Sequence[UUID]) -> dict[UUID, Status]:
    """What the last window before each became that says how the home looked; none is left out."""
    if not check_ids:
        return {}
    rows = await db.fetch(
        "SELECT c.id, p.status FROM daily_check c CROSS JOIN LATERAL (SELECT b.status FROM daily_check b"
        "  WHERE b.recipient_id = c.recipient_id AND b.on_day <= c.on_day AND b.closes_at < c.closes_at"
        "  AND b.status IN ('changed', 'unchanged', 'anomaly') ORDER BY b.on_day DESC, b.part LIMIT 1) p"
        " WHERE c.id = ANY ($1::uuid[])",
        check_ids,
    )
    return {row["id"]: row["status"] for row in rows}


async def seen_later(windows: Sequence[Claimed], *, now: datetime) -> dict[UUID, datetime]:
    """When these people were last met, or somebody last saw a window of theirs changed; who was neither is left out.

    What a sensor said does not count: it moved at some time before it was asked.
    """
    if not windows:
        return {}
    people = {one.recipient_id for one in windows}
    found = {person: contact.at for person, contact in (await last_contacts(people, until=now)).items()}
    rows = await db.fetch(
        "SELECT recipient_id, max(seen_at) AS at FROM daily_check WHERE recipient_id = ANY ($1::uuid[])"
        " AND on_day >= $2 AND status = 'changed' AND seen = 'changed' GROUP BY recipient_id",
        list(people),
        min(one.on_day for one in windows),
    )
    for row in rows:
        person, at = row["recipient_id"], row["at"]
        found[person] = max(found.get(person, at), at)
    return found


async def closed_by_a_word(check_ids: Sequence[UUID]) -> list[UUID]:
    """Those of these windows whose alert has not climbed so far that somebody must have stood at the door."""
    if not check_ids:
        return []
    rows = await db.fetch(
        "SELECT subject_id FROM alert WHERE subject_id = ANY ($1::uuid[]) AND kind = 'daily_not_observed'"
        " AND status <> 'resolved' AND rung < $2",
        check_ids,
        SECOND_PERSON_FROM_RUNG,
    )
    return [row["subject_id"] for row in rows]


async def save_judged(judged: Sequence[tuple[Claimed, Verdict]], *, now: datetime) -> int:
    return await db.execute(
        "UPDATE daily_check c SET status = j.status, told = 0, seen = j.seen, seen_at = j.seen_at, why = j.why,"
        " settled_at = $6 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])"
        " AS j (id, status, seen, seen_at, why) WHERE c.id = j.id",
        [one.id for one, _ in judged],
        [verdict.status for _, verdict in judged],
        [verdict.seen for _, verdict in judged],
        [verdict.seen_at for _, verdict in judged],
        [verdict.why for _, verdict in judged],
        now,
    )


async def save_heard(check_ids: Sequence[UUID]) -> int:
    """What was seen of these changed nothing."""
    if not check_ids:
        return 0
    return await db.execute("UPDATE daily_check SET told = 0 WHERE id = ANY ($1::uuid[]) AND told > 0", check_ids)


async def judge_again_after(windows: Sequence[Claimed]) -> int:
    """A window that stayed as it was makes the next one that did so the second running: have those judged again.

    Also one that another sweep judges at this moment: it is waited for.
    """
    if not windows:
        return 0
    return await db.execute(
        "UPDATE daily_check SET told = 2 WHERE id IN (SELECT c.id FROM daily_check c"
        " JOIN unnest($1::uuid[], $2::timestamptz[]) AS w (recipient_id, closes_at) USING (recipient_id)"
        " WHERE c.closes_at > w.closes_at AND (c.status = 'unchanged' OR (c.status = 'expected' AND c.told > 0))"
        " ORDER BY c.id FOR NO KEY UPDATE OF c)",
        [one.recipient_id for one in windows],
        [one.closes_at for one in windows],
    )


async def oldest_over(*, now: datetime) -> datetime | None:
    """When the oldest window closed that is over and still expected; for whoever watches the job."""
    found: Any = await db.fetch_value(
        "SELECT min(closes_at) FROM daily_check WHERE status = 'expected' AND closes_at <= $1", now - SENSOR_WAITED_FOR
    )
    return found if isinstance(found, datetime) else None
