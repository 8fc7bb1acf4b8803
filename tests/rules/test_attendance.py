"""Attendance: believed, unless the time cannot be true."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from caregivers.assessment.attendance import CLOCK_MAY_BE_AHEAD, Attendance, Duty, admit, fingerprint, is_late, told
from caregivers.assessment.refusals import AttendanceEmpty, MadeAtImpossible, NotInForceThen, ServiceNotPromised
from caregivers.assessment.responsible import InForce
from core.ids import new_id
from tests.cast import NOW

DAY = timedelta(days=1)
DUTY = Duty(
    in_force=InForce(starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), activated_on=date(2026, 2, 1)),
    services=frozenset({"meals", "cleaning"}),
)


def said(**changed: Any) -> Attendance:
    return Attendance(**{"made_at": NOW, "services": ("meals",), **changed})


def test_what_was_promised_and_can_be_true_is_admitted() -> None:
    admit(said(), DUTY, now=NOW)
    admit(said(services=("cleaning", "meals")), DUTY, now=NOW)
    admit(said(services=(), note="陪同去村卫生室"), DUTY, now=NOW)
    admit(said(made_at=NOW + CLOCK_MAY_BE_AHEAD), DUTY, now=NOW)


def test_what_was_not_promised_is_named() -> None:
    with pytest.raises(ServiceNotPromised) as refused:
        admit(said(services=("meals", "turning")), DUTY, now=NOW)
    assert refused.value.field == "/services/1"


def test_an_entry_says_something() -> None:
    with pytest.raises(AttendanceEmpty):
        admit(said(services=(), note="  "), DUTY, now=NOW)


def test_the_future_and_the_time_before_the_agreement_are_refused_with_the_reason() -> None:
    with pytest.raises(MadeAtImpossible, match="晚于现在"):
        admit(said(made_at=NOW + CLOCK_MAY_BE_AHEAD + timedelta(seconds=1)), DUTY, now=NOW)
    with pytest.raises(MadeAtImpossible, match="2026年2月1日"):
        admit(said(made_at=NOW - 31 * DAY), DUTY, now=NOW)


def test_after_its_end_and_while_suspended_an_agreement_takes_no_entry() -> None:
    ended = replace(DUTY, in_force=replace(DUTY.in_force, ended_on=date(2026, 3, 1)))
    with pytest.raises(NotInForceThen, match="结束"):
        admit(said(), ended, now=NOW)
    admit(said(made_at=NOW - DAY), ended, now=NOW)
    suspended = replace(DUTY, suspended_at=NOW - timedelta(hours=1))
    with pytest.raises(NotInForceThen, match="暂停"):
        admit(said(), suspended, now=NOW)
    admit(said(made_at=NOW - DAY), suspended, now=NOW)


def test_the_last_evening_in_the_local_zone_is_still_within_the_agreement() -> None:
    ended = replace(DUTY, in_force=replace(DUTY.in_force, ended_on=date(2026, 3, 1)))
    evening = NOW.replace(day=1, hour=15, minute=59)  # 23:59 in Shanghai
    admit(said(made_at=evening), ended, now=NOW)
    with pytest.raises(NotInForceThen):
        admit(said(made_at=evening + timedelta(minutes=1)), ended, now=NOW)


def test_what_is_logged_later_than_policy_allows_is_marked() -> None:
    assert not is_late(NOW - DAY, marked_after=DAY, now=NOW)
    assert is_late(NOW - DAY - timedelta(seconds=1), marked_after=DAY, now=NOW)
    assert "补录" in told(late=True) and "补录" not in told(late=False)


def test_the_same_words_have_the_same_fingerprint_in_any_order_and_other_words_another() -> None:
    agreement = new_id()
    first = fingerprint(agreement, said(services=("meals", "cleaning")))
    assert first == fingerprint(agreement, said(services=("cleaning", "meals")))
    others = [
        fingerprint(agreement, said(services=("meals",))),
        fingerprint(agreement, said(services=("meals", "cleaning"), note="备注")),
        fingerprint(agreement, said(services=("meals", "cleaning"), made_at=NOW - DAY)),
        fingerprint(agreement, said(services=("meals", "cleaning"), on_paper_by="张")),
        fingerprint(new_id(), said(services=("meals", "cleaning"))),
    ]
    assert first not in others and len(set(others)) == len(others)
