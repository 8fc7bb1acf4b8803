"""Storing new alerts: many in one statement, each happening once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from alerts.alert import Alert
from alerts.opening import NewAlert
from alerts.queries.rows import ladder_json, text
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """An alert to store: what happened, what the policy made of its like, and that policy's id (None: the default)."""

    id: UUID
    new: NewAlert
    alike: Alert
    policy_id: UUID | None


async def add_alerts(rows: Sequence[Row]) -> set[UUID]:
    """Insert alerts that have just opened; the ids of those whose happening had no alert yet."""
    alerts = [row.alike for row in rows]
    ladders = {id(alert.ladder): alert.ladder for alert in alerts}
    texts = {key: ladder_json(ladder) for key, ladder in ladders.items()}
    found = await db.fetch(
        "INSERT INTO alert (id, occurrence, kind, severity, status, urgent, high_risk, area_id, district_id,"
        " recipient_id, subject_id, owner_id, policy_id, ladder, facts, opened_at, rung, repeat, next_at, resolve_by)"
        " SELECT id, occurrence, kind, severity, 'open', urgent, high_risk, area_id, district_id, recipient_id,"
        " subject_id, owner_id, policy_id, ladder, facts, opened_at, -1, 0, next_at, resolve_by"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::bool[], $7::int[], $8::int[],"
        " $9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[], $13::jsonb[], $14::jsonb[], $15::timestamptz[],"
        " $16::timestamptz[], $17::timestamptz[]) AS opened (id, occurrence, kind, severity, urgent, high_risk,"
        " area_id, district_id, recipient_id, subject_id, owner_id, policy_id, ladder, facts, opened_at, next_at,"
        " resolve_by)"
        " ON CONFLICT (occurrence) DO NOTHING RETURNING id",
        [row.id for row in rows],
        [row.new.occurrence for row in rows],
        [alert.kind for alert in alerts],
        [alert.severity for alert in alerts],
        [alert.urgent for alert in alerts],
        [alert.high_risk for alert in alerts],
        [row.new.area_id for row in rows],
        [row.new.district_id for row in rows],
        [row.new.recipient_id for row in rows],
        [row.new.subject_id for row in rows],
        [row.new.owner_id for row in rows],
        [row.policy_id for row in rows],
        [texts[id(alert.ladder)] for alert in alerts],
        [text(row.new.facts) for row in rows],
        [alert.opened_at for alert in alerts],
        [alert.next_at for alert in alerts],
        [alert.resolve_by for alert in alerts],
    )
    return {row["id"] for row in found}
