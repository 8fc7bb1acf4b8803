"""Migrations: run once, by one process at a time, and they end where the tables' own description would begin."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from piccolo.conf.apps import Finder
from piccolo.table import sort_table_classes

from cli.servers import Servers
from core import db, migrations
from core.scope import JOBS, Scope
from tests.conftest import administer, url_of


@pytest.fixture
async def fresh(servers: Servers, template: str) -> AsyncIterator[str]:
    """The URL of an empty database."""
    name = template.replace("_template", "_fresh")
    await administer(servers, f"CREATE DATABASE {name}")
    yield url_of(servers, name)
    await administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


async def test_a_fresh_database_equals_a_migrated_one(
    fresh: str, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db.engine, "config", {"dsn": fresh})
    monkeypatch.setattr(db.engine, "migrating", True)
    for table in sort_table_classes(Finder().get_table_classes()):
        await table.create_table()
    made = await asyncpg.connect(fresh)
    try:
        assert await _columns(owner) == await _columns(made)
        assert await _constraints(owner) == await _constraints(made)
        missing = (await _indexes(made)) - (await _indexes(owner))
        assert not missing, "the migrations forgot an index that the tables describe"
    finally:
        await made.close()


async def _columns(connection: asyncpg.Connection) -> set[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,"
        " pg_get_expr(d.adbin, d.adrelid)"
        " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
        " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'migration'"
        " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"  # a computed one holds nothing of its own
    )
    assert rows
    return {tuple(row) for row in rows}


async def _constraints(connection: asyncpg.Connection) -> set[tuple[Any, ...]]:
    rows = await connection.fetch(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'migration'"
        " AND contype <> 't'"  # triggers are hand-written SQL
    )
    return {tuple(row) for row in rows}


async def _indexes(connection: asyncpg.Connection) -> set[str]:
    rows = await connection.fetch(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'migration'"
    )
    return {row["indexdef"] for row in rows}


async def test_migrating_twice_does_nothing_the_second_time(fresh: str) -> None:
    first = await migrations.migrate(fresh)
    assert set(first) == migrations.known()
    assert await migrations.migrate(fresh) == []
    assert db.engine.migrating is False


async def test_two_processes_migrate_one_after_the_other(fresh: str) -> None:
    guard = await asyncpg.connect(fresh)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", migrations._ONE_AT_A_TIME)
        second = asyncio.create_task(migrations.migrate(fresh))
        await asyncio.sleep(0.3)
        assert not second.done()
        assert await guard.fetchval("SELECT to_regclass('public.journal')") is None
    finally:
        await guard.close()
    assert set(await second) == migrations.known()


async def test_every_role_that_is_asked_knows_what_ran(pools: None) -> None:
    for scope in (Scope(), JOBS):
        async with db.transaction(scope):
            assert await migrations.ran() == migrations.known()
