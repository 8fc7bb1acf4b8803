"""Assessments: periods, what visits and records are worth, the total, and who may move what."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.policy import Policy, with_changes
from accounts.policy_rows import Weights
from caregivers.assessment import lifecycle
from caregivers.assessment.lifecycle import MOVES, STATUSES, Assessment
from caregivers.assessment.periods import Period, completed
from caregivers.assessment.refusals import (
    AlreadyObjected,
    AlreadySettled,
    AssessmentCancelled,
    DecidedByAnother,
    InstrumentMissing,
    NoObjection,
    NothingToJudgeBy,
    NothingToObjectTo,
    NothingWithheld,
    NotSettled,
    ObjectionTooLate,
    OnTheCaregiversSide,
    ProxyReasonMissing,
    ReasonMissing,
    TooFewNeighbours,
)
from caregivers.assessment.scoring import Records, Seen, of_records, of_visits, total_of
from core.errors import Refusal
from core.ids import new_id
from tests.cast import NOW

POLICY = Policy.default()
BY, OTHER, COUSIN = new_id(), new_id(), new_id()
SIDE = frozenset({COUSIN})
DAY = timedelta(days=1)


def period(first: date, last: date) -> Period:
    return Period(from_on=first, to_on=last)


Q1 = period(date(2026, 1, 1), date(2026, 3, 31))


def periods_of(since: date, until: date, today: date, every: int = 3) -> list[tuple[date, date]]:
    found = completed(since=since, until=until, every_months=every, today=today)
    return [(one.from_on, one.to_on) for one in found]


def test_a_period_ends_with_the_calendars_quarter() -> None:
    found = periods_of(date(2026, 1, 1), date(2026, 12, 31), date(2026, 7, 2))
    assert found == [(date(2026, 1, 1), date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 6, 30))]


def test_a_period_is_over_only_after_its_last_day() -> None:
    assert periods_of(date(2026, 1, 1), date(2026, 12, 31), date(2026, 3, 31)) == []
    assert len(periods_of(date(2026, 1, 1), date(2026, 12, 31), date(2026, 4, 1))) == 1


def test_the_first_part_without_a_whole_month_is_added_to_the_period_that_follows() -> None:
    assert periods_of(date(2026, 3, 2), date(2027, 3, 1), date(2026, 4, 5)) == []
    assert periods_of(date(2026, 3, 2), date(2027, 3, 1), date(2026, 7, 1)) == [(date(2026, 3, 2), date(2026, 6, 30))]
    assert periods_of(date(2026, 2, 15), date(2027, 2, 14), date(2026, 4, 1)) == [
        (date(2026, 2, 15), date(2026, 3, 31))
    ]


def test_the_last_period_ends_with_the_agreement_and_a_part_without_a_whole_month_is_not_assessed() -> None:
    assert periods_of(date(2026, 1, 1), date(2026, 5, 10), date(2026, 8, 1)) == [
        (date(2026, 1, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 5, 10)),
    ]
    assert periods_of(date(2026, 1, 1), date(2026, 4, 10), date(2026, 8, 1)) == [(date(2026, 1, 1), date(2026, 3, 31))]
    assert periods_of(date(2026, 3, 2), date(2026, 3, 30), date(2026, 8, 1)) == []


def test_a_changed_interval_goes_on_from_the_day_after_the_last_period() -> None:
    assert periods_of(date(2026, 4, 1), date(2026, 12, 31), date(2026, 7, 1), every=6) == [
        (date(2026, 4, 1), date(2026, 6, 30))
    ]


def test_a_period_is_called_as_people_call_it() -> None:
    assert str(Q1) == "2026年第1季度"
    assert str(period(date(2026, 1, 12), date(2026, 3, 31))) == "2026年1月12日至2026年3月31日"
    assert str(period(date(2026, 1, 1), date(2026, 6, 30))) == "2026年1月1日至2026年6月30日"


DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


@given(since=DAYS, length=st.integers(0, 900), every=st.integers(1, 24), today=DAYS)
def test_periods_follow_each_other_without_gap_and_each_holds_a_whole_month(
    since: date, length: int, every: int, today: date
) -> None:
    until = since + length * DAY
    found = completed(since=since, until=until, every_months=every, today=today)
    expected = since
    for one in found:
        assert one.from_on == expected
        assert one.from_on <= one.to_on <= until and one.to_on < today
        assert any((one.from_on + n * DAY).day == 1 for n in range((one.to_on - one.from_on).days + 1))
        assert (one.to_on + DAY).day == 1 or one.to_on == until
        expected = one.to_on + DAY


def test_each_occasion_counts_once() -> None:
    scored = of_visits(Seen(made=12, fine=10, hazards=1, failed_cycles=1))
    assert scored.score == 71  # 10 of 14
    for said in ("探访12次", "10次", "隐患1项", "整改不合格1次", "71分"):
        assert said in scored.reason


def test_without_any_visit_or_finding_the_instrument_has_nothing_to_say() -> None:
    scored = of_visits(Seen(made=0, fine=0, hazards=0, failed_cycles=0))
    assert scored.score is None and "本项不计" in scored.reason
    assert of_visits(Seen(made=0, fine=0, hazards=2, failed_cycles=0)).score == 0


MONDAY = date(2026, 3, 2)


def records(attended: list[date], **changed: Any) -> Records:
    """Four weeks from Monday, 2 March, twice a week."""
    given: dict[str, Any] = {
        "responsible": frozenset(MONDAY + number * DAY for number in range(28)),
        "attended": attended,
        "late": 0,
        "per_week": 2,
        "orders": 0,
        "answered_in_time": 0,
    }
    return Records(**given | changed)


def test_attendance_is_counted_week_by_week() -> None:
    twice_a_week = [MONDAY + number * DAY for number in (0, 3, 7, 10, 14, 17, 21, 24)]
    assert of_records(records(twice_a_week)).score == 100
    all_in_one_week = [MONDAY + number * DAY for number in (0, 0, 1, 2, 3, 4, 5, 6)]
    assert of_records(records(all_in_one_week)).score == 25


def test_twice_on_one_day_is_once_where_policy_asks_for_less_than_daily() -> None:
    assert of_records(records([MONDAY, MONDAY])).score == 13  # 1 of 8
    assert of_records(records([MONDAY, MONDAY], per_week=14)).score == 4  # 2 of 56


def test_days_that_were_not_theirs_ask_for_no_attendance() -> None:
    first_week = frozenset(MONDAY + number * DAY for number in range(7))
    assert of_records(records([MONDAY, MONDAY + DAY], responsible=first_week)).score == 100
    nothing = of_records(records([], responsible=frozenset()))
    assert nothing.score is None and "本项不计" in nothing.reason


def test_orders_answered_in_time_count_beside_attendance() -> None:
    twice_a_week = [MONDAY + number * DAY for number in (0, 3, 7, 10, 14, 17, 21, 24)]
    scored = of_records(records(twice_a_week, orders=2, answered_in_time=1, late=3))
    assert scored.score == 90
    assert "整改通知2份，按期答复1份" in scored.reason and "补录3次" in scored.reason


WEIGHTS = POLICY.caregivers.weights


def test_the_total_is_the_weighted_mean_with_half_a_point_rounded_up() -> None:
    found = total_of({"recipient": 50, "neighbours": 60, "visits": 75, "records": 80}, WEIGHTS)
    assert found and found.total == 63  # 20 + 12 + 22.5 + 8 = 62.5
    assert found.weights == {"recipient": 40, "neighbours": 20, "visits": 30, "records": 10}


def test_the_weight_of_an_instrument_without_evidence_goes_to_the_others() -> None:
    found = total_of({"recipient": 80, "neighbours": 50, "visits": None, "records": None}, WEIGHTS)
    assert found and found.total == 70
    assert found.weights == {"recipient": 40, "neighbours": 20, "visits": 0, "records": 0}
    only_visits = Weights(recipient=0, neighbours=0, visits=100, records=0)
    assert total_of({"recipient": 80, "neighbours": 50, "visits": None, "records": None}, only_visits) is None


def due(**changed: Any) -> Assessment:
    given: dict[str, Any] = {
        "id": new_id(),
        "agreement_id": new_id(),
        "recipient_id": new_id(),
        "caregiver_id": new_id(),
        "area_id": 1,
        "district_id": 2,
        "period": Q1,
        "status": "due",
        "policy_id": None,
        "due_at": NOW,
        "recipient_score": 80,
        "neighbours_score": 80,
        "neighbours_asked": 2,
    }
    return Assessment(**given | changed)


def unqualified(**changed: Any) -> Assessment:
    given: dict[str, Any] = {
        "status": "settled",
        "total": 40,
        "qualified": False,
        "withholds": True,
        "settled_by": OTHER,
        "objection_until": NOW + DAY,
    }
    return due(**given | changed)


SEEN = Seen(made=4, fine=4, hazards=0, failed_cycles=0)
RECORDS = records([MONDAY + number * DAY for number in (0, 3, 7, 10, 14, 17, 21, 24)])


def settle(one: Assessment, policy: Policy = POLICY, by: UUID = BY, seen: Seen = SEEN) -> lifecycle.Result:
    return lifecycle.settle(one, seen=seen, records=RECORDS, policy=policy, by=by, side=SIDE)


def test_below_the_line_the_period_is_unqualified_and_withholds_as_policy_says() -> None:
    assert (settle(due()).qualified, settle(due()).withholds) == (True, False)
    low = due(recipient_score=20, neighbours_score=30)
    assert settle(low).total == 54
    assert (settle(low).qualified, settle(low).withholds) == (False, True)
    lenient = with_changes(POLICY, {"fees": {"withheld_while_unqualified": False}})
    assert (settle(low, lenient).qualified, settle(low, lenient).withholds) == (False, False)
    assert settle(low, with_changes(POLICY, {"caregivers": {"qualified_from": 54}})).qualified


def test_nothing_is_settled_before_recipient_and_neighbours_were_asked() -> None:
    with pytest.raises(InstrumentMissing, match="对象"):
        settle(due(recipient_score=None))
    with pytest.raises(InstrumentMissing, match="邻里"):
        settle(due(neighbours_score=None, neighbours_asked=None))
    with pytest.raises(InstrumentMissing, match="3 户"):
        settle(due(), with_changes(POLICY, {"caregivers": {"neighbours_asked_at_least": 3}}))
    nobody_near = with_changes(POLICY, {"caregivers": {"neighbours_asked_at_least": 0}})
    assert settle(due(neighbours_score=None, neighbours_asked=None), nobody_near).weights["neighbours"] == 0


def test_where_nothing_with_a_weight_has_anything_to_say_nobody_is_judged() -> None:
    weights = {"recipient": 0, "neighbours": 0, "visits": 100, "records": 0}
    only_visits = with_changes(POLICY, {"caregivers": {"weights": weights}})
    with pytest.raises(NothingToJudgeBy):
        settle(due(), only_visits, seen=Seen(made=0, fine=0, hazards=0, failed_cycles=0))


def test_nobody_on_the_caregivers_side_asks_settles_decides_or_releases() -> None:
    acts: list[Callable[[], object]] = [
        lambda: lifecycle.ask_recipient(due(), how="voice", proxy_reason=None, by=COUSIN, side=SIDE),
        lambda: lifecycle.ask_neighbours(due(), asked=5, policy=POLICY, by=COUSIN, side=SIDE),
        lambda: settle(due(), by=COUSIN),
        lambda: lifecycle.decide_objection(unqualified(status="objected"), reason="理由", by=COUSIN, side=SIDE),
        lambda: lifecycle.mark_rectified(unqualified(), evidence="已整改", by=COUSIN, side=SIDE),
    ]
    for act in acts:
        with pytest.raises(OnTheCaregiversSide):
            act()


def test_a_proxy_speaks_with_a_reason_and_neighbours_are_enough() -> None:
    with pytest.raises(ProxyReasonMissing):
        lifecycle.ask_recipient(due(), how="proxy", proxy_reason="  ", by=BY, side=SIDE)
    lifecycle.ask_recipient(due(), how="proxy", proxy_reason="失语，由其姐代答", by=BY, side=SIDE)
    with pytest.raises(TooFewNeighbours, match="2 户"):
        lifecycle.ask_neighbours(due(), asked=1, policy=POLICY, by=BY, side=SIDE)


def test_an_objection_has_its_time_and_its_reason() -> None:
    lifecycle.object_to(unqualified(), text="记录有误", possible=True, now=NOW)
    refused: list[tuple[Assessment, str, bool, type[Refusal]]] = [
        (unqualified(objection_until=NOW), "记录有误", True, ObjectionTooLate),
        (unqualified(), "记录有误", False, ObjectionTooLate),
        (unqualified(status="final"), "记录有误", True, ObjectionTooLate),
        (unqualified(status="objected"), "记录有误", True, AlreadyObjected),
        (due(), "记录有误", True, NotSettled),
        (unqualified(qualified=True, withholds=False), "记录有误", True, NothingToObjectTo),
        (unqualified(), " ", True, ReasonMissing),
    ]
    for one, text, possible, refusal in refused:
        with pytest.raises(refusal):
            lifecycle.object_to(one, text=text, possible=possible, now=NOW)


def test_an_objection_is_decided_by_another_than_who_settled() -> None:
    objected = unqualified(status="objected")
    with pytest.raises(DecidedByAnother):
        lifecycle.decide_objection(objected, reason="理由", by=OTHER, side=SIDE)
    with pytest.raises(ReasonMissing):
        lifecycle.decide_objection(objected, reason="", by=BY, side=SIDE)
    with pytest.raises(NoObjection):
        lifecycle.decide_objection(unqualified(), reason="理由", by=BY, side=SIDE)
    lifecycle.decide_objection(objected, reason="理由", by=BY, side=SIDE)


def test_only_what_is_withheld_is_released_and_once() -> None:
    lifecycle.mark_rectified(unqualified(status="final"), evidence="已整改", by=BY, side=SIDE)
    for one in (unqualified(withholds=False), unqualified(rectified_at=NOW)):
        with pytest.raises(NothingWithheld):
            lifecycle.mark_rectified(one, evidence="已整改", by=BY, side=SIDE)
    with pytest.raises(NotSettled):
        lifecycle.mark_rectified(due(), evidence="已整改", by=BY, side=SIDE)


def test_every_move_that_is_not_in_the_table_is_refused() -> None:
    for status in STATUSES:
        for verb in {verb for _, verb in MOVES}:
            if (status, verb) in MOVES:
                assert lifecycle.move(status, verb) == MOVES[status, verb]
            else:
                with pytest.raises(Refusal):
                    lifecycle.move(status, verb)
    with pytest.raises(AssessmentCancelled):
        settle(due(status="cancelled"))
    with pytest.raises(AlreadySettled):
        settle(unqualified())


def test_nothing_leads_out_of_final() -> None:
    assert {after for (status, _), after in MOVES.items() if status == "final"} == {"final"}
