"""Purge: what is no longer kept of daily checks, readings and photos that never became whole."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from visits.daily.actions import purge_checks
from visits.photos.actions import purge_attachments
from visits.sensors.actions import purge_readings
from workers.batches import until_none_is_full

_BATCH = 5000
_PHOTOS = 500


async def run(now: datetime) -> Mapping[str, int]:
    gone: Counter[str] = Counter()
    gone += await until_none_is_full(lambda limit: purge_checks(now=now, limit=limit), batch=_BATCH)
    gone += await until_none_is_full(lambda limit: purge_readings(now=now, limit=limit), batch=_BATCH)
    gone += await until_none_is_full(lambda limit: purge_attachments(now=now, limit=limit), batch=_PHOTOS)
    return gone
