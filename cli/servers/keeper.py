"""Runs one program for as long as its starter lives. A script of its own, on the standard library alone.

The starter holds the other end of standard input: one line of JSON (an `Order`) comes first, the word "stop" may
follow. Whatever ends the starter, kill -9 included, closes that end, and the program is stopped here; what the order
names is then removed. Should this keeper be killed, the kernel stops the program (on Linux).
"""

import ctypes
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TypedDict

SET_PARENT_DEATH_SIGNAL = 1
HEARTBEAT = 1.0
"""Seconds between looks at the parent: a forked copy of the starter may hold the pipe open after its death."""


class Order(TypedDict):
    """What to run, as whom (None: as the caller), what to feed it, how to stop it, what to remove without a starter."""

    command: list[str]
    user: int | None
    group: int | None
    feed: str
    stop: list[tuple[str, float]]
    remove: list[str]


def main() -> int:
    """Run the ordered program; its exit status, or 0 when it was stopped on purpose."""
    starter = os.getppid()
    woken = wake_by_signals()
    with open(0, "rb", buffering=0, closefd=False) as life_line:
        order: Order | None = json.loads(life_line.readline() or b"null")
    if order is None:
        return 0
    program = start(order)
    with suppress(BrokenPipeError):  # the starter may be gone already; the loop below finds out
        os.write(1, f"{program.pid}\n".encode())
    while program.poll() is None:
        readable, _, _ = select.select([0, woken], [], [], HEARTBEAT)
        told = woken in readable and set(os.read(woken, 64)) - {signal.SIGCHLD}
        orphaned = os.getppid() != starter or (0 in readable and not os.read(0, 64))
        if told or orphaned or 0 in readable:
            stop(program, order)
            if orphaned:
                for path in order["remove"]:
                    shutil.rmtree(path, ignore_errors=True)
            return 0
    return program.returncode


def wake_by_signals() -> int:
    """The end of a pipe that receives the number of every signal of interest, so that one `select` hears them all."""
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return woken


def start(order: Order) -> "subprocess.Popen[bytes]":
    """Start the program; all it prints goes to this keeper's standard error, which is the log."""
    program = subprocess.Popen(
        order["command"],
        stdin=subprocess.PIPE,
        stdout=sys.stderr,
        user=order["user"],
        group=order["group"],
        extra_groups=None if order["user"] is None else [],
        preexec_fn=die_with_keeper(signal.Signals[order["stop"][0][0]]),
    )
    if program.stdin:
        program.stdin.write(order["feed"].encode())
        program.stdin.close()
    return program


def die_with_keeper(last_word: signal.Signals) -> Callable[[], None] | None:
    """What the child calls before it becomes the program. It runs after the change of user, which would undo it."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(SET_PARENT_DEATH_SIGNAL, int(last_word), 0, 0, 0)


def stop(program: "subprocess.Popen[bytes]", order: Order) -> None:
    """Send the ordered signals in turn, each with its seconds of patience, until the program has ended."""
    for name, patience in order["stop"]:
        program.send_signal(signal.Signals[name])
        try:
            program.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return


if __name__ == "__main__":
    sys.exit(main())
