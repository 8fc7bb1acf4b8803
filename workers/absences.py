"""Absences that have run out: their end is written down, so that the journal and the return checks know of it."""

from collections.abc import Mapping
from datetime import datetime

from recipients.actions import end_absences

_BATCH = 5000  # absences a transaction


async def run(now: datetime) -> Mapping[str, int]:
    """Batch after batch until one is not full."""
    ended = 0
    while True:
        batch = await end_absences(now=now, limit=_BATCH)
        ended += batch
        if batch < _BATCH:
            return {"ended": ended}
