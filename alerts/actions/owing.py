"""Owing notices: what people are to be told, with or without an alert behind it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.canary import CANARY_ACCOUNT
from alerts.notices import CONSOLE, NewNotice
from alerts.queries.owing import add_notices, channels_of
from alerts.queries.people import administrators


async def owe(notices: Sequence[NewNotice], *, now: datetime, console: bool = False) -> int:
    """Owe notices to people, each once on each of their channels; how many were new. Joins the transaction under way.

    `console` lets each also be printed where the jobs run: for trying the system out.
    """
    people = {notice.account_id for notice in notices}
    channels = await channels_of(people) if people else {}
    if console:
        channels = {account_id: (*channels.get(account_id, ()), CONSOLE) for account_id in people - {CANARY_ACCOUNT}}
    return await add_notices(notices, channels, now=now)


async def tell_administrators(
    *, kind: str, occurrence: str, facts: Mapping[str, Any], now: datetime, severity: str = "serious"
) -> int:
    """Owe every active administrator one urgent notice of this occurrence. Joins the transaction under way."""
    told: list[UUID] = await administrators()
    notices = [
        NewNotice(occurrence=occurrence, kind=kind, severity=severity, account_id=account_id, urgent=True, facts=facts)
        for account_id in told
    ]
    return await owe(notices, now=now)
