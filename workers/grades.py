"""Grades: how well each report is evidenced, and what is odd about it."""

from collections.abc import Mapping
from datetime import datetime

from visits.evidence.actions import grade_reports
from workers.batches import until_none_is_full

_BATCH = 500


async def run(now: datetime) -> Mapping[str, int]:
    return await until_none_is_full(lambda limit: grade_reports(now=now, limit=limit), batch=_BATCH)
