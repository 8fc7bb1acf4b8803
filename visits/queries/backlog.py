"""What is due and not judged, as a count: what monitoring reads, with the jobs' eyes."""

from datetime import datetime

from core import db


async def overdue(now: datetime) -> int:
    """Visits whose grace has ended and which no sweep has judged yet. More than a few means the sweep stands still."""
    count: int = await db.fetch_value(
        "SELECT count(*) FROM visit WHERE status = 'open' AND missed_after < $1 AND reason <> 'canary'", now
    )
    return count
