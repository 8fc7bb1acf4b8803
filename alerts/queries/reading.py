"""Alerts as people read them: a list by what happens next, and the whole story of one; always within their areas."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.duty import Duty
from alerts.alert import Alert
from alerts.explain import Fired, Happened, Story, Told
from alerts.queries.rows import AREA, COLUMNS, HANDLED, SEEN, alert, plain
from core import db

_LONGEST_STORY = 500  # notices or journal lines of one alert: the latest are shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An alert in a list."""

    alert: Alert
    area: str
    recipient_id: UUID | None
    resolved_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a list of alerts is narrowed by. `resolved`: the settled ones, latest first; else what happens next."""

    resolved: bool = False
    status: str | None = None
    severity: str | None = None
    kind: str | None = None
    area_id: int | None = None
    recipient_id: UUID | None = None
    mine: UUID | None = None


async def alerts_page(
    wanted: Wanted, *, area_ids: Collection[int], after: tuple[datetime, UUID] | None, limit: int
) -> list[Listed]:
    """Alerts in the caller's areas after a place in the list: (next_at or resolved_at, id)."""
    order, beyond = ("resolved_at", "<") if wanted.resolved else ("next_at", ">")
    rows = await db.fetch(
        f"SELECT {COLUMNS}, {AREA}, a.recipient_id, a.resolved_at, a.outcome FROM alert a"
        " LEFT JOIN area village ON village.id = a.area_id LEFT JOIN area township ON township.id = village.parent"
        f" WHERE (a.status = 'resolved') = $1 AND {SEEN.format('a', '$2')} AND {HANDLED}"
        f" AND ($3::timestamptz IS NULL OR (a.{order}, a.id) {beyond} ($3, $4::uuid))"
        " AND ($5::text IS NULL OR a.status = $5) AND ($6::text IS NULL OR a.severity = $6)"
        " AND ($7::text IS NULL OR a.kind = $7)"
        " AND ($8::int IS NULL OR a.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $8))"
        " AND ($9::uuid IS NULL OR a.recipient_id = $9)"
        " AND ($10::uuid IS NULL OR $10 IN (a.owner_id, a.returned_to, a.acknowledged_by)"
        " OR EXISTS (SELECT FROM notice n WHERE n.alert_id = a.id AND n.account_id = $10))"
        f" ORDER BY a.{order} {'DESC' if wanted.resolved else 'ASC'}, a.id {'DESC' if wanted.resolved else 'ASC'}"
        " LIMIT $11",
        wanted.resolved,
        list(area_ids),
        after[0] if after else None,
        after[1] if after else None,
        wanted.status,
        wanted.severity,
        wanted.kind,
        wanted.area_id,
        wanted.recipient_id,
        wanted.mine,
        limit,
    )
    return [
        Listed(
            alert=alert(row),
            area=row["area"],
            recipient_id=row["recipient_id"],
            resolved_at=row["resolved_at"],
            outcome=row["outcome"],
        )
        for row in rows
    ]


async def story_of(alert_id: UUID, *, area_ids: Collection[int]) -> Story | None:
    """Everything stored about an alert in the caller's areas; None for one elsewhere as for none at all."""
    row = await db.fetch_one(
        f"SELECT {COLUMNS}, {AREA}, a.occurrence, a.recipient_id, a.policy_id, a.facts, a.paused_by, a.pause_reason,"
        " a.returned_by, a.returned_at, a.return_reason, a.resolved_by, a.resolved_at, a.outcome, a.evidence"
        " FROM alert a LEFT JOIN area village ON village.id = a.area_id"
        " LEFT JOIN area township ON township.id = village.parent"
        f" WHERE a.id = $1 AND {SEEN.format('a', '$2')} AND {HANDLED}",
        alert_id,
        list(area_ids),
    )
    if row is None:
        return None
    return Story(
        alert=alert(row),
        **{name: row[name] for name in _AS_STORED},
        facts=plain(row["facts"]),
        evidence=plain(row["evidence"]),
        rungs=await _rungs(alert_id),
        told=await _told(alert_id),
        history=await _history(alert_id),
    )


_AS_STORED = (
    "occurrence",
    "area",
    "recipient_id",
    "policy_id",
    "paused_by",
    "pause_reason",
    "returned_by",
    "returned_at",
    "return_reason",
    "resolved_by",
    "resolved_at",
    "outcome",
)


async def _rungs(alert_id: UUID) -> list[Fired]:
    rows = await db.fetch(
        "SELECT rung, repeat, duty, fired_at, gap FROM alert_rung WHERE alert_id = $1"
        " ORDER BY rung DESC, repeat DESC LIMIT $2",
        alert_id,
        _LONGEST_STORY,
    )
    return [Fired(**{**row, "duty": Duty(row["duty"])}) for row in reversed(rows)]


async def _told(alert_id: UUID) -> list[Told]:
    rows = await db.fetch(
        "SELECT account_id, kind, channel, status, owed_at, tries, rung, repeat, covering_for, sent_at, read_at,"
        " last_error FROM notice WHERE alert_id = $1 ORDER BY owed_at DESC, id DESC LIMIT $2",
        alert_id,
        _LONGEST_STORY,
    )
    return [Told(**row) for row in reversed(rows)]


async def _history(alert_id: UUID) -> list[Happened]:
    rows = await db.fetch(
        "SELECT kind, at, by_account_id AS by, facts FROM journal WHERE subject_id = $1 AND kind LIKE 'alert.%'"
        " ORDER BY id DESC LIMIT $2",
        alert_id,
        _LONGEST_STORY,
    )
    return [Happened(**{**row, "facts": plain(row["facts"])}) for row in reversed(rows)]
