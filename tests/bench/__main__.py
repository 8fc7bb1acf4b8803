"""Run the bench: `python -m tests.bench [part …]`, all of `PARTS` unless named."""

import asyncio
import sys
from collections.abc import Callable, Coroutine

from core import garbage
from tests.bench import daily, ledger, matters, orders, pull, push, reports, sweep
from tests.bench.figures import Figure
from tests.bench.ground import Ground, prepared

PARTS: dict[str, Callable[[Ground], Coroutine[None, None, list[Figure]]]] = {
    "reports": reports.measure,
    "sweep": sweep.measure,
    "ledger": ledger.measure,
    "matters": matters.measure,
    "orders": orders.measure,
    "push": push.measure,
    "pull": pull.measure,
    "daily": daily.measure,
}


def main(wanted: list[str]) -> int:
    """Print every figure; 1 when one falls short."""
    garbage.look_less_often()  # as every process of the product does
    short = 0
    with prepared() as ground:
        for line in ground.described:
            print(line, flush=True)
        for name in wanted or PARTS:
            for figure in asyncio.run(PARTS[name](ground)):
                print(figure, flush=True)
                short += not figure.met
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
