"""Cover: people without anybody to care for them; agreements and temporary care that end."""

from collections.abc import Mapping
from datetime import datetime

from caregivers.agreements.actions import settle_cover
from workers.batches import until_none_is_full

_BATCH = 5000


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: settle_cover(now=now, limit=limit), batch=_BATCH)
