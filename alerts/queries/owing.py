"""Storing notices: each owed once to one person on each of their channels."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from alerts.notices import INBOX, NewNotice
from alerts.queries.rows import text
from core import db
from core.ids import new_id


async def channels_of(account_ids: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The channels each account is reached on besides the inbox; nobody without one."""
    rows = await db.fetch(
        "SELECT account, array_agg(DISTINCT channel ORDER BY channel) AS channels FROM account_channel"
        " WHERE account = ANY ($1::uuid[]) AND ended_at IS NULL GROUP BY account",
        list(account_ids),
    )
    return {row["account"]: tuple(row["channels"]) for row in rows}


async def add_notices(new: Sequence[NewNotice], channels: Mapping[UUID, Collection[str]], *, now: datetime) -> int:
    """Insert what is owed; the inbox row is its own delivery. What was owed before stays; how many were new."""
    rows = [(one, channel) for one in new for channel in (INBOX, *channels.get(one.account_id, ()))]
    if not rows:
        return 0
    return await db.execute(
        "INSERT INTO notice (id, occurrence, kind, severity, urgent, alert_id, rung, repeat, account_id,"
        " covering_for, channel, area_id, facts, owed_at, status, next_try_at, tries, sent_at)"
        " SELECT id, occurrence, kind, severity, urgent, alert_id, rung, repeat, account_id, covering_for, channel,"
        " area_id, facts, $15::timestamptz, CASE WHEN send_after IS NULL THEN 'sent' ELSE 'owed' END, send_after, 0,"
        " CASE WHEN send_after IS NULL THEN $15::timestamptz END"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bool[], $6::uuid[], $7::int[], $8::int[],"
        " $9::uuid[], $10::uuid[], $11::text[], $12::int[], $13::jsonb[], $14::timestamptz[]) AS new (id, occurrence,"
        " kind, severity, urgent, alert_id, rung, repeat, account_id, covering_for, channel, area_id, facts,"
        " send_after)"
        " ON CONFLICT DO NOTHING",  # naming the columns would demand to read what is owed to others
        [new_id() for _ in rows],
        [one.occurrence for one, _ in rows],
        [one.kind for one, _ in rows],
        [one.severity for one, _ in rows],
        [one.urgent for one, _ in rows],
        [one.alert_id for one, _ in rows],
        [one.rung for one, _ in rows],
        [one.repeat for one, _ in rows],
        [one.account_id for one, _ in rows],
        [one.covering_for for one, _ in rows],
        [channel for _, channel in rows],
        [one.area_id for one, _ in rows],
        [text(one.facts) for one, _ in rows],
        [None if channel == INBOX else one.send_after or now for one, channel in rows],
        now,
    )
