"""The ladder never skips, doubles, silences or forgets: by example, and by a machine that tries everything."""

import os
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from accounts.calendar import WorkCalendar
from accounts.duty import Duty
from accounts.lengths import Length
from alerts import lifecycle
from alerts.alert import Alert
from alerts.ladder import Climb, after, climb
from tests.an_alert import (
    CALENDAR,
    FALLBACK,
    LEADER,
    NOW,
    OFFICER,
    SPECIALIST,
    WORKER,
    alert,
    answer,
    ladder,
    people,
)

HOUR = timedelta(hours=1)


def moved(before: Alert, climbed: Climb, now: datetime) -> Alert:
    """The alert after a climb, as the database keeps it."""
    after_firing: dict[str, Any] = {
        "fired_at": now,
        "acknowledged_by": None,
        "acknowledged_at": None,
        "acknowledged_until": None,
        "acknowledged_rank": None,
    }
    return replace(
        before,
        status=climbed.status,
        rung=climbed.rung,
        repeat=climbed.repeat,
        next_at=climbed.next_at,
        paused_until=None if climbed.resumed else before.paused_until,
        **(after_firing if climbed.firings else {}),
    )


def told(climbed: Climb) -> list[tuple[int, int, set[UUID]]]:
    return [(one.rung, one.repeat, {answer.account_id for answer in one.told}) for one in climbed.firings]


def test_the_first_rung_tells_the_owner_and_who_holds_the_village_duty() -> None:
    owner = UUID(int=99)
    climbed = climb(alert(), people(owner=[owner]), CALENDAR, now=NOW)
    assert told(climbed) == [(0, 0, {owner, WORKER})]
    assert climbed.next_at == NOW + 2 * HOUR


def test_an_owner_who_holds_the_duty_is_told_once() -> None:
    climbed = climb(alert(), people(owner=[WORKER]), CALENDAR, now=NOW)
    assert [one.account_id for one in climbed.firings[0].told] == [WORKER]


def test_later_rungs_do_not_tell_the_owner_again() -> None:
    climbed = climb(alert(rung=0), people(owner=[UUID(int=99)]), CALENDAR, now=NOW)
    assert told(climbed) == [(1, 0, {SPECIALIST})]


def test_the_last_rung_repeats_for_ever_each_time_as_its_own_occurrence() -> None:
    at = alert(rung=3, repeat=0, ladder=ladder(repeat="30min"))
    for repeat in (1, 2, 3):
        climbed = climb(at, people(), CALENDAR, now=NOW)
        assert told(climbed) == [(3, repeat, {OFFICER})]
        assert climbed.next_at == NOW + timedelta(minutes=30)
        at = moved(at, climbed, NOW)


def test_an_empty_rung_is_a_gap_and_the_next_one_fires_in_the_same_climb() -> None:
    climbed = climb(alert(), people(empty={Duty.VILLAGE, Duty.TOWNSHIP_SPECIALIST}), CALENDAR, now=NOW)
    assert told(climbed) == [(0, 0, set()), (1, 0, set()), (2, 0, {LEADER})]
    assert [one.gap for one in climbed.firings] == [True, True, False]
    assert climbed.rung == 2


def test_the_owner_alone_keeps_the_first_rung_from_being_a_gap() -> None:
    climbed = climb(alert(), people(empty={Duty.VILLAGE}, owner=[WORKER]), CALENDAR, now=NOW)
    assert told(climbed) == [(0, 0, {WORKER})]
    assert not climbed.firings[0].gap


def test_an_empty_last_rung_is_a_gap_and_tells_the_districts_accounts_instead() -> None:
    climbed = climb(alert(rung=2), people(empty={Duty.DISTRICT}), CALENDAR, now=NOW)
    assert told(climbed) == [(3, 0, set(FALLBACK))]
    assert climbed.firings[0].gap


def test_with_nobody_anywhere_the_last_rung_is_a_gap_at_every_repeat_and_goes_on() -> None:
    nobody = people(empty=set(Duty), fallback=())
    first = climb(alert(), nobody, CALENDAR, now=NOW)
    assert [(one.rung, one.gap, one.told) for one in first.firings] == [(rung, True, ()) for rung in range(4)]
    again = climb(moved(alert(), first, NOW), nobody, CALENDAR, now=first.next_at)
    assert [(one.rung, one.repeat, one.gap) for one in again.firings] == [(3, 1, True)]
    assert again.next_at == first.next_at + 2 * HOUR


def test_an_acknowledgement_that_has_not_ended_holds_the_ladder() -> None:
    held = acknowledged(alert(rung=0, next_at=NOW), NOW)
    climbed = climb(held, people(), CALENDAR, now=NOW + HOUR)
    assert climbed.firings == ()
    assert (climbed.status, climbed.next_at) == ("acknowledged", NOW + 4 * HOUR)


