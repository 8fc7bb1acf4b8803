"""The one way to hold a transaction: under cancellation, failing commits, killed backends and misuse."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core import db
from core import pools as core_pools
from core.db import Abandoned, OutsideTransaction
from core.errors import Unavailable
from core.ids import new_id
from core.scope import DOOR, JOBS, Scope
from core.settings import Settings
from core.tables import Heartbeat, Journal

LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
NOBODY = Scope()
WRITE = "INSERT INTO journal (kind, subject_id, at) VALUES ('test.happened', $1, now())"
COUNT = "SELECT count(*) FROM journal"
COUNT_EACH = "SELECT subject_id, count(*) FROM journal"


@pytest.fixture(autouse=True)
async def _heard(pools: None) -> AsyncIterator[None]:
    """Nothing may go wrong behind anybody's back: asyncio's handler of lost exceptions must stay silent."""
    loop = asyncio.get_running_loop()
    lost: list[dict[str, Any]] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: lost.append(context))
    yield
    await asyncio.sleep(0)
    loop.set_exception_handler(before)
    assert lost == []


@pytest.fixture
async def deferred(owner: asyncpg.Connection) -> AsyncIterator[str]:
    """A table whose constraint fails only at COMMIT."""
    await owner.execute(
        "CREATE TABLE deferred (id int PRIMARY KEY, twin int REFERENCES deferred DEFERRABLE INITIALLY DEFERRED);"
        "GRANT ALL ON deferred TO chuangdeng_app"
    )
    yield "INSERT INTO deferred VALUES ($1, $2)"
    await owner.execute("DROP TABLE deferred")


async def whole(owner: asyncpg.Connection, role: str = db.APP_ROLE) -> None:
    """The pool gives out every one of its connections at once, each fresh, and none is left in a transaction."""
    pool = core_pools.pool_of(role)
    size = pool.get_max_size()
    together = asyncio.Barrier(size)
    scope = JOBS if role == db.JOBS_ROLE else NOBODY

    async def use() -> Any:
        async with db.transaction(scope):
            await together.wait()
            return await db.fetch_one("SELECT pg_backend_pid() AS pid, current_user::text AS me, caller() AS caller")

    async with asyncio.timeout(10):
        used = await asyncio.gather(*(use() for _ in range(size)))
    assert len({row["pid"] for row in used}) == size
    assert {row["me"] for row in used} == {role}
    assert {row["caller"] for row in used} == {None}
    assert pool.get_idle_size() == pool.get_size()
    stuck = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'"
    assert await owner.fetchval(stuck) == 0


async def backend() -> int:
    pid: int = await db.fetch_value("SELECT pg_backend_pid()")
    return pid


# cancellation


async def test_four_thousand_cancelled_tasks_leave_the_pool_whole(owner: asyncpg.Connection) -> None:
    dice = random.Random(20260302)

    async def work(subject: UUID) -> None:
        async with db.transaction(NOBODY):
            await db.execute(WRITE, subject)
            async with db.transaction(NOBODY):
                await db.execute(WRITE, subject)
            await db.fetch("SELECT pg_sleep(0.001)")
            await db.execute(WRITE, subject)

    async def cancelled() -> None:
        task = asyncio.create_task(work(new_id()))
        await asyncio.sleep(dice.random() * 0.05)
        task.cancel()
        if dice.random() < 0.3:  # and again, while it is rolling back
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait({task})
        assert task.cancelled() or task.exception() is None

    finished = [new_id() for _ in range(100)]
    for subject in finished:
        await asyncio.gather(work(subject), *(cancelled() for _ in range(40)))
    await whole(owner)
    counts = {row["subject_id"]: row["count"] for row in await owner.fetch(f"{COUNT_EACH} GROUP BY subject_id")}
    assert set(counts.values()) == {3}, "a cancelled task left half of its work"
    assert counts.keys() >= set(finished)
    assert len(counts) < 2000, "most were to be cancelled in time"


async def test_a_task_cancelled_in_a_savepoint_stores_nothing(owner: asyncpg.Connection) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with db.transaction(NOBODY):
            await db.execute(WRITE, new_id())
            async with db.transaction(NOBODY):
                await db.execute(WRITE, new_id())
                inside.set()
                await db.fetch("SELECT pg_sleep(10)")

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await owner.fetchval(COUNT) == 0
    await whole(owner)


# failing commits


async def test_fifty_failed_commits_leave_neither_a_leak_nor_autocommit(
    owner: asyncpg.Connection, deferred: str
) -> None:
    for number in range(50):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.transaction(NOBODY):
                await db.execute(deferred, number, number + 1000)
        with pytest.raises(ZeroDivisionError):
            async with db.transaction(NOBODY):
                await db.execute(WRITE, new_id())
                raise ZeroDivisionError
        with pytest.raises(OutsideTransaction):
            await db.execute(WRITE, new_id())
    assert await owner.fetchval(COUNT) == 0
    assert await owner.fetchval("SELECT count(*) FROM deferred") == 0
    await whole(owner)


async def test_a_swallowed_failure_is_told_at_the_commit(owner: asyncpg.Connection) -> None:
    with pytest.raises(Abandoned):
        async with db.transaction(NOBODY):
            await db.execute(WRITE, new_id())
            with pytest.raises(asyncpg.DivisionByZeroError):
                await db.fetch("SELECT 1 / 0")
    assert await owner.fetchval(COUNT) == 0
    await whole(owner)


async def test_a_swallowed_failure_inside_a_savepoint_is_told_at_its_end(owner: asyncpg.Connection) -> None:
    async with db.transaction(NOBODY):
        await db.execute(WRITE, new_id())
        with pytest.raises(asyncpg.InFailedSQLTransactionError):
            async with db.transaction(NOBODY):
                await db.execute(WRITE, new_id())
                with pytest.raises(asyncpg.DivisionByZeroError):
                    await db.fetch("SELECT 1 / 0")
        await db.execute(WRITE, new_id())
    assert await owner.fetchval(COUNT) == 2


# nesting


async def test_a_nested_transaction_is_a_savepoint(owner: asyncpg.Connection) -> None:
    kept, undone, later = new_id(), new_id(), new_id()
    async with db.transaction(NOBODY):
        await db.execute(WRITE, kept)
        with pytest.raises(ZeroDivisionError):
            async with db.transaction(NOBODY):
                await db.execute(WRITE, undone)
                async with db.transaction(NOBODY):
                    await db.execute(WRITE, undone)
                raise ZeroDivisionError
        async with db.transaction(NOBODY):
            await db.execute(WRITE, later)
    stored = {row["subject_id"] for row in await owner.fetch("SELECT subject_id FROM journal")}
    assert stored == {kept, later}


async def test_a_finished_savepoint_falls_with_the_transaction_around_it(owner: asyncpg.Connection) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(NOBODY):
            async with db.transaction(NOBODY):
                await db.execute(WRITE, new_id())
            raise ZeroDivisionError
    assert await owner.fetchval(COUNT) == 0


async def test_a_nested_transaction_cannot_see_with_other_eyes() -> None:
    async with db.transaction(Scope(area_ids=(1,))):
        with pytest.raises(RuntimeError, match="scope"):
            async with db.transaction(Scope(area_ids=(2,))):
                pass
        with pytest.raises(RuntimeError, match="scope"):
            async with db.transaction(JOBS):
                pass


# tasks


async def test_another_task_cannot_use_the_transaction(owner: asyncpg.Connection) -> None:
    async def statement() -> None:
        await db.execute(WRITE, new_id())

    async def through_piccolo() -> None:
        await Journal.select(Journal.id)

    async def one_of_its_own() -> None:
        async with db.transaction(NOBODY):
            await db.execute(WRITE, new_id())

    for misuse in (statement, through_piccolo, one_of_its_own):
        with pytest.raises(OutsideTransaction):
            async with db.transaction(NOBODY):
                await db.execute(WRITE, new_id())
                await asyncio.gather(misuse(), misuse())
    assert await owner.fetchval(COUNT) == 0
    await whole(owner)


async def test_a_task_begun_inside_a_transaction_may_hold_its_own_once_that_is_over(owner: asyncpg.Connection) -> None:
    over = asyncio.Event()

    async def later() -> None:
        await over.wait()
        with pytest.raises(OutsideTransaction):
            await db.execute(WRITE, new_id())
        async with db.transaction(NOBODY):
            await db.execute(WRITE, new_id())

    async with db.transaction(NOBODY):
        task = asyncio.create_task(later())
        await asyncio.sleep(0)
    over.set()
    await task
    assert await owner.fetchval(COUNT) == 1


# Piccolo


async def test_piccolo_joins_the_transaction(owner: asyncpg.Connection) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(JOBS):
            await Heartbeat.insert(Heartbeat(job="sweep", ran_by="worker", counts="{}", beat_at=_moment()))
            assert await Heartbeat.count() == 1
            raise ZeroDivisionError
    assert await owner.fetchval("SELECT count(*) FROM heartbeat") == 0


async def test_nothing_speaks_to_the_database_outside_a_transaction() -> None:
    for said in (db.fetch, db.fetch_one, db.fetch_value, db.execute):
        with pytest.raises(OutsideTransaction):
            await said("SELECT 1")
    with pytest.raises(OutsideTransaction):
        await Heartbeat.count()
    with pytest.raises(OutsideTransaction):
        await Heartbeat.raw("SELECT 1")
    with pytest.raises(OutsideTransaction):
        await Heartbeat.alter().drop_table()


async def test_piccolos_own_transactions_and_batches_are_shut() -> None:
    for leaky in (db.engine.transaction, db.engine.atomic):
        with pytest.raises(OutsideTransaction):
            leaky()
    async with db.transaction(JOBS):
        with pytest.raises(OutsideTransaction):
            await Heartbeat.select().batch()


# scope


async def test_the_scope_ends_with_the_transaction(owner: asyncpg.Connection) -> None:
    me = new_id()
    seen = "SELECT caller() AS caller, visible_areas() AS areas, current_user::text AS me"
    for _ in range(40):
        async with db.transaction(Scope(account_id=me, area_ids=(7, 8))):
            assert dict(await db.fetch_one(seen)) == {"caller": me, "areas": [7, 8], "me": "chuangdeng_app"}
        assert dict(await db.ask(seen)) == {"caller": None, "areas": [], "me": "chuangdeng_app"}
        async with db.transaction(DOOR):
            assert dict(await db.fetch_one(seen)) == {"caller": None, "areas": [], "me": "chuangdeng_door"}
        assert dict(await db.ask(seen)) == {"caller": None, "areas": [], "me": "chuangdeng_app"}
        async with db.transaction(JOBS):
            assert dict(await db.fetch_one(seen)) == {"caller": None, "areas": [], "me": "chuangdeng_jobs"}


async def test_a_rolled_back_scope_is_gone_as_well() -> None:
    for _ in range(20):
        with pytest.raises(ZeroDivisionError):
            async with db.transaction(Scope(account_id=new_id(), area_ids=(7,))):
                raise ZeroDivisionError
        assert (await db.ask("SELECT visible_areas() AS areas"))["areas"] == []


async def test_every_role_has_its_limits() -> None:
    for scope in (NOBODY, DOOR, JOBS):
        async with db.transaction(scope):
            shown = [await db.fetch_value(f"SHOW {name}") for name in core_pools._LIMITS]
        assert shown == ["15s", "5s", "20s"]


# lost connections


async def test_a_killed_backend_costs_its_transaction_and_nothing_more(owner: asyncpg.Connection) -> None:
    for _ in range(20):
        with pytest.raises(LOST):
            async with db.transaction(NOBODY):
                await db.execute(WRITE, new_id())
                await owner.execute("SELECT pg_terminate_backend($1)", await backend())
                await db.execute(WRITE, new_id())
    assert await owner.fetchval(COUNT) == 0
    await whole(owner)


async def test_a_backend_killed_inside_a_savepoint_costs_no_more(owner: asyncpg.Connection) -> None:
    with pytest.raises(LOST):
        async with db.transaction(NOBODY):
            await db.execute(WRITE, new_id())
            async with db.transaction(NOBODY):
                await owner.execute("SELECT pg_terminate_backend($1)", await backend())
                await db.execute(WRITE, new_id())
    assert await owner.fetchval(COUNT) == 0
    await whole(owner)


async def test_backends_killed_while_idle_are_replaced_unnoticed(owner: asyncpg.Connection) -> None:
    await whole(owner)
    ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    await owner.execute(f"{ours} AND application_name = $1", db.APP_ROLE)
    await asyncio.sleep(0.1)
    await whole(owner)


async def test_waiting_in_vain_for_a_connection_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_pools, "_WAIT_FOR_CONNECTION", 0.05)
    pool = core_pools.pool_of(db.JOBS_ROLE)
    taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    try:
        with pytest.raises(Unavailable):
            async with db.transaction(JOBS):
                pass
    finally:
        for connection in taken:
            await pool.release(connection)


# opening


async def test_a_process_without_its_database_does_not_start(
    test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_pools, "_pools", {})
    nowhere = replace(test_settings, app_database_url="postgresql://nobody@/chuangdeng?host=/nonexistent")
    with pytest.raises(OSError, match="No such file"):
        async with db.pools(nowhere, app=2, jobs=2):
            raise AssertionError("it started")
    assert core_pools._pools == {}


async def test_a_pool_that_was_never_opened_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_pools, "_pools", {})
    with pytest.raises(OutsideTransaction):
        async with db.transaction(NOBODY):
            pass


async def test_pools_are_opened_once_and_closed_by_who_opened_them(test_settings: Settings) -> None:
    before = dict(core_pools._pools)
    async with db.pools(test_settings, app=2, jobs=2):
        assert core_pools._pools == before
    assert core_pools._pools == before
    with pytest.raises(RuntimeError, match="open already"):
        await db.open_pool(db.APP_ROLE, test_settings.app_database_url, size=2)


def _moment() -> Any:
    from core.clock import now

    return now()
