"""Two pools, one a database role: people's (held by row-level security) and the jobs' (ids, dates and words only)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from core.errors import Unavailable
from core.settings import Settings

APP_ROLE = "chuangdeng_app"
JOBS_ROLE = "chuangdeng_jobs"
DOOR_ROLE = "chuangdeng_door"

_LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "20s"}
_WAIT_FOR_CONNECTION = 10.0
_WAIT_FOR_CLOSE = 10.0

_pools: dict[str, asyncpg.Pool] = {}


class OutsideTransaction(RuntimeError):
    """A statement was sent outside a transaction, or from another task than the one that holds it."""


async def _keep_session(_: asyncpg.Connection) -> None:
    """Nothing but transaction-local settings is ever used, so a released connection has nothing to reset."""


async def open_pool(role: str, dsn: str, *, size: int) -> None:
    """Open the pool of one role. Fails at once when the database is not there: no process starts without it."""
    if role in _pools:
        raise RuntimeError(f"the pool of {role} is open already")
    _pools[role] = await asyncpg.create_pool(
        dsn,
        min_size=min(2, size),
        max_size=size,
        server_settings={"role": role, "application_name": role, **_LIMITS},
        reset=_keep_session,
        command_timeout=20,
    )


async def close_pools() -> None:
    """Close what `open_pool` opened, waiting a while for the transactions under way."""
    while _pools:
        await _close(next(iter(_pools)))


async def _close(role: str) -> None:
    pool = _pools.pop(role)
    try:
        async with asyncio.timeout(_WAIT_FOR_CLOSE):
            await pool.close()
    except TimeoutError:
        pool.terminate()


@asynccontextmanager
async def pools(settings: Settings, *, app: int, jobs: int) -> AsyncIterator[None]:
    """The pools of people and of jobs, of these sizes, for the length of the block; size 0 opens none.

    A pool this process has open already is used as it is, and left open.
    """
    wanted = {APP_ROLE: (settings.app_database_url, app), JOBS_ROLE: (settings.jobs_database_url, jobs)}
    opened: list[str] = []
    try:
        for role, (dsn, size) in wanted.items():
            if size and role not in _pools:
                await open_pool(role, dsn, size=size)
                opened.append(role)
        yield
    finally:
        for role in opened:
            await _close(role)


def pool_of(role: str) -> asyncpg.Pool:
    """The open pool of a role; `OutsideTransaction` when the process never opened it."""
    try:
        return _pools[role]
    except KeyError:
        raise OutsideTransaction(f"no pool is open for {role}") from None


@asynccontextmanager
async def connection_of(role: str) -> AsyncIterator[Any]:
    """A connection of the pool; `Unavailable` when there is none to be had."""
    pool = pool_of(role)
    try:
        async with asyncio.timeout(_WAIT_FOR_CONNECTION):  # asyncpg's own timeout costs a task each time
            connection = await pool.acquire()
    except (OSError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError) as error:
        raise Unavailable from error
    try:
        yield connection
    finally:
        await pool.release(connection)
