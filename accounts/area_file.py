"""Reads the file of areas (CSV): every row checked, parents and successors found, every fault told by its line."""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from accounts.areas import Area, Level, level_of

COLUMNS = ("代码", "名称", "上级代码", "启用日期", "停用日期", "继任代码")
EARLIEST = date(1949, 10, 1)
"""The start of an area whose 启用日期 is left empty."""
_LATEST_YEAR = 2100
_LONGEST_NAME = 80
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d\d)(\d\d)", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d+", re.ASCII | re.IGNORECASE)


class AreaKey(NamedTuple):
    """What names an area in a file: one code may be given again after its first bearer has ended."""

    code: str
    valid_from: date


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaRow:
    """One good row. `parent` and `successor` name rows of the file or areas stored before."""

    line: int
    key: AreaKey
    name: str
    valid_to: date | None
    parent: AreaKey | None
    successor: AreaKey | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RowProblem:
    line: int
    column: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AreaFile:
    """What a file says. `rows` come parents first. With any problem nothing of the file should be stored."""

    rows: tuple[AreaRow, ...]
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    line: int
    key: AreaKey
    name: str
    valid_to: date | None
    parent_code: str
    successor_code: str

    @property
    def until(self) -> date:
        return self.valid_to or date.max


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """What links are drawn between: a draft of the file (line > 0) or a stored area (line 0)."""

    line: int
    key: AreaKey
    valid_to: date | None

    @property
    def until(self) -> date:
        return self.valid_to or date.max

    def valid_on(self, day: date) -> bool:
        return self.key.valid_from <= day < self.until


class _Fault(Exception):
    def __init__(self, column: str, detail: str) -> None:
        super().__init__(detail)
        self.column, self.detail = column, detail


def read_area_file(content: str | bytes, stored: Mapping[int, Area] | None = None) -> AreaFile:
    """Read a file; bytes may be UTF-8 or GB18030. `stored` are the areas a row may refer to or restate.

    A row without 上级代码 hangs under the area its own digits name: a township or village must find it, a county may do
    without its city, and a file may begin with a county.
    """
    try:
        drafts, problems = _drafts(_text(content))
    except _Fault as fault:
        return AreaFile(rows=(), problems=(RowProblem(line=1, column=fault.column, detail=fault.detail),))
    except csv.Error:
        detail = "文件不是有效的 CSV。请在表格软件中另存为“CSV UTF-8(逗号分隔)”后重新上传。"
        return AreaFile(rows=(), problems=(RowProblem(line=1, column="", detail=detail),))
    places = _places(drafts, stored or {})
    problems += _overlaps(drafts, places)
    rows: list[AreaRow] = []
    for draft in drafts:
        try:
            rows.append(_linked(draft, places))
        except _Fault as fault:
            problems.append(RowProblem(line=draft.line, column=fault.column, detail=fault.detail))
    problems += _circles(rows, stored or {})
    faulty = {problem.line for problem in problems}
    good = sorted((row for row in rows if row.line not in faulty), key=lambda row: level_of(row.key.code))
    return AreaFile(rows=tuple(good), problems=tuple(sorted(problems, key=lambda problem: problem.line)))


def _text(content: str | bytes) -> str:
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _Fault("", "无法识别文件编码。请在表格软件中另存为“CSV UTF-8(逗号分隔)”后重新上传。")


