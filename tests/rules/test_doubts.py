"""Oddities of a report: each found where it is, none where it is not, none of them a refusal."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.policy import Policy
from accounts.policy_rows import Evidence
from tests.cast import NOW
from visits.evidence.doubt_words import WORDS, seen
from visits.evidence.doubts import Around, Terms, Told, doubts, weight
from visits.evidence.grades import Witnessed, grade
from visits.evidence.position import Position, distance

POLICY = Policy.default().doubts
TERMS = Terms(doubts=POLICY, evidence=Policy.default().evidence, sent_within=timedelta(hours=24))
BOTH_COMPULSORY = replace(TERMS, evidence=Evidence(photo=True, position=True, necessity="房屋险情须留影像"))
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


def words(one: Told, *, terms: Terms = TERMS, **around: Any) -> list[str]:
    found = doubts(one, Around(**around), terms)
    assert all(seen(doubt.word, doubt.because) for doubt in found)
    return [doubt.word for doubt in found]


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


def test_a_couple_under_one_roof_is_not_two_places() -> None:
    other = at(2, NOW + MINUTE, lives_alone=False)
    assert words(told(lives_alone=False), same_worker=(other,)) == []
    assert words(told(lives_alone=True), same_worker=(other,)) == ["two_places_at_once"]
    elsewhere = at(2, NOW + MINUTE, lives_alone=False, area_id=8)
    assert words(told(lives_alone=False), same_worker=(elsewhere,)) == ["impossible_travel"]


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


def test_a_photo_and_a_position_are_missed_only_where_a_district_has_made_them_compulsory() -> None:
    bare = told(waited=25 * HOUR)
    assert words(bare) == []
    assert words(bare, terms=BOTH_COMPULSORY) == ["photo_missing", "position_missing"]
    only_photos = replace(TERMS, evidence=Evidence(photo=True, position=False, necessity="房屋险情须留影像"))
    assert words(bare, terms=only_photos) == ["photo_missing"]
    assert words(replace(bare, photo=True), terms=BOTH_COMPULSORY) == ["position_missing"]
    assert words(replace(bare, photo=True, position=HERE), terms=BOTH_COMPULSORY) == []


@pytest.mark.parametrize(
    "excused",
    [{"waited": 23 * HOUR}, {"waited": 25 * HOUR, "at_door": False}, {"waited": 25 * HOUR, "on_paper": True}],
)
def test_a_photo_still_on_its_way_a_phone_call_and_a_paper_form_lack_nothing(excused: dict[str, Any]) -> None:
    assert words(told(**excused), terms=BOTH_COMPULSORY) == []


def test_the_weights_of_doubts_add_up() -> None:
    found = doubts(told(implausible=True, made_at=NOW - 2 * DAY), Around(), TERMS)
    assert weight(found) == WORDS["implausible_time"].weight + WORDS["backdated"].weight


FIGURES = {
    name: 7
    for name in ("visits", "at_most", "seconds_apart", "homes", "metres", "seconds", "reports", "hours_of_visits")
} | {"hours": 7, "accounts": 7}


@pytest.mark.parametrize("word", WORDS)
def test_every_doubt_says_what_was_seen_and_what_to_do_and_accuses_nobody(word: Any) -> None:
    told_as = WORDS[word]
    said = seen(word, FIGURES)
    assert "{" not in said and said.endswith("。") and told_as.remedy.endswith("。") and told_as.name
    assert ("7" in said) == ("{" in told_as.seen)
    assert not [
        blame for blame in ("造假", "弄虚", "违规", "作弊", "处罚", "扣分", "排名") if blame in said + told_as.remedy
    ]


def test_what_was_seen_is_told_with_the_figures_the_rule_found() -> None:
    (found,) = doubts(told(made_at=NOW - 25 * HOUR), Around(), TERMS)
    assert seen(found.word, found.because) == "走访 25 小时后才录入。"


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
