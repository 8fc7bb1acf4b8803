"""Working days by the State Council's calendar with its make-up days (调休), in the local zone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.lengths import Length, Window
from core.clock import LOCAL

_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class DayOverride:
    """A district's own word on one day, stronger than the State Council's notice (a local flood day, a new notice)."""

    day: date
    working: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkCalendar:
    """Monday to Friday, except the days off and the weekend days worked to make up for them.

    `announced` are the years whose State Council notice is contained. The notice comes late in the year before, so any
    other year is provisional: weekends and what it happens to know of holidays, no make-up days.
    """

    off: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()
    announced: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.off & self.working:
            raise ValueError("a day cannot be both off and working")

    def is_workday(self, day: date) -> bool:
        if day in self.working:
            return True
        return day.weekday() < _SATURDAY and day not in self.off

    def is_provisional(self, day: date) -> bool:
        """Whether the answer for this day may still change when the State Council's notice appears."""
        return day.year not in self.announced

    def next_workday(self, day: date) -> date:
        """The first working day after this one."""
        day += _DAY
        while not self.is_workday(day):
            day += _DAY
        return day


def add(moment: datetime, length: Length, calendar: WorkCalendar) -> datetime:
    """The moment after a length of time, in the zone the moment was given in.

    n working days after a moment is the same local time on the n-th following working day: the day itself is not
    counted (Civil Code art. 201). A moment on a day off counts as the start of the next working day, so that what
    happens on Saturday with one working day to act is due when Monday is over.
    """
    _refuse_naive(moment)
    if not length.working_days:
        return moment + length.delta
    local = moment.astimezone(LOCAL)
    day, clock = local.date(), local.time()
    if not calendar.is_workday(day):
        day, clock = calendar.next_workday(day), time()
    for _ in range(length.working_days):
        day = calendar.next_workday(day)
    return datetime.combine(day, clock, LOCAL).astimezone(moment.tzinfo)


def next_in_window(moment: datetime, window: Window, calendar: WorkCalendar | None = None) -> datetime:
    """The moment itself when it lies inside the window, else the next opening; with a calendar, on a working day."""
    _refuse_naive(moment)
    local = moment.astimezone(LOCAL)
    day = local.date()
    works = calendar is None or calendar.is_workday(day)
    if works and window.opens <= local.time() < window.closes:
        return moment
    if not works or local.time() >= window.closes:
        day = day + _DAY if calendar is None else calendar.next_workday(day)
    return datetime.combine(day, window.opens, LOCAL).astimezone(moment.tzinfo)


def china(years: Iterable[int], overrides: Iterable[DayOverride] = ()) -> WorkCalendar:
    """The mainland's calendar for these years; an override wins over the notice.

    A year whose notice the library does not hold yet has its statutory days only, without swapped days, and is
    missing from `announced`.
    """
    off: set[date] = set()
    working: set[date] = set()
    announced: set[int] = set()
    for year in set(years):
        holidays, made_up = _notice(year)
        off |= holidays
        working |= made_up
        if made_up:
            announced.add(year)
    for override in overrides:
        chosen, other = (working, off) if override.working else (off, working)
        chosen.add(override.day)
        other.discard(override.day)
    return WorkCalendar(off=frozenset(off), working=frozenset(working), announced=frozenset(announced))


def _notice(year: int) -> tuple[set[date], set[date]]:
    """Days off and weekend days worked. Every notice since 2001 swaps some days: a year with none is not announced."""
    from holidays import country_holidays  # takes a while to load: only who builds a calendar waits for it

    made_up = {day for day in country_holidays("CN", years=year).weekend_workdays if day.year == year}
    days = country_holidays("CN", years=year, observed=bool(made_up))
    return {day for day in days if day.year == year}, made_up


def _refuse_naive(moment: datetime) -> None:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its zone")
