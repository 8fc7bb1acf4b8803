"""Forgetting: two looks a day are seven hundred a year, and of use for a season. What was alarming stays as alerts."""

from collections import Counter
from datetime import datetime, timedelta

from accounts.queries import policies_for
from core import db
from core.clock import local_day
from core.scope import JOBS
from visits.daily.queries import purging as queries


async def purge_checks(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """{"checks": …, "observations": …}; call again until none is full. A window not judged yet is kept."""
    async with db.transaction(JOBS):
        today = local_day(now)
        issued = await policies_for(await queries.districts(), today)
        kept = {
            place: today - timedelta(seconds=one.policy.curtain.kept.rough_seconds) for place, one in issued.items()
        }
        if not kept:
            return Counter()
        checks = await queries.purge_checks(kept, limit=limit)
        return Counter(checks=checks, observations=await queries.purge_observations(kept, limit=limit))
