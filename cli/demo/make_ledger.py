"""Writes the sample ledger `ledger.xlsx` the way townships write, warts included: `python -m cli.demo.make_ledger`.

150 rows, of which 147 can be imported. The other three have a wrong check digit, an identity number Excel has rounded,
and a village that does not exist.
"""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from cli.demo.people import HERE, MADE_ON, Person, people
from recipients.id_number import check_character

LEDGER = HERE / "ledger.xlsx"
FIRST_ROW = 4  # from 0: under a title, a line of particulars and a header of two lines
INDICATORS = ("吃饭", "穿衣", "上下床", "如厕", "室内行走", "洗澡")

Value = str | int | float | date | None
Read = Callable[[Person, int], Value]


# --- warts: each names the ordinary people it befalls, counted among themselves ---

WRONG_CHECK_DIGIT, ROUNDED, UNKNOWN_VILLAGE = 7, 33, 61
FIFTEEN_DIGITS = (3, 12, 25, 40, 55, 70)
FIFTEEN_AS_NUMBER = 25
FULL_WIDTH_ID, FULL_WIDTH_PHONE = 9, 15
TO_CONFIRM_IN_CELL, TO_CONFIRM_IN_REMARKS = 20, 48
MONTH_ONLY, WRONG_AGE = 5, 30
BLANK_ROWS_AFTER_VILLAGES = (2, 6)

_WIDE = {ord(narrow): ord(narrow) + 0xFEE0 for narrow in "0123456789X."}  # full-width


def spoil(everybody: list[Person]) -> None:
    """What goes wrong before anything is written: the three rows that cannot be imported, and the two to confirm."""
    ordinary = [person for person in everybody if person.kind == "ordinary"]
    wrong = ordinary[WRONG_CHECK_DIGIT]
    right = check_character(wrong.id_number[:17])
    wrong.id_number = wrong.id_number[:17] + ("1" if right != "1" else "2")
    ordinary[UNKNOWN_VILLAGE].village = "东沟村"
    ordinary[TO_CONFIRM_IN_CELL].id_number = "待核实(户口未落实)"
    ordinary[TO_CONFIRM_IN_REMARKS].id_number = "待核实"
    ordinary[TO_CONFIRM_IN_REMARKS].remarks = "身份证遗失,正在补办"
    for place in FIFTEEN_DIGITS:
        whole = ordinary[place].id_number
        ordinary[place].id_number = whole[:6] + whole[8:17]
    ordinary[FULL_WIDTH_ID].id_number = ordinary[FULL_WIDTH_ID].id_number.translate(_WIDE)
    ordinary[FULL_WIDTH_PHONE].phone = "19900009998".translate(_WIDE)


# --- cells ---


def _id(ordinary: list[Person]) -> Read:
    def read(person: Person, at: int) -> Value:
        if person is ordinary[ROUNDED]:
            return float(person.id_number[:15]) * 1000
        if person is ordinary[FIFTEEN_AS_NUMBER]:
            return int(person.id_number)
        return person.id_number.lower() if at % 2 else person.id_number + ("  " if at % 7 == 0 else "")

    return read


def _name(person: Person, at: int) -> Value:
    return f" {person.name}" if at % 17 == 0 else f"{person.name}  " if at % 11 == 0 else person.name


def _age(ordinary: list[Person]) -> Read:
    def read(person: Person, at: int) -> Value:
        counted = MADE_ON.year - person.born_on.year
        return counted + 9 if person is ordinary[WRONG_AGE] else counted

    return read


_OTHER_WORDS = {"重残": "重度残疾人", "高龄": "高龄老人", "独居": "独居老人", "未成年人": "未成年", "失智": "老年痴呆"}


def _categories(person: Person, at: int) -> Value:
    words = [_OTHER_WORDS.get(word, word) if at % 5 == 2 else word for word in person.categories]
    return ("、", ",", "/", ";")[at % 4].join(words) or ("无" if at % 6 == 0 else None)


_CLASSES = (
    ("全自理", "自理", "完全自理", "具备生活自理能力"),
    ("部分丧失", "半护理", "部分丧失生活自理能力", "半自理"),
    ("完全丧失", "全护理", "完全丧失生活自理能力(全护理)", "不能自理"),
)


