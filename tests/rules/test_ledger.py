"""A ledger row read whole, and the sheet it stands on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipients.cells import Broken, Cell, Day, Phone, day, days, guarded, phone, text, unguarded, yes_or_no
from recipients.columns import COLUMNS, field_of
from recipients.fault import Fault
from recipients.grid import Ledger, NoLedger, Sheet, find_ledger
from recipients.id_number import check_character
from recipients.ledger import LedgerRow, RefusedRow, read_rows
from recipients.risk import RiskRule
from recipients.villages import Village, Villages

TODAY = date(2025, 10, 8)
VILLAGES = Villages(
    [
        Village(code="120199100201", name="东河村", township="柳河镇"),
        Village(code="120199100205", name="小王庄村", township="柳河镇"),
        Village(code="120199200204", name="小王庄村", township="青洼乡"),
        Village(code="120199100001", name="河畔社区", township="柳河镇"),
    ]
)


def number(sequence: int = 1, born: str = "19550307") -> str:
    seventeen = f"120199{born}{sequence:03d}"
    return seventeen + check_character(seventeen)


def wide(written: str) -> str:
    """As a Chinese input method types it: full-width digits, letters and punctuation."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in written)


PERSON: dict[str, Cell] = {
    "姓名": "王国强",
    "身份证号": number(),
    "所属村": "东河村",
    "自理能力": "全自理",
    "是否独居": "否",
}


def sheet(*people: dict[str, Cell]) -> Sheet:
    headers = list(dict.fromkeys(header for person in people for header in person))
    return Sheet(name="台账", rows=[headers, *([person.get(header) for header in headers] for person in people)])


def found(given_sheet: Sheet) -> Ledger:
    ledger = find_ledger(given_sheet)
    assert isinstance(ledger, Ledger), ledger
    return ledger


def read(*people: dict[str, Cell], today: date = TODAY) -> list[LedgerRow | RefusedRow]:
    return list(read_rows(found(sheet(*people)), today=today, villages=VILLAGES, rule=RiskRule()))


def taken(cells: dict[str, Cell]) -> LedgerRow:
    (row,) = read({**PERSON, **cells})
    assert isinstance(row, LedgerRow), row
    return row


def refused(cells: dict[str, Cell]) -> dict[str, str]:
    """Reasons by column."""
    (row,) = read({**PERSON, **cells})
    assert isinstance(row, RefusedRow)
    assert all(problem.remedy for problem in row.problems)
    return {problem.column: problem.reason for problem in row.problems}


class TestARow:
    def test_everything_is_typed(self) -> None:
        row = taken(
            {
                "序号": 3.0,
                "年龄": 70.0,
                "重点对象类别": "重残",
                "残疾类别": "肢体",
                "残疾等级": "二级",
                "户籍地址": "津宁区柳河镇东河村1号",
                "现住址": "同户籍地址",
                "联系电话": 13812345678.0,
                "监护人": "王二",
                "监护人电话": "022-23456789",
                "紧急联系人": "李三",
                "紧急联系人电话": "138 1234 5678",
                "钥匙保管人": "无",
                "入户同意": "已授权",
                "照料人": "赵四",
                "与照料人关系": "邻居",
                "照料协议编号": "柳协3号",
                "协议开始": "2025.3.7",
                "协议结束": "2028年3月6日",
                "探访周期(天)": "30天",
                "探访人": "孙五",
                "上次探访日期": 45930.0,
                "上次探访方式": "上门",
                "未销隐患": "电线老化",
                "窗帘守望人": "周六",
                "备注": "爱下棋",
                "供养方式": "分散",
            }
        )
        assert (row.serial, row.name, row.sex, row.born_on, row.age) == ("3", "王国强", "male", date(1955, 3, 7), 70)
        assert (row.categories, row.risk, row.risk_because) == (("severe_disability",), "key", ("重残",))
        assert (row.disability_kind, row.disability_grade) == ("肢体", 2)
        assert row.address == row.hukou_address == "津宁区柳河镇东河村1号"
        assert (row.village, row.village_code) == ("东河村", "120199100201")
        assert (row.phone, row.guardian_phone, row.emergency_phone) == ("13812345678", "022-23456789", "13812345678")
        assert (row.keyholder, row.entry_consent, row.living_alone) == (None, True, False)
        assert (row.agreement_starts_on, row.agreement_ends_on) == (date(2025, 3, 7), date(2028, 3, 6))
        assert (row.visit_every_days, row.last_seen_on, row.last_seen_how) == (30, date(2025, 9, 30), "door")
        assert (row.open_hazards, row.curtain_watcher, row.remarks) == ("电线老化", "周六", "爱下棋")
        assert row.warnings == ()

    def test_all_faults_are_told_at_once(self) -> None:
        reasons = refused({"姓名": "", "身份证号": "123", "所属村": "", "自理能力": "", "联系电话": "12"})
        assert list(reasons) == ["身份证号", "姓名", "所属村", "自理能力", "联系电话"]

    def test_it_prints_nobody(self) -> None:
        row = taken({})
        assert "王国强" not in repr(row) and str(row.id_number) not in repr(row)
        (bad,) = read({**PERSON, "身份证号": "120199195503070018"})
        assert "王国强" not in repr(bad)

    def test_it_can_be_sealed_and_opened_again(self) -> None:
        row = taken({"六项指标": "洗澡不能，其余能", "自理能力": "", "协议开始": "2025年3月"})
        assert msgspec.json.decode(msgspec.json.encode(row), type=LedgerRow) == row


