"""Opens an uploaded workbook in a process of its own, so that a hostile file can end nothing but that process.

Run as a script: the bytes come on standard input, one `Opened` or `NotOpened` leaves on standard output. It imports
nothing of ours. Decompression, sizes that lie and allocations a file asks for are all paid for here, under limits the
kernel keeps.
"""

import datetime
import io
import re
import resource
import sys
import zipfile
import zlib
from typing import Literal
from xml.etree import ElementTree

import msgspec
import python_calamine

# A ledger of 20,000 rows takes 3 MiB packed and 60 MiB unpacked; 100,000 empty formatted rows take 80 MiB.
MEMORY = 1 << 30  # bytes of address space: ten times what such a ledger needs
CPU_SECONDS = 30  # such a ledger takes 2
MAX_PARTS = 2_000  # a workbook of thirty sheets has some hundred parts
MAX_UNPACKED = 256 << 20  # bytes, declared, of everything
MAX_RATIO = 200  # real sheets reach 30; deflate can do 1,000
RATIO_FROM = 1 << 20  # bytes below which any ratio is harmless
MAX_LAST_ROW = 29_999  # as in `_FAR`; well beyond the 20,000 people a ledger may hold
MAX_LAST_COLUMN = 200
MAX_MERGED_ROWS = 1_000_000  # rows all merged ranges of a sheet may span together
MAX_CELLS = 1_500_000  # of all sheets together: 20,000 rows of 75 columns
MAX_ANSWER = 128 << 20  # bytes: what the asking process must be able to hold

Why = Literal[
    "unreadable",
    "too-many-parts",
    "too-big-inside",
    "bomb",
    "macros",
    "locked",
    "binary",
    "word",
    "ods",
    "packed",
    "other",
]
Value = str | float | bool | None


class OpenedSheet(msgspec.Struct):
    """`broken`: row, column and what Excel shows of cells without a value. `too_far` names a stray cell."""

    name: str
    rows: list[list[Value]] = []
    merges: list[tuple[int, int, int, int]] = []
    broken: list[tuple[int, int, str]] = []
    too_far: str | None = None


class Opened(msgspec.Struct, tag=True):
    sheets: list[OpenedSheet]


class NotOpened(msgspec.Struct, tag=True):
    why: Why


class _Refused(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


def opened(data: bytes) -> Opened:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _inspect(archive.infolist())
            scans = _scans(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError) as error:
        raise _Refused("unreadable") from error
    except (ElementTree.ParseError, LookupError, ValueError, zlib.error) as error:
        raise _Refused("unreadable") from error
    with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        visible = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
            and sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        sheets = []
        for name in visible:
            sheets.append(_sheet(workbook, name, scans[name]))
            if sum(len(sheet.rows) * len(sheet.rows[0]) for sheet in sheets if sheet.rows) > MAX_CELLS:
                raise _Refused("too-big-inside")
        return Opened(sheets=sheets)


# --- the package ---


def _inspect(entries: list[zipfile.ZipInfo]) -> None:
    """What the package says of itself."""
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MAX_PARTS or len(set(names)) != len(names):
        raise _Refused("too-many-parts")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise _Refused("locked")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise _Refused("too-big-inside")
    for entry in entries:
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise _Refused("bomb")
    _refuse_by_parts(names)


def _refuse_by_parts(names: list[str]) -> None:
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise _Refused("macros")
    if "xl/workbook.xml" in names:
        return
    if "xl/workbook.bin" in names:
        raise _Refused("binary")
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise _Refused("word")
    if "content.xml" in names and "mimetype" in names:
        raise _Refused("ods")
    raise _Refused("packed" if any(name.endswith((".xlsx", ".xls", ".et")) for name in names) else "other")


def _scans(archive: zipfile.ZipFile) -> dict[str, "_Scan"]:
    """By sheet. Every part is read to its declared end and its checksum compared: one that lies of its size fails."""
    sheets = {part: name for name, part in _parts_by_sheet(archive).items()}
    scans = {}
    for entry in archive.infolist():
        if entry.filename.lower().endswith((".xml", ".rels")):
            content = archive.read(entry)
            if entry.filename == "[Content_Types].xml" and b"macroEnabled" in content:
                raise _Refused("macros")
            if entry.filename in sheets:
                scans[sheets[entry.filename]] = _scan(content)
    return scans


def _parts_by_sheet(archive: zipfile.ZipFile) -> dict[str, str]:
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {one.get("Id", ""): one.get("Target", "") for one in relations}
    parts = {}
    for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).findall(".//{*}sheet"):
        target = targets[next((value for key, value in sheet.attrib.items() if key.endswith("}id")), "")]
        parts[sheet.attrib["name"]] = target[1:] if target.startswith("/") else f"xl/{target}"
    return parts


