"""Which state of an order follows which, and what an answer makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest

from caregivers.rectification.order import (
    BEFORE_ANSWER,
    MOVES,
    OVER,
    STATUS_NAMES,
    UNDER_WAY,
    AnswerKind,
    Order,
    Status,
    Verb,
    answered,
    may,
    misdated,
)

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
ISSUED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
DUE = ISSUED + 3 * DAY
STATUSES: tuple[Status, ...] = get_args(Status)

ORDER = Order(
    id=UUID(int=1),
    agreement_id=UUID(int=2),
    recipient_id=UUID(int=3),
    caregiver_id=UUID(int=4),
    area_id=5,
    district_id=6,
    status="issued",
    severity="serious",
    policy_id=None,
    issued_by=UUID(int=7),
    issued_at=ISSUED,
    told_at=ISSUED,
    deadline_at=DUE,
    first_deadline_at=DUE,
    statement_until=ISSUED + 2 * DAY,
)
LATE = replace(ORDER, status="overdue", overdue_at=DUE)


def after(status: Status, kind: AnswerKind, *, made_at: datetime = ISSUED + HOUR) -> Status | None:
    found = answered(replace(ORDER, status=status), kind, made_at=made_at)
    return found.status if found else None


def test_nothing_leaves_closed_or_withdrawn() -> None:
    assert [move for move in MOVES if move[0] in OVER] == []


def test_every_state_has_a_name_and_every_verb_a_move() -> None:
    assert set(STATUS_NAMES) == set(STATUSES)
    assert {verb for _, verb in MOVES} == set(get_args(Verb))


def test_only_what_passed_failed_or_is_overdue_closes() -> None:
    assert {old for (old, verb) in MOVES if verb == "close"} == {"passed", "failed", "overdue"}


def test_nobodys_wish_withdraws_a_failure() -> None:
    assert not any(may(status, "withdraw") for status in ("overdue", "failed", "passed", "closed"))
    assert all(may(status, "take_away") for status in STATUSES if status not in OVER)


def test_only_before_a_submission_does_a_deadline_lapse() -> None:
    assert {old for (old, verb) in MOVES if verb == "lapse"} == BEFORE_ANSWER


@pytest.mark.parametrize(
    ("status", "kind", "becomes"),
    [
        ("issued", "accept", "accepted"),
        ("issued", "refuse", "refused"),
        ("refused", "accept", "accepted"),
        ("accepted", "refuse", "refused"),
        ("accepted", "start", "in_progress"),
        ("refused", "done", "submitted"),
        ("in_progress", "done", "submitted"),
        ("overdue", "done", "submitted"),
    ],
)
def test_an_answer_moves_the_order(status: Status, kind: AnswerKind, becomes: Status) -> None:
    assert after(status, kind) == becomes


@pytest.mark.parametrize("kind", ["accept", "refuse", "start"])
@pytest.mark.parametrize("status", ["in_progress", "submitted", "overdue"])
def test_what_arrives_after_a_later_answer_moves_nothing_back(status: Status, kind: AnswerKind) -> None:
    assert after(status, kind) == status


@pytest.mark.parametrize("status", ["passed", "failed", "closed", "withdrawn"])
@pytest.mark.parametrize("kind", ["accept", "refuse", "start", "done"])
def test_a_verified_order_takes_no_such_answer(status: Status, kind: AnswerKind) -> None:
    assert after(status, kind) is None


@pytest.mark.parametrize("status", STATUSES)
def test_a_statement_is_taken_until_the_order_is_over_and_moves_nothing(status: Status) -> None:
    assert after(status, "statement") == (None if status in OVER else status)


def test_work_done_before_the_deadline_is_in_time_however_late_the_word_arrives() -> None:
    in_time, late = (answered(LATE, "done", made_at=made_at) for made_at in (DUE, DUE + HOUR))
    assert in_time and in_time.in_time and in_time.status == "submitted"
    assert late and not late.in_time and late.status == "submitted"


def test_work_claimed_for_before_the_order_existed_is_not_in_time() -> None:
    found = answered(LATE, "done", made_at=ISSUED - HOUR)
    assert found and not found.in_time


@pytest.mark.parametrize("status", ["passed", "closed"])
def test_it_is_in_time_also_when_the_order_passed_meanwhile(status: Status) -> None:
    passed = replace(LATE, status=status)
    found = answered(passed, "done", made_at=DUE - HOUR)
    assert found and found.in_time and found.status == status
    assert answered(passed, "done", made_at=DUE + HOUR) is None


def test_an_order_never_overdue_has_no_lateness_to_take_back() -> None:
    found = answered(ORDER, "done", made_at=DUE - HOUR)
    assert found and not found.in_time


def test_nothing_happened_before_the_order_or_in_the_future() -> None:
    assert misdated(ORDER, ISSUED - timedelta(seconds=1), now=DUE)
    assert misdated(ORDER, DUE + timedelta(minutes=11), now=DUE)
    assert not misdated(ORDER, DUE + timedelta(minutes=9), now=DUE)
    assert not misdated(ORDER, ISSUED, now=DUE)


def test_an_order_due_at_once_leaves_no_time() -> None:
    assert replace(ORDER, first_deadline_at=ISSUED).at_once
    assert not ORDER.at_once
    assert replace(ORDER, told_at=DUE).at_once  # told only when its first deadline had come


def test_under_way_is_all_that_is_neither_verified_nor_over() -> None:
    assert set(STATUSES) - OVER - {"passed", "failed"} == UNDER_WAY
