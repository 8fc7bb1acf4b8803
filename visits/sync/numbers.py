"""The numbers a phone gives what it sends, one after another: which of them have not been received."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from uuid import UUID

MOST_MISSING = 1000
"""So many missing numbers are kept, the lowest: a phone that leaps ahead fills no table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbers:
    """What was received of one installation of the app: up to `last`, but for `missing` (ascending)."""

    last: int = 0
    missing: tuple[int, ...] = ()


def received(before: Numbers, numbers: Collection[int]) -> Numbers:
    """The same after these have come, in whatever order and however often. Every installation begins with 1."""
    new = set(numbers)
    still = (number for number in before.missing if number not in new)
    missing = tuple(islice(_chain(still, _gaps(before.last, new)), MOST_MISSING))
    return Numbers(last=max(before.last, *new) if new else before.last, missing=missing)


def of_installation(before: Numbers, known: UUID | None, said: UUID | None) -> Numbers:
    """Where to count on from: an app installed anew knows nothing of the numbers before it. None: it did not say."""
    return Numbers() if known is not None and said is not None and said != known else before


def _gaps(last: int, new: set[int]) -> Iterator[int]:
    """The numbers between the last and each of the new ones, lowest first."""
    for number in sorted(number for number in new if number > last):
        yield from range(last + 1, number)
        last = number


def _chain(first: Iterator[int], then: Iterator[int]) -> Iterator[int]:
    yield from first
    yield from then
