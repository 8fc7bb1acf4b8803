"""Key categories and risk, by a district's rule."""

from collections.abc import Collection
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients.fault import Fault
from recipients.risk import (
    CATEGORIES,
    CATEGORY_WORDS,
    Assessment,
    Category,
    Condition,
    Derived,
    RiskRule,
    Said,
    age_on,
    assess,
    derive,
    read_categories,
)
from recipients.self_care import SelfCare

RULE = RiskRule()


def judged(
    *categories: Category,
    conditions: Collection[Condition] = (),
    self_care: SelfCare = "self",
    living_alone: bool = False,
    age: int | None = 70,
    rule: RiskRule = RULE,
) -> Assessment:
    return assess(
        categories=categories,
        conditions=conditions,
        self_care=self_care,
        living_alone=living_alone,
        age=age,
        rule=rule,
    )


def derived(
    *said: Category,
    conditions: Collection[Condition] = (),
    age: int | None = 70,
    self_care: SelfCare = "self",
    grade: int | None = None,
    alone: bool | None = None,
    rule: RiskRule = RULE,
) -> Derived:
    return derive(
        Said(categories=frozenset(said), conditions=frozenset(conditions)),
        age=age,
        self_care=self_care,
        disability_grade=grade,
        living_alone=alone,
        rule=rule,
    )


class TestHigh:
    def test_eighty_and_alone(self) -> None:
        assert judged("aged", living_alone=True, age=80).risk == "high"

    def test_not_one_of_the_two_by_itself(self) -> None:
        assert judged("aged", age=85).risk == "key"
        assert judged(living_alone=True, age=79).risk == "key"

    def test_full_care(self) -> None:
        assert judged(self_care="full").risk == "high"

    @pytest.mark.parametrize("condition", ["dementia", "serious_illness"])
    def test_dementia_or_serious_illness(self, condition: Condition) -> None:
        assert judged(conditions=[condition]).risk == "high"

    def test_a_minor(self) -> None:
        assert judged("minor", age=10).risk == "high"

    def test_it_says_every_reason(self) -> None:
        found = judged("aged", "minor", conditions=["dementia"], self_care="full", living_alone=True, age=90)
        assert found.because == ("80 岁以上独居", "失智", "完全丧失自理能力", "未成年人")

    def test_an_unknown_age_is_taken_from_the_category(self) -> None:
        assert judged("aged", "living_alone", age=None).risk == "high"
        assert judged("living_alone", age=None).risk == "key"


@pytest.mark.parametrize("category", ["aged", "severe_disability", "incapacity", "living_alone"])
def test_any_other_category_is_key(category: Category) -> None:
    assert judged(category).risk == "key"
    assert judged(category).because == (CATEGORY_WORDS[category],)


def test_nobody_else_is() -> None:
    assert judged() == Assessment(risk="general", because=())


class TestTheRuleIsADistricts:
    def test_another_age(self) -> None:
        rule = RiskRule(alone_from=75)
        assert judged(living_alone=True, age=75, rule=rule).risk == "high"
        assert judged(living_alone=True, age=75).risk == "key"

    def test_other_conditions(self) -> None:
        assert judged(conditions=["dementia"], rule=RiskRule(high_conditions=frozenset())).risk == "general"

    def test_minors_and_full_care_can_be_left_to_key(self) -> None:
        rule = RiskRule(minor_is_high=False, full_care_is_high=False)
        assert judged("minor", age=10, rule=rule).risk == "key"
        assert judged("incapacity", self_care="full", rule=rule).risk == "key"


@given(
    categories=st.sets(st.sampled_from(CATEGORIES)),
    more=st.sampled_from(CATEGORIES),
    care=st.sampled_from(["self", "partial", "full"]),
    alone=st.booleans(),
    age=st.integers(min_value=0, max_value=110),
)
def test_one_category_more_never_lowers_the_risk(
    categories: set[Category], more: Category, care: SelfCare, alone: bool, age: int
) -> None:
    order = {"general": 0, "key": 1, "high": 2}
    before = judged(*categories, self_care=care, living_alone=alone, age=age)
    after = judged(*categories, more, self_care=care, living_alone=alone, age=age)
    assert order[after.risk] >= order[before.risk]


