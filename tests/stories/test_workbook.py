"""Workbooks: hostile and wrong ones refused with a remedy, good ones read, ours read back."""

import csv
import io
import re
import struct
import time
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.demo import make_ledger
from cli.demo.people import AREAS, TOWNSHIP_CODE
from recipients import workbook
from recipients.cells import Broken, Cell, text
from recipients.columns import COLUMNS
from recipients.fault import Problem
from recipients.grid import Ledger
from recipients.id_number import check_character
from recipients.ledger import LedgerRow, RefusedRow, read_rows
from recipients.opening import NotOpened, Opened, Why
from recipients.risk import RiskRule
from recipients.villages import Village, Villages
from recipients.workbook import WorkbookRefused, open_ledger, write_ledger, write_refused

TODAY = date(2025, 10, 8)
HEADERS = ("序号", "姓名", "身份证号", "所属村", "自理能力", "是否独居", "备注")
VILLAGES = Villages([Village(code="120199100201", name="东河村", township="柳河镇")])


def number(sequence: int) -> str:
    seventeen = f"12019919550307{sequence:03d}"
    return seventeen + check_character(seventeen)


def person(sequence: int = 1) -> list[Cell]:
    return [float(sequence), "王国强", number(sequence), "东河村", "全自理", "否", None]


