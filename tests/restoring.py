"""A backup of every table and a restore from it, as a server that crashed gets back: what came in between is lost."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

_TABLES = """
    SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) AS columns FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'migration' GROUP BY 1
"""


@asynccontextmanager
async def backed_up(owner: asyncpg.Connection) -> AsyncIterator["Backup"]:
    """A backup taken now, thrown away at the end of the block."""
    tables = {row["relname"]: row["columns"] for row in await owner.fetch(_TABLES)}
    await owner.execute("DROP SCHEMA IF EXISTS backup CASCADE; CREATE SCHEMA backup")
    try:
        for table in tables:
            await owner.execute(f"CREATE TABLE backup.{table} AS TABLE public.{table}")
        yield Backup(owner, tables)
    finally:
        await owner.execute("DROP SCHEMA backup CASCADE")


class Backup:
    def __init__(self, owner: asyncpg.Connection, tables: dict[str, list[str]]) -> None:
        self._owner, self._tables = owner, tables

    async def restore(self) -> None:
        """Everything is as it was when the backup was taken, past the triggers that forbid it."""
        async with self._owner.transaction():
            await self._owner.execute("SET LOCAL session_replication_role = replica")
            for table, columns in self._tables.items():
                named = ", ".join(columns)
                await self._owner.execute(
                    f"DELETE FROM public.{table};"
                    f"INSERT INTO public.{table} ({named}) OVERRIDING SYSTEM VALUE SELECT {named} FROM backup.{table}"
                )
