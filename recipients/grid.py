"""Finds the ledger in a sheet as people lay it out: titles above, two-line headers, merged villages, totals below."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from recipients.cells import NOTHING, Cell, text
from recipients.columns import OWN_TITLES, PHONE_OF, REQUIRED, TITLE_OF, field_of

HEADER_WITHIN = 15  # rows: titles, units and dates above a header never take more

Merge = tuple[int, int, int, int]  # first row, first column, last row, last column; from 0, all inside


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """Cells by row and column from 0, as typed; ranges as Excel merged them."""

    name: str
    rows: Sequence[Sequence[Cell]]
    merges: Sequence[Merge] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRow:
    """A row as found; `number` is the row number Excel shows."""

    number: int
    headers: tuple[str, ...] = field(repr=False)
    cells: tuple[Cell, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """`fields` says in which column a field stands. `notes` tell what was not read, and why."""

    sheet: str
    header_row: int
    headers: tuple[str, ...]
    fields: dict[str, int]
    rows: tuple[RawRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoLedger:
    """Why a sheet is not taken for a ledger. `likeness` counts header cells it understood."""

    likeness: int
    detail: str


def find_ledger(sheet: Sheet) -> Ledger | NoLedger:
    """The ledger on this sheet, or what is missing to make it one."""
    first_rows = range(min(HEADER_WITHIN, len(sheet.rows)))
    at = max(first_rows, key=lambda row: (_met(sheet.rows[row]), len(_named(sheet.rows[row]))), default=None)
    likeness = 0 if at is None else len(_named(sheet.rows[at]))
    if at is None or likeness < 2:
        return NoLedger(likeness=likeness, detail=f"工作表“{sheet.name}”里没有找到台账的表头。{needed()}")
    headers, first = _headers(sheet, at)
    fields = _fields(headers)
    if isinstance(fields, str):
        return NoLedger(likeness=likeness, detail=f"工作表“{sheet.name}”{fields}")
    missing = [TITLE_OF[group[0]] for group in REQUIRED if not any(one in fields for one in group)]
    if missing:
        seen = "、".join(header for header in headers if field_of(header))
        detail = f"工作表“{sheet.name}”第 {at + 1} 行像是表头，但缺少：{'、'.join(missing)}(已认出：{seen})。{needed()}"
        return NoLedger(likeness=likeness, detail=detail)
    return _ledger(sheet, at, first, headers, fields)


def needed() -> str:
    return "台账至少要有这些列：姓名、身份证号、所属村、自理能力(或六项指标)。请核对后重新上传。"


def _named(row: Sequence[Cell]) -> set[str]:
    return {found for cell in row if isinstance(cell, str) and (found := field_of(cell))}


def _met(row: Sequence[Cell]) -> int:
    """How many requirements a header row meets. The lower line of a header may hold more titles, but not these."""
    named = _named(row)
    return sum(any(one in named for one in group) for group in REQUIRED)


def _headers(sheet: Sheet, at: int) -> tuple[tuple[str, ...], int]:
    """One title a column, and the first row under the header. “监护人” over “电话” reads “监护人电话”."""
    upper = [text(cell) for cell in sheet.rows[at]]
    groups = [merge for merge in sheet.merges if merge[0] == at and merge[1] < merge[3]]
    tall = max((merge[2] for merge in sheet.merges if merge[0] <= at <= merge[2]), default=at)
    if at + 1 >= len(sheet.rows) or not (groups or tall > at):
        return tuple(upper), at + 1
    lower = [text(cell) for cell in sheet.rows[at + 1]]
    covered = {c: upper[first] for _, first, _, last in groups for c in range(first, last + 1) if first < len(upper)}
    if not any(lower[c] for c in covered if c < len(lower)):
        return tuple(upper), max(at, tall) + 1
    titles = tuple(_title(c, upper[c], lower[c] if c < len(lower) else "", covered) for c in range(len(upper)))
    return titles, max(at + 1, tall) + 1


def _title(column: int, upper: str, lower: str, covered: dict[int, str]) -> str:
    if column not in covered or not lower:
        return upper
    together = covered[column] + lower
    return together if field_of(together) else lower


def _fields(headers: tuple[str, ...]) -> dict[str, int] | str:
    fields: dict[str, int] = {}
    everywhere = {field_of(header) for header in headers}
    for column, header in enumerate(headers):
        named = field_of(header)
        owner = PHONE_OF.get(field_of(headers[column - 1]) or "") if named == "phone" and column else None
        if owner is not None and owner not in everywhere:
            named = owner
        if named is None:
            continue
        if named in fields:
            two = f"第 {letters(fields[named])} 列和第 {letters(column)} 列"
            return f"有两列都是“{TITLE_OF[named]}”：{two}。请删去或改名其中一列后重新上传。"
        fields[named] = column
    return fields


def letters(column: int) -> str:
    """A column as Excel names it, from 0: A, B, … Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def _ledger(sheet: Sheet, at: int, first: int, headers: tuple[str, ...], fields: dict[str, int]) -> Ledger:
    kept: list[int] = []
    skipped: list[str] = []
    for index in range(first, len(sheet.rows)):
        row = sheet.rows[index]
        if _is_blank(row, fields):
            continue
        if why := _not_a_person(row, fields, headers, under_header=index == first):
            skipped.append(f"第 {index + 1} 行({why})")
        else:
            kept.append(index)
    filled = _filled(sheet, kept, fields, first)
    width = len(headers)
    rows = tuple(
        RawRow(number=index + 1, headers=headers, cells=_cells(sheet.rows[index], width, filled.get(index, {})))
        for index in kept
    )
    notes = _notes(headers, fields, skipped)
    return Ledger(sheet=sheet.name, header_row=at + 1, headers=headers, fields=fields, rows=rows, notes=notes)


