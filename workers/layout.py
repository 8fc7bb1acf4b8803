"""Laying out: plans and the visits ahead, until everybody has what they need."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from visits.actions import lay_out

_BATCH = 500
_BATCHES_A_ROUND = 50  # a round stays below a job's 50 seconds; the next one goes on where it ended


async def run(now: datetime) -> Mapping[str, int]:
    """Batch after batch, each a transaction of its own."""
    counts: Counter[str] = Counter()
    for _ in range(_BATCHES_A_ROUND):
        found = await lay_out(now=now, limit=_BATCH)
        counts += found
        if found["claimed"] < _BATCH and found["checks"] < _BATCH:
            break
    return counts
