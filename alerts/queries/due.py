"""How long the oldest due alert and notice have waited: what the watchdog measures instead of processes."""

from datetime import datetime

from core import db


async def oldest_due_alert(*, now: datetime) -> datetime | None:
    """Since when the alert that should have moved longest ago has waited; None when none does."""
    found: datetime | None = await db.fetch_value(
        "SELECT next_at FROM alert WHERE next_at <= $1 ORDER BY next_at LIMIT 1", now
    )
    return found


async def oldest_due_notice(*, now: datetime) -> datetime | None:
    """Since when the notice that should have gone out longest ago has waited; None when none does.

    One being sent waits for its provider; when its lease runs out it waits for the next sender, from then on.
    """
    found: datetime | None = await db.fetch_value(
        "SELECT greatest(next_try_at, lease_until) FROM notice WHERE status = 'owed' AND next_try_at <= $1"
        " AND (lease_until IS NULL OR lease_until <= $1) ORDER BY next_try_at LIMIT 1",
        now,
    )
    return found
