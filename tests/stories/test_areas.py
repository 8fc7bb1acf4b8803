"""The file of areas: all of it or nothing, the same twice changes nothing, and a renumbered village loses nobody."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest

from accounts import actions
from accounts.areas import Area
from accounts.duty import Duty
from accounts.people import NewAccount
from accounts.permissions import Account, Role
from accounts.queries import area_by_code, areas_within, chain_of, district_ids, duty_facts
from accounts.refusals import AreaFileRefused
from core import db
from core.scope import JOBS, Scope
from tests.cast import Cast

HEADER = "代码,名称,上级代码,启用日期,停用日期,继任代码"
WHOLE = """
120000000000,天津市,,,,
120100000000,市辖区,120000000000,,,
120151000000,津宁区,120100000000,,,
120151101000,南柳镇,,,,
120151101201,柳家庄村,,,,
"""
RENUMBERED = """
120151101201,柳家庄村,,2020-01-01,2027-01-01,120151103201
120151103000,新柳街道,,2027-01-01,,
120151103201,柳家庄社区,,2027-01-01,,
"""
"""The village goes to a new sub-district on New Year's Day 2027."""
TOWNSHIP_RENUMBERED = """
120151101000,南柳镇,,2020-01-01,2027-01-01,120151104000
120151104000,南柳街道,,2027-01-01,,
"""


def file(rows: str) -> str:
    return HEADER + rows


async def stored(cast: Cast, code: str, on: date = date(2026, 3, 2)) -> Area | None:
    async with db.transaction(JOBS):
        return await area_by_code(code, on)


async def test_a_whole_tree_is_imported_by_the_operator(cast: Cast) -> None:
    await cast.owner.execute("DELETE FROM area_within")
    rows = re.sub("(?<![0-9])12", "31", WHOLE).replace("天津", "上海")
    done = await actions.import_areas(file(rows), by=None, now=cast.now)
    assert (done.added, done.changed) == (5, 0)
    village = await stored(cast, "310151101201")
    assert village is not None
    async with db.transaction(JOBS):
        chain = await chain_of(village.id, date(2026, 3, 2))
        assert [area.name for area in chain] == ["柳家庄村", "南柳镇", "津宁区", "上海市"]
        districts = await district_ids([area.id for area in chain])
        assert districts == {area.id: chain[2].id for area in chain[:3]}
        assert village.id in await areas_within([chain[3].id])


async def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    first = await actions.import_areas(file(RENUMBERED), by=cast.administrator, now=cast.now)
    before = await cast.owner.fetch("SELECT * FROM area ORDER BY id")
    closure = await cast.owner.fetch("SELECT ancestor_id, area_id FROM area_within ORDER BY 1, 2")
    again = await actions.import_areas(file(RENUMBERED), by=cast.administrator, now=cast.now)
    assert (first.added, first.changed, first.ended) == (2, 1, 1)
    assert (again.added, again.changed, again.unchanged, again.ended) == (0, 0, 3, 0)
    assert (again.carried_accounts, again.carried_duties) == (0, 0)
    assert await cast.owner.fetch("SELECT * FROM area ORDER BY id") == before
    assert await cast.owner.fetch("SELECT ancestor_id, area_id FROM area_within ORDER BY 1, 2") == closure


async def test_with_a_fault_in_one_row_nothing_of_the_file_is_stored(cast: Cast) -> None:
    rows = RENUMBERED + "120151999201,没有乡镇的村,,,,\n1.2015E+11,坏代码,,,,\n"
    before = await cast.owner.fetch("SELECT * FROM area ORDER BY id")
    with pytest.raises(AreaFileRefused) as refused:
        await actions.import_areas(file(rows), by=cast.administrator, now=cast.now)
    assert [(one.line, one.column) for one in refused.value.problems] == [(5, "上级代码"), (6, "代码")]
    assert "第 5 行" in refused.value.detail
    assert await cast.owner.fetch("SELECT * FROM area ORDER BY id") == before


async def test_the_new_township_sees_the_people_who_still_carry_the_old_code(cast: Cast) -> None:
    recipient = await cast.recipient(area_id=cast.village)
    await actions.import_areas(file(RENUMBERED), by=cast.administrator, now=cast.now)
    township = await stored(cast, "120151103000", date(2027, 1, 1))
    assert township is not None
    newcomer = NewAccount(login="xinliu", name="许新", role=Role.TOWNSHIP_SPECIALIST, area_ids=(township.id,))
    later = cast.now + timedelta(days=305)
    opened = await actions.open_account(newcomer, by=cast.administrator, now=later)
    for account_id, roots in ((opened.account_id, (township.id,)), (cast.specialist.id, cast.specialist.area_ids)):
        async with db.transaction(Scope(account_id=account_id, area_ids=roots)):
            assert await db.fetch_value("SELECT id FROM recipient") == recipient


