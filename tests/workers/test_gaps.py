"""Whoever stands above a gap in the roster hears of it before it opens, and once a day while it lasts."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from core.ids import new_id
from tests.alerting import add_channel
from tests.cast import Cast
from workers import gaps

pytestmark = pytest.mark.usefixtures("process")

DAY = timedelta(days=1)


@pytest.fixture
async def manned(cast: Cast) -> Cast:
    """Every duty of the district is held: nobody has anything to hear."""
    await hold(cast, cast.worker, "village", cast.other_village)
    assert await gaps.run(cast.now) == {"gaps": 0, "notices": 0}
    return cast


async def hold(cast: Cast, account: Account, duty: str, area_id: int) -> None:
    await cast.owner.execute(
        "INSERT INTO duty (id, area, duty, account, starts_at) VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        area_id,
        duty,
        account.id,
        cast.now - 30 * DAY,
    )


async def drop(cast: Cast, duty: str, area_id: int) -> None:
    await cast.owner.execute("DELETE FROM duty WHERE duty = $1 AND area = $2", duty, area_id)


async def leave(cast: Cast, account: Account, starts_at: datetime, ends_at: datetime) -> None:
    await cast.owner.execute(
        "INSERT INTO leave (id, account, starts_at, ends_at, reason, created_by) VALUES ($1, $2, $3, $4, '年休假', $2)",
        new_id(),
        account.id,
        starts_at,
        ends_at,
    )


async def told(cast: Cast) -> dict[UUID, list[str]]:
    """What each person's inbox says of gaps, all notices together."""
    rows = await cast.owner.fetch(
        "SELECT account_id, line FROM notice,"
        " jsonb_array_elements_text(facts -> 'lines') WITH ORDINALITY AS said (line, place)"
        " WHERE kind = 'roster_gap' AND channel = 'inbox' ORDER BY owed_at, notice.id, place"
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        found.setdefault(row["account_id"], []).append(row["line"])
    return found


async def recorded(cast: Cast) -> list[dict[str, Any]]:
    rows = await cast.owner.fetch(
        "SELECT area_id, duty, found, starts_at, ends_at, noticed_at FROM roster_gap ORDER BY starts_at"
    )
    return [dict(row) for row in rows]


async def test_a_village_without_anybody_is_told_to_the_township(cast: Cast) -> None:
    assert await gaps.run(cast.now) == {"gaps": 1, "notices": 2}
    lines = ["南柳镇前柳村 村(社区)：现在起无人值守，尚无人接替。", "请安排值守人员或代班人。"]
    assert await told(cast) == {cast.specialist.id: lines, cast.leader.id: lines}
    assert await recorded(cast) == [
        {
            "area_id": cast.other_village,
            "duty": "village",
            "found": "coming",
            "starts_at": datetime(2026, 3, 1, 16, 0, tzinfo=UTC),
            "ends_at": None,
            "noticed_at": cast.now,
        }
    ]


async def test_a_gap_that_is_there_is_recorded_and_told_once_a_local_day(cast: Cast) -> None:
    for hour in range(48):
        await gaps.run(cast.now + hour * DAY / 24)
    days = [row["starts_at"] for row in await recorded(cast)]
    midnight = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    assert days == [midnight, midnight + DAY, midnight + 2 * DAY]
    assert len((await told(cast))[cast.leader.id]) == 3 * 2


async def test_a_coming_leave_without_cover_is_told_before_it_begins(manned: Cast) -> None:
    cast = manned
    await leave(cast, cast.specialist, cast.now + DAY, cast.now + 2 * DAY)
    assert await gaps.run(cast.now) == {"gaps": 1, "notices": 2}
    lines = ["南柳镇 民政专干：3月3日 10:00 起无人值守，至 3月4日 10:00。", "请安排值守人员或代班人。"]
    assert await told(cast) == {cast.leader.id: lines, cast.district.id: lines}
    assert (await gaps.run(cast.now + DAY - timedelta(hours=1)))["gaps"] == 0
    assert (await gaps.run(cast.now + DAY + timedelta(hours=1)))["gaps"] == 1
    assert (await told(cast))[cast.leader.id][2] == "南柳镇 民政专干：现在起无人值守，至 3月4日 10:00。"


async def test_a_gap_further_ahead_than_the_policy_looks_is_not_told_yet(manned: Cast) -> None:
    cast = manned
    await leave(cast, cast.specialist, cast.now + 3 * DAY, cast.now + 5 * DAY)
    assert (await gaps.run(cast.now))["gaps"] == 0
    assert (await gaps.run(cast.now + timedelta(hours=1)))["gaps"] == 1


async def test_the_district_says_how_far_ahead_it_looks(manned: Cast) -> None:
    cast = manned
    await cast.owner.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, issued_at)"
        """ VALUES ($1, $2, 2, '津宁民发〔2026〕9号', $3, '{"alerts": {"roster_gap_ahead": "7d"}}', $4)""",
        new_id(),
        cast.district_area,
        date(2026, 3, 1),
        cast.now,
    )
    await leave(cast, cast.specialist, cast.now + 6 * DAY, cast.now + 8 * DAY)
    assert (await gaps.run(cast.now))["gaps"] == 1


