"""What every embedded server has in common: a home, a folder for its socket, a keeper, a start and an end."""

import shutil
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from cli.servers.copies import reachable
from cli.servers.owner import make_private
from cli.servers.place import Place, plain, short_folder
from cli.servers.process import Kept
from cli.servers.programs import Program
from cli.servers.trouble import ServersUnavailable


class Server(ABC):
    """One embedded server, which may be stopped and started again at the same address."""

    kind: ClassVar[str]
    patience: ClassVar[float]
    """Seconds granted to a start; a server that dies is noticed at once anyway."""

    def __init__(self, place: Place, program: Program) -> None:
        self._place = place
        self._home = place.home(self.kind)
        self._log = self._home / f"{self.kind}.log"
        self._sockets = self._home / "run"
        if plain(self._sockets):
            make_private(self._sockets, place.owner, theirs=True)
        else:
            self._sockets = short_folder(place.owner, theirs=True)
        self._kept: Kept | None = None
        self.program = reachable(program, place.owner, self._home / "programs")

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it is, for clients on this machine."""

    @property
    def pid(self) -> int:
        """The server's process; 0 when it is stopped."""
        return self._kept.pid if self._kept else 0

    @property
    def keeper_pid(self) -> int:
        """The process that watches over it; 0 when it is stopped."""
        return self._kept.keeper_pid if self._kept else 0

    @property
    def alive(self) -> bool:
        return self._kept is not None and self._kept.alive

    def start(self) -> None:
        """Start, and return when it answers; also after the server was lost."""
        self.stop()
        self._prepare()
        for leftover in self._sockets.iterdir():
            leftover.unlink()
        self._kept = Kept(
            self._command(),
            place=self._place,
            log=self._log,
            stop=self._ways_to_stop(),
            orphaned=self._orphaned(self._sockets),
        )
        try:
            self._wait(self._kept)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop, and return when it has ended."""
        if self._kept:
            kept, self._kept = self._kept, None
            kept.stop()

    def close(self) -> None:
        """Stop for good; no socket is left behind."""
        self.stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

    @abstractmethod
    def _prepare(self) -> None:
        """What must be there before the program starts."""

    @abstractmethod
    def _command(self) -> list[str | Path]: ...

    @abstractmethod
    def _ways_to_stop(self) -> list[tuple[str, float]]:
        """Signals in turn, each with its seconds of patience."""

    @abstractmethod
    def _ready(self, pid: int) -> bool: ...

    def _orphaned(self, otherwise: Path) -> list[Path]:
        """What a keeper removes when this process is killed: all of a temporary place, else only `otherwise`."""
        return [self._place.folder, self._sockets] if self._place.temporary else [otherwise]

    def _wait(self, kept: Kept) -> None:
        until = time.monotonic() + self.patience
        while kept.alive and time.monotonic() < until:
            if self._ready(kept.pid):
                return
            time.sleep(0.02)
        raise ServersUnavailable(f"{self.program} 没有启动起来。日志 {self._log} 的结尾：\n{kept.last_words()}")
