"""The job behind campaigns: visits for everybody chosen who has none, and an end at the deadline. Level-triggered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.queries import policies_for
from core import db, journal
from core.clock import local_day
from core.scope import JOBS
from visits.campaigns.queries import laying as queries


async def lay_campaigns(*, now: datetime, limit: int = 5000) -> Counter[str]:
    """{"laid": …, "over": …}; call again until nothing is laid."""
    async with db.transaction(JOBS):
        issued = await policies_for(await queries.running_districts(now=now), local_day(now))
        laid = await queries.lay_visits({place: one.id for place, one in issued.items()}, now=now, limit=limit)
        if laid:
            await journal.write_all(_entries("campaign.laid", await queries.save_laid(laid, now=now), now, laid))
        over = await queries.end_over(now=now)
        await journal.write_all(_entries("campaign.over", over, now, {}))
        return Counter(laid=sum(laid.values()), over=len(over))


def _entries(
    kind: str, campaigns: Sequence[Mapping[str, Any]], now: datetime, laid: Mapping[UUID, int]
) -> list[journal.Entry]:
    return [
        journal.Entry(
            kind=kind,
            subject_id=one["id"],
            area_id=one["area_id"],
            by=None,
            at=now,
            facts={"visits": laid[one["id"]]} if one["id"] in laid else {},
        )
        for one in campaigns
    ]
