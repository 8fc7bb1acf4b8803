"""The daily digest. It also comes when there is nothing to tell: that it did not come is the alarm."""

from collections.abc import Mapping
from datetime import datetime

from visits.actions.digest import send_digest
from workers.senders import outside


async def run(now: datetime) -> Mapping[str, int]:
    """Owe what is not owed yet today; outside its hours nothing happens."""
    return await send_digest(now=now, console=outside().console)
