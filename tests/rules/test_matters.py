"""Today's matters: life first, then what happens next; one subject once; each says what follows if nobody acts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from accounts.calendar import WorkCalendar
from accounts.duty import Duty
from alerts.kinds import KINDS
from caregivers.overview.matters import FAR, Item, because, coming, counted, fold, soon
from caregivers.overview.queries.branches import BRANCHES, TIER_OF_ALERT
from caregivers.overview.waiting import WAITING, if_nothing, opens_at, waiting
from tests.an_alert import NOW, alert

HOUR = timedelta(hours=1)


def item(number: int, **facts: Any) -> Item:
    known: dict[str, Any] = {
        "what": "order_due",
        "tier": 1,
        "moment": NOW + HOUR,
        "since": NOW - HOUR,
        "id": UUID(int=number),
        "root": UUID(int=number),
        "recipient_id": UUID(int=99),
        "area_id": 5,
        "severity": "serious",
    }
    return Item(**known | facts)


def places(*items: Item) -> list[int]:
    return [matter.head.id.int for matter in fold(items, items)]


def test_life_comes_before_whatever_is_due_earlier() -> None:
    assert places(item(1, moment=NOW), item(2, tier=0, moment=NOW + 9 * HOUR)) == [2, 1]


def test_then_comes_what_happens_next() -> None:
    assert places(item(1, moment=NOW + 2 * HOUR), item(2, moment=NOW + HOUR), item(3, moment=FAR)) == [2, 1, 3]


def test_of_two_at_one_moment_the_one_that_waited_longer_comes_first() -> None:
    assert places(item(1, since=NOW), item(2, since=NOW - 3 * HOUR)) == [2, 1]


def test_nothing_about_the_person_moves_a_matter() -> None:
    items = [item(number, moment=NOW + number * HOUR) for number in range(1, 6)]
    Random(7).shuffle(items)
    others = [replace(one, recipient_id=UUID(int=one.id.int + 50), area_id=one.id.int) for one in items]
    assert places(*items) == places(*others) == [1, 2, 3, 4, 5]


def test_an_alert_about_an_order_and_the_order_are_one_matter() -> None:
    order = item(1, root=UUID(int=7))
    told = item(2, root=UUID(int=7), what="rectification_overdue", moment=NOW)
    (matter,) = fold([order, told], [order, told])
    assert (matter.head, matter.also) == (told, (order,))


def test_a_subject_already_shown_on_an_earlier_page_is_not_shown_again() -> None:
    earlier, later = item(1, root=UUID(int=7), moment=NOW), item(2, root=UUID(int=7))
    assert fold([later], [earlier, later]) == []
    assert [matter.head for matter in fold([earlier], [earlier, later])] == [earlier]


def test_what_nothing_else_is_known_about_stands_for_itself() -> None:
    assert [matter.head.id.int for matter in fold([item(1)], [])] == [1]


def test_an_alert_says_when_and_to_whom_it_climbs() -> None:
    first = item(1, what="uncovered", alert=alert(rung=0), moment=NOW + HOUR)
    step = coming(first, opens_at_duty=None, now=NOW)
    assert step is not None
    assert (step.at, step.what, step.duty, step.rung) == (NOW + HOUR, "climbs", Duty.TOWNSHIP_SPECIALIST, 1)


@pytest.mark.parametrize(
    ("facts", "what", "duty"),
    [
        ({"rung": 3}, "repeats", Duty.DISTRICT),
        ({"rung": 1, "status": "acknowledged"}, "acknowledgement_expires", Duty.TOWNSHIP_LEADER),
        ({"rung": 1, "paused_until": NOW + HOUR}, "pause_ends", Duty.TOWNSHIP_LEADER),
        ({"rung": 1, "paused_until": NOW - HOUR}, "climbs", Duty.TOWNSHIP_LEADER),
    ],
)
def test_the_next_step_follows_from_where_the_alert_stands(facts: dict[str, Any], what: str, duty: Duty) -> None:
    step = coming(item(1, alert=alert(**facts)), opens_at_duty=None, now=NOW)
    assert step is not None
    assert (step.what, step.duty) == (what, duty)


def test_without_an_alert_the_first_step_is_that_it_opens() -> None:
    order = item(1)
    step = coming(order, opens_at_duty=opens_at(order.what), now=NOW)
    assert step is not None
    assert (step.what, step.duty, step.rung) == ("opens", Duty.TOWNSHIP_SPECIALIST, None)
    assert "整改逾期" in if_nothing(order, step, now=NOW) and "民政专干" in if_nothing(order, step, now=NOW)


def test_what_no_clock_moves_says_so() -> None:
    one = item(1, what="standing_to_confirm", moment=FAR)
    assert coming(one, opens_at_duty=opens_at(one.what), now=NOW) is None
    assert one.next_at is None
    assert if_nothing(one, None, now=NOW).startswith("不会自动升级。")


def test_each_place_is_explained() -> None:
    told = {because(item(1, tier=0)), because(item(1)), because(item(1, moment=FAR))}
    assert len(told) == 3


def test_a_friday_looks_ahead_to_the_end_of_monday() -> None:
    friday = datetime(2026, 3, 6, 4, 0, tzinfo=UTC)
    assert soon(friday, WorkCalendar()) == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    holiday = WorkCalendar(off=frozenset({date(2026, 3, 9)}))
    assert soon(friday, holiday) == datetime(2026, 3, 10, 16, 0, tzinfo=UTC)


def test_whatever_a_source_can_say_has_a_name_a_deed_and_a_consequence() -> None:
    said = {word for branch in BRANCHES[1:] for word in branch.what.split("'")[1::2]}
    words = {word for word in said if "_" in word and word not in ("overdue_at",)}
    assert words == set(WAITING)
    for what in (*WAITING, *KINDS):
        told = waiting(what)
        assert told.name and told.deed and told.consequence, what


def test_every_alert_of_care_has_a_consequence_of_its_own() -> None:
    unknown = waiting("no_such_kind").consequence
    silent = {kind for kind, about in KINDS.items() if about.by_deed and waiting(kind).consequence == unknown}
    assert silent == set()


def test_the_order_of_alerts_is_worded_as_in_their_index() -> None:
    from caregivers.piccolo_migrations.caregivers_0008_overview import STATEMENTS

    assert TIER_OF_ALERT.replace("a.", "") in STATEMENTS


def test_counts_leave_out_nought() -> None:
    assert counted({"order_due": 2, "late_report": 0, "hazard_open": 5}) == [("hazard_open", 5), ("order_due", 2)]