class TestAcrossRows:
    def test_every_later_row_with_a_number_names_the_first(self) -> None:
        rows = read(PERSON, {**PERSON, "姓名": "王国"}, {**PERSON, "姓名": "王"})
        assert isinstance(rows[0], LedgerRow)
        for later in rows[1:]:
            assert isinstance(later, RefusedRow)
            assert later.problems[0].reason == "与第 2 行的号码相同"

    def test_fifteen_digits_are_the_same_as_their_eighteen(self) -> None:
        whole = number()
        _, later = read(PERSON, {**PERSON, "身份证号": whole[:6] + whole[8:17]})
        assert isinstance(later, RefusedRow) and "第 2 行" in later.problems[0].reason

    def test_a_refused_row_counts_as_the_first(self) -> None:
        first, later = read({**PERSON, "所属村": "某村"}, PERSON)
        assert isinstance(first, RefusedRow) and isinstance(later, RefusedRow)

    def test_two_to_confirm_are_not_the_same(self) -> None:
        rows = read(*({**PERSON, "身份证号": "待核实：遗失", "性别": "男", "姓名": name} for name in ("甲一", "乙二")))
        assert all(isinstance(row, LedgerRow) for row in rows)

    def test_progress_is_told_to_the_end(self) -> None:
        people = [{**PERSON, "身份证号": number(at + 1)} for at in range(250)]
        told: list[tuple[int, int]] = []
        ledger = found(sheet(*people))
        rows = read_rows(
            ledger,
            today=TODAY,
            villages=VILLAGES,
            rule=RiskRule(),
            progress=lambda done, of: told.append((done, of)),
        )
        next(rows)
        assert told == []  # one row at a time
        assert len(list(rows)) == 249
        assert told == [(100, 250), (200, 250), (250, 250)]


