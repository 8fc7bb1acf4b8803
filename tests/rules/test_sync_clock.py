"""Two clocks: the phone's is a claim, put right by what each request tells, and never believed beyond reason."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.sync.clock import LONGEST_SILENCE, LONGEST_WAY, PhoneClock, corrected, judged, measured

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RIGHT = PhoneClock(offset=timedelta(), error=timedelta(), measured_at=NOW)

offsets = st.timedeltas(min_value=-1100 * DAY, max_value=1100 * DAY)
ways = st.timedeltas(min_value=timedelta(), max_value=LONGEST_WAY)


def test_one_request_tells_the_offset_and_that_it_may_have_travelled_for_two_minutes() -> None:
    clock = measured(NOW + 3 * HOUR, received_at=NOW, before=None)
    assert (clock.offset, clock.error) == (3 * HOUR, LONGEST_WAY)


@given(offset=offsets, first=ways, then=ways, between=st.timedeltas(min_value=timedelta(), max_value=30 * DAY))
def test_the_true_offset_lies_between_the_offset_and_its_error(
    offset: timedelta, first: timedelta, then: timedelta, between: timedelta
) -> None:
    before = measured(NOW + offset - first, received_at=NOW, before=None)
    later = NOW + between
    clock = measured(later + offset - then, received_at=later, before=before)
    assert clock.offset <= offset <= clock.offset + clock.error
    assert clock.error <= LONGEST_WAY


def test_a_quick_request_makes_the_error_of_a_slow_one_smaller() -> None:
    quick = measured(NOW + HOUR, received_at=NOW, before=None)
    later = NOW + 10 * timedelta(minutes=1)
    slow = measured(later + HOUR - timedelta(seconds=90), received_at=later, before=quick)
    assert abs(slow.offset - HOUR) < timedelta(seconds=1)
    assert slow.error <= timedelta(seconds=31)


def test_a_clock_that_was_set_is_measured_anew() -> None:
    before = measured(NOW + 3 * HOUR, received_at=NOW, before=None)
    after = measured(NOW + DAY, received_at=NOW + DAY, before=before)
    assert (after.offset, after.error) == (timedelta(), LONGEST_WAY)


def test_a_request_that_tells_no_time_leaves_what_was_known() -> None:
    before = measured(NOW + 3 * HOUR, received_at=NOW, before=None)
    assert measured(None, received_at=NOW + DAY, before=before) == before
    assert measured(None, received_at=NOW, before=None) == RIGHT


@given(offset=offsets, way=ways, ago=st.timedeltas(min_value=timedelta(), max_value=399 * DAY))
def test_a_wrong_clock_dates_nothing_wrongly(offset: timedelta, way: timedelta, ago: timedelta) -> None:
    clock = measured(NOW + offset - way, received_at=NOW, before=None)
    found = judged(NOW - way - ago + offset, clock, received_at=NOW)
    assert not found.implausible
    assert timedelta() <= found.at - (NOW - way - ago) <= clock.error


@pytest.mark.parametrize(
    ("claimed", "implausible"),
    [
        (NOW, False),
        (NOW + timedelta(minutes=5), False),
        (NOW + timedelta(minutes=5, seconds=1), True),
        (NOW + 1000 * DAY, True),
        (NOW - LONGEST_SILENCE, False),
        (NOW - LONGEST_SILENCE - timedelta(seconds=1), True),
        (datetime(1970, 1, 1, tzinfo=UTC), True),
        (datetime(1, 1, 1, tzinfo=timezone(14 * HOUR)), True),
        (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-14 * HOUR)), True),
    ],
)
def test_what_cannot_be_is_judged_as_of_when_it_was_received(claimed: datetime, implausible: bool) -> None:
    found = judged(claimed, RIGHT, received_at=NOW)
    assert (found.implausible, found.at) == (implausible, NOW if implausible else claimed)


def test_the_error_bar_widens_what_is_possible() -> None:
    unsure = PhoneClock(offset=timedelta(), error=HOUR, measured_at=NOW)
    assert not judged(NOW + HOUR, unsure, received_at=NOW).implausible


def test_a_phone_silent_for_years_is_believed_of_what_it_was_given_then() -> None:
    claimed = NOW - 700 * DAY
    assert judged(claimed, RIGHT, received_at=NOW).implausible
    assert judged(claimed, RIGHT, received_at=NOW, issued_at=NOW - 702 * DAY).at == claimed


def test_a_moment_beyond_the_calendar_is_none() -> None:
    ahead = PhoneClock(offset=3 * 365 * DAY, error=timedelta(), measured_at=NOW)
    assert corrected(datetime(2, 1, 1, tzinfo=UTC), ahead) is None
