"""Slows down guessing at sign-in: each account, device and address counts its failures and is locked longer each time.

Only signing in is slowed. A session that exists, above all a bound phone's, is never looked at here: nobody can stop a
worker's upload by guessing at her password.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Key(StrEnum):
    """What failures are counted by. An unknown login counts under ACCOUNT like a real one: the answers are the same."""

    ACCOUNT = "account"
    DEVICE = "device"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """`free` failures cost nothing; the next locks for `first_lock`, each further one twice as long, up to a bound."""

    free: int
    first_lock: timedelta
    longest_lock: timedelta


# A whole township office shares one address: it may fail far more often than one person.
LIMITS: Mapping[Key, Limit] = {
    Key.ACCOUNT: Limit(free=5, first_lock=timedelta(minutes=1), longest_lock=timedelta(minutes=30)),
    Key.DEVICE: Limit(free=5, first_lock=timedelta(minutes=1), longest_lock=timedelta(minutes=30)),
    Key.ADDRESS: Limit(free=40, first_lock=timedelta(minutes=1), longest_lock=timedelta(minutes=15)),
}

FORGOTTEN_AFTER = timedelta(hours=24)
"""So long after the last failure the count begins anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What is stored of one key."""

    key: Key
    failures: int = 0
    last_failed_at: datetime | None = None
    locked_until: datetime | None = None


def wait_before(tallies: Iterable[Tally], now: datetime, *, device_is_known: bool = False) -> timedelta:
    """How long the attempt must wait; zero: it may be made. The longest lock among the keys decides.

    `device_is_known`: this account has signed in from this device before. Then the device's own failures alone count,
    so that a stranger who guesses at an account, or shares its address, does not lock out its owner.
    """
    counted = [tally for tally in tallies if tally.key is Key.DEVICE or not device_is_known]
    waits = [tally.locked_until - now for tally in counted if tally.locked_until is not None]
    return max([timedelta(), *waits])


def failed(tally: Tally, now: datetime) -> Tally:
    """The tally after one more failure.

    Ask `wait_before` and store this in one transaction with the rows locked, *before* the secret is checked, and take
    it back by `succeeded`: of many guesses sent at the same moment each then finds the others counted.
    """
    forgotten = tally.last_failed_at is None or now - tally.last_failed_at >= FORGOTTEN_AFTER
    return _counted(tally.key, 1 if forgotten else tally.failures + 1, now)


def succeeded(tally: Tally) -> Tally:
    """The tally once the whole sign-in is right, second factor included.

    Account and device begin anew. An address only gets this attempt back: one right password must not buy a guesser
    forty more tries at other people's.
    """
    if tally.key is not Key.ADDRESS or tally.failures <= 1 or tally.last_failed_at is None:
        return Tally(key=tally.key)
    return _counted(tally.key, tally.failures - 1, tally.last_failed_at)


def _counted(key: Key, failures: int, at: datetime) -> Tally:
    lock = _lock(LIMITS[key], failures)
    return Tally(key=key, failures=failures, last_failed_at=at, locked_until=at + lock if lock else None)


def _lock(limit: Limit, failures: int) -> timedelta:
    beyond = failures - limit.free
    if beyond <= 0:
        return timedelta()
    doublings = min(beyond - 1, 16)  # more would overflow long after the bound is reached
    return min(limit.first_lock * (1 << doublings), limit.longest_lock)