def _class(person: Person, at: int) -> Value:
    if at % 13 == 5:
        return None  # the six indicators say it
    lost = len(person.lost.split())
    return _CLASSES[0 if not lost else 1 if lost < 4 else 2][at % 4]


def _indicator(one: str) -> Read:
    def read(person: Person, at: int) -> Value:
        if at % 10 == 3 and at % 13 != 5:
            return None  # the class says it
        able = one not in person.lost.split()
        return ("√" if able else "×") if at % 2 else ("能" if able else "不能")

    return read


def _alone(person: Person, at: int) -> Value:
    if person.alone:
        return ("是", "独居", "√")[at % 3]
    return "与家人同住" if at % 9 == 4 else None if at % 31 == 0 else "否"


def _phone(person: Person, at: int) -> Value:
    if person.phone.isascii() and person.phone and at % 5 == 0:
        return int(person.phone)
    return person.phone or ("无" if at % 2 else None)


def _day(day: date, at: int) -> Value:
    excel = (day - date(1899, 12, 30)).days
    written: tuple[Value, ...] = (
        day,
        f"{day.year}.{day.month}.{day.day}",
        day.isoformat(),
        f"{day.year}年{day.month}月{day.day}日",
        excel,
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}".translate(_WIDE),
    )
    return written[at % len(written)]


def _starts_on(ordinary: list[Person]) -> Read:
    def read(person: Person, at: int) -> Value:
        day = person.agreement[1]
        return f"{day.year}年{day.month}月" if person is ordinary[MONTH_ONLY] else _day(day, at)

    return read


def _every(person: Person, at: int) -> Value:
    return (7, "7天", "每周")[at % 3] if person.every == 7 else (30, "30天", "每月一次")[at % 3]


def _address(person: Person, at: int) -> Value:
    return f"津宁区柳河镇{person.village}{at % 9 + 1}排{at % 13 + 1}号"


@dataclass(frozen=True, kw_only=True)
class Column:
    title: str
    read: Read
    width: int
    group: str = ""


def columns(ordinary: list[Person]) -> list[Column]:
    def plain(title: str, width: int, read: Read, group: str = "") -> Column:
        return Column(title=title, width=width, read=read, group=group)

    return [
        plain("序号", 6, lambda p, at: at + 1),
        plain("村(居)", 12, lambda p, at: p.village),
        plain("姓 名", 10, _name),
        plain("性别", 6, lambda p, at: "女" if p.woman else "男"),
        plain("身份证号码", 22, _id(ordinary)),
        plain("年龄", 6, _age(ordinary)),
        plain("重点对象类别", 16, _categories),
        plain("生活自理能力", 22, _class),
        *(plain(one, 8, _indicator(one), "六项指标") for one in INDICATORS),
        plain("残疾类别", 10, lambda p, at: "".join(p.disability) if at % 3 == 0 else p.disability[0] or None),
        plain("残疾等级", 10, lambda p, at: None if at % 3 == 0 else p.disability[1] or None),
        plain("户籍地址", 28, _address),
        plain("现居住地址", 28, lambda p, at: "同户籍地址" if at % 8 == 6 else _address(p, at)),
        plain("是否独居", 10, _alone),
        plain("联系电话\n(手机)", 14, _phone),
        plain("姓名", 10, lambda p, at: p.guardian[0] or None, "监护人"),
        plain("联系电话", 14, lambda p, at: p.guardian[1] or None, "监护人"),
        plain("姓名", 10, lambda p, at: p.emergency[0], "紧急联系人"),
        plain("联系电话", 14, lambda p, at: p.emergency[1], "紧急联系人"),
        plain("姓名", 10, lambda p, at: p.keyholder[0], "钥匙保管人"),
        plain("联系电话", 14, lambda p, at: p.keyholder[1], "钥匙保管人"),
        plain("入户授权", 10, lambda p, at: ("同意", "已授权", "√")[at % 3] if p.consent else "不同意"),
        plain("照料人", 10, lambda p, at: p.caregiver),
        plain("与照料人关系", 12, lambda p, at: p.relation),
        plain("编号", 20, lambda p, at: p.agreement[0], "照料协议"),
        plain("开始日期", 14, _starts_on(ordinary), "照料协议"),
        plain("结束日期", 14, lambda p, at: _day(p.agreement[2], at + 3), "照料协议"),
        plain("探访周期(天)", 12, _every),
        plain("探访人", 10, lambda p, at: p.visitor),
        plain("上次探访日期", 14, lambda p, at: _day(p.seen_on, at + 1)),
        plain("备注", 24, lambda p, at: p.remarks or None),
    ]


