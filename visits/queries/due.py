"""How long the oldest visit that is due for judging has waited: what the watchdog measures instead of processes."""

from datetime import datetime

from core import db


async def oldest_overdue(*, now: datetime) -> datetime | None:
    """Since when the longest overdue visit has waited to be judged; None when none does.

    One in quarantine waits for a human, who has been told, and not for the sweep.
    """
    found: datetime | None = await db.fetch_value(
        "SELECT v.missed_after FROM visit v WHERE v.status = 'open' AND v.missed_after <= $1"
        " AND NOT EXISTS (SELECT FROM quarantined q WHERE q.subject_id = v.id AND q.released_at IS NULL)"
        " ORDER BY v.missed_after LIMIT 1",
        now,
    )
    return found
