"""Kept, at risk or failing, with the reasons; no score."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from accounts.policy import Policy
from caregivers.overview.keeping import AgreementFacts, Judged, Kept, Reason, counted_since, judge
from caregivers.replacement.grounds import Fact, Facts

POLICY = Policy.default()
RENEW_UNTIL = date(2026, 4, 1)
AT = datetime(2026, 3, 1, tzinfo=UTC)


def some(count: int) -> list[Fact]:
    return [Fact(id=UUID(int=number), at=AT) for number in range(count)]


def facts(**known: Any) -> AgreementFacts:
    fine: dict[str, Any] = {
        "suspended": False,
        "ends_on": date(2026, 12, 31),
        "reviewed": False,
        "ill_or_full": False,
        "attended": 2,
    }
    return AgreementFacts(**fine | known)


def judged(**known: Any) -> Kept:
    return judge(facts(**known), POLICY, renew_until=RENEW_UNTIL)


def words(kept: Kept) -> list[str]:
    return [reason.word for reason in kept.reasons]


def test_an_agreement_against_which_nothing_speaks_is_kept() -> None:
    assert judged() == Kept(standing="kept", reasons=())


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ({"hazards": {"general": 1}}, "open_hazards"),
        ({"orders": 1}, "order_under_way"),
        ({"orders_failed": 1}, "order_failed"),
        ({"counts": Facts(failed_cycles=some(1))}, "failed_cycles"),
        ({"statements": 1}, "statement_waiting"),
        ({"case_open": True}, "case_open"),
        ({"attended": 1}, "attendance_low"),
        ({"ill_or_full": True, "attended": 6}, "attendance_low"),
        ({"suspended": True}, "suspended"),
        ({"ends_on": RENEW_UNTIL}, "term_ending"),
        ({"assessed": Judged(qualified=False, withheld=True, period_to=date(2025, 12, 31))}, "unqualified"),
    ],
)
def test_each_thing_that_speaks_against_it_puts_it_at_risk_and_is_told(known: dict[str, Any], word: str) -> None:
    kept = judged(**known)
    assert (kept.standing, words(kept)) == ("at_risk", [word])
    assert all(reason.text.endswith("。") for reason in kept.reasons)


@pytest.mark.parametrize(
    ("known", "word"),
    [
        ({"case_mandatory": True, "case_open": True}, "mandatory_case"),
        ({"counts": Facts(critical_hazards=some(1))}, "mandatory_grounds"),
        ({"counts": Facts(failed_cycles=some(2), serious_hazards=some(1))}, "mandatory_grounds"),
    ],
)
def test_a_mandatory_case_or_grounds_for_one_is_failing(known: dict[str, Any], word: str) -> None:
    kept = judged(**known)
    assert (kept.standing, words(kept)[0]) == ("failing", word)


def test_two_failures_without_an_open_serious_hazard_are_a_risk_only() -> None:
    assert judged(counts=Facts(failed_cycles=some(2))).standing == "at_risk"


def test_several_reasons_are_all_told() -> None:
    assert words(judged(hazards={"serious": 2}, orders=1, attended=0)) == [
        "open_hazards",
        "order_under_way",
        "attendance_low",
    ]


def test_nobody_is_asked_to_attend_where_somebody_else_cares() -> None:
    assert words(judged(suspended=True, attended=0)) == ["suspended"]
    assert judged(whole_week=False, attended=0).standing == "kept"


def test_a_term_that_goes_on_long_enough_is_no_reason() -> None:
    assert judged(ends_on=date(2026, 4, 2)).standing == "kept"


def test_a_qualified_assessment_is_no_reason() -> None:
    assert judged(assessed=Judged(qualified=True, withheld=False, period_to=date(2025, 12, 31))).standing == "kept"


def test_there_is_no_score_to_rank_anybody_by() -> None:
    assert {field.name for field in (*fields(Kept), *fields(Reason))} == {"standing", "reasons", "word", "text"}


def test_failures_count_from_the_same_day_months_ago() -> None:
    assert counted_since(datetime(2026, 3, 31, 9, tzinfo=UTC), 12) == datetime(2025, 3, 30, 16, tzinfo=UTC)
    assert counted_since(datetime(2024, 2, 29, 9, tzinfo=UTC), 12) == datetime(2023, 2, 27, 16, tzinfo=UTC)
