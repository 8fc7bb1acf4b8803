"""The API as the product starts it, and the programs that put it and the bare server under load."""

import asyncio
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from cli import processes
from tests.bench.ground import Ground

_LONGEST = 120.0  # seconds for one run of anything


@contextmanager
def serving(ground: Ground, database: str, ports: Mapping[int, int]) -> Iterator[None]:
    """So many processes of the API on each port, by their number; nothing is left running."""
    programs = [processes.api(port) for count, port in ports.items() for _ in range(count)]
    with TemporaryDirectory(prefix="chuangdeng-bench-") as folder:
        logs = Path(folder)
        with processes.supervised(programs, environment=ground.environment_of(database), logs=logs):
            until = time.monotonic() + _LONGEST
            for port in ports.values():
                while not _answers(port):
                    if time.monotonic() > until:
                        raise RuntimeError((logs / "api.log").read_text()[-2000:])
                    time.sleep(0.1)
            yield


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


async def pgbench(
    ground: Ground,
    database: str,
    text: str,
    *,
    variables: Mapping[str, str],
    options: str,
    connections: int,
    each: int,
) -> float:
    """Transactions a second of a script that so many connections send so often; `options` are a session's settings."""
    with TemporaryDirectory(prefix="chuangdeng-bench-") as folder:
        file = Path(folder) / "bare.sql"
        file.write_text(text)
        told = await run(
            [
                str(ground.pgbench),
                *("--no-vacuum", "--protocol", "prepared", "--jobs", "2", "--client", str(connections)),
                *("--transactions", str(each), "--file", str(file)),
                *(word for name, value in variables.items() for word in ("--define", f"{name}={value}")),
                ground.url_of(database),
            ],
            environment={"PGOPTIONS": options},
        )
    found = re.search(rb"tps = ([0-9.]+) \(without", told)
    done = re.search(rb"actually processed: (\d+)/(\d+)", told)
    if found is None or done is None or done[1] != done[2]:
        raise AssertionError(told.decode())
    return float(found[1])


async def run(command: list[str], *, feed: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """What a program says, fed and waited for; it must end well and in time."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        told, complained = await asyncio.wait_for(process.communicate(feed), _LONGEST)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {complained.decode()[-2000:]}")
    return told