# --- what the reader does not tell: error values, formulas nobody calculated, and how far cells reach ---

# A cell with content in row 30,000 or beyond, or right of column GR; cells that carry only a format do not count.
_FAR = re.compile(
    rb'c r="((?:[A-Z]{3}|[H-Z][A-Z]|G[S-Z])[0-9]{1,7}|[A-Z]{1,2}(?:[0-9]{6,7}|[3-9][0-9]{4}))"'
    rb'(?! ?/>| s="[0-9]+" ?/>)'
)
# What the sheet says of its own reach. Where it lies, the limits of this process decide.
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="(?:[A-Z]{1,3}[0-9]{1,7}:)?([A-Z]{1,3})([0-9]{1,7})"')
_ERROR = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]{1,7})"[^>]*\bt="e"[^>]*>'
    rb"(?:<(?:\w+:)?f(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>))?<(?:\w+:)?v>([^<]*)<"
)
_UNCALCULATED = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})([0-9]{1,7})"((?: [a-su-z]+="[^"]*")*)>'
    rb"<(?:\w+:)?f(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)(?:<(?:\w+:)?v ?/>|<(?:\w+:)?v></(?:\w+:)?v>)?</(?:\w+:)?c>"
)


class _Scan:
    __slots__ = ("broken", "too_far")

    def __init__(self, broken: list[tuple[int, int, str]], too_far: str | None) -> None:
        self.broken = broken
        self.too_far = too_far


def _scan(xml: bytes) -> _Scan:
    says = _DIMENSION.search(xml, 0, 8_192)
    near = says is not None and _column(says[1]) < MAX_LAST_COLUMN and int(says[2]) <= MAX_LAST_ROW
    if not near and (far := _FAR.search(xml)):
        return _Scan([], far[1].decode())
    broken = []
    if b't="e"' in xml:
        broken += [(int(r) - 1, _column(c), shown.decode(errors="replace")[:20]) for c, r, shown in _ERROR.findall(xml)]
    if b"</f>" in xml or b"<f " in xml:
        broken += [(int(r) - 1, _column(c), "公式没有算出结果") for c, r, _ in _UNCALCULATED.findall(xml)]
    return _Scan(broken, None)


def _column(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number - 1


# --- the cells ---


def _sheet(workbook: python_calamine.CalamineWorkbook, name: str, scan: _Scan) -> OpenedSheet:
    if scan.too_far:
        return OpenedSheet(name=name, too_far=scan.too_far)
    sheet = workbook.get_sheet_by_name(name)
    if sheet.total_height >= MAX_LAST_ROW or sheet.total_width >= MAX_LAST_COLUMN:
        raise _Refused("unreadable")
    if (sheet.total_height + 1) * (sheet.total_width + 1) > MAX_CELLS:
        raise _Refused("too-big-inside")
    merges = [(*first, *last) for first, last in sheet.merged_cell_ranges or []]
    if sum(max(merge[2] - merge[0], 0) + 1 for merge in merges) > MAX_MERGED_ROWS:
        raise _Refused("unreadable")
    rows = [
        [cell if type(cell) is str else _value(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)
    ]
    return OpenedSheet(name=name, rows=rows, merges=merges, broken=scan.broken)


def _value(cell: object) -> Value:
    """Days and moments leave as text: 2025-03-07, 2025-03-07 10:30."""
    if isinstance(cell, str | bool | float):
        return cell
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(sep=" ", timespec="minutes") if cell.hour or cell.minute else cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return str(cell)


def main() -> None:
    if sys.platform == "linux":  # elsewhere the kernel does not keep an address-space limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer = msgspec.msgpack.encode(_answer(sys.stdin.buffer.read()))
    if len(answer) > MAX_ANSWER:
        answer = msgspec.msgpack.encode(NotOpened("too-big-inside"))
    sys.stdout.buffer.write(answer)


def _answer(data: bytes) -> Opened | NotOpened:
    try:
        return opened(data)
    except _Refused as refused:
        return NotOpened(refused.why)
    except python_calamine.PasswordError:
        return NotOpened("locked")
    except (python_calamine.CalamineError, MemoryError, UnicodeDecodeError):
        return NotOpened("unreadable")
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of the reader's Rust; it has no name to import
            return NotOpened("unreadable")
        raise


if __name__ == "__main__":
    main()
