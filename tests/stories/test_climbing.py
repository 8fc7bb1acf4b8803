"""Alerts climb: each rung tells its people, an empty one is recorded and passed, the last one is never silent."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from alerts import actions
from alerts.actions import climb
from alerts.notices import NewNotice
from alerts.queries import climbing
from core import db
from core.ids import new_id
from core.scope import JOBS
from tests.alerting import alert_row, climb_to, journal_kinds, new_alert, open_all, open_one, told
from tests.cast import Cast

HOUR = timedelta(hours=1)


async def leave(cast: Cast, account_id: object, cover_id: object = None) -> None:
    await cast.owner.execute(
        "INSERT INTO leave (id, account, starts_at, ends_at, cover, reason, created_by)"
        " VALUES ($1, $2, $3, $4, $5, '年休假', $2)",
        new_id(),
        account_id,
        cast.now - timedelta(days=1),
        cast.now + timedelta(days=7),
        cover_id,
    )


async def end_account(cast: Cast, account_id: object) -> None:
    await cast.owner.execute("UPDATE account SET status = 'ended', ended_at = $2 WHERE id = $1", account_id, cast.now)


async def test_a_happening_opens_one_alert_however_often_it_is_found(cast: Cast) -> None:
    new = new_alert(cast)
    first, again = (await open_all(cast, [new, new]))[0], (await open_all(cast, [new]))[0]
    assert first == again
    assert await cast.owner.fetchval("SELECT count(*) FROM alert") == 1
    assert await journal_kinds(cast, first) == ["alert.opened"]


async def test_each_rung_tells_its_people_until_the_last_repeats(cast: Cast) -> None:
    alert = await open_one(cast)
    now = cast.now
    for _ in range(5):
        assert (await climb(now=now))["claimed"] == 1
        now += 2 * HOUR
    assert await told(cast, alert) == [
        (0, 0, cast.worker.id),
        (1, 0, cast.specialist.id),
        (2, 0, cast.leader.id),
        (3, 0, cast.district.id),
        (3, 1, cast.district.id),
    ]
    assert await journal_kinds(cast, alert) == ["alert.opened"] + ["alert.climbed"] * 5


async def test_nothing_fires_before_its_time(cast: Cast) -> None:
    await open_one(cast)
    await climb(now=cast.now)
    assert (await climb(now=cast.now + 2 * HOUR - timedelta(seconds=1)))["claimed"] == 0
    assert (await climb(now=cast.now + 2 * HOUR))["fired"] == 1


async def test_a_job_that_was_down_for_a_day_goes_on_where_it_stood(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    tomorrow = cast.now + 24 * HOUR
    await climb(now=tomorrow)
    assert [row[:2] for row in await told(cast, alert)] == [(0, 0), (1, 0)]
    assert (await alert_row(cast, alert))["next_at"] == tomorrow + 2 * HOUR


async def test_an_owner_who_holds_no_duty_is_told_beside_who_does(cast: Cast) -> None:
    alert = await open_one(cast, area_id=cast.village, owner_id=cast.foreign_worker.id)
    await climb(now=cast.now)
    assert {account for _, _, account in await told(cast, alert)} == {cast.worker.id, cast.foreign_worker.id}


async def test_an_owner_on_leave_is_told_through_their_cover(cast: Cast) -> None:
    await leave(cast, cast.foreign_worker.id, cast.foreign_leader.id)
    alert = await open_one(cast, owner_id=cast.foreign_worker.id)
    await climb(now=cast.now)
    assert {account for _, _, account in await told(cast, alert)} == {cast.worker.id, cast.foreign_leader.id}
    covering = "SELECT covering_for FROM notice WHERE alert_id = $1 AND account_id = $2"
    assert await cast.owner.fetchval(covering, alert, cast.foreign_leader.id) == cast.foreign_worker.id


async def test_an_owner_whose_account_has_ended_is_not_waited_for(cast: Cast) -> None:
    await end_account(cast, cast.worker.id)
    alert = await open_one(cast)
    await climb(now=cast.now)
    assert await told(cast, alert) == [(1, 0, cast.specialist.id)]


async def test_empty_rungs_jump_in_the_same_climb_and_leave_their_gaps(cast: Cast) -> None:
    """Story 11: the specialist is on leave without cover, the leader's account is gone."""
    await leave(cast, cast.specialist.id)
    await end_account(cast, cast.leader.id)
    alert = await open_one(cast)
    await climb(now=cast.now)
    counts = await climb(now=cast.now + 2 * HOUR)
    assert (counts["fired"], counts["gaps"]) == (3, 2)
    assert await told(cast, alert) == [(0, 0, cast.worker.id), (3, 0, cast.district.id)]
    rungs = await cast.owner.fetch("SELECT rung, gap FROM alert_rung WHERE alert_id = $1 ORDER BY rung", alert)
    assert [tuple(row) for row in rungs] == [(0, False), (1, True), (2, True), (3, False)]
    gaps = await cast.owner.fetch("SELECT duty, found, alert_id, area_id FROM roster_gap ORDER BY duty DESC")
    assert [tuple(row) for row in gaps] == [
        ("township_specialist", "fired", alert, cast.village),
        ("township_leader", "fired", alert, cast.village),
    ]
    assert (await journal_kinds(cast, alert))[-3:] == ["alert.rung_empty", "alert.rung_empty", "alert.climbed"]


