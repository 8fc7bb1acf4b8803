"""The auditor's rule: nobody unseen for too long without somebody being told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from visits.cadence import Terms, slot, slots
from visits.contact import Person, forgotten, longest_gap

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
TERMS = Terms(every=7 * DAY, opens_before=3 * DAY, grace=timedelta())


def person(**known: Any) -> Person:
    return Person(recipient_id=UUID(int=1), **{"registered_at": NOW - 90 * DAY, **known})


@pytest.mark.parametrize(
    "comfort",
    [
        {"contact_at": NOW - 10 * DAY},
        {"registered_at": NOW - 10 * DAY},
        {"alert_next_at": NOW + DAY},
        {"alert_next_at": NOW - timedelta(seconds=90)},
        {"silenced_until": NOW + timedelta(minutes=1)},
        {"answered_at": NOW - timedelta(hours=23)},
    ],
)
def test_each_comfort_is_enough_alone(comfort: dict[str, Any]) -> None:
    assert not forgotten(person(**comfort), TERMS, now=NOW)


@pytest.mark.parametrize(
    "no_comfort",
    [
        {},
        {"contact_at": NOW - 12 * DAY},
        {"registered_at": NOW - 12 * DAY},
        {"alert_next_at": NOW - timedelta(minutes=3)},  # an alert the ladder no longer moves
        {"silenced_until": NOW - timedelta(minutes=1)},
        {"answered_at": NOW - timedelta(hours=25)},
    ],
)
def test_what_has_run_out_is_no_comfort(no_comfort: dict[str, Any]) -> None:
    assert forgotten(person(**no_comfort), TERMS, now=NOW)


@pytest.mark.parametrize(
    "terms",
    [
        TERMS,
        Terms(every=30 * DAY, opens_before=7 * DAY, grace=3 * DAY),
        Terms(every=timedelta(minutes=2), opens_before=timedelta(minutes=1), grace=timedelta(seconds=9)),
    ],
)
def test_who_is_visited_in_every_window_is_never_called_forgotten(terms: Terms) -> None:
    first, second = slots(terms, anchor_at=NOW, after=NOW, until=NOW + 2 * terms.every)
    assert second.missed_after - first.opens_at <= longest_gap(terms)


def test_a_person_planned_at_the_latest_day_is_seen_before_the_auditor_speaks() -> None:
    latest = slot(TERMS, NOW + TERMS.every + timedelta(hours=14))
    assert latest.missed_after < NOW + longest_gap(TERMS)
