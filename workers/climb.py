"""Climb: fire every rung whose time has come."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from alerts import actions
from workers.senders import outside

_BATCH = 2000
_BATCHES_A_ROUND = 20  # a round stays below a job's 50 seconds; the next one goes on where it ended


async def run(now: datetime) -> Mapping[str, int]:
    """Move what is due, batch by batch, each its own transaction."""
    counts: Counter[str] = Counter()
    for _ in range(_BATCHES_A_ROUND):
        moved = await actions.climb(now=now, limit=_BATCH, console=outside().console)
        counts += moved
        if moved["claimed"] < _BATCH:
            break
    return counts
