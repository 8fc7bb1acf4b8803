"""Suspicions: concerns of abuse become cases, on their own channel."""

from collections.abc import Mapping
from datetime import datetime

from caregivers.abuse.actions import open_cases
from workers.batches import until_none_is_full

_BATCH = 500


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: open_cases(now=now, limit=limit), batch=_BATCH)