def _drafts(text: str) -> tuple[list[_Draft], list[RowProblem]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = [_clean(cell) for cell in next(lines, [])]
    missing = [name for name in COLUMNS if name not in header]
    if missing or len(header) != len(COLUMNS):
        raise _Fault("表头", f"表头应为 {','.join(COLUMNS)} 六列，每列一次。请按模板补全后重新上传。")
    drafts: list[_Draft] = []
    problems: list[RowProblem] = []
    for cells in lines:
        cleaned = [_clean(cell) for cell in cells]
        if not any(cleaned):
            continue
        try:
            if len(cleaned) != len(header):
                raise _Fault("", f"本行有 {len(cleaned)} 列,应为 {len(header)} 列。名称中如有逗号,请用双引号括起。")
            drafts.append(_draft(lines.line_num, dict(zip(header, cleaned, strict=True))))
        except _Fault as fault:
            problems.append(RowProblem(line=lines.line_num, column=fault.column, detail=fault.detail))
    return drafts, problems


def _draft(line: int, cells: Mapping[str, str]) -> _Draft:
    code = _code(cells["代码"], "代码")
    if not cells["名称"]:
        raise _Fault("名称", "名称为空。请填写区划名称。")
    if len(cells["名称"]) > _LONGEST_NAME or not cells["名称"].isprintable():
        raise _Fault("名称", f"名称超过 {_LONGEST_NAME} 个字,或含有换行等特殊字符。请填写规范名称。")
    valid_from = _day(cells["启用日期"], "启用日期") or EARLIEST
    valid_to = _day(cells["停用日期"], "停用日期")
    if valid_to is not None and valid_to <= valid_from:
        raise _Fault("停用日期", "停用日期应晚于启用日期。请核对两个日期。")
    if cells["继任代码"] and valid_to is None:
        raise _Fault("继任代码", "填写了继任代码却没有停用日期。请补填停用日期,或删去继任代码。")
    return _Draft(
        line=line,
        key=AreaKey(code, valid_from),
        name=cells["名称"],
        valid_to=valid_to,
        parent_code=_code(cells["上级代码"], "上级代码") if cells["上级代码"] else "",
        successor_code=_code(cells["继任代码"], "继任代码") if cells["继任代码"] else "",
    )


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip()


def _code(cell: str, column: str) -> str:
    if _SCIENTIFIC.fullmatch(cell):
        raise _Fault(column, f"“{cell}”已被表格软件改成科学计数法,末尾数字丢失。请把该列设为文本格式后重新填写。")
    try:
        level_of(cell)
    except ValueError:
        raise _Fault(column, f"“{cell}”不是 12 位区划代码。请填写 12 位数字,级别较高的在末尾补 0。") from None
    return cell


def _day(cell: str, column: str) -> date | None:
    if not cell:
        return None
    match = _DATE.fullmatch(cell)
    try:
        day = date(*(int(part) for part in match.groups() if part)) if match else None
    except ValueError:
        day = None
    if day is None or day < EARLIEST or day.year > _LATEST_YEAR:
        raise _Fault(column, f"“{cell}”不是有效日期。请写成 2024-01-31 的样子。")
    return day


def _places(drafts: Iterable[_Draft], stored: Mapping[int, Area]) -> dict[str, list[_Place]]:
    """Every bearer of each code in order of time; a draft replaces the stored area it restates."""
    by_key = {_key(area): _Place(line=0, key=_key(area), valid_to=area.valid_to) for area in stored.values()}
    for draft in drafts:
        by_key[draft.key] = _Place(line=draft.line, key=draft.key, valid_to=draft.valid_to)
    places: dict[str, list[_Place]] = defaultdict(list)
    for key in sorted(by_key):
        places[key.code].append(by_key[key])
    return places


def _key(area: Area) -> AreaKey:
    return AreaKey(area.code, area.valid_from)


def _overlaps(drafts: Iterable[_Draft], places: Mapping[str, list[_Place]]) -> list[RowProblem]:
    problems = []
    for draft in drafts:
        for place in places[draft.key.code]:
            if place.line != draft.line and draft.key.valid_from < place.until and place.key.valid_from < draft.until:
                other = f"第 {place.line} 行" if place.line else "系统中已有的同一代码"
                detail = f"与{other}的启用期重叠。同一代码同一时间只能有一个区划,请填写或更正启用、停用日期。"
                problems.append(RowProblem(line=draft.line, column="启用日期", detail=detail))
                break
    return problems


def _linked(draft: _Draft, places: Mapping[str, list[_Place]]) -> AreaRow:
    return AreaRow(
        line=draft.line,
        key=draft.key,
        name=draft.name,
        valid_to=draft.valid_to,
        parent=_parent(draft, places),
        successor=_successor(draft, places),
    )


def _parent(draft: _Draft, places: Mapping[str, list[_Place]]) -> AreaKey | None:
    level = level_of(draft.key.code)
    code = draft.parent_code or _derived(draft.key.code, places)
    if code is None:
        return None
    if not places.get(code):
        raise _Fault("上级代码", f"找不到上级区划 {code}。请在文件中补上这一行,或更正上级代码。")
    if level_of(code) >= level:
        raise _Fault("上级代码", f"上级区划 {code} 的级别不高于本行,上下级会成环。请更正上级代码。")
    return _bearer(places[code], draft.key.valid_from)


def _derived(code: str, places: Mapping[str, list[_Place]]) -> str | None:
    """The parent the digits name. Townships of a city without counties hang under the city: 441900 pads to it."""
    level = level_of(code)
    above = [code[:shorter].ljust(12, "0") for shorter in sorted(Level, reverse=True) if shorter < level]
    present = next((candidate for candidate in above if places.get(candidate)), None)
    return above[0] if level >= Level.TOWNSHIP else present


def _successor(draft: _Draft, places: Mapping[str, list[_Place]]) -> AreaKey | None:
    if not draft.successor_code or draft.valid_to is None:
        return None
    bearers = [place for place in places.get(draft.successor_code, []) if place.key != draft.key]
    if draft.successor_code == draft.key.code and not bearers:
        raise _Fault("继任代码", "继任代码就是本行自己。请填写接替它的区划,没有则留空。")
    if not bearers:
        raise _Fault("继任代码", f"找不到继任区划 {draft.successor_code}。请在文件中补上这一行,或更正继任代码。")
    return _bearer(bearers, draft.valid_to)


def _bearer(places: list[_Place], day: date) -> AreaKey:
    """Who bears a code on a day; if nobody does, who bears it next, else who bore it last."""
    on_the_day = [place for place in places if place.valid_on(day)]
    later = [place for place in places if place.key.valid_from > day]
    return (on_the_day + later + places[::-1])[0].key


def _circles(rows: Iterable[AreaRow], stored: Mapping[int, Area]) -> list[RowProblem]:
    """Rows from which the way up, by successor where there is one, comes back to themselves."""
    up: dict[AreaKey, AreaKey | None] = {}
    for area in stored.values():
        above = area.successor_id if area.successor_id is not None else area.parent_id
        up[_key(area)] = _key(stored[above]) if above is not None and above in stored else None
    rows = list(rows)
    up |= {row.key: row.successor or row.parent for row in rows}
    detail = "继任关系成环:沿继任和上级向上又回到本行。请更正继任代码。"
    return [RowProblem(line=row.line, column="继任代码", detail=detail) for row in rows if _returns(row.key, up)]


def _returns(start: AreaKey, up: Mapping[AreaKey, AreaKey | None]) -> bool:
    passed: set[AreaKey] = set()
    current = up.get(start)
    while current is not None and current not in passed:
        if current == start:
            return True
        passed.add(current)
        current = up.get(current)
    return False