@pytest.mark.parametrize(
    ("duty", "area", "hears"),
    [
        ("township_specialist", "township", {"leader", "district"}),
        ("township_leader", "township", {"district"}),
        ("district", "district_area", {"administrator"}),
    ],
)
async def test_whoever_stands_above_hears(manned: Cast, duty: str, area: str, hears: set[str]) -> None:
    await drop(manned, duty, getattr(manned, area))
    await gaps.run(manned.now)
    assert set(await told(manned)) == {getattr(manned, name).id for name in hears}


async def test_where_nobody_stands_above_the_next_ones_hear(manned: Cast) -> None:
    for duty, area in (("township_specialist", "township"), ("township_leader", "township"), ("village", "village")):
        await drop(manned, duty, getattr(manned, area))
    await gaps.run(manned.now)
    assert {account: len(lines) for account, lines in (await told(manned)).items()} == {manned.district.id: 4}
    await manned.owner.execute("DELETE FROM notice")
    await drop(manned, "district", manned.district_area)
    await gaps.run(manned.now + DAY)
    assert {account: len(lines) for account, lines in (await told(manned)).items()} == {manned.administrator.id: 5}


async def test_many_gaps_found_together_are_one_message_a_person(cast: Cast) -> None:
    for number in range(30):
        area_id = await cast.owner.fetchval(
            "INSERT INTO area (code, name, level, parent, district_id, valid_from)"
            " VALUES ($1, $2, 12, $3, $4, '2020-01-01') RETURNING id",
            f"120151101{300 + number}",
            f"第{number}村",
            cast.township,
            cast.district_area,
        )
        await cast.owner.execute(
            "INSERT INTO area_within (ancestor_id, area_id)"
            " SELECT ancestor_id, $1::int FROM area_within WHERE area_id = $2 UNION SELECT $1::int, $1::int",
            area_id,
            cast.township,
        )
    assert await gaps.run(cast.now) == {"gaps": 31, "notices": 2}
    lines = (await told(cast))[cast.leader.id]
    assert len(lines) == 22
    assert lines[20] == "其余 11 处请登录系统查看。"


async def test_a_district_nobody_works_in_has_no_gaps(cast: Cast) -> None:
    await cast.owner.execute("UPDATE account SET status = 'ended', ended_at = $1", cast.now)
    assert await gaps.run(cast.now) == {"gaps": 0, "notices": 0}


async def test_outside_the_inbox_it_waits_for_the_messaging_hours_of_any_day(cast: Cast) -> None:
    await add_channel(cast, cast.leader)
    saturday_night = datetime(2026, 3, 7, 15, 0, tzinfo=UTC)
    await gaps.run(saturday_night)
    waits = await cast.owner.fetchval(
        "SELECT next_try_at FROM notice WHERE kind = 'roster_gap' AND channel = 'webhook'"
    )
    assert waits == datetime(2026, 3, 8, 0, 0, tzinfo=UTC)


async def test_two_workers_tell_it_once(cast: Cast) -> None:
    both = await asyncio.gather(gaps.run(cast.now), gaps.run(cast.now + timedelta(seconds=1)))
    assert sorted(one["notices"] for one in both) == [0, 2]


async def test_no_message_names_a_person(manned: Cast) -> None:
    for duty, area in (("village", "village"), ("township_specialist", "township"), ("district", "district_area")):
        await drop(manned, duty, getattr(manned, area))
    await gaps.run(manned.now)
    said = await manned.owner.fetchval("SELECT string_agg(facts::text, ' ') FROM notice")
    assert "柳家庄村" in said
    for account in manned.everybody:
        assert account.name not in said
        assert str(account.id) not in said
