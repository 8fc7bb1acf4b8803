"""What period an assessment is about: whole calendar months, ending with the policy's quarter or with the agreement."""

from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)
_QUARTER = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From the first to the last day, both included."""

    from_on: date
    to_on: date

    def __str__(self) -> str:
        """How people call it: a quarter by its number, anything else by its days."""
        quarter, into = divmod(self.from_on.month - 1, _QUARTER)
        if self.from_on.day == 1 and into == 0 and self.to_on == aligned_end(self.from_on, _QUARTER):
            return f"{self.from_on.year}年第{quarter + 1}季度"
        return f"{spoken(self.from_on)}至{spoken(self.to_on)}"


def completed(*, since: date, until: date, every_months: int, today: date) -> tuple[Period, ...]:
    """The periods of an agreement that are over, from its first day not yet assessed until its last one.

    A period ends with the calendar's quarter (or whatever the policy says), the last one with the agreement. A part
    without one whole calendar month is too short to ask people about: at the beginning it is added to the period that
    follows, at the end it is not assessed at all, and its fee is due.
    """
    found: list[Period] = []
    while (period := _next(since, until, every_months)) is not None and period.to_on < today:
        found.append(period)
        since = period.to_on + _DAY
    return tuple(found)


def aligned_start(day: date, every_months: int) -> date:
    """The first day of the stretch of so many calendar months the day lies in, counted from January of the year 0."""
    return _first_of((day.year * 12 + day.month - 1) // every_months * every_months)


def aligned_end(day: date, every_months: int) -> date:
    """The last day of that stretch."""
    return _first_of(((day.year * 12 + day.month - 1) // every_months + 1) * every_months) - _DAY


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _next(since: date, until: date, every_months: int) -> Period | None:
    ends = aligned_end(since, every_months)
    if not _holds_a_month(since, ends):
        ends = aligned_end(ends + _DAY, every_months)
    ends = min(ends, until)
    return Period(from_on=since, to_on=ends) if _holds_a_month(since, ends) else None


def _holds_a_month(first: date, last: date) -> bool:
    begins = first if first.day == 1 else aligned_end(first, 1) + _DAY
    return aligned_end(begins, 1) <= last


def spoken(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
