"""Resolving alerts, by evidence or by hand, and what is still owed about them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.queries.rows import text
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """What settling needs to know of an alert that has just been resolved."""

    id: UUID
    kind: str
    severity: str
    area_id: int
    rung: int
    confidential: bool


async def resolve_subjects(
    subject_ids: Sequence[UUID],
    *,
    kinds: Collection[str],
    outcome: str,
    evidence: Mapping[str, Any],
    by: UUID | None,
    now: datetime,
) -> list[Resolved]:
    """Resolve what is unresolved of these kinds about these subjects; a climb under way is waited for."""
    return await _resolve(
        "SELECT id FROM alert WHERE subject_id = ANY ($5::uuid[]) AND kind = ANY ($6::text[])"
        " AND status <> 'resolved' ORDER BY id FOR UPDATE",
        (outcome, text(evidence), by, now, list(subject_ids), list(kinds)),
    )


async def resolve_alert(
    alert_id: UUID, *, outcome: str, evidence: Mapping[str, Any], by: UUID, now: datetime
) -> list[Resolved]:
    """Resolve one alert, if it is still unresolved."""
    return await _resolve("SELECT $5::uuid AS id", (outcome, text(evidence), by, now, alert_id))


async def _resolve(chosen: str, values: tuple[Any, ...]) -> list[Resolved]:
    rows = await db.fetch(
        f"WITH chosen AS ({chosen})"
        " UPDATE alert a SET status = 'resolved', next_at = NULL, outcome = $1, evidence = $2::jsonb,"
        " resolved_by = $3::uuid, resolved_at = $4::timestamptz"
        " FROM chosen WHERE a.id = chosen.id AND a.status <> 'resolved'"
        " RETURNING a.id, a.kind, a.severity, a.area_id, a.rung, a.confidential",
        *values,
    )
    return [Resolved(**row) for row in rows]


async def withdraw_notices(alert_ids: Sequence[UUID], *, reason: str) -> int:
    """Take back what is still owed about these alerts.

    A statement of its own, after the alerts are locked: only then are the notices of a climb under way all visible.
    """
    return await db.execute(
        "UPDATE notice SET status = 'withdrawn', next_try_at = NULL, lease_until = NULL, last_error = $2"
        " WHERE status = 'owed' AND id IN (SELECT id FROM notice WHERE alert_id = ANY ($1::uuid[])"
        " AND status = 'owed' ORDER BY id FOR UPDATE)",
        list(alert_ids),
        reason,
    )


async def told_of(alert_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """Who was told of which alert: (alert, account), each pair once; whoever was barred from it since is left out."""
    rows = await db.fetch(
        "SELECT DISTINCT n.alert_id, n.account_id FROM notice n JOIN alert a ON a.id = n.alert_id"
        " WHERE n.alert_id = ANY ($1::uuid[])"
        " AND NOT (a.confidential AND n.account_id = ANY (a.barred_ids || too_near(a.recipient_id))) ORDER BY 1, 2",
        list(alert_ids),
    )
    return [(row["alert_id"], row["account_id"]) for row in rows]
