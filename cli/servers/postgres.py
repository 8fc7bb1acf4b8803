"""An embedded PostgreSQL: its data folder made once, its settings given anew at each start."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from cli.servers.owner import make_private
from cli.servers.place import Place
from cli.servers.process import run_once
from cli.servers.programs import Program
from cli.servers.server import Server

OWNER = "chuangdeng_owner"
DATABASE = "chuangdeng"
PORT = 5432
"""Only part of the socket's name: nothing listens on a port."""
NO_PROCESS = 4_194_304
"""One more than the largest number the kernel gives to a process."""

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # The log must not repeat what people are: a failed statement and its DETAIL quote names and numbers.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# What a server that is killed had committed is kept all the same: only the machine may not fail.
_THROWAWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class Postgres(Server):
    """`durable=False` gives up safety on power loss for speed, for folders that are thrown away."""

    kind = "postgres"
    patience = 600.0  # recovery after a crash may take long

    def __init__(self, place: Place, program: Program, *, durable: bool) -> None:
        super().__init__(place, program)
        self._durable = durable
        self._data = self._home / "data"

    @property
    def url(self) -> str:
        """For asyncpg, psql and pgbench alike; names the port because they would else follow PGPORT."""
        return f"postgresql://{OWNER}@/{DATABASE}?host={quote(str(self._sockets), safe='/')}&port={PORT}"

    def _prepare(self) -> None:
        if not self._data.exists():
            self._make_data()
        forget_reused_pid(self._data)

    def _make_data(self) -> None:
        """Made aside and renamed when whole, so that an interrupted start leaves nothing half made."""
        half = self._home / "half"
        shutil.rmtree(half, ignore_errors=True)
        make_private(half, self._place.owner, theirs=True)
        run_once(
            "建立数据库目录",
            [
                self.program.path.with_name("initdb"),
                *("-D", half, "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "--lc-messages=C"),
                *("--auth-local=trust", "--auth-host=reject", "--no-instructions"),
                *([] if self._durable else ["--no-sync"]),
            ],
            place=self._place,
            log=self._log,
            orphaned=self._orphaned(half),
        )
        run_once(
            "建立数据库",
            [self.program.path, "--single", "-D", half, *self._options(), "postgres"],
            place=self._place,
            log=self._log,
            orphaned=self._orphaned(half),
            feed=f"CREATE DATABASE {DATABASE};\n",
        )
        half.rename(self._data)

    def _command(self) -> list[str | Path]:
        return [self.program.path, "-D", self._data, *self._options()]

    def _options(self) -> list[str]:
        settings = {**_SETTINGS, "unix_socket_directories": str(self._sockets)}
        if not self._durable:
            settings |= _THROWAWAY_SETTINGS
        return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]

    def _ways_to_stop(self) -> list[tuple[str, float]]:
        """Fast shutdown, then immediate; what is thrown away needs no checkpoint before."""
        hard = [("SIGQUIT", 10.0), ("SIGKILL", 5.0)]
        return [("SIGINT", 30.0), *hard] if self._durable else hard

    def _ready(self, pid: int) -> bool:
        """As pg_ctl sees it: the server itself writes so into its postmaster.pid."""
        with suppress(FileNotFoundError):
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"
        return False


def forget_reused_pid(data: Path) -> None:
    """Where the number in postmaster.pid now belongs to some other program, put one that belongs to none.

    PostgreSQL would take that program for its predecessor and refuse to start, as happens when a container starts
    again and hands out the same numbers. The rest of the file stays: by it PostgreSQL knows a predecessor's children.
    """
    note = data / "postmaster.pid"
    if not note.exists() or not Path("/proc/self/cwd").exists():
        return
    first, _, rest = note.read_text().partition("\n")
    if not _works_in(data, first):
        note.write_text(f"{NO_PROCESS}\n{rest}")


def _works_in(data: Path, process: str) -> bool:
    """Whether a living process has its working directory there, as a real predecessor has; nor is a zombie one."""
    try:
        return os.readlink(f"/proc/{process}/cwd") == str(data.resolve())
    except (FileNotFoundError, PermissionError):
        return False
