"""Suitability: who may be entrusted with whom, and what each refusal tells."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.policy import Policy
from caregivers.people.checks import CHECK_KINDS, RecordCheck, newest
from caregivers.people.checks import fault as check_fault
from caregivers.people.months import months_after
from caregivers.people.suitability import BARRED, SuitabilityFacts, Unsuitable, unsuitable

TODAY = date(2026, 3, 2)
POLICY = Policy.default().caregivers
FACTS = SuitabilityFacts(
    kind="natural",
    status="active",
    born_on=date(1970, 1, 1),
    id_number_known=True,
    barred=False,
    load=0,
    has_full_care=False,
    recipient_self_care="self",
    recipient_is_minor=False,
    visits_recipient=False,
    is_recipient=False,
)


def check(serial: int = 1, **told: Any) -> RecordCheck:
    known: dict[str, Any] = {"kind": "criminal_record", "clear": True, "checked_on": date(2026, 1, 10)}
    return RecordCheck(id=UUID(int=serial), **(known | told))


def codes(facts: SuitabilityFacts, on: date = TODAY) -> list[str]:
    return [one.code for one in unsuitable(facts, POLICY, on)]


def test_nothing_forbids_an_ordinary_neighbour() -> None:
    assert codes(FACTS) == []


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"status": "left"}, "not_active"),
        ({"status": "died"}, "not_active"),
        ({"kind": "provider_staff", "provider_ended": True}, "provider_ended"),
        ({"born_on": None}, "age_unknown"),
        ({"born_on": date(2008, 3, 3)}, "not_adult"),
        ({"without_capacity": True}, "without_capacity"),
        ({"id_number_known": False}, "no_id_number"),
        ({"barred": True}, "barred"),
        ({"visits_recipient": True}, "visits_recipient"),
        ({"is_recipient": True}, "is_recipient"),
        ({"checks": (check(kind="health", clear=False),)}, "health"),
        ({"recipient_is_minor": True}, "minor_check"),
        ({"load": 3}, "over_load"),
    ],
)
def test_each_ground_alone_is_enough_and_says_what_to_do(told: dict[str, Any], code: str) -> None:
    found = unsuitable(replace(FACTS, **told), POLICY, TODAY)
    assert [one.code for one in found] == [code]
    assert found[0].reason
    assert found[0].remedy or found[0] is BARRED


def test_every_ground_is_told_at_once() -> None:
    worst = replace(FACTS, status="left", barred=True, visits_recipient=True, load=9)
    assert codes(worst) == ["not_active", "barred", "visits_recipient", "over_load"]


def test_of_a_bar_nothing_is_told_but_whom_to_ask() -> None:
    assert Unsuitable(code="barred", reason="不符合担任照料人的条件，请联系区民政局", remedy="") == BARRED
    assert str(BARRED) == "不符合担任照料人的条件，请联系区民政局。"


def test_somebody_is_of_age_on_the_birthday() -> None:
    assert codes(replace(FACTS, born_on=date(2008, 3, 2))) == []
    assert codes(replace(FACTS, born_on=date(2008, 3, 3))) == ["not_adult"]


@pytest.mark.parametrize(
    ("told", "most"),
    [
        ({}, 3),
        ({"recipient_self_care": "partial"}, 3),
        ({"recipient_self_care": "full"}, 1),
        ({"has_full_care": True}, 1),
        ({"kind": "provider_staff"}, 20),
        ({"kind": "provider_staff", "recipient_self_care": "full", "has_full_care": True}, 20),
    ],
)
def test_the_load_is_capped_by_policy(told: dict[str, Any], most: int) -> None:
    assert codes(replace(FACTS, **told, load=most - 1)) == []
    assert codes(replace(FACTS, **told, load=most)) == ["over_load"]


def test_a_district_that_allows_more_is_heard() -> None:
    assert unsuitable(replace(FACTS, load=3), replace(POLICY, recipients_per_person=4), TODAY) == ()


def test_a_child_is_entrusted_only_after_a_fresh_and_clear_look_into_the_records() -> None:
    months = POLICY.minor_check_valid_months
    child = replace(FACTS, recipient_is_minor=True)
    last_day = date(2026, 3, 3)
    old = check(checked_on=months_after(last_day, -months))
    assert codes(replace(child, checks=(check(),))) == []
    assert codes(replace(child, checks=(old,)), TODAY) == []
    assert codes(replace(child, checks=(old,)), last_day) == ["minor_check"]
    assert codes(replace(child, checks=(check(expires_on=TODAY),))) == ["minor_check"]
    assert codes(replace(child, checks=(check(kind="training"),))) == ["minor_check"]
    assert codes(replace(child, checks=(check(checked_on=date(2026, 3, 3)),))) == ["minor_check"]


def test_a_later_look_that_found_something_takes_the_clear_one_away() -> None:
    child = replace(FACTS, recipient_is_minor=True)
    clear, found = check(1), check(2, clear=False, checked_on=date(2026, 2, 1))
    assert codes(replace(child, checks=(clear, found))) == ["minor_check"]
    assert "未通过" in unsuitable(replace(child, checks=(found, clear)), POLICY, TODAY)[0].reason
    assert codes(replace(child, checks=(found, check(3, checked_on=date(2026, 2, 2))))) == []


def test_of_two_on_one_day_the_one_recorded_later_counts() -> None:
    first, second = check(1, clear=False), check(2)
    assert newest((first, second), "criminal_record") == newest((second, first), "criminal_record") == second
    assert newest((first,), "health") is None


@given(st.permutations([check(serial, kind=kind) for serial, kind in enumerate(CHECK_KINDS * 2)]))
def test_the_order_of_the_checks_changes_nothing(checks: list[RecordCheck]) -> None:
    assert {kind: newest(checks, kind) for kind in CHECK_KINDS} == {
        kind: newest(sorted(checks, key=lambda one: one.id), kind) for kind in CHECK_KINDS
    }


def test_a_failed_health_check_counts_until_it_runs_out() -> None:
    ill = check(kind="health", clear=False, expires_on=date(2026, 6, 1))
    assert codes(replace(FACTS, checks=(ill,))) == ["health"]
    assert codes(replace(FACTS, checks=(ill,)), date(2026, 6, 1)) == []
    assert codes(replace(FACTS, checks=(ill, check(9, kind="health", checked_on=date(2026, 2, 1))))) == []


def test_the_days_of_a_check_must_be_possible() -> None:
    assert check_fault(checked_on=TODAY, expires_on=None, today=TODAY) is None
    late = check_fault(checked_on=date(2026, 3, 3), expires_on=None, today=TODAY)
    assert late is not None and late[0] == "checked_on"
    backwards = check_fault(checked_on=TODAY, expires_on=TODAY, today=TODAY)
    assert backwards is not None and backwards[0] == "expires_on"


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2026, 3, 2), 24, date(2028, 3, 2)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 1), -1, date(2025, 12, 1)),
        (date(2026, 1, 1), 0, date(2026, 1, 1)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_one(day: date, months: int, then: date) -> None:
    assert months_after(day, months) == then


def test_no_month_comes_after_the_last_year() -> None:
    with pytest.raises(OverflowError):
        months_after(date(9999, 12, 31), 1)
