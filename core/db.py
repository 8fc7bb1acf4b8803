"""The database: two pools (people's role, jobs' role) and the one way to hold a transaction.

Piccolo's own transaction leaks connections when a task is cancelled or a COMMIT fails, so the pool and the
transaction are asyncpg's, held here; Piccolo's queries join through its `current_transaction`.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from piccolo.engine.postgres import PostgresEngine
from piccolo.querystring import QueryString

from core.scope import Scope

APP_ROLE = "chuangdeng_app"
JOBS_ROLE = "chuangdeng_jobs"
DOOR_ROLE = "chuangdeng_door"

_LIMITS = {"statement_timeout": "15s", "lock_timeout": "5s", "idle_in_transaction_session_timeout": "20s"}


class OutsideTransaction(RuntimeError):
    """A statement was sent outside a transaction, or from another task than the one that holds it."""


@dataclass(kw_only=True, slots=True)
class _Held:
    """The transaction a task holds. Piccolo reads `.connection` off it."""

    scope: Scope
    task: "asyncio.Task[Any] | None"
    open_connection: Any
    depth: int = 0

    @property
    def connection(self) -> Any:
        if asyncio.current_task() is not self.task:
            raise OutsideTransaction("one task's transaction cannot be used from another task")
        return self.open_connection


class Engine(PostgresEngine):
    """Piccolo's engine, able to speak only inside `transaction()`; migrations alone may open their own connection."""

    migrating = False

    async def check_version(self) -> None:
        """Nothing to ask at import time; the launcher and `doctor` check the server's version."""

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        raise OutsideTransaction("open a transaction first: core.db.transaction(scope)")

    async def _run_in_new_connection(self, query: str, args: Sequence[Any] | None = None) -> Any:
        if not self.migrating:
            raise OutsideTransaction("open a transaction first: core.db.transaction(scope)")
        return await super()._run_in_new_connection(query, args)

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        if not self.migrating:
            held()
        return await super().run_querystring(querystring, in_pool)


engine = Engine(config={})
_pools: dict[str, asyncpg.Pool] = {}
_current: ContextVar[_Held | None] = engine.current_transaction


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
    """Close what `open_pool` opened, waiting for transactions under way."""
    while _pools:
        _, pool = _pools.popitem()
        await pool.close()


def pool_of(role: str) -> asyncpg.Pool:
    """The open pool of a role; `OutsideTransaction` when the process never opened it."""
    try:
        return _pools[role]
    except KeyError:
        raise OutsideTransaction(f"no pool is open for {role}") from None


def held() -> _Held:
    """The transaction this task holds."""
    found = _current.get()
    if found is None:
        raise OutsideTransaction("open a transaction first: core.db.transaction(scope)")
    return found


@asynccontextmanager
async def transaction(scope: Scope) -> AsyncIterator[None]:
    """Hold one transaction for the block: commit at its end, roll back on any exception or cancellation.

    Inside another transaction of the same task it is a savepoint, and must ask for the same scope.
    """
    outer = _current.get()
    if outer is not None and outer.task is asyncio.current_task():
        if outer.scope != scope:
            raise RuntimeError("a nested transaction cannot change the scope")
        async with _savepoint(outer):
            yield
        return
    pool = pool_of(JOBS_ROLE if scope.eyes == "jobs" else APP_ROLE)
    async with pool.acquire() as connection:
        token = _current.set(_Held(scope=scope, task=asyncio.current_task(), open_connection=connection))
        try:
            await connection.execute(_begin(scope))
            yield
            await connection.execute("COMMIT")
        except BaseException:
            if not connection.is_closed() and connection.is_in_transaction():
                await asyncio.shield(_roll_back(connection))
            raise
        finally:
            _current.reset(token)


async def _roll_back(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()  # the server rolls back what it lost sight of; the pool replaces the connection


@asynccontextmanager
async def _savepoint(outer: _Held) -> AsyncIterator[None]:
    outer.depth += 1
    name = f"inner_{outer.depth}"
    try:
        await outer.connection.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            if not outer.connection.is_closed():
                await asyncio.shield(
                    outer.connection.execute(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
                )
            raise
        await outer.connection.execute(f"RELEASE SAVEPOINT {name}")
    finally:
        outer.depth -= 1


def _begin(scope: Scope) -> str:
    """BEGIN and the scope in one round trip; only integers, a UUID and a constant are ever written into it."""
    areas = ",".join(str(int(area)) for area in scope.area_ids)
    account = str(UUID(str(scope.account_id))) if scope.account_id else ""
    role = f"SET LOCAL ROLE {DOOR_ROLE}; " if scope.eyes == "door" else ""
    return (
        f"BEGIN; {role}SELECT set_config('app.area_ids', '{{{areas}}}', true), "
        f"set_config('app.account_id', '{account}', true)"
    )


async def ask(sql: str, *args: Any) -> Any:
    """The first row of one statement outside any transaction, with nobody's eyes.

    Row-level security shows it nothing; only SECURITY DEFINER functions answer. For the session look-up, where two
    further round trips would be a third of a request.
    """
    return await pool_of(APP_ROLE).fetchrow(sql, *args)


async def fetch(sql: str, *args: Any) -> list[Any]:
    """Rows of one statement in the transaction this task holds."""
    rows: list[Any] = await held().connection.fetch(sql, *args)
    return rows


async def fetch_one(sql: str, *args: Any) -> Any:
    """The first row, or None."""
    return await held().connection.fetchrow(sql, *args)


async def fetch_value(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    return await held().connection.fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run one statement; the number of rows it touched."""
    status: str = await held().connection.execute(sql, *args)
    count = status.rsplit(" ", 1)[-1]
    return int(count) if count.isdigit() else 0