class TestAge:
    def test_a_birthday_counts_from_its_day(self) -> None:
        born = date(1945, 10, 8)
        assert (age_on(born, date(2025, 10, 7)), age_on(born, date(2025, 10, 8))) == (79, 80)

    def test_a_leap_day_birthday(self) -> None:
        born = date(1944, 2, 29)
        assert (age_on(born, date(2025, 2, 28)), age_on(born, date(2025, 3, 1))) == (80, 81)


class TestReading:
    @pytest.mark.parametrize(
        "written", ["高龄、独居", "高龄，独居", "高龄，独居", "高龄；独居", "高龄/独居", " 高龄 独居 "]
    )
    def test_any_separator(self, written: str) -> None:
        assert read_categories(written) == Said(categories=frozenset({"aged", "living_alone"}))

    @pytest.mark.parametrize(
        ("written", "category"),
        [
            ("80岁以上", "aged"),
            ("重度残疾人", "severe_disability"),
            ("大病", "serious_illness"),
            ("失能老人", "incapacity"),
            ("儿童", "minor"),
            ("独居老人", "living_alone"),
        ],
    )
    def test_synonyms(self, written: str, category: Category) -> None:
        assert read_categories(written) == Said(categories=frozenset({category}))

    @pytest.mark.parametrize("written", ["老年痴呆", "失智", "阿尔茨海默病"])
    def test_dementia_is_a_condition(self, written: str) -> None:
        assert read_categories(written) == Said(conditions=frozenset({"dementia"}))

    @pytest.mark.parametrize("written", [None, "", "无", "—", "一般对象", "否"])
    def test_none(self, written: str | None) -> None:
        assert read_categories(written) == Said()

    def test_an_unknown_word_is_refused_with_the_known_ones(self) -> None:
        found = read_categories("高龄、五保")
        assert isinstance(found, Fault)
        assert "五保" in found.reason and "未成年人" in found.remedy

    def test_the_words_we_write_are_words_we_read(self) -> None:
        assert read_categories("、".join(CATEGORY_WORDS.values())) == Said(categories=frozenset(CATEGORIES))


class TestDeriving:
    def test_age_makes_aged_and_minor(self) -> None:
        assert derived(age=80).categories == {"aged"}
        assert derived(age=79).categories == frozenset()
        assert derived(age=17).categories == {"minor"}
        assert derived(age=18).categories == frozenset()

    def test_age_overrules_the_cell_and_says_so(self) -> None:
        found = derived("aged", "minor", age=70)
        assert found.categories == frozenset()
        assert len(found.warnings) == 2 and all("70 岁" in warning for warning in found.warnings)

    def test_without_an_age_the_cell_is_believed(self) -> None:
        assert derived("aged", age=None).categories == {"aged"}

    def test_the_ages_are_the_districts(self) -> None:
        assert derived(age=75, rule=RiskRule(aged_from=75)).categories == {"aged"}

    def test_full_care_is_incapacity(self) -> None:
        assert derived(self_care="full").categories == {"incapacity"}
        assert derived(self_care="partial").categories == frozenset()

    @pytest.mark.parametrize(("grade", "severe"), [(1, True), (2, True), (3, False), (4, False)])
    def test_grades_one_and_two_are_severe(self, grade: int, severe: bool) -> None:
        assert ("severe_disability" in derived(grade=grade).categories) is severe

    def test_living_alone(self) -> None:
        assert derived(alone=True).categories == {"living_alone"}

    def test_serious_illness_is_also_a_condition(self) -> None:
        assert derived("serious_illness").conditions == {"serious_illness"}

    def test_a_doubt_keeps_the_category_and_warns(self) -> None:
        found = derived("incapacity", "severe_disability", "living_alone", self_care="self", grade=3, alone=False)
        assert found.categories == {"incapacity", "severe_disability", "living_alone"}
        assert len(found.warnings) == 3