def book(rows: Iterable[Iterable[object]], *, change: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook of one sheet; `change` may still write to it."""
    held = io.BytesIO()
    made = xlsxwriter.Workbook(held, {"in_memory": True})
    sheet = made.add_worksheet("花名册")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell is not None:
                sheet.write(at, column, cell)
    if change:
        change(made, sheet)
    made.close()
    return held.getvalue()


def repacked(data: bytes, parts: dict[str, bytes]) -> bytes:
    """The same package with parts replaced or added."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in [*old.namelist(), *(name for name in parts if name not in old.namelist())]:
            new.writestr(name, parts.get(name, b"") or old.read(name))
    return held.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def claiming(data: bytes, name: str, size: int) -> bytes:
    """The package with another uncompressed size declared for a part, in both places."""
    out = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo(name)
    struct.pack_into("<I", out, entry.header_offset + 22, size)
    central = data.index(b"PK\x01\x02")
    while data[central + 46 : central + 46 + len(name)] != name.encode():
        central = data.index(b"PK\x01\x02", central + 4)
    struct.pack_into("<I", out, central + 24, size)
    return bytes(out)


GOOD = book([HEADERS, person()])
SHEET = "xl/worksheets/sheet1.xml"


def refusal(data: bytes, *, file_name: str = "台账.xlsx") -> WorkbookRefused:
    with pytest.raises(WorkbookRefused) as caught:
        open_ledger(data, file_name=file_name)
    assert caught.value.detail.endswith("。")
    return caught.value


def read(data: bytes, *, today: date = TODAY, villages: Villages = VILLAGES) -> list[LedgerRow | RefusedRow]:
    return list(read_rows(open_ledger(data), today=today, villages=villages, rule=RiskRule()))


def taken(data: bytes) -> list[LedgerRow]:
    rows = read(data)
    assert all(isinstance(row, LedgerRow) for row in rows), rows
    return [row for row in rows if isinstance(row, LedgerRow)]


class TestNotALedger:
    @pytest.mark.parametrize(
        ("data", "kind", "says"),
        [
            (b"", "NotAWorkbook", "空的"),
            ("姓名，身份证号\n".encode(), "NotAWorkbook", "另存为"),
            (b"<html><table>", "NotAWorkbook", "另存为"),
            (b"%PDF-1.7", "NotAWorkbook", ".xlsx"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "OldWorkbook", ".xls"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "LockedWorkbook", "密码"),
            (b"PK\x03\x04" + b"\0" * 100, "UnreadableWorkbook", "损坏"),
            (GOOD[: len(GOOD) // 2], "UnreadableWorkbook", "损坏"),
            (b"\0" * ((16 << 20) + 1), "WorkbookTooBig", "16 MiB"),
        ],
        ids=["empty", "csv", "html", "pdf", "xls", "locked", "noise", "cut", "big"],
    )
    def test_it_is_refused_with_a_remedy(self, data: bytes, kind: str, says: str) -> None:
        found = refusal(data)
        assert type(found).__name__ == kind
        assert says in found.detail

    @pytest.mark.parametrize(
        ("names", "says"),
        [
            (["word/document.xml"], "Word"),
            (["xl/workbook.bin"], ".xlsb"),
            (["mimetype", "content.xml"], ".ods"),
            (["柳河镇台账.xlsx"], "解压"),
            (["随便.txt"], ".xlsx"),
        ],
    )
    def test_other_packages_are_named(self, names: list[str], says: str) -> None:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")
        assert says in refusal(held.getvalue()).detail

    def test_no_header_says_what_is_needed(self) -> None:
        found = refusal(book([["随便", "什么"], [1, 2]]))
        assert type(found).__name__ == "LedgerNotFound"
        assert "花名册" in found.detail and "姓名、身份证号、所属村" in found.detail

    def test_a_header_without_people(self) -> None:
        assert type(refusal(book([HEADERS]))).__name__ == "EmptyLedger"

    def test_the_wrong_sheet_first_does_not_matter(self) -> None:
        def second(made: Any, _: Any) -> None:
            sheet = made.add_worksheet("台账")
            for column, header in enumerate(HEADERS):
                sheet.write(4, column, header)
            sheet.write_row(5, 0, [cell or "" for cell in person()])

        ledger = open_ledger(book([["填表说明"]], change=second))
        assert (ledger.sheet, ledger.header_row, ledger.rows[0].number) == ("台账", 5, 6)

    def test_a_second_ledger_in_the_file_is_not_passed_over_in_silence(self) -> None:
        def second(made: Any, _: Any) -> None:
            made.add_worksheet("西河村").write_row(0, 0, HEADERS)

        assert "西河村" in open_ledger(book([HEADERS, person()], change=second)).notes[0]


class TestHostile:
    """Each of these would hurt a process that opened it trustingly; all are refused within seconds."""

    def test_macros(self) -> None:
        assert type(refusal(repacked(GOOD, {"xl/vbaProject.bin": b"x"}))).__name__ == "MacroWorkbook"
        assert type(refusal(repacked(GOOD, {"xl/macrosheets/sheet1.xml": b"<x/>"}))).__name__ == "MacroWorkbook"
        assert type(refusal(GOOD, file_name="台账.XLSM")).__name__ == "MacroWorkbook"

    def test_macros_that_only_the_content_types_admit(self) -> None:
        types = part(GOOD, "[Content_Types].xml").replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
        assert type(refusal(repacked(GOOD, {"[Content_Types].xml": types}))).__name__ == "MacroWorkbook"

    def test_a_bomb_that_is_honest_about_its_size(self) -> None:
        assert "压缩比例" in refusal(repacked(GOOD, {"xl/media/image1.xml": b" " * (8 << 20)})).detail

    def test_a_bomb_that_declares_more_than_we_unpack(self) -> None:
        assert "解压后太大" in refusal(claiming(GOOD, SHEET, 300 << 20)).detail

    def test_a_bomb_that_declares_less_than_it_is(self) -> None:
        swollen = repacked(
            GOOD, {SHEET: part(GOOD, SHEET).replace(b"</sheetData>", b" " * (4 << 20) + b"</sheetData>")}
        )
        assert type(refusal(claiming(swollen, SHEET, 2_000))).__name__ == "UnreadableWorkbook"

    def test_thousands_of_parts(self) -> None:
        assert (
            type(refusal(repacked(GOOD, {f"xl/x{n}.bin": b"x" for n in range(2_001)}))).__name__ == "UnreadableWorkbook"
        )

    def test_two_parts_of_one_name(self) -> None:
        twice = repacked(GOOD, {"XL/WORKSHEETS/SHEET1.XML": part(GOOD, SHEET)})
        assert type(refusal(twice)).__name__ == "UnreadableWorkbook"

    def test_a_nested_archive_is_never_unpacked(self) -> None:
        inner = repacked(GOOD, {"bomb.bin": b"\0" * (8 << 20)})
        assert len(open_ledger(repacked(GOOD, {"xl/embeddings/inside.xlsx": inner})).rows) == 1

    def test_a_count_that_asks_for_all_memory_ends_only_the_process_that_reads_it(self) -> None:
        strings = re.sub(rb'uniqueCount="\d+"', b'uniqueCount="30000000000000"', part(GOOD, "xl/sharedStrings.xml"))
        assert b"30000000000000" in strings
        assert type(refusal(repacked(GOOD, {"xl/sharedStrings.xml": strings}))).__name__ == "UnreadableWorkbook"

    def test_one_long_text_in_thousands_of_cells_ends_only_the_process_that_reads_it(self) -> None:
        strings = part(GOOD, "xl/sharedStrings.xml")
        strings = strings.replace(b"</sst>", b"<si><t>" + "长".encode() * 300_000 + b"</t></si></sst>")
        index = strings.count(b"<si>") - 1
        cells = "".join(
            f'<row r="{r}">' + "".join(f'<c r="{c}{r}" t="s"><v>{index}</v></c>' for c in "ABCDEFGHIJ") + "</row>"
            for r in range(3, 203)
        )
        sheet = part(GOOD, SHEET).replace(b"</sheetData>", cells.encode() + b"</sheetData>")
        hostile = repacked(GOOD, {"xl/sharedStrings.xml": strings, SHEET: sheet})
        assert type(refusal(hostile)).__name__ == "UnreadableWorkbook"

    def test_entities_are_not_expanded(self) -> None:
        lol = (
            b'<!DOCTYPE x [<!ENTITY a "'
            + b"a" * 1000
            + b'">'
            + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (n, *[n - 1] * 8) for n in range(98, 110))
            + b"]>"
        )
        rest = part(GOOD, "xl/workbook.xml").split(b"?>", 1)[1].replace(b'name="', b'name="&m;', 1)
        assert type(refusal(repacked(GOOD, {"xl/workbook.xml": lol + rest}))).__name__ == "UnreadableWorkbook"

    @pytest.mark.parametrize("where", ["A99999", "XFD3", "A30000", "GS2"])
    def test_a_stray_cell_far_away_is_named(self, where: str) -> None:
        found = refusal(book([HEADERS, person()], change=lambda _, sheet: sheet.write(where, "x")))
        assert type(found).__name__ == "TooManyRows"
        assert where in found.detail and "删去" in found.detail

    def test_too_many_people(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook, "MAX_ROWS", 2)
        found = refusal(book([HEADERS, *(person(n) for n in range(1, 4))]))
        assert "3 行" in found.detail and "分成" in found.detail

    def test_a_hundred_thousand_empty_formatted_rows_cost_nothing(self) -> None:
        empty = "".join(
            f'<row r="{r}">' + "".join(f'<c r="{c}{r}" s="1"/>' for c in "ABCDE") + "</row>" for r in range(3, 100_003)
        )
        data = repacked(GOOD, {SHEET: part(GOOD, SHEET).replace(b"</sheetData>", empty.encode() + b"</sheetData>")})
        started = time.monotonic()
        assert len(open_ledger(data).rows) == 1
        assert time.monotonic() - started < 20  # about one; the machine may be busy

    def test_reading_takes_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(workbook, "OPENING_SECONDS", 0.001)
        assert type(refusal(GOOD)).__name__ == "UnreadableWorkbook"

    def test_a_fault_of_ours_is_not_blamed_on_the_file(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        script = tmp_path / "opening.py"
        script.write_text("raise KeyError('王国强')")
        monkeypatch.setattr("recipients.opening.__file__", str(script))
        with pytest.raises(RuntimeError, match="KeyError") as caught:
            open_ledger(GOOD)
        assert "王国强" not in str(caught.value)

    def test_every_way_of_not_opening_has_its_words(self) -> None:
        assert set(workbook._NOT_OPENED) == set(get_args(Why))


class TestCellsAsTheyAre:
    def test_days_numbers_formulas_errors_and_text(self) -> None:
        def change(made: Any, sheet: Any) -> None:
            sheet.write_datetime(1, 7, datetime(2025, 3, 7), made.add_format({"num_format": "yyyy-mm-dd"}))
            sheet.write_formula(1, 8, "=1+1", None, 70)
            sheet.write_formula(1, 9, "=VLOOKUP(1,A1:B2,3)", None, "#N/A")
            sheet.write_boolean(1, 10, True)
            sheet.write_number(1, 11, 120199195503070017)

        (row,) = open_ledger(book([[*HEADERS, "协议开始", "年龄", "残疾类别", "a", "b"], person()], change=change)).rows
        assert row.cells[7:] == ("2025-03-07", 70.0, Broken("#N/A"), True, 1.2019919550307e17)

    def test_a_formula_nobody_calculated_is_no_empty_cell(self) -> None:
        data = book([HEADERS, person()])
        sheet = part(data, SHEET).replace(b"</row></sheetData>", b'<c r="G2"><f>A1&amp;"x"</f></c></row></sheetData>')
        (row,) = read(repacked(data, {SHEET: sheet}))
        assert isinstance(row, RefusedRow)
        assert "公式" in row.problems[0].reason

    def test_a_formula_that_says_nothing_is_an_empty_cell(self) -> None:
        data = book([HEADERS, person()])
        sheet = part(data, SHEET).replace(
            b"</row></sheetData>", b'<c r="G2" t="str"><f>IF(A1="","","")</f><v></v></c></row></sheetData>'
        )
        (row,) = taken(repacked(data, {SHEET: sheet}))
        assert row.remarks is None

    def test_merged_villages(self) -> None:
        def merge(_: Any, sheet: Any) -> None:
            sheet.merge_range(1, 3, 3, 3, "东河村")

        rows = [HEADERS, *([*person(n)[:3], None, *person(n)[4:]] for n in (1, 2, 3))]
        assert [row.village for row in taken(book(rows, change=merge))] == ["东河村"] * 3


def full_row(**changes: Any) -> LedgerRow:
    row: dict[str, Any] = {
        "number": 4,
        "serial": "1",
        "name": "王国强",
        "sex": "male",
        "id_kind": "resident",
        "id_number": number(1),
        "id_compared": number(1),
        "born_on": date(1955, 3, 7),
        "age": 70,
        "categories": ("severe_disability", "living_alone"),
        "self_care": "partial",
        "indicators": dict.fromkeys(("eating", "dressing", "getting_up", "toileting", "walking_indoors"), True)
        | {"bathing": False},
        "risk": "key",
        "risk_because": ("重残", "独居"),
        "disability_kind": "肢体",
        "disability_grade": 2,
        "hukou_address": "津宁区柳河镇东河村1排1号",
        "address": "津宁区柳河镇东河村1排1号",
        "village": "东河村",
        "village_code": "120199100201",
        "living_alone": True,
        "phone": "13800000001",
        "guardian": "王二",
        "guardian_phone": "022-23456789",
        "emergency": "李三",
        "emergency_phone": "13800000002",
        "keyholder": "赵四",
        "keyholder_phone": "13800000003",
        "entry_consent": False,
        "caregiver": "孙五",
        "caregiver_relation": "邻居",
        "agreement_number": "柳协1号",
        "agreement_starts_on": date(2025, 1, 1),
        "agreement_ends_on": date(2027, 12, 31),
        "visit_every_days": 30,
        "visitor": "周六",
        "last_seen_on": date(2025, 9, 30),
        "last_seen_how": "door",
        "open_hazards": "电线老化",
        "curtain_watcher": "吴七",
        "remarks": "爱下棋",
    }
    return LedgerRow(**row | changes)


plain_text = st.text(max_size=30).map(text).filter(lambda written: written not in {"无", "没有", "暂无", "不详"})
optional_text = plain_text.map(lambda written: written or None).filter(
    lambda written: written is None or (any(c.isalpha() for c in written) and not written.startswith(("'", "#")))
)


class TestOut:
    def test_what_goes_out_comes_back(self) -> None:
        row = full_row()
        assert taken(write_ledger([row], title="台账", made_on=TODAY)) == [row]

    def test_so_does_somebody_of_whom_little_is_known(self) -> None:
        row = LedgerRow(
            number=4,
            name="阿依古丽·买买提",
            sex="female",
            id_kind="to_confirm",
            id_number=None,
            id_compared=None,
            id_to_confirm_because="户口未落实",
            born_on=None,
            age=85,
            categories=("aged", "incapacity"),
            conditions=("dementia",),
            self_care="full",
            risk="high",
            risk_because=("失智", "完全丧失自理能力"),
            village="东河村",
            village_code="120199100201",
        )
        assert taken(write_ledger([row], title="台账", made_on=TODAY)) == [row]

    def test_a_day_before_excels_calendar_comes_back(self) -> None:
        row = full_row(id_kind="to_confirm", id_number=None, id_compared=None, id_to_confirm_because="遗失")
        old = replace(row, born_on=date(1899, 3, 7), age=126, categories=("aged", *row.categories), risk="high")
        (back,) = taken(write_ledger([old], title="台账", made_on=TODAY))
        assert (back.born_on, back.age) == (date(1899, 3, 7), 126)

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        remarks=optional_text,
        address=optional_text,
        caregiver=optional_text,
        born=st.dates(min_value=date(1951, 1, 1), max_value=date(1965, 1, 1)),
        seen=st.none() | st.dates(min_value=date(2000, 1, 1), max_value=TODAY),
        consent=st.none() | st.booleans(),
        every=st.none() | st.integers(min_value=1, max_value=366),
    )
    def test_whatever_stands_in_the_fields(
        self,
        remarks: str | None,
        address: str | None,
        caregiver: str | None,
        born: date,
        seen: date | None,
        consent: bool | None,
        every: int | None,
    ) -> None:
        seventeen = f"120199{born:%Y%m%d}001"
        whole = seventeen + check_character(seventeen)
        row = full_row(
            remarks=remarks,
            address=address,
            caregiver=caregiver,
            born_on=born,
            age=TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day)),
            id_number=whole,
            id_compared=whole,
            last_seen_on=seen,
            entry_consent=consent,
            visit_every_days=every,
        )
        assert taken(write_ledger([row], title="台账", made_on=TODAY)) == [row]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@"])
    def test_what_looks_like_a_formula_is_escaped_and_comes_back(self, start: str) -> None:
        nasty = start + 'HYPERLINK("http://x","点我")'
        data = write_ledger([full_row(remarks=nasty)], title=start + "台账", made_on=TODAY)
        strings = part(data, "xl/sharedStrings.xml").decode()
        assert f"<t>'{start}HYPERLINK" in strings and f"<t>'{start}台账" in strings
        assert b"<f>" not in part(data, SHEET)
        assert taken(data)[0].remarks == nasty

    def test_it_is_laid_out_to_be_printed_and_filtered(self) -> None:
        data = write_ledger([full_row()], title="柳河镇台账", made_on=TODAY, made_by="单秀兰")
        sheet = part(data, SHEET).decode()
        for piece in (
            'orientation="landscape"',
            'paperSize="9"',
            "<pane ",
            'state="frozen"',
            "<autoFilter ",
            'fitToPage="1"',
        ):
            assert piece in sheet
        assert "Print_Titles" in part(data, "xl/workbook.xml").decode()
        assert '"分散供养,集中供养"' in sheet and '"男,女"' in sheet
        strings = part(data, "xl/sharedStrings.xml").decode()
        assert "柳河镇台账" in strings and "制表人：单秀兰" in strings and "人数：1" in strings

    def test_numbers_and_phones_are_text_also_below_the_last_row(self) -> None:
        data = write_ledger([full_row()], title="台账", made_on=TODAY)
        sheet = part(data, SHEET).decode()
        place = [column.field for column in COLUMNS if column.field != "indicators"].index("id_number")
        style = re.search(rf'<col min="{place + 1}" max="{place + 1}" [^>]*style="(\d+)"', sheet)
        assert style is not None
        formats = re.findall(r"<xf [^>]*>", part(data, "xl/styles.xml").decode().split("<cellXfs")[1])
        assert 'numFmtId="49"' in formats[int(style[1])]  # 49 is text
        cell = chr(65 + place)
        assert re.search(rf'<c r="{cell}4" [^>]*t="s"', sheet)

    def test_nobody_at_all(self) -> None:
        assert type(refusal(write_ledger([], title="台账", made_on=TODAY))).__name__ == "EmptyLedger"


