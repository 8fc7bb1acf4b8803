"""The auditor: asks of every person whether somebody sees them or is being told; its count lets the heartbeat out."""

from collections.abc import Mapping
from datetime import datetime

from visits.actions import audit_people


async def run(now: datetime) -> Mapping[str, int]:
    """{"unseen": …, "alerted": …, "settled": …, "forgotten": …}; "forgotten" is there even when it is 0."""
    return await audit_people(now=now)
