"""Workbooks in the house's style: a title, a frozen header, every cell text, printed one page wide on landscape A4."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from recipients.cells import guarded

LONGEST_CELL = 32_000  # characters; Excel itself stops at 32,767
FIRST_EXCEL_DAY = date(1900, 3, 1)  # before it Excel's calendar is wrong by a day: such days go out as text
SPARE_ROWS = 200  # below the last row, where lists of words are offered too
BODY = 3  # title, line below it, header; then the rows


class Book:
    """One workbook being written. What looks like a formula is escaped; identity numbers and phones stay text."""

    def __init__(self, made_on: date) -> None:
        self._held = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._held, {"in_memory": True})
        self._book.set_properties({"created": datetime(made_on.year, made_on.month, made_on.day)})
        cell = {"border": 1, "border_color": "#B0B0B0", "valign": "vcenter", "num_format": 49}  # 49 is text
        self._title = self._add({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self._below = self._add({"font_color": "#595959", "valign": "vcenter"})
        self._header = self._add(
            {
                "bold": True,
                "border": 1,
                "bg_color": "#DDEBF7",
                "align": "center",
                "valign": "vcenter",
                "text_wrap": True,
            }
        )
        self._text = self._add(cell)
        self._wrapped = self._add({**cell, "text_wrap": True, "valign": "top"})
        self._wrong = self._add({**cell, "bg_color": "#FCE4D6"})
        self._number = self._add({**cell, "num_format": "0", "align": "center"})
        self._day = self._add({**cell, "num_format": "yyyy-mm-dd", "align": "center"})

    def _add(self, properties: dict[str, object]) -> Any:
        return self._book.add_format(properties)

    def sheet(self, name: str) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.repeat_rows(0, BODY - 1)
        sheet.set_footer("&C第 &P 页，共 &N 页")
        sheet.freeze_panes(BODY, 2)
        return sheet

    def heading(self, sheet: Any, title: str, below: str, headers: Sequence[str], widths: Sequence[int]) -> None:
        last = len(headers) - 1
        sheet.merge_range(0, 0, 0, last, "", self._title)
        sheet.write_string(0, 0, guarded(title), self._title)
        sheet.merge_range(1, 0, 1, last, "", self._below)
        sheet.write_string(1, 0, guarded(below), self._below)
        sheet.set_row(0, 30)
        sheet.set_row(BODY - 1, 32)
        for place, (header, width) in enumerate(zip(headers, widths, strict=True)):
            sheet.write_string(BODY - 1, place, guarded(header), self._header)
            # Rows added by hand below the last keep the text format: an identity number typed there stays whole.
            sheet.set_column(place, place, width, self._text)

    def put(
        self, sheet: Any, row: int, column: int, value: str | int | date | None,
        *, wrong: bool = False, wrap: bool = False,
    ) -> None:  # fmt: skip
        if isinstance(value, date) and value >= FIRST_EXCEL_DAY:
            sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), self._day)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self._number)
        else:
            written = "" if value is None else value.isoformat() if isinstance(value, date) else value
            style = self._wrong if wrong else self._wrapped if wrap else self._text
            sheet.write_string(row, column, guarded(written[:LONGEST_CELL]), style)

    def choices(self, sheet: Any, column: int, words: Sequence[str], rows: int) -> None:
        """Offers the words as a list, and refuses others, in the first `rows` rows and some below."""
        rule = {"validate": "list", "source": list(words), "ignore_blank": True}
        rule |= {"error_title": "请从列表中选择", "error_message": "请选：" + "、".join(words)}
        sheet.data_validation(BODY, column, BODY + rows + SPARE_ROWS, column, rule)

    def filter(self, sheet: Any, columns: int, rows: int) -> None:
        sheet.autofilter(BODY - 1, 0, BODY - 1 + rows, columns - 1)

    def bytes(self) -> bytes:
        self._book.close()
        return self._held.getvalue()
