"""The climb in sets: claim what is due, store rungs, gaps and the alerts' new places, a few statements a batch."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.alert import Alert
from alerts.ladder import Climb, Firing
from alerts.queries import rows
from core import db
from core.ids import new_id


async def claim_due(*, now: datetime, limit: int) -> list[Mapping[str, Any]]:
    """Lock alerts whose time has come and nobody else is moving, the longest overdue first. Rows, not yet read."""
    return await db.fetch(
        f"SELECT {rows.COLUMNS} FROM alert a WHERE a.next_at <= $1 ORDER BY a.next_at LIMIT $2 FOR UPDATE SKIP LOCKED",
        now,
        limit,
    )


def read_due(row: Mapping[str, Any]) -> Alert:
    """The alert of a claimed row; any ordinary exception where the row makes no sense."""
    return rows.alert(row)


async def add_rungs(fired: Sequence[tuple[Alert, Firing]], *, now: datetime) -> None:
    """Insert the firings. One that is stored already is an error: it would be told twice."""
    if not fired:
        return
    await db.execute(
        "INSERT INTO alert_rung (id, alert_id, area_id, rung, repeat, duty, fired_at, gap)"
        " SELECT id, alert_id, area_id, rung, repeat, duty, $8::timestamptz, gap"
        " FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::int[], $6::text[], $7::bool[])"
        " AS fired (id, alert_id, area_id, rung, repeat, duty, gap)",
        [new_id() for _ in fired],
        [alert.id for alert, _ in fired],
        [alert.area_id for alert, _ in fired],
        [firing.rung for _, firing in fired],
        [firing.repeat for _, firing in fired],
        [firing.duty.value for _, firing in fired],
        [firing.gap for _, firing in fired],
        now,
    )


async def add_gaps(found: Sequence[tuple[Alert, Firing]], *, now: datetime) -> None:
    """Record that nobody held a duty: once an area, duty and moment, however many alerts found it."""
    if not found:
        return
    await db.execute(
        "INSERT INTO roster_gap (id, area_id, duty, found, starts_at, alert_id, noticed_at)"
        " SELECT id, area_id, duty, 'fired', $5::timestamptz, alert_id, $5::timestamptz"
        " FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[]) AS gap (id, area_id, duty, alert_id)"
        " ON CONFLICT (area_id, duty, found, starts_at) DO NOTHING",
        [new_id() for _ in found],
        [alert.area_id for alert, _ in found],
        [firing.duty.value for _, firing in found],
        [alert.id for alert, _ in found],
        now,
    )


async def save_climbs(climbs: Sequence[tuple[Alert, Climb]], *, now: datetime) -> int:
    """Store where each alert stands now. A firing ends the acknowledgement before it; a pause that ended is cleared."""
    if not climbs:
        return 0
    return await db.execute(
        "UPDATE alert a SET status = moved.status, rung = moved.rung, repeat = moved.repeat, next_at = moved.next_at,"
        " fired_at = CASE WHEN moved.fired THEN $8::timestamptz ELSE a.fired_at END,"
        " acknowledged_by = CASE WHEN moved.fired THEN NULL ELSE a.acknowledged_by END,"
        " acknowledged_at = CASE WHEN moved.fired THEN NULL ELSE a.acknowledged_at END,"
        " acknowledged_until = CASE WHEN moved.fired THEN NULL ELSE a.acknowledged_until END,"
        " acknowledged_rank = CASE WHEN moved.fired THEN NULL ELSE a.acknowledged_rank END,"
        " paused_until = CASE WHEN moved.resumed THEN NULL ELSE a.paused_until END"
        " FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::bool[], $7::bool[])"
        " AS moved (id, status, rung, repeat, next_at, fired, resumed) WHERE a.id = moved.id",
        [alert.id for alert, _ in climbs],
        [climb.status for _, climb in climbs],
        [climb.rung for _, climb in climbs],
        [climb.repeat for _, climb in climbs],
        [climb.next_at for _, climb in climbs],
        [bool(climb.firings) for _, climb in climbs],
        [climb.resumed for _, climb in climbs],
        now,
    )


async def put_off(alert_id: UUID, *, until: datetime) -> None:
    """Look at an alert again later, its place unchanged: for one that could not be judged."""
    await db.execute("UPDATE alert SET next_at = $2 WHERE id = $1 AND status <> 'resolved'", alert_id, until)
