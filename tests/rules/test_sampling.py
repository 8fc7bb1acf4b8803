"""Who is asked about and by whom: a share anybody can draw again, everything odd enough, somebody apart."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.permissions import Account, Role
from accounts.policy import Policy
from visits.evidence.grades import GradeWord
from visits.evidence.months import last_month
from visits.evidence.sampling import chosen, drawn, may_call_back, odd_enough
from visits.evidence.showing import sees_doubts, sees_grade, sees_grades

SAMPLING = Policy.default().sampling
REPORTS = [UUID(int=number) for number in range(200)]
SOMEBODY, ELSE = UUID(int=901), UUID(int=902)


def account(role: Role) -> Account:
    return Account(
        id=SOMEBODY,
        name="王秀兰",
        role=role,
        area_ids=(7,),
        district_id=1,
        second_factor_ok=True,
        session_id=UUID(int=1),
    )


@given(st.sets(st.uuids(), max_size=60), st.text(max_size=8), st.integers(min_value=0, max_value=100))
def test_at_least_the_share_is_drawn_and_never_more_than_one_too_many(
    reports: set[UUID], seed: str, percent: int
) -> None:
    found = drawn(reports, seed=seed, percent=percent)
    assert set(found) <= reports and len(set(found)) == len(found)
    assert len(reports) * percent <= len(found) * 100 < len(reports) * percent + 100


def test_the_same_seed_draws_the_same_in_whatever_order_and_another_draws_others() -> None:
    first = drawn(REPORTS, seed="a", percent=5)
    assert drawn(reversed(REPORTS), seed="a", percent=5) == first
    assert drawn(REPORTS, seed="b", percent=5) != first


def test_nobody_is_spared_by_their_number() -> None:
    """Over many months everybody's visits are drawn about as often as anybody else's."""
    counts = Counter(one for month in range(400) for one in drawn(REPORTS, seed=str(month), percent=5))
    assert set(counts) == set(REPORTS)
    assert max(counts.values()) < 45  # expected: 20


@pytest.mark.parametrize(
    ("grade", "weight", "asked"),
    [("A", 3, True), ("A", 2, False), ("D", 2, True), ("D", 1, False), ("D", 0, False), ("C", 0, False)],
)
def test_what_is_odd_enough_is_asked_about_and_a_mere_claim_needs_a_little_less(
    grade: GradeWord, weight: int, asked: bool
) -> None:
    assert odd_enough(grade, weight, SAMPLING) is asked


def test_a_district_may_ask_about_every_mere_claim() -> None:
    strict = replace(SAMPLING, flags_from=1)
    assert odd_enough("D", 0, strict)
    assert not odd_enough("C", 0, strict)


def test_questions_are_dealt_out_evenly_and_the_same_one_to_the_same_person() -> None:
    office = [SOMEBODY, ELSE]
    dealt = Counter(chosen(office, one) for one in REPORTS)
    assert min(dealt.values()) > 70
    assert all(chosen(office, one) == chosen(list(reversed(office)), one) for one in REPORTS)
    assert chosen([], REPORTS[0]) is None


@pytest.mark.parametrize(
    ("role", "able"),
    [(Role.DISTRICT, True), (Role.WORKER, True), (Role.TOWNSHIP_SPECIALIST, False), (Role.TOWNSHIP_LEADER, False)],
)
def test_no_superior_of_the_visitor_asks(role: Role, able: bool) -> None:
    assert may_call_back(account_id=SOMEBODY, role=role, visitor_id=ELSE, caregivers_side=()) is able


def test_neither_the_visitor_nor_the_caregivers_side_asks() -> None:
    assert not may_call_back(account_id=SOMEBODY, role=Role.WORKER, visitor_id=SOMEBODY, caregivers_side=())
    assert not may_call_back(account_id=SOMEBODY, role=Role.WORKER, visitor_id=ELSE, caregivers_side=[SOMEBODY])


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (datetime(2026, 3, 2, 2, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 2, 28, 16, 59, tzinfo=UTC), date(2026, 1, 1)),  # 00:59 in China: February has just ended
        (datetime(2026, 2, 28, 17, 0, tzinfo=UTC), date(2026, 2, 1)),
        (datetime(2026, 1, 31, 2, tzinfo=UTC), date(2025, 12, 1)),
    ],
)
def test_a_month_is_over_an_hour_after_its_last_midnight_in_china(now: datetime, first: date) -> None:
    assert last_month(now) == first


def test_a_grade_is_shown_to_the_visitor_and_its_doubts_only_to_those_who_follow_them_up() -> None:
    worker, specialist = account(Role.WORKER), account(Role.TOWNSHIP_SPECIALIST)
    assert sees_grade(worker, worker.id) and not sees_grade(worker, ELSE)
    assert not sees_doubts(worker, worker.id) and not sees_grades(worker)
    assert sees_grade(specialist, ELSE) and sees_doubts(specialist, ELSE) and sees_grades(specialist)
    assert not sees_doubts(specialist, specialist.id)
    for role in (Role.CAREGIVER, Role.WATCHER, Role.ADMINISTRATOR):
        assert not sees_grade(account(role), ELSE)
