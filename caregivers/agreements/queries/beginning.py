"""Agreements everybody has signed whose first day has come, and what the clock may know of their caregivers."""

from datetime import date, datetime, timedelta
from uuid import UUID

from caregivers.people.checks import RecordCheck
from caregivers.people.suitability import SuitabilityFacts
from core import db

_RESTS_FOR = timedelta(minutes=15)


async def signed_and_due(job: str, *, today: date, now: datetime, limit: int) -> list[UUID]:
    """Oldest first; not those that wait for a decision, nor those that lie in quarantine for a while."""
    rows = await db.fetch(
        "SELECT a.id FROM agreement a WHERE a.status = 'pending_signatures' AND $1 BETWEEN a.starts_on AND a.ends_on"
        " AND (SELECT count(*) FROM signature s WHERE s.agreement_id = a.id) = 4 AND NOT awaits_decision(a.id)"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.job = $4 AND q.subject_id = a.id"
        "  AND q.released_at IS NULL AND q.at > $2) ORDER BY a.starts_on, a.id LIMIT $3",
        today,
        now - _RESTS_FOR,
        limit,
        job,
    )
    return [row["id"] for row in rows]


async def facts_by_clock(agreement_id: UUID, on: date) -> SuitabilityFacts | None:
    """The facts as far as ids, dates and words tell them; whether two people are one was asked before they signed."""
    row = await db.fetch_one(
        "WITH same AS (SELECT same_caregivers(a.caregiver_id) AS id FROM agreement a WHERE a.id = $1),"
        " others AS (SELECT DISTINCT o.recipient_id FROM agreement o, agreement a WHERE a.id = $1"
        "  AND o.caregiver_id IN (SELECT id FROM same) AND o.status IN ('active', 'suspended')"
        "  AND o.recipient_id <> a.recipient_id AND o.id IS DISTINCT FROM a.renewal_of)"
        " SELECT c.kind, c.status, c.born_on, c.without_capacity, c.id_index IS NOT NULL AS id_number_known,"
        " a.caregiver_id,"
        " coalesce(p.status = 'ended', false) AS provider_ended, r.self_care AS recipient_self_care,"
        " 'minor' = ANY (r.categories) AS recipient_is_minor, (SELECT count(*) FROM others)::int AS load,"
        " EXISTS (SELECT FROM others JOIN recipient x ON x.id = others.recipient_id WHERE x.self_care = 'full')"
        "  AS has_full_care,"
        " EXISTS (SELECT FROM caregiver v WHERE v.id IN (SELECT id FROM same) AND v.account_id = r.visit_worker_id)"
        "  AS visits_recipient,"
        " EXISTS (SELECT FROM bar b WHERE b.lifted_at IS NULL AND b.from_on <= $2 AND (b.until_on IS NULL"
        "  OR $2 < b.until_on) AND b.district_id = c.district_id AND (b.id_index = c.id_index"
        "  OR b.caregiver_id IN (SELECT id FROM same))) AS barred"
        " FROM agreement a JOIN caregiver c ON c.id = a.caregiver_id JOIN recipient r ON r.id = a.recipient_id"
        " LEFT JOIN provider p ON p.id = c.provider_id WHERE a.id = $1",
        agreement_id,
        on,
    )
    if row is None:
        return None
    told = dict(row)
    caregiver_id = told.pop("caregiver_id")
    return SuitabilityFacts(**told, checks=tuple(await _checks(caregiver_id)), is_recipient=False)


async def _checks(caregiver_id: UUID) -> list[RecordCheck]:
    rows = await db.fetch(
        "SELECT id, kind, clear, checked_on, expires_on FROM record_check WHERE caregiver_id = $1", caregiver_id
    )
    return [RecordCheck(**row) for row in rows]
