"""What becomes of a window: changes of state, sensors, absences, what comes late, and what nobody saw."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import new_id
from recipients.absence import Absence
from visits.daily.settling import SENSOR_WAITED_FOR, Check, Observed, Seen, Status, judge

OPENS = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def said(seen: Seen, minutes: int = 30, source: Any = "watcher") -> Observed:
    return Observed(seen=seen, source=source, made_at=OPENS + minutes * MINUTE)


def sensor(seen: Seen) -> Observed:
    return Observed(seen=seen, source="sensor", made_at=CLOSES)


def check(*observed: Observed, **known: Any) -> Check:
    return Check(opens_at=OPENS, closes_at=CLOSES, observed=observed, **known)


def away(**changes: Any) -> Absence:
    told: dict[str, Any] = {
        "id": new_id(),
        "kind": "away",
        "starts_at": OPENS - 24 * HOUR,
        "ends_at": CLOSES + 24 * HOUR,
        "reported_by": new_id(),
        "reported_at": OPENS - 24 * HOUR,
        "confirmed_by": new_id(),
        "confirmed_at": OPENS - 20 * HOUR,
    }
    return Absence(**told | changes)


def status(one: Check, now: datetime = CLOSES) -> Status | None:
    verdict = judge(one, now=now)
    return verdict.status if verdict else None


def test_a_change_is_fine_and_tells_nobody() -> None:
    verdict = judge(check(said("changed")), now=OPENS + HOUR)
    assert verdict is not None
    assert (verdict.status, verdict.seen, verdict.tells) == ("changed", "changed", False)


@pytest.mark.parametrize("seen", ["closed", "dark"])
def test_a_closed_curtain_and_a_dark_lamp_are_told_at_once(seen: Seen) -> None:
    verdict = judge(check(said(seen)), now=OPENS + 31 * MINUTE)
    assert verdict is not None
    assert (verdict.status, verdict.tells, verdict.since) == ("anomaly", True, OPENS + 30 * MINUTE)


def test_unchanged_once_is_noted() -> None:
    for before in (None, "changed"):
        verdict = judge(check(said("unchanged"), before=before), now=OPENS + HOUR)
        assert verdict is not None
        assert (verdict.status, verdict.tells) == ("unchanged", False)


@pytest.mark.parametrize("before", ["unchanged", "anomaly"])
def test_unchanged_the_second_time_running_is_told_within_the_same_window(before: Status) -> None:
    verdict = judge(check(said("unchanged"), before=before), now=OPENS + 31 * MINUTE)
    assert verdict is not None
    assert (verdict.status, verdict.why, verdict.tells) == ("anomaly", "unchanged_twice", True)


def test_nobody_saw_it_is_told_at_the_cut_off_and_not_before() -> None:
    assert judge(check(), now=CLOSES - MINUTE) is None
    verdict = judge(check(), now=CLOSES)
    assert verdict is not None
    assert (verdict.status, verdict.tells, verdict.since) == ("not_observed", True, OPENS)


def test_could_not_look_says_nothing() -> None:
    assert judge(check(said("unseen")), now=OPENS + HOUR) is None
    assert status(check(said("unseen"))) == "not_observed"
    assert status(check(said("changed", 10), said("unseen", 20))) == "changed"


def test_the_last_word_of_a_watcher_counts() -> None:
    assert status(check(said("closed", 10), said("changed", 11))) == "changed"
    assert status(check(said("changed", 10), said("closed", 11))) == "anomaly"
    assert status(check(said("changed", 11), said("closed", 10))) == "changed"


def test_of_two_words_of_one_moment_the_one_logged_last_counts() -> None:
    assert status(check(said("closed"), said("changed"))) == "changed"
    assert status(check(said("changed"), said("closed"))) == "anomaly"


def test_an_anomaly_once_raised_stays_one() -> None:
    for later in ("changed", "unchanged", "closed"):
        assert judge(check(said("closed", 10), said(later, 20), status="anomaly"), now=CLOSES) is None
    assert judge(check(said("changed"), sensor("active"), status="anomaly"), now=CLOSES) is None


def test_fine_may_become_an_anomaly_by_a_later_word() -> None:
    assert status(check(said("changed", 10), said("closed", 20), status="changed")) == "anomaly"
    assert status(check(said("unchanged", 10), said("changed", 20), status="unchanged")) == "changed"


@pytest.mark.parametrize("minutes", [-60, -1, 120, 121, 600])
def test_a_word_from_outside_the_window_says_nothing(minutes: int) -> None:
    for seen in ("changed", "closed", "unchanged"):
        one = check(said(seen, minutes), before="unchanged")
        assert judge(one, now=CLOSES - MINUTE) is None
        assert status(one, CLOSES + 12 * HOUR) == "not_observed"


def test_a_quiet_home_outweighs_what_seems_fine() -> None:
    verdict = judge(check(said("changed"), sensor("quiet"), sensed=True), now=CLOSES)
    assert verdict is not None
    assert (verdict.status, verdict.why, verdict.tells) == ("anomaly", "quiet_though_seen", True)
    assert status(check(said("changed"), sensor("quiet"), status="changed"), CLOSES + HOUR) == "anomaly"
    assert status(check(sensor("quiet"), sensed=True)) == "anomaly"


def test_an_active_home_is_fine_though_nobody_looked() -> None:
    assert judge(check(sensor("active"), sensed=True), now=CLOSES - MINUTE) is None
    verdict = judge(check(sensor("active"), sensed=True), now=CLOSES)
    assert verdict is not None
    assert (verdict.status, verdict.seen, verdict.tells) == ("changed", "active", False)


def test_an_active_home_takes_no_anomaly_back() -> None:
    assert status(check(said("closed"), sensor("active"), sensed=True)) == "anomaly"
    assert status(check(said("unchanged"), sensor("active"), sensed=True, before="unchanged")) == "anomaly"


def test_where_anything_moved_a_quiet_sensor_says_nothing() -> None:
    assert status(check(sensor("quiet"), sensor("active"))) == "changed"


def test_a_home_with_a_live_sensor_waits_for_it_but_not_for_ever() -> None:
    for words in ((), (said("changed"),)):
        one = check(*words, sensed=True)
        assert judge(one, now=CLOSES) is None
        assert judge(one, now=CLOSES + SENSOR_WAITED_FOR - timedelta(seconds=1)) is None
    assert status(check(sensed=True), CLOSES + SENSOR_WAITED_FOR) == "not_observed"
    assert status(check(said("changed"), sensed=True), CLOSES + SENSOR_WAITED_FOR) == "changed"


def test_nobody_waits_for_a_sensor_with_an_alarm() -> None:
    assert status(check(said("dark"), sensed=True), OPENS + HOUR) == "anomaly"


def test_a_confirmed_absence_over_the_window_suppresses_it() -> None:
    verdict = judge(check(absences=[away()]), now=CLOSES)
    assert verdict is not None
    assert (verdict.status, verdict.tells) == ("suppressed", False)
    assert judge(check(absences=[away()]), now=CLOSES - MINUTE) is None
    assert status(check(said("closed"), absences=[away()])) == "suppressed"
    assert status(check(sensor("quiet"), absences=[away()])) == "suppressed"


def test_an_absence_nobody_confirmed_suppresses_nothing() -> None:
    """Story 2: "she is at her daughter's"."""
    told = away(confirmed_by=None, confirmed_at=None)
    assert status(check(absences=[told])) == "not_observed"
    assert status(check(said("closed"), absences=[told])) == "anomaly"
    assert status(check(sensor("quiet"), absences=[told])) == "anomaly"


@pytest.mark.parametrize(
    "changes",
    [
        {"ends_at": CLOSES},
        {"ended_at": CLOSES - MINUTE, "ended_by": new_id()},
        {"starts_at": OPENS + MINUTE},
        {"confirmed_at": CLOSES + MINUTE},
    ],
)
def test_an_absence_that_does_not_cover_the_window_suppresses_nothing(changes: dict[str, Any]) -> None:
    assert status(check(absences=[away(**changes)]), CLOSES + HOUR) == "not_observed"


def test_an_absence_confirmed_within_the_window_counts_from_then_on() -> None:
    told = away(confirmed_at=OPENS + HOUR)
    assert status(check(absences=[told])) == "suppressed"
    assert status(check(said("closed", 30), absences=[told])) == "anomaly"
    assert status(check(said("closed", 90), absences=[told])) == "suppressed"


def test_layers_take_over_from_each_other_without_a_gap() -> None:
    first = away(ends_at=OPENS + HOUR)
    second = away(starts_at=OPENS + 30 * MINUTE)
    assert status(check(absences=[first, second])) == "suppressed"
    assert status(check(absences=[first])) == "not_observed"
    nobody_confirmed = away(ends_at=OPENS + HOUR, confirmed_by=None, confirmed_at=None)
    assert status(check(absences=[nobody_confirmed, second])) == "not_observed"


def test_whoever_is_seen_though_away_is_seen() -> None:
    assert status(check(said("changed"), absences=[away()])) == "changed"


@pytest.mark.parametrize("observed", [(), (said("closed"),), (said("changed"),), (sensor("quiet"),)])
def test_nobody_looks_for_who_left(observed: tuple[Observed, ...]) -> None:
    for now in (OPENS - HOUR, CLOSES + HOUR):
        verdict = judge(check(*observed, left="died"), now=now)
        assert verdict is not None
        assert (verdict.status, verdict.why, verdict.tells) == ("ended", "died", False)
    assert judge(check(*observed, left="died", status="not_observed"), now=CLOSES) is None


def test_a_tap_that_comes_late_settles_what_nobody_seemed_to_have_seen() -> None:
    verdict = judge(check(said("changed"), status="not_observed"), now=CLOSES + 48 * HOUR)
    assert verdict is not None
    assert (verdict.status, verdict.answers, verdict.tells) == ("changed", True, False)


def test_an_alarm_that_comes_late_is_told_all_the_same() -> None:
    verdict = judge(check(said("closed"), status="not_observed"), now=CLOSES + 48 * HOUR)
    assert verdict is not None
    assert (verdict.status, verdict.answers, verdict.tells) == ("anomaly", True, True)


def test_an_alarm_for_the_past_is_not_told_once_the_person_was_seen_since() -> None:
    late = check(said("closed"), status="not_observed")
    for seen_later, tells in ((OPENS, True), (OPENS + 30 * MINUTE, True), (CLOSES + HOUR, False)):
        verdict = judge(replace(late, seen_later=seen_later), now=CLOSES + 48 * HOUR)
        assert verdict is not None
        assert (verdict.status, verdict.tells) == ("anomaly", tells)


def test_somebody_met_within_the_window_need_not_be_looked_for() -> None:
    for seen_later, tells in ((OPENS - MINUTE, True), (OPENS + MINUTE, False)):
        verdict = judge(check(seen_later=seen_later), now=CLOSES)
        assert verdict is not None
        assert (verdict.status, verdict.tells) == ("not_observed", tells)


def test_what_is_settled_stays_when_nothing_new_is_said() -> None:
    assert judge(check(status="not_observed"), now=CLOSES + HOUR) is None
    assert judge(check(said("changed"), status="changed"), now=CLOSES + HOUR) is None
    assert judge(check(status="suppressed"), now=CLOSES + HOUR) is None
    assert judge(check(said("closed"), status="suppressed"), now=CLOSES + HOUR) is None
    assert judge(check(said("closed"), status="ended"), now=CLOSES + HOUR) is None


words = st.lists(
    st.builds(
        Observed,
        seen=st.sampled_from(get_args(Seen)),
        source=st.sampled_from(["watcher", "staff"]),
        made_at=st.integers(-60, 180).map(lambda minutes: OPENS + minutes * MINUTE),
    ).filter(lambda one: one.seen not in ("active", "quiet")),
    max_size=5,
)


@given(words, st.booleans(), st.sampled_from([None, "changed", "unchanged", "anomaly"]))
def test_every_window_that_is_over_is_settled(observed: list[Observed], sensed: bool, before: Any) -> None:
    verdict = judge(check(*observed, sensed=sensed, before=before), now=CLOSES + SENSOR_WAITED_FOR)
    assert verdict is not None
    assert verdict.status != "expected"
    assert verdict.tells == (verdict.status in ("anomaly", "not_observed"))


@given(words, st.sampled_from([None, "changed", "unchanged", "anomaly"]))
def test_without_a_change_seen_by_a_person_or_a_sensor_no_window_is_fine(observed: list[Observed], before: Any) -> None:
    silent = [one for one in observed if one.seen != "changed"]
    assert status(check(*silent, before=before), CLOSES + HOUR) != "changed"


def test_sensors_weigh_the_same_in_whatever_order_they_speak() -> None:
    words = (said("changed", 10), sensor("quiet"), said("unseen", 20))
    assert {status(check(*order, sensed=True)) for order in permutations(words)} == {"anomaly"}
