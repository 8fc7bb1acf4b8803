"""Windows: the curtain and lamp checks of today and tomorrow, laid ahead."""

from collections.abc import Mapping
from datetime import datetime

from visits.daily.actions import lay_checks
from workers.batches import until_none_is_full

_BATCH = 5000


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: lay_checks(now=now, limit=limit), batch=_BATCH, at_most=20)
