"""What stories about phones need: phones that speak to the tests' API, and what the database knows of their items."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from accounts.permissions import Account
from cli.demo.phone import Network, Phone, PhoneClock
from core.ids import new_id
from tests.cast import Cast, Clock
from tests.serving import listening

PhoneOf = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def door(app: Litestar, cast: Cast, tmp_path: Path) -> AsyncIterator[str]:
    """Where the API listens, at the moment `clock` stands at."""
    async with listening(app, tmp_path) as address:
        yield address


@pytest.fixture
def phone_of(door: str, cast: Cast, clock: Clock) -> PhoneOf:
    """`await phone_of(cast.worker)`: the phone of this account, its clock right unless said to be `ahead`."""

    async def made(account: Account, *, ahead: timedelta = timedelta(), drift: float = 0.0) -> Phone:
        return Phone(
            token=await cast.session(account),
            network=Network(address=door),
            time=clock,
            clock=PhoneClock(ahead=ahead, drift=drift, right_at=clock.at),
            random=Random(str(account.device_id)),
        )

    return made


async def another_phone(cast: Cast, account: Account) -> Account:
    """The same person with a second phone, not yet signed in there."""
    device_id = new_id()
    await cast.owner.execute(
        "INSERT INTO device (id, account, label, activated_at, last_seen_at) VALUES ($1, $2, '另一部手机', $3, $3)",
        device_id,
        account.id,
        cast.now,
    )
    return replace(account, device_id=device_id, session_id=new_id())


async def reports(cast: Cast) -> list[dict[str, Any]]:
    """Every report the server has, in the order of the moments it takes them to be about."""
    rows = await cast.owner.fetch("SELECT * FROM visit_report ORDER BY made_at, id")
    return [dict(row) for row in rows]


async def inbox(cast: Cast) -> list[dict[str, Any]]:
    """Every item received, in order."""
    rows = await cast.owner.fetch("SELECT * FROM inbox_item ORDER BY server_seq")
    return [dict(row) for row in rows]


async def device_state(cast: Cast, device_id: UUID | None) -> dict[str, Any]:
    row = await cast.owner.fetchrow("SELECT * FROM device_state WHERE id = $1", device_id)
    assert row, "the phone has never spoken"
    return dict(row)
