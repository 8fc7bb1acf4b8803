"""PostgreSQL and Redis without an installation: the configured ones, else the machine's own, else those in the wheels.

Embedded servers live in a private folder, speak through unix sockets alone and end with the process that started them,
whatever ended it: each is watched by a keeper (`keeper.py`) that holds the other end of a pipe.
"""

from cli.servers.choice import Choice, Configured, choose
from cli.servers.configured import look_at
from cli.servers.place import claim, default_data_folder, published
from cli.servers.postgres import Postgres
from cli.servers.programs import Program
from cli.servers.redis_server import RedisServer
from cli.servers.run import Servers, joining, running
from cli.servers.trouble import ServersUnavailable

__all__ = [
    "Choice",
    "Configured",
    "Postgres",
    "Program",
    "RedisServer",
    "Servers",
    "ServersUnavailable",
    "choose",
    "claim",
    "default_data_folder",
    "joining",
    "look_at",
    "published",
    "running",
]
