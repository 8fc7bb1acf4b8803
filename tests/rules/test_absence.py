"""Absences: layered, confirmed by somebody else, ending by themselves, each owing a look at the door."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipients.absence import (
    Absence,
    AbsenceRule,
    Kind,
    Refused,
    confirm,
    end,
    report,
    return_checks,
    silences,
    silencing,
    waiting_for_confirmation,
)

NEIGHBOUR, WORKER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
NOON = datetime(2025, 10, 8, 4, 0, tzinfo=UTC)
RULE = AbsenceRule()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def reported(
    starts: timedelta = timedelta(0), ends: timedelta = 3 * DAY, *, id: int = 7, kind: Kind = "away"
) -> Absence:
    found = report(
        id=UUID(int=id),
        kind=kind,
        starts_at=NOON + starts,
        ends_at=NOON + ends,
        by=NEIGHBOUR,
        at=NOON,
        rule=RULE,
    )
    assert isinstance(found, Absence), found
    return found


def confirmed(
    starts: timedelta = timedelta(0),
    ends: timedelta = 3 * DAY,
    *,
    id: int = 7,
    kind: Kind = "away",
    at: timedelta = timedelta(0),
) -> Absence:
    found = confirm(reported(starts, ends, id=id, kind=kind), how="电话问过女儿", by=WORKER, at=NOON + at)
    assert isinstance(found, Absence), found
    return found


def why(found: Absence | Refused) -> str:
    assert isinstance(found, Refused), found
    assert found.detail.endswith("。")
    return found.why


class TestSilence:
    def test_what_nobody_confirmed_silences_nothing(self) -> None:
        told = reported()
        for hours in range(-24, 100, 5):
            assert silencing([told], NOON + hours * HOUR) is None
        assert waiting_for_confirmation([told], NOON) == (told,)

    def test_a_confirmed_one_silences_from_its_start_until_its_end(self) -> None:
        away = confirmed(DAY, 3 * DAY)
        assert not silences(away, NOON + DAY - HOUR)
        assert silences(away, NOON + DAY)
        assert silences(away, NOON + 3 * DAY - HOUR)
        assert not silences(away, NOON + 3 * DAY)

    def test_confirming_does_not_reach_back(self) -> None:
        away = confirmed(at=DAY)
        assert not silences(away, NOON + HOUR)
        assert silences(away, NOON + DAY)

    def test_it_ends_by_itself(self) -> None:
        assert silencing([confirmed()], NOON + 3 * DAY) is None

    def test_ending_one_does_not_lift_another(self) -> None:
        away, ward = confirmed(id=1), confirmed(timedelta(0), 5 * DAY, id=2, kind="in_hospital")
        ended = end(away, by=WORKER, at=NOON + DAY)
        assert isinstance(ended, Absence)
        assert silencing([ended, ward], NOON + 2 * DAY) == ward

    def test_an_unconfirmed_layer_adds_nothing(self) -> None:
        away, told = confirmed(ends=DAY, id=1), reported(ends=9 * DAY, id=2)
        assert silencing([away, told], NOON + HOUR) == away
        assert silencing([away, told], NOON + 2 * DAY) is None

    def test_of_several_the_longest_is_named(self) -> None:
        short, long = confirmed(ends=DAY, id=1), confirmed(ends=5 * DAY, id=2)
        assert silencing([short, long], NOON + HOUR) == long
        assert silencing([long, short], NOON + HOUR) == long

    def test_no_absence_no_silence(self) -> None:
        assert silencing([], NOON) is None


class TestReporting:
    def attempt(self, starts: timedelta, ends: timedelta, rule: AbsenceRule = RULE) -> Absence | Refused:
        return report(
            id=UUID(int=1), kind="away", starts_at=NOON + starts, ends_at=NOON + ends, by=WORKER, at=NOON, rule=rule
        )

    def test_it_needs_an_end_after_its_start_and_after_now(self) -> None:
        assert why(self.attempt(DAY, DAY)) == "no-end"
        assert why(self.attempt(2 * DAY, DAY)) == "no-end"
        assert why(self.attempt(-2 * DAY, timedelta(0))) == "no-end"

    def test_it_is_as_long_as_the_district_allows(self) -> None:
        assert isinstance(self.attempt(timedelta(0), 90 * DAY), Absence)
        assert why(self.attempt(timedelta(0), 90 * DAY + HOUR)) == "too-long"
        assert why(self.attempt(timedelta(0), 31 * DAY, AbsenceRule(longest=30 * DAY))) == "too-long"

    def test_it_reaches_back_a_week_at_most(self) -> None:
        assert isinstance(self.attempt(-7 * DAY, DAY), Absence)
        assert why(self.attempt(-7 * DAY - HOUR, DAY)) == "too-far-back"


class TestConfirming:
    def test_it_takes_somebody_else(self) -> None:
        assert why(confirm(reported(), how="电话", by=NEIGHBOUR, at=NOON)) == "same-person"

    def test_it_says_with_whom(self) -> None:
        assert why(confirm(reported(), how="  ", by=WORKER, at=NOON)) == "no-contact"
        assert confirmed().confirmed_how == "电话问过女儿"

    def test_it_happens_once_and_in_time(self) -> None:
        assert why(confirm(confirmed(), how="电话", by=OTHER, at=NOON)) == "already-confirmed"
        assert why(confirm(reported(), how="电话", by=WORKER, at=NOON + 3 * DAY)) == "already-over"


class TestEnding:
    def test_it_can_end_early(self) -> None:
        ended = end(confirmed(), by=WORKER, at=NOON + DAY)
        assert isinstance(ended, Absence)
        assert ended.over_at == NOON + DAY
        assert not silences(ended, NOON + DAY)

    def test_once(self) -> None:
        assert why(end(confirmed(), by=WORKER, at=NOON + 3 * DAY)) == "already-over"


class TestReturnCheck:
    def test_it_is_owed_as_soon_as_the_absence_is_over(self) -> None:
        away = confirmed()
        assert return_checks([away], NOON + 3 * DAY - HOUR, RULE) == ()
        (check,) = return_checks([away], NOON + 3 * DAY, RULE)
        assert (check.absence_id, check.over_at) == (away.id, NOON + 3 * DAY)
        assert check.due_at == NOON + 4 * DAY

    def test_it_stays_owed_until_somebody_has_looked(self) -> None:
        away = confirmed()
        assert len(return_checks([away], NOON + 300 * DAY, RULE)) == 1
        assert return_checks([replace(away, return_checked_at=NOON + 4 * DAY)], NOON + 300 * DAY, RULE) == ()

    def test_an_early_end_owes_it_early(self) -> None:
        ended = end(confirmed(), by=WORKER, at=NOON + DAY)
        assert isinstance(ended, Absence)
        (check,) = return_checks([ended], NOON + DAY, RULE)
        assert check.due_at == NOON + 2 * DAY

    def test_it_waits_while_another_absence_holds(self) -> None:
        away, ward = confirmed(ends=2 * DAY, id=1), confirmed(DAY, 5 * DAY, id=2, kind="in_hospital")
        assert return_checks([away, ward], NOON + 3 * DAY, RULE) == ()
        checks = return_checks([away, ward], NOON + 5 * DAY, RULE)
        assert {check.due_at for check in checks} == {NOON + 6 * DAY}

    def test_what_silenced_nothing_owes_nothing(self) -> None:
        assert return_checks([reported()], NOON + 9 * DAY, RULE) == ()
        cancelled = end(confirmed(2 * DAY, 3 * DAY), by=WORKER, at=NOON + DAY)
        assert isinstance(cancelled, Absence)
        assert return_checks([cancelled], NOON + 9 * DAY, RULE) == ()

    def test_the_time_for_it_is_the_districts(self) -> None:
        (check,) = return_checks([confirmed()], NOON + 3 * DAY, AbsenceRule(return_check_within=2 * HOUR))
        assert check.due_at == NOON + 3 * DAY + 2 * HOUR


hours = st.integers(min_value=0, max_value=200)
absences = st.builds(
    lambda start, length, confirm_after, ended: Absence(
        id=UUID(int=start * 1000 + length),
        kind="away",
        starts_at=NOON + start * HOUR,
        ends_at=NOON + (start + length) * HOUR,
        reported_by=NEIGHBOUR,
        reported_at=NOON,
        confirmed_by=None if confirm_after is None else WORKER,
        confirmed_at=None if confirm_after is None else NOON + confirm_after * HOUR,
        ended_at=None if ended is None else NOON + ended * HOUR,
    ),
    hours,
    st.integers(min_value=1, max_value=100),
    st.none() | hours,
    st.none() | hours,
)


@given(held=st.lists(absences, max_size=6), at=hours)
def test_there_is_never_silence_without_a_confirmed_absence_that_runs(held: list[Absence], at: int) -> None:
    moment = NOON + at * HOUR
    found = silencing(held, moment)
    running = [
        one
        for one in held
        if one.confirmed_at is not None
        and one.confirmed_at <= moment
        and one.starts_at <= moment < one.ends_at
        and (one.ended_at is None or moment < one.ended_at)
    ]
    assert (found is None) == (not running)


@given(held=st.lists(absences, max_size=6), at=hours)
def test_after_silence_somebody_always_has_to_look(held: list[Absence], at: int) -> None:
    moment = NOON + at * HOUR
    ever = [one for one in held if any(silences(one, NOON + hour * HOUR) for hour in range(at + 1))]
    if silencing(held, moment) is None:
        owed = {check.absence_id for check in return_checks(held, moment, RULE)}
        assert {one.id for one in ever} <= owed


@pytest.mark.parametrize("kind", ["away", "in_hospital"])
def test_a_stay_in_hospital_is_an_absence_like_any_other(kind: Kind) -> None:
    assert silences(confirmed(kind=kind), NOON + HOUR)
    assert not silences(reported(kind=kind), NOON + HOUR)