class TestIdentity:
    def test_a_number_excel_has_rounded_is_refused(self) -> None:
        assert "末位已丢失" in refused({"身份证号": 1.20199195503070e17})["身份证号"]

    def test_to_confirm_takes_its_reason_from_the_remarks(self) -> None:
        row = taken({"身份证号": "待核实", "备注": "补办中", "性别": "女", "年龄": "71"})
        assert (row.id_kind, row.id_number, row.id_to_confirm_because) == ("to_confirm", None, "补办中")
        assert (row.sex, row.born_on, row.age) == ("female", None, 71)

    def test_to_confirm_needs_the_sex_from_its_column(self) -> None:
        assert "性别" in refused({"身份证号": "待核实：遗失"})

    def test_its_own_column_gives_the_birthday_where_the_number_does_not(self) -> None:
        row = taken({"身份证号": "待核实：遗失", "性别": "男", "出生日期": "1940.3.7"})
        assert (row.born_on, row.age, row.categories) == (date(1940, 3, 7), 85, ("aged",))

    def test_sex_age_and_birthday_that_differ_are_warnings(self) -> None:
        row = taken({"性别": "女", "年龄": 60.0, "出生日期": "1965-03-07"})
        assert (row.sex, row.age, row.born_on) == ("male", 70, date(1955, 3, 7))
        assert [warning.split("：")[0] for warning in row.warnings] == ["性别", "出生日期", "年龄"]

    @pytest.mark.parametrize("age", [69.0, 70.0, 71.0, "71岁"])
    def test_a_year_more_or_less_is_how_people_count(self, age: Cell) -> None:
        assert taken({"年龄": age}).warnings == ()

    @pytest.mark.parametrize(
        ("written", "name"),
        [
            ("王 强", "王强"),
            (" 王国强\u3000", "王国强"),
            ("王\u3000强", "王强"),
            ("阿依古丽•买买提", "阿依古丽·买买提"),
        ],
    )
    def test_blanks_and_dots_in_names(self, written: str, name: str) -> None:
        assert taken({"姓名": written}).name == name

    @pytest.mark.parametrize("written", ["王国强(聋哑)", "王国强1", "12", "王" * 41])
    def test_what_is_no_name(self, written: str) -> None:
        assert "姓名" in refused({"姓名": written})

    def test_a_private_character_is_a_warning(self) -> None:
        row = taken({"姓名": "王\ue123"})
        assert row.name == "王\ue123" and "造字" in row.warnings[0]


class TestAbility:
    SIX: dict[str, Cell] = dict.fromkeys(("吃饭", "穿衣", "上下床", "如厕", "室内行走", "洗澡"), "能")

    def test_six_columns_make_the_class(self) -> None:
        assert taken({**self.SIX, "自理能力": ""}).self_care == "self"
        assert taken({**self.SIX, "自理能力": "", "洗澡": "×"}).self_care == "partial"

    def test_a_missing_one_is_named(self) -> None:
        assert "洗澡" in refused({**self.SIX, "洗澡": ""})["洗澡"]

    def test_word_and_indicators_may_not_contradict(self) -> None:
        assert "矛盾" in refused({**self.SIX, "洗澡": "不能"})["自理能力"]

    def test_text_and_columns_may_not_contradict(self) -> None:
        assert "六项指标" in refused({**self.SIX, "六项指标": "洗澡不能，其余能"})

    def test_full_care_is_high_risk(self) -> None:
        row = taken({"自理能力": "全护理"})
        assert (row.self_care, row.categories, row.risk) == ("full", ("incapacity",), "high")

    @pytest.mark.parametrize(
        ("kind", "grade", "expected"),
        [
            ("肢体", "二级", ("肢体", 2)),
            ("肢体二级", "", ("肢体", 2)),
            ("", "肢体一级", ("肢体", 1)),
            ("视力残疾", "3", ("视力", 3)),
            ("肢体、言语", "Ⅱ级", ("言语、肢体", 2)),
            ("无", "", (None, None)),
            ("精神(一级)", "", ("精神", 1)),
        ],
    )
    def test_disability(self, kind: str, grade: str, expected: tuple[str | None, int | None]) -> None:
        row = taken({"残疾类别": kind, "残疾等级": grade})
        assert (row.disability_kind, row.disability_grade) == expected

    def test_two_grades_are_refused(self) -> None:
        assert "残疾等级" in refused({"残疾类别": "肢体二级", "残疾等级": "三级"})


