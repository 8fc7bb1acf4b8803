"""Keeping confidential alerts from people who turn out to be too near."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from core import db

KEPT_FROM = "不再由此人办理"


async def add_barred(subject_ids: Sequence[UUID], account_ids: Collection[UUID], *, now: datetime) -> list[UUID]:
    """Bar these accounts from the confidential alerts about these subjects; the ids of the alerts.

    What one of them did to keep such an alert quiet holds no longer: it moves on at once.
    """
    rows = await db.fetch(
        "WITH chosen AS (SELECT id, acknowledged_by = ANY ($2::uuid[]) AND status = 'acknowledged' AS taken,"
        "  paused_by = ANY ($2::uuid[]) AND paused_until IS NOT NULL AS rested"
        "  FROM alert WHERE subject_id = ANY ($1::uuid[]) AND confidential ORDER BY id FOR UPDATE)"
        " UPDATE alert a SET barred_ids = ARRAY(SELECT DISTINCT unnest(a.barred_ids || $2::uuid[])),"
        " status = CASE WHEN c.taken THEN 'open' ELSE a.status END,"
        " acknowledged_by = CASE WHEN c.taken THEN NULL ELSE a.acknowledged_by END,"
        " acknowledged_at = CASE WHEN c.taken THEN NULL ELSE a.acknowledged_at END,"
        " acknowledged_until = CASE WHEN c.taken THEN NULL ELSE a.acknowledged_until END,"
        " acknowledged_rank = CASE WHEN c.taken THEN NULL ELSE a.acknowledged_rank END,"
        " paused_until = CASE WHEN c.rested THEN NULL ELSE a.paused_until END,"
        " next_at = CASE WHEN a.status <> 'resolved' AND (c.taken OR c.rested) THEN $3 ELSE a.next_at END"
        " FROM chosen c WHERE a.id = c.id RETURNING a.id",
        list(subject_ids),
        list(account_ids),
        now,
    )
    return [row["id"] for row in rows]


async def withdraw_from(alert_ids: Sequence[UUID], account_ids: Collection[UUID]) -> int:
    """Take back what is still owed to these accounts about these alerts."""
    return await db.execute(
        "UPDATE notice SET status = 'withdrawn', next_try_at = NULL, lease_until = NULL, last_error = $3"
        " WHERE status = 'owed' AND id IN (SELECT id FROM notice WHERE alert_id = ANY ($1::uuid[])"
        " AND account_id = ANY ($2::uuid[]) AND status = 'owed' ORDER BY id FOR UPDATE)",
        list(alert_ids),
        list(account_ids),
        KEPT_FROM,
    )
