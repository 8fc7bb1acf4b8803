"""An embedded Redis or Valkey: in memory only, for it is the clock and the muscle of the house and never its memory."""

import socket
from contextlib import suppress
from pathlib import Path

from cli.servers.server import Server

_SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "save": "",
    "appendonly": "no",
    "maxmemory": "128mb",
    "maxmemory-policy": "noeviction",
}


class RedisServer(Server):
    """Empty at each start."""

    kind = "redis"
    patience = 20.0

    @property
    def url(self) -> str:
        """For redis-py and arq alike."""
        return f"unix://{self._socket}"

    @property
    def _socket(self) -> Path:
        return self._sockets / "redis.sock"

    def _prepare(self) -> None:
        """Nothing: it starts empty."""

    def _command(self) -> list[str | Path]:
        settings = {**_SETTINGS, "dir": str(self._sockets), "unixsocket": str(self._socket)}
        return [self.program.path, *(word for name, value in settings.items() for word in (f"--{name}", value))]

    def _ways_to_stop(self) -> list[tuple[str, float]]:
        return [("SIGTERM", 5.0), ("SIGKILL", 5.0)]

    def _ready(self, pid: int) -> bool:
        with socket.socket(socket.AF_UNIX) as line, suppress(OSError):
            line.settimeout(1.0)
            line.connect(str(self._socket))
            line.sendall(b"PING\r\n")
            return line.recv(64).startswith(b"+PONG")
        return False
