"""When somebody looks: windows by policy, season and household, and which one to show."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.lengths import Window
from accounts.policy import Policy, with_changes
from core.clock import LOCAL
from visits.daily.refusals import WrongWindow
from visits.daily.windows import current, in_winter, opening, openings, own_windows, window_of

CURTAIN = Policy.default().curtain


@pytest.mark.parametrize(
    ("first", "last", "winter"),
    [
        (11, 2, {11, 12, 1, 2}),
        (12, 12, {12}),
        (1, 3, {1, 2, 3}),
        (1, 12, set(range(1, 13))),
        (10, 9, set(range(1, 13))),
    ],
)
def test_winter_may_run_over_the_end_of_the_year(first: int, last: int, winter: set[int]) -> None:
    changed = {"curtain": {"winter_from_month": first, "winter_to_month": last}}
    curtain = with_changes(Policy.default(), changed).curtain
    assert {month for month in range(1, 13) if in_winter(curtain, month)} == winter


def test_the_windows_change_with_the_season() -> None:
    assert str(window_of(CURTAIN, "morning", date(2026, 3, 1))) == "07:00-09:00"
    assert str(window_of(CURTAIN, "evening", date(2026, 10, 31))) == "18:00-21:30"
    assert str(window_of(CURTAIN, "morning", date(2026, 2, 28))) == "07:30-09:30"
    assert str(window_of(CURTAIN, "evening", date(2026, 11, 1))) == "17:00-21:00"


def test_a_window_is_of_the_local_day() -> None:
    found = opening(Window.of("07:00-09:00"), "morning", date(2026, 3, 2))
    assert found.opens_at == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert found.closes_at == datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_a_households_own_window_comes_before_the_districts() -> None:
    early, late = openings(CURTAIN, date(2026, 3, 2), morning="05:30-06:30")
    assert (early.part, early.opens_at.astimezone(LOCAL).time()) == ("morning", time(5, 30))
    assert (late.part, late.opens_at.astimezone(LOCAL).time()) == ("evening", time(18, 0))


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)))
def test_every_day_has_two_windows_that_do_not_touch(day: date) -> None:
    early, late = openings(CURTAIN, day)
    assert early.opens_at < early.closes_at < late.opens_at < late.closes_at
    assert {one.opens_at.astimezone(LOCAL).date() for one in (early, late)} == {day}


@pytest.mark.parametrize(
    ("morning", "evening", "field"),
    [
        ("7点到9点", None, "/morning"),
        ("09:00-07:00", None, "/morning"),
        ("07:00-07:10", None, "/morning"),
        ("13:00-14:00", None, "/morning"),
        ("10:00-16:00", None, "/morning"),
        (None, "08:00-09:00", "/evening"),
        (None, "25:00-26:00", "/evening"),
        ("11:00-13:00", "12:00-20:00", "/evening"),
    ],
)
def test_a_window_nobody_can_keep_is_refused(morning: str | None, evening: str | None, field: str) -> None:
    with pytest.raises(WrongWindow) as refused:
        own_windows(morning, evening)
    assert refused.value.field == field
    assert "请" in refused.value.detail


def test_a_household_may_have_one_window_of_its_own_or_none() -> None:
    assert own_windows(None, None) == (None, None)
    assert own_windows("06:00-07:00", None) == (Window.of("06:00-07:00"), None)


def test_shown_is_the_window_open_now_else_the_next_else_the_last() -> None:
    early, late = openings(CURTAIN, date(2026, 3, 2))
    known = [(one.part, one.opens_at, one.closes_at) for one in (early, late)]
    at = {
        "before": (early.opens_at - timedelta(hours=1), "morning"),
        "open": (early.opens_at, "morning"),
        "closed": (early.closes_at, "evening"),
        "late": (late.closes_at + timedelta(minutes=1), "evening"),
    }
    assert {name: current(known, moment) for name, (moment, _) in at.items()} == {
        name: part for name, (_, part) in at.items()
    }
    assert current([(None, None, None)], early.opens_at) is None