class TestPlace:
    @pytest.mark.parametrize("written", ["东河村", "东河", "东河村民委员会", "东河村委会", " 东河村 ", "120199100201"])
    def test_a_village_by_its_names(self, written: str) -> None:
        assert taken({"所属村": written}).village_code == "120199100201"

    @pytest.mark.parametrize("written", ["柳河镇小王庄村", "津宁区柳河镇小王庄村", "天津市津宁区柳河镇小王庄村委会"])
    def test_a_name_two_villages_bear_comes_with_its_township(self, written: str) -> None:
        row = taken({"所属村": written})
        assert (row.village_code, row.village) == ("120199100205", "柳河镇小王庄村")

    def test_without_it_it_is_refused(self) -> None:
        assert "同名" in refused({"所属村": "小王庄村"})["所属村"]

    @pytest.mark.parametrize("written", ["河畔社区", "河畔社区居委会", "河畔居委会", "河畔"])
    def test_a_community(self, written: str) -> None:
        assert taken({"所属村": written}).village_code == "120199100001"

    def test_an_unknown_one_is_refused_with_the_nearest(self) -> None:
        (row,) = read({**PERSON, "所属村": "东沟村"})
        assert isinstance(row, RefusedRow)
        assert "东沟村" in row.problems[0].reason and "东河村" in row.problems[0].remedy

    def test_ditto_is_refused(self) -> None:
        assert "现住址" in refused({"现住址": "同上"})

    @pytest.mark.parametrize(("written", "alone"), [("是", True), ("独居", True), ("与弟弟同住", False), ("×", False)])
    def test_living_alone(self, written: str, alone: bool) -> None:
        assert taken({"是否独居": written}).living_alone is alone

    def test_not_said_is_a_warning(self) -> None:
        row = taken({"是否独居": ""})
        assert not row.living_alone and "独居" in row.warnings[0]

    def test_the_category_is_enough(self) -> None:
        row = taken({"是否独居": "", "重点对象类别": "独居"})
        assert row.living_alone and row.warnings == ()

    def test_eighty_and_alone_is_high(self) -> None:
        row = taken({"身份证号": number(born="19450307"), "是否独居": "是"})
        assert (row.risk, row.categories) == ("high", ("aged", "living_alone"))


class TestDatesOfARow:
    def test_a_visit_in_2099_is_refused(self) -> None:
        assert "今天之后" in refused({"上次探访日期": "2099-1-1"})["上次探访日期"]

    def test_an_agreement_until_2099_is_refused(self) -> None:
        assert "2099" in refused({"协议结束": "2099.12.31"})["协议结束"]

    def test_an_agreement_ends_after_it_starts(self) -> None:
        assert "早于" in refused({"协议开始": "2025.3.7", "协议结束": "2024.3.6"})["协议结束"]

    def test_an_expired_one_is_a_warning(self) -> None:
        assert "到期" in taken({"协议结束": "2025.3.7"}).warnings[0]

    def test_a_month_alone_is_taken_with_a_warning(self) -> None:
        row = taken({"协议开始": "2025年3月"})
        assert row.agreement_starts_on == date(2025, 3, 1) and "只写到月" in row.warnings[0]


