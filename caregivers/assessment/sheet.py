"""The fee list of a month as a workbook: by village and person, with what is withheld and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from caregivers.agreements.words import FEE_CLASS_NAMES
from caregivers.assessment.fees import STATE_NAMES, Fee, Month
from recipients.styled import BODY, Book

_HEADERS = (
    ("序号", 6),
    ("所属村", 16),
    ("姓名", 10),
    ("照料人", 10),
    ("协议编号", 18),
    ("护理类别", 10),
    ("月标准(元)", 11),
    ("照料天数", 9),
    ("应计(元)", 11),
    ("暂缓(元)", 11),
    ("应发(元)", 11),
    ("状态", 10),
    ("说明", 44),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One line of the list; both names are masked already."""

    village: str
    recipient: str
    caregiver: str
    number: str
    fee_class: str
    fee_yuan: int
    fee: Fee


class _FeeBook(Book):
    """A workbook that also shows money, as numbers that can be added up."""

    def __init__(self, made_on: date) -> None:
        super().__init__(made_on)
        self._money = self._add({"border": 1, "border_color": "#B0B0B0", "valign": "vcenter", "num_format": "#,##0.00"})

    def money(self, sheet: Any, row: int, column: int, fen: int) -> None:
        sheet.write_number(row, column, fen / 100, self._money)


def write_fees(rows: Sequence[Row], *, month: Month, made_on: date, made_by: str) -> bytes:
    """The list with a line of sums below. What looks like a formula is escaped."""
    book = _FeeBook(made_on)
    sheet = book.sheet("照料护理费")
    until = "" if made_on > month.last else f"(截至{made_on.isoformat()})"
    below = (
        f"制表日期：{made_on.isoformat()}  协议数：{len(rows)}  制表人：{made_by}  本表只列明应发、暂缓情况，不办理支付"
    )
    title = f"{month.year}年{month.month}月照料护理费清单{until}"
    book.heading(sheet, title, below, [title for title, _ in _HEADERS], [width for _, width in _HEADERS])
    for line, row in enumerate(rows, start=BODY):
        _write(book, sheet, line, row)
    _sums(book, sheet, BODY + len(rows), [row.fee for row in rows])
    book.filter(sheet, len(_HEADERS), len(rows))
    return book.bytes()


def _write(book: _FeeBook, sheet: Any, line: int, row: Row) -> None:
    fee = row.fee
    words: tuple[str | int, ...] = (line - BODY + 1, row.village, row.recipient, row.caregiver, row.number)
    for place, value in enumerate((*words, FEE_CLASS_NAMES[row.fee_class], row.fee_yuan, fee.days)):
        book.put(sheet, line, place, value)
    for place, fen in enumerate((fee.amount_fen, fee.withheld_fen, fee.payable_fen), start=8):
        book.money(sheet, line, place, fen)
    book.put(sheet, line, 11, STATE_NAMES[fee.state], wrong=fee.state == "withheld")
    book.put(sheet, line, 12, fee.why, wrap=True)


def _sums(book: _FeeBook, sheet: Any, line: int, fees: Sequence[Fee]) -> None:
    book.put(sheet, line, 1, "合计")
    book.money(sheet, line, 8, sum(fee.amount_fen for fee in fees))
    book.money(sheet, line, 9, sum(fee.withheld_fen for fee in fees))
    book.money(sheet, line, 10, sum(fee.payable_fen for fee in fees))
