"""What races need: an action held at one of its steps, and the moment somebody waits for a lock."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tests.cast import Cast


async def waits_for_a_lock(cast: Cast) -> None:
    """Until some other connection waits for a row."""
    for _ in range(500):
        if await cast.owner.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody waits")


class Gate:
    """Holds an action at one of its steps: it says when it has arrived and goes on when it is let through."""

    def __init__(self, step: Callable[..., Awaitable[Any]]) -> None:
        self.step, self.arrived, self.opened = step, asyncio.Event(), asyncio.Event()

    async def __call__(self, *args: Any, **known: Any) -> Any:
        self.arrived.set()
        await self.opened.wait()
        return await self.step(*args, **known)
