"""From Hypothesis, which is synchronous, to the product: a loop, pools and a database of the machine's own."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import asyncpg

from core import db, settings, vault
from core.settings import Settings
from tests.cast import Cast, seed

T = TypeVar("T")

# Every step asks the same question: it is planned once.
_ONCE_PLANNED = {"plan_cache_mode": "force_generic_plan", "jit": "off"}


class Bridge:
    """Runs one coroutine after another on a loop that nobody else uses. `owner` is held by no row-level security."""

    def __init__(self, loop: asyncio.AbstractEventLoop, owner: asyncpg.Connection) -> None:
        self._loop = loop
        self.owner = owner

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

    def fresh(self) -> Cast:
        """The fixed cast in an empty database."""
        return self.run(self._fresh())

    async def _fresh(self) -> Cast:
        await _empty(self.owner)
        return await seed(self.owner)


@contextmanager
def bridge(environment: dict[str, str]) -> Iterator[Bridge]:
    """A bridge to a migrated database nobody else uses. This process has no other pools meanwhile."""
    found = settings.read(environment)
    vault.use(found.keyring)
    loop = asyncio.new_event_loop()
    opened, over = asyncio.Event(), asyncio.Event()
    try:
        owner = loop.run_until_complete(asyncpg.connect(environment["DATABASE_URL"], server_settings=_ONCE_PLANNED))
        living = loop.create_task(_pools(found, opened, over))
        loop.run_until_complete(_either(opened.wait, living))
        try:
            yield Bridge(loop, owner)
        finally:
            over.set()
            loop.run_until_complete(living)
            loop.run_until_complete(owner.close())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _pools(found: Settings, opened: asyncio.Event, over: asyncio.Event) -> None:
    """A task of its own: a pool must be closed where it was opened."""
    async with db.pools(found, app=4, jobs=3):
        opened.set()
        await over.wait()


async def _either(opened: Callable[[], Awaitable[Any]], living: "asyncio.Task[None]") -> None:
    waiting = asyncio.ensure_future(opened())
    await asyncio.wait({waiting, living}, return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        waiting.cancel()
        living.result()


async def _empty(owner: asyncpg.Connection) -> None:
    """Every row away, past the triggers that forbid it; the migrations stay. One statement, few rows: milliseconds."""
    await owner.execute(_EMPTY)


_EMPTY = """
DO $$
DECLARE one text; filled boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'migration' LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one) INTO filled;
        IF filled THEN
            EXECUTE format('DELETE FROM %I', one);
        END IF;
    END LOOP;
END $$
"""