# --- the sheet ---


def ledger() -> bytes:
    """The workbook's bytes: the same every time with one release of xlsxwriter, the same content with any."""
    everybody = people()
    spoil(everybody)
    ordinary = [person for person in everybody if person.kind == "ordinary"]
    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True})
    book.set_properties({"created": datetime(MADE_ON.year, MADE_ON.month, MADE_ON.day)})
    _Pages(book).write(everybody, columns(ordinary))
    book.close()
    return held.getvalue()


class _Pages:
    def __init__(self, book: Any) -> None:
        self.sheet = book.add_worksheet("分散供养台账(定稿)")
        self.notes = book.add_worksheet("填表说明")
        self.cell = book.add_format({"border": 1, "valign": "vcenter"})
        self.day = book.add_format({"border": 1, "valign": "vcenter", "num_format": "yyyy/m/d"})
        self.head = book.add_format(
            {"border": 1, "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True}
        )
        self.title = book.add_format({"bold": True, "font_size": 18, "align": "center"})

    def write(self, everybody: list[Person], layout: list[Column]) -> None:
        self._head(layout)
        row = FIRST_ROW
        at = 0
        for run, (_, group) in enumerate(groupby(everybody, key=lambda person: person.village)):
            members = list(group)
            for place, person in enumerate(members):
                for column, cell in enumerate(layout):
                    # Only the first row of a village carries its name: the rest is merged with it.
                    if cell.title != "村(居)" or place == 0:
                        self._put(row + place, column, cell.read(person, at + place))
            self._village(row, len(members), members[0].village)
            row += len(members) + (1 if run in BLANK_ROWS_AFTER_VILLAGES else 0)
            at += len(members)
        self._foot(row, at, len(layout))
        self.notes.write_string(0, 0, "填表说明")
        self.notes.write_string(1, 0, "本表由各村填报,镇民政办汇总;每月 5 日前更新。")

    def _head(self, layout: list[Column]) -> None:
        last = len(layout) - 1
        self.sheet.merge_range(0, 0, 0, last, "津宁区柳河镇分散供养特困人员重点对象台账", self.title)
        self.sheet.merge_range(1, 0, 1, last, "填报单位:柳河镇民政办公室    填报日期:2025年9月30日")
        for column, cell in enumerate(layout):
            self.sheet.set_column(column, column, cell.width)
            if not cell.group:
                self.sheet.merge_range(2, column, 3, column, cell.title, self.head)
            else:
                self.sheet.write_string(3, column, cell.title, self.head)
        start = 0
        for group, members in groupby(layout, key=lambda cell: cell.group):
            width = len(list(members))
            if group:
                self.sheet.merge_range(2, start, 2, start + width - 1, group, self.head)
            start += width

    def _village(self, row: int, count: int, name: str) -> None:
        if count > 1:
            self.sheet.merge_range(row, 1, row + count - 1, 1, name, self.cell)

    def _put(self, row: int, column: int, value: Value) -> None:
        if value is None:
            self.sheet.write_blank(row, column, None, self.cell)
        elif isinstance(value, str):
            self.sheet.write_string(row, column, value, self.cell)
        elif isinstance(value, date):
            self.sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self.day)
        elif column == 0:
            self.sheet.write_formula(row, column, f"=ROW()-{row + 1 - int(value)}", self.cell, value)
        else:
            self.sheet.write_number(row, column, value, self.cell)

    def _foot(self, row: int, count: int, width: int) -> None:
        self.sheet.merge_range(row, 0, row, 2, "合计", self.head)
        self.sheet.write_string(row, 3, f"{count}人", self.head)
        self.sheet.merge_range(row + 1, 0, row + 1, width - 1, "注:1.重点对象类别可多选;2.六项指标能自主完成的打√。")
        self.sheet.write_string(row + 2, 0, "填表人:单秀兰")
        self.sheet.write_string(row + 2, 6, "审核人:曾国强")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else LEDGER
    target.write_bytes(ledger())
    sys.stdout.write(f"已写好样例台账:{target.name}\n")
