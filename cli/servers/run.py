"""Both servers, running for the length of a block."""

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cli.servers.choice import Configured, choose
from cli.servers.configured import check_postgres, check_redis
from cli.servers.owner import of_servers
from cli.servers.place import Place, permanent, published, temporary
from cli.servers.postgres import Postgres
from cli.servers.redis_server import RedisServer
from cli.servers.server import Server


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where the two servers are. `postgres` and `redis` are None for those this process did not start."""

    database_url: str
    redis_url: str
    described: tuple[str, ...]
    postgres: Postgres | None = None
    redis: RedisServer | None = None

    def describe(self) -> tuple[str, ...]:
        """A Chinese line a server: which program in which version, or which setting names it."""
        return self.described


@contextmanager
def running(
    data: Path | None = None, *, durable: bool = True, environment: Mapping[str, str] = os.environ
) -> Iterator[Servers]:
    """The servers for the length of the block; configured ones are looked at, the others started and stopped.

    `data` lasts and belongs to one process at a time; without it everything lives in a temporary folder. Not durable:
    faster, and lost with the power. Refuses with `ServersUnavailable`. Blocks while starting, event loop or not.
    """
    choice = choose(environment, data)
    with ExitStack() as stack:

        @cache
        def place() -> Place:
            owner = of_servers()
            return stack.enter_context(temporary(owner, durable=durable) if data is None else permanent(data, owner))

        def started(server: Server) -> str:
            stack.callback(server.close)
            server.start()
            return server.url

        postgres: Postgres | None = None
        redis: RedisServer | None = None
        if isinstance(choice.postgres, Configured):
            database_url = check_postgres(choice.postgres)
        else:
            postgres = Postgres(place(), choice.postgres, durable=durable)
            database_url = started(postgres)
        if isinstance(choice.redis, Configured):
            redis_url = check_redis(choice.redis)
        else:
            redis = RedisServer(place(), choice.redis)
            redis_url = started(redis)
        if postgres or redis:
            place().publish({"database_url": database_url, "redis_url": redis_url})
        yield Servers(
            database_url=database_url,
            redis_url=redis_url,
            described=choice.describe(),
            postgres=postgres,
            redis=redis,
        )


@contextmanager
def joining(data: Path, *, environment: Mapping[str, str] = os.environ) -> Iterator[Servers]:
    """The servers another process keeps running on this data folder; where none does, as `running`."""
    facts = published(data)
    if facts and "database_url" in facts:
        yield Servers(
            database_url=facts["database_url"],
            redis_url=facts["redis_url"],
            described=(f"与正在运行的窗灯（进程 {facts['pid']}）共用数据库和任务队列。",),
        )
        return
    with running(data, environment=environment) as servers:
        yield servers
