"""Where something was: a place on the globe, and how far two lie apart."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

_EARTH = 6_371_000  # metres


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Degrees, WGS-84."""

    latitude: float
    longitude: float


def distance(one: Position, other: Position) -> float:
    """Metres between two places, along the ground."""
    up, across = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    half = sin(up / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(across / 2) ** 2
    return 2 * _EARTH * asin(sqrt(min(1.0, half)))
