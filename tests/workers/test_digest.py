"""The digest reaches everybody who answers, once a day, in counts alone, and also when there is nothing to tell."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core import db, vault
from core.ids import new_id
from tests.alerting import add_channel, new_alert, open_all
from tests.cast import Cast
from tests.visiting import DAY, HOUR, log, normal, slot
from visits.digest import SENT_EMPTY
from workers import canary, climb, digest, sweep

pytestmark = pytest.mark.usefixtures("process")

EIGHT = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
"""08:00 in Shanghai."""


async def sent(cast: Cast, area_id: int) -> dict[UUID, dict[str, Any]]:
    """The facts of an area's digests by who got them in the inbox."""
    rows = await cast.owner.fetch(
        "SELECT account_id, facts FROM notice WHERE kind = 'digest' AND channel = 'inbox' AND area_id = $1", area_id
    )
    return {row["account_id"]: msgspec.json.decode(row["facts"]) for row in rows}


async def counts(cast: Cast, area_id: int) -> dict[str, Any]:
    """What an area's digest of now counts, but for what is zero."""
    await digest.run(cast.now)
    found = next(iter((await sent(cast, area_id)).values()))["counts"]
    return {name: count for name, count in found.items() if count}


@pytest.fixture
async def manned(cast: Cast) -> Cast:
    """Every duty is held."""
    await cast.owner.execute(
        "INSERT INTO duty (id, area, duty, account, starts_at) VALUES ($1, $2, 'village', $3, $4)",
        new_id(),
        cast.other_village,
        cast.worker.id,
        cast.now - 30 * DAY,
    )
    return cast


async def test_everybody_who_answers_for_a_township_or_district_gets_theirs(cast: Cast) -> None:
    assert (await digest.run(cast.now))["areas"] == 3
    assert set(await sent(cast, cast.township)) == {cast.specialist.id, cast.leader.id}
    assert set(await sent(cast, cast.foreign_township)) == {cast.foreign_specialist.id, cast.foreign_leader.id}
    assert set(await sent(cast, cast.district_area)) == {cast.district.id}


async def test_an_empty_day_is_sent_all_the_same(manned: Cast) -> None:
    await digest.run(manned.now)
    for area_id in (manned.township, manned.foreign_township, manned.district_area):
        for facts in (await sent(manned, area_id)).values():
            assert facts["lines"][0] == SENT_EMPTY


async def test_nothing_is_sent_before_eight_and_then_once_a_day(cast: Cast) -> None:
    assert await digest.run(EIGHT - timedelta(seconds=1)) == {"areas": 0, "notices": 0}
    assert await digest.run(EIGHT) == {"areas": 3, "notices": 5}
    for minutes in (10, 20, 15 * 60):
        assert await digest.run(EIGHT + timedelta(minutes=minutes)) == {"areas": 0, "notices": 0}
    assert await digest.run(EIGHT + DAY) == {"areas": 3, "notices": 5}


async def test_a_day_the_jobs_slept_through_until_the_evening_still_gets_its_digest(cast: Cast) -> None:
    assert (await digest.run(EIGHT + 12 * HOUR))["notices"] == 5


async def test_two_workers_send_it_once(cast: Cast) -> None:
    await asyncio.gather(digest.run(cast.now), digest.run(cast.now))
    assert await cast.owner.fetchval("SELECT count(*) FROM notice") == 5


async def test_a_cover_gets_it_in_the_place_of_who_is_on_leave(cast: Cast) -> None:
    await cast.owner.execute(
        "INSERT INTO leave (id, account, starts_at, ends_at, cover, reason, created_by)"
        " VALUES ($1, $2, $3, $4, $5, '年休假', $2)",
        new_id(),
        cast.specialist.id,
        cast.now - DAY,
        cast.now + DAY,
        cast.foreign_specialist.id,
    )
    await digest.run(cast.now)
    assert set(await sent(cast, cast.township)) == {cast.foreign_specialist.id, cast.leader.id}
    covering = await cast.owner.fetchval(
        "SELECT covering_for FROM notice WHERE account_id = $1 AND area_id = $2",
        cast.foreign_specialist.id,
        cast.township,
    )
    assert covering == cast.specialist.id


async def test_somebody_who_begins_to_answer_later_in_the_day_gets_the_days_digest(cast: Cast) -> None:
    await cast.owner.execute("DELETE FROM duty WHERE duty = 'district'")
    await digest.run(EIGHT)
    assert await sent(cast, cast.district_area) == {}
    await cast.owner.execute(
        "INSERT INTO duty (id, area, duty, account, starts_at) VALUES ($1, $2, 'district', $3, $4)",
        new_id(),
        cast.district_area,
        cast.district.id,
        EIGHT + HOUR,
    )
    await digest.run(EIGHT + 2 * HOUR)
    assert set(await sent(cast, cast.district_area)) == {cast.district.id}


