"""Who sits where and arranges whom."""

import pytest

from accounts.areas import Level
from accounts.duty import Duty
from accounts.permissions import Role
from accounts.posting import DUTY_OF, LEVELS, answers, at_or_above, duty_fits, may_arrange_leave


def test_every_role_has_a_level_and_every_duty_a_role() -> None:
    assert LEVELS.keys() == set(Role)
    assert sorted(DUTY_OF.values()) == sorted(Duty)


@pytest.mark.parametrize("duty", Duty)
def test_a_role_stands_above_exactly_its_own_rung_and_those_below(duty: Duty) -> None:
    standing = {role for role in Role if at_or_above(role, duty)}
    order = [Role.WORKER, Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT]
    assert standing == set(order[list(Duty).index(duty) :])


def test_who_only_looks_or_manages_answers_for_nobody() -> None:
    silent = {Role.WATCHER, Role.CAREGIVER, Role.AUDITOR, Role.ADMINISTRATOR}
    assert {role for role in Role if not answers(role)} == silent
    assert not any(may_arrange_leave(by, of) for by in Role for of in silent)
    assert not any(may_arrange_leave(by, of) for by in silent for of in Role)


def test_leave_is_arranged_downwards_and_among_equals() -> None:
    assert may_arrange_leave(Role.TOWNSHIP_LEADER, Role.WORKER)
    assert may_arrange_leave(Role.TOWNSHIP_LEADER, Role.TOWNSHIP_LEADER)
    assert not may_arrange_leave(Role.WORKER, Role.TOWNSHIP_SPECIALIST)


@pytest.mark.parametrize(
    ("duty", "lowest"),
    [
        (Duty.VILLAGE, Level.VILLAGE),
        (Duty.TOWNSHIP_SPECIALIST, Level.TOWNSHIP),
        (Duty.TOWNSHIP_LEADER, Level.TOWNSHIP),
        (Duty.DISTRICT, Level.COUNTY),
    ],
)
def test_a_duty_never_lies_below_its_level(duty: Duty, lowest: Level) -> None:
    assert [level for level in Level if duty_fits(duty, level)] == [level for level in Level if level <= lowest]
