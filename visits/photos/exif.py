"""What the camera wrote beside a picture: how it was held, where it stood and when, as far as that can be true."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

# Tags of EXIF 2.32.
_ORIENTATION = 0x0112
_TAKEN_AT, _ZONE = 0x9003, 0x9011
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4

_YEARS = range(2000, 2100)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Degrees, WGS-84, as the camera read them."""

    latitude: float
    longitude: float


def orientation(tags: Mapping[int, Any]) -> int:
    """How the picture must be turned to stand upright: 1 to 8, 1 for not at all."""
    found = tags.get(_ORIENTATION)
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def place(gps: Mapping[int, Any]) -> Place | None:
    """Where the camera stood; None without both co-ordinates and their hemispheres, or when they cannot be true."""
    latitude = _degrees(gps.get(_LATITUDE), gps.get(_LATITUDE_REF), "N", "S", most=90)
    longitude = _degrees(gps.get(_LONGITUDE), gps.get(_LONGITUDE_REF), "E", "W", most=180)
    if (
        latitude is None or longitude is None or (latitude, longitude) == (0, 0)
    ):  # zeros: what a phone without a fix writes
        return None
    return Place(latitude=latitude, longitude=longitude)


def _degrees(value: Any, hemisphere: Any, positive: str, negative: str, *, most: int) -> float | None:
    sign = {positive: 1, negative: -1}.get(_text(hemisphere))
    try:
        degrees, minutes, seconds = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    whole = isfinite(found) and min(degrees, minutes, seconds) >= 0 and found <= most
    return round(sign * found, 7) if sign and whole else None


def taken_at(tags: Mapping[int, Any], *, zone: ZoneInfo) -> datetime | None:
    """When the camera says it took the picture; `zone` is that of the people, where the camera names none."""
    try:
        told = datetime.strptime(_text(tags.get(_TAKEN_AT)), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return told.replace(tzinfo=_offset(_text(tags.get(_ZONE))) or zone) if told.year in _YEARS else None


def _offset(told: str) -> timezone | None:
    try:
        zone = datetime.strptime(told, "%z").utcoffset()
    except ValueError:
        return None
    return timezone(zone) if zone is not None and abs(zone) < timedelta(hours=15) else None


def _text(value: Any) -> str:
    """Cameras end texts with NULs or blanks, and some write them as bytes."""
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else value
    return text.strip("\0 ") if isinstance(text, str) else ""
