"""Identity numbers: read right, or refused with a reason; never guessed."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from recipients.cells import Broken, Cell
from recipients.fault import Fault
from recipients.id_number import LOST_DIGITS, IdNumber, check_character, read

TODAY = date(2025, 10, 8)
NUMBER = "120199195503070017"


def wide(written: str) -> str:
    """As a Chinese input method types it: full-width digits, letters and punctuation."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in written)


def whole(first_seventeen: str) -> str:
    return first_seventeen + check_character(first_seventeen)


def good(cell: Cell, *, today: date = TODAY, remarks: str | None = None) -> IdNumber:
    found = read(cell, today=today, remarks=remarks)
    assert isinstance(found, IdNumber), found
    return found


def fault(cell: Cell, *, today: date = TODAY) -> Fault:
    found = read(cell, today=today)
    assert isinstance(found, Fault), found
    return found


days = st.dates(min_value=date(1900, 1, 1), max_value=TODAY)
valid_numbers = st.builds(
    lambda born, sequence: whole(f"120199{born:%Y%m%d}{sequence:03d}"), days, st.integers(min_value=1, max_value=999)
)


@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_the_numbers_printed_in_the_standard_are_valid(number: str) -> None:
    assert good(number).number == number


def test_birthday_and_sex_come_from_the_number() -> None:
    found = good("11010519491231002X")
    assert (found.kind, found.born_on, found.sex) == ("resident", date(1949, 12, 31), "female")


@given(number=valid_numbers)
def test_every_valid_number_is_taken_as_it_is(number: str) -> None:
    found = good(number)
    assert found.number == found.compared == number
    assert found.born_on is not None and f"{found.born_on:%Y%m%d}" == number[6:14]
    assert found.sex == ("male" if int(number[16]) % 2 else "female")


@given(number=valid_numbers, place=st.integers(min_value=0, max_value=17), other=st.sampled_from("0123456789X"))
def test_one_wrong_character_is_always_caught(number: str, place: int, other: str) -> None:
    assume(other != number[place] and (other != "X" or place == 17))
    assert isinstance(read(number[:place] + other + number[place + 1 :], today=TODAY), Fault)


@given(number=valid_numbers, place=st.integers(min_value=0, max_value=16))
def test_two_neighbours_swapped_are_always_caught(number: str, place: int) -> None:
    assume(number[place] != number[place + 1])
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert isinstance(read(swapped, today=TODAY), Fault)


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002x",
        wide("11010519491231002X"),
        "11010519491231002Ⅹ",  # the Roman numeral some input methods offer
        " 110105 19491231 002X  ",
        "'11010519491231002X",
        "110105-19491231-002X",
        "\u200b11010519491231002X\u00a0",
    ],
)
def test_ways_of_typing_make_one_number(written: str) -> None:
    assert good(written).number == "11010519491231002X"


class TestFifteenDigits:
    def test_it_is_compared_as_the_eighteen_it_became(self) -> None:
        old = NUMBER[:6] + NUMBER[8:17]
        assert (good(old).number, good(old).compared) == (old, NUMBER)
        assert good(old).born_on == date(1955, 3, 7)

    def test_it_survives_as_a_number(self) -> None:
        assert good(120199550307001.0).compared == NUMBER

    def test_its_century_is_the_nineteen_hundreds(self) -> None:
        assert good("120199050307001").born_on == date(1905, 3, 7)

    def test_those_past_a_hundred_when_it_was_issued_were_born_in_the_eighteen_hundreds(self) -> None:
        found = good("120199850307997")
        assert found.born_on == date(1885, 3, 7)
        assert any("120" in warning for warning in found.warnings)


class TestRoundedByExcel:
    @pytest.mark.parametrize(
        "cell",
        [1.20199195503070e17, 120199195503070018.0, 120199195503070018, 2**53 + 2, "1.20199E+17", "1.20199195503e17"],
    )
    def test_a_number_longer_than_fifteen_digits_has_lost_its_end(self, cell: Cell) -> None:
        assert fault(cell) == LOST_DIGITS
        assert "末位已丢失" in LOST_DIGITS.reason

    @given(number=st.floats(min_value=1e15, max_value=1e19, allow_nan=False))
    def test_no_such_number_is_ever_guessed(self, number: float) -> None:
        assert read(number, today=TODAY) == LOST_DIGITS

    def test_three_noughts_at_the_end_of_a_text_give_it_away_where_the_check_fails(self) -> None:
        assert check_character("12019919550307000") != "0"
        assert fault("120199195503070000") == LOST_DIGITS

    def test_three_noughts_that_are_right_are_taken_with_a_warning(self) -> None:
        number = next(
            n for s in range(1, 10) for d in range(1, 28) if (n := whole(f"120199195503{d:02d}{s}00")).endswith("000")
        )
        assert any("000" in warning for warning in good(number).warnings)


