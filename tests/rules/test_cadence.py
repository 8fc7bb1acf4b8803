"""Slots laid by a plan, and the first day of a plan that takes over from another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import LOCAL
from visits.cadence import (
    MOST_AHEAD,
    Basis,
    Layout,
    Needs,
    Plan,
    Terms,
    first_due,
    laid_until,
    lay,
    next_due,
    slots,
    why_ended,
)

DAY = timedelta(days=1)
HIGH = Terms(every=7 * DAY, opens_before=3 * DAY, grace=timedelta())
GENERAL = Terms(every=30 * DAY, opens_before=7 * DAY, grace=3 * DAY)
MINUTES = Terms(every=timedelta(minutes=2), opens_before=timedelta(minutes=1), grace=timedelta(seconds=20))
SOMEBODY = UUID(int=7)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=LOCAL)


def end_of(month: int, day: int) -> datetime:
    return local(2026, month, day, 23, 59, 59)


def test_slots_follow_each_other_at_the_interval_up_to_the_horizon() -> None:
    laid = slots(HIGH, anchor_at=end_of(3, 2), after=NOW, until=end_of(3, 23))
    assert [slot.due_at for slot in laid] == [end_of(3, 9), end_of(3, 16), end_of(3, 23)]


def test_a_window_of_days_opens_with_its_first_local_day_and_is_missed_after_the_grace() -> None:
    (slot,) = slots(GENERAL, anchor_at=end_of(3, 2), after=NOW, until=end_of(4, 1))
    assert (slot.opens_at, slot.due_at, slot.missed_after) == (local(2026, 3, 25), end_of(4, 1), end_of(4, 4))


def test_an_interval_of_minutes_is_due_at_the_moment_and_not_at_midnight() -> None:
    first, second = slots(MINUTES, anchor_at=NOW, after=NOW, until=NOW + timedelta(minutes=5))
    assert first.due_at == NOW + timedelta(minutes=2)
    assert first.opens_at == NOW + timedelta(minutes=1)
    assert first.missed_after == NOW + timedelta(minutes=2, seconds=20)
    assert second.due_at == NOW + timedelta(minutes=4)


def test_slots_already_laid_are_not_laid_again() -> None:
    laid = slots(HIGH, anchor_at=end_of(3, 2), after=end_of(3, 9), until=end_of(3, 16))
    assert [slot.due_at for slot in laid] == [end_of(3, 16)]


def test_an_interval_of_minutes_does_not_fill_the_table() -> None:
    until = laid_until(MINUTES, horizon=60 * DAY, now=NOW)
    assert until == NOW + MOST_AHEAD * MINUTES.every


def test_an_interval_longer_than_the_horizon_still_lays_the_next_visit() -> None:
    yearly = Terms(every=366 * DAY, opens_before=30 * DAY, grace=3 * DAY)
    until = laid_until(yearly, horizon=60 * DAY, now=NOW)
    assert len(slots(yearly, anchor_at=NOW - DAY, after=NOW, until=until)) == 1


def test_terms_that_never_come_round_are_refused() -> None:
    with pytest.raises(ValueError, match="interval"):
        Terms(every=timedelta(), opens_before=timedelta(), grace=timedelta())


def test_a_person_seen_lately_is_due_one_interval_later() -> None:
    due = first_due(GENERAL, recipient_id=SOMEBODY, seen_at=local(2026, 2, 20, 9), promised_at=None, now=NOW)
    assert due == end_of(3, 22)


def test_people_never_seen_are_spread_over_the_interval_and_none_later() -> None:
    dues = [
        first_due(GENERAL, recipient_id=UUID(int=number), seen_at=None, promised_at=None, now=NOW)
        for number in range(300)
    ]
    assert min(dues) == end_of(3, 3) and max(dues) == end_of(4, 1)
    assert max(dues.count(due) for due in set(dues)) < 30


def test_the_spread_is_the_same_every_time_it_is_asked() -> None:
    asked = [first_due(HIGH, recipient_id=SOMEBODY, seen_at=None, promised_at=None, now=NOW) for _ in range(2)]
    assert asked[0] == asked[1]


def test_a_higher_risk_brings_the_next_visit_forward() -> None:
    due = first_due(HIGH, recipient_id=SOMEBODY, seen_at=local(2026, 2, 27, 9), promised_at=end_of(3, 29), now=NOW)
    assert due == end_of(3, 6)


def test_a_higher_risk_long_after_the_last_contact_is_due_within_a_day() -> None:
    due = first_due(HIGH, recipient_id=SOMEBODY, seen_at=local(2026, 2, 10, 9), promised_at=end_of(3, 12), now=NOW)
    assert due == end_of(3, 3)


def test_a_lower_risk_keeps_what_was_promised() -> None:
    due = first_due(GENERAL, recipient_id=SOMEBODY, seen_at=local(2026, 2, 27, 9), promised_at=end_of(3, 6), now=NOW)
    assert due == end_of(3, 6)


terms = st.builds(
    lambda every, opens, grace: Terms(
        every=timedelta(hours=every), opens_before=timedelta(hours=opens), grace=timedelta(hours=grace)
    ),
    st.integers(1, 24 * 60),
    st.integers(0, 24 * 30),
    st.integers(0, 24 * 30),
)
moments = st.integers(-60 * 24 * 60, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))
ahead = st.integers(1, 60 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))


@given(terms=terms, seen_at=st.none() | moments, promised_at=st.none() | ahead, number=st.integers(0, 2**64))
def test_a_change_never_lengthens_the_wait(
    terms: Terms, seen_at: datetime | None, promised_at: datetime | None, number: int
) -> None:
    due = first_due(terms, recipient_id=UUID(int=number), seen_at=seen_at, promised_at=promised_at, now=NOW)
    assert due > NOW
    if promised_at is not None:
        assert due <= promised_at
    if seen_at is not None and seen_at + terms.every > NOW:
        assert due <= seen_at + terms.every + DAY
    assert due <= NOW + terms.every + DAY or due == promised_at


@given(terms=terms, anchor_at=moments, after=moments)
def test_slots_are_one_interval_apart_and_their_windows_run_forward(
    terms: Terms, anchor_at: datetime, after: datetime
) -> None:
    laid = slots(terms, anchor_at=anchor_at, after=after, until=NOW)
    assert all(after < slot.due_at <= NOW for slot in laid)
    assert all(slot.opens_at <= slot.due_at <= slot.missed_after for slot in laid)
    assert all(later.due_at - slot.due_at == terms.every for slot, later in pairwise(laid))
    assert next_due(terms, anchor_at=anchor_at, after=after) > max(after, anchor_at)


BASIS = Basis(area_id=5, risk="general", policy_id=None, worker_id=UUID(int=1))
NEEDS = Needs(
    recipient_id=SOMEBODY,
    standing="at_home",
    support_mode="dispersed",
    basis=BASIS,
    terms=GENERAL,
    horizon=60 * DAY,
    seen_at=None,
)
PLAN = Plan(id=UUID(int=4), basis=BASIS, terms=GENERAL, anchor_at=end_of(2, 10), laid_until=end_of(4, 11))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"area_id": 6}, "area_changed"),
        ({"risk": "high"}, "risk_changed"),
        ({"policy_id": UUID(int=9)}, "policy_changed"),
        ({"worker_id": None}, "worker_changed"),
    ],
)
def test_a_plan_ends_when_what_it_rests_on_changes(changes: dict[str, Any], why: str | None) -> None:
    assert why_ended(BASIS, replace(NEEDS, basis=replace(BASIS, **changes))) == why


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"standing": "died"}, "died"),
        ({"standing": "moved_to_collective"}, "moved_to_collective"),
        ({"standing": "eligibility_ended"}, "eligibility_ended"),
        ({"support_mode": "collective"}, "collective_support"),
    ],
)
def test_who_left_has_no_plan(changes: dict[str, Any], why: str) -> None:
    gone = replace(NEEDS, **changes)
    assert lay(gone, PLAN, promised_at=end_of(3, 12), now=NOW) == Layout(ends=why)
    assert lay(gone, replace(PLAN, ended=True), promised_at=None, now=NOW) == Layout()
    assert lay(gone, None, promised_at=None, now=NOW) == Layout()


def test_a_plan_goes_on_in_hospital() -> None:
    assert lay(replace(NEEDS, standing="in_hospital"), PLAN, promised_at=end_of(3, 12), now=NOW).ends is None


def test_a_plan_that_fits_is_only_extended() -> None:
    found = lay(NEEDS, PLAN, promised_at=end_of(3, 12), now=NOW + 20 * DAY)
    assert (found.ends, found.anchor_at) == (None, None)
    assert [slot.due_at for slot in found.slots] == [end_of(5, 11)] and found.laid_until == end_of(5, 11)


def test_a_plan_laid_to_its_horizon_needs_nothing() -> None:
    found = lay(NEEDS, replace(PLAN, laid_until=end_of(4, 11)), promised_at=end_of(3, 12), now=NOW)
    assert found.slots == () and found.laid_until == end_of(4, 11)


def test_after_a_long_standstill_only_the_last_passed_slot_is_laid() -> None:
    found = lay(replace(NEEDS, horizon=30 * DAY), PLAN, promised_at=None, now=NOW + 200 * DAY)
    assert [slot.due_at for slot in found.slots] == [end_of(9, 8), end_of(10, 8)]


def test_a_new_plan_begins_where_the_old_one_promised() -> None:
    found = lay(replace(NEEDS, basis=replace(BASIS, worker_id=None)), PLAN, promised_at=end_of(3, 12), now=NOW)
    assert found.ends == "worker_changed"
    assert [slot.due_at for slot in found.slots] == [end_of(3, 12), end_of(4, 11)]
    assert found.anchor_at == end_of(3, 12) - 30 * DAY and found.laid_until == end_of(4, 11)


def test_who_comes_back_takes_up_the_old_cadence() -> None:
    found = lay(NEEDS, replace(PLAN, ended=True), promised_at=None, now=NOW)
    assert found.slots[0].due_at == end_of(3, 12)


def test_a_first_visit_beyond_the_horizon_is_laid_all_the_same() -> None:
    near = replace(NEEDS, horizon=DAY, seen_at=NOW - DAY)
    assert len(lay(near, None, promised_at=None, now=NOW).slots) == 1
