"""Guessing at sign-in is slowed down, a worker's upload never."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.throttle import FORGOTTEN_AFTER, LIMITS, Key, Tally, failed, succeeded, wait_before

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def after_failures(key: Key, count: int, at: datetime = NOW) -> Tally:
    tally = Tally(key=key)
    for _ in range(count):
        tally = failed(tally, at)
    return tally


def test_a_first_attempt_waits_for_nothing() -> None:
    assert wait_before([Tally(key=key) for key in Key], NOW) == timedelta()


@pytest.mark.parametrize("key", list(Key))
def test_the_free_failures_cost_nothing_and_the_next_one_locks(key: Key) -> None:
    free = LIMITS[key].free
    assert wait_before([after_failures(key, free)], NOW) == timedelta()
    assert wait_before([after_failures(key, free + 1)], NOW) == MINUTE


def test_a_whole_office_behind_one_address_may_fail_more_often_than_one_person() -> None:
    assert {key: limit.free for key, limit in LIMITS.items()} == {Key.ACCOUNT: 5, Key.DEVICE: 5, Key.ADDRESS: 40}
    assert {key: limit.longest_lock // MINUTE for key, limit in LIMITS.items()} == {
        Key.ACCOUNT: 30,
        Key.DEVICE: 30,
        Key.ADDRESS: 15,
    }


def test_each_further_failure_locks_twice_as_long_up_to_a_bound() -> None:
    waits = [wait_before([after_failures(Key.ACCOUNT, 5 + beyond)], NOW) for beyond in range(1, 9)]
    assert [wait // MINUTE for wait in waits] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_thousands_of_failures_do_not_overflow() -> None:
    tally = Tally(key=Key.ACCOUNT, failures=10**9, last_failed_at=NOW)
    assert wait_before([failed(tally, NOW)], NOW) == LIMITS[Key.ACCOUNT].longest_lock


def test_a_lock_runs_out_by_itself() -> None:
    tally = after_failures(Key.ACCOUNT, 6)
    assert wait_before([tally], NOW + timedelta(seconds=59)) == timedelta(seconds=1)
    assert wait_before([tally], NOW + MINUTE) == timedelta()


def test_the_longest_lock_of_the_keys_decides() -> None:
    tallies = [after_failures(Key.ACCOUNT, 6), after_failures(Key.DEVICE, 8), Tally(key=Key.ADDRESS)]
    assert wait_before(tallies, NOW) == 4 * MINUTE


def test_an_owner_on_a_known_device_is_not_locked_out_by_a_stranger() -> None:
    tallies = [after_failures(Key.ACCOUNT, 50), Tally(key=Key.DEVICE), after_failures(Key.ADDRESS, 500)]
    assert wait_before(tallies, NOW) > timedelta()
    assert wait_before(tallies, NOW, device_is_known=True) == timedelta()


def test_guessing_on_a_known_device_is_slowed_down_too() -> None:
    tallies = [Tally(key=Key.ACCOUNT), after_failures(Key.DEVICE, 6)]
    assert wait_before(tallies, NOW, device_is_known=True) == MINUTE


def test_failures_are_forgotten_a_day_after_the_last_one() -> None:
    tally = after_failures(Key.ACCOUNT, 8)
    assert failed(tally, NOW + FORGOTTEN_AFTER).failures == 1
    assert failed(tally, NOW + FORGOTTEN_AFTER - timedelta(seconds=1)).failures == 9


def test_a_right_sign_in_clears_account_and_device_but_gives_an_address_one_attempt_back() -> None:
    assert succeeded(after_failures(Key.ACCOUNT, 8)) == Tally(key=Key.ACCOUNT)
    assert succeeded(after_failures(Key.DEVICE, 8)) == Tally(key=Key.DEVICE)
    assert succeeded(after_failures(Key.ADDRESS, 45)) == after_failures(Key.ADDRESS, 44)
    assert succeeded(after_failures(Key.ADDRESS, 2)) == after_failures(Key.ADDRESS, 1)
    assert succeeded(after_failures(Key.ADDRESS, 1)) == Tally(key=Key.ADDRESS)


def test_one_right_password_does_not_free_a_guessers_address() -> None:
    """Counted first, taken back after: alternating with one's own account leaves the failures at others standing."""
    tally = after_failures(Key.ADDRESS, 60)
    assert succeeded(failed(tally, NOW)).failures == 60


@given(st.sampled_from(list(Key)), st.integers(0, 200))
def test_one_more_failure_never_shortens_the_wait(key: Key, failures: int) -> None:
    tally = Tally(key=key, failures=failures, last_failed_at=NOW)
    once = failed(tally, NOW)
    assert wait_before([failed(once, NOW)], NOW) >= wait_before([once], NOW)


@given(st.integers(1, 10_000))
def test_a_guesser_gets_few_tries_a_day(patience: int) -> None:
    """Whoever tries whenever allowed has less than a hundred tries at one account in a day."""
    tally, at, tries = Tally(key=Key.ACCOUNT), NOW, 0
    while at < NOW + timedelta(days=1):
        tally, tries = failed(tally, at), tries + 1
        at += max(wait_before([tally], at), timedelta(seconds=patience))
    assert tries < 100