def test_an_expired_acknowledgement_fires_the_next_rung_and_reminds_who_gave_it() -> None:
    held = acknowledged(alert(rung=0), NOW, by=WORKER)
    climbed = climb(held, people(), CALENDAR, now=NOW + 4 * HOUR)
    assert climbed.expired
    assert climbed.status == "open"
    assert told(climbed) == [(1, 0, {SPECIALIST, WORKER})]


def test_who_acknowledged_does_not_fill_an_empty_rung() -> None:
    held = acknowledged(alert(rung=0), NOW, by=WORKER)
    climbed = climb(held, people(empty={Duty.TOWNSHIP_SPECIALIST}), CALENDAR, now=NOW + 4 * HOUR)
    assert told(climbed) == [(1, 0, {WORKER}), (2, 0, {LEADER})]
    assert climbed.firings[0].gap


def test_somebody_on_leave_is_reminded_through_their_cover() -> None:
    cover = UUID(int=31)
    present = replace(people(), present=lambda _: (answer(cover, covering_for=WORKER),))
    climbed = climb(acknowledged(alert(rung=0), NOW, by=WORKER), present, CALENDAR, now=NOW + 4 * HOUR)
    assert told(climbed) == [(1, 0, {SPECIALIST, cover})]


def test_the_deadline_to_resolve_ends_an_acknowledgement_given_before_it() -> None:
    held = acknowledged(alert(rung=0, resolve_by=NOW + HOUR), NOW)
    assert told(climb(held, people(), CALENDAR, now=NOW + HOUR)) == [(1, 0, {SPECIALIST, WORKER})]


def test_past_the_deadline_to_resolve_every_climb_still_goes_on() -> None:
    late = alert(rung=3, repeat=7, resolve_by=NOW - 24 * HOUR)
    assert told(climb(late, people(), CALENDAR, now=NOW)) == [(3, 8, {OFFICER})]


def test_a_pause_holds_the_ladder_until_its_end_and_no_longer() -> None:
    paused = alert(rung=0, paused_until=NOW + HOUR, next_at=NOW)
    assert climb(paused, people(), CALENDAR, now=NOW).next_at == NOW + HOUR
    ended = climb(paused, people(), CALENDAR, now=NOW + HOUR)
    assert ended.resumed
    assert told(ended) == [(1, 0, {SPECIALIST})]


def test_a_resolved_alert_does_not_climb() -> None:
    with pytest.raises(ValueError, match="resolved"):
        climb(alert(status="resolved", next_at=None), people(), CALENDAR, now=NOW)


FRIDAY_EVENING = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)  # 20:00 in Shanghai
SATURDAY = datetime(2026, 3, 7, 2, 0, tzinfo=UTC)


def test_an_urgent_alert_knows_no_office_hours() -> None:
    day = Length.of("1wd")
    assert after(day, FRIDAY_EVENING, urgent=True, calendar=CALENDAR) == FRIDAY_EVENING + timedelta(days=1)


def test_any_other_alert_waits_for_working_days() -> None:
    monday_evening = FRIDAY_EVENING + timedelta(days=3)
    assert after(Length.of("1wd"), FRIDAY_EVENING, urgent=False, calendar=CALENDAR) == monday_evening
    tuesday_midnight = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    assert after(Length.of("1wd"), SATURDAY, urgent=False, calendar=CALENDAR) == tuesday_midnight


def test_hours_that_would_end_on_a_day_off_end_when_the_next_working_day_begins() -> None:
    monday = datetime(2026, 3, 8, 16, 0, tzinfo=UTC)
    assert after(Length.of("6h"), FRIDAY_EVENING, urgent=False, calendar=CALENDAR) == monday
    holiday = WorkCalendar(off=frozenset({date(2026, 3, 9)}))
    assert after(Length.of("6h"), FRIDAY_EVENING, urgent=False, calendar=holiday) == monday + timedelta(days=1)


def acknowledged(before: Alert, now: datetime, *, by: UUID = WORKER, rank: int = 0) -> Alert:
    """The alert after somebody acknowledged it, as the database keeps it."""
    given = lifecycle.acknowledge(before, by=by, rank=rank, calendar=CALENDAR, now=now)
    return replace(
        before,
        status="acknowledged",
        acknowledged_by=given.by,
        acknowledged_at=given.at,
        acknowledged_until=given.until,
        acknowledged_rank=given.rank,
        next_at=given.next_at,
    )


LONGEST = 24 * HOUR
"""No wait, acknowledgement or pause of the machine's ladders is longer: an alert is never looked at later than that."""


