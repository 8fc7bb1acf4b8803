"""Rosters that will be empty: whoever stands above a gap hears of it days before it opens."""

from collections.abc import Mapping
from datetime import datetime

from alerts.actions.gaps import notice_gaps
from workers.senders import outside


async def run(now: datetime) -> Mapping[str, int]:
    """One look over every duty of every district in use."""
    return await notice_gaps(now=now, console=outside().console)
