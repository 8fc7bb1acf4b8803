"""What makes a proposal mandatory by policy, and what is left of it when grounds fall away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.policy import Policy
from caregivers.replacement.grounds import (
    KIND_NAMES,
    Fact,
    Facts,
    Ground,
    Kind,
    mandatory,
    still_mandatory,
    still_stands,
)

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
POLICY = Policy.default().replacement


def facts(start: int, count: int) -> tuple[Fact, ...]:
    return tuple(Fact(id=UUID(int=start + n), at=AT - timedelta(days=n)) for n in range(count))


CYCLES, SERIOUS, CRITICAL, ABUSE = facts(10, 3), facts(20, 2), facts(30, 3), facts(40, 1)


def kinds(grounds: tuple[Ground, ...]) -> set[str]:
    return {ground.kind for ground in grounds}


def test_two_failures_with_a_serious_hazard_still_open_must_be_proposed() -> None:
    found = mandatory(Facts(failed_cycles=CYCLES[:2], serious_hazards=SERIOUS[:1]), POLICY)
    assert {(ground.kind, ground.subject_id) for ground in found} == {
        ("failed_cycles", CYCLES[0].id),
        ("failed_cycles", CYCLES[1].id),
        ("serious_hazard", SERIOUS[0].id),
    }
    assert {ground.needs for ground in found if ground.kind == "failed_cycles"} == {2}


@pytest.mark.parametrize(
    "too_little",
    [
        Facts(),
        Facts(failed_cycles=CYCLES[:1], serious_hazards=SERIOUS),
        Facts(failed_cycles=CYCLES),
        Facts(serious_hazards=SERIOUS),
    ],
)
def test_less_than_that_need_not_be(too_little: Facts) -> None:
    assert mandatory(too_little, POLICY) == ()


def test_one_critical_hazard_or_suspected_abuse_is_enough() -> None:
    assert kinds(mandatory(Facts(critical_hazards=CRITICAL[:1]), POLICY)) == {"critical_hazard"}
    assert kinds(mandatory(Facts(abuse=ABUSE), POLICY)) == {"abuse"}


def test_the_numbers_are_the_districts() -> None:
    strict = replace(POLICY, failed_cycles=1, critical_hazards=3, on_abuse=False)
    assert kinds(mandatory(Facts(failed_cycles=CYCLES[:1], serious_hazards=SERIOUS), strict)) == {
        "failed_cycles",
        "serious_hazard",
    }
    assert mandatory(Facts(critical_hazards=CRITICAL[:2], abuse=ABUSE), strict) == ()
    assert kinds(mandatory(Facts(critical_hazards=CRITICAL), strict)) == {"critical_hazard"}


def test_several_reasons_are_all_named() -> None:
    everything = Facts(failed_cycles=CYCLES, serious_hazards=SERIOUS, critical_hazards=CRITICAL, abuse=ABUSE)
    assert kinds(mandatory(everything, POLICY)) == {"failed_cycles", "serious_hazard", "critical_hazard", "abuse"}


FAILED = mandatory(Facts(failed_cycles=CYCLES, serious_hazards=SERIOUS), POLICY)


@pytest.mark.parametrize(
    ("gone", "stands"),
    [
        ((), True),
        (CYCLES[:1], True),
        (CYCLES[:2], False),
        (SERIOUS[:1], True),
        (SERIOUS, False),
        ((CYCLES[0], SERIOUS[0]), True),
    ],
)
def test_enough_failures_beside_a_serious_hazard_must_be_left(gone: tuple[Fact, ...], stands: bool) -> None:
    assert still_stands(FAILED, {one.id for one in gone}) is stands


def test_failures_told_of_without_a_hazard_stand_by_themselves() -> None:
    alone = [ground for ground in FAILED if ground.kind == "failed_cycles"]
    assert still_stands(alone) and not still_stands(alone, {one.id for one in CYCLES[:2]})


def test_a_serious_hazard_alone_carries_nothing() -> None:
    assert not still_stands([ground for ground in FAILED if ground.kind == "serious_hazard"])
    assert not still_stands(())


def test_a_persons_proposal_stands_without_being_mandatory() -> None:
    own = Ground(kind="proposed", subject_id=UUID(int=1), at=AT)
    assert still_stands([own]) and not still_mandatory([own])
    assert not still_stands([own], {own.subject_id})


def test_another_ground_carries_what_one_has_lost() -> None:
    critical = mandatory(Facts(critical_hazards=CRITICAL[:1]), POLICY)
    both = (*FAILED, *critical)
    assert still_mandatory(both, {one.id for one in CYCLES})
    assert not still_mandatory(both, {one.id for one in (*CYCLES, CRITICAL[0])})


@pytest.mark.parametrize("kind", ["failed_cycles", "critical_hazard", "abuse", "review"])
def test_every_other_ground_binds(kind: Kind) -> None:
    assert still_mandatory([Ground(kind=kind, subject_id=UUID(int=1), at=AT)])


def test_the_policy_a_ground_was_found_under_decides_how_many_it_takes() -> None:
    three = [Ground(kind="failed_cycles", subject_id=one.id, at=AT, needs=3) for one in CYCLES]
    assert still_stands(three) and not still_stands(three, {CYCLES[0].id})


@given(
    cycles=st.integers(0, 3),
    serious=st.integers(0, 2),
    critical=st.integers(0, 3),
    abuse=st.booleans(),
    needed=st.integers(1, 3),
)
def test_what_policy_found_stands_and_what_is_taken_away_never_adds(
    cycles: int, serious: int, critical: int, abuse: bool, needed: int
) -> None:
    policy = replace(POLICY, failed_cycles=needed, critical_hazards=needed)
    found = mandatory(
        Facts(
            failed_cycles=CYCLES[:cycles],
            serious_hazards=SERIOUS[:serious],
            critical_hazards=CRITICAL[:critical],
            abuse=ABUSE if abuse else (),
        ),
        policy,
    )
    assert still_stands(found) is bool(found)
    subjects = [ground.subject_id for ground in found]
    for one, other in combinations(subjects, 2):
        assert still_stands(found, {one}) or not still_stands(found, {one, other})
    assert not still_stands(found, set(subjects))


def test_every_kind_has_a_chinese_name() -> None:
    assert all(name.strip() for name in KIND_NAMES.values())
