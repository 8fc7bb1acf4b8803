"""What stories about curtains and lamps need: a lane, its link, taps, and what the windows became."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.permissions import Account
from core.clock import LOCAL, local_day
from core.ids import new_id
from tests.cast import Cast
from visits.daily import actions
from visits.daily.queries.lanes import Household, Lane
from visits.daily.windows import Part

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A lane with its households, and the people who live in them, in the same order."""

    lane: Lane
    households: Sequence[Household]
    people: Sequence[UUID]

    @property
    def id(self) -> UUID:
        return self.lane.id


def at(cast: Cast, clock: str, *, days: int = 0) -> datetime:
    """A moment of the cast's day, or of days after it, by the local clock."""
    return datetime.combine(local_day(cast.now) + days * DAY, time.fromisoformat(clock), LOCAL)


async def lane(
    cast: Cast,
    *,
    households: int = 1,
    risk: str = "high",
    account: Account | None = None,
    added: datetime | None = None,
) -> Laid:
    """A lane of the worker's village, filled an hour ago unless said otherwise; its windows are laid."""
    when = added or cast.now - HOUR
    opened = await actions.open_lane(
        area_id=cast.village,
        name="东头",
        watcher_name="张姐",
        account_id=account.id if account else None,
        by=cast.specialist,
        now=when,
    )
    people = [await cast.recipient(risk=risk) for _ in range(households)]
    homes = [
        await actions.add_household(
            opened.id, recipient_id=person, shown_as=f"{number + 1}号院", by=cast.specialist, now=when
        )
        for number, person in enumerate(people)
    ]
    await actions.lay_checks(now=cast.now)
    return Laid(lane=opened, households=homes, people=people)


async def tap(
    cast: Cast,
    laid: Laid,
    part: Part,
    made_at: datetime,
    *,
    exceptions: Mapping[UUID, str] | None = None,
    all_changed: bool = True,
    by: Account | None = None,
    item_id: UUID | None = None,
    now: datetime | None = None,
    on_day: date | None = None,
) -> actions.Taken:
    """A tap by the worker on the day it was made, sent at once, unless said otherwise."""
    return await actions.observe(
        item_id or new_id(),
        laid.id,
        on_day or local_day(made_at),
        part,
        all_changed=all_changed,
        exceptions=exceptions or {},
        made_at=made_at,
        by=by or cast.worker,
        now=now or made_at,
    )


async def say(cast: Cast, laid: Laid, word: str, part: Part, made_at: datetime, **known: Any) -> actions.Taken:
    """The same word of every household, singly."""
    exceptions = {one.id: word for one in laid.households}
    return await tap(cast, laid, part, made_at, all_changed=False, exceptions=exceptions, **known)


async def settle(now: datetime) -> dict[str, int]:
    """Until nothing is left to judge; all it counted."""
    total: dict[str, int] = {}
    while (counts := await actions.settle_checks(now=now))["claimed"]:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total


async def window(cast: Cast, recipient: UUID, on_day: date, part: str) -> asyncpg.Record:
    found = await cast.owner.fetchrow(
        "SELECT * FROM daily_check WHERE recipient_id = $1 AND on_day = $2 AND part = $3", recipient, on_day, part
    )
    assert found, "no such window is laid"
    return found


async def became(cast: Cast, laid: Laid, made_at: datetime, part: str) -> list[str]:
    """What the window of that day became, household by household."""
    return [(await window(cast, person, local_day(made_at), part))["status"] for person in laid.people]
