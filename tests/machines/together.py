"""What two or three do at the same moment, each in a transaction of its own."""

import asyncio
from collections.abc import Sequence

from tests.machines.steps import AT_ONCE, Drawn
from tests.machines.world import World


async def at_once(world: World, taken: Sequence[tuple[str, Drawn]]) -> list[BaseException]:
    """All of them started at the same moment; what each was refused with, or failed by."""
    steps = (AT_ONCE[name][1](world, drawn) for name, drawn in taken)
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    world.told = False
    return [one for one in outcomes if isinstance(one, BaseException)]