class TestOddities:
    def test_an_error_value_is_refused_wherever_it_stands(self) -> None:
        assert "#N/A" in refused({"备注": Broken("#N/A")})["备注"]
        assert "#REF!" in refused({"联系电话": "#REF!"})["联系电话"]

    def test_a_formula_without_a_result_is_refused(self) -> None:
        assert "公式" in refused({"年龄": Broken("公式没有算出结果")})["年龄"]

    def test_a_minor_without_a_guardian_is_a_warning(self) -> None:
        row = taken({"身份证号": number(born="20150307")})
        assert row.risk == "high" and any("监护人" in warning for warning in row.warnings)

    def test_a_caregiver_who_visits_is_a_warning(self) -> None:
        assert any("照料人" in warning for warning in taken({"照料人": "赵四", "探访人": "赵四"}).warnings)

    def test_two_phones_are_a_warning_without_digits(self) -> None:
        row = taken({"联系电话": "13812345678、13912345678"})
        assert row.phone == "13812345678"
        assert row.warnings == ("联系电话：写了 2 个号码，只取第一个",)

    def test_a_paste_gone_wrong_is_refused(self) -> None:
        assert "1000 个字" in refused({"备注": "好" * 1001})["备注"]


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "plain"),
        [
            (wide("2025.3"), "2025.3"),
            (" 王 \u3000 强 ", "王 强"),
            ("a\u200bb\x00c", "abc"),
            ("上\n下", "上 下"),
            (12.0, "12"),
            (1990.3, "1990.3"),
            (True, "是"),
            (None, ""),
            ("'=1+1", "=1+1"),
        ],
    )
    def test_text(self, cell: Cell, plain: str) -> None:
        assert text(cell) == plain

    @given(st.text())
    def test_plain_text_stays_as_it_is(self, written: str) -> None:
        once = text(written)
        assert text(guarded(once)) == once or once.startswith("'")
        assert "\n" not in once and once == once.strip()

    @given(st.text())
    def test_guarded_text_is_never_a_formula(self, written: str) -> None:
        assert not guarded(written).startswith(("=", "+", "-", "@", "\t", "\r"))
        assert unguarded(guarded(written)) == written or written.startswith("'")

    @pytest.mark.parametrize(
        "cell",
        [
            *(
                "1990.3.7",
                "1990-3-7",
                "1990/03/07",
                "1990年3月7日",
                "1990. 3. 7",
                wide("1990.3.7"),
                "19900307",
                19900307.0,
            ),
            *("1990-03-07 08:30", 32939.0, "32939", 32939.5, "1990.3.7."),
        ],
    )
    def test_one_day_written_many_ways(self, cell: Cell) -> None:
        assert day(cell) == Day(on=date(1990, 3, 7))

    @pytest.mark.parametrize("cell", ["1990年3月", "1990.3", "1990-03", 1990.3, 1990.03])
    def test_a_month(self, cell: Cell) -> None:
        assert day(cell) == Day(on=date(1990, 3, 1), exact=False)

    @pytest.mark.parametrize("cell", ["1990.2.30", "90.3.7", "三月", 1990.1, 7.0, True, "1700.1.1", "1990", 1.5])
    def test_what_is_no_day_or_could_be_two(self, cell: Cell) -> None:
        assert isinstance(day(cell), Fault)

    @given(st.dates(min_value=date(1910, 1, 2), max_value=date(2098, 1, 1)))
    def test_an_excel_serial_is_its_day(self, on: date) -> None:
        assert day(float((on - date(1899, 12, 30)).days)) == Day(on=on)

    @pytest.mark.parametrize(
        ("cell", "expected"),
        [
            (13812345678.0, Phone(number="13812345678")),
            ("138 1234 5678", Phone(number="13812345678")),
            ("138-1234-5678", Phone(number="13812345678")),
            ("+86 13812345678", Phone(number="13812345678")),
            (wide("13812345678"), Phone(number="13812345678")),
            ("022-23456789", Phone(number="022-23456789")),
            ("23456789", Phone(number="23456789", local=True)),
            ("13812345678/022-23456789", Phone(number="13812345678", others=1)),
            ("13812345678 13912345678", Phone(number="13812345678", others=1)),
            ("无", None),
        ],
    )
    def test_phones(self, cell: Cell, expected: Phone | None) -> None:
        assert phone(cell) == expected

    @pytest.mark.parametrize("cell", ["1381234567", "12812345678", "138123456789", "张三", 1.5])
    def test_what_is_no_phone(self, cell: Cell) -> None:
        assert isinstance(phone(cell), Fault)

    @pytest.mark.parametrize(
        ("cell", "expected"), [(7.0, 7), ("7天", 7), ("每周", 7), ("30天/次", 30), ("每月一次", 30), ("", None)]
    )
    def test_days(self, cell: Cell, expected: int | None) -> None:
        assert days(cell) == expected

    @pytest.mark.parametrize("cell", ["0", "400", "经常", 1.5])
    def test_what_is_no_number_of_days(self, cell: Cell) -> None:
        assert isinstance(days(cell), Fault)

    def test_yes_and_no(self) -> None:
        assert (yes_or_no("√"), yes_or_no("无"), yes_or_no(None)) == (True, False, None)
        assert isinstance(yes_or_no("也许"), Fault)


