"""People, asked directly: who has not been seen for too long, whatever plans and slots say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import db
from recipients.queries.support import SUPPORTED
from visits.contact import Person
from visits.queries.contacts import CONTACT


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How long people of one risk in one district may go unseen, and how long after an absence one waits to look."""

    district_id: int
    risk: str
    longest_gap: timedelta
    return_check_within: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Unseen:
    """Somebody without a contact within the limit, and what else is known of them."""

    person: Person
    area_id: int
    district_id: int
    risk: str
    worker_id: UUID | None


_UNSEEN = f"""
    WITH lim AS (SELECT * FROM unnest($1::int[], $2::text[], $3::interval[], $4::interval[])
        AS l (district_id, risk, gap, return_within))
    SELECT r.id, r.area_id, r.district_id, r.risk, r.visit_worker_id, r.created_at,
        (SELECT max(c.made_at) FROM visit_report c
            WHERE c.recipient_id = r.id AND c.made_at <= $5 AND {CONTACT}) AS contact_at,
        (SELECT max(a.next_at) FROM alert a
            WHERE a.recipient_id = r.id AND a.kind = ANY ($6::text[]) AND a.status <> 'resolved') AS alert_next_at,
        (SELECT max(a.resolved_at) FROM alert a
            WHERE a.recipient_id = r.id AND a.kind = 'no_contact' AND a.resolved_by IS NOT NULL) AS answered_at,
        (SELECT max(least(b.ends_at, b.ended_at)) + l.return_within FROM absence b
            WHERE b.recipient = r.id AND b.confirmed_at IS NOT NULL
            AND greatest(b.starts_at, b.confirmed_at) <= least($5, b.ends_at, b.ended_at)) AS silenced_until
    FROM recipient r LEFT JOIN lim l ON l.district_id = r.district_id AND l.risk = r.risk
    WHERE {SUPPORTED}
        AND (l.gap IS NULL OR (r.created_at <= $5 - l.gap AND NOT EXISTS (SELECT FROM visit_report c
            WHERE c.recipient_id = r.id AND c.made_at > $5 - l.gap AND c.made_at <= $5 AND {CONTACT})))
"""


async def unseen(limits: Sequence[Limit], *, about: Sequence[str], now: datetime) -> list[Unseen]:
    """Everybody dispersed, alive and eligible who was not met within the limit. `about`: alerts of not being seen.

    Reads the register and the reports only: neither plans nor slots, which might be what is wrong. Who has no limit,
    because nobody knows their risk, is unseen.
    """
    rows = await db.fetch(
        _UNSEEN,
        [one.district_id for one in limits],
        [one.risk for one in limits],
        [one.longest_gap for one in limits],
        [one.return_check_within for one in limits],
        now,
        list(about),
    )
    return [_unseen(row) for row in rows]


def _unseen(row: Any) -> Unseen:
    return Unseen(
        person=Person(
            recipient_id=row["id"],
            registered_at=row["created_at"],
            contact_at=row["contact_at"],
            alert_next_at=row["alert_next_at"],
            answered_at=row["answered_at"],
            silenced_until=row["silenced_until"],
        ),
        area_id=row["area_id"],
        district_id=row["district_id"],
        risk=row["risk"],
        worker_id=row["visit_worker_id"],
    )


async def answered_unnoticed(about: Sequence[str], *, now: datetime) -> list[UUID]:
    """What unresolved alerts are about whose person has been met since: evidence that crossed with them."""
    rows = await db.fetch(
        "SELECT a.subject_id FROM alert a WHERE a.status <> 'resolved' AND a.kind = ANY ($1::text[])"
        " AND a.recipient_id IS NOT NULL AND a.subject_id IS NOT NULL AND EXISTS (SELECT FROM visit_report c"
        "  WHERE c.recipient_id = a.recipient_id AND c.made_at > (a.facts->>'since')::timestamptz AND c.made_at <= $2"
        f"  AND {CONTACT})",
        list(about),
        now,
    )
    return [row["subject_id"] for row in rows]
