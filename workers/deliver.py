"""Deliver: send every notice that is owed and due."""

from collections.abc import Mapping
from datetime import datetime

from alerts import actions
from workers.senders import outside


async def run(now: datetime) -> Mapping[str, int]:
    """One pass: the gravest first. What does not fit goes with the next one, five seconds later."""
    found = outside()
    return await actions.deliver(now=now, senders=found.senders, public_url=found.public_url)