class TestHeader:
    @pytest.mark.parametrize(
        ("title", "field"),
        [
            ("身份证号码", "id_number"),
            ("公民身份号码", "id_number"),
            ("身份证号\n(18位)", "id_number"),
            ("姓  名", "name"),
            ("*姓名", "name"),
            ("村(居)", "village"),
            (wide("村(居)"), "village"),
            ("探访周期(天)", "visit_every_days"),
            ("是否独居(是/否)", "living_alone"),
            ("监护人联系电话", "guardian_phone"),
            ("原因", None),
            ("", None),
        ],
    )
    def test_titles_as_people_write_them(self, title: str, field: str | None) -> None:
        assert field_of(title) == field

    def test_no_title_names_two_fields(self) -> None:
        named = [(name, column.field) for column in COLUMNS for name in (column.title, *column.also)]
        assert [(name, field_of(name)) for name, _ in named] == named

    def test_it_may_stand_below_a_title(self) -> None:
        plain = sheet(PERSON)
        titled = Sheet(name="x", rows=[["某镇台账"], [], ["填报日期：2025年"], *plain.rows], merges=[(0, 0, 0, 4)])
        assert found(titled).header_row == 4
        assert [row.number for row in found(titled).rows] == [5]

    def test_two_lines_read_together(self) -> None:
        top: Sequence[Cell] = ["姓名", "身份证号", "所属村", "六项指标", *[None] * 5, "监护人", None]
        below: Sequence[Cell] = [None] * 3 + ["吃饭", "穿衣", "上下床", "如厕", "室内行走", "洗澡", "姓名", "联系电话"]
        row: Sequence[Cell] = ["王国强", number(), "东河村", *["能"] * 6, "王二", "13812345678"]
        two = Sheet(name="x", rows=[top, below, row], merges=[(0, 3, 0, 8), (0, 9, 0, 10), (0, 0, 1, 0), (0, 1, 1, 1)])
        (read_back,) = read_rows(found(two), today=TODAY, villages=VILLAGES, rule=RiskRule())
        assert isinstance(read_back, LedgerRow)
        assert (read_back.guardian, read_back.guardian_phone, read_back.self_care) == ("王二", "13812345678", "self")

    def test_a_phone_beside_a_person_who_has_a_column_for_it_is_the_recipients(self) -> None:
        row = taken({"监护人": "王二", "联系电话": "13800000001", "监护人电话": "13800000002"})
        assert (row.phone, row.guardian_phone) == ("13800000001", "13800000002")

    def test_a_phone_beside_a_person_is_that_persons(self) -> None:
        rows: list[list[Cell]] = [
            ["姓名", "身份证号", "所属村", "自理能力", "联系电话", "监护人", "联系电话", "紧急联系人", "电话"],
            ["王国强", number(), "东河村", "自理", "13800000001", "王二", "13800000002", "李三", "13800000003"],
        ]
        (row,) = read_rows(found(Sheet(name="x", rows=rows)), today=TODAY, villages=VILLAGES, rule=RiskRule())
        assert isinstance(row, LedgerRow)
        assert (row.phone, row.guardian_phone, row.emergency_phone) == ("13800000001", "13800000002", "13800000003")

    def test_a_column_twice_is_refused(self) -> None:
        rows: list[list[Cell]] = [["姓名", "身份证号", "所属村", "自理能力", "身份证号码"], ["a"] * 5]
        refusal = find_ledger(Sheet(name="x", rows=rows))
        assert isinstance(refusal, NoLedger)
        assert "B 列" in refusal.detail and "E 列" in refusal.detail

    def test_missing_columns_are_named_with_what_was_seen(self) -> None:
        refusal = find_ledger(Sheet(name="花名册", rows=[["姓名", "身份证号", "金额"]]))
        assert isinstance(refusal, NoLedger)
        for part in ("花名册", "所属村", "自理能力", "姓名、身份证号"):
            assert part in refusal.detail

    @pytest.mark.parametrize("rows", [[], [[]], [["随便", "什么"]], [[1.0, None]], [["王国强", "120199195503070017"]]])
    def test_no_header_says_what_is_needed_and_names_nobody(self, rows: list[list[Cell]]) -> None:
        refusal = find_ledger(Sheet(name="Sheet1", rows=rows))
        assert isinstance(refusal, NoLedger)
        assert "姓名、身份证号、所属村" in refusal.detail and "王国强" not in refusal.detail

    def test_columns_nobody_asked_for_are_noted(self) -> None:
        (note,) = found(sheet({**PERSON, "银行卡号": "1", "原因": "校验位不对"})).notes
        assert "银行卡号" in note and "原因" not in note


