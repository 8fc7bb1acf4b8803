"""The rules of agreements: moves, terms, who speaks for whom, signatures, ends, temporary care, renewals."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest

from accounts.calendar import WorkCalendar
from accounts.lengths import Length
from accounts.policy import Policy
from caregivers.agreements import cover, drafting, ending, lifecycle, renewal, words
from caregivers.agreements.cover import NewCare
from caregivers.agreements.facts import Fact, NewFact, card_with_caregiver, guarded_by_caregiver, refuse_fact
from caregivers.agreements.lifecycle import MOVES, Agreement, Status, Verb, move
from caregivers.agreements.refusals import CareFactWrong, ConsentWrong, EndDateWrong, MoveImpossible, TermWrong
from caregivers.agreements.signing import PARTIES, complete
from caregivers.agreements.speaking import Ability, refuse_speaker, who_may_speak
from core.ids import new_id

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
POLICY = Policy.default()
CALENDAR = WorkCalendar()


def agreement(**said: Any) -> Agreement:
    return Agreement(
        **{
            "id": new_id(),
            "recipient_id": new_id(),
            "caregiver_id": new_id(),
            "area_id": 1,
            "district_id": 1,
            "township_id": 1,
            "version": 1,
            "status": "active",
            "starts_on": date(2026, 1, 1),
            "ends_on": date(2026, 12, 31),
            "fee_class": "none",
            "fee_yuan": 0,
            "source": "system",
            "created_by": new_id(),
            "created_at": NOW,
            "changed_at": NOW,
            **said,
        }
    )


def care(**said: Any) -> NewCare:
    return NewCare(
        **{
            "kind": "village",
            "reason": "住院",
            "starts_at": NOW,
            "ends_by": NOW + timedelta(days=30),
            "carer_name": "刘桂香",
            "carer_phone": "13800138000",
            **said,
        }
    )


@pytest.mark.parametrize(("status", "verb"), list(product(get_args(Status), get_args(Verb))))
def test_every_move_is_in_the_table_or_refused(status: Status, verb: Verb) -> None:
    if (status, verb) in MOVES:
        assert move(status, verb) == MOVES[status, verb]
    else:
        with pytest.raises(MoveImpossible, match=lifecycle.STATUS_NAMES[status]):
            move(status, verb)


def test_nothing_comes_into_force_but_through_signatures_and_nothing_leaves_an_end_but_its_undoing() -> None:
    assert {came for (came, _), to in MOVES.items() if to == "active" and came not in lifecycle.IN_FORCE} == {
        "pending_signatures",
        "ended",
    }
    assert [verb for (came, verb), _ in MOVES.items() if came == "ended"] == ["restore"]


def test_every_word_has_its_chinese() -> None:
    for word, names in (
        (words.Party, words.PARTY_NAMES),
        (words.Capacity, words.CAPACITY_NAMES),
        (words.FeeClass, words.FEE_CLASS_NAMES),
        (words.Per, words.PER_NAMES),
        (words.Relation, words.RELATION_NAMES),
        (words.Service, words.SERVICE_NAMES),
        (words.CareKind, words.CARE_KIND_NAMES),
        (Status, lifecycle.STATUS_NAMES),
        (Verb, lifecycle.VERB_NAMES),
    ):
        assert tuple(names) == get_args(word)
    assert words.relation_name("远房表侄") == "远房表侄"


@pytest.mark.parametrize(
    ("starts_on", "longest"),
    [(TODAY, date(2027, 3, 1)), (date(2026, 3, 1), date(2027, 2, 28)), (date(2027, 3, 1), date(2028, 2, 29))],
)
def test_a_year_is_over_the_day_before_it_began(starts_on: date, longest: date) -> None:
    drafting.refuse_term(starts_on, longest, POLICY, today=TODAY)
    with pytest.raises(TermWrong, match=f"{longest:%Y-%m-%d}"):
        drafting.refuse_term(starts_on, longest + timedelta(days=1), POLICY, today=TODAY)


def test_the_fee_follows_the_class() -> None:
    assert [drafting.fee(one, POLICY) for one in get_args(words.FeeClass)] == [0, 400, 800]


@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("without_capacity", [False, True])
@pytest.mark.parametrize("full_care", [False, True])
def test_a_guardian_may_always_speak_and_who_cannot_judge_never_speaks_alone(
    minor: bool, without_capacity: bool, full_care: bool
) -> None:
    ability = Ability(minor=minor, without_capacity=without_capacity, full_care=full_care)
    able = who_may_speak(ability)
    assert "guardian" in able
    assert ("self" in able) is not (minor or without_capacity or full_care)
    assert ("proxy" in able) is not (minor or without_capacity)
    for capacity in get_args(words.Capacity):
        if capacity in able:
            refuse_speaker(ability, capacity, "不能书写", field="/capacity")
        else:
            with pytest.raises(ConsentWrong):
                refuse_speaker(ability, capacity, "不能书写", field="/capacity")
        if capacity != "self":
            with pytest.raises(ConsentWrong):
                refuse_speaker(ability, capacity, " ", field="/capacity")


def test_all_four_parties_make_it_whole_and_no_three_do() -> None:
    assert complete(PARTIES)
    assert not any(complete(set(PARTIES) - {party}) for party in PARTIES)


def test_an_end_lies_between_its_beginning_and_today() -> None:
    ending.refuse_day(agreement(), date(2026, 1, 1), today=TODAY)
    ending.refuse_day(agreement(), TODAY, today=TODAY)
    for day in (date(2025, 12, 31), date(2026, 3, 3)):
        with pytest.raises(EndDateWrong):
            ending.refuse_day(agreement(), day, today=TODAY)


def test_temporary_care_covers_from_its_first_moment_up_to_its_last() -> None:
    one = cover.Care(
        id=new_id(),
        recipient_id=new_id(),
        area_id=1,
        district_id=1,
        kind="village",
        caregiver_id=None,
        agreement_id=None,
        case_id=None,
        starts_at=NOW,
        ends_by=NOW + timedelta(days=1),
        arranged_by=new_id(),
        arranged_at=NOW,
    )
    second = timedelta(seconds=1)
    moments = (NOW - second, NOW, one.ends_by - second, one.ends_by)
    assert [one.covers(moment) for moment in moments] == [False, True, True, False]
    assert not replace(one, ended_at=NOW, ended_reason="replaced").covers(NOW)


def test_temporary_care_lasts_as_long_as_policy_says_in_working_days_too() -> None:
    cover.refuse_care(care(), POLICY, CALENDAR, now=NOW)
    shorter = replace(POLICY, replacement=replace(POLICY.replacement, temporary_care_at_most=Length(working_days=5)))
    cover.refuse_care(care(ends_by=NOW + timedelta(days=7)), shorter, CALENDAR, now=NOW)
    with pytest.raises(Exception, match="最长到 2026-03-09"):
        cover.refuse_care(care(ends_by=NOW + timedelta(days=7, seconds=1)), shorter, CALENDAR, now=NOW)


@pytest.mark.parametrize("ends_on", [date(2026, 3, 31), date(2026, 4, 1)])
def test_the_review_is_due_when_the_last_day_is_over_within_the_policys_length(ends_on: date) -> None:
    """Thirty days from 2 March 10:00 lead to 1 April 10:00: 31 March is over by then, 1 April is not."""
    due = renewal.due(agreement(ends_on=ends_on), POLICY, CALENDAR, now=NOW)
    assert due is (ends_on == date(2026, 3, 31))
    assert (ends_on <= renewal.horizon(1, POLICY, CALENDAR, now=NOW).review_up_to) is due


CARER = UUID(int=7)


def fact(**said: Any) -> Fact:
    told = {"id": new_id(), "kind": "card_holder", "who": "caregiver", "caregiver_id": CARER, "relation": None}
    return Fact(**{**told, "since_on": TODAY, "until_on": None, **said})


def test_a_caregiver_is_flagged_as_card_holder_or_guardian_while_they_are_it() -> None:
    assert card_with_caregiver([fact()], CARER) and not guarded_by_caregiver([fact()], CARER)
    assert guarded_by_caregiver([fact(kind="guardian")], CARER)
    assert not card_with_caregiver([fact(until_on=TODAY), fact(caregiver_id=UUID(int=8))], CARER)


@pytest.mark.parametrize(
    "said",
    [
        {"who": "relative"},
        {"who": "caregiver"},
        {"who": "village", "caregiver_id": CARER},
        {"who": "self", "kind": "guardian"},
        {"who": "village", "since_on": date(2026, 3, 3)},
        {"who": "village", "since_on": date(2025, 12, 31)},
    ],
    ids=["no name", "no caregiver", "a caregiver who is not", "own guardian", "tomorrow", "before the last"],
)
def test_a_fact_names_somebody_and_follows_the_one_before(said: dict[str, Any]) -> None:
    new = NewFact(**{"kind": "card_holder", "since_on": TODAY, **said})
    with pytest.raises(CareFactWrong):
        refuse_fact(new, fact(since_on=date(2026, 1, 1)), minor=False, today=TODAY)
