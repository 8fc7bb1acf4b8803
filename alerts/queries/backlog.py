"""What is owed and not done, as counts and ages: what monitoring reads, with the jobs' eyes."""

from datetime import datetime

from core import db


async def unacknowledged() -> dict[str, int]:
    """Open alerts nobody has acknowledged, by severity.

    The machine's own canaries do not count, and neither does what is confidential: a number gives it away.
    """
    counts = dict.fromkeys(("critical", "serious", "general"), 0)
    rows = await db.fetch(
        "SELECT severity, count(*) FROM alert WHERE status = 'open' AND kind <> 'canary' AND NOT confidential"
        " GROUP BY severity"
    )
    return counts | {row["severity"]: row["count"] for row in rows}


async def oldest_owed_notice() -> datetime | None:
    """When the notice that waits longest was owed; None when none waits."""
    found: datetime | None = await db.fetch_value("SELECT min(owed_at) FROM notice WHERE status = 'owed'")
    return found
