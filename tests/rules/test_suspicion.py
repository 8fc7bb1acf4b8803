"""What the law asks of a suspicion, and what may be done with it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest

from caregivers.abuse import suspicion
from caregivers.abuse.refusals import (
    CaseClosed,
    FindingMissing,
    NothingSaid,
    ReferenceMissing,
    ReportedAlready,
    ReportFirst,
    SecondPersonNeeded,
    SeenAhead,
    WrongAuthority,
)
from caregivers.abuse.suspicion import MOVES, Authority, Case, Finding, Known, Status, Verb

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
JUDGE, VISITOR, WITNESS = UUID(int=1), UUID(int=2), UUID(int=3)


def case(**facts: Any) -> Case:
    known: dict[str, Any] = {
        "id": UUID(int=9),
        "recipient_id": UUID(int=8),
        "agreement_id": None,
        "district_id": 1,
        "status": "open",
        "minor": False,
        "without_capacity": False,
        "opened_at": NOW,
        "report_due_at": None,
        "reported_at": None,
        "retain_until": date(2036, 3, 2),
        "policy_id": None,
        "replacement_case_id": None,
        "visitor_id": VISITOR,
        "noticed_by": frozenset({WITNESS}),
    }
    return Case(**known | facts)


def known(**facts: Any) -> Known:
    return Known(**{"born_on": None, "categories": (), "conditions": (), **facts})


@pytest.mark.parametrize(
    ("facts", "minor"),
    [
        ({"born_on": date(2008, 3, 3)}, True),
        ({"born_on": date(2008, 3, 2)}, False),
        ({"born_on": date(1941, 5, 6), "categories": ("minor",)}, False),  # a birthday says more than a category
        ({"categories": ("minor",)}, True),
        ({"categories": ("aged",)}, False),
    ],
)
def test_a_minor_is_under_eighteen(facts: dict[str, Any], minor: bool) -> None:
    assert suspicion.is_minor(known(**facts), TODAY) is minor


def test_dementia_stands_for_a_lack_of_capacity_and_illness_does_not() -> None:
    assert suspicion.lacks_capacity(known(conditions=("dementia",)))
    assert not suspicion.lacks_capacity(known(conditions=("serious_illness",), categories=("incapacity",)))


def test_a_minors_report_is_due_now_whatever_else_is_true() -> None:
    later = NOW + timedelta(hours=1)
    asked = {
        (minor, other): suspicion.report_due(minor=minor, without_capacity=other, now=NOW, promptly=later)
        for minor in (True, False)
        for other in (True, False)
    }
    assert asked == {(True, True): NOW, (True, False): NOW, (False, True): later, (False, False): None}


def test_ten_years_are_never_a_day_short() -> None:
    assert suspicion.kept_until(date(2026, 3, 2), 10) == date(2036, 3, 3)
    assert suspicion.kept_until(date(2028, 2, 28), 10) == date(2038, 2, 28)
    assert suspicion.kept_until(date(2028, 2, 29), 10) == date(2038, 3, 1)


@pytest.mark.parametrize("what", ["", "  \n"])
def test_a_concern_says_something(what: str) -> None:
    with pytest.raises(NothingSaid):
        suspicion.say(what, made_at=NOW, now=NOW)


def test_nothing_is_noticed_in_the_future_but_for_a_clock_a_little_ahead() -> None:
    suspicion.say("伤痕", made_at=NOW + timedelta(minutes=10), now=NOW)
    with pytest.raises(SeenAhead):
        suspicion.say("伤痕", made_at=NOW + timedelta(minutes=11), now=NOW)


@pytest.mark.parametrize("authority", ["police", "civil_affairs", "education"])
def test_a_minors_report_goes_to_those_the_law_names(authority: Authority) -> None:
    suspicion.report(case(minor=True, report_due_at=NOW), authority=authority, reference="一号")


@pytest.mark.parametrize(
    ("facts", "authority"),
    [
        ({"minor": True, "report_due_at": NOW}, "other"),
        ({"minor": True, "report_due_at": NOW}, "procuratorate"),
        ({"without_capacity": True, "report_due_at": NOW}, "civil_affairs"),
    ],
)
def test_a_report_to_anybody_else_is_none(facts: dict[str, Any], authority: Authority) -> None:
    with pytest.raises(WrongAuthority):
        suspicion.report(case(**facts), authority=authority, reference="一号")


def test_where_the_law_names_nobody_any_authority_may_be_told() -> None:
    suspicion.report(case(), authority="other", reference="一号")


def test_a_report_has_a_reference_and_is_made_once() -> None:
    with pytest.raises(ReferenceMissing):
        suspicion.report(case(), authority="police", reference=" ")
    with pytest.raises(ReportedAlready):
        suspicion.report(case(reported_at=NOW), authority="police", reference="一号")
    with pytest.raises(CaseClosed):
        suspicion.report(case(status="unfounded"), authority="police", reference="一号")


@pytest.mark.parametrize("finding", ["substantiated", "unfounded"])
def test_no_finding_of_ones_own_stands_in_for_the_report(finding: Finding) -> None:
    waits = case(minor=True, report_due_at=NOW)
    with pytest.raises(ReportFirst):
        suspicion.close(waits, finding, found="查明", by=JUDGE)
    assert suspicion.close(replace(waits, reported_at=NOW), finding, found="查明", by=JUDGE) == finding


@pytest.mark.parametrize("by", [VISITOR, WITNESS])
def test_who_visits_or_noticed_judges_nothing(by: UUID) -> None:
    with pytest.raises(SecondPersonNeeded):
        suspicion.close(case(), "unfounded", found="查无实据", by=by)


def test_a_finding_says_what_was_found() -> None:
    with pytest.raises(FindingMissing):
        suspicion.close(case(), "unfounded", found=" ", by=JUDGE)


@pytest.mark.parametrize("status", ["substantiated", "unfounded"])
def test_nothing_leaves_a_closed_case(status: Status) -> None:
    assert not [verb for came, verb in MOVES if came == status]
    with pytest.raises(CaseClosed):
        suspicion.close(case(status=status), "substantiated", found="查明", by=JUDGE)


def test_every_verb_has_a_move_and_a_name() -> None:
    assert {verb for _, verb in MOVES} == set(get_args(Verb)) == set(suspicion.VERB_NAMES)
    assert set(MOVES.values()) == set(get_args(Status)) == set(suspicion.STATUS_NAMES)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({}, None),
        ({"replacement_case_id": UUID(int=5)}, None),  # opened by policy: no human need have looked
        ({"reported_at": NOW}, None),  # reported, and nobody else carries it on
        ({"reported_at": NOW, "replacement_case_id": UUID(int=5)}, "reported"),
        ({"status": "unfounded"}, "closed"),
        ({"status": "substantiated", "reported_at": NOW, "replacement_case_id": UUID(int=5)}, "closed"),
    ],
)
def test_the_alert_ends_when_somebody_has_acted_and_the_matter_is_carried_on(
    facts: dict[str, Any], outcome: str | None
) -> None:
    assert suspicion.alert_over(case(**facts)) == outcome
