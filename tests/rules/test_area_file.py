"""The file of areas: what is read, and what is told about each bad row."""

from datetime import date

import pytest

from accounts.area_file import EARLIEST, AreaFile, AreaKey, read_area_file
from accounts.areas import Area

HEADER = "代码,名称,上级代码,启用日期,停用日期,继任代码\n"
DISTRICT = "120112000000,津南区,,,,\n"
TOWNSHIP = "120112101000,葛沽镇,,,,\n"
VILLAGE = "120112101201,三合村,,,,\n"


def read(*rows: str, stored: dict[int, Area] | None = None) -> AreaFile:
    return read_area_file(HEADER + "".join(rows), stored)


def the_problem(file: AreaFile) -> tuple[int, str, str]:
    assert len(file.problems) == 1, file.problems
    problem = file.problems[0]
    return problem.line, problem.column, problem.detail


def key(code: str) -> AreaKey:
    return AreaKey(code, EARLIEST)


def test_rows_come_parents_first_and_parents_are_derived_from_the_digits() -> None:
    file = read(VILLAGE, TOWNSHIP, DISTRICT)
    assert file.problems == ()
    assert [(row.key.code, row.parent) for row in file.rows] == [
        ("120112000000", None),
        ("120112101000", key("120112000000")),
        ("120112101201", key("120112101000")),
    ]


def test_a_county_hangs_under_the_next_level_there_is() -> None:
    file = read("120000000000,天津市,,,,\n", DISTRICT)
    assert file.rows[1].parent == key("120000000000")


def test_a_township_of_a_city_without_counties_hangs_under_the_city() -> None:
    file = read("441900000000,东莞市,,,,\n", "441900003000,东城街道,,,,\n")
    assert file.rows[1].parent == key("441900000000")


def test_a_given_parent_wins_over_the_digits() -> None:
    file = read(DISTRICT, TOWNSHIP, "120112102000,小站镇,,,,\n", "120112101201,三合村,120112102000,,,\n")
    assert file.problems == ()
    assert file.rows[-1].parent == key("120112102000")


def test_dates_are_read_as_people_write_them() -> None:
    heir = "120112102201,会馆村,120112000000,,,\n"
    file = read(DISTRICT, heir, "120112101201,三合村,120112000000,2010.1.5,2024年12月31日,120112102201\n")
    row = file.rows[-1]
    assert (row.key.valid_from, row.valid_to) == (date(2010, 1, 5), date(2024, 12, 31))
    assert row.successor == key("120112102201")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_bytes_are_read_in_the_encodings_spreadsheets_write(encoding: str) -> None:
    file = read_area_file((HEADER + DISTRICT).encode(encoding))
    assert [row.name for row in file.rows] == ["津南区"]


def test_full_width_digits_and_blanks_are_forgiven() -> None:
    assert [row.key.code for row in read(" １２０１１２００００００ , 津南区 ,,,,\n").rows] == ["120112000000"]


def test_empty_lines_are_no_rows_and_lines_are_counted_as_in_the_file() -> None:
    file = read(DISTRICT, "\n", ",,,,,\n", "12011210100,葛沽镇,,,,\n")
    assert the_problem(file)[:2] == (5, "代码")


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("120112,葛沽镇,,,,\n", "代码", "不是 12 位"),
        ("12011210120X,葛沽镇,,,,\n", "代码", "不是 12 位"),
        ("1.20112E+11,葛沽镇,,,,\n", "代码", "科学计数法"),
        ("120112101000,,,,,\n", "名称", "名称为空"),
        (f"120112101000,{'长' * 81},,,,\n", "名称", "超过 80 个字"),
        ("120112101000,葛沽\x00镇,,,,\n", "名称", "特殊字符"),
        ('120112101000,"葛沽\u2028镇",,,,\n', "名称", "特殊字符"),
        ("120112101000,葛沽镇,,2024-13-01,,\n", "启用日期", "不是有效日期"),
        ("120112101000,葛沽镇,,昨天,,\n", "启用日期", "不是有效日期"),
        ("120112101000,葛沽镇,,1900-01-01,,\n", "启用日期", "不是有效日期"),
        ("120112101000,葛沽镇,,2199-01-01,,\n", "启用日期", "不是有效日期"),
        ("120112101000,葛沽镇,,2024-01-01,2024-01-01,\n", "停用日期", "应晚于启用日期"),
        ("120112101000,葛沽镇,,,,120112000000\n", "继任代码", "没有停用日期"),
        ("120112101000,葛沽镇,,,2024-01-01,120112109000\n", "继任代码", "找不到继任区划"),
        ("120112101000,葛沽镇,,,2024-01-01,120112101000\n", "继任代码", "就是本行自己"),
        ("120112101000,葛沽镇,120113000000,,,\n", "上级代码", "找不到上级区划 120113000000"),
        ("120113101000,某镇,,,,\n", "上级代码", "找不到上级区划 120113000000"),
        ("120112101201,三合村,,,,\n", "上级代码", "找不到上级区划 120112101000"),
        ("120112101000,葛沽镇,120112101000,,,\n", "上级代码", "级别不高于本行"),
        ("120112101000,葛沽镇,,,\n", "", "有 5 列"),
    ],
)
def test_a_bad_row_is_told_by_line_column_reason_and_remedy(row: str, column: str, said: str) -> None:
    line, told, detail = the_problem(read(DISTRICT, row))
    assert (line, told) == (3, column)
    assert said in detail
    assert "请" in detail