async def test_many_alerts_that_find_the_same_gap_record_it_once_and_each_its_own_rung(cast: Cast) -> None:
    await cast.owner.execute("DELETE FROM duty WHERE duty = 'village'")
    await open_all(cast, [new_alert(cast, owner_id=None) for _ in range(3)])
    await climb(now=cast.now)
    assert await cast.owner.fetchval("SELECT count(*) FROM roster_gap") == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM alert_rung WHERE gap") == 3


async def test_an_empty_last_rung_tells_the_districts_accounts_at_every_repeat(cast: Cast) -> None:
    await cast.owner.execute("DELETE FROM duty WHERE duty = 'district'")
    alert = await open_one(cast)
    fired = await climb_to(cast, alert, 3)
    await climb(now=fired + 2 * HOUR)
    fallback = sorted([cast.district.id, cast.administrator.id])
    assert (await told(cast, alert))[3:] == [(3, repeat, account) for repeat in (0, 1) for account in fallback]
    assert await cast.owner.fetchval("SELECT count(*) FROM alert_rung WHERE rung = 3 AND gap") == 2


async def test_with_nobody_left_every_repeat_is_a_gap_and_it_still_goes_on(cast: Cast) -> None:
    await cast.owner.execute("DELETE FROM duty")
    await cast.owner.execute("UPDATE account SET status = 'ended', ended_at = $1", cast.now)
    alert = await open_one(cast)
    await climb(now=cast.now)
    await climb(now=cast.now + 2 * HOUR)
    assert await cast.owner.fetchval("SELECT count(*) FROM alert_rung WHERE alert_id = $1 AND gap", alert) == 5
    assert (await alert_row(cast, alert))["next_at"] == cast.now + 4 * HOUR
    assert (await journal_kinds(cast, alert)).count("alert.rung_empty") == 5


async def test_the_ladder_is_the_one_of_the_day_it_opened(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    await cast.owner.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, issued_at)"
        """ VALUES ($1, $2, 2, '津宁民发〔2026〕9号', $3, '{"alerts": {"acknowledge": {"serious": "1h"}}}', $4)""",
        new_id(),
        cast.district_area,
        cast.now.date() - timedelta(days=1),
        cast.now,
    )
    await climb(now=cast.now + 2 * HOUR)
    assert (await alert_row(cast, alert))["next_at"] == cast.now + 4 * HOUR
    later = await open_one(cast)
    await climb(now=cast.now)
    assert (await alert_row(cast, later))["next_at"] == cast.now + 1 * HOUR


SATURDAY = datetime(2026, 3, 7, 2, 0, tzinfo=UTC)


async def test_a_general_alert_fires_at_once_but_waits_for_working_days(cast: Cast) -> None:
    alert = await open_one(cast, risk="general", now=SATURDAY)
    await climb(now=SATURDAY)
    assert await told(cast, alert) == [(0, 0, cast.worker.id)]
    assert (await alert_row(cast, alert))["next_at"] == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)


async def test_a_high_risk_alert_climbs_through_the_weekend(cast: Cast) -> None:
    alert = await open_one(cast, now=SATURDAY)
    await climb(now=SATURDAY)
    assert (await alert_row(cast, alert))["next_at"] == SATURDAY + 2 * HOUR


async def test_one_poisonous_row_is_set_aside_and_the_others_go_on(cast: Cast) -> None:
    alerts = await open_all(cast, [new_alert(cast) for _ in range(7)])
    poisonous = alerts[3]
    await cast.owner.execute("""UPDATE alert SET ladder = '{"rungs": "none"}' WHERE id = $1""", poisonous)
    counts = await climb(now=cast.now)
    assert (counts["fired"], counts["quarantined"]) == (6, 1)
    for alert in alerts:
        assert [row[0] for row in await told(cast, alert)] == ([] if alert == poisonous else [0])
    aside = await cast.owner.fetchrow("SELECT job, subject_id, area_id, released_at FROM quarantined")
    assert tuple(aside) == ("climb", poisonous, cast.village, None)
    opened = await cast.owner.fetchrow("SELECT id, high_risk, area_id FROM alert WHERE kind = 'quarantined'")
    assert (opened["high_risk"], opened["area_id"]) == (True, cast.district_area)
    await climb(now=cast.now)
    assert await told(cast, opened["id"]) == [(0, 0, cast.district.id)]