EXAMPLES = int(os.environ.get("EXAMPLES", "40"))
RESOLVE_BY = NOW + 24 * HOUR


class LadderMachine(RuleBasedStateMachine):
    """Climbs, acknowledgements, returns, pauses, empty rungs and late jobs in any order; time only moves forward."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.alert = alert(resolve_by=RESOLVE_BY, owner_id=WORKER)
        self.fired: list[tuple[int, int]] = []
        self.due = NOW  # by the ladder alone
        self.promised = NOW  # by acknowledgements since the last firing
        self.highest = -2  # rung of those who acknowledged since
        self.paused = NOW

    @rule(minutes=st.integers(min_value=0, max_value=600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def time_passes_until_it_is_due(self) -> None:
        assert self.alert.next_at is not None
        self.now = max(self.now, self.alert.next_at)

    @precondition(lambda self: self.alert.status != "resolved" and self.alert.next_at <= self.now)
    @rule(empty=st.sets(st.sampled_from(Duty)), fallback=st.booleans())
    def the_job_climbs(self, empty: set[Duty], fallback: bool) -> None:
        who = people(empty=empty, fallback=FALLBACK if fallback else ())
        quiet = self.alert.quiet_until(self.now)
        climbed = climb(self.alert, who, CALENDAR, now=self.now)
        assert bool(climbed.firings) == (quiet is None), "it fires unless somebody's word holds it"
        if climbed.firings:
            assert climbed.firings[-1].told or (empty >= {Duty.DISTRICT} and not fallback), "somebody is told"
            assert all(one.gap for one in climbed.firings[:-1]), "only an empty rung is passed over"
            self.due, self.highest = self.now + 2 * HOUR, -2
        self.fired += [(one.rung, one.repeat) for one in climbed.firings]
        self.alert = moved(self.alert, climbed, self.now)

    @rule(rank=st.integers(min_value=-1, max_value=3))
    def somebody_acknowledges(self, rank: int) -> None:
        self.alert = acknowledged(self.alert, self.now, by=UUID(int=50 + rank), rank=rank)
        if rank > self.highest:
            self.promised, self.highest = self.now + 4 * HOUR, rank

    @precondition(lambda self: self.alert.returned_to is None)
    @rule()
    def somebody_returns_it(self) -> None:
        other = UUID(int=77)
        due = lifecycle.return_to(self.alert, to=other, reason="不是我村", by=LEADER, calendar=CALENDAR, now=self.now)
        assert self.alert.next_at is not None
        assert due <= self.alert.next_at, "the clock does not restart"
        self.alert = replace(self.alert, status="open", returned_to=other, next_at=due)

    @precondition(lambda self: self.alert.paused_until is None)
    @rule(hours=st.integers(min_value=1, max_value=24))
    def somebody_pauses_it(self, hours: int) -> None:
        until = self.now + hours * HOUR
        lifecycle.pause(self.alert, until=until, reason="洪水封路", calendar=CALENDAR, now=self.now)
        self.alert = replace(self.alert, paused_until=until, next_at=until)
        self.paused = until

    @invariant()
    def rungs_are_contiguous_and_none_is_doubled(self) -> None:
        expected = [(rung, 0) for rung in range(4)] + [(3, repeat) for repeat in range(1, len(self.fired))]
        assert self.fired == expected[: len(self.fired)]

    @invariant()
    def an_unresolved_alert_always_has_a_next_moment_within_bounds(self) -> None:
        assert self.alert.next_at is not None
        assert self.alert.next_at <= self.now + LONGEST

    @invariant()
    def an_acknowledgement_always_expires(self) -> None:
        if self.alert.status == "acknowledged":
            assert self.alert.acknowledged_until is not None
            assert self.alert.acknowledgement_ends_at is not None

    @invariant()
    def nobody_keeps_it_silent_by_acknowledging_over_and_over(self) -> None:
        # Within one firing the first acknowledgement, or one of a higher rung than any before, sets the end.
        assert self.alert.next_at is not None
        assert self.alert.next_at <= max(self.due, self.promised, self.paused)

    @invariant()
    def an_acknowledgement_given_in_time_ends_with_the_deadline_to_resolve(self) -> None:
        given, paused = self.alert.acknowledged_at, self.alert.paused_until
        if self.alert.status == "acknowledged" and given and given < RESOLVE_BY and paused is None:
            assert self.alert.next_at is not None
            assert self.alert.next_at <= max(RESOLVE_BY, self.paused)


TestTheLadderMachine = LadderMachine.TestCase
TestTheLadderMachine.settings = settings(max_examples=EXAMPLES, stateful_step_count=50, deadline=None)
