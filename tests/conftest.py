"""Real servers, one migrated database a run, emptied before each test that asks for it."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import httpx
import hypothesis
import pytest
from litestar import Litestar

from accounts.permissions import Account
from cli.servers import Servers, running
from core import db, migrations, settings, vault
from core.settings import Settings
from tests.cast import NOW, Cast, Clock, seed

KEYRING = json.dumps(
    {
        "current": 1,
        "keys": {"1": base64.b64encode(b"a sealing key made for the tests").decode()},
        "index_key": base64.b64encode(b"an index key made for the tests!").decode(),
    }
)

# A busy machine is slow, not wrong: no example is failed for its time.
hypothesis.settings.register_profile("whole", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=10)
hypothesis.settings.load_profile("whole")

ClientOf = Callable[[Account | None], Awaitable[httpx.AsyncClient]]


@pytest.fixture(scope="session", autouse=True)
def _keyring() -> None:
    vault.use(vault.read_keyring(KEYRING))


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Chosen as the product chooses them, but for TEST_DATABASE_URL and TEST_REDIS_URL, which come first."""
    given = {name: os.environ[f"TEST_{name}"] for name in ("DATABASE_URL", "REDIS_URL") if f"TEST_{name}" in os.environ}
    with running(durable=False, environment={**os.environ, **given}) as found:
        yield found


@pytest.fixture(scope="session")
async def template(servers: Servers) -> AsyncIterator[str]:
    """The name of a migrated database nobody is connected to: `CREATE DATABASE … TEMPLATE` copies it in no time."""
    name = f"test_{secrets.token_hex(4)}_template"
    await administer(servers, f"CREATE DATABASE {name}")
    try:
        await migrations.migrate(url_of(servers, name))
        yield name
    finally:
        await administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
async def database_url(servers: Servers, template: str) -> AsyncIterator[str]:
    """The database of this run, as its owner."""
    name = template.removesuffix("_template")
    await administer(servers, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield url_of(servers, name)
    finally:
        await administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def test_settings(servers: Servers, database_url: str) -> Settings:
    return settings.read(
        {
            "DATABASE_URL": database_url,
            "REDIS_URL": servers.redis_url,
            "CHUANGDENG_KEYRING": KEYRING,
            "POOL_SIZE": "12",
        }
    )


@pytest.fixture(scope="session")
async def _open_pools(test_settings: Settings) -> AsyncIterator[None]:
    async with db.pools(test_settings, app=test_settings.pool_size, jobs=6):
        yield


@pytest.fixture(scope="session")
async def _owners(database_url: str) -> AsyncIterator[asyncpg.Pool]:
    """One connection that comes back after a test has killed the server."""
    async with asyncpg.create_pool(
        database_url, min_size=0, max_size=1, server_settings={"lock_timeout": "3s"}
    ) as owners:
        yield owners


@pytest.fixture
async def owner(_open_pools: None, _owners: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the database's owner, whom row-level security does not hold: for checking, not for acting.

    Every table is empty when the test begins.
    """
    async with _owners.acquire() as connection:
        await empty(connection)
        yield connection


@pytest.fixture
async def pools(owner: asyncpg.Connection) -> None:
    """The pools of people and jobs are open, as the product opens them, on empty tables."""


@pytest.fixture
async def cast(owner: asyncpg.Connection) -> Cast:
    return await seed(owner)


standing_clock = Clock()
"""The one clock every API of the tests is given."""


@pytest.fixture
def clock() -> Clock:
    """The API's clock, standing at `cast.now` until the test moves it."""
    standing_clock.at = NOW
    return standing_clock


@pytest.fixture(scope="session")
async def app(test_settings: Settings, _open_pools: None) -> AsyncIterator[Litestar]:
    """The API of this run, started."""
    from api.app import create_app

    application = create_app(test_settings, now=standing_clock)
    async with started(application):
        yield application


@asynccontextmanager
async def started(application: Litestar) -> AsyncIterator[None]:
    """The application's lifespan, in a task of its own: it must end in the task it began in, and fixtures do not."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        async with application.lifespan():
            begun.set()
            await over.wait()

    life = asyncio.create_task(live())
    beginning = asyncio.create_task(begun.wait())
    await asyncio.wait({life, beginning}, return_when=asyncio.FIRST_COMPLETED)
    beginning.cancel()
    if life.done():
        await life
    yield
    over.set()
    await life


@pytest.fixture
async def client(app: Litestar, cast: Cast, clock: Clock) -> AsyncIterator[ClientOf]:
    """`await client(cast.worker)`: an HTTP client signed in as that account; `await client(None)`: nobody."""
    async with AsyncExitStack() as stack:

        async def signed_in(account: Account | None) -> httpx.AsyncClient:
            headers = {"Authorization": f"Bearer {await cast.session(account)}"} if account else {}
            transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
            return await stack.enter_async_context(
                httpx.AsyncClient(transport=transport, base_url="http://chuangdeng.test", headers=headers)
            )

        yield signed_in


async def administer(servers: Servers, statement: str) -> None:
    """One statement about databases, sent to the server's own database."""
    connection = await asyncpg.connect(servers.database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def url_of(servers: Servers, database: str) -> str:
    """The server's URL with another database in its path."""
    url = urlsplit(servers.database_url)
    return f"{url.scheme}://{url.netloc}/{database}?{url.query}"


async def empty(owner: asyncpg.Connection) -> None:
    """Delete every row of every table that has any, past the triggers that forbid it; the migrations stay."""
    tables = [row["relname"] for row in await owner.fetch(_TABLES)]
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
    filled = [row[0] for row in await owner.fetch(asked)]
    if filled:
        deletions = "; ".join(f"DELETE FROM {table}" for table in filled)
        await owner.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletions}; COMMIT")


_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'migration'
"""
