"""The product's own processes, restarted when they end: the API, the arq workers, the watchdog.

They end with this process, whatever ended it (on Linux the kernel sees to that); otherwise they are told to end.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cli.servers.keeper import die_with_keeper

_CALM = 10.0  # a process that lived this long was healthy: restart it at once
_LONGEST_WAIT = 5.0
_PATIENCE = 12.0


@dataclass(frozen=True, kw_only=True)
class Program:
    """One kind of process: the Python module it runs, with its arguments."""

    name: str
    arguments: tuple[str, ...]


def api(port: int) -> Program:
    """The HTTP door, on loopback: TLS and the outside world belong to a reverse proxy. Several share a port."""
    return Program(name="api", arguments=("-m", "api.serve", str(port)))


WORKER = Program(name="worker", arguments=("-m", "workers.main"))
WATCHDOG = Program(name="watchdog", arguments=("-m", "workers.watchdog"))


@dataclass(kw_only=True)
class _Running:
    program: Program
    process: "subprocess.Popen[bytes]"
    started: float
    wait: float = 0.2


@dataclass(kw_only=True)
class Supervisor:
    """Keeps every program running until told to stop."""

    environment: Mapping[str, str]
    logs: Path
    _running: list[_Running] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self, program: Program) -> None:
        """Start one more process of this program."""
        self._running.append(_Running(program=program, process=self._spawn(program), started=time.monotonic()))

    def pids(self, name: str) -> list[int]:
        """The processes of this name that run now."""
        return [one.process.pid for one in self._running if one.program.name == name and one.process.poll() is None]

    def watch(self) -> None:
        """Restart what ends, more and more slowly while it keeps ending at once. Returns when told to stop."""
        while not self._stop.wait(0.2):
            for one in self._running:
                if one.process.poll() is not None and not self._stop.is_set():
                    self._restart(one)

    def stop(self) -> None:
        """Ask every process to end, wait, then insist."""
        self._stop.set()
        for one in self._running:
            if one.process.poll() is None:
                one.process.terminate()
        until = time.monotonic() + _PATIENCE
        for one in self._running:
            try:
                one.process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.process.kill()
                one.process.wait()

    def _restart(self, one: _Running) -> None:
        lived = time.monotonic() - one.started
        one.wait = 0.2 if lived > _CALM else min(one.wait * 2, _LONGEST_WAIT)
        if not self._stop.wait(one.wait):
            one.process, one.started = self._spawn(one.program), time.monotonic()

    def _spawn(self, program: Program) -> "subprocess.Popen[bytes]":
        with (self.logs / f"{program.name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *program.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
                preexec_fn=die_with_keeper(signal.SIGTERM),
            )


@contextmanager
def supervised(programs: list[Program], *, environment: Mapping[str, str], logs: Path) -> Iterator[Supervisor]:
    """The programs running, watched by a thread, for the length of the block."""
    logs.mkdir(parents=True, exist_ok=True)
    supervisor = Supervisor(environment=environment, logs=logs)
    watcher = threading.Thread(target=supervisor.watch, name="supervisor", daemon=True)
    try:
        for program in programs:
            supervisor.start(program)
        watcher.start()
        yield supervisor
    finally:
        supervisor.stop()
        if watcher.is_alive():
            watcher.join()
