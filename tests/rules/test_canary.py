"""The canary's rule: how far it came, and when its silence counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from accounts.calendar import WorkCalendar
from accounts.duty import Duty
from accounts.policy import Policy
from alerts.canary import CANARY, CANARY_ACCOUNT, PEOPLE, journal_area
from alerts.ladder import climb
from alerts.opening import NewAlert, Terms, opened
from visits.canary import HEARD_WITHIN, MISSING, Flight, judge, nobody_of

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
ARRIVED = Flight(visit_id=UUID(int=1), district_id=3, flown_at=NOW, judged=True, alerted=True, fired=True, told=True)


def test_a_canary_that_went_the_whole_way_is_heard_however_late() -> None:
    assert judge(ARRIVED, now=NOW) == "heard"
    assert judge(ARRIVED, now=NOW + timedelta(days=1)) == "heard"


@pytest.mark.parametrize("step", list(MISSING))
def test_a_canary_that_missed_any_step_flies_for_its_time_and_then_is_silent(step: str) -> None:
    stuck = replace(ARRIVED, **{step: False})  # type: ignore[arg-type]
    assert stuck.stopped_at == step
    assert judge(stuck, now=NOW + HEARD_WITHIN - timedelta(seconds=1)) == "flying"
    assert judge(stuck, now=NOW + HEARD_WITHIN) == "silent"


def test_the_first_step_missing_is_the_one_that_is_told() -> None:
    nowhere = replace(ARRIVED, judged=False, alerted=False, fired=False, told=False)
    assert nowhere.stopped_at == "judged"


def test_each_district_has_its_own_nobody_and_always_the_same() -> None:
    assert nobody_of(3) == nobody_of(3)
    assert nobody_of(3) != nobody_of(4)


def test_its_ladder_has_one_rung_and_that_tells_no_person() -> None:
    new = NewAlert(occurrence="visit_missed:1", kind=CANARY, risk="general", area_id=3, district_id=3)
    terms = Terms(alerts=Policy.default().alerts, version=1, document_number="")
    alert = opened(new, terms, WorkCalendar(), id=UUID(int=2), now=NOW)
    assert [rung.duty for rung in alert.ladder.rungs] == [Duty.DISTRICT]
    assert alert.severity == "general"
    fired = climb(alert, PEOPLE, WorkCalendar(), now=NOW)
    assert [[answer.account_id for answer in firing.told] for firing in fired.firings] == [[CANARY_ACCOUNT]]
    assert not any(firing.gap for firing in fired.firings)


def test_the_journal_of_a_place_is_not_filled_by_canaries() -> None:
    assert journal_area("canary", 3) is None
    assert journal_area("visit_missed", 3) == 3
