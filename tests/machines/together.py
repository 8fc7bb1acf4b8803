"""Steps two people, or somebody and the clock, take at the same moment, each in a transaction of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from caregivers.replacement.case import Decision
from tests.machines import cases, cover, jobs, orders
from tests.machines.world import World

Step = Callable[[World, int], Coroutine[Any, Any, Any]]


def _decide(decision: Decision, by: int, cared: bool = True) -> Step:
    return lambda world, home: cases.hear_and_decide(world, home, 0, decision, cared, by)


STEPS: dict[str, Step] = {
    "replace": _decide("replace", 0),
    "replace, by the deputy": _decide("replace", 1),
    "replace, with care there is": _decide("replace", 0, cared=False),
    "keep": _decide("keep_with_reason", 1),
    "transfer": _decide("transfer_to_collective", 1),
    "late evidence": lambda world, home: orders.late_evidence(world, home, 0, True),
    "late evidence of the one before": lambda world, home: orders.late_evidence(world, home, 1, False),
    "late answer": lambda world, home: orders.answer(world, home, 0, "done", True),
    "statement": lambda world, home: orders.answer(world, home, 0, "statement", True),
    "uphold": lambda world, home: orders.hear(world, home, 0, True, 1),
    "dismiss": lambda world, home: orders.hear(world, home, 0, False, 1),
    "fail at the door": lambda world, home: orders.verify(world, home, 0, False, 0),
    "pass at the door": lambda world, home: orders.verify(world, home, 0, True, 0),
    "close": lambda world, home: orders.close(world, home, 0),
    "order": lambda world, home: orders.order(world, home, 0),
    "hazard": lambda world, home: orders.find(world, home, "critical", True, False),
    "propose": lambda world, home: cases.propose(world, home, 0),
    "drop": lambda world, home: cases.drop(world, home, 0),
    "suspend": lambda world, home: cover.suspend(world, home, True),
    "suspend, with care there is": lambda world, home: cover.suspend(world, home, False),
    "resume": cover.resume,
    "end care": cover.end_care,
    "end by agreement": lambda world, home: cover.end(world, home, "mutual", False),
    "resign": lambda world, home: cover.end(world, home, "resigned", False),
    "arrange": lambda world, home: cover.arrange(world, home, 14, None),
    "sign": lambda world, home: cover.sign(world, home, 4),
    "another signs": lambda world, home: cover.sign_anew(world, home, 3, 0, True, 12),
    "dies": lambda world, home: cover.leave_support(world, home, "died", 0),
    "alive after all": cover.undo_standing,
    "orders watched": lambda world, _: jobs.orders(world),
    "decisions watched": lambda world, _: jobs.decisions(world),
    "cover settled": lambda world, _: jobs.cover(world),
    "suspicions opened": lambda world, _: jobs.suspicions(world),
}
NAMES = tuple(STEPS)


async def at_once(world: World, home: int, names: tuple[str, ...]) -> list[BaseException]:
    """All of them started at the same moment; what each was refused with, or failed by."""
    outcomes = await asyncio.gather(*(STEPS[one](world, home) for one in names), return_exceptions=True)
    world.told = False
    return [one for one in outcomes if isinstance(one, BaseException)]
