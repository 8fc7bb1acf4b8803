"""The whole run: `python -m tests.machines [--examples 2000] [--steps 50] [--processes 2] [--seed 1]`.

Each process has seeds and a database of its own.
"""

import argparse
import asyncio
import multiprocessing
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from cli.servers import Servers, running
from core import migrations
from tests.conftest import KEYRING, administer, url_of
from tests.machines.running import Report, Share, lines, one_after_another

_SHARE = 100
"""Examples of one seed: Hypothesis remembers every path it took, and grows slow over thousands of long ones."""


def main(wanted: list[str]) -> int:
    """Print what was run; 1 when something was found."""
    asked = _asked(wanted)
    began = time.monotonic()
    with running(durable=False, environment=_environment()) as servers:
        names = [f"machine_{os.getpid()}_{one}" for one in range(asked.processes)]
        asyncio.run(_databases(servers, names))
        try:
            reports = _run(servers, names, asked)
        finally:
            asyncio.run(_drop(servers, [*names, _template(names)]))
    found = [one for one in reports if one.fault]
    for line in lines(sum((one.tally for one in reports), Counter())):
        print(line)
    print(
        f"seeds {asked.seed} to {asked.seed + len(reports) - 1}, {time.monotonic() - began:.0f} s, {len(found)} found"
    )
    return 1 if found else 0


def _asked(wanted: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description=__doc__)
    for name, otherwise in (("examples", 2000), ("steps", 50), ("processes", os.cpu_count() or 1), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=otherwise)
    parser.add_argument("--minutes", type=float, default=60.0, help="no share begins after so many")
    parser.add_argument("--shrink", action="store_true", help="look for the shortest way there; minutes")
    return parser.parse_args(wanted)


def _environment() -> dict[str, str]:
    """The servers the tests are given, or the machine's own, or those of the wheels; never the configured ones."""
    configured = ("DATABASE_URL", "DATABASE_URL_FILE", "REDIS_URL", "REDIS_URL_FILE")
    kept = {name: value for name, value in os.environ.items() if name not in configured}
    return kept | {name: os.environ[f"TEST_{name}"] for name in configured if f"TEST_{name}" in os.environ}


def _template(names: list[str]) -> str:
    return f"{names[0]}_template"


async def _databases(servers: Servers, names: list[str]) -> None:
    template = _template(names)
    await administer(servers, f"CREATE DATABASE {template}")
    await migrations.migrate(url_of(servers, template))
    for name in names:
        await administer(servers, f"CREATE DATABASE {name} TEMPLATE {template}")


async def _drop(servers: Servers, names: list[str]) -> None:
    for name in names:
        await administer(servers, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _run(servers: Servers, names: list[str], asked: argparse.Namespace) -> list[Report]:
    """Each process takes every n-th share, one after another, until the time is up."""
    shares = [
        Share(
            environment={
                "DATABASE_URL": url_of(servers, names[place % len(names)]),
                "REDIS_URL": servers.redis_url,
                "CHUANGDENG_KEYRING": KEYRING,
            },
            examples=min(_SHARE, asked.examples - first),
            steps=asked.steps,
            seed=asked.seed + place,
        )
        for place, first in enumerate(range(0, asked.examples, _SHARE))
    ]
    until = time.time() + 60 * asked.minutes
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(names), mp_context=spawned) as processes:
        work = [
            processes.submit(one_after_another, shares[one :: len(names)], until, asked.shrink)
            for one in range(len(names))
        ]
        reports = [report for one in work for report in one.result()]
    return sorted(reports, key=lambda one: one.share.seed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
