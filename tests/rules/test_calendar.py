"""Working days, lengths and windows."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.calendar import DayOverride, WorkCalendar, add, china, next_in_window
from accounts.lengths import Length, Window
from core.clock import LOCAL

CHINA_2026 = china([2025, 2026])
PLAIN = WorkCalendar()
OFFICE = Window.of("08:00-20:00")


def local(day: int, hour: int, minute: int = 0, *, month: int = 3) -> datetime:
    """A moment of 2026 on local clocks; 2 March is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("day", "works", "why"),
    [
        (date(2026, 3, 2), True, "an ordinary Monday"),
        (date(2026, 3, 7), False, "an ordinary Saturday"),
        (date(2026, 2, 16), False, "a Monday of the Spring Festival"),
        (date(2026, 2, 23), False, "a Monday swapped for a weekend day"),
        (date(2026, 2, 14), True, "a Saturday worked to make up"),
        (date(2026, 2, 28), True, "a Saturday worked to make up"),
        (date(2026, 9, 20), True, "a Sunday worked to make up"),
        (date(2026, 10, 7), False, "the last day of the National Day week"),
        (date(2026, 10, 10), True, "a Saturday worked to make up"),
        (date(2026, 1, 4), True, "the Sunday after New Year, worked"),
    ],
)
def test_the_state_councils_calendar_with_its_make_up_days(day: date, works: bool, why: str) -> None:
    assert CHINA_2026.is_workday(day) is works, why


def test_2026_has_as_many_working_days_as_the_notice_leaves() -> None:
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    # 261 weekdays, 19 of them off, 6 weekend days worked.
    assert sum(CHINA_2026.is_workday(day) for day in days) == 248


def test_a_year_without_a_notice_yet_is_provisional_and_knows_the_statutory_days_only() -> None:
    later = china([2026, 2040])
    assert later.announced == {2026}
    assert later.is_provisional(date(2040, 5, 8))
    assert not later.is_provisional(date(2026, 5, 8))
    assert not later.is_workday(date(2040, 10, 1))
    assert not any(day.year == 2040 for day in later.working)


def test_a_year_nobody_asked_for_is_provisional() -> None:
    assert CHINA_2026.is_provisional(date(2024, 5, 8))
    assert CHINA_2026.is_workday(date(2024, 5, 8))


def test_a_districts_own_word_on_a_day_is_stronger() -> None:
    flood, extra = date(2026, 3, 3), date(2026, 2, 18)
    calendar = china([2026], [DayOverride(day=flood, working=False), DayOverride(day=extra, working=True)])
    assert not calendar.is_workday(flood)
    assert calendar.is_workday(extra)


def test_a_day_cannot_be_off_and_working() -> None:
    with pytest.raises(ValueError, match="both off and working"):
        WorkCalendar(off=frozenset({date(2026, 3, 2)}), working=frozenset({date(2026, 3, 2)}))


@pytest.mark.parametrize(
    ("start", "length", "end", "why"),
    [
        (local(2, 15), "1wd", local(3, 15), "Monday to Tuesday"),
        (local(6, 15), "1wd", local(9, 15), "Friday to Monday"),
        (local(7, 15), "1wd", local(10, 0), "Saturday counts as the start of Monday"),
        (local(8, 23, 59), "1wd", local(10, 0), "so does Sunday night"),
        (local(13, 15, month=2), "1wd", local(14, 15, month=2), "to a Saturday worked to make up"),
        (local(14, 15, month=2), "1wd", local(24, 15, month=2), "over the Spring Festival"),
        (local(2, 15), "5wd", local(9, 15), "over one weekend"),
        (local(7, 15), "0wd", local(7, 15), "nothing is nothing"),
        (local(7, 15), "2h", local(7, 17), "the clock knows no weekend"),
        (local(7, 15), "7d", local(14, 15), "nor do days of the clock"),
    ],
)
def test_adding_lengths(start: datetime, length: str, end: datetime, why: str) -> None:
    assert add(start, Length.of(length), CHINA_2026) == end, why


def test_working_days_are_counted_on_local_days_and_answered_in_the_zone_asked() -> None:
    saturday_morning_here = datetime(2026, 3, 6, 17, 0, tzinfo=UTC)
    due = add(saturday_morning_here, Length.of("1wd"), CHINA_2026)
    assert due == local(10, 0)
    assert due.tzinfo is UTC


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        add(datetime(2026, 3, 2), Length.of("1h"), PLAIN)
    with pytest.raises(ValueError, match="zone"):
        next_in_window(datetime(2026, 3, 2), OFFICE)


