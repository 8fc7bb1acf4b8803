"""What people type into cells, made plain: text, days, phone numbers, yes and no."""

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from recipients.fault import Fault


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell Excel itself could not compute: an error value, or a formula nobody calculated."""

    shown: str


# What such a cell looks like once it has been copied as text.
_ERROR_VALUE = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA)")

Cell = str | float | int | bool | Broken | None

NOTHING = frozenset({"", "无", "没有", "暂无", "不详", "-", "--", "—", "——", "/", "\\", "、", "无。"})
YES = frozenset({"是", "有", "对", "√", "✓", "✔", "Y", "YES", "1"})
NO = frozenset({"否", "不", "不是", "无", "没有", "×", "✗", "✘", "X", "N", "NO", "0"})

EARLIEST_YEAR = 1850  # nobody in a ledger was born earlier, no agreement is older
_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the 1900 date system once its false leap day is allowed for
_EXCEL_DAYS = range(3_654, 73_051)  # 1910 to 2099: outside it a bare number is no day anybody meant

_INVISIBLE = {"Cc", "Cf"}
_SPACES = re.compile(r"\s+")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
_DAY = re.compile(r"(\d{4})[.\-/年](\d{1,2})[.\-/月](\d{1,2})[日号]?(?: \d{1,2}:\d{2}(?::\d{2})?)?")
_MONTH = re.compile(r"(\d{4})[.\-/年](\d{1,2})月?")
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT_YEAR = re.compile(r"\d{2}[.\-/年]\d{1,2}[.\-/月]\d{1,2}[日号]?")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}-?\d{7,8}")
_COUNTRY = re.compile(r"(?<!\d)(?:\+|00)86[\s-]*(?=\d)")
_SEVERAL = re.compile(r"[、,;/或]|\s+(?=1[3-9]\d{9}|0\d{2,3}-?\d{7})")
_LOCAL = re.compile(r"\d{7,8}")


def error_shown(cell: Cell) -> str | None:
    """What a cell shows in place of a value: an error, or a formula without a result. None for any other cell."""
    if isinstance(cell, str):
        return cell if cell[:1] == "#" and _ERROR_VALUE.fullmatch(cell.strip()) else None
    return cell.shown if isinstance(cell, Broken) else None


def text(cell: Cell) -> str:
    """One line of NFKC text: full-width digits narrowed, invisible characters and outer blanks gone."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _plain(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, Broken):
        return cell.shown
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return repr(cell) if isinstance(cell, float) else str(cell)


def _plain(value: str) -> str:
    if not value.isascii():
        value = unicodedata.normalize("NFKC", value)
    if not value.isprintable():
        value = "".join(_visible(character) for character in value)
    value = value.strip()
    if "  " in value:
        value = _SPACES.sub(" ", value)
    return unguarded(value) if value[:1] == "'" else value


def _visible(character: str) -> str:
    if character in "\n\r\t" or unicodedata.category(character) in {"Zs", "Zl", "Zp"}:
        return " "
    return "" if unicodedata.category(character) in _INVISIBLE else character


def guarded(value: str) -> str:
    """Text no spreadsheet takes for a formula, whatever format the file is later saved in."""
    return "'" + value if value.startswith(_FORMULA_START) else value


def unguarded(value: str) -> str:
    return value[1:] if value[:1] == "'" and value.startswith(_FORMULA_START, 1) else value


def stated(cell: Cell) -> str | None:
    """The text of a cell, or None where it says there is nothing (空, 无, —, /)."""
    if cell is None or cell == "":
        return None
    value = _plain(cell) if isinstance(cell, str) else text(cell)
    return None if value in NOTHING else value


def squeezed(cell: Cell) -> str:
    """Text without any blank and without punctuation at its end: for words from a list."""
    return text(cell).replace(" ", "").rstrip("。、;,.")


@lru_cache(maxsize=1024, typed=True)
def yes_or_no(
    cell: Cell,
    *,
    also_yes: frozenset[str] = frozenset(),
    also_no: frozenset[str] = frozenset(),
) -> bool | Fault | None:
    """True, False, or None for an empty cell."""
    word = squeezed(cell).upper()
    if word in YES or word in also_yes:
        return True
    if word in NO or word in also_no:
        return False
    if word in NOTHING:
        return None
    return Fault(reason="看不出是“是”还是“否”", remedy="请写“是”或“否”")


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day as written; `exact` is False where only the month was given and the first is assumed."""

    on: date
    exact: bool = True


_WRITE_A_DAY = "请写成 1990-03-07 或 1990.3.7"


@lru_cache(maxsize=4096, typed=True)
def day(cell: Cell) -> Day | Fault | None:
    """A day typed in any of the ways people type days; None for an empty cell. Years of two digits are refused."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return Fault(reason="不是日期", remedy=_WRITE_A_DAY)
    if isinstance(cell, float | int):
        return _day_from_number(cell)
    value = stated(cell)
    if value is None:
        return None
    compact = value if ":" in value else value.replace(" ", "").rstrip(".")
    for pattern in (_DAY, _COMPACT_DAY):
        if found := pattern.fullmatch(compact):
            return _real_day(int(found[1]), int(found[2]), int(found[3]))
    if found := _MONTH.fullmatch(compact):
        month = _real_day(int(found[1]), int(found[2]), 1)
        return Day(on=month.on, exact=False) if isinstance(month, Day) else month
    if _SHORT_YEAR.fullmatch(compact):
        return Fault(
            reason="年份只写了两位，分不清是哪个世纪",
            remedy="请写四位年份，例如 1990.3.7",
        )
    if compact.isdigit() and int(compact) in _EXCEL_DAYS and len(compact) == 5:
        return Day(on=_EXCEL_EPOCH + timedelta(days=int(compact)))
    return Fault(reason="看不懂这个日期", remedy=_WRITE_A_DAY)