async def test_a_poisonous_row_stays_set_aside_once_and_heals_by_itself(cast: Cast) -> None:
    alert = await open_one(cast)
    stored = (await alert_row(cast, alert))["ladder"]
    await cast.owner.execute("UPDATE alert SET ladder = '[]' WHERE id = $1", alert)
    for minutes in (0, 15):
        await climb(now=cast.now + timedelta(minutes=minutes))
    assert await cast.owner.fetchval("SELECT count(*) FROM alert WHERE kind = 'quarantined'") == 1
    await cast.owner.execute("UPDATE alert SET ladder = $2::jsonb WHERE id = $1", alert, stored)
    healed = cast.now + timedelta(minutes=30)
    await climb(now=healed)
    assert await told(cast, alert) == [(0, 0, cast.worker.id)]
    assert await cast.owner.fetchval("SELECT released_at FROM quarantined") == healed
    settled = await cast.owner.fetchrow("SELECT status, outcome FROM alert WHERE kind = 'quarantined'")
    assert tuple(settled) == ("resolved", "released")


async def test_a_poisonous_alert_about_a_poisonous_alert_goes_to_the_administrators(cast: Cast) -> None:
    alert = await open_one(cast, kind="quarantined", occurrence="quarantined:climb:1:x")
    await cast.owner.execute("UPDATE alert SET ladder = '[]' WHERE id = $1", alert)
    await climb(now=cast.now)
    assert await cast.owner.fetchval("SELECT count(*) FROM alert") == 1
    told_to = await cast.owner.fetch("SELECT account_id, severity FROM notice WHERE kind = 'quarantined'")
    assert [tuple(row) for row in told_to] == [(cast.administrator.id, "critical")]


async def test_a_fault_of_the_database_sets_nobody_aside(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    await open_all(cast, [new_alert(cast) for _ in range(3)])

    async def gone(*_: object, **__: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr("alerts.actions.climbing.add_rungs", gone)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await climb(now=cast.now)
    monkeypatch.undo()
    assert await cast.owner.fetchval("SELECT count(*) FROM quarantined") == 0
    assert (await climb(now=cast.now))["fired"] == 3


async def test_a_climb_that_fails_half_way_leaves_nothing_behind(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = await open_one(cast)

    async def gone(*_: object, **__: object) -> None:
        raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr("alerts.actions.climbing.save_climbs", gone)
    with pytest.raises(asyncpg.ConnectionDoesNotExistError):
        await climb(now=cast.now)
    assert await cast.owner.fetchval("SELECT count(*) FROM alert_rung") == 0
    assert await told(cast, alert) == []
    assert (await alert_row(cast, alert))["next_at"] == cast.now


async def test_a_rung_can_never_be_stored_twice(cast: Cast) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    with pytest.raises(asyncpg.UniqueViolationError):
        await cast.owner.execute(
            "INSERT INTO alert_rung (id, alert_id, area_id, rung, repeat, duty, fired_at, gap)"
            " SELECT $2, alert_id, area_id, rung, repeat, duty, fired_at, gap FROM alert_rung WHERE alert_id = $1",
            alert,
            new_id(),
        )


async def test_an_alert_without_a_next_moment_cannot_be_stored_unless_resolved(cast: Cast) -> None:
    alert = await open_one(cast)
    with pytest.raises(asyncpg.CheckViolationError):
        await cast.owner.execute("UPDATE alert SET next_at = NULL WHERE id = $1", alert)


async def test_jobs_cannot_read_what_people_wrote_by_hand(cast: Cast) -> None:
    await open_one(cast)
    for column in ("evidence", "pause_reason", "return_reason"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM alert")


async def test_the_administrators_are_told_of_an_occurrence_once(cast: Cast) -> None:
    for _ in range(2):
        async with db.transaction(JOBS):
            await actions.tell_administrators(
                kind="jobs_silent", occurrence="jobs_silent:2026-03-02T10", facts={"jobs": ["sweep"]}, now=cast.now
            )
    rows = await cast.owner.fetch("SELECT account_id, channel, status, urgent FROM notice")
    assert [tuple(row) for row in rows] == [(cast.administrator.id, "inbox", "sent", True)]


async def test_a_notice_without_an_alert_is_owed_once_for_its_happening(cast: Cast) -> None:
    digest = NewNotice(occurrence="digest:2026-03-02", kind="digest", severity="general", account_id=cast.leader.id)
    for _ in range(2):
        async with db.transaction(JOBS):
            await actions.owe([digest], now=cast.now, console=True)
    rows = await cast.owner.fetch("SELECT channel, status FROM notice ORDER BY channel")
    assert [tuple(row) for row in rows] == [("console", "owed"), ("inbox", "sent")]


async def test_a_batch_takes_the_longest_overdue_first(cast: Cast) -> None:
    late = await open_one(cast, now=cast.now - HOUR)
    await open_one(cast)
    async with db.transaction(JOBS):
        claimed = await climbing.claim_due(now=cast.now, limit=1)
    assert [row["id"] for row in claimed] == [late]
