"""Decisions: replacement cases undecided or not handed over in time."""

from collections.abc import Mapping
from datetime import datetime

from caregivers.replacement.actions import watch_decisions
from workers.batches import until_none_is_full

_BATCH = 1000


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: watch_decisions(now=now, limit=limit), batch=_BATCH)
