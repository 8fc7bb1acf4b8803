"""A district's policy applied to a person."""

from datetime import date, timedelta
from typing import Any

import pytest

from accounts.policy import Policy, with_changes
from accounts.policy_words import RiskMark
from recipients.by_policy import Circumstances, absence_rule, assess, judge, mark_words
from recipients.risk import Said

TODAY = date(2026, 3, 2)
POLICY = Policy.default()


def risk(policy: Policy = POLICY, **facts: Any) -> str:
    known: dict[str, Any] = {"categories": (), "conditions": (), "self_care": "self", "age": 60} | facts
    return assess(policy=policy, **known).risk


@pytest.mark.parametrize(
    ("facts", "wanted"),
    [
        ({}, "general"),
        ({"categories": ["living_alone"]}, "key"),
        ({"age": 80}, "key"),
        ({"age": 79, "categories": ["living_alone"]}, "key"),
        ({"age": 80, "categories": ["living_alone"]}, "high"),
        ({"age": None, "categories": ["aged", "living_alone"]}, "high"),
        ({"age": None, "categories": ["living_alone"]}, "key"),
        ({"self_care": "full"}, "high"),
        ({"self_care": "partial"}, "key"),
        ({"categories": ["incapacity"]}, "key"),
        ({"conditions": ["dementia"]}, "high"),
        ({"categories": ["serious_illness"]}, "high"),
        ({"categories": ["severe_disability"]}, "key"),
        ({"categories": ["minor"], "age": 10}, "high"),
    ],
)
def test_the_default_policy_makes_the_risk_of_a_person(facts: dict[str, Any], wanted: str) -> None:
    assert risk(**facts) == wanted


@pytest.mark.parametrize("mark", list(RiskMark))
def test_a_district_may_make_any_mark_high(mark: RiskMark) -> None:
    """No mark a district may choose is passed over in silence."""
    policy = with_changes(POLICY, {"risks": {"high": [mark.value], "key": []}})
    bearing: dict[RiskMark, dict[str, Any]] = {
        RiskMark.ELDER_ALONE: {"age": 85, "categories": ["living_alone"]},
        RiskMark.ELDER: {"age": 85},
        RiskMark.LIVING_ALONE: {"categories": ["living_alone"]},
        RiskMark.FULL_CARE: {"self_care": "full"},
        RiskMark.PARTIAL_CARE: {"self_care": "partial"},
        RiskMark.DEMENTIA: {"conditions": ["dementia"]},
        RiskMark.SERIOUS_ILLNESS: {"conditions": ["serious_illness"]},
        RiskMark.SEVERE_DISABILITY: {"categories": ["severe_disability"]},
        RiskMark.MINOR: {"categories": ["minor"], "age": 10},
    }
    assert risk(policy, **bearing[mark]) == "high"
    assert risk(policy) == "general"
    assert mark_words(mark, policy)


def test_a_birthday_moves_somebody_into_high_risk_and_says_why() -> None:
    alone = Circumstances(
        said=Said(categories=frozenset({"living_alone"})),
        born_on=date(1946, 3, 3),
        self_care="self",
        living_alone=True,
    )
    assert judge(alone, policy=POLICY, today=TODAY).assessment.risk == "key"
    old = judge(alone, policy=POLICY, today=TODAY + timedelta(days=1))
    assert (old.assessment.risk, old.assessment.because) == ("high", ("80 岁以上独居",))
    assert "aged" in old.categories


def test_absences_are_bounded_by_the_district() -> None:
    policy = with_changes(POLICY, {"absences": {"longest": "10d", "return_check_within": {"general": "2wd"}}})
    rule = absence_rule(policy, "general")
    assert (rule.longest, rule.return_check_within) == (timedelta(days=10), timedelta(days=2))
    assert absence_rule(POLICY, "high").return_check_within == timedelta(hours=24)
