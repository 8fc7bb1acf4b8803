"""Which days were a caregiver's: those of the agreement, less whole days somebody else cared or nobody was at home."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core.clock import LOCAL

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class InForce:
    """An agreement's days. `activated_on` is None for one taken over from a ledger; `ended_on` is the last day."""

    starts_on: date
    ends_on: date
    activated_on: date | None = None
    ended_on: date | None = None

    @property
    def first(self) -> date:
        return max(self.starts_on, self.activated_on) if self.activated_on else self.starts_on

    @property
    def last(self) -> date:
        return min(self.ends_on, self.ended_on) if self.ended_on else self.ends_on


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A time somebody else cared, or the person was away; without an end it goes on."""

    starts_at: datetime
    ends_at: datetime | None = None


def days(in_force: InForce, others: Iterable[Stretch], *, first: date, last: date) -> frozenset[date]:
    """The days from first to last on which the agreement was the caregiver's to keep.

    A day counts as soon as they cared for a part of it: the day temporary care begins and the day it ends are theirs.
    """
    first, last = max(first, in_force.first), min(last, in_force.last)
    taken = _joined(others)
    return frozenset(day for day in _each(first, last) if not any(_holds(stretch, day) for stretch in taken))


def _each(first: date, last: date) -> Iterable[date]:
    return (first + _DAY * number for number in range((last - first).days + 1))


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """One temporary care that replaces another is one stretch with it."""
    joined: list[Stretch] = []
    for one in sorted(stretches, key=lambda stretch: stretch.starts_at):
        last = joined[-1] if joined else None
        if last is None or (last.ends_at is not None and one.starts_at > last.ends_at):
            joined.append(one)
        elif last.ends_at is not None:
            ends_at = None if one.ends_at is None else max(last.ends_at, one.ends_at)
            joined[-1] = Stretch(starts_at=last.starts_at, ends_at=ends_at)
    return joined


def _holds(stretch: Stretch, day: date) -> bool:
    begins, ends = midnight(day), midnight(day + _DAY)
    return stretch.starts_at <= begins and (stretch.ends_at is None or stretch.ends_at >= ends)


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=LOCAL)
