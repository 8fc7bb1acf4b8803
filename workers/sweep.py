"""The sweep: visits whose time is up are judged, and somebody is told."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from visits.actions import mark_missed

_BATCH = 5000
_BATCHES_A_ROUND = 10  # a round stays below a job's 50 seconds; the next one goes on where it ended


async def run(now: datetime) -> Mapping[str, int]:
    """Batch after batch, each a transaction of its own, so that the first alerts do not wait for the last."""
    counts: Counter[str] = Counter()
    for _ in range(_BATCHES_A_ROUND):
        found = await mark_missed(now=now, limit=_BATCH)
        counts += found
        if found["claimed"] < _BATCH and found["known_missed"] < _BATCH:
            break
    return counts
