"""Reads plain data into typed rows and back; every fault is named by its JSON pointer, in Chinese, with the remedy."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from accounts.lengths import Length, Window

_LONGEST_TEXT = 1000
_LARGEST = 2**31 - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Bounds of a length; `working_days=False` where it must be measurable without a calendar."""

    least: str
    most: str
    working_days: bool = True

    def contains(self, length: Length) -> bool:
        return _rough_seconds(self.least) <= length.rough_seconds <= _rough_seconds(self.most)


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """Bounds of a whole number."""

    least: int
    most: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """What is wrong at one place. `pointer` is a JSON pointer, "" the whole."""

    pointer: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where the reading stands: the pointer and the Chinese names on the way there."""

    pointer: str = ""
    names: tuple[str, ...] = ()
    bounds: Span | Whole | None = None

    def problem(self, said: str) -> Problem:
        name = f"({' · '.join(self.names)})" if self.names else ""
        return Problem(pointer=self.pointer, detail=f"{self.pointer or '/'}{name}:{said}")

    def below(self, key: str | int) -> "_Place":
        escaped = str(key).replace("~", "~0").replace("/", "~1")
        return _Place(pointer=f"{self.pointer}/{escaped}", names=self.names)


class _Unreadable(Exception):
    """Carries the problems of one place and everything below it."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def read_rows(kind: type, data: object) -> tuple[Any, tuple[Problem, ...]]:
    """The typed rows and no problems, or None and every problem found. Strict: nothing missing, nothing unknown."""
    try:
        return _read(kind, data, _Place()), ()
    except _Unreadable as unreadable:
        return None, unreadable.problems


def plain(value: Any) -> Any:
    """The plain data of typed rows: what `read_rows` reads."""
    if is_dataclass(value) and not isinstance(value, (Length, Window)):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, (Length, Window, StrEnum)) else value


def leaves(kind: Any, data: Any, pointer: str = "", names: tuple[str, ...] = ()) -> Iterator[tuple[str, str, Any]]:
    """Every row of plain data that fits the kind: its pointer, its Chinese name, its value. A list is one row."""
    hint, place = _open(kind, _Place(pointer=pointer, names=names))
    if not isinstance(data, Mapping):
        yield place.pointer, " · ".join(place.names), data
        return
    for key, field_hint in _fields(hint).items():
        yield from leaves(field_hint, data[key], place.below(key).pointer, place.names)


def _read(kind: Any, data: object, place: _Place) -> Any:
    hint, place = _open(kind, place)
    origin = get_origin(hint) or hint
    if origin is Length:
        return _length(data, place)
    if origin is Window:
        return _window(data, place)
    if origin is tuple:
        return _list(get_args(hint)[0], data, place)
    if is_dataclass(origin):
        return _rows(hint, data, place)
    if issubclass(origin, StrEnum):
        return _word(origin, data, place)
    return _simple(origin, data, place)


def _open(hint: Any, place: _Place) -> tuple[Any, _Place]:
    inner, names, bounds = _unwrapped(hint)
    if inner is hint:
        return hint, place
    return inner, _Place(pointer=place.pointer, names=place.names + names, bounds=bounds)


@cache
def _unwrapped(hint: Any) -> tuple[Any, tuple[str, ...], Span | Whole | None]:
    """Take off `Annotated`: a text is the Chinese name of the place, anything else its bounds."""
    names: tuple[str, ...] = ()
    bounds: Span | Whole | None = None
    while get_origin(hint) is Annotated:
        hint, *notes = get_args(hint)
        names += tuple(note for note in notes if isinstance(note, str))
        bounds = next((note for note in notes if isinstance(note, (Span, Whole))), bounds)
    return hint, names, bounds


@cache
def _fields(hint: Any) -> Mapping[str, Any]:
    """The fields of a dataclass with the parameter of `ByRisk[…]` put in."""
    origin = get_origin(hint) or hint
    hints = get_type_hints(origin, include_extras=True)
    given = dict(zip(getattr(origin, "__parameters__", ()), get_args(hint), strict=True))
    return {field.name: _filled(hints[field.name], given) for field in fields(origin)}


