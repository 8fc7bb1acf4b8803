"""How a slot is judged when its time is up, and what a report makes of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest

from recipients.absence import Absence
from visits.lifecycle import MOVES, Around, Logged, LogTerms, Status, Visit, after_log, judge, log
from visits.report import LABELS, Hazard, Report, Severity

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
DUE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
WORKER, COLLEAGUE, FORMER = UUID(int=1), UUID(int=2), UUID(int=3)

VISIT = Visit(
    id=UUID(int=10),
    status="open",
    reason="plan",
    risk="general",
    covers_from=DUE - 30 * DAY,
    opens_at=DUE - 7 * DAY,
    due_at=DUE,
    missed_after=DUE + 3 * DAY,
    worker_id=WORKER,
    planned_worker_id=WORKER,
)
TERMS = LogTerms(late_after=DAY, confirmed_after=3 * DAY, remote_one_in=2)
MADE = Report(
    outcome="made", method="door", made_at=DUE - DAY, identified_by="known_personally", all_normal=True, hazards=()
)
NOT_MET = Report(outcome="not_met", method="door", made_at=DUE - DAY, tried=("knock",))


def absence(starts_at: datetime, ends_at: datetime, **known: Any) -> Absence:
    confirmed = {"confirmed_by": COLLEAGUE, "confirmed_at": starts_at, "confirmed_how": "relative"}
    return Absence(
        **{
            "id": UUID(int=20),
            "kind": "away",
            "starts_at": starts_at,
            "ends_at": ends_at,
            "reported_by": WORKER,
            "reported_at": starts_at,
            **confirmed,
            **known,
        }
    )


def judged(*absences: Absence, visit: Visit = VISIT, seen: datetime | None = DUE + HOUR, phone: bool = True) -> str:
    return judge(visit, absences=absences, has_phone=phone, phone_seen_at=seen).status


def test_nothing_leaves_cancelled() -> None:
    assert MOVES["cancelled"] == frozenset()


def test_every_state_has_its_moves() -> None:
    assert set(MOVES) == set(get_args(Status)) and frozenset().union(*MOVES.values()) <= set(MOVES)


def test_missed_can_only_become_made() -> None:
    assert MOVES["missed"] == {"made"}


@pytest.mark.parametrize(
    ("status", "now", "shown"),
    [
        ("open", DUE - 8 * DAY, "scheduled"),
        ("open", DUE - 7 * DAY, "due"),
        ("open", DUE + 9 * DAY, "due"),
        ("missed", DUE, "missed"),
        ("excused", DUE, "excused"),
    ],
)
def test_time_alone_turns_scheduled_into_due(status: Any, now: datetime, shown: str) -> None:
    assert replace(VISIT, status=status).shown(now) == shown


def test_a_phone_that_spoke_and_brought_nothing_means_missed() -> None:
    assert judged(seen=DUE) == "missed"


@pytest.mark.parametrize("seen", [None, DUE - timedelta(seconds=1)])
def test_a_silent_phone_means_not_known(seen: datetime | None) -> None:
    assert judged(seen=seen) == "not_known"


def test_without_a_phone_nothing_can_arrive_late_by_itself() -> None:
    assert judged(seen=None, phone=False) == "missed"


def test_a_visit_without_a_worker_is_missed() -> None:
    assert judged(visit=replace(VISIT, worker_id=None), seen=None) == "missed"


def test_a_confirmed_absence_from_due_to_the_end_of_grace_excuses() -> None:
    assert judged(absence(DUE - DAY, DUE + 10 * DAY)) == "excused"


def test_an_absence_nobody_confirmed_excuses_nothing() -> None:
    told = absence(DUE - DAY, DUE + 10 * DAY, confirmed_by=None, confirmed_at=None, confirmed_how=None)
    assert judged(told) == "missed"


def test_an_absence_confirmed_after_the_window_excuses_nothing() -> None:
    assert judged(absence(DUE - DAY, DUE + 10 * DAY, confirmed_at=DUE + 4 * DAY)) == "missed"


def test_an_absence_that_began_after_the_visit_was_due_excuses_nothing() -> None:
    assert judged(absence(DUE + DAY, DUE + 10 * DAY)) == "missed"


def test_an_absence_over_before_the_end_of_grace_excuses_nothing() -> None:
    assert judged(absence(DUE - DAY, DUE + 2 * DAY)) == "missed"


def test_an_absence_ended_early_excuses_nothing_afterwards() -> None:
    ended = absence(DUE - DAY, DUE + 10 * DAY, ended_by=WORKER, ended_at=DUE + DAY)
    assert judged(ended) == "missed"


def test_absences_are_layered_and_hand_over_to_each_other() -> None:
    away, hospital = absence(DUE - DAY, DUE + DAY), absence(DUE, DUE + 10 * DAY, kind="in_hospital")
    assert judged(away, hospital) == "excused"
    assert judged(away, replace(hospital, starts_at=DUE + DAY + HOUR)) == "missed"


def test_ending_one_absence_does_not_lift_another() -> None:
    ended = absence(DUE - DAY, DUE + 10 * DAY, ended_by=WORKER, ended_at=DUE - HOUR)
    assert judged(ended, absence(DUE - DAY, DUE + 5 * DAY)) == "excused"


def logged(
    visit: Visit = VISIT,
    report: Report = MADE,
    around: Around | None = None,
    by: UUID = WORKER,
    logged_at: datetime = DUE - DAY + HOUR,
) -> Logged:
    return log(visit, report, around or Around(), TERMS, by=by, logged_at=logged_at)


def test_a_visit_in_time_is_made() -> None:
    assert logged() == Logged(labels=(), settles=(VISIT.id,), contact=True, alerts=())


@pytest.mark.parametrize("status", ["open", "missed", "not_known", "excused"])
def test_evidence_within_the_window_settles_the_past(status: Any) -> None:
    visit = replace(VISIT, status=status)
    assert after_log(visit, logged(visit, logged_at=DUE + 6 * DAY)) == "made"


@pytest.mark.parametrize(
    ("after", "labels"),
    [
        (DAY, ()),
        (DAY + HOUR, ("late",)),
        (3 * DAY, ("late",)),
        (3 * DAY + HOUR, ("late", "late_to_confirm")),
    ],
)
def test_a_late_entry_is_marked_and_after_three_days_confirmed(after: timedelta, labels: tuple[str, ...]) -> None:
    found = logged(logged_at=MADE.made_at + after)
    assert found.labels == labels and found.settles == (VISIT.id,)
    assert found.alerts == (("late_entry",) if "late_to_confirm" in labels else ())


@pytest.mark.parametrize(
    ("made_at", "label"),
    [(DUE - 8 * DAY, "early"), (DUE + 3 * DAY + HOUR, "after_window")],
)
def test_evidence_outside_the_window_is_kept_and_settles_nothing(made_at: datetime, label: str) -> None:
    found = logged(replace(VISIT, status="missed"), replace(MADE, made_at=made_at), logged_at=made_at)
    assert found == Logged(labels=(label,), settles=(), contact=True, alerts=())


@pytest.mark.parametrize("made_at", [VISIT.opens_at, VISIT.missed_after])
def test_the_window_includes_its_ends(made_at: datetime) -> None:
    assert logged(report=replace(MADE, made_at=made_at), logged_at=made_at).settles == (VISIT.id,)


def test_evidence_too_late_for_one_slot_makes_the_next() -> None:
    missed = replace(VISIT, status="missed")
    following = replace(
        VISIT, id=UUID(int=11), opens_at=DUE + 23 * DAY, due_at=DUE + 30 * DAY, missed_after=DUE + 33 * DAY
    )
    report = replace(MADE, made_at=DUE + 24 * DAY)
    found = logged(missed, report, Around(others=(following,)), logged_at=report.made_at)
    assert found.settles == (following.id,) and found.labels == ("after_window", "counts_for_another")
    assert after_log(missed, found) == "missed"


def test_one_visit_to_the_door_also_makes_the_return_check() -> None:
    check = replace(VISIT, id=UUID(int=12), reason="return_check")
    assert set(logged(around=Around(others=(check,))).settles) == {VISIT.id, check.id}


def test_one_visit_makes_only_one_slot_of_a_plan() -> None:
    following = replace(VISIT, id=UUID(int=11))
    assert logged(around=Around(others=(following,))).settles == (VISIT.id,)


def test_a_further_report_on_a_made_visit_is_kept_and_counted_once() -> None:
    made = replace(VISIT, status="made", report_id=UUID(int=30))
    found = logged(made, by=COLLEAGUE, around=Around(others=(replace(VISIT, id=UUID(int=11)),)))
    assert found.labels == ("cover", "additional") and found.settles == ()


@pytest.mark.parametrize(
    ("visit", "by", "on_paper_by", "labels"),
    [
        (VISIT, WORKER, None, ()),
        (VISIT, COLLEAGUE, None, ("cover",)),
        (replace(VISIT, planned_worker_id=FORMER), FORMER, None, ("former_worker",)),
        (VISIT, COLLEAGUE, "王秀兰", ("paper",)),
    ],
)
def test_who_came_is_labelled(visit: Visit, by: UUID, on_paper_by: str | None, labels: tuple[str, ...]) -> None:
    assert logged(visit, replace(MADE, on_paper_by=on_paper_by), by=by).labels == labels


@pytest.mark.parametrize("method", ["phone", "video"])
def test_a_second_remote_contact_in_a_row_makes_no_visit(method: Any) -> None:
    report = replace(MADE, method=method)
    assert logged(report=report, around=Around(remote_before=(False, True))).settles == (VISIT.id,)
    found = logged(report=report, around=Around(remote_before=(True, False)))
    assert found == Logged(labels=("remote_excess",), settles=(), contact=True, alerts=())


def test_a_stricter_district_allows_one_remote_contact_in_three() -> None:
    strict = replace(TERMS, remote_one_in=3)
    around = Around(remote_before=(False, True))
    found = log(VISIT, replace(MADE, method="phone"), around, strict, by=WORKER, logged_at=DUE)
    assert found.labels == ("remote_excess",)


def test_the_first_contact_may_be_remote() -> None:
    assert logged(report=replace(MADE, method="phone")).settles == (VISIT.id,)


def test_high_risk_is_seen_at_the_door() -> None:
    found = logged(replace(VISIT, risk="high"), replace(MADE, method="video"))
    assert found.labels == ("door_needed",) and found.settles == () and found.contact


def test_a_person_not_identified_was_not_visited() -> None:
    found = logged(report=replace(MADE, identified_by="not_confirmed"))
    assert found == Logged(
        labels=("identity_unconfirmed",), settles=(), contact=False, alerts=("identity_not_confirmed",)
    )


@pytest.mark.parametrize(
    ("severity", "removed_now", "told"),
    [("critical", False, True), ("critical", True, False), ("serious", False, False)],
)
def test_a_critical_hazard_left_behind_alerts_at_once(severity: Severity, removed_now: bool, told: bool) -> None:
    hazard = Hazard(block="safety", severity=severity, what="煤气漏气", removed_now=removed_now)
    found = logged(report=replace(MADE, all_normal=False, hazards=(hazard,)))
    assert ("critical_hazard" in found.alerts) is told
    assert found.settles == (VISIT.id,)


def test_an_unanswered_door_is_no_visit_and_alerts_at_once() -> None:
    found = logged(report=NOT_MET)
    assert found == Logged(labels=(), settles=(), contact=False, alerts=("door_unanswered",))
    assert after_log(VISIT, found) == "open"


def test_an_unanswered_door_before_a_contact_already_known_alerts_nobody() -> None:
    found = logged(report=NOT_MET, around=Around(seen_after=True))
    assert found.labels == ("overtaken",) and found.alerts == ()


def test_a_visit_is_never_made_by_evidence_outside_its_window_or_by_nobody_met() -> None:
    moments = [DUE + step * 12 * HOUR for step in range(-80, 20)]
    statuses: list[Any] = ["open", "missed", "not_known", "excused", "made"]
    for made_at, status, report in product(moments, statuses, [MADE, NOT_MET]):
        visit = replace(VISIT, status=status)
        found = logged(visit, replace(report, made_at=made_at), logged_at=made_at)
        if visit.id in found.settles:
            assert visit.holds(made_at) and report is MADE and "made" in MOVES[visit.status]


def test_every_label_has_a_name() -> None:
    given = {"cover", "former_worker", "paper", "late", "late_to_confirm", "identity_unconfirmed", "door_needed"}
    given |= {"remote_excess", "early", "after_window", "additional", "overtaken", "counts_for_another", "amendment"}
    assert given | {"implausible_time", "revoked_phone", "visit_cancelled"} == set(LABELS)


def test_a_phone_that_has_more_to_send_has_not_brought_nothing() -> None:
    told = judge(VISIT, absences=(), has_phone=True, phone_seen_at=DUE + HOUR, more_to_send=True)
    assert (told.status, told.why) == ("not_known", "more_to_send")
