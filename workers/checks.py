"""Checks: the day's windows laid ahead, and each judged as soon as there is something to judge it by."""

from collections.abc import Mapping
from datetime import datetime

from visits.daily.actions import lay_checks, settle_checks
from workers.batches import until_none_is_full

_BATCH = 5000


async def run(now: datetime) -> Mapping[str, int]:
    """What is over comes first: somebody may be lying there."""
    settled = await until_none_is_full(lambda limit: settle_checks(now=now, limit=limit), batch=_BATCH)
    return settled + await until_none_is_full(lambda limit: lay_checks(now=now, limit=limit), batch=_BATCH)
