"""The machine's world: two households, those who care and those who answer, the clock, and where things stand."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from accounts.permissions import Account
from core.clock import local_day
from tests import caring
from tests.cast import NOW, Cast
from tests.suspecting import colleague

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
THE_END = datetime(2027, 10, 1, tzinfo=UTC)
"""The clock goes no further: up to here an agreement ends, is renewed, and ends again."""
_CARERS_AT_MOST = 7


class Nothing(Exception):
    """There is nothing for this step to act on; nothing happens."""


@dataclass(frozen=True, kw_only=True)
class Carer:
    """A caregiver with an account of their own."""

    id: UUID
    account: Account


@dataclass(kw_only=True)
class World:
    """`told`: the sweep over cover has run since anything changed that only a sweep can notice."""

    cast: Cast
    deputy: Account
    second: Account
    homes: list[UUID]
    carers: list[Carer]
    now: datetime = NOW
    told: bool = False
    before: str = "{}"
    trail: list[str] = field(default_factory=list)
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def owner(self) -> asyncpg.Connection:
        return self.cast.owner

    @property
    def today(self) -> date:
        return local_day(self.now)

    def forward(self, by: timedelta) -> None:
        self.now = min(self.now + by, max(THE_END, self.now + HOUR))
        self.told = False

    def decider(self, which: int) -> Account:
        return (self.cast.leader, self.deputy)[which % 2]

    def clerk(self, which: int) -> Account:
        return (self.cast.specialist, self.second)[which % 2]

    def carer(self, which: int) -> Carer:
        return self.carers[which % len(self.carers)]

    def of(self, caregiver_id: UUID) -> Carer:
        return next(one for one in self.carers if one.id == caregiver_id)

    async def another_carer(self) -> None:
        if len(self.carers) >= _CARERS_AT_MOST:
            raise Nothing
        async with self.looking:
            caregiver_id, account = await caring.linked_caregiver(self.cast)
        self.carers.append(Carer(id=caregiver_id, account=account))

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """As the owner, whose one connection several steps at once take turns on."""
        async with self.looking:
            return list(await self.owner.fetch(sql, *values))

    async def one(self, which: int, sql: str, *values: Any) -> asyncpg.Record:
        """One of the rows of this statement, counted round and round; `Nothing` where there is none."""
        rows = await self.rows(sql, *values)
        if not rows:
            raise Nothing
        return rows[which % len(rows)]


async def begin(cast: Cast) -> World:
    """Two people under agreements in force, a carer to spare, two who decide and two who write the orders."""
    world = World(
        cast=cast,
        deputy=await colleague(cast, cast.leader, on_duty="township_leader"),
        second=await colleague(cast, cast.specialist),
        homes=[await cast.recipient(risk="high"), await cast.recipient(risk="general")],
        carers=[],
    )
    for _ in range(4):
        await world.another_carer()
    for home, carer in zip(world.homes, world.carers, strict=False):
        await caring.agreement(cast, home, carer.id)
    return world
