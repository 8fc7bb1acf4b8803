"""Lengths of time and windows of the day, written as people write them: "30min", "7d", "2wd", "08:00-20:00"."""

import re
from dataclasses import dataclass
from datetime import time, timedelta

_UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}
_LONGEST = 36525  # days: a century, so that no typing error can overflow a date or walk a calendar for ever
_LENGTH = re.compile(r"(\d{1,9})(wd|d|h|min|s)", re.ASCII)
_WINDOW = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Length:
    """Either a stretch of the clock (`seconds`) or a count of working days; never both, never negative."""

    seconds: int = 0
    working_days: int = 0

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.working_days < 0 or (self.seconds and self.working_days):
            raise ValueError("a length is either seconds or working days, and not negative")
        if self.rough_seconds > _LONGEST * _UNITS["d"]:
            raise ValueError("a length is at most a century")

    @classmethod
    def of(cls, text: str) -> "Length":
        """Read "30s", "30min", "2h", "7d" or "1wd". ValueError for anything else."""
        match = _LENGTH.fullmatch(text)
        if match is None:
            raise ValueError(f"not a length of time: {text!r}")
        count, unit = int(match[1]), match[2]
        return cls(working_days=count) if unit == "wd" else cls(seconds=count * _UNITS[unit])

    @property
    def delta(self) -> timedelta:
        """The stretch of the clock. Working days have none without a calendar: ValueError."""
        if self.working_days:
            raise ValueError("working days need a calendar")
        return timedelta(seconds=self.seconds)

    @property
    def is_zero(self) -> bool:
        return self.seconds == 0 and self.working_days == 0

    @property
    def rough_seconds(self) -> int:
        """For comparing lengths of both sorts with each other: a working day counts as 24 hours."""
        return self.seconds + self.working_days * _UNITS["d"]

    def __str__(self) -> str:
        if self.working_days:
            return f"{self.working_days}wd"
        unit = next(unit for unit, size in _UNITS.items() if self.seconds % size == 0)
        return f"{self.seconds // _UNITS[unit]}{unit}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A part of each local day, from `opens` up to but not including `closes`; never across midnight."""

    opens: time
    closes: time

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError("a window opens before it closes, on the same day")

    @classmethod
    def of(cls, text: str) -> "Window":
        """Read "08:00-20:00". ValueError for anything else."""
        match = _WINDOW.fullmatch(text)
        if match is None:
            raise ValueError(f"not a window: {text!r}")
        hour, minute, closing_hour, closing_minute = (int(part) for part in match.groups())
        return cls(opens=time(hour, minute), closes=time(closing_hour, closing_minute))

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"
