"""What every part of the bench stands on: servers of its own that really write to disk, and databases on them."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from cli.servers import Configured, Program, choose, running
from core import migrations, settings, vault
from core.settings import Settings

_CONFIGURED = ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A durable server. `pgbench` is the one of the same PostgreSQL, which a server's copy for `nobody` leaves out."""

    server_url: str
    redis_url: str
    described: tuple[str, ...]
    pgbench: Path
    keyring: str

    def url_of(self, database: str) -> str:
        """The server's URL with another database in its path."""
        url = urlsplit(self.server_url)
        return f"{url.scheme}://{url.netloc}/{database}?{url.query}"

    def environment_of(self, database: str) -> dict[str, str]:
        """What a process of the product is given to work on this database."""
        return {
            "DATABASE_URL": self.url_of(database),
            "REDIS_URL": self.redis_url,
            "CHUANGDENG_KEYRING": self.keyring,
        }

    def settings_of(self, database: str) -> Settings:
        """The same as settings of this process, whose keyring they set."""
        found = settings.read(self.environment_of(database))
        vault.use(found.keyring)
        return found

    async def migrated(self, database: str) -> None:
        """Make an empty database of the code's own state."""
        await self.administer(f"CREATE DATABASE {database}")
        await migrations.migrate(self.url_of(database))

    async def copy(self, template: str, database: str) -> None:
        """Copy a database nobody is connected to, file by file."""
        await self.administer(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")

    async def drop(self, *databases: str) -> None:
        for database in databases:
            await self.administer(f"DROP DATABASE {database} WITH (FORCE)")

    async def checkpoint(self) -> None:
        """Let the next measured work begin with nothing left to write."""
        await self.administer("CHECKPOINT")

    async def administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def owner(self, database: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection row-level security does not hold: for making what is measured, and for counting."""
        connection = await asyncpg.connect(self.url_of(database))
        try:
            yield connection
        finally:
            await connection.close()


@contextmanager
def prepared() -> Iterator[Ground]:
    """Servers for the length of the block, never the configured ones: a million invented visits belong in neither."""
    environment = {name: value for name, value in os.environ.items() if name not in _CONFIGURED}
    chosen = choose(environment, None).postgres
    with running(None, durable=True, environment=environment) as servers:
        yield Ground(
            server_url=servers.database_url,
            redis_url=servers.redis_url,
            described=servers.describe(),
            pgbench=_pgbench(chosen),
            keyring=vault.new_keyring(),
        )


def _pgbench(postgres: Program | Configured) -> Path:
    assert isinstance(postgres, Program), "configured servers were set aside"
    return postgres.path.with_name("pgbench")
