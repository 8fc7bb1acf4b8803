"""Risk derived again: people grow older, policies change, and nobody edits a record for it."""

from collections.abc import Mapping
from datetime import datetime

from recipients.actions import rederive_risk


async def run(now: datetime) -> Mapping[str, int]:
    """Everybody looked at once; only what changed is written."""
    return {"changed": await rederive_risk(now=now)}