def test_parents_of_one_level_cannot_form_a_circle() -> None:
    file = read("120112101000,甲镇,120112102000,,,\n", "120112102000,乙镇,120112101000,,,\n")
    assert [problem.line for problem in file.problems] == [2, 3]
    assert all("成环" in problem.detail for problem in file.problems)


def test_successors_in_a_circle_are_each_told() -> None:
    first = "120112101000,甲镇,,,2024-01-01,120112102000\n"
    second = "120112102000,乙镇,,,2024-01-01,120112101000\n"
    file = read(DISTRICT, first, second)
    assert [(problem.line, problem.column) for problem in file.problems] == [(3, "继任代码"), (4, "继任代码")]


def test_a_circle_through_a_stored_area_is_found_too() -> None:
    stored = {
        1: Area(id=1, code="120112000000", name="津南区", parent_id=None, valid_from=EARLIEST),
        2: Area(
            id=2,
            code="120112101000",
            name="甲镇",
            parent_id=1,
            valid_from=EARLIEST,
            valid_to=date(2024, 1, 1),
            successor_id=3,
        ),
        3: Area(id=3, code="120112102000", name="乙镇", parent_id=1, valid_from=EARLIEST),
    }
    line, column, _ = the_problem(read("120112102000,乙镇,,,2025-01-01,120112101000\n", stored=stored))
    assert (line, column) == (2, "继任代码")


def test_one_code_cannot_have_two_bearers_at_a_time() -> None:
    file = read(DISTRICT, "120112101000,甲镇,,2000-01-01,2020-01-01,\n", "120112101000,乙镇,,2019-12-31,,\n")
    assert [problem.line for problem in file.problems] == [3, 4]
    assert "重叠" in file.problems[0].detail


def test_the_same_row_twice_is_told() -> None:
    assert the_problem(read(DISTRICT, TOWNSHIP, TOWNSHIP))[0] == 3


def test_a_code_may_be_given_again_the_day_its_bearer_ends() -> None:
    file = read(DISTRICT, "120112101000,甲镇,,2000-01-01,2020-01-01,\n", "120112101000,乙镇,,2020-01-01,,\n")
    assert file.problems == ()
    assert len(file.rows) == 3


def test_references_choose_the_bearer_of_the_code_at_that_time() -> None:
    file = read(
        DISTRICT,
        "120112101000,甲镇,,2000-01-01,2020-01-01,120112101000\n",
        "120112101000,乙镇,,2020-01-01,,\n",
        "120112101201,老村,,2001-01-01,,\n",
        "120112101202,新村,,2021-01-01,,\n",
        "120112101203,首日村,,2000-01-01,,\n",
    )
    assert file.problems == ()
    by_name = {row.name: row for row in file.rows}
    assert by_name["老村"].parent == by_name["甲镇"].key
    assert by_name["首日村"].parent == by_name["甲镇"].key
    assert by_name["新村"].parent == by_name["乙镇"].key
    assert by_name["甲镇"].successor == by_name["乙镇"].key


def test_where_nobody_bears_a_code_any_more_the_last_bearer_is_meant() -> None:
    file = read(
        DISTRICT,
        "120112101000,甲镇,,2000-01-01,2005-01-01,\n",
        "120112101000,乙镇,,2005-01-01,2010-01-01,\n",
        "120112101000,丙镇,,2010-01-01,2015-01-01,\n",
        "120112101201,新村,,2021-01-01,,\n",
    )
    assert file.rows[-1].parent == AreaKey("120112101000", date(2010, 1, 1))


def test_a_file_may_build_on_what_is_stored_and_restate_it() -> None:
    stored = {
        1: Area(id=1, code="120112000000", name="津南区", parent_id=None, valid_from=EARLIEST),
        2: Area(id=2, code="120112101000", name="葛沽镇", parent_id=1, valid_from=EARLIEST),
    }
    file = read("120112101000,葛沽镇,,,2025-01-01,\n", VILLAGE, stored=stored)
    assert file.problems == ()
    assert [row.valid_to for row in file.rows] == [date(2025, 1, 1), None]


def test_a_stored_bearer_of_the_code_counts_as_overlap() -> None:
    stored = {1: Area(id=1, code="120112000000", name="津南区", parent_id=None, valid_from=EARLIEST)}
    line, _, detail = the_problem(read("120112000000,津南新区,,2024-01-01,,\n", stored=stored))
    assert line == 2
    assert "系统中已有" in detail


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "表头应为"),
        ("代码,名称\n", "表头应为"),
        ("代码,名称,上级代码,启用日期,停用日期,停用日期\n", "表头应为"),
        (HEADER + '"120112000000,津南区', "不是有效的 CSV"),
        (b"\xff\xfe\x00\x00\xff", "无法识别文件编码"),
    ],
)
def test_a_file_that_is_none_is_told_as_a_whole(content: str | bytes, said: str) -> None:
    file = read_area_file(content)
    assert file.rows == ()
    line, _, detail = the_problem(file)
    assert line == 1
    assert said in detail