@pytest.mark.parametrize(
    ("moment", "calendar", "expected", "why"),
    [
        (local(2, 8), None, local(2, 8), "the opening is inside"),
        (local(2, 19, 59), None, local(2, 19, 59), "the last minute is inside"),
        (local(2, 20), None, local(3, 8), "the closing is outside"),
        (local(2, 3), None, local(2, 8), "early morning waits for the opening"),
        (local(7, 12), None, local(7, 12), "a window alone knows no weekend"),
        (local(7, 12), CHINA_2026, local(9, 8), "with working days Saturday waits for Monday"),
        (local(7, 3), CHINA_2026, local(9, 8), "even before its opening"),
        (local(6, 21), CHINA_2026, local(9, 8), "Friday evening too"),
    ],
)
def test_the_next_moment_in_a_window(
    moment: datetime, calendar: WorkCalendar | None, expected: datetime, why: str
) -> None:
    assert next_in_window(moment, OFFICE, calendar) == expected, why


@pytest.mark.parametrize("text", ["30s", "30min", "2h", "7d", "1wd", "0d", "90min", "36h", "366d"])
def test_a_length_is_written_as_it_was_read(text: str) -> None:
    assert str(Length.of(text)) == text


@pytest.mark.parametrize("text", ["", "7", "7 d", "-1d", "1.5h", "1w", "1wd2h", "７d", "d", "1D", "40000d", "40000wd"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="length"):
        Length.of(text)


def test_a_length_is_seconds_or_working_days_and_never_negative() -> None:
    for seconds, working_days in ((1, 1), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="not negative"):
            Length(seconds=seconds, working_days=working_days)


def test_a_length_is_zero_only_without_seconds_and_working_days() -> None:
    assert Length.of("0min").is_zero
    assert not Length.of("1s").is_zero
    assert not Length.of("1wd").is_zero


def test_a_century_is_the_longest_length() -> None:
    assert Length.of("36525d").rough_seconds == Length.of("36525wd").rough_seconds
    with pytest.raises(ValueError, match="century"):
        Length.of("36526d")


def test_working_days_have_no_stretch_of_the_clock() -> None:
    assert Length.of("2h").delta == timedelta(hours=2)
    with pytest.raises(ValueError, match="calendar"):
        _ = Length.of("2wd").delta


@pytest.mark.parametrize("text", ["", "8-20", "08:00", "08:00-24:00", "20:00-08:00", "08:00-08:00", "08:60-09:00"])
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"window|hour|minute"):
        Window.of(text)


def test_a_window_is_written_as_it_was_read() -> None:
    assert str(Window.of("18:00-21:30")) == "18:00-21:30"


moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.sampled_from([UTC, LOCAL]))
lengths = st.builds(Length, seconds=st.integers(0, 40 * 86400)) | st.builds(Length, working_days=st.integers(0, 40))
days = st.dates(date(2025, 1, 1), date(2028, 12, 31))
calendars = st.tuples(st.sets(days, max_size=30), st.sets(days, max_size=30)).map(
    lambda both: WorkCalendar(off=frozenset(both[0] - both[1]), working=frozenset(both[1]))
)


@given(moments, moments, lengths, st.just(CHINA_2026) | calendars)
def test_what_happens_later_is_never_due_earlier(
    one: datetime, other: datetime, length: Length, calendar: WorkCalendar
) -> None:
    earlier, later = sorted((one, other))
    assert add(earlier, length, calendar) <= add(later, length, calendar)


@given(moments, lengths, st.just(CHINA_2026) | calendars)
def test_a_deadline_never_lies_before_its_cause_and_in_working_days_on_a_working_day(
    moment: datetime, length: Length, calendar: WorkCalendar
) -> None:
    due = add(moment, length, calendar)
    assert due >= moment
    if length.working_days:
        assert calendar.is_workday(due.astimezone(LOCAL).date())


@given(moments, st.integers(1, 10), st.integers(1, 10), st.just(CHINA_2026) | calendars)
def test_working_days_add_up(moment: datetime, first: int, second: int, calendar: WorkCalendar) -> None:
    halfway = add(moment, Length(working_days=first), calendar)
    whole = add(moment, Length(working_days=first + second), calendar)
    assert add(halfway, Length(working_days=second), calendar) == whole


@given(moments, st.none() | st.just(CHINA_2026))
def test_the_next_moment_in_a_window_is_inside_it_and_stays(moment: datetime, calendar: WorkCalendar | None) -> None:
    opened = next_in_window(moment, OFFICE, calendar)
    assert opened >= moment
    assert OFFICE.opens <= opened.astimezone(LOCAL).time() < OFFICE.closes
    assert next_in_window(opened, OFFICE, calendar) == opened


@given(moments)
def test_the_zone_a_moment_is_written_in_does_not_matter(moment: datetime) -> None:
    elsewhere = moment.astimezone(timezone(timedelta(hours=-7)))
    assert add(elsewhere, Length.of("3wd"), CHINA_2026) == add(moment, Length.of("3wd"), CHINA_2026)
