"""Assessments: those that are due, late, objected to, or final."""

from collections.abc import Mapping
from datetime import datetime

from caregivers.assessment.actions import watch_assessments
from workers.batches import until_none_is_full

_BATCH = 1000


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: watch_assessments(now=now, limit=limit), batch=_BATCH)
