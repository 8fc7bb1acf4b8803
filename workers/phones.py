"""Phones: those with tasks that have fallen silent, or hold what they cannot get rid of."""

from collections.abc import Mapping
from datetime import datetime

from visits.sync.actions import watch_phones


async def run(now: datetime) -> Mapping[str, int]:
    return {"told": await watch_phones(now)}
