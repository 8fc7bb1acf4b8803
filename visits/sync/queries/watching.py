"""Phones, as the watch judges them and as their township reads of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core import db
from visits.sync.silence import PhoneFacts

_RESTS_FOR = timedelta(minutes=15)

_OPEN_TASKS = (
    "FROM task_issued t JOIN visit v ON v.id = t.visit_id WHERE t.account_id = d.account AND t.left_at IS NULL"
    " AND v.status IN ('open', 'missed', 'not_known') AND (v.worker_id IS NULL OR v.worker_id = d.account)"
)
_HELD = "FROM inbox_item i WHERE i.device_id = d.id AND i.status = 'held'"
_USED = "(d.revoked_at IS NULL AND a.status = 'active')"
_FACTS = (
    "SELECT d.id AS device_id, d.account AS account_id, a.district_id, d.last_seen_at, s.oldest_unsent_at,"
    f" CASE WHEN {_USED} THEN s.unsent ELSE 0 END AS unsent,"
    " (SELECT min(r.area) FROM account_area r WHERE r.account = a.id) AS area_id,"
    f" (SELECT count(*) {_OPEN_TASKS} AND {_USED}) AS tasks,"
    " NOT EXISTS (SELECT FROM device o WHERE o.account = d.account AND o.revoked_at IS NULL"
    "  AND (o.last_seen_at, o.id) > (d.last_seen_at, d.id)) AS latest,"
    f" CASE WHEN {_USED} THEN cardinality(s.missing) ELSE 0 END AS missing,"
    # A number is missing since something that bears a later one arrived, from the same installation of the app.
    " (SELECT min(i.received_at) FROM inbox_item i WHERE i.device_id = d.id AND i.device_seq > s.missing[1]"
    "  AND i.received_at >= coalesce(s.installed_at, '-infinity') AND cardinality(s.missing) > 0) AS missing_since,"
    f" (SELECT count(*) {_HELD}) AS held, (SELECT min(i.received_at) {_HELD}) AS held_since"
)
# Of a phone in use no more nothing is to come; what it sent and is still held is watched until it is settled.
_WATCHED = (
    "FROM device_state s JOIN device d ON d.id = s.id JOIN account a ON a.id = d.account"
    f" WHERE ({_USED} OR EXISTS (SELECT {_HELD}))"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """Nothing that began later has lasted too long in this district."""

    district_id: int
    silent: datetime
    unsent: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Alerted:
    """An unresolved alert about a phone, and the phone; `phone` is None when it is watched no more."""

    device_id: UUID
    opened_at: datetime
    phone: PhoneFacts | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneRead:
    """A phone as its township reads of it."""

    device_id: UUID
    account_id: UUID
    name: str
    label: str
    last_seen_at: datetime
    unsent: int
    oldest_unsent_at: datetime | None
    missing: int
    tasks: int


async def districts_with_phones() -> list[int]:
    rows = await db.fetch(f"SELECT DISTINCT a.district_id {_WATCHED}")
    return [row["district_id"] for row in rows]


async def phones_to_judge(
    since: Sequence[Since], *, job: str, after: UUID | None, limit: int, now: datetime
) -> list[PhoneFacts]:
    """The next phones, by id, that may have been silent for too long and nobody has been told of."""
    rows = await db.fetch(
        f"{_FACTS} {_WATCHED} AND ($5::uuid IS NULL OR d.id > $5)"
        " AND EXISTS (SELECT FROM account_area r WHERE r.account = a.id)"
        " AND EXISTS (SELECT FROM unnest($1::int[], $2::timestamptz[], $3::timestamptz[])"
        "  AS t (district_id, silent, unsent) WHERE t.district_id = a.district_id"
        f"  AND ({_USED} AND ((d.last_seen_at <= t.silent AND EXISTS (SELECT {_OPEN_TASKS}))"
        "    OR (s.unsent > 0 AND s.oldest_unsent_at <= t.unsent) OR cardinality(s.missing) > 0)"
        f"   OR EXISTS (SELECT {_HELD} AND i.received_at <= t.unsent)))"
        " AND NOT EXISTS (SELECT FROM alert l WHERE l.subject_id = d.id AND l.kind = 'phone_silent'"
        "  AND l.status <> 'resolved')"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $4 AND q.subject_id = d.id"
        "  AND q.released_at IS NULL AND q.at > $7)"
        " ORDER BY d.id LIMIT $6",
        [one.district_id for one in since],
        [one.silent for one in since],
        [one.unsent for one in since],
        job,
        after,
        limit,
        now - _RESTS_FOR,
    )
    return [PhoneFacts(**row) for row in rows]


async def alerted(*, after: UUID | None, limit: int) -> list[Alerted]:
    """The next phones, by id, that somebody has been told of."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (subject_id) subject_id, opened_at FROM alert WHERE kind = 'phone_silent'"
        " AND status <> 'resolved' AND ($1::uuid IS NULL OR subject_id > $1)"
        " ORDER BY subject_id, opened_at DESC LIMIT $2",
        after,
        limit,
    )
    ids = [row["subject_id"] for row in rows]
    found = await db.fetch(f"{_FACTS} {_WATCHED} AND d.id = ANY ($1::uuid[])", ids)
    phones = {row["device_id"]: PhoneFacts(**row) for row in found}
    return [
        Alerted(device_id=row["subject_id"], opened_at=row["opened_at"], phone=phones.get(row["subject_id"]))
        for row in rows
    ]


async def phones_page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[PhoneRead]:
    """Phones in use of the caller's areas, the longest silent first. Row-level security shows no others."""
    seen_at, device_id = after or (None, None)
    rows = await db.fetch(
        "SELECT d.id AS device_id, a.id AS account_id, a.name, d.label, d.last_seen_at,"
        " coalesce(s.unsent, 0) AS unsent, s.oldest_unsent_at, coalesce(cardinality(s.missing), 0) AS missing,"
        f" (SELECT count(*) {_OPEN_TASKS}) AS tasks"
        " FROM device d JOIN account a ON a.id = d.account LEFT JOIN device_state s ON s.id = d.id"
        f" WHERE {_USED}"
        " AND EXISTS (SELECT FROM account_area r JOIN area_within w ON w.area_id = r.area"
        "  WHERE r.account = a.id AND w.ancestor_id = ANY (visible_areas()))"
        " AND ($1::timestamptz IS NULL OR (d.last_seen_at, d.id) > ($1, $2::uuid))"
        " ORDER BY d.last_seen_at, d.id LIMIT $3",
        seen_at,
        device_id,
        limit,
    )
    return [PhoneRead(**row) for row in rows]