async def test_another_township_still_sees_nothing_of_them(cast: Cast) -> None:
    await cast.recipient(area_id=cast.village)
    await actions.import_areas(file(RENUMBERED), by=cast.administrator, now=cast.now)
    async with db.transaction(cast.foreign_specialist.scope):
        assert await db.fetch_value("SELECT count(*) FROM recipient") == 0


async def test_whoever_answered_for_a_village_answers_for_its_successor(cast: Cast) -> None:
    done = await actions.import_areas(file(RENUMBERED), by=cast.administrator, now=cast.now)
    assert (done.carried_accounts, done.carried_duties) == (1, 1)
    successor = await stored(cast, "120151103201", date(2027, 1, 1))
    assert successor is not None
    async with db.transaction(JOBS):
        facts = await duty_facts([cast.village, successor.id])

    def answering(area_id: int, days: int) -> list[UUID]:
        answers = facts.answering(Duty.VILLAGE, area_id, cast.now + timedelta(days=days))
        return [one.account_id for one in answers]

    assert answering(cast.village, 300) == answering(cast.village, 310) == [cast.worker.id]
    assert answering(successor.id, 300) == []
    assert answering(successor.id, 310) == [cast.worker.id]


async def test_a_renumbered_townships_specialist_and_leader_go_on_without_a_gap(cast: Cast) -> None:
    await actions.import_areas(file(TOWNSHIP_RENUMBERED), by=cast.administrator, now=cast.now)
    successor = await stored(cast, "120151104000", date(2027, 1, 1))
    assert successor is not None
    async with db.transaction(JOBS):
        facts = await duty_facts([successor.id])
    day = cast.now + timedelta(days=310)
    answering = [facts.answering(duty, successor.id, day) for duty in (Duty.TOWNSHIP_SPECIALIST, Duty.TOWNSHIP_LEADER)]
    assert [[one.account_id for one in answers] for answers in answering] == [[cast.specialist.id], [cast.leader.id]]
    held = await cast.owner.fetchval(
        "SELECT count(*) FROM account_area WHERE account = $1 AND area = ANY ($2::int[])",
        cast.specialist.id,
        [cast.township, successor.id],
    )
    assert held == 2, "the old area stays theirs: its history stays in sight"


async def other_district(cast: Cast) -> Account:
    """An administrator of a second district of the same machine."""
    rows = "\n120152000000,津南新区,120100000000,,,\n120152101000,东岸镇,,,,\n120152101201,东岸村,,,,\n"
    await actions.import_areas(file(rows), by=None, now=cast.now)
    district = await stored(cast, "120152000000")
    assert district is not None
    opened = await actions.appoint_administrator("dongan", "何平", area_id=district.id, now=cast.now)
    return Account(
        id=opened.account_id,
        name="何平",
        role=Role.ADMINISTRATOR,
        area_ids=(district.id,),
        district_id=district.id,
        second_factor_ok=True,
        session_id=opened.account_id,
    )


@pytest.mark.parametrize(
    "row",
    [
        "120151101201,改了名的村,,2020-01-01,,",  # renames another district's village
        "120151101201,柳家庄村,120152101000,2020-01-01,,",  # takes it over
        "120151101203,新村,,2026-01-01,,",  # adds one there
        "120152101201,东岸村,,,2027-01-01,120151101201",  # hands its own over, and its people with it
        "120152101201,东岸村,120151101000,,,",  # hangs its own below a foreign township
    ],
)
async def test_an_administrator_touches_no_other_district(cast: Cast, row: str) -> None:
    stranger = await other_district(cast)
    before = await cast.owner.fetch("SELECT * FROM area ORDER BY id")
    with pytest.raises(AreaFileRefused) as refused:
        await actions.import_areas(file(f"\n{row}\n"), by=stranger, now=cast.now)
    assert [one.line for one in refused.value.problems] == [2]
    assert await cast.owner.fetch("SELECT * FROM area ORDER BY id") == before


async def test_a_file_that_restates_another_district_unchanged_is_taken(cast: Cast) -> None:
    stranger = await other_district(cast)
    rows = "\n120151000000,津宁区,120100000000,2020-01-01,,\n120152101202,西岸村,,2026-01-01,,\n"
    done = await actions.import_areas(file(rows), by=stranger, now=cast.now)
    assert (done.added, done.unchanged) == (1, 1)


async def test_an_import_stands_in_the_journal(cast: Cast) -> None:
    await actions.import_areas(file(RENUMBERED), by=cast.administrator, now=cast.now)
    row = await cast.owner.fetchrow("SELECT kind, by_account_id, area_id FROM journal")
    assert (row["kind"], row["by_account_id"]) == ("area.imported", cast.administrator.id)
    assert row["area_id"] == cast.district_area