def _cells(row: Sequence[Cell], width: int, filled: dict[int, Cell]) -> tuple[Cell, ...]:
    cells = [*row[:width], *([None] * (width - len(row)))]
    for column, cell in filled.items():
        cells[column] = cell
    return tuple(cells)


# Left behind by formulas and numbering in rows nobody has filled in.
_SAYS_NOTHING = ("serial", "age", "sex", "born_on")


def _is_blank(row: Sequence[Cell], fields: dict[str, int]) -> bool:
    ignored = {fields[one] for one in _SAYS_NOTHING if one in fields}
    return all(_empty(cell) or (column in ignored and not _FOOT.match(text(cell))) for column, cell in enumerate(row))


def _empty(cell: Cell) -> bool:
    return cell is None or cell == "" or (isinstance(cell, str) and text(cell) in NOTHING)


_FOOT = re.compile(
    r"(合计|总计|小计|共计|共\d+|注[::1-9]|注$|备注|说明|填表|制表|填报|审核|单位|联系人|负责人|经办|截至|本表)"
)
_COLUMN_NUMBER = re.compile(r"\d{1,2}|[甲乙丙丁戊己庚辛壬癸]")


def _not_a_person(
    row: Sequence[Cell], fields: dict[str, int], headers: tuple[str, ...], *, under_header: bool
) -> str | None:
    """Why a row is no person's: a total, a note, a repeated header, column numbers. None when it may be one."""
    name = text(_at(row, fields["name"]))
    number = _at(row, fields["id_number"])
    if name and name == headers[fields["name"]]:
        return "重复的表头"
    if under_header and _COLUMN_NUMBER.fullmatch(name) and _COLUMN_NUMBER.fullmatch(text(number)):
        return "栏号"
    opening = next((text(cell) for cell in row if not _empty(cell)), "").replace(" ", "")
    if _empty(number) and (foot := _FOOT.match(opening)):
        return foot[1]
    return None


def _at(row: Sequence[Cell], column: int) -> Cell:
    return row[column] if column < len(row) else None


def _filled(sheet: Sheet, kept: list[int], fields: dict[str, int], first: int) -> dict[int, dict[int, Cell]]:
    """What merged cells lend to the rows below their first; a name or an identity number is never lent."""
    own = {fields["name"], fields["id_number"], fields.get("serial", -1)}
    wanted = set(kept)
    filled: dict[int, dict[int, Cell]] = {}
    for top, column, bottom, _ in sheet.merges:
        lent = _at(sheet.rows[top], column) if top < len(sheet.rows) else None
        if top < first or column in own or _empty(lent):
            continue
        for index in range(top + 1, min(bottom + 1, len(sheet.rows))):
            if index in wanted:
                filled.setdefault(index, {})[column] = lent
    return filled


def _notes(headers: tuple[str, ...], fields: dict[str, int], skipped: list[str]) -> tuple[str, ...]:
    read = set(fields.values())
    unread = [h for column, h in enumerate(headers) if h and column not in read and h not in OWN_TITLES]
    notes = []
    if skipped:
        more = "等" if len(skipped) > 5 else ""
        notes.append(f"跳过了 {len(skipped)} 行不是人员的内容：{'、'.join(skipped[:5])}{more}。")
    if unread:
        notes.append(f"这些列没有读取：{'、'.join(title[:12] for title in unread[:12])}。")
    return tuple(notes)
