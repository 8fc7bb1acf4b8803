"""Workbooks in and out: an uploaded ledger opened with care, the ledger and its refused rows written for Excel."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from core.errors import Invalid
from recipients import cells, fields, opening, risk, self_care
from recipients.cells import Broken, Cell
from recipients.columns import COLUMNS, NUMBER_TITLE, REASON_TITLE, REMEDY_TITLE, TITLE_OF, Column, field_of
from recipients.grid import Ledger, NoLedger, Sheet, find_ledger, needed
from recipients.ledger import LedgerRow, RefusedRow
from recipients.opening import NotOpened, Opened, OpenedSheet
from recipients.styled import BODY, Book

MAX_FILE = 16 << 20  # bytes; a ledger of 20,000 rows takes 3 MiB
MAX_ROWS = 20_000  # people in one file: several times the largest district's dispersed recipients
OPENING_SECONDS = 60  # wall time; the processor time is limited inside

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"


class WorkbookRefused(Invalid):
    """The file cannot be read as a ledger."""

    def __init__(self, detail: str | None = None, *, field: str | None = "/file") -> None:
        super().__init__(detail, field=field)


class NotAWorkbook(WorkbookRefused):
    detail = "这不是 .xlsx 工作簿。请用 Excel 或 WPS 打开台账，“另存为”.xlsx 后再上传。"


class OldWorkbook(WorkbookRefused):
    detail = "这是老格式的 .xls 文件。请用 Excel 或 WPS 打开，“另存为”.xlsx 后再上传。"


class LockedWorkbook(WorkbookRefused):
    detail = "文件加了打开密码。请在 Excel 或 WPS 里去掉密码，保存后再上传。"


class MacroWorkbook(WorkbookRefused):
    detail = "文件里带有宏，为安全起见不接收。请“另存为”不带宏的 .xlsx 后再上传。"


class UnreadableWorkbook(WorkbookRefused):
    detail = "文件已损坏或结构不正常，无法读取。请用 Excel 或 WPS 打开确认，“另存为”新的 .xlsx 后再上传。"


class WorkbookTooBig(WorkbookRefused):
    detail = "文件太大。请删去图片、空白行和用不到的工作表，或分成几个文件上传。"


class LedgerNotFound(WorkbookRefused):
    detail = "工作簿里没有找到台账的表头。" + needed()


class EmptyLedger(WorkbookRefused):
    detail = "找到了表头，但下面没有一行人员。请核对是否传错了文件。"


class TooManyRows(WorkbookRefused):
    detail = f"一次最多导入 {MAX_ROWS} 行。请按乡镇分成几个文件上传。"


_NOT_OPENED: dict[opening.Why, Callable[[], WorkbookRefused]] = {
    "unreadable": UnreadableWorkbook,
    "too-many-parts": UnreadableWorkbook,
    "too-big-inside": lambda: WorkbookTooBig("文件解压后太大。请删去空白行、图片和用不到的工作表，再上传。"),
    "bomb": lambda: UnreadableWorkbook(
        "文件的压缩比例不正常，不予打开。请用 Excel 或 WPS “另存为”新的 .xlsx 后再上传。"
    ),
    "macros": MacroWorkbook,
    "locked": LockedWorkbook,
    "binary": lambda: NotAWorkbook("这是 .xlsb 文件。请用 Excel 打开，“另存为”.xlsx 后再上传。"),
    "word": lambda: NotAWorkbook("这是 Word 或演示文稿，不是工作簿。请上传 .xlsx 台账。"),
    "ods": lambda: NotAWorkbook("这是 .ods 文件。请“另存为”.xlsx 后再上传。"),
    "packed": lambda: NotAWorkbook("这是压缩包。请先解压，再上传里面的 .xlsx 文件。"),
    "other": NotAWorkbook,
}


def open_ledger(data: bytes, *, file_name: str = "") -> Ledger:
    """The ledger in an uploaded file. Blocks for up to a minute: call it off the event loop.

    Refuses with a `WorkbookRefused`: other formats, macros, passwords, sizes that hurt, no header, no row, too many.
    """
    _refuse_by_look(data, file_name)
    answer = _open_apart(data)
    if isinstance(answer, NotOpened):
        raise _NOT_OPENED[answer.why]()
    return _choose(answer.sheets)


def _refuse_by_look(data: bytes, file_name: str) -> None:
    if not data:
        raise NotAWorkbook("文件是空的。请确认台账已经保存，再重新上传。")
    if len(data) > MAX_FILE:
        raise WorkbookTooBig(f"文件超过 {MAX_FILE >> 20} MiB。请删去图片和用不到的工作表，或分成几个文件上传。")
    if file_name.lower().endswith((".xlsm", ".xltm", ".xlam")):
        raise MacroWorkbook
    if data.startswith(_OLE):
        raise LockedWorkbook if "EncryptedPackage".encode("utf-16-le") in data else OldWorkbook
    if not data.startswith(_ZIP):
        raise NotAWorkbook


def _open_apart(data: bytes) -> Opened | NotOpened:
    command = [sys.executable, "-I", opening.__file__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=OPENING_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise UnreadableWorkbook from error
    if done.returncode < 0:  # ended by a limit it ran into, or by an abort of the reader
        raise UnreadableWorkbook
    if done.returncode:
        # A fault of ours. The last line of a traceback may quote a cell: only the name of the error is kept.
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [""]
        raise RuntimeError(f"opening a workbook failed: {lines[-1].partition(':')[0]}")
    return msgspec.msgpack.decode(done.stdout, type=Opened | NotOpened)


def _choose(opened: Sequence[OpenedSheet]) -> Ledger:
    """The first sheet that is a ledger; that others look like one too is noted, never passed over in silence."""
    judged = [find_ledger(_sheet(sheet)) for sheet in opened if sheet.too_far is None]
    ledgers = [one for one in judged if isinstance(one, Ledger)]
    if not ledgers:
        raise _no_ledger(opened, [one for one in judged if isinstance(one, NoLedger)])
    ledger = ledgers[0]
    if not ledger.rows:
        raise EmptyLedger
    if len(ledger.rows) > MAX_ROWS:
        raise TooManyRows(f"共有 {len(ledger.rows)} 行，{TooManyRows.detail}")
    others = tuple(f"工作表“{one.sheet}”也像台账，这次没有读取；请另存为单独的文件再导入。" for one in ledgers[1:])
    return replace(ledger, notes=(*others, *ledger.notes))


def _no_ledger(opened: Sequence[OpenedSheet], judged: Sequence[NoLedger]) -> WorkbookRefused:
    stray = next((sheet for sheet in opened if sheet.too_far is not None), None)
    best = max(judged, key=lambda one: one.likeness, default=None)
    if stray is not None and (best is None or best.likeness < 2):
        where = f"工作表“{stray.name}”在 {stray.too_far} 单元格还有内容"
        return TooManyRows(f"{where}，远在台账之外。请删去多余的行和列(整行整列删除)，保存后再上传。")
    return LedgerNotFound(best.detail) if best is not None else LedgerNotFound()


def _sheet(opened: OpenedSheet) -> Sheet:
    rows: list[list[Cell]] = [list(row) for row in opened.rows]
    for row, column, shown in opened.broken:
        if row < len(rows):
            rows[row] += [None] * (column + 1 - len(rows[row]))
            rows[row][column] = Broken(shown)
    return Sheet(name=opened.name, rows=rows, merges=opened.merges)


# --- out ---

_WRITTEN = tuple(column for column in COLUMNS if column.field != "indicators")  # the six columns say it


def write_ledger(rows: Iterable[LedgerRow], *, title: str, made_on: date, made_by: str | None = None) -> bytes:
    """The key-recipient ledger as it is handed in. It is written as given: what must be masked is masked before."""
    book = Book(made_on)
    sheet = book.sheet("重点对象台账")
    listed = list(rows)
    below = f"制表日期：{made_on.isoformat()}  人数：{len(listed)}" + (f"  制表人：{made_by}" if made_by else "")
    book.heading(sheet, title, below, [column.title for column in _WRITTEN], [column.width for column in _WRITTEN])
    for line, row in enumerate(listed, start=BODY):
        for place, column in enumerate(_WRITTEN):
            book.put(sheet, line, place, _shown(row, column))
    for place, column in enumerate(_WRITTEN):
        if column.choices:
            book.choices(sheet, place, column.choices, len(listed))
    book.filter(sheet, len(_WRITTEN), len(listed))
    return book.bytes()


def write_refused(rows: Iterable[RefusedRow], *, made_on: date, title: str = "未能导入的行") -> bytes:
    """The refused rows with all they held, and why. Once corrected, the same file can be imported."""
    book = Book(made_on)
    listed = list(rows)
    originals = list(dict.fromkeys(header for row in listed for header in row.headers if header))
    headers = [NUMBER_TITLE, REASON_TITLE, REMEDY_TITLE, *originals]
    sheet = book.sheet("未导入")
    below = "请按“原因”改正标色的单元格后，直接上传本文件；前三列不会被读取。"
    book.heading(sheet, title, below, headers, [8, 36, 36, *(_width(header) for header in originals)])
    for line, row in enumerate(listed, start=BODY):
        book.put(sheet, line, 0, row.number)
        book.put(sheet, line, 1, "；".join(f"{one.column}：{one.reason}" for one in row.problems), wrap=True)
        book.put(sheet, line, 2, "；".join(dict.fromkeys(one.remedy for one in row.problems)), wrap=True)
        at_fault = {one.column for one in row.problems}
        held = dict(zip(row.headers, row.cells, strict=True))
        for place, header in enumerate(originals, start=3):
            wrong = TITLE_OF.get(field_of(header) or "") in at_fault
            book.put(sheet, line, place, _as_found(held.get(header)), wrong=wrong)
    book.filter(sheet, len(headers), len(listed))
    return book.bytes()


def _width(header: str) -> int:
    named = field_of(header)
    return next((column.width for column in COLUMNS if column.field == named), 14)


def _as_found(cell: Cell) -> str:
    """A cell as text that says no more than the cell did: a rounded number stays visibly rounded."""
    if isinstance(cell, float) and abs(cell) >= 10**15:
        return f"{cell:.14E}"
    return cell if isinstance(cell, str) else cells.text(cell)


_WORDS: dict[str, Mapping[Any, str]] = {
    "sex": fields.SEX_WORDS,
    "support": fields.SUPPORT_WORDS,
    "self_care": self_care.CLASS_WORDS,
    "disability_grade": fields.GRADE_WORDS,
    "last_seen_how": fields.METHOD_WORDS,
    "living_alone": {True: "是", False: "否"},
    "entry_consent": {True: "同意", False: "不同意"},
}


def _shown(row: LedgerRow, column: Column) -> str | int | date | None:
    """A field in the words a ledger uses, readable back."""
    if column.field in self_care.INDICATORS:
        return None if row.indicators is None else ("能" if row.indicators[column.field] else "不能")
    if column.field == "categories":
        words = [risk.CATEGORY_WORDS[one] for one in row.categories]
        return "、".join(words + (["失智"] if "dementia" in row.conditions else []))
    if column.field == "id_number" and row.id_number is None:
        return f"待核实：{row.id_to_confirm_because}"
    value: str | int | date | None = getattr(row, column.field)
    if column.field in _WORDS:
        return None if value is None else _WORDS[column.field][value]
    return value
