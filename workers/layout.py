"""Laying out: plans and the visits ahead, until everybody has what they need."""

from collections.abc import Mapping
from datetime import datetime

from visits.actions import lay_out
from workers.batches import until_none_is_full

_BATCH = 500
_BATCHES_A_ROUND = 50


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: lay_out(now=now, limit=limit), batch=_BATCH, at_most=_BATCHES_A_ROUND)
