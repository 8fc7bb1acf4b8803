"""Orders: deadlines that pass, looks at the door to plan, failures to count, hazards nobody attends to."""

from collections.abc import Mapping
from datetime import datetime

from caregivers.rectification.actions import watch_orders
from workers.batches import until_none_is_full

_BATCH = 2000  # each agreement judged takes a lock of its own, and a server has some thousands


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: watch_orders(now=now, limit=limit), batch=_BATCH)
