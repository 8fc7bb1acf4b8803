"""Storing new alerts: many in one statement, each happening once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec

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
    """Insert alerts that have just opened; the ids of those whose happening had no alert yet.

    What alerts have alike, the ladder above all, is sent once: a sweep after an outage opens thousands.
    """
    sorts = {id(row.alike): (row.alike, row.policy_id) for row in rows}
    places = {key: place for place, key in enumerate(sorts, start=1)}
    alike = [alert for alert, _ in sorts.values()]
    found = await db.fetch(
        "INSERT INTO alert (id, occurrence, kind, severity, status, urgent, high_risk, area_id, district_id,"
        " recipient_id, subject_id, owner_id, policy_id, ladder, facts, opened_at, rung, repeat, next_at, resolve_by,"
        " confidential, barred_ids)"
        " SELECT id, occurrence, kind, severity, 'open', urgent, high_risk, area_id, district_id, recipient_id,"
        " subject_id, owner_id, policy_id, ladder, facts, opened_at, -1, 0, next_at, resolve_by, confidential,"
        " ARRAY(SELECT jsonb_array_elements_text(barred))::uuid[]"
        " FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::int[], $6::uuid[], $7::uuid[], $8::uuid[],"
        " $9::jsonb[], $10::bool[], $11::jsonb[]) AS opened (id, occurrence, place, area_id, district_id, recipient_id,"
        " subject_id, owner_id, facts, confidential, barred) JOIN unnest($12::text[], $13::text[], $14::bool[],"
        " $15::bool[], $16::uuid[], $17::jsonb[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])"
        " WITH ORDINALITY AS alike (kind, severity, urgent, high_risk, policy_id, ladder, opened_at, next_at,"
        " resolve_by, place) USING (place)"
        " ON CONFLICT (occurrence) DO NOTHING RETURNING id",
        [row.id for row in rows],
        [row.new.occurrence for row in rows],
        [places[id(row.alike)] for row in rows],
        [row.new.area_id for row in rows],
        [row.new.district_id for row in rows],
        [row.new.recipient_id for row in rows],
        [row.new.subject_id for row in rows],
        [row.new.owner_id for row in rows],
        [text(row.new.facts) for row in rows],
        [row.new.confidential for row in rows],
        [msgspec.json.encode(row.new.barred_ids).decode() for row in rows],
        [alert.kind for alert in alike],
        [alert.severity for alert in alike],
        [alert.urgent for alert in alike],
        [alert.high_risk for alert in alike],
        [policy_id for _, policy_id in sorts.values()],
        [ladder_json(alert.ladder) for alert in alike],
        [alert.opened_at for alert in alike],
        [alert.next_at for alert in alike],
        [alert.resolve_by for alert in alike],
    )
    return {row["id"] for row in found}
