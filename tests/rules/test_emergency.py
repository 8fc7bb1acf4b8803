"""The fast ladder: what comes next is decided by the steps and by the clock, whichever is further on."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from accounts.policy import Policy
from tests.cast import NOW
from visits.daily.emergency import (
    Coming,
    Entry,
    Result,
    Step,
    Taken,
    coming,
    entry_advice,
    entry_warning,
    minutes,
    misdated,
    sees,
)

MINUTE = timedelta(minutes=1)
MINUTES = minutes(Policy.default().curtain)
OPENABLE = Entry(keyholder=True, consent=True)


def took(step: Step, result: Result = "no_answer", *, at: float = 1, told: float | None = None) -> Taken:
    logged = at if told is None else told
    return Taken(step=step, result=result, made_at=NOW + at * MINUTE, logged_at=NOW + logged * MINUTE, by=uuid4())


def after(*taken: Taken, at: float = 1, entry: Entry = OPENABLE) -> Coming:
    return coming(taken, opened_at=NOW, minutes=MINUTES, entry=entry, now=NOW + at * MINUTE)


def due(minute: float) -> datetime:
    return NOW + minute * MINUTE


def test_the_minutes_are_those_of_the_policy() -> None:
    assert (MINUTES.first_check, MINUTES.second_person, MINUTES.emergency) == (30 * MINUTE, 15 * MINUTE, 15 * MINUTE)


def test_the_first_person_looks_then_calls_then_knocks_within_thirty_minutes() -> None:
    assert after() == Coming(steps=("look", "call", "knock"), by=due(30))
    assert after(took("look")).steps == ("call", "knock")
    assert after(took("look"), took("call")).steps == ("knock",)
    assert after(took("knock")).steps == ("call",), "who knocked has looked"


def test_a_door_unanswered_early_brings_the_second_person_forward() -> None:
    tried = (took("look", at=2), took("call", at=3), took("knock", at=5))
    assert after(*tried, at=6) == Coming(steps=("second_person", "keyholder"), by=due(20))
    assert after(*tried, took("second_person", at=10), at=11) == Coming(steps=("police", "ambulance"), by=due(25))


def test_a_late_failure_never_puts_the_next_one_off() -> None:
    tried = (took("look", at=2), took("call", at=3), took("knock", at=40))
    assert after(*tried, at=41) == Coming(steps=("second_person", "keyholder"), by=due(45))
    assert after(*tried, took("second_person", at=55), at=56).by == due(60)


@pytest.mark.parametrize(
    ("minute", "steps", "by"),
    [
        (29, ("look", "call", "knock"), 30),
        (30, ("second_person", "keyholder"), 45),
        (44, ("second_person", "keyholder"), 45),
        (45, ("police", "ambulance"), 60),
        (300, ("police", "ambulance"), 60),
    ],
)
def test_the_clock_moves_it_on_even_when_nobody_records_anything(minute: int, steps: tuple[Step, ...], by: int) -> None:
    assert after(at=minute) == Coming(steps=steps, by=due(by))


def test_a_time_is_overdue_once_it_is_past() -> None:
    assert not after(at=20).overdue(due(20))
    assert after(at=300).overdue(due(300))
    assert not Coming(steps=("knock",)).overdue(due(300))


def test_somebody_on_the_way_has_not_arrived() -> None:
    assert after(took("knock", "on_the_way"), at=5).steps == ("look", "call", "knock")
    assert after(took("second_person", "on_the_way", at=31), at=46).steps == ("police", "ambulance")


def test_without_consent_the_keyholder_is_not_asked_to_open() -> None:
    for entry in (Entry(keyholder=True), Entry(keyholder=True, consent=False), Entry(consent=True)):
        assert after(at=31, entry=entry).steps == ("second_person",)


def test_police_who_do_not_answer_are_called_again() -> None:
    assert after(took("police", "no_answer", at=50), at=51).steps == ("police", "ambulance")
    assert after(took("police", "on_the_way", at=50), at=51) == Coming(steps=("entered",))
    assert after(took("police", "done", at=50), took("entered", "done", at=55), at=56) == Coming()


def test_whoever_needs_help_gets_an_ambulance_at_once_and_the_police_where_the_door_is_shut() -> None:
    assert after(took("look", "needs_help", at=3), at=4) == Coming(steps=("ambulance", "police"), by=due(3))
    assert after(took("entered", "needs_help", at=3), at=4) == Coming(steps=("ambulance",), by=due(3))
    called = (took("look", "needs_help", at=3), took("ambulance", "on_the_way", at=4), took("police", "done", at=4))
    assert after(*called, at=5) == Coming(steps=("entered",))
    assert after(*called, took("entered", "done", at=8), at=9) == Coming()


def test_only_who_was_seen_is_safe() -> None:
    assert after(took("knock", "safe")) == Coming()
    assert after(took("call", "safe"), at=200) == Coming(steps=("knock",)), "a voice was heard: now go and see"
    assert (sees("call", "safe"), sees("keyholder", "safe"), sees("knock", "done")) == (False, True, False)


def test_the_later_word_of_safe_and_in_need_decides() -> None:
    assert after(took("knock", "safe", at=5), took("call", "needs_help", at=9), at=10).steps == ("ambulance", "police")
    assert after(took("look", "needs_help", at=5), took("entered", "safe", at=9), at=10) == Coming()


def test_a_phone_with_a_fast_clock_puts_nothing_off() -> None:
    tried = (took("look", at=1), took("call", at=1), took("knock", at=29, told=2))
    assert after(*tried, at=3).by == due(17)


def test_the_door_is_opened_with_consent_or_by_the_police() -> None:
    assert "持钥匙人开门" in entry_advice(OPENABLE)
    for entry in (Entry(), Entry(keyholder=True, consent=False)):
        assert "110" in entry_advice(entry) and "请勿自行开门" in entry_advice(entry)
        warned = entry_warning("entered", [], entry)
        assert warned and "110" in warned
        assert entry_warning("entered", [took("police", "on_the_way")], entry) is None
        assert entry_warning("knock", [], entry) is None
    assert entry_warning("keyholder", [], OPENABLE) is None


def test_a_step_belongs_to_the_time_of_its_alert() -> None:
    now = NOW + timedelta(hours=1)
    assert not misdated(NOW - timedelta(hours=1), opened_at=NOW, now=now)
    assert misdated(NOW - timedelta(days=2), opened_at=NOW, now=now)
    assert misdated(now + timedelta(minutes=6), opened_at=NOW, now=now)
