"""Climb: fire every rung whose time has come."""

from collections.abc import Mapping
from datetime import datetime

from alerts import actions
from workers.batches import until_none_is_full
from workers.senders import outside

_BATCH = 2000
_BATCHES_A_ROUND = 20


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(
        lambda limit: actions.climb(now=now, limit=limit, console=outside().console),
        batch=_BATCH,
        at_most=_BATCHES_A_ROUND,
    )
