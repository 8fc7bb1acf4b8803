"""Workbooks made for tests: a plain ledger with one header line, and invented people who fit into it."""

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from recipients.id_number import check_character

COUNTY = "120199"  # given to no county: no number made here is anybody's


def id_number(serial: int, *, born_on: date = date(1950, 1, 1), woman: bool = True) -> str:
    """A valid number; serials up to 499 a birthday."""
    first = f"{COUNTY}{born_on:%Y%m%d}{serial % 500 * 2 + (0 if woman else 1):03d}"
    return first + check_character(first)


def ledger_row(serial: int, **cells: Any) -> dict[str, Any]:
    """Somebody of the cast's first village, by column title; `cells` replace or add."""
    born_on = date(1950 + serial // 500, 1, 1)
    return {
        "序号": serial,
        "姓名": f"李{_GIVEN[serial % len(_GIVEN)]}{_GIVEN[serial // len(_GIVEN) % len(_GIVEN)]}",
        "身份证号": id_number(serial, born_on=born_on),
        "所属村": "柳家庄村",
        "自理能力": "全自理",
        "是否独居": "否",
        "现住址": f"南柳镇柳家庄村{serial}号",
        "联系电话": f"138{serial:08d}",
        "紧急联系人": "李建军",
        "紧急联系人电话": "13900001111",
        "探访人": "王秀兰",
        "上次探访日期": "2026-02-20",
        "备注": "腿脚不便",
    } | cells


_GIVEN = "秀兰桂英玉珍淑芬凤霞春花素琴月娥翠莲芝梅荣惠敏"


def workbook(rows: Sequence[dict[str, Any]]) -> bytes:
    """An .xlsx of these rows; the header is every title any of them has."""
    titles = list(dict.fromkeys(title for row in rows for title in row))
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("台账")
    sheet.write_row(0, 0, titles)
    for line, row in enumerate(rows, start=1):
        for place, title in enumerate(titles):
            if row.get(title) is not None:
                sheet.write(line, place, row[title])
    book.close()
    return buffer.getvalue()


def people(count: int) -> bytes:
    return workbook([ledger_row(serial) for serial in range(count)])
