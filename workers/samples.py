"""Samples: last month's share of visits to ask about, complaints, and call-backs that are late."""

from collections.abc import Mapping
from datetime import datetime

from visits.evidence.actions import draw_samples
from workers.batches import until_none_is_full

_BATCH = 500


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: draw_samples(now=now, limit=limit), batch=_BATCH)