async def test_outside_the_inbox_it_waits_for_the_messaging_hours_also_on_a_sunday(cast: Cast) -> None:
    await add_channel(cast, cast.leader)
    sunday_evening = datetime(2026, 3, 8, 13, 0, tzinfo=UTC)
    await digest.run(sunday_evening)
    await digest.run(sunday_evening + DAY / 2)
    rows = await cast.owner.fetch("SELECT next_try_at FROM notice WHERE channel = 'webhook' ORDER BY owed_at")
    assert [row["next_try_at"] for row in rows] == [EIGHT + 7 * DAY, sunday_evening + DAY / 2]


async def test_people_not_seen_within_their_interval_are_counted(manned: Cast) -> None:
    cast = manned
    long_ago, lately = (cast.now - 8 * DAY).date(), (cast.now - 6 * DAY).date()
    await cast.recipient(risk="high", last_seen_on=long_ago)
    await cast.recipient(risk="high", last_seen_on=lately)
    await cast.recipient(risk="general", last_seen_on=long_ago)
    await cast.recipient(risk="high", created_at=cast.now - DAY)
    await cast.recipient(risk="high", last_seen_on=long_ago, standing="died")
    await cast.recipient(risk="high", last_seen_on=long_ago, support_mode="collective")
    assert await counts(cast, cast.township) == {"supported": 4, "not_seen": 1}


async def test_a_report_of_a_meeting_counts_and_one_of_a_closed_door_does_not(manned: Cast) -> None:
    cast = manned
    met, unmet = [await cast.recipient(risk="high") for _ in range(2)]
    await log(cast, await slot(cast, met))
    doubtful = normal(cast.now, identified_by="not_confirmed")
    await log(cast, await slot(cast, unmet), doubtful)
    found = await counts(cast, cast.township)
    assert (found["supported"], found["not_seen"]) == (2, 1)


async def test_a_confirmed_absence_excuses_and_a_claimed_one_does_not(manned: Cast) -> None:
    cast = manned
    for confirmed_by in (cast.specialist.id, None):
        await cast.owner.execute(
            "INSERT INTO absence (id, recipient, area_id, kind, starts_at, ends_at, reported_by, reported_at,"
            " confirmed_by, confirmed_at) VALUES ($1, $2, $3, 'away', $4, $5, $6, $4, $7, $8)",
            new_id(),
            await cast.recipient(risk="high"),
            cast.village,
            cast.now - 2 * DAY,
            cast.now + 2 * DAY,
            cast.worker.id,
            confirmed_by,
            cast.now - DAY if confirmed_by else None,
        )
    assert await counts(cast, cast.township) == {"supported": 2, "not_seen": 1}


async def test_visits_due_today_and_those_nobody_answered_for_are_counted(manned: Cast) -> None:
    cast = manned
    seen: dict[str, Any] = {"last_seen_on": cast.now.date()}
    midnight = EIGHT + 16 * HOUR
    for due_at in (cast.now + HOUR, midnight - timedelta(seconds=1), midnight, EIGHT - 8 * HOUR):
        await slot(cast, await cast.recipient(risk="general", **seen), due_at=due_at, grace=2 * DAY)
    await cast.phone_seen(cast.worker, cast.now)
    await slot(cast, await cast.recipient(risk="high", **seen), due_at=cast.now - HOUR)
    assert (await sweep.run(cast.now))["missed"] == 1
    await cast.phone_seen(cast.worker, cast.now - 2 * HOUR)
    await slot(cast, await cast.recipient(risk="high", **seen), due_at=cast.now - HOUR)
    assert (await sweep.run(cast.now))["not_known"] == 1
    assert await counts(cast, cast.township) == {
        "supported": 6,
        "due_today": 3,
        "missed": 1,
        "not_known": 1,
        "alerts": {"serious": 2},
        "unacknowledged": 2,
    }


async def test_a_missed_visit_whose_alert_was_settled_is_history(manned: Cast) -> None:
    cast = manned
    await cast.phone_seen(cast.worker, cast.now)
    await slot(cast, await cast.recipient(risk="high", last_seen_on=cast.now.date()), due_at=cast.now - HOUR)
    await sweep.run(cast.now)
    await cast.owner.execute(
        "UPDATE alert SET status = 'resolved', next_at = NULL, resolved_at = $1, outcome = 'met'", cast.now
    )
    assert await counts(cast, cast.township) == {"supported": 1}


