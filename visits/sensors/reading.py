"""Readings: what is taken of what a gateway sends, and what is told of it. Nothing of it decides anything yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from core.errors import Refusal
from visits.sensors.refusals import (
    ReadingBackwards,
    ReadingBeforeInstallation,
    ReadingFromFuture,
    ReadingOutOfRange,
    ReadingTooOld,
)
from visits.sensors.signing import TOLERANCE

MOST_AT_ONCE = 1000
_LARGEST = Decimal("99999999.9999")
_FINEST = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """`sensor` is its id, or what its gateway calls it. `amount`: litres, watt-hours or openings since the one before.

    A device that has nothing to count sends nought all the same: silence means that it is broken.
    """

    sensor: str
    event_id: str
    at: datetime
    amount: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """A sensor in use, as far as taking its readings needs."""

    id: UUID
    area_id: int
    label: str
    installed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingTerms:
    """`late_after`: older on arrival, a reading says nothing of how things are. `kept`: older ones are not stored."""

    late_after: timedelta
    kept: timedelta


def fault(reading: Reading, sensor: Installed, *, terms: ReadingTerms, now: datetime) -> Refusal | None:
    """Why a reading is not taken; None where it is."""
    amount = reading.amount
    if not amount.is_finite() or amount > _LARGEST:
        return ReadingOutOfRange(field="/amount")
    if amount < 0:
        return ReadingBackwards(field="/amount")
    if reading.at > now + TOLERANCE:
        return ReadingFromFuture(field="/at")
    if reading.at < now - terms.kept:
        return ReadingTooOld(field="/at")
    if reading.at < sensor.installed_at - TOLERANCE:  # the meter may have hung in another home before
        return ReadingBeforeInstallation(field="/at")
    return None


def late(at: datetime, *, terms: ReadingTerms, now: datetime) -> bool:
    """Kept for the record; the windows it could have spoken for are over."""
    return at < now - terms.late_after


def rounded(amount: Decimal) -> Decimal:
    """As stored: a reading sent again must be known for the same. Only for one that `fault` lets pass."""
    return amount.quantize(_FINEST)
