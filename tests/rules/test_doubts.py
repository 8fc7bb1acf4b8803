"""Oddities of a report: each found where it is, none where it is not, none of them a refusal."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.policy import Policy
from tests.cast import NOW
from visits.evidence.doubts import NAMES, WEIGHTS, Around, Told, doubts, weight
from visits.evidence.grades import Witnessed, grade
from visits.evidence.position import Position, distance

POLICY = Policy.default().doubts
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WITNESSES = ("code_at_start", "code_at_end", "co_signed", "called_back", "photo", "position_near")
HERE = Position(latitude=39.1001, longitude=117.2001)


def told(number: int = 1, **changes: Any) -> Told:
    facts: dict[str, Any] = {
        "report_id": UUID(int=number),
        "recipient_id": UUID(int=100 + number),
        "area_id": 7,
        "worker_id": UUID(int=900),
        "device_id": UUID(int=800),
        "at_door": True,
        "made_at": NOW,
        "entered_at": NOW,
        "identified_by": "known_personally",
    }
    return Told(**facts | changes)


def words(one: Told, **around: Any) -> list[str]:
    return [doubt.word for doubt in doubts(one, Around(**around), POLICY)]


def at(number: int, moment: datetime, **changes: Any) -> Told:
    return told(number, made_at=moment, entered_at=moment, **changes)


def test_an_ordinary_report_raises_no_doubt() -> None:
    morning = tuple(at(number, NOW - number * 20 * MINUTE) for number in range(2, 9))
    assert words(told(), same_worker=morning) == []


def test_more_visits_than_a_day_holds() -> None:
    day = tuple(
        at(number, NOW + (number - 12) * 20 * MINUTE + 10 * MINUTE) for number in range(2, 2 + POLICY.visits_a_day)
    )
    assert words(told(), same_worker=day) == ["impossible_load"]
    assert words(told(), same_worker=day[:-1]) == []
    by_phone = tuple(at(number, one.made_at, at_door=False) for number, one in enumerate(day, start=2))
    assert words(told(), same_worker=by_phone) == []


def test_two_homes_of_a_village_at_nearly_the_same_moment() -> None:
    assert words(told(), same_worker=(at(2, NOW + MINUTE),)) == ["two_places_at_once"]
    assert words(told(), same_worker=(at(2, NOW + 4 * MINUTE),)) == []
    assert words(told(), same_worker=(at(2, NOW + MINUTE, recipient_id=UUID(int=101)),)) == []


def test_two_villages_without_the_time_to_get_there() -> None:
    assert words(told(), same_worker=(at(2, NOW + 7 * MINUTE, area_id=8),)) == ["impossible_travel"]
    assert words(told(), same_worker=(at(2, NOW + 9 * MINUTE, area_id=8),)) == []


def test_the_very_same_position_at_another_home() -> None:
    mine = told(position=HERE)
    assert words(mine, positions={UUID(int=101): HERE}) == []
    assert words(mine, positions={UUID(int=102): HERE}) == ["same_position"]
    near = Position(latitude=39.10011, longitude=117.2001)
    assert words(mine, positions={UUID(int=102): near}) == []
    assert words(told(), positions={UUID(int=102): HERE}) == []


def test_a_position_far_from_the_home() -> None:
    far = Position(latitude=39.11, longitude=117.2001)
    assert distance(HERE, far) == pytest.approx(1101, abs=5)
    assert words(told(position=far, home=HERE)) == ["far_from_home"]
    assert words(told(position=HERE, home=HERE)) == []


def test_a_stay_too_short_where_codes_show_it() -> None:
    assert words(told(code_started_at=NOW, code_ended_at=NOW + MINUTE)) == ["too_short"]
    assert words(told(code_started_at=NOW, code_ended_at=NOW + 5 * MINUTE)) == []
    assert words(told(code_started_at=NOW)) == []


def test_many_visits_typed_in_within_minutes() -> None:
    evening = tuple(
        told(number, made_at=NOW - number * DAY / 4, entered_at=NOW + number * MINUTE) for number in range(2, 13)
    )
    late = told(made_at=NOW - DAY / 4, entered_at=NOW)
    assert "batch_entry" in words(late, same_worker=evening)
    assert "batch_entry" not in words(late, same_worker=evening[: POLICY.batch_of - 2])
    on_paper = tuple(told(number, made_at=one.made_at, on_paper=True) for number, one in enumerate(evening, start=2))
    assert "batch_entry" not in words(told(on_paper=True), same_worker=on_paper)


def test_a_phone_that_was_offline_for_a_week_is_no_batch() -> None:
    saved_at_once = tuple(at(number, NOW - number * DAY / 2) for number in range(2, 14))
    assert words(told(), same_worker=saved_at_once) == []


def test_saved_long_after_the_visit() -> None:
    assert words(told(made_at=NOW - 25 * HOUR)) == ["backdated"]
    assert words(told(made_at=NOW - 23 * HOUR)) == []


def test_a_clock_nobody_can_believe() -> None:
    assert words(told(implausible=True)) == ["implausible_time"]


def test_everything_in_order_for_months() -> None:
    months = tuple(at(number, NOW - number * 10 * DAY, all_normal=True) for number in range(2, 16))
    assert words(told(all_normal=True), same_home=months) == ["always_normal"]
    assert words(told(all_normal=False), same_home=months) == []
    assert words(told(all_normal=True), same_home=months[:8]) == []
    once_not = (*months[:3], at(5, NOW - 50 * DAY), *months[4:])
    assert words(told(all_normal=True), same_home=once_not) == []
    by_others = tuple(at(number, one.made_at, worker_id=UUID(int=901)) for number, one in enumerate(months, start=2))
    assert words(told(all_normal=True), same_home=by_others) == []


def test_one_phone_for_many_people() -> None:
    assert words(told(), accounts_of_phone=POLICY.accounts_per_phone) == []
    assert words(told(), accounts_of_phone=POLICY.accounts_per_phone + 1) == ["shared_phone"]


def test_somebody_met_who_may_be_the_brother() -> None:
    assert words(told(identified_by="not_confirmed")) == ["identity_not_confirmed"]


def test_every_doubt_has_a_weight_and_a_name_and_they_add_up() -> None:
    assert set(WEIGHTS) == set(NAMES)
    found = doubts(told(implausible=True, made_at=NOW - 2 * DAY), Around(), POLICY)
    assert weight(found) == WEIGHTS["implausible_time"] + WEIGHTS["backdated"]


@given(st.sets(st.sampled_from(WITNESSES)), st.sampled_from(WITNESSES))
def test_more_evidence_never_lowers_the_grade(known: set[str], more: str) -> None:
    before, after = ({name: name in names for name in WITNESSES} for names in (known, known | {more}))
    assert grade(Witnessed(**after)) <= grade(Witnessed(**before))


@pytest.mark.parametrize(
    ("witnessed", "expected"),
    [
        (Witnessed(code_at_start=True, code_at_end=True), "A"),
        (Witnessed(code_at_end=True, photo=True), "B"),
        (Witnessed(co_signed=True), "B"),
        (Witnessed(called_back=True), "B"),
        (Witnessed(photo=True), "C"),
        (Witnessed(position_near=True), "C"),
        (Witnessed(), "D"),
    ],
)
def test_grades_go_by_the_best_evidence(witnessed: Witnessed, expected: str) -> None:
    assert grade(witnessed) == expected
