"""Batch after batch: each a transaction of its own, so that the first alerts do not wait for the last."""

from collections import Counter
from collections.abc import Awaitable, Callable

BATCHES_A_ROUND = 10
"""A round stays below a job's 50 seconds; the next one goes on where it ended."""


async def until_none_is_full(
    do: Callable[[int], Awaitable[Counter[str]]], *, batch: int, at_most: int = BATCHES_A_ROUND
) -> Counter[str]:
    """Call `do(batch)` until nothing it counts is as many as that; all it counted."""
    counts: Counter[str] = Counter()
    for _ in range(at_most):
        found = await do(batch)
        counts += found
        if max(found.values(), default=0) < batch:
            break
    return counts
