"""What the bench prints: a line a figure, with its target where it has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured number. Without a bound it is told for information and cannot fall short."""

    name: str
    value: float
    unit: str = ""
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        enough = self.at_least is None or self.value >= self.at_least
        return enough and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        told = f"{self.name}: {_number(self.value)}{self.unit}"
        if self.at_least is not None:
            told += f" (target >= {_number(self.at_least)}{self.unit})"
        if self.at_most is not None:
            told += f" (target <= {_number(self.at_most)}{self.unit})"
        return told if self.met else f"{told} FALLS SHORT"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


class Stopwatch:
    """Seconds of the block; still 0 inside it."""

    seconds = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    began = perf_counter()
    yield watch
    watch.seconds = perf_counter() - began
