"""The database: the one way to hold a transaction, and to speak inside it.

Piccolo's own transaction leaks connections when a task is cancelled or a COMMIT fails, so the pool and the
transaction are asyncpg's, held here; Piccolo's queries join through its `current_transaction`.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import asyncpg
from piccolo.engine.postgres import AsyncBatch, Atomic, PostgresEngine, PostgresTransaction

from core.pools import APP_ROLE, DOOR_ROLE, JOBS_ROLE, OutsideTransaction, close_pools, connection_of, open_pool, pools
from core.scope import Scope

__all__ = [
    "APP_ROLE",
    "DOOR_ROLE",
    "JOBS_ROLE",
    "Abandoned",
    "OutsideTransaction",
    "ask",
    "close_pools",
    "engine",
    "execute",
    "fetch",
    "fetch_one",
    "fetch_value",
    "held",
    "open_pool",
    "pools",
    "transaction",
]

_WAIT_FOR_ROLLBACK = 5.0


class Abandoned(RuntimeError):
    """COMMIT found a transaction that a failed statement had already undone: somebody swallowed that failure."""


@dataclass(kw_only=True, slots=True)
class _Held:
    """The transaction a task holds. Piccolo reads `.connection` off it."""

    scope: Scope
    task: "asyncio.Task[Any] | None"
    open_connection: Any
    depth: int = 0
    over: bool = False

    @property
    def mine(self) -> bool:
        return asyncio.current_task() is self.task

    @property
    def connection(self) -> Any:
        if not self.mine:
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

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        """Only for migrations: elsewhere Piccolo's own transaction leaks its connection when a task is cancelled."""
        if not self.migrating:
            raise OutsideTransaction("use core.db.transaction(scope)")
        return super().transaction(allow_nested)

    def atomic(self) -> Atomic:
        raise OutsideTransaction("use core.db.transaction(scope)")

    async def batch(self, *_: Any, **__: Any) -> AsyncBatch:
        raise OutsideTransaction("Piccolo's batch swallows exceptions: fetch in pages instead")


engine = Engine(config={})
_current = cast(ContextVar[_Held | None], engine.current_transaction)


def held() -> _Held:
    """The transaction this task holds."""
    found = _current.get()
    if found is None:
        raise OutsideTransaction("open a transaction first: core.db.transaction(scope)")
    return found


@asynccontextmanager
async def transaction(scope: Scope) -> AsyncIterator[None]:
    """Hold one transaction for the block: commit at its end, roll back on any exception or cancellation.

    Inside another transaction of the same task it is a savepoint, and must ask for the same scope. A task started
    inside an open transaction can hold none: half of the work would be stored without the other half.
    """
    outer = _current.get()
    if outer is not None and not outer.over:
        async with _savepoint(outer, scope):
            yield
        return
    async with connection_of(JOBS_ROLE if scope.eyes == "jobs" else APP_ROLE) as connection:
        mine = _Held(scope=scope, task=asyncio.current_task(), open_connection=connection)
        token = _current.set(mine)
        try:
            await connection.execute(_begin(scope))
            yield
            if await connection.execute("COMMIT") != "COMMIT":
                raise Abandoned("a statement failed, its error was swallowed, and nothing was stored")
        except BaseException:
            await _unbroken(_undo(connection, "ROLLBACK"))
            raise
        finally:
            mine.over = True
            _current.reset(token)


async def _unbroken(work: Coroutine[Any, Any, None]) -> None:
    """Wait until the work is done, whoever cancels meanwhile; then let the cancellation through."""
    task = asyncio.create_task(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as cancellation:
            cancelled = cancellation
    task.result()
    if cancelled:
        raise cancelled


async def _undo(connection: Any, statement: str) -> None:
    """Asked even when asyncpg sees no transaction: after a cancelled BEGIN or COMMIT only the server knows."""
    try:
        await connection.execute(statement, timeout=_WAIT_FOR_ROLLBACK)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError):
        with suppress(asyncpg.InterfaceError):  # lost already, and taken back by the pool
            connection.terminate()  # the server rolls back what it lost sight of; the pool replaces the connection


@asynccontextmanager
async def _savepoint(outer: _Held, scope: Scope) -> AsyncIterator[None]:
    connection = outer.connection
    if outer.scope != scope:
        raise RuntimeError("a nested transaction cannot change the scope")
    name = f"inner_{outer.depth}"
    outer.depth += 1
    try:
        await connection.execute(f"SAVEPOINT {name}")
        try:
            yield
            await connection.execute(f"RELEASE SAVEPOINT {name}")
        except BaseException:
            await _unbroken(_undo(connection, f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}"))
            raise
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
    async with connection_of(APP_ROLE) as connection:
        return await connection.fetchrow(sql, *args)


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
