"""When somebody looks at a home's curtain and lamp: two windows a local day, by policy and season or by household."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from accounts.lengths import Window
from accounts.policy_rows import Curtain
from core.clock import LOCAL
from visits.daily.refusals import WrongWindow

Part = Literal["morning", "evening"]
PARTS: tuple[Part, ...] = ("morning", "evening")
PART_NAMES: Mapping[str, str] = {"morning": "早看窗帘", "evening": "晚看灯"}

SHORTEST = timedelta(minutes=15)
"""A window anybody can keep."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """One window of one day, by the clock. A look at `closes_at` itself comes too late."""

    on_day: date
    part: Part
    opens_at: datetime
    closes_at: datetime


def in_winter(curtain: Curtain, month: int) -> bool:
    """Whether the winter windows hold in a month; winter may run over the end of the year."""
    first, last = curtain.winter_from_month, curtain.winter_to_month
    return first <= month <= last if first <= last else month >= first or month <= last


def window_of(curtain: Curtain, part: Part, on: date) -> Window:
    """The district's window of a day."""
    if in_winter(curtain, on.month):
        return curtain.winter_morning if part == "morning" else curtain.winter_evening
    return curtain.morning if part == "morning" else curtain.evening


def opening(window: Window, part: Part, on: date) -> Opening:
    return Opening(
        on_day=on,
        part=part,
        opens_at=datetime.combine(on, window.opens, LOCAL),
        closes_at=datetime.combine(on, window.closes, LOCAL),
    )


def openings(curtain: Curtain, on: date, *, morning: str | None = None, evening: str | None = None) -> list[Opening]:
    """Both windows of a day; a household's own ("06:30-08:00") come before the district's."""
    own = {"morning": morning, "evening": evening}
    return [
        opening(Window.of(text) if (text := own[part]) else window_of(curtain, part, on), part, on) for part in PARTS
    ]


def current(windows: Iterable[tuple[str | None, datetime | None, datetime | None]], now: datetime) -> str | None:
    """Which part of the day to show of (part, opens_at, closes_at): the one open now, else the next, else the last."""
    known = [(part, opens, closes) for part, opens, closes in windows if part and opens and closes]
    ahead = [(opens, part) for part, opens, closes in known if now < closes]
    if ahead:
        return min(ahead)[1]
    return max((closes, part) for part, _, closes in known)[1] if known else None


def own_windows(morning: str | None, evening: str | None) -> tuple[Window | None, Window | None]:
    """A household's own windows as told; `WrongWindow` where one cannot be kept, or the two run into each other."""
    read = tuple(_read(text, part) for text, part in ((morning, "morning"), (evening, "evening")))
    early, late = read[0], read[1]
    if early and late and early.closes > late.opens:
        raise WrongWindow("早看窗帘的时段须在晚看灯之前结束。请调整其中一个。", field="/evening")
    return early, late


def _read(text: str | None, part: str) -> Window | None:
    if text is None:
        return None
    try:
        window = Window.of(text)
    except ValueError:
        raise WrongWindow(
            f"{PART_NAMES[part]}的时段写法有误。请写成 07:00-09:00 这样，开始早于结束。", field=f"/{part}"
        ) from None
    length = datetime.combine(date.min, window.closes) - datetime.combine(date.min, window.opens)
    if length < SHORTEST:
        raise WrongWindow(f"{PART_NAMES[part]}的时段太短，至少 15 分钟。请放宽。", field=f"/{part}")
    if (part == "morning") != (window.opens.hour < 12) or (part == "morning" and window.closes.hour > 14):
        said = f"{PART_NAMES[part]}的时段不合常理。早看窗帘须在上午，晚看灯须在下午或晚上。请核对。"
        raise WrongWindow(said, field=f"/{part}")
    return window
