"""Curtain and lamp: what a window becomes, who is told, and what settles it later."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from alerts.queries.rows import ladder
from core import db
from core.ids import new_id
from core.scope import JOBS
from recipients import actions as register
from recipients.standing import Standing
from tests.cast import Cast
from tests.visiting import alerts, journal, log, normal, slot
from tests.watching import DAY, HOUR, Laid, at, became, lane, say, settle, tap, window
from visits.actions import audit_people, lay_out
from visits.daily import actions
from visits.daily.actions import settling
from visits.daily.queries.settling import Claimed
from visits.daily.refusals import TapConflicts


async def sensor_says(cast: Cast, laid: Laid, seen: str, part: str, clock: str) -> None:
    """A sensor's word of the first household's window."""
    made_at = at(cast, clock)
    async with db.transaction(JOBS):
        await db.execute(
            "INSERT INTO observation (id, recipient_id, area_id, source, on_day, part, seen, made_at, logged_at)"
            " VALUES ($1, $2, $3, 'sensor', $4, $5, $6, $7, $7)",
            new_id(),
            laid.people[0],
            cast.village,
            made_at.date(),
            part,
            seen,
            made_at,
        )


async def hang_sensor(cast: Cast, recipient: UUID) -> None:
    gateway = await cast.owner.fetchval(
        "INSERT INTO sensor_gateway (id, area_id, name, key_sealed, created_by, created_at)"
        " VALUES (gen_random_uuid(), $1, '网关', 'x', $2, $3) RETURNING id",
        cast.township,
        cast.specialist.id,
        cast.now - HOUR,
    )
    await cast.owner.execute(
        "INSERT INTO sensor (id, gateway_id, recipient_id, area_id, district_id, kind, label, created_by, created_at,"
        " heard_at) VALUES (gen_random_uuid(), $1, $2, $3, $4, 'water', '水表', $5, $6, $6)",
        gateway,
        recipient,
        cast.village,
        cast.district_area,
        cast.specialist.id,
        cast.now - HOUR,
    )


async def leaves(cast: Cast, recipient: UUID, standing: Standing, now_hours: float = 0) -> UUID:
    """Two people say that somebody is not at home any more; the change."""
    when = cast.now + now_hours * HOUR
    change = await register.propose_standing(
        recipient, standing_after=standing, happened_on=when.date(), reason="家属告知", by=cast.worker, now=when
    )
    await register.confirm_standing(change.id, by=cast.specialist, now=when)
    return change.id


async def test_the_lamp_stays_on_and_somebody_is_told_in_the_same_window(cast: Cast) -> None:
    """Story 1: a 68-year-old dies; the lamp stays on. Two unchanged observations, an alert in the same window."""
    laid = await lane(cast)
    await say(cast, laid, "changed", "evening", at(cast, "18:30"))
    await settle(at(cast, "18:31"))
    await say(cast, laid, "unchanged", "morning", at(cast, "07:30", days=1))
    await settle(at(cast, "07:31", days=1))
    assert await alerts(cast, "daily_anomaly") == []
    await actions.lay_checks(now=at(cast, "08:00", days=1))
    second = at(cast, "18:10", days=1)
    await say(cast, laid, "unchanged", "evening", second)
    assert (await settle(second + timedelta(seconds=5)))["alerted"] == 1
    (told,) = await alerts(cast, "daily_anomaly")
    found = await window(cast, laid.people[0], second.date(), "evening")
    assert (told["status"], told["subject_id"], told["recipient_id"]) == ("open", found["id"], laid.people[0])
    assert (found["status"], found["why"]) == ("anomaly", "unchanged_twice")
    assert found["settled_at"] < found["closes_at"]


async def test_windows_in_between_that_nobody_saw_do_not_make_the_lamp_move(cast: Cast) -> None:
    laid = await lane(cast)
    await say(cast, laid, "unchanged", "evening", at(cast, "18:30"))
    await settle(at(cast, "22:00"))
    await settle(at(cast, "09:00", days=1))  # nobody looked that morning
    await actions.lay_checks(now=at(cast, "09:00", days=1))
    await say(cast, laid, "unchanged", "evening", at(cast, "18:30", days=1))
    await settle(at(cast, "18:31", days=1))
    assert [one["kind"] for one in await alerts(cast)] == ["daily_not_observed", "daily_anomaly"]


async def test_an_outage_over_two_windows_still_finds_the_second_unchanged_one(cast: Cast) -> None:
    laid = await lane(cast)
    await say(cast, laid, "unchanged", "evening", at(cast, "18:30"))
    await say(cast, laid, "unchanged", "morning", at(cast, "07:30", days=1))
    await settle(at(cast, "08:00", days=1))
    assert await became(cast, laid, at(cast, "18:30"), "evening") == ["unchanged"]
    assert await became(cast, laid, at(cast, "07:30", days=1), "morning") == ["anomaly"]


async def test_a_word_that_comes_late_makes_the_next_window_the_second_running(cast: Cast) -> None:
    laid = await lane(cast)
    await settle(at(cast, "21:30"))
    await say(cast, laid, "unchanged", "morning", at(cast, "07:30", days=1))
    await settle(at(cast, "07:31", days=1))
    assert await became(cast, laid, at(cast, "07:30", days=1), "morning") == ["unchanged"]
    await say(cast, laid, "unchanged", "evening", at(cast, "18:30"), now=at(cast, "10:00", days=1))
    await settle(at(cast, "10:00", days=1))
    assert await became(cast, laid, at(cast, "07:30", days=1), "morning") == ["anomaly"]
    assert [(one["kind"], one["status"]) for one in await alerts(cast)] == [
        ("daily_not_observed", "open"),  # that nothing had changed is no answer to it
        ("daily_anomaly", "open"),
    ]


@pytest.mark.parametrize(("word", "part", "clock"), [("dark", "evening", "18:40"), ("closed", "morning", "08:40")])
async def test_what_looks_wrong_is_told_at_once_with_its_own_minutes(
    cast: Cast, word: str, part: str, clock: str
) -> None:
    laid = await lane(cast, households=3, risk="general")
    made_at = at(cast, clock, days=1 if part == "morning" else 0)
    await settle(at(cast, "22:00") if part == "morning" else cast.now)
    await tap(cast, laid, part, made_at, exceptions={laid.households[1].id: word})  # type: ignore[arg-type]
    await settle(made_at)
    (told,) = await alerts(cast, "daily_anomaly")
    assert (told["recipient_id"], told["severity"], told["owner_id"]) == (laid.people[1], "serious", None)
    assert told["facts"]["seen"] == word
    found = ladder(await cast.owner.fetchval("SELECT ladder FROM alert WHERE kind = 'daily_anomaly'"))
    assert [str(rung.wait) for rung in found.rungs][:3] == ["30min", "15min", "15min"]
    assert str(found.acknowledged_for) == "30min"


async def test_an_alert_names_no_watcher(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    await settle(at(cast, "21:30"))
    for told in await cast.owner.fetch("SELECT owner_id, facts FROM alert WHERE kind = 'daily_not_observed'"):
        assert told["owner_id"] is None
        assert str(laid.id) not in told["facts"] and "张姐" not in told["facts"]


async def test_what_nobody_saw_is_told_at_the_cut_off_once(cast: Cast) -> None:
    laid = await lane(cast, households=3)
    assert await settle(at(cast, "21:29")) == {}
    counts = await settle(at(cast, "21:30"))
    assert (counts["not_observed"], counts["alerted"]) == (3, 3)
    assert await settle(at(cast, "23:00")) == {}
    assert {one["recipient_id"] for one in await alerts(cast, "daily_not_observed")} == set(laid.people)


async def test_a_window_judged_once_more_does_not_tell_the_same_alarm_again(cast: Cast) -> None:
    await lane(cast, households=2)
    for _ in range(2):
        await settle(at(cast, "21:30"))
        await cast.owner.execute("UPDATE daily_check SET status = 'expected' WHERE status = 'not_observed'")
    assert len(await alerts(cast, "daily_not_observed")) == 2


async def test_one_tap_for_the_lane_leaves_nothing_to_tell(cast: Cast) -> None:
    laid = await lane(cast, households=5)
    await tap(cast, laid, "evening", at(cast, "19:00"))
    await settle(at(cast, "22:00"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed"] * 5
    assert await alerts(cast) == []


async def test_the_same_tap_twice_is_one_and_another_content_under_its_id_is_refused(cast: Cast) -> None:
    laid, item = await lane(cast, households=2), new_id()
    first = await tap(cast, laid, "evening", at(cast, "19:00"), item_id=item)
    assert await tap(cast, laid, "evening", at(cast, "19:00"), item_id=item, now=at(cast, "19:05")) == first
    with pytest.raises(TapConflicts):
        await tap(cast, laid, "evening", at(cast, "19:00"), item_id=item, exceptions={laid.households[0].id: "dark"})
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 2
    await settle(at(cast, "22:00"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed", "changed"]


async def test_a_slip_of_the_thumb_is_put_right_by_a_second_tap(cast: Cast) -> None:
    laid = await lane(cast)
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    await say(cast, laid, "changed", "evening", at(cast, "19:00") + timedelta(seconds=3))
    await settle(at(cast, "19:01"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed"]


async def test_an_alarm_once_raised_is_not_taken_back_by_the_watcher(cast: Cast) -> None:
    laid = await lane(cast, account=cast.worker)
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    await settle(at(cast, "19:01"))
    await say(cast, laid, "changed", "evening", at(cast, "19:10"))
    await settle(at(cast, "19:11"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["anomaly"]
    assert [one["status"] for one in await alerts(cast)] == ["open"]
    assert await cast.owner.fetchval("SELECT count(*) FROM observation") == 2


async def test_staff_who_look_again_and_find_it_changed_answer_the_alarm(cast: Cast) -> None:
    laid = await lane(cast)
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    await settle(at(cast, "19:01"))
    await say(cast, laid, "changed", "evening", at(cast, "18:50"), by=cast.specialist, now=at(cast, "19:10"))
    assert [one["status"] for one in await alerts(cast)] == ["open"], "seen before the alarm it answers nothing"
    await say(cast, laid, "changed", "evening", at(cast, "19:20"), by=cast.specialist)
    assert [(one["status"], one["outcome"]) for one in await alerts(cast)] == [("resolved", "seen_later")]
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["anomaly"]


async def test_an_alarm_that_has_climbed_is_not_answered_by_whoever_took_it_on(cast: Cast) -> None:
    laid = await lane(cast)
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    await settle(at(cast, "19:01"))
    await cast.owner.execute("UPDATE alert SET rung = 2, acknowledged_by = $1", cast.worker.id)
    await say(cast, laid, "changed", "evening", at(cast, "19:20"))
    assert [one["status"] for one in await alerts(cast)] == ["open"]
    await say(cast, laid, "changed", "evening", at(cast, "19:21"), by=cast.specialist)
    assert [one["status"] for one in await alerts(cast)] == ["resolved"]


async def test_a_visit_that_met_the_person_answers_the_alarm(cast: Cast) -> None:
    laid = await lane(cast)
    visit = await slot(cast, laid.people[0], due_at=at(cast, "23:00"))
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    await settle(at(cast, "19:01"))
    await log(cast, visit, normal(at(cast, "19:30")), now=at(cast, "19:31"))
    assert [(one["kind"], one["status"], one["outcome"]) for one in await alerts(cast)] == [
        ("daily_anomaly", "resolved", "seen_later")
    ]


async def test_somebody_visited_within_the_window_is_not_looked_for_at_its_end(cast: Cast) -> None:
    laid = await lane(cast)
    visit = await slot(cast, laid.people[0], due_at=at(cast, "23:00"))
    await log(cast, visit, normal(at(cast, "18:30")), now=at(cast, "18:31"))
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["not_observed"]
    assert await alerts(cast) == []


async def test_a_tap_from_a_phone_that_was_offline_settles_the_alert_by_evidence(cast: Cast) -> None:
    laid = await lane(cast, households=2, account=cast.worker)
    await settle(at(cast, "21:30"))
    assert [one["status"] for one in await alerts(cast)] == ["open", "open"]
    found = await window(cast, laid.people[0], at(cast, "19:00").date(), "evening")
    await tap(
        cast,
        laid,
        "evening",
        at(cast, "19:00"),
        exceptions={laid.households[1].id: "dark"},
        by=cast.worker,
        now=at(cast, "22:00"),
    )
    await settle(at(cast, "22:00"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed", "anomaly"]
    told = [(one["kind"], one["status"], one["outcome"]) for one in await alerts(cast)]
    assert sorted(told, key=str) == [
        ("daily_anomaly", "open", None),
        ("daily_not_observed", "resolved", "observed_late"),
        ("daily_not_observed", "resolved", "observed_late"),
    ]
    assert await journal(cast, found["id"]) == ["daily_check.not_observed", "daily_check.changed"]


async def test_a_tap_told_late_closes_no_alert_that_has_climbed(cast: Cast) -> None:
    laid = await lane(cast, account=cast.worker)
    await settle(at(cast, "21:30"))
    await cast.owner.execute("UPDATE alert SET rung = 2")
    await tap(cast, laid, "evening", at(cast, "19:00"), now=at(cast, "22:00"))
    await settle(at(cast, "22:00"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed"]
    assert [one["status"] for one in await alerts(cast)] == ["open"]


async def test_that_nothing_had_changed_answers_nobody_who_asks(cast: Cast) -> None:
    laid = await lane(cast, account=cast.worker)
    await settle(at(cast, "21:30"))
    await say(cast, laid, "unchanged", "evening", at(cast, "19:00"), now=at(cast, "22:00"))
    await settle(at(cast, "22:00"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["unchanged"]
    assert [one["status"] for one in await alerts(cast)] == ["open"]


async def test_a_late_tap_made_after_the_window_is_kept_and_settles_nothing(cast: Cast) -> None:
    laid = await lane(cast, account=cast.worker)
    await settle(at(cast, "21:30"))
    await tap(cast, laid, "evening", at(cast, "21:40"))
    await settle(at(cast, "21:41"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["not_observed"]
    assert [one["status"] for one in await alerts(cast)] == ["open"]
    assert await cast.owner.fetchval("SELECT made_at FROM observation") == at(cast, "21:40")


async def test_an_alarm_for_days_ago_is_not_told_when_the_curtain_has_moved_since(cast: Cast) -> None:
    laid = await lane(cast)
    await settle(at(cast, "21:30"))
    await tap(cast, laid, "morning", at(cast, "07:30", days=1))
    await settle(at(cast, "07:31", days=1))
    await say(cast, laid, "dark", "evening", at(cast, "19:00"), now=at(cast, "10:00", days=1))
    await settle(at(cast, "10:00", days=1))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["anomaly"]
    assert [(one["kind"], one["status"]) for one in await alerts(cast)] == [("daily_not_observed", "resolved")]


async def test_a_quiet_home_outweighs_what_the_neighbour_saw(cast: Cast) -> None:
    laid = await lane(cast)
    await hang_sensor(cast, laid.people[0])
    await tap(cast, laid, "evening", at(cast, "19:00"))
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["expected"], "its sensor has not spoken yet"
    await sensor_says(cast, laid, "quiet", "evening", "21:31")
    await settle(at(cast, "21:31"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["anomaly"]
    assert [one["facts"]["why"] for one in await alerts(cast)] == ["quiet_though_seen"]


async def test_a_quiet_home_found_out_late_is_still_an_alarm(cast: Cast) -> None:
    laid = await lane(cast)
    await tap(cast, laid, "evening", at(cast, "19:00"))
    await settle(at(cast, "21:30"))
    await sensor_says(cast, laid, "quiet", "evening", "21:40")
    await settle(at(cast, "21:41"))
    assert [one["kind"] for one in await alerts(cast)] == ["daily_anomaly"]


async def test_a_sensor_that_felt_somebody_stands_in_for_a_neighbour_who_forgot(cast: Cast) -> None:
    laid = await lane(cast)
    await hang_sensor(cast, laid.people[0])
    await sensor_says(cast, laid, "active", "evening", "21:26")
    await settle(at(cast, "21:27"))
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["changed"]
    assert await alerts(cast) == []


async def test_a_dark_lamp_told_late_is_told_though_a_meter_had_moved(cast: Cast) -> None:
    laid = await lane(cast)
    await hang_sensor(cast, laid.people[0])
    await sensor_says(cast, laid, "active", "evening", "21:26")
    await settle(at(cast, "21:30"))
    await say(cast, laid, "dark", "evening", at(cast, "19:00"), now=at(cast, "22:00"))
    await settle(at(cast, "22:00"))
    assert [one["kind"] for one in await alerts(cast)] == ["daily_anomaly"]


async def test_a_home_whose_only_witness_fell_silent_is_still_to_be_looked_at(cast: Cast) -> None:
    recipient = await cast.recipient(risk="key")
    await hang_sensor(cast, recipient)
    await cast.owner.execute("UPDATE sensor SET silent_since = $1", cast.now)
    assert (await actions.lay_checks(now=cast.now))["sensed"] == 3
    await settle(at(cast, "21:30"))
    assert [one["recipient_id"] for one in await alerts(cast, "daily_not_observed")].count(recipient) == 1


async def test_a_sensor_that_says_nothing_is_waited_for_two_minutes(cast: Cast) -> None:
    laid = await lane(cast)
    await hang_sensor(cast, laid.people[0])
    assert await settle(at(cast, "21:31")) == {}
    assert (await settle(at(cast, "21:32")))["not_observed"] == 1


async def test_a_home_with_a_sensor_and_no_neighbour_is_looked_at_by_the_sensor(cast: Cast) -> None:
    recipient = await cast.recipient(risk="key")
    await hang_sensor(cast, recipient)
    assert (await actions.lay_checks(now=cast.now))["sensed"] == 3
    assert (await actions.lay_checks(now=cast.now))["sensed"] == 0
    await settle(at(cast, "21:32"))
    assert [one["recipient_id"] for one in await alerts(cast, "daily_not_observed")].count(recipient) == 1


async def test_an_absence_nobody_confirmed_silences_nothing(cast: Cast) -> None:
    """Story 2: "she is at her daughter's", nobody confirmed it."""
    laid = await lane(cast)
    await register.report_absence(
        laid.people[0],
        kind="away",
        starts_at=cast.now,
        ends_at=cast.now + 5 * DAY,
        whereabouts="女儿家",
        by=cast.worker,
        now=cast.now,
    )
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["not_observed"]
    assert [one["kind"] for one in await alerts(cast)] == ["daily_not_observed"]


async def test_a_confirmed_absence_rests_the_checks_which_resume_by_themselves_and_ask_for_a_look(cast: Cast) -> None:
    laid = await lane(cast)
    told = await register.report_absence(
        laid.people[0],
        kind="away",
        starts_at=cast.now,
        ends_at=at(cast, "06:00", days=1),
        whereabouts=None,
        by=cast.worker,
        now=cast.now,
    )
    await register.confirm_absence(told.absence.id, how="family", by=cast.specialist, now=cast.now)
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["suppressed"]
    assert await alerts(cast) == []
    await settle(at(cast, "09:00", days=1))
    assert await became(cast, laid, at(cast, "08:00", days=1), "morning") == ["not_observed"]
    await lay_out(now=at(cast, "09:00", days=1))
    owed = await cast.owner.fetch("SELECT recipient_id FROM visit WHERE reason = 'return_check'")
    assert [row["recipient_id"] for row in owed] == list(laid.people)


async def test_ending_one_absence_lets_another_go_on(cast: Cast) -> None:
    laid = await lane(cast)
    held = []
    for kind in ("away", "in_hospital"):
        told = await register.report_absence(
            laid.people[0],
            kind=kind,
            starts_at=cast.now,
            ends_at=cast.now + 5 * DAY,
            whereabouts=None,
            by=cast.worker,
            now=cast.now,
        )
        held.append(await register.confirm_absence(told.absence.id, how="family", by=cast.specialist, now=cast.now))
    await register.end_absence(held[0].absence.id, by=cast.worker, now=cast.now + HOUR)
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, at(cast, "19:00"), "evening") == ["suppressed"]
    await register.end_absence(held[1].absence.id, by=cast.worker, now=at(cast, "22:00"))
    await settle(at(cast, "09:00", days=1))
    assert await became(cast, laid, at(cast, "08:00", days=1), "morning") == ["not_observed"]


@pytest.mark.parametrize("standing", ["died", "moved_to_collective", "eligibility_ended"])
async def test_whoever_left_is_looked_for_no_more_and_their_alert_is_over(cast: Cast, standing: Standing) -> None:
    laid = await lane(cast, households=2)
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    await settle(at(cast, "19:01"))
    await leaves(cast, laid.people[0], standing, now_hours=9.5)
    counts = await actions.lay_checks(now=at(cast, "19:31"))
    assert (counts["ended"], counts["settled"]) == (2, 1)
    assert [one["status"] for one in await alerts(cast, "daily_anomaly")].count("open") == 1
    assert (await window(cast, laid.people[0], at(cast, "07:00", days=1).date(), "morning"))["status"] == "ended"
    await actions.lay_checks(now=at(cast, "10:00", days=1))
    await settle(at(cast, "22:00", days=1))
    about = [one["recipient_id"] for one in await alerts(cast) if one["status"] == "open"]
    assert laid.people[0] not in about and laid.people[1] in about


async def test_todays_window_of_who_left_is_ended_at_once(cast: Cast) -> None:
    laid = await lane(cast)
    await leaves(cast, laid.people[0], "died")
    await actions.lay_checks(now=cast.now)
    assert await became(cast, laid, cast.now, "evening") == ["ended"]
    await settle(at(cast, "22:00"))
    assert await alerts(cast) == []


async def test_a_death_is_seen_by_the_sweep_itself(cast: Cast) -> None:
    laid = await lane(cast)
    await leaves(cast, laid.people[0], "died")
    await settle(at(cast, "21:30"))
    assert await became(cast, laid, cast.now, "evening") == ["ended"]
    assert await alerts(cast) == []


async def test_undoing_a_death_restores_the_checks(cast: Cast) -> None:
    """Story 10, the lamp's part."""
    laid = await lane(cast)
    change = await leaves(cast, laid.people[0], "died")
    await actions.lay_checks(now=cast.now)
    assert await became(cast, laid, cast.now, "evening") == ["ended"]
    await register.undo_standing(change, reason="登记有误，本人健在", by=cast.specialist, now=cast.now + HOUR)
    await actions.lay_checks(now=cast.now + HOUR)
    assert await became(cast, laid, cast.now, "evening") == ["expected"]
    await settle(at(cast, "21:30"))
    assert [one["kind"] for one in await alerts(cast)] == ["daily_not_observed"]


