"""What people may do with an alert, and what each verb demands of them."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest

from accounts.permissions import Role
from alerts import lifecycle
from alerts.alert import Alert, Status
from alerts.lifecycle import MOVES, Acknowledged
from tests.an_alert import CALENDAR, LEADER, NOW, SPECIALIST, WORKER, alert, ladder

HOUR = timedelta(hours=1)
OTHER = UUID(int=77)


def acknowledge(about: Alert, by: UUID = WORKER, *, rank: int = 0, now: datetime = NOW) -> Acknowledged:
    return lifecycle.acknowledge(about, by=by, rank=rank, calendar=CALENDAR, now=now)


def kept(about: Alert, given: Acknowledged) -> Alert:
    """The alert with an acknowledgement, as the database keeps it."""
    return replace(
        about,
        status="acknowledged",
        acknowledged_by=given.by,
        acknowledged_at=given.at,
        acknowledged_until=given.until,
        acknowledged_rank=given.rank,
        next_at=given.next_at,
    )


def test_nothing_leaves_resolved_and_only_resolving_reaches_it() -> None:
    assert not [key for key in MOVES if key[0] == "resolved"]
    assert {verb for (_, verb), reached in MOVES.items() if reached == "resolved"} == {"resolve"}


def test_every_verb_is_known_for_every_status_but_resolved() -> None:
    verbs = {verb for _, verb in MOVES}
    unresolved = set(get_args(Status)) - {"resolved"}
    assert set(MOVES) == {(status, verb) for status in unresolved for verb in verbs}


@pytest.mark.parametrize("verb", ["acknowledge", "resolve", "return", "pause", "climb"])
def test_a_resolved_alert_refuses_every_verb(verb: str) -> None:
    with pytest.raises(lifecycle.AlertResolved):
        lifecycle.move("resolved", verb)


def test_an_acknowledgement_lasts_as_long_as_the_policy_says() -> None:
    given = acknowledge(alert(rung=0, next_at=NOW + 2 * HOUR))
    assert (given.took, given.until, given.next_at) == (True, NOW + 4 * HOUR, NOW + 4 * HOUR)


def test_an_acknowledgement_rests_no_longer_than_the_deadline_to_resolve() -> None:
    given = acknowledge(alert(rung=0, resolve_by=NOW + HOUR))
    assert (given.until, given.next_at) == (NOW + 4 * HOUR, NOW + HOUR)


def test_past_the_deadline_to_resolve_an_acknowledgement_still_expires() -> None:
    given = acknowledge(alert(rung=3, resolve_by=NOW - HOUR))
    assert given.next_at == NOW + 4 * HOUR


def test_an_acknowledgement_that_is_not_urgent_runs_in_working_days() -> None:
    about = alert(urgent=False, ladder=ladder(acknowledged_for="5wd"))
    assert acknowledge(about).until == NOW + timedelta(days=7)


def test_the_same_person_cannot_prolong_the_silence() -> None:
    first = acknowledge(alert(rung=0))
    second = acknowledge(kept(alert(rung=0), first), now=NOW + 3 * HOUR)
    assert not second.took
    assert (second.by, second.at, second.until, second.next_at) == (WORKER, NOW, NOW + 4 * HOUR, NOW + 4 * HOUR)


def test_a_colleague_of_the_same_rung_cannot_prolong_it_either() -> None:
    first = acknowledge(alert(rung=0))
    second = acknowledge(kept(alert(rung=0), first), OTHER, now=NOW + 3 * HOUR)
    assert (second.took, second.by, second.next_at) == (False, WORKER, NOW + 4 * HOUR)


def test_somebody_of_a_higher_rung_takes_it_over_and_sets_the_end_anew() -> None:
    first = acknowledge(alert(rung=0))
    second = acknowledge(kept(alert(rung=0), first), SPECIALIST, rank=1, now=NOW + 3 * HOUR)
    assert (second.took, second.by, second.next_at) == (True, SPECIALIST, NOW + 7 * HOUR)


def test_acknowledging_anew_after_a_return_keeps_the_first_end() -> None:
    first = acknowledge(alert(rung=0))
    returned = replace(kept(alert(rung=0), first), status="open", returned_to=OTHER)
    again = acknowledge(returned, OTHER, now=NOW + 3 * HOUR)
    assert (again.took, again.by, again.next_at) == (True, OTHER, NOW + 4 * HOUR)


def test_after_a_return_the_rungs_that_acknowledged_stay_used_up() -> None:
    first = acknowledge(alert(rung=0), LEADER, rank=2)
    returned = replace(kept(alert(rung=0), first), status="open", returned_to=WORKER)
    second = kept(returned, acknowledge(returned, WORKER, rank=0, now=NOW + HOUR))
    third = acknowledge(second, SPECIALIST, rank=1, now=NOW + 3 * HOUR)
    assert third.next_at == NOW + 4 * HOUR


def test_an_acknowledgement_neither_shortens_nor_prolongs_a_pause() -> None:
    assert acknowledge(alert(paused_until=NOW + HOUR)).next_at == NOW + HOUR
    assert acknowledge(alert(paused_until=NOW + 9 * HOUR)).next_at == NOW + 9 * HOUR


def test_the_rank_of_a_person_is_the_rung_of_their_post() -> None:
    about = alert()
    assert lifecycle.rank_of(Role.WORKER, about) == 0
    assert lifecycle.rank_of(Role.TOWNSHIP_LEADER, about) == 2
    assert lifecycle.rank_of(Role.DISTRICT, about) == 3
    assert lifecycle.rank_of(Role.ADMINISTRATOR, about) == -1


def test_resolving_needs_a_known_outcome_and_evidence() -> None:
    with pytest.raises(lifecycle.UnknownOutcome):
        lifecycle.resolve(alert(), by=WORKER, outcome="late_evidence", note="上门见到本人")
    with pytest.raises(lifecycle.EvidenceMissing):
        lifecycle.resolve(alert(), by=WORKER, outcome="met", note="   ")
    lifecycle.resolve(alert(), by=WORKER, outcome="met", note="上门见到本人")


def test_once_it_reached_the_third_rung_its_owner_cannot_close_it_alone() -> None:
    climbed = alert(rung=2, owner_id=WORKER)
    with pytest.raises(lifecycle.SecondPersonNeeded):
        lifecycle.resolve(climbed, by=WORKER, outcome="met", note="上门见到本人")
    lifecycle.resolve(climbed, by=SPECIALIST, outcome="met", note="上门见到本人")
    lifecycle.resolve(replace(climbed, rung=1), by=WORKER, outcome="met", note="上门见到本人")


def test_where_nobody_owns_it_whoever_took_it_on_is_the_first_person() -> None:
    climbed = alert(rung=2, owner_id=None, acknowledged_by=SPECIALIST)
    with pytest.raises(lifecycle.SecondPersonNeeded):
        lifecycle.resolve(climbed, by=SPECIALIST, outcome="met", note="上门见到本人")
    lifecycle.resolve(climbed, by=OTHER, outcome="met", note="上门见到本人")
    lifecycle.resolve(replace(climbed, acknowledged_by=None), by=SPECIALIST, outcome="met", note="上门见到本人")


def test_the_owner_named_by_a_return_is_no_second_person_either() -> None:
    climbed = alert(rung=2, owner_id=WORKER, returned_to=OTHER)
    with pytest.raises(lifecycle.SecondPersonNeeded):
        lifecycle.resolve(climbed, by=OTHER, outcome="met", note="上门见到本人")


def returned(about: Alert, to: UUID = OTHER, *, reason: str = "不是我村", by: UUID = WORKER) -> datetime:
    return lifecycle.return_to(about, to=to, reason=reason, by=by, calendar=CALENDAR, now=NOW + HOUR)


def test_a_return_leaves_the_new_owner_what_the_rung_had_left() -> None:
    assert returned(alert(rung=0, fired_at=NOW, next_at=NOW + 2 * HOUR)) == NOW + 2 * HOUR


def test_returning_after_an_acknowledgement_brings_the_next_rung_nearer_never_further() -> None:
    acknowledged = kept(alert(rung=0, fired_at=NOW), acknowledge(alert(rung=0)))
    assert acknowledged.next_at == NOW + 4 * HOUR
    assert returned(acknowledged) == NOW + 2 * HOUR


def test_an_overdue_alert_stays_overdue_when_it_is_returned() -> None:
    assert returned(alert(rung=0, fired_at=NOW - 3 * HOUR, next_at=NOW - HOUR)) == NOW - HOUR


def test_an_alert_is_returned_once_with_a_reason_to_somebody_else() -> None:
    with pytest.raises(lifecycle.AlreadyReturned):
        returned(alert(returned_to=OTHER), LEADER)
    with pytest.raises(lifecycle.ReturnedToSelf):
        returned(alert(), WORKER, by=WORKER)
    with pytest.raises(lifecycle.ReturnedToSelf):
        returned(alert(owner_id=OTHER), OTHER)
    with pytest.raises(lifecycle.ReasonMissing):
        returned(alert(), reason=" ")


def paused(about: Alert, *, hours: float, reason: str = "洪水封路") -> None:
    lifecycle.pause(about, until=NOW + hours * HOUR, reason=reason, calendar=CALENDAR, now=NOW)


def test_a_pause_ends_within_what_the_policy_grants_and_has_a_reason() -> None:
    paused(alert(), hours=24)
    with pytest.raises(lifecycle.PauseTooLong):
        paused(alert(), hours=24.01)
    with pytest.raises(lifecycle.PauseEndsBehind):
        paused(alert(), hours=0)
    with pytest.raises(lifecycle.ReasonMissing):
        paused(alert(), hours=1, reason="")


def test_a_pause_cannot_be_prolonged_before_the_ladder_has_gone_on() -> None:
    with pytest.raises(lifecycle.AlreadyPaused):
        paused(alert(paused_until=NOW - HOUR), hours=1)
