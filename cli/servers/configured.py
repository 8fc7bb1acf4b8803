"""A look at the configured servers before anything relies on them: are they there, and are they new enough?"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import redis

from cli.servers.choice import Choice, Configured
from cli.servers.programs import OLDEST_REDIS, SUPPORTED_POSTGRES
from cli.servers.trouble import ServersUnavailable

_WITHIN = 10.0


def look_at(choice: Choice) -> None:
    """Refuses as a start would where a configured server cannot be used."""
    if isinstance(choice.postgres, Configured):
        check_postgres(choice.postgres)
    if isinstance(choice.redis, Configured):
        check_redis(choice.redis)


def check_postgres(server: Configured) -> str:
    """The URL of the configured database; refuses one that cannot be reached or is not supported."""

    async def ask() -> asyncpg.ServerVersion:
        connection = await asyncpg.connect(server.url, timeout=_WITHIN)
        try:
            return connection.get_server_version()
        finally:
            await connection.close()

    try:
        # On a thread of its own, because the caller may be inside a running event loop.
        with ThreadPoolExecutor(1) as thread:
            version = thread.submit(asyncio.run, ask()).result()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as trouble:
        raise _unreachable(server, trouble) from trouble
    if version.major not in SUPPORTED_POSTGRES:
        raise ServersUnavailable(
            f"{server.setting} 指定的是 PostgreSQL {version.major}，"
            f"需要版本 {SUPPORTED_POSTGRES[0]} 至 {SUPPORTED_POSTGRES[-1]}。请升级，或改用另一台服务器。"
        )
    return server.url


def check_redis(server: Configured) -> str:
    """The URL of the configured Redis; refuses one that cannot be reached or is too old."""
    try:
        with redis.Redis.from_url(server.url, socket_connect_timeout=_WITHIN, socket_timeout=_WITHIN) as client:
            version = str(client.info("server")["redis_version"])
    except (redis.RedisError, OSError, ValueError) as trouble:
        raise _unreachable(server, trouble) from trouble
    if int(version.split(".")[0]) < OLDEST_REDIS:
        raise ServersUnavailable(f"{server.setting} 指定的是 Redis {version}，需要 {OLDEST_REDIS} 或更新。")
    return server.url


def _unreachable(server: Configured, trouble: Exception) -> ServersUnavailable:
    """Tells the kind of trouble, not the URL: that may hold a password."""
    reason = trouble.strerror if isinstance(trouble, OSError) and trouble.strerror else str(trouble)
    return ServersUnavailable(
        f"{server.setting} 指定的 {server.name} 连不上：{reason or type(trouble).__name__}。"
        f"请核对地址、端口、口令和网络；或去掉 {server.setting}，改用自带的服务。"
    )