async def test_the_auditor_settles_an_alert_that_crossed_with_a_visit(cast: Cast) -> None:
    laid = await lane(cast)
    visit = await slot(cast, laid.people[0], due_at=at(cast, "23:00"))
    await settle(at(cast, "21:30"))
    assert [one["status"] for one in await alerts(cast)] == ["open"]
    await cast.owner.execute("UPDATE alert SET recipient_id = $1", new_id())
    await log(cast, visit, normal(at(cast, "18:30")), now=at(cast, "21:40"))
    await cast.owner.execute("UPDATE alert SET recipient_id = $1", laid.people[0])
    await audit_people(now=at(cast, "21:41"))
    assert [(one["status"], one["outcome"]) for one in await alerts(cast, "daily_not_observed")] == [
        ("resolved", "seen_later")
    ]


async def test_a_window_nobody_can_judge_is_set_aside_and_the_others_go_on(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = await lane(cast, households=4)
    bad = (await window(cast, laid.people[2], cast.now.date(), "evening"))["id"]
    sound = settling._alert

    def breaks(one: Claimed, *known: object) -> object:
        if one.id == bad:
            raise ZeroDivisionError
        return sound(one, *known)  # type: ignore[arg-type]

    monkeypatch.setattr("visits.daily.actions.settling._alert", breaks)
    counts = await settle(at(cast, "21:30"))
    assert (counts["not_observed"], counts["quarantined"]) == (3, 1)
    assert [one["subject_id"] for one in await alerts(cast, "quarantined")] == [bad]
    monkeypatch.undo()
    await settle(at(cast, "21:46"))
    assert await became(cast, laid, cast.now, "evening") == ["not_observed"] * 4
    assert [one["status"] for one in await alerts(cast, "quarantined")] == ["resolved"]


async def test_checks_are_forgotten_after_a_season_but_not_before_they_are_judged(cast: Cast) -> None:
    laid = await lane(cast, households=2)
    await tap(cast, laid, "evening", at(cast, "19:00"), exceptions={laid.households[0].id: "dark"})
    await settle(at(cast, "19:01"))
    assert sum((await actions.purge_checks(now=cast.now + 92 * DAY)).values()) == 0
    later = cast.now + 93 * DAY
    assert await actions.purge_checks(now=later, limit=1) == {"checks": 1, "observations": 1}
    assert await actions.purge_checks(now=later) == {"checks": 1, "observations": 1}
    assert await cast.owner.fetchval("SELECT count(*) FROM daily_check WHERE status = 'expected'") == 4
    assert len(await alerts(cast, "daily_anomaly")) == 1


async def test_jobs_see_no_name_of_a_watcher_or_a_household(cast: Cast) -> None:
    await lane(cast)
    for column in ("name", "watcher_name"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM lane")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(JOBS):
            await db.fetch("SELECT shown_as FROM lane_household")


async def test_what_was_seen_is_never_altered(cast: Cast) -> None:
    laid = await lane(cast)
    await say(cast, laid, "dark", "evening", at(cast, "19:00"))
    with pytest.raises(asyncpg.PostgresError, match="observation"):
        await cast.owner.execute("UPDATE observation SET seen = 'changed'")
    for scope in (cast.worker.scope, cast.specialist.scope, JOBS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope):
                await db.execute("UPDATE observation SET seen = 'changed'")
