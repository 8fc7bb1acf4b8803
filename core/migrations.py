"""Bring a database to the code's own state: every app's migrations, lowest first, one process at a time."""

import contextlib
import io
from functools import cache

import asyncpg
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.apps.migrations.tables import Migration
from piccolo.conf.apps import Finder

from core import db
from core.db import engine

_ONE_AT_A_TIME = 7_301_946_102  # an advisory lock of our own


async def migrate(dsn: str) -> list[str]:
    """Run what has not run yet, as the owner; the names of what ran ("visits 0002")."""
    guard = await asyncpg.connect(dsn)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", _ONE_AT_A_TIME)
        engine.config = {"dsn": dsn, "server_settings": {"lock_timeout": "5s"}}
        engine.migrating = True
        before = await _ran()
        with contextlib.redirect_stdout(io.StringIO()) as told:
            result = await run_forwards(app_name="all")
        if not result.success:
            raise RuntimeError(f"migration failed: {result.message}\n{told.getvalue()}")
        return sorted(await _ran() - before)
    finally:
        engine.migrating = False
        await guard.close()


async def _ran() -> set[str]:
    await Migration.create_table(if_not_exists=True)
    return {f"{row['app_name']} {row['name']}" for row in await Migration.select(Migration.app_name, Migration.name)}


async def ran() -> set[str]:
    """Every migration this database has seen, in the transaction under way."""
    return {f"{row['app_name']} {row['name']}" for row in await db.fetch("SELECT app_name, name FROM migration")}


@cache
def known() -> frozenset[str]:
    """Every migration the code carries, named as `migrate` names them."""
    return frozenset(f"{app} {migration_id}" for app in Finder().get_sorted_app_names() for migration_id in _ids(app))


def _ids(app: str) -> list[str]:
    from piccolo.apps.migrations.commands.base import BaseMigrationManager

    manager = BaseMigrationManager()
    config = Finder().get_app_config(app_name=app)
    modules = manager.get_migration_modules(config.resolved_migrations_folder_path)
    return sorted(modules)
