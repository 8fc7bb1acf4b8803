"""The monthly report as a workbook, ready to print."""

from datetime import date

from caregivers.overview.figures import Figures, lines
from recipients.styled import BODY, Book

TITLE = "特困人员救助供养月报"


def write_figures(found: Figures, *, made_on: date, made_by: str) -> bytes:
    """One line a figure."""
    book = Book(made_on)
    sheet = book.sheet("月报")
    below = f"月份：{found.month}  制表日期：{made_on.isoformat()}  制表人：{made_by}"
    book.heading(sheet, TITLE, below, ["项目", "数值"], [44, 18])
    for row, (name, value) in enumerate(lines(found), start=BODY):
        book.put(sheet, row, 0, name)
        book.put(sheet, row, 1, value)
    return book.bytes()