class TestBody:
    def rows(self, *extra: list[Cell]) -> Sheet:
        plain = sheet({"序号": "1", **PERSON}, {"序号": "2", **PERSON, "身份证号": number(2)})
        return Sheet(name="x", rows=[plain.rows[0], plain.rows[1], *extra, plain.rows[2]])

    @pytest.mark.parametrize(
        "row",
        [
            [],
            [None] * 6,
            ["", " ", None, "—"],
            ["3", None, None],  # numbered in advance
            ["合计", None, None, None, "2人"],
            [None, "合计", None, None, "2人"],
            ["注：1.本表由各村填报"],
            ["填表人：某某", None, None, "审核人：某某"],
            ["序号", "姓名", "身份证号", "所属村", "自理能力", "是否独居"],
        ],
    )
    def test_rows_that_are_nobody_are_passed_over(self, row: list[Cell]) -> None:
        ledger = found(self.rows(row))
        assert [one.number for one in ledger.rows] == [2, 4]

    def test_what_is_passed_over_is_noted_but_for_blanks(self) -> None:
        assert "第 3 行(填表)" in found(self.rows(["填表人：张三"])).notes[0]
        assert found(self.rows([None])).notes == ()

    def test_a_line_of_column_numbers_is_passed_over(self) -> None:
        plain = sheet(PERSON)
        numbered = Sheet(name="x", rows=[plain.rows[0], ["1", "2", "3", "4", "5"], plain.rows[1]])
        assert [row.number for row in found(numbered).rows] == [3]

    def test_somebody_without_name_and_number_is_not_passed_over(self) -> None:
        ledger = found(self.rows(["3", None, None, "东河村", "全自理"]))
        assert [one.number for one in ledger.rows] == [2, 3, 4]

    def test_merged_villages_are_lent_downwards(self) -> None:
        plain = sheet(*({**PERSON, "身份证号": number(at)} for at in (1, 2, 3)))
        rows = [list(row) for row in plain.rows]
        rows[2][2] = rows[3][2] = None
        merged = found(Sheet(name="x", rows=rows, merges=[(1, 2, 2, 2)]))
        out = list(read_rows(merged, today=TODAY, villages=VILLAGES, rule=RiskRule()))
        assert [isinstance(row, LedgerRow) for row in out] == [True, True, False]  # the third is outside the merge

    def test_a_merged_name_or_number_is_lent_to_nobody(self) -> None:
        rows = [list(row) for row in sheet(PERSON, {**PERSON, "身份证号": number(2)}).rows]
        rows[2][0] = rows[2][1] = None
        merged = found(Sheet(name="x", rows=rows, merges=[(1, 0, 2, 0), (1, 1, 2, 1)]))
        out = list(read_rows(merged, today=TODAY, villages=VILLAGES, rule=RiskRule()))
        assert isinstance(out[1], RefusedRow)
        assert {problem.column for problem in out[1].problems} == {"姓名", "身份证号"}


cells: st.SearchStrategy[Any] = st.one_of(st.none(), st.text(max_size=12), st.floats(), st.booleans(), st.integers())


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={column.title: cells for column in COLUMNS}),
        min_size=1,
        max_size=2,
    )
)
def test_whatever_stands_in_the_cells_each_row_is_read_or_refused(rows: list[dict[str, Cell]]) -> None:
    out = read(*({**PERSON, **row} for row in rows))
    assert all(isinstance(row, LedgerRow) or (isinstance(row, RefusedRow) and row.problems) for row in out)
