"""Run the bench: `python -m tests.bench [reports] [sweep] [ledger] [matters] [orders]`, all unless named."""

import asyncio
import sys
from collections.abc import Callable, Coroutine

from core import garbage
from tests.bench import ledger, matters, orders, reports, sweep
from tests.bench.figures import Figure
from tests.bench.ground import Ground, prepared

PARTS: dict[str, Callable[[Ground], Coroutine[None, None, list[Figure]]]] = {
    "reports": reports.measure,
    "sweep": sweep.measure,
    "ledger": ledger.measure,
    "matters": matters.measure,
    "orders": orders.measure,
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
