"""Self-care: six indicators make a class, words name one, and the two may not contradict."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients.fault import Fault
from recipients.self_care import (
    CLASS_WORDS,
    INDICATOR_WORDS,
    INDICATORS,
    Indicator,
    SelfCare,
    class_of,
    read_class,
    read_indicators,
    read_mark,
    settle,
)


def able(*lost: Indicator) -> dict[Indicator, bool]:
    return {indicator: indicator not in lost for indicator in INDICATORS}


@pytest.mark.parametrize("marks", list(product([True, False], repeat=6)))
def test_none_lost_is_self_up_to_three_partial_and_four_full(marks: tuple[bool, ...]) -> None:
    lost = marks.count(False)
    expected = "self" if lost == 0 else "partial" if lost <= 3 else "full"
    assert class_of(dict(zip(INDICATORS, marks, strict=True))) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("全自理", "self"),
        ("完全自理", "self"),
        ("具备生活自理能力", "self"),
        ("半护理", "partial"),
        ("部分丧失生活自理能力", "partial"),
        ("部分丧失(半护理)", "partial"),
        ("部分丧失\uff08半护理\uff09", "partial"),
        ("半失能 ", "partial"),
        ("全护理", "full"),
        ("生活不能自理", "full"),
        ("完全丧失生活自理能力(全护理)", "full"),
        ("失能", "full"),
        ("", None),
        ("—", None),
    ],
)
def test_words_name_the_class(written: str, expected: SelfCare | None) -> None:
    assert read_class(written) == expected


@pytest.mark.parametrize("written", ["半护理/全护理", "全自理(半护理)"])
def test_two_classes_in_one_cell_are_refused(written: str) -> None:
    found = read_class(written)
    assert isinstance(found, Fault) and "两种" in found.reason


@pytest.mark.parametrize("written", ["一般", "良好", "3", "特殊"])
def test_an_unknown_word_is_refused_with_the_known_ones(written: str) -> None:
    found = read_class(written)
    assert isinstance(found, Fault) and "全自理" in found.remedy


def test_the_words_we_write_are_words_we_read() -> None:
    assert {read_class(word) for word in CLASS_WORDS.values()} == {"self", "partial", "full"}


class TestMarks:
    @pytest.mark.parametrize("word", ["能", "√", "是", "可以", "✓", "自理", "正常"])
    def test_met(self, word: str) -> None:
        assert read_mark(word) is True

    @pytest.mark.parametrize("word", ["不能", "×", "否", "x", "X", "需帮助", "丧失"])
    def test_not_met(self, word: str) -> None:
        assert read_mark(word) is False

    def test_nothing_is_neither(self) -> None:
        assert read_mark(None) is None
        assert read_mark(" ") is None

    @pytest.mark.parametrize("cell", ["1", "0", 1.0, 0.0])
    def test_one_and_nought_mean_different_things_in_different_forms(self, cell: str | float) -> None:
        assert isinstance(read_mark(cell), Fault)


class TestSixInOneText:
    @pytest.mark.parametrize(
        ("written", "lost"),
        [
            ("吃饭√ 穿衣√ 上下床× 如厕× 室内行走√ 洗澡×", ("getting_up", "toileting", "bathing")),
            ("吃饭能、穿衣能、上下床能、如厕不能、室内行走能、洗澡不能", ("toileting", "bathing")),
            ("吃饭、穿衣、上下床能；如厕、室内行走、洗澡不能", ("toileting", "walking_indoors", "bathing")),
            ("如厕、洗澡不能，其余能", ("toileting", "bathing")),
            ("不能洗澡、如厕，其余能", ("toileting", "bathing")),
            ("不能：如厕、洗澡；能：吃饭、穿衣、上下床、室内行走", ("toileting", "bathing")),
            ("能吃饭，其余不能", ("dressing", "getting_up", "toileting", "walking_indoors", "bathing")),
            ("六项均能", ()),
            ("全部能自理", ()),
            ("6项均不能", INDICATORS),
        ],
    )
    def test_it_is_read_in_either_order(self, written: str, lost: tuple[Indicator, ...]) -> None:
        assert read_indicators(written) == able(*lost)

    @pytest.mark.parametrize(
        "written",
        [
            "洗澡不能",
            "能",
            "吃饭能",
            "不能洗澡、如厕、吃饭能",
            "吃饭能，吃饭不能，其余能",
            "吃饭能 穿衣能 上下床能 如厕能 室内行走能 洗澡",
            "还可以",
            "3项",
        ],
    )
    def test_what_it_leaves_open_is_never_taken_for_granted(self, written: str) -> None:
        assert isinstance(read_indicators(written), Fault)

    @given(st.lists(st.booleans(), min_size=6, max_size=6), st.permutations(INDICATORS), st.booleans())
    def test_any_set_of_marks_survives_being_written_out(
        self, marks: list[bool], order: list[Indicator], leading: bool
    ) -> None:
        expected = dict(zip(INDICATORS, marks, strict=True))
        said = {True: "能", False: "不能"}
        parts = [
            said[expected[one]] + INDICATOR_WORDS[one] if leading else INDICATOR_WORDS[one] + said[expected[one]]
            for one in order
        ]
        assert read_indicators("、".join(parts)) == expected

    @given(st.text(alphabet="吃饭穿衣上下床如厕室内行走洗澡能不、,:;其余均", max_size=40))
    def test_any_text_is_read_or_refused(self, written: str) -> None:
        found = read_indicators(written)
        assert found is None or isinstance(found, Fault) or set(found) == set(INDICATORS)


class TestBoth:
    def test_the_indicators_decide(self) -> None:
        assert settle(able=able("bathing"), said=None) == "partial"

    def test_the_word_stands_in_for_them(self) -> None:
        assert settle(able=None, said="full") == "full"

    def test_agreement_is_fine(self) -> None:
        assert settle(able=able("bathing"), said="partial") == "partial"

    def test_contradiction_is_refused_and_said(self) -> None:
        found = settle(able=able("bathing"), said="self")
        assert isinstance(found, Fault)
        assert "矛盾" in found.reason and "1 项不能" in found.reason and "半护理" in found.reason

    def test_neither_is_refused(self) -> None:
        assert isinstance(settle(able=None, said=None), Fault)
