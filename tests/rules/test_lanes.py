"""Lanes: what a watcher is shown, how many households they have, and what one tap says."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.ids import new_id
from visits.daily.lanes import LATEST, check_day, check_room, check_shown_as, moment_of, spread
from visits.daily.refusals import DayImpossible, LaneFull, NothingSaid, ShownTooMuch, UnknownHousehold, UnknownWord

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already the 3rd where people live


@pytest.mark.parametrize("shown", ["3号院", "李奶奶", "桂英大娘", "东头第二家"])
def test_a_watcher_sees_a_house_number_or_a_first_name(shown: str) -> None:
    check_shown_as(shown, name="李桂英")


@pytest.mark.parametrize("shown", ["李桂英", "李 桂英", "3号院李桂英家", "", "  ", "13802101234", "李奶奶 1201011941"])
def test_a_watcher_never_sees_a_full_name_or_a_number_to_find_somebody_by(shown: str) -> None:
    with pytest.raises(ShownTooMuch):
        check_shown_as(shown, name="李桂英")


def test_a_watcher_has_no_more_households_than_the_policy_says() -> None:
    check_room(4, 5)
    with pytest.raises(LaneFull) as refused:
        check_room(5, 5)
    assert "5 户" in refused.value.detail


def test_one_tap_says_all_is_fine_but_for_what_is_named() -> None:
    homes = [new_id() for _ in range(4)]
    taps = spread(new_id(), homes, all_changed=True, exceptions={homes[1]: "closed"})
    assert {one.household_id: one.seen for one in taps} == {
        homes[0]: "changed",
        homes[1]: "closed",
        homes[2]: "changed",
        homes[3]: "changed",
    }


def test_only_what_is_named_is_said_without_the_one_tap() -> None:
    homes = [new_id() for _ in range(4)]
    taps = spread(new_id(), homes, all_changed=False, exceptions={homes[2]: "unchanged"})
    assert [(one.household_id, one.seen) for one in taps] == [(homes[2], "unchanged")]


def test_the_same_tap_has_the_same_ids_and_another_has_others() -> None:
    item, homes = new_id(), [new_id(), new_id()]
    first = spread(item, homes, all_changed=True, exceptions={})
    assert first == spread(item, homes, all_changed=True, exceptions={})
    other = spread(new_id(), homes, all_changed=True, exceptions={})
    assert not {one.id for one in first} & {one.id for one in other}


def test_a_tap_says_something_of_households_of_its_lane_in_words_there_are() -> None:
    home = new_id()
    with pytest.raises(NothingSaid):
        spread(new_id(), [home], all_changed=False, exceptions={})
    with pytest.raises(UnknownHousehold):
        spread(new_id(), [home], all_changed=True, exceptions={new_id(): "closed"})
    for word in ("active", "quiet", "dead", ""):
        with pytest.raises(UnknownWord):
            spread(new_id(), [home], all_changed=False, exceptions={home: word})


def test_a_tap_is_about_today_or_a_day_not_long_past() -> None:
    check_day(date(2026, 3, 3), NOW)
    check_day(date(2025, 6, 1), NOW)
    for day in (date(2026, 3, 4), date(2024, 1, 1), date.min, date.max):
        with pytest.raises(DayImpossible):
            check_day(day, NOW)


def test_a_tap_was_made_as_long_ago_as_the_phone_says_whatever_its_clock() -> None:
    for wrong in (timedelta(), timedelta(days=900), timedelta(days=-900)):
        sent = NOW + wrong
        assert moment_of(sent - timedelta(hours=3), sent_at=sent, now=NOW) == NOW - timedelta(hours=3)
        assert moment_of(sent + timedelta(hours=3), sent_at=sent, now=NOW) == NOW


def test_impossible_moments_break_nothing() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert moment_of(first, sent_at=last, now=NOW) == NOW - LATEST
    assert moment_of(last, sent_at=first, now=NOW) == NOW