def _day_from_number(number: float) -> Day | Fault:
    if not math.isfinite(number):
        return _not_a_day()
    if float(number).is_integer():
        whole = int(number)
        if whole in _EXCEL_DAYS:
            return Day(on=_EXCEL_EPOCH + timedelta(days=whole))
        if found := _COMPACT_DAY.fullmatch(str(whole)):
            return _real_day(int(found[1]), int(found[2]), int(found[3]))
        return _not_a_day()
    year, _, month = repr(number).partition(".")
    if not (year.isdigit() and EARLIEST_YEAR <= int(year) <= 2100):
        # A moment: Excel keeps the time of day in the fraction.
        return _day_from_number(int(number)) if int(number) in _EXCEL_DAYS else _not_a_day()
    if month == "1":
        return Fault(
            reason="存成了数字，分不清是 1 月还是 10 月",
            remedy="请把单元格改为文本，写成 1990.10 或 1990年10月",
        )
    first = _real_day(int(year), int(month), 1)
    return Day(on=first.on, exact=False) if isinstance(first, Day) else first


def _not_a_day() -> Fault:
    return Fault(reason="这个数字不是日期", remedy=_WRITE_A_DAY)


def _real_day(year: int, month: int, of_month: int) -> Day | Fault:
    try:
        on = date(year, month, of_month)
    except ValueError:
        return Fault(reason="日历上没有这一天", remedy="请核对年月日")
    if year < EARLIEST_YEAR:
        return Fault(reason=f"早于 {EARLIEST_YEAR} 年", remedy="请核对年份")
    return Day(on=on)


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    number: str
    others: int = 0  # further numbers in the same cell, not taken over
    local: bool = False  # a landline without its area code


def phone(cell: Cell) -> Phone | Fault | None:
    """A mobile number or landline; None for an empty cell. Of several numbers the first is taken, the rest counted."""
    value = stated(cell)
    if value is None:
        return None
    if _MOBILE.fullmatch(value):
        return Phone(number=value)
    if isinstance(cell, float) and not cell.is_integer():
        return Fault(reason="不是电话号码", remedy="请把单元格改为文本后重填")
    numbers = [_bare(part) for part in _SEVERAL.split(_COUNTRY.sub("", value)) if part.strip()]
    if not numbers:
        return None
    for number in numbers:
        if not (_MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number) or _LOCAL.fullmatch(number)):
            return Fault(
                reason="电话号码位数或格式不对",
                remedy="手机号是 1 开头的 11 位；固定电话写区号，如 022-23456789",
            )
    first = numbers[0]
    return Phone(number=first, others=len(numbers) - 1, local=_LOCAL.fullmatch(first) is not None)


def _bare(number: str) -> str:
    number = re.sub(r"[\s()]", "", number)
    return number if number.startswith("0") else number.replace("-", "")


_EVERY = {
    "每天": 1, "每日": 1, "一天一次": 1,
    "每周": 7, "每周一次": 7, "每周1次": 7, "一周一次": 7, "每星期": 7, "每星期一次": 7,
    "每两周": 14, "每两周一次": 14, "每2周": 14, "两周一次": 14,
    "半月": 15, "每半月": 15, "半月一次": 15, "每半月一次": 15,
    "每月": 30, "每月一次": 30, "每月1次": 30, "一月一次": 30,
}  # fmt: skip
_DAYS = re.compile(r"(?:每|每隔)?(\d{1,3})(?:天|日)?(?:/次|一次|1次|一访)?")


@lru_cache(maxsize=1024, typed=True)
def days(cell: Cell) -> int | Fault | None:
    """A length in whole days, 1 to 366, from `7`, `7天`, `每周`, `30天/次`."""
    value = stated(cell)
    if value is None:
        return None
    word = squeezed(value)
    if word in _EVERY:
        return _EVERY[word]
    found = _DAYS.fullmatch(word)
    if found and 1 <= int(found[1]) <= 366:
        return int(found[1])
    return Fault(reason="看不出是多少天", remedy="请写 1 到 366 之间的天数，例如 7 或 30")