class TestRefusedOut:
    HEADERS = ("姓名", "身份证号", "所属村", "自理能力", "是否独居", "年龄", "备注")

    def refused(self, *cells: Cell, problems: tuple[Problem, ...] = ()) -> RefusedRow:
        because = problems or (Problem(column="身份证号", reason="校验位不对", remedy="请核对"),)
        return RefusedRow(number=9, headers=self.HEADERS, cells=cells, problems=because)

    def test_it_holds_every_cell_and_why(self) -> None:
        row = self.refused("王国强", number(1), "东河村", "全自理", "否", 70.0, "=1+1")
        (raw,) = open_ledger(write_refused([row], made_on=TODAY)).rows
        assert raw.headers == ("原行号", "原因", "处理办法", *self.HEADERS)
        expected = ("身份证号：校验位不对", "请核对", "王国强", number(1), "东河村", "全自理", "否", "70", "'=1+1")
        assert raw.cells == (9.0, *expected)

    def test_once_corrected_it_can_be_imported(self) -> None:
        data = write_refused([self.refused("王国强", number(1), "东河村", "全自理", "否", "70", None)], made_on=TODAY)
        assert [(row.name, row.age, row.warnings) for row in taken(data)] == [("王国强", 70, ())]
        assert open_ledger(data).notes == ()

    def test_not_corrected_it_is_refused_again(self) -> None:
        rows = [
            self.refused("王一", 1.20199195503070017e17, "东河村", "全自理", "否", None, None),
            self.refused("王二", number(2), "东河村", "全自理", "否", Broken("#N/A"), None),
            self.refused("王三", number(3)[:17] + "Y", "东河村", "全自理", "否", None, None),
        ]
        again = read(write_refused(rows, made_on=TODAY))
        assert all(isinstance(row, RefusedRow) for row in again)
        first = again[0]
        assert isinstance(first, RefusedRow) and "末位已丢失" in first.problems[0].reason

    def test_the_cells_at_fault_are_coloured(self) -> None:
        row = self.refused("王国强", "1", "东河村", "全自理", "否", None, None)
        data = write_refused([row], made_on=TODAY)
        sheet = part(data, SHEET).decode()
        styles = {name: re.search(rf'<c r="{name}4" s="(\d+)"', sheet) for name in ("D", "E", "F")}
        numbers = {name: found[1] for name, found in styles.items() if found}
        assert numbers["D"] == numbers["F"] != numbers["E"]

    def test_the_longest_paste_still_opens(self) -> None:
        row = self.refused("王国强", "1", "东河村", "全自理", "否", None, "长" * 100_000)
        assert len(open_ledger(write_refused([row], made_on=TODAY)).rows) == 1


