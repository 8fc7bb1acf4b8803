"""Concerns that wait for a case, and cases whose caregiver's side has grown. Asked with the jobs' eyes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from caregivers.abuse.suspicion import Known
from core import db

_RESTS_FOR = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Somebody's concerns that no case holds yet, the earliest first."""

    recipient_id: UUID
    concern_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """Whom a case would be about. `barred_ids`: the side of everybody who cares for them.

    Without anybody caring now, `caregiver_id` is whoever did last: what is noticed late was done before.
    """

    recipient_id: UUID
    area_id: int
    district_id: int
    known: Known
    agreement_id: UUID | None
    caregiver_id: UUID | None
    barred_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewCase:
    id: UUID
    about: About
    minor: bool
    without_capacity: bool
    policy_id: UUID | None
    opened_at: datetime
    report_due_at: datetime | None
    retain_until: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Grown:
    """A case under way and the accounts that have come onto the caregiver's side since it was looked at."""

    case_id: UUID
    replacement_case_id: UUID | None
    fresh: tuple[UUID, ...]


async def claim_waiting(*, job: str, now: datetime, limit: int) -> list[Waiting]:
    """Lock concerns without a case, the longest waiting first; what another round holds is left to it."""
    rows = await db.fetch(
        "SELECT c.id, c.recipient_id FROM abuse_concern c WHERE c.case_id IS NULL"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $1 AND q.subject_id = c.recipient_id"
        "  AND q.released_at IS NULL AND q.at > $2)"
        " ORDER BY c.logged_at, c.id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED",
        job,
        now - _RESTS_FOR,
        limit,
    )
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row["recipient_id"], []).append(row["id"])
    return [Waiting(recipient_id=one, concern_ids=tuple(concerns)) for one, concerns in found.items()]


async def about(recipient_ids: Collection[UUID]) -> list[About]:
    """What is known of these people and of who cares for them."""
    rows = await db.fetch(
        "SELECT r.id, r.area_id, r.district_id, r.born_on, r.categories, r.conditions, force.id AS agreement_id,"
        " coalesce(force.caregiver_id, t.caregiver_id, (SELECT e.caregiver_id FROM agreement e WHERE"
        "  e.recipient_id = r.id AND e.status = 'ended' AND e.activated_at IS NOT NULL"
        "  ORDER BY e.ended_at DESC LIMIT 1)) AS caregiver_id, too_near(r.id) AS barred_ids"
        " FROM recipient r LEFT JOIN LATERAL (SELECT a.id, a.caregiver_id FROM agreement a"
        "  WHERE a.recipient_id = r.id AND a.status IN ('active', 'suspended')"
        "  ORDER BY a.status, a.starts_on DESC LIMIT 1) force ON true"
        " LEFT JOIN temporary_care t ON t.recipient_id = r.id AND t.ended_at IS NULL"
        " WHERE r.id = ANY ($1::uuid[])",
        list(recipient_ids),
    )
    return [
        About(
            recipient_id=row["id"],
            area_id=row["area_id"],
            district_id=row["district_id"],
            known=Known(born_on=row["born_on"], categories=row["categories"], conditions=row["conditions"]),
            agreement_id=row["agreement_id"],
            caregiver_id=row["caregiver_id"],
            barred_ids=tuple(row["barred_ids"]),
        )
        for row in rows
    ]


async def add_cases(new: Sequence[NewCase]) -> None:
    """Open cases, where none is under way about the same person; in one order, so that two rounds wait for each
    other and never both."""
    for one in sorted(new, key=lambda one: one.about.recipient_id):
        await db.execute(
            "INSERT INTO abuse_case (id, recipient_id, agreement_id, caregiver_id, area_id, district_id, minor,"
            " without_capacity, barred_ids, policy_id, status, opened_at, report_due_at, retain_until)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', $11, $12, $13)"
            " ON CONFLICT (recipient_id) WHERE status = 'open' DO NOTHING",
            one.id,
            one.about.recipient_id,
            one.about.agreement_id,
            one.about.caregiver_id,
            one.about.area_id,
            one.about.district_id,
            one.minor,
            one.without_capacity,
            list(one.about.barred_ids),
            one.policy_id,
            one.opened_at,
            one.report_due_at,
            one.retain_until,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderWay:
    """A case that takes further concerns."""

    id: UUID
    recipient_id: UUID
    area_id: int
    district_id: int
    minor: bool
    without_capacity: bool
    report_due_at: datetime | None
    reported_at: datetime | None
    barred_ids: tuple[UUID, ...]


async def hold_under_way(recipient_ids: Collection[UUID]) -> dict[UUID, UnderWay]:
    """The case under way about each person, locked, so that none is closed meanwhile."""
    rows = await db.fetch(
        "SELECT id, recipient_id, area_id, district_id, minor, without_capacity, report_due_at, reported_at, barred_ids"
        " FROM abuse_case WHERE recipient_id = ANY ($1::uuid[]) AND status = 'open' ORDER BY id FOR NO KEY UPDATE",
        list(recipient_ids),
    )
    return {row["recipient_id"]: UnderWay(**{**row, "barred_ids": tuple(row["barred_ids"])}) for row in rows}


async def put_into_cases(cases: Sequence[tuple[UUID, UUID]]) -> None:
    """Give concerns (concern, case) to their cases."""
    await db.execute(
        "UPDATE abuse_concern c SET case_id = given.case_id"
        " FROM unnest($1::uuid[], $2::uuid[]) AS given (id, case_id) WHERE c.id = given.id AND c.case_id IS NULL",
        [concern for concern, _ in cases],
        [case for _, case in cases],
    )


async def save_replacement(case_id: UUID, replacement_case_id: UUID) -> None:
    await db.execute("UPDATE abuse_case SET replacement_case_id = $2 WHERE id = $1", case_id, replacement_case_id)


async def bar_the_near() -> list[Grown]:
    """Add to each case under way whoever has come too near since. Nobody once barred is let in again: a tie is easily
    declared ended, and the case knows who had one."""
    rows = await db.fetch(
        "WITH grown AS (SELECT c.id, ARRAY(SELECT unnest(too_near(c.recipient_id)) EXCEPT SELECT unnest(c.barred_ids))"
        "  AS fresh FROM abuse_case c WHERE c.status = 'open'), held AS (SELECT c.id, grown.fresh FROM abuse_case c"
        "  JOIN grown ON grown.id = c.id WHERE cardinality(grown.fresh) > 0 ORDER BY c.id FOR NO KEY UPDATE OF c)"
        " UPDATE abuse_case c SET barred_ids = ARRAY(SELECT DISTINCT unnest(c.barred_ids || held.fresh))"
        " FROM held WHERE c.id = held.id RETURNING c.id, c.replacement_case_id, held.fresh",
    )
    return [
        Grown(case_id=row["id"], replacement_case_id=row["replacement_case_id"], fresh=tuple(row["fresh"]))
        for row in rows
    ]


async def bar_from_replacement(replacement_case_id: UUID, account_ids: Collection[UUID]) -> None:
    """The replacement case that rests on the suspicion is kept from them, too."""
    await db.execute(
        "UPDATE replacement_case SET barred_ids = ARRAY(SELECT DISTINCT unnest(barred_ids || $2::uuid[]))"
        " WHERE id = $1 AND confidential",
        replacement_case_id,
        list(account_ids),
    )