def _filled(hint: Any, given: Mapping[Any, Any]) -> Any:
    if isinstance(hint, TypeVar):
        return given[hint]
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        return Annotated[(_filled(inner, given), *notes)]
    return hint


def _rows(hint: Any, data: object, place: _Place) -> Any:
    wanted = _fields(hint)
    if not isinstance(data, Mapping):
        raise _Unreadable(place.problem(f"应为一组设置，包含 {_list_of(wanted)}。"))
    problems = [
        place.below(key).problem(f"没有这一项。请删去或核对拼写；可用的有 {_list_of(wanted)}。")
        for key in data
        if key not in wanted
    ]
    read: dict[str, Any] = {}
    for key, field_hint in wanted.items():
        try:
            if key not in data:
                raise _Unreadable(_open(field_hint, place.below(key))[1].problem("缺少这一项。请补上。"))
            read[key] = _read(field_hint, data[key], place.below(key))
        except _Unreadable as unreadable:
            problems += unreadable.problems
    if problems:
        raise _Unreadable(*problems)
    return (get_origin(hint) or hint)(**read)


def _list(item_hint: Any, data: object, place: _Place) -> tuple[Any, ...]:
    if isinstance(data, str) or not isinstance(data, Sequence):
        raise _Unreadable(place.problem(f"应为列表，现为 {_shown(data)}。"))
    items: list[Any] = []
    problems: list[Problem] = []
    for position, item in enumerate(data):
        try:
            items.append(_read(item_hint, item, place.below(position)))
        except _Unreadable as unreadable:
            problems += unreadable.problems
    if problems:
        raise _Unreadable(*problems)
    return tuple(items)


def _length(data: object, place: _Place) -> Length:
    try:
        length = Length.of(data) if isinstance(data, str) else None
    except ValueError:
        length = None
    if length is None:
        raise _Unreadable(place.problem(f"应写成时长，如 30min、2h、7d、1wd(工作日)，现为 {_shown(data)}。"))
    bounds = place.bounds
    if isinstance(bounds, Span):
        if length.working_days and not bounds.working_days:
            raise _Unreadable(place.problem("此项不能用工作日(wd)。请改用 d、h 或 min。"))
        if not bounds.contains(length):
            raise _Unreadable(place.problem(f"应在 {bounds.least} 到 {bounds.most} 之间，现为 {_shown(data)}。"))
    return length


def _window(data: object, place: _Place) -> Window:
    try:
        if isinstance(data, str):
            return Window.of(data)
    except ValueError:
        pass
    raise _Unreadable(place.problem(f"应写成时段，如 08:00-20:00，不跨零点，现为 {_shown(data)}。"))


def _word(words: type[StrEnum], data: object, place: _Place) -> StrEnum:
    if isinstance(data, str) and data in set(words):
        return words(data)
    raise _Unreadable(place.problem(f"只能是 {_list_of(words)} 之一，现为 {_shown(data)}。"))


def _simple(kind: type, data: object, place: _Place) -> Any:
    bounds = place.bounds
    if kind is bool and not isinstance(data, bool):
        raise _Unreadable(place.problem(f"应为 true 或 false，现为 {_shown(data)}。"))
    if kind is str and not (isinstance(data, str) and len(data) <= _LONGEST_TEXT):
        raise _Unreadable(place.problem(f"应为不超过 {_LONGEST_TEXT} 字的文字。"))
    if kind is int:
        least, most = (bounds.least, bounds.most) if isinstance(bounds, Whole) else (0, _LARGEST)
        if type(data) is not int or not least <= data <= most:
            raise _Unreadable(place.problem(f"应为 {least} 到 {most} 的整数，现为 {_shown(data)}。"))
    return data


@cache
def _rough_seconds(text: str) -> int:
    return Length.of(text).rough_seconds


def _list_of(words: Any) -> str:
    return "、".join(str(word) for word in words)


def _shown(data: object) -> str:
    text = json.dumps(data, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else f"{text[:40]}…"