class TestDates:
    @pytest.mark.parametrize("eight", ["19550230", "19551301", "19550700", "20230229"])
    def test_a_day_that_never_was_is_refused(self, eight: str) -> None:
        assert "不存在" in fault(whole(f"120199{eight}001")).reason

    def test_a_leap_day_is_a_day(self) -> None:
        assert good(whole("12019919560229001")).born_on == date(1956, 2, 29)

    def test_tomorrow_is_refused_and_today_is_not(self) -> None:
        tomorrow = TODAY + timedelta(days=1)
        assert "今天之后" in fault(whole(f"120199{tomorrow:%Y%m%d}001")).reason
        assert good(whole(f"120199{TODAY:%Y%m%d}001")).born_on == TODAY

    def test_nobody_is_two_hundred_years_old(self) -> None:
        assert "不可能" in fault(whole("12019918250307001")).reason


class TestOtherPapers:
    @pytest.mark.parametrize("region", ["810000", "820000", "830000"])
    def test_residence_permits_are_checked_the_same_way(self, region: str) -> None:
        found = good(whole(f"{region}19550307001"))
        assert (found.kind, found.sex, found.born_on) == ("permit", "male", date(1955, 3, 7))
        assert found.warnings == ()

    def test_the_new_foreign_permanent_residence_starts_with_nine(self) -> None:
        found = good(whole("91184019550307002"))
        assert (found.kind, found.sex, found.born_on) == ("foreign", "female", date(1955, 3, 7))

    def test_the_old_one_has_three_letters_and_a_year_of_two_digits(self) -> None:
        found = good("USA120155030712")
        assert (found.kind, found.compared, found.sex, found.born_on) == (
            "foreign",
            "USA120155030712",
            None,
            date(1955, 3, 7),
        )

    def test_a_century_left_open_is_not_guessed(self) -> None:
        found = good("USA120105030712")  # 1905 or 2005
        assert found.born_on is None
        assert any("两种可能" in warning for warning in found.warnings)

    def test_an_unknown_region_is_only_a_warning(self) -> None:
        found = good(whole("99019919550307001".replace("99", "18", 1)))
        assert found.kind == "resident"
        assert any("省级" in warning for warning in found.warnings)


class TestToConfirm:
    @pytest.mark.parametrize(
        ("written", "reason"),
        [
            ("待核实：户口未落实", "户口未落实"),
            (wide("待核实：户口未落实"), "户口未落实"),
            (wide("待核实(户口未落实)"), "户口未落实"),
            ("待核实 户口未落实", "户口未落实"),
            ("无身份证，补办中", "补办中"),
            ("待补(遗失)", "遗失"),
        ],
    )
    def test_it_is_taken_with_its_reason(self, written: str, reason: str) -> None:
        found = good(written)
        assert (found.kind, found.number, found.compared) == ("to_confirm", None, None)
        assert found.to_confirm_because == reason

    def test_the_remarks_may_give_the_reason(self) -> None:
        assert good("待核实", remarks="证件遗失").to_confirm_because == "证件遗失"

    def test_without_a_reason_it_is_refused(self) -> None:
        assert "原因" in fault("待核实").remedy


class TestRefused:
    @pytest.mark.parametrize(
        ("cell", "says"),
        [
            ("", "没有填写"),
            (None, "没有填写"),
            ("   ", "没有填写"),
            ("12019919550307001", "17 位"),
            ("1201991955030700188", "19 位"),
            (12345.0, "5 位"),
            ("120199********0018", "星号"),
            ("张三", "不该出现的字"),
            ("12019919550307001X", "校验位"),
            (True, "不是身份证号"),
            (Broken("#N/A"), "不是身份证号"),
        ],
    )
    def test_each_fault_says_what_is_wrong_and_what_to_do(self, cell: Cell, says: str) -> None:
        found = fault(cell)
        assert says in found.reason
        assert found.remedy

    @given(cell=st.one_of(st.text(), st.floats(), st.integers(), valid_numbers.map(lambda n: n[:-1] + "A")))
    def test_no_fault_repeats_the_number(self, cell: Cell) -> None:
        found = read(cell, today=TODAY)
        if isinstance(found, Fault):
            assert not re.search(r"\d{6}", found.reason + found.remedy)

    def test_nothing_prints_a_number_by_accident(self) -> None:
        assert NUMBER not in repr(good(NUMBER))
