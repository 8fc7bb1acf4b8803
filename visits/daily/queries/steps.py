"""Steps of the fast ladder as stored, and what of an alert they need. Append-only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.queries.rows import HANDLED, SEEN
from core import db
from visits.daily.emergency import Result, Step, Taken


@dataclass(frozen=True, kw_only=True, slots=True)
class Emergency:
    """An alert as far as the fast ladder goes. `policy_id`: the version it opened under.

    Whoever sees the person after `since` has answered it.
    """

    alert_id: UUID
    kind: str
    status: str
    rung: int
    area_id: int
    recipient_id: UUID | None
    policy_id: UUID | None
    opened_at: datetime
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredStep:
    """A step with its note, for those who see the alert."""

    id: UUID
    alert_id: UUID
    taken: Taken
    note: str


async def emergency(alert_id: UUID, *, area_ids: Collection[int]) -> Emergency | None:
    """An alert of the caller's areas that is not kept from them."""
    row = await db.fetch_one(
        "SELECT a.id AS alert_id, a.kind, a.status, a.rung, a.area_id, a.recipient_id, a.policy_id, a.opened_at,"
        " coalesce((a.facts->>'since')::timestamptz, a.opened_at) AS since FROM alert a"
        f" WHERE a.id = $1 AND {SEEN.format('a', '$2')} AND {HANDLED}",
        alert_id,
        list(area_ids),
    )
    return Emergency(**row) if row else None


async def steps_of(alert_id: UUID) -> list[StoredStep]:
    """In the order they became known."""
    rows = await db.fetch(f"{_STEPS} WHERE alert_id = $1 ORDER BY logged_at, id", alert_id)
    return [_step(row) for row in rows]


async def alone(alert_id: UUID, account_id: UUID, *, but: UUID) -> bool:
    """Whether others than this step were taken of this alert, and all of them by this account."""
    found: bool | None = await db.fetch_value(
        "SELECT bool_and(by_account_id = $2) FROM emergency_step WHERE alert_id = $1 AND id <> $3",
        alert_id,
        account_id,
        but,
    )
    return bool(found)


async def step_known(step_id: UUID) -> StoredStep | None:
    row = await db.fetch_one(f"{_STEPS} WHERE id = $1", step_id)
    return _step(row) if row else None


async def add_step(
    step_id: UUID,
    found: Emergency,
    *,
    step: Step,
    result: Result,
    note: str,
    made_at: datetime,
    by: UUID,
    now: datetime,
) -> bool:
    """Store a step; False where its id is used already, be it where the caller sees nothing."""
    return bool(
        await db.execute(
            "INSERT INTO emergency_step (id, alert_id, recipient_id, area_id, step, result, note, by_account_id,"
            " made_at, logged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING",
            step_id,
            found.alert_id,
            found.recipient_id,
            found.area_id,
            step,
            result,
            note,
            by,
            made_at,
            now,
        )
    )


_STEPS = "SELECT id, alert_id, step, result, note, by_account_id, made_at, logged_at FROM emergency_step"


def _step(row: Any) -> StoredStep:
    taken = Taken(
        step=row["step"],
        result=row["result"],
        made_at=row["made_at"],
        logged_at=row["logged_at"],
        by=row["by_account_id"],
    )
    return StoredStep(id=row["id"], alert_id=row["alert_id"], taken=taken, note=row["note"])
