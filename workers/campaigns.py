"""Campaigns: visits for everybody chosen who has none yet, and an end at the deadline."""

from collections.abc import Mapping
from datetime import datetime

from visits.campaigns.actions import lay_campaigns
from workers.batches import until_none_is_full

_BATCH = 5000


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: lay_campaigns(now=now, limit=limit), batch=_BATCH)