async def test_alerts_are_counted_by_severity_and_by_whether_somebody_took_note(manned: Cast) -> None:
    cast = manned
    new = [new_alert(cast, risk=risk) for risk in ("high", "high", "general")]
    first, *_ = await open_all(cast, [*new, new_alert(cast, area_id=cast.foreign_village)])
    await cast.owner.execute(
        "UPDATE alert SET status = 'acknowledged', acknowledged_by = $2, acknowledged_at = $3,"
        " acknowledged_until = $3 WHERE id = $1",
        first,
        cast.worker.id,
        cast.now,
    )
    assert await counts(cast, cast.township) == {"alerts": {"serious": 2, "general": 1}, "unacknowledged": 2}
    assert (await sent(cast, cast.district_area))[cast.district.id]["counts"]["unacknowledged"] == 3
    assert (await sent(cast, cast.foreign_township))[cast.foreign_leader.id]["counts"]["alerts"] == {"serious": 1}


async def test_gaps_silent_phones_and_rows_set_aside_are_counted(cast: Cast) -> None:
    await cast.phone_seen(cast.worker, cast.now - 25 * HOUR)
    await cast.phone_seen(cast.foreign_worker, cast.now - 23 * HOUR)
    for released_at in (None, cast.now):
        await cast.owner.execute(
            "INSERT INTO quarantined (id, job, subject_id, area_id, error, at, released_at)"
            " VALUES ($1, 'sweep', $1, $2, 'ValueError', $3, $4)",
            new_id(),
            cast.village,
            cast.now,
            released_at,
        )
    assert await counts(cast, cast.township) == {"gaps": 1, "phones_silent": 1, "quarantined": 1}
    for area_id in (cast.foreign_township, cast.district_area):
        found = next(iter((await sent(cast, area_id)).values()))["counts"]
        expected = (1, 1, 1) if area_id == cast.district_area else (0, 0, 0)
        assert (found["gaps"], found["phones_silent"], found["quarantined"]) == expected


async def test_the_canary_is_in_no_count(manned: Cast) -> None:
    await canary.run(manned.now)
    assert await counts(manned, manned.district_area) == {}
    await manned.owner.execute("DELETE FROM notice")
    await sweep.run(manned.now)
    assert await counts(manned, manned.district_area) == {}
    await manned.owner.execute("DELETE FROM notice")
    await climb.run(manned.now)
    assert await counts(manned, manned.district_area) == {}


async def test_it_holds_no_name_number_or_address(cast: Cast) -> None:
    recipient = new_id()
    sealed = vault.seal("13800138000", f"recipient.phone_sealed:{recipient}")
    await cast.recipient(risk="high", id=recipient, name="罕见名", phone_sealed=sealed)
    await slot(cast, recipient, due_at=cast.now - HOUR)
    await sweep.run(cast.now)
    await digest.run(cast.now)
    said = await cast.owner.fetchval("SELECT string_agg(facts::text, ' ') FROM notice WHERE kind = 'digest'")
    for secret in ("罕见名", "李桂英", "13800138000", str(recipient), *(one.name for one in cast.everybody)):
        assert secret not in said


async def test_as_many_townships_as_there_are_take_no_more_statements(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fetch = db.fetch

    async def counted(sql: str, *args: Any) -> list[Any]:
        asked.append(sql)
        return await fetch(sql, *args)

    monkeypatch.setattr(db, "fetch", counted)
    await digest.run(EIGHT)
    few = len(asked)
    for number in range(10):
        area_id = await cast.owner.fetchval(
            "INSERT INTO area (code, name, level, parent, district_id, valid_from)"
            " VALUES ($1, $2, 9, $3, $3, '2020-01-01') RETURNING id",
            f"120151{110 + number}000",
            f"第{number}镇",
            cast.district_area,
        )
        await cast.owner.execute(
            "INSERT INTO area_within (ancestor_id, area_id) SELECT ancestor_id, $1::int FROM area_within"
            " WHERE area_id = $2 UNION SELECT $1::int, $1::int",
            area_id,
            cast.district_area,
        )
        await cast.owner.execute(
            "INSERT INTO duty (id, area, duty, account, starts_at) VALUES ($1, $2, 'township_leader', $3, $4)",
            new_id(),
            area_id,
            cast.leader.id,
            EIGHT,
        )
    asked.clear()
    assert (await digest.run(EIGHT + DAY))["areas"] == 13
    assert len(asked) == few
