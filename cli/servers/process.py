"""A program under a keeper, as seen by its starter."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from cli.servers.keeper import Order
from cli.servers.place import Place
from cli.servers.trouble import ServersUnavailable

_KEEPER = Path(__file__).with_name("keeper.py")
_LARGEST_LOG = 5_000_000
_STOPPED_WITHIN = 90.0


class Kept:
    """A running program that ends with this process; `orphaned` is what its keeper removes when this process dies."""

    def __init__(
        self,
        command: list[str | Path],
        *,
        place: Place,
        log: Path,
        stop: list[tuple[str, float]],
        orphaned: list[Path],
        feed: str = "",
    ) -> None:
        self.log = log
        owner = place.owner
        order = Order(
            command=[str(word) for word in command],
            user=owner.user if owner else None,
            group=owner.group if owner else None,
            feed=feed,
            stop=stop,
            remove=[str(path) for path in orphaned],
        )
        with _open_log(log) as printed:
            # A session of its own: Ctrl-C at the terminal reaches the starter alone, which then ends things in order.
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", _KEEPER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
                umask=0o077,
                start_new_session=True,
                pass_fds=() if place.keepers is None else (place.keepers,),
            )
        self._life_line, told = _pipes(self._keeper)
        with told:
            with suppress(BrokenPipeError):
                self._life_line.write(json.dumps(order).encode() + b"\n")
                self._life_line.flush()
            self.pid = int(told.readline() or 0)

    @property
    def alive(self) -> bool:
        return self._keeper.poll() is None

    @property
    def keeper_pid(self) -> int:
        return self._keeper.pid

    def wait(self) -> int:
        """The program's exit status, once it has ended by itself."""
        try:
            return self._keeper.wait()
        finally:
            self._let_go()

    def stop(self) -> None:
        """Stop the program and wait for its end."""
        with suppress(BrokenPipeError):
            self._life_line.write(b"stop\n")
            self._life_line.flush()
        try:
            self._keeper.wait(_STOPPED_WITHIN)
        finally:
            self._let_go()

    def last_words(self, lines: int = 12) -> str:
        """The end of the log, for people to read."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _let_go(self) -> None:
        with suppress(BrokenPipeError):
            self._life_line.close()


def run_once(
    what: str, command: list[str | Path], *, place: Place, log: Path, orphaned: list[Path], feed: str = ""
) -> None:
    """Run a program that ends by itself, under a keeper all the same; refuses when it fails."""
    program = Kept(
        command, place=place, log=log, stop=[("SIGTERM", 10.0), ("SIGKILL", 5.0)], orphaned=orphaned, feed=feed
    )
    try:
        status = program.wait()
    except BaseException:
        program.stop()
        raise
    if status != 0:
        raise ServersUnavailable(f"{what}失败。日志 {log} 的结尾：\n{program.last_words()}")


def _open_log(log: Path) -> IO[bytes]:
    """Opened by us, not by the server's user; a log grown too long is set aside first."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".old.log"))
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "ab")


def _pipes(keeper: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    if keeper.stdin is None or keeper.stdout is None:
        raise RuntimeError("the keeper was started without its pipes")
    return keeper.stdin, keeper.stdout
