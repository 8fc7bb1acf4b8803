"""Absences that have run out: their end is written down, so that the journal and the return checks know of it."""

from collections.abc import Mapping
from datetime import datetime

from recipients.actions import end_absences


async def run(now: datetime) -> Mapping[str, int]:
    """Batch after batch until none is left."""
    ended = 0
    while batch := await end_absences(now=now):
        ended += batch
    return {"ended": ended}
