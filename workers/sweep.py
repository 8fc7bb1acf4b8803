"""The sweep: visits whose time is up are judged, and somebody is told."""

from collections.abc import Mapping
from datetime import datetime

from visits.actions import mark_missed
from workers.batches import until_none_is_full

_BATCH = 5000


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: mark_missed(now=now, limit=limit), batch=_BATCH)
