"""Who may be told of a confidential alert, how the ladder goes past the others, and what a deed alone ends."""

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.duty import Duty
from accounts.permissions import Role
from alerts import lifecycle
from alerts.canary import journal_area
from alerts.confidential import HANDLERS, may_be_told
from alerts.kinds import KINDS
from alerts.ladder import among, climb
from alerts.lifecycle import EVIDENCE_OUTCOMES, EndsByDeed, outcome_name
from alerts.notices import of_firing
from tests.an_alert import CALENDAR, FALLBACK, LEADER, NOW, OFFICER, SPECIALIST, VILLAGE, WORKER, alert, people

EVERYBODY = (WORKER, SPECIALIST, LEADER, OFFICER)
HANDLING = frozenset({SPECIALIST, LEADER, OFFICER})
SECRET = alert(kind="abuse_suspected", confidential=True, barred_ids=frozenset({SPECIALIST}))


def test_from_the_township_upward_people_handle_it() -> None:
    assert {Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT} == HANDLERS


def test_those_who_handle_it_are_told_and_nobody_barred() -> None:
    assert [one for one in EVERYBODY if may_be_told(one, SECRET, HANDLING)] == [LEADER, OFFICER]


def test_of_any_other_alert_everybody_may_hear() -> None:
    plain = alert(barred_ids=frozenset({SPECIALIST}))
    assert all(may_be_told(one, plain, frozenset()) for one in EVERYBODY)


def test_the_ladder_goes_past_them_as_if_they_were_absent() -> None:
    told = among(people(owner=[SPECIALIST]), lambda one: may_be_told(one, SECRET, HANDLING))
    absent = people(empty=(Duty.VILLAGE, Duty.TOWNSHIP_SPECIALIST), gone=(SPECIALIST,))
    assert climb(SECRET, told, CALENDAR, now=NOW) == climb(SECRET, absent, CALENDAR, now=NOW)


def test_who_let_it_expire_and_is_barred_is_not_reminded() -> None:
    expired = alert(
        kind="abuse_suspected",
        confidential=True,
        barred_ids=frozenset({SPECIALIST}),
        status="acknowledged",
        acknowledged_by=SPECIALIST,
        acknowledged_at=NOW - timedelta(hours=4),
        acknowledged_until=NOW,
        rung=1,
    )
    firings = climb(expired, among(people(), lambda one: one != SPECIALIST), CALENDAR, now=NOW).firings
    assert [answer.account_id for firing in firings for answer in firing.told] == [LEADER]


def test_the_last_rung_asks_only_those_left_of_the_office() -> None:
    nobody = among(people(empty=tuple(Duty)), lambda one: one == FALLBACK[1])
    firings = climb(SECRET, nobody, CALENDAR, now=NOW).firings
    assert [answer.account_id for answer in firings[-1].told] == [FALLBACK[1]]


def test_its_notices_and_its_lines_name_no_place() -> None:
    firing = climb(SECRET, people(), CALENDAR, now=NOW).firings[0]
    assert [one.area_id for one in of_firing(SECRET, firing, CALENDAR, now=NOW)] == [None]
    assert journal_area("abuse_suspected", VILLAGE, confidential=True) is None
    assert journal_area("visit_missed", VILLAGE) == VILLAGE


@pytest.mark.parametrize("kind", [kind for kind, one in KINDS.items() if one.by_deed])
@pytest.mark.parametrize("outcome", ["mistaken", "handed_over"])
def test_what_a_deed_ends_is_closed_by_nobodys_word_and_says_which_deed(kind: str, outcome: str) -> None:
    with pytest.raises(EndsByDeed) as refused:
        lifecycle.resolve(alert(kind=kind), by=UUID(int=99), outcome=outcome, note="已电话核实")
    assert KINDS[kind].deed in refused.value.detail


def test_one_word_may_end_two_kinds_of_things() -> None:
    assert outcome_name("handed_over", "handover_overdue") == "已完成交接"
    assert outcome_name("handed_over", "visit_missed") == "已移交其他部门"
    assert outcome_name("no word of ours", "visit_missed") == "no word of ours"


def test_every_deed_has_a_word() -> None:
    words = "covered arranged renewed ordered verified heard decided handed_over assessed withdrawn reported closed"
    assert set(words.split()) <= set(EVIDENCE_OUTCOMES)
