"""A phone numbers what it sends: a gap is something not received, whatever the order and however often it comes."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from visits.sync.numbers import MOST_MISSING, Numbers, of_installation, received

numbers = st.sets(st.integers(min_value=1, max_value=300), max_size=60)


@given(pushes=st.lists(st.lists(st.integers(min_value=1, max_value=300), max_size=20), max_size=8))
def test_missing_is_what_lies_below_the_highest_and_never_came(pushes: list[list[int]]) -> None:
    state = Numbers()
    for push in pushes:
        state = received(state, push)
    came = {number for push in pushes for number in push}
    assert state.last == max(came, default=0)
    assert set(state.missing) == set(range(1, state.last + 1)) - came
    assert list(state.missing) == sorted(state.missing)


@given(first=numbers, then=numbers)
def test_what_comes_again_changes_nothing(first: set[int], then: set[int]) -> None:
    state = received(received(Numbers(), first), then)
    assert received(state, first | then) == state


def test_the_first_one_may_be_missing() -> None:
    assert received(Numbers(), [3]) == Numbers(last=3, missing=(1, 2))


def test_nothing_numbered_changes_nothing() -> None:
    assert received(Numbers(last=4, missing=(2,)), []) == Numbers(last=4, missing=(2,))


def test_a_leap_of_two_thousand_million_is_kept_short() -> None:
    state = received(Numbers(last=5, missing=(2,)), [2**31 - 1])
    assert (state.last, len(state.missing), state.missing[:3]) == (2**31 - 1, MOST_MISSING, (2, 6, 7))


def test_an_app_installed_anew_counts_from_one_again() -> None:
    before, old, new = Numbers(last=40, missing=(7,)), UUID(int=1), UUID(int=2)
    assert of_installation(before, old, new) == Numbers()
    assert of_installation(before, old, old) == before
    assert of_installation(before, None, new) == before
    assert of_installation(before, old, None) == before
