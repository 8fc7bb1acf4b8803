"""Sensors: what they witness of windows about to close, and those that have fallen silent."""

from collections.abc import Mapping
from datetime import datetime

from visits.sensors.actions import watch_sensors, witness_windows
from workers.batches import until_none_is_full

_BATCH = 1000


async def run(now: datetime) -> Mapping[str, int]:
    witnessed = await witness_windows(now=now)
    return witnessed + await until_none_is_full(lambda limit: watch_sensors(now=now, limit=limit), batch=_BATCH)
