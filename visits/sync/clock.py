"""A phone's clock beside the server's: how far it is off, how sure that is, and what a claimed moment is worth."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

LONGEST_WAY = timedelta(minutes=2)
"""A request travels no longer than this: by so much a phone's clock may be further ahead than it seems."""
LONGEST_SILENCE = timedelta(days=400)
"""No phone is signed in for longer, so nothing it sends can be older than what it was given that long ago."""

_DRIFT = 1e-4  # a phone's clock gains or loses at most 100 parts in a million: 9 seconds a day
_A_LITTLE = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneClock:
    """`offset`: how far the phone's clock is ahead; it may be further ahead by up to `error`, never less.

    A moment put right by it is therefore at most `error` too late, and never later than it was received.
    """

    offset: timedelta
    error: timedelta
    measured_at: datetime


def measured(sent_at: datetime | None, *, received_at: datetime, before: PhoneClock | None) -> PhoneClock:
    """The clock as this request and the one before tell it together; `sent_at` is what the phone's clock said.

    Where the two cannot both be true, somebody has set the clock: the new one counts. A request that does not tell
    the time leaves what was known; a phone that never told it is believed.
    """
    if sent_at is None:
        return before or PhoneClock(offset=timedelta(), error=timedelta(), measured_at=received_at)
    now = PhoneClock(offset=sent_at - received_at, error=LONGEST_WAY, measured_at=received_at)
    return now if before is None else _together(before, now)


def _together(before: PhoneClock, now: PhoneClock) -> PhoneClock:
    drift = abs(now.measured_at - before.measured_at) * _DRIFT
    least = max(before.offset - drift, now.offset)
    most = min(before.offset + before.error + drift, now.offset + now.error)
    if most < least:
        return now
    return PhoneClock(offset=least, error=most - least, measured_at=now.measured_at)


def corrected(claimed_at: datetime, clock: PhoneClock) -> datetime | None:
    """What the phone claims, by the server's clock (UTC); None where no calendar reaches."""
    try:
        return (claimed_at - clock.offset).astimezone(UTC)
    except OverflowError:
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The moment something is judged as of, and whether the claim had to be left aside for it."""

    at: datetime
    implausible: bool


def judged(
    claimed_at: datetime, clock: PhoneClock, *, received_at: datetime, issued_at: datetime | None = None
) -> Judged:
    """The claim put right; where that is impossible, the moment it was received.

    Possible is a moment not after it was received, and not 400 days before what it answers was issued (where that is
    not known: before it was received).
    """
    at = corrected(claimed_at, clock)
    earliest = min(received_at, issued_at or received_at) - LONGEST_SILENCE
    if at is None or not earliest <= at <= received_at + clock.error + _A_LITTLE:
        return Judged(at=received_at, implausible=True)
    return Judged(at=at, implausible=False)
