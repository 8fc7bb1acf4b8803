"""Whom a campaign is for, and when it may run."""

from datetime import timedelta

import pytest

from core.errors import Refusal
from tests.cast import NOW
from visits.campaigns.choosing import (
    LONGEST,
    CampaignTooLong,
    Chosen,
    DeadlineBeforeOpening,
    DeadlineBehind,
    OpensBehind,
    check_times,
)

HOUR = timedelta(hours=1)


def takes(chosen: Chosen, **facts: object) -> bool:
    person = {"risk": "high", "categories": ["aged"], "self_care": "self", "living_alone": True, "areas": [3, 2, 1]}
    return chosen.takes(**person | facts)  # type: ignore[arg-type]


def test_a_filter_that_asks_nothing_takes_everybody() -> None:
    assert takes(Chosen())
    assert takes(Chosen(), risk="general", categories=[], living_alone=False)


@pytest.mark.parametrize(
    ("chosen", "other"),
    [
        (Chosen(risks=("high", "key")), {"risk": "general"}),
        (Chosen(categories=("aged", "minor")), {"categories": ["incapacity"]}),
        (Chosen(self_care=("self",)), {"self_care": "full"}),
        (Chosen(living_alone=True), {"living_alone": False}),
        (Chosen(area_ids=(2, 9)), {"areas": [4, 1]}),
    ],
)
def test_each_thing_asked_must_be_so(chosen: Chosen, other: dict[str, object]) -> None:
    assert takes(chosen)
    assert not takes(chosen, **other)


def test_all_things_asked_must_be_so_at_once() -> None:
    chosen = Chosen(risks=("high",), self_care=("full",))
    assert not takes(chosen)
    assert takes(chosen, self_care="full")


def test_a_campaign_runs_from_now_or_later_to_a_deadline_ahead() -> None:
    check_times(opens_at=NOW, deadline_at=NOW + HOUR, now=NOW)
    check_times(opens_at=NOW + HOUR, deadline_at=NOW + 2 * HOUR, now=NOW)


@pytest.mark.parametrize(
    ("opens", "deadline", "refused", "field"),
    [
        (-HOUR, HOUR, OpensBehind, "/opens_at"),
        (timedelta(), timedelta(), DeadlineBehind, "/deadline_at"),
        (2 * HOUR, HOUR, DeadlineBeforeOpening, "/deadline_at"),
        (timedelta(), LONGEST + HOUR, CampaignTooLong, "/deadline_at"),
    ],
)
def test_impossible_times_are_refused_with_the_field_at_fault(
    opens: timedelta, deadline: timedelta, refused: type[Refusal], field: str
) -> None:
    with pytest.raises(refused) as told:
        check_times(opens_at=NOW + opens, deadline_at=NOW + deadline, now=NOW)
    assert told.value.field == field
