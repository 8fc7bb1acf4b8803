"""The case's moves, the hearing, the decision, the handover: what each refuses, told from facts alone."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest

from accounts.calendar import WorkCalendar
from accounts.lengths import Length
from caregivers.replacement import closing, deciding, handover, hearing
from caregivers.replacement.case import DECISION_NAMES, MOVES, STATUS_NAMES, Case, Decision, Status, Verb, demand
from caregivers.replacement.deciding import Cover, Verdict, Will
from caregivers.replacement.grounds import Ground
from caregivers.replacement.handover import ITEM_NAMES, ITEMS, Recorded
from caregivers.replacement.hearing import PRESENT_NAMES, TELLING_NAMES, Heard, NoticeTerm, Present, Telling
from caregivers.replacement.refusals import (
    CaredForByTheRemoved,
    CareNeeded,
    CaseSettled,
    FeeNotToTheDay,
    HandoverNotDue,
    HandoverNotWhole,
    HeardTooSoon,
    InvitedTooSoon,
    NotASuccessor,
    NotFlagged,
    NotHeard,
    NotInvited,
    NotKept,
    NotThen,
    OnCaregiversSide,
    RenewedMeanwhile,
    VisitsTheRecipient,
    WillMissing,
    WordsMissing,
)

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A, B = UUID(int=1), UUID(int=2)
TERM = NoticeTerm(ahead=Length.of("24h"), calendar=WorkCalendar())
STATUSES: tuple[Status, ...] = get_args(Status)
VERBS: tuple[Verb, ...] = get_args(Verb)


def case(status: Status = "heard", **facts: Any) -> Case:
    known: dict[str, Any] = {
        "id": UUID(int=100),
        "agreement_id": UUID(int=101),
        "recipient_id": UUID(int=102),
        "caregiver_id": UUID(int=103),
        "area_id": 1,
        "district_id": 2,
        "mandatory": True,
        "confidential": False,
        "barred_ids": (),
        "grounds": (Ground(kind="abuse", subject_id=A, at=AT),),
        "withdrawn_ids": frozenset(),
        "status": status,
        "policy_id": None,
        "proposed_at": AT,
        "decide_by": AT + 3 * DAY,
    }
    return Case(**(known | facts))


# Moves


def test_every_move_leads_between_known_states_and_from_every_state_but_the_last_two() -> None:
    assert {status for status, _ in MOVES} == set(STATUSES) - {"closed", "withdrawn"}
    assert set(MOVES.values()) == set(STATUSES) - {"proposed"}
    assert {verb for _, verb in MOVES} == set(VERBS)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", VERBS)
def test_a_move_that_is_not_in_the_table_is_refused(status: Status, verb: Verb) -> None:
    if (status, verb) in MOVES:
        assert demand(case(status), verb) == MOVES[status, verb]
    else:
        with pytest.raises(CaseSettled) as refused:
            demand(case(status), verb)
        assert STATUS_NAMES[status] in refused.value.detail


def test_nothing_is_decided_but_after_a_hearing_and_nothing_dropped_after_a_decision() -> None:
    assert [status for status, verb in MOVES if verb == "decide"] == ["heard"]
    assert {status for status, verb in MOVES if verb == "withdraw"} == {"proposed", "heard"}


def test_words_have_names() -> None:
    assert set(STATUS_NAMES) == set(STATUSES) and set(DECISION_NAMES) == set(get_args(Decision))
    assert set(PRESENT_NAMES) == set(get_args(Present)) and set(TELLING_NAMES) == set(get_args(Telling))
    assert set(ITEM_NAMES) == set(ITEMS)


@pytest.mark.parametrize(
    ("confidential", "told_at", "is_hidden"), [(False, None, False), (True, None, True), (True, AT, False)]
)
def test_a_case_is_hidden_until_the_caregiver_is_told(
    confidential: bool, told_at: datetime | None, is_hidden: bool
) -> None:
    assert case(confidential=confidential, told_at=told_at).hidden is is_hidden


# Hearing


def heard(held_at: datetime = AT + HOUR, *present: Present, **said: str) -> Heard:
    words = {"caregiver_said": "有困难", "recipient_said": "不满意", "village_said": "属实"}
    return Heard(held_at=held_at, present=present or ("caregiver",), **(words | said))


def hear(one: Case, what: Heard, *, hearing_at: datetime | None = None, now: datetime = AT + 9 * DAY) -> None:
    hearing.hear(one, what, hearing_at=hearing_at, term=TERM, now=now)


def test_an_invitation_leaves_the_policys_time() -> None:
    hearing.invite(case("proposed"), hearing_at=AT + DAY, term=TERM, now=AT)
    with pytest.raises(InvitedTooSoon):
        hearing.invite(case("proposed"), hearing_at=AT + DAY - HOUR, term=TERM, now=AT)
    with pytest.raises(CaseSettled):
        hearing.invite(case("decided"), hearing_at=AT + DAY, term=TERM, now=AT)


@pytest.mark.parametrize("status", ["proposed", "heard"])
def test_who_comes_is_heard_told_or_not(status: Status) -> None:
    hear(case(status), heard())


def test_who_stays_away_was_told_and_had_the_time() -> None:
    away = heard(AT + DAY, "recipient", "village")
    hear(case(told_at=AT), away)
    hear(case(told_at=AT), away, hearing_at=AT + DAY)
    with pytest.raises(NotInvited):
        hear(case(), away)
    with pytest.raises(HeardTooSoon):
        hear(case(told_at=AT + HOUR), away)
    with pytest.raises(HeardTooSoon):
        hear(case(told_at=AT), away, hearing_at=AT + DAY + HOUR)


def test_a_hearing_lies_between_the_proposal_and_now() -> None:
    with pytest.raises(NotThen):
        hear(case(), heard(AT - HOUR))
    with pytest.raises(NotThen):
        hear(case(), heard(AT + HOUR), now=AT)


@pytest.mark.parametrize("word", ["caregiver_said", "recipient_said", "village_said"])
def test_everybodys_words_are_recorded(word: str) -> None:
    with pytest.raises(WordsMissing) as refused:
        hear(case(), heard(AT + HOUR, "caregiver", **{word: "  "}))
    assert refused.value.field == f"/{word}"


def test_who_stays_away_says_nothing() -> None:
    hear(case(told_at=AT), heard(AT + DAY, "village", caregiver_said=""))


# Decision

REPLACE = Verdict(decision="replace", reason="两次整改不合格")
KEEP = Verdict(decision="keep_with_reason", reason="已整改")
TRANSFER = Verdict(decision="transfer_to_collective", reason="愿意", will=Will(by="self", stated="愿意去"))
COVERED = Cover(
    supported=True,
    followed=False,
    renewed_with_same=False,
    care_running=True,
    care_by_the_removed=False,
    care_named=False,
)


def test_a_decision_needs_a_hearing_and_a_reason() -> None:
    deciding.decide(case(), REPLACE)
    with pytest.raises(NotHeard):
        deciding.decide(case("proposed"), REPLACE)
    with pytest.raises(WordsMissing):
        deciding.decide(case(), replace(KEEP, reason=" "))


def test_a_move_needs_a_will() -> None:
    deciding.decide(case(), TRANSFER)
    for will in (None, Will(by="guardian", stated=" ")):
        with pytest.raises(WillMissing):
            deciding.decide(case(), replace(TRANSFER, will=will))


def test_care_comes_first_unless_the_caregiver_stays_or_nobody_needs_it() -> None:
    assert deciding.needs_care(REPLACE, COVERED) and deciding.needs_care(TRANSFER, COVERED)
    nobody = replace(COVERED, care_running=False)
    assert deciding.needs_care(REPLACE, replace(nobody, care_named=True))
    with pytest.raises(CareNeeded):
        deciding.needs_care(REPLACE, nobody)
    with pytest.raises(CareNeeded):
        deciding.needs_care(TRANSFER, nobody)
    assert not deciding.needs_care(KEEP, nobody)
    assert not deciding.needs_care(REPLACE, replace(nobody, supported=False))
    assert not deciding.needs_care(REPLACE, replace(nobody, followed=True))


def test_the_removed_caregiver_does_not_stay_by_another_paper() -> None:
    with pytest.raises(CaredForByTheRemoved):
        deciding.needs_care(REPLACE, replace(COVERED, care_by_the_removed=True))
    with pytest.raises(RenewedMeanwhile):
        deciding.needs_care(REPLACE, replace(COVERED, renewed_with_same=True))


def test_the_caregivers_side_and_the_visitors_keep_out() -> None:
    deciding.aside(A, side={B}, visitors={B})
    with pytest.raises(OnCaregiversSide):
        deciding.aside(A, side={A}, visitors=())
    with pytest.raises(VisitsTheRecipient):
        deciding.aside(A, side=(), visitors={A})


# Handover and close


def test_a_list_is_whole_with_every_item_and_somebody_else() -> None:
    signed, waiting = case("successor_signed", decision="replace"), case("temporary_care", decision="replace")
    assert handover.whole(signed, ITEMS, supported=True)
    assert not handover.whole(signed, ITEMS[1:], supported=True)
    assert not handover.whole(waiting, ITEMS, supported=True)
    assert handover.whole(waiting, ITEMS, supported=False)
    assert handover.missing(ITEMS[2:]) == ITEMS[:2]


@pytest.mark.parametrize("status", STATUSES)
def test_things_are_handed_over_between_decision_and_end(status: Status) -> None:
    keys = Recorded(item="keys", done=True)
    if status in ("decided", "temporary_care", "successor_signed"):
        handover.record(case(status, decision="replace"), keys, ended_on=None)
    else:
        with pytest.raises(HandoverNotDue):
            handover.record(case(status, decision="replace"), keys, ended_on=None)
    with pytest.raises(HandoverNotDue):
        handover.record(case(status, decision="keep_with_reason"), keys, ended_on=None)


def test_the_fee_is_settled_when_the_agreement_has_ended_and_to_that_day() -> None:
    last = date(2026, 3, 2)
    fee = Recorded(item="fee_settled", done=True, settled_until=last, settled_yuan=0)
    gone = case("temporary_care", decision="replace")
    handover.record(gone, fee, ended_on=last)
    with pytest.raises(HandoverNotDue):
        handover.record(gone, fee, ended_on=None)
    with pytest.raises(FeeNotToTheDay):
        handover.record(gone, fee, ended_on=last + DAY)
    handover.record(gone, Recorded(item="fee_settled", done=False, note="无护理费"), ended_on=None)


def test_a_case_closes_when_nothing_is_left() -> None:
    closing.close(case("handed_over", decision="replace"), recorded=ITEMS, ended_by_this=True)
    closing.close(case("decided", decision="replace"), recorded=(), ended_by_this=False)
    with pytest.raises(HandoverNotWhole):
        closing.close(case("decided", decision="replace"), recorded=(), ended_by_this=True)
    with pytest.raises(HandoverNotWhole):
        closing.close(case("successor_signed", decision="replace"), recorded=ITEMS[1:], ended_by_this=True)
    with pytest.raises(NotKept):
        closing.close(case("decided", decision="keep_with_reason"), recorded=(), ended_by_this=False)
    with pytest.raises(CaseSettled):
        closing.close(case("handed_over", flagged_at=AT), recorded=ITEMS, ended_by_this=True)
    closing.close(case("handed_over", flagged_at=AT, flag_reviewed_at=AT), recorded=ITEMS, ended_by_this=True)


def test_a_successor_is_another_caregivers_agreement_in_force_for_the_same_person() -> None:
    gone = case("temporary_care", decision="replace")
    right = {"same_recipient": True, "active": True, "same_caregiver": False}
    closing.follow(gone, **right)
    for wrong in ({"same_recipient": False}, {"active": False}, {"same_caregiver": True}):
        with pytest.raises(NotASuccessor):
            closing.follow(gone, **(right | wrong))
    with pytest.raises(NotASuccessor):
        closing.follow(case("decided", decision="keep_with_reason"), **right)


def test_the_district_looks_at_a_decision_to_keep_once() -> None:
    closing.look_at_keep(case("decided", decision="keep_with_reason"))
    for other in (case("decided", decision="replace"), case("closed", decision="keep_with_reason"), case()):
        with pytest.raises(NotKept):
            closing.look_at_keep(other)


def test_a_flag_is_reviewed_once_and_again_when_more_falls_away() -> None:
    closing.review(case("decided", flagged_at=AT))
    closing.review(case("closed", flagged_at=AT + DAY, flag_reviewed_at=AT))
    for other in (case("decided"), case("decided", flagged_at=AT, flag_reviewed_at=AT + DAY), case(flagged_at=AT)):
        with pytest.raises(NotFlagged):
            closing.review(other)