@pytest.fixture(scope="module")
def villages() -> Villages:
    """Those of the sample's township."""
    with AREAS.open(encoding="utf-8", newline="") as file:
        areas = [row for row in csv.DictReader(file) if row["上级代码"] == TOWNSHIP_CODE and not row["停用日期"]]
    return Villages(Village(code=row["代码"], name=row["名称"], township="柳河镇") for row in areas)


@pytest.fixture(scope="module")
def committed() -> Ledger:
    return open_ledger(make_ledger.LEDGER.read_bytes())


@pytest.fixture(scope="module")
def rows(committed: Ledger, villages: Villages) -> list[LedgerRow | RefusedRow]:
    return list(read_rows(committed, today=TODAY, villages=villages, rule=RiskRule()))


class TestTheSample:
    def test_it_is_what_the_generator_makes(self, committed: Ledger) -> None:
        made = open_ledger(make_ledger.ledger())
        assert (made.headers, made.rows) == (committed.headers, committed.rows)

    def test_147_can_be_imported_and_three_cannot_for_three_reasons(self, rows: list[LedgerRow | RefusedRow]) -> None:
        assert len([row for row in rows if isinstance(row, LedgerRow)]) == 147
        refused = [row for row in rows if isinstance(row, RefusedRow)]
        reasons = [problem.reason.split("：")[0] for row in refused for problem in row.problems]
        assert reasons == ["校验位不对，至少有一位写错", "末位已丢失", "找不到“东沟村”这个村(社区)"]

    def test_twelve_are_at_high_risk_and_will_be_for_years(self, committed: Ledger, villages: Villages) -> None:
        for today in (TODAY, date(2029, 12, 31)):
            then = read_rows(committed, today=today, villages=villages, rule=RiskRule())
            assert len([row for row in then if isinstance(row, LedgerRow) and row.risk == "high"]) == 12

    def test_it_has_the_warts(self, committed: Ledger, rows: list[LedgerRow | RefusedRow]) -> None:
        good = [row for row in rows if isinstance(row, LedgerRow)]
        assert len([row for row in good if row.id_number and len(row.id_number) == 15]) == 6
        assert len([row for row in good if row.id_kind == "to_confirm"]) == 2
        raw = [cell for row in committed.rows for cell in row.cells if isinstance(cell, str)]
        assert any(re.fullmatch(r"\d{4}\.\d+\.\d+", cell) for cell in raw)
        assert any(cell != cell.rstrip() for cell in raw)
        assert any("\uff10" <= character <= "\uff19" for cell in raw for character in cell)
        numbers = [row.number for row in committed.rows]
        assert numbers[-1] - numbers[0] + 1 > len(numbers)  # blank rows between

    def test_nobody_in_it_can_be_real(self, rows: list[LedgerRow | RefusedRow]) -> None:
        for row in rows:
            if isinstance(row, LedgerRow):
                assert row.id_number is None or row.id_number.startswith("120199")
                phones = (row.phone, row.guardian_phone, row.emergency_phone, row.keyholder_phone)
                assert all(one is None or one.startswith("1990000") for one in phones)

    def test_it_survives_export_and_import(self, rows: list[LedgerRow | RefusedRow], villages: Villages) -> None:
        good = [row for row in rows if isinstance(row, LedgerRow)]
        back = read(write_ledger(good, title="台账", made_on=TODAY), villages=villages)
        assert len(back) == 147
        for before, after in zip(good, back, strict=True):
            assert isinstance(after, LedgerRow), after
            ignored = {"number": 0, "warnings": ()}
            assert {f: getattr(before, f) for f in LedgerRow.__dataclass_fields__ if f not in ignored} == {
                f: getattr(after, f) for f in LedgerRow.__dataclass_fields__ if f not in ignored
            }


def test_the_two_answers_of_the_opening_process_cannot_be_confused() -> None:
    for answer in (Opened(sheets=[]), NotOpened("bomb")):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(answer), type=Opened | NotOpened) == answer
