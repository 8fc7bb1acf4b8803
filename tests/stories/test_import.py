"""A township's ledger brought in: looked at first, taken over once, and nothing half-done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import pytest

from accounts.actions import import_areas
from accounts.permissions import Account
from cli.demo.make_ledger import LEDGER
from cli.demo.people import AREAS, TOWNSHIP_CODE
from core import db, vault
from core.errors import Forbidden, Invalid
from core.scope import JOBS
from recipients import actions, queries
from recipients.grid import Ledger
from recipients.ledger import RefusedRow
from recipients.queries import imports
from recipients.queries.imports import Batch, ImportedRow
from recipients.refusals import ImportJudgedAnew, ImportNotFound
from recipients.workbook import WorkbookRefused, open_ledger
from tests.cast import Cast
from tests.conftest import empty
from tests.ledger_files import id_number, ledger_row, people, workbook


async def previewed(
    cast: Cast, data: bytes, *, by: Account | None = None, area_id: int | None = None, hours: float = 0
) -> Batch:
    return await actions.preview_import(
        data,
        file_name="台账.xlsx",
        area_id=area_id or cast.township,
        by=by or cast.specialist,
        now=cast.now + timedelta(hours=hours),
    )


async def imported(cast: Cast, data: bytes, *, by: Account | None = None, area_id: int | None = None) -> Batch:
    batch = await previewed(cast, data, by=by, area_id=area_id)
    return await actions.commit_import(batch.id, by=by or cast.specialist, now=cast.now)


async def rows_of(cast: Cast, batch: Batch, by: Account | None = None) -> list[ImportedRow]:
    async with db.transaction((by or cast.specialist).scope):
        return await queries.imported_rows(batch.id, status=None, after=0, limit=1000)


async def registered(cast: Cast) -> list[dict[str, Any]]:
    return [dict(row) for row in await cast.owner.fetch("SELECT * FROM recipient ORDER BY number::int")]


async def test_a_preview_counts_and_touches_no_register_row(cast: Cast) -> None:
    file = workbook([ledger_row(1), ledger_row(2), ledger_row(3, 身份证号="120199195001010001")])
    batch = await previewed(cast, file)
    assert (batch.status, batch.row_count, batch.ready_count, batch.refused_count) == ("previewed", 3, 2, 1)
    assert await registered(cast) == []


async def test_a_committed_ledger_stands_on_the_register_sealed(cast: Cast) -> None:
    batch = await imported(cast, workbook([ledger_row(1, 是否独居="是", 残疾等级="一级", 残疾类别="肢体")]))
    assert (batch.status, batch.created_count, batch.refused_count) == ("committed", 1, 0)
    (row,) = await registered(cast)
    assert row["area_id"] == cast.village
    assert row["district_id"] == cast.district_area
    assert row["visit_worker_id"] == cast.worker.id
    assert set(row["categories"]) == {"severe_disability", "living_alone"}
    assert row["risk"] == "key"
    assert row["last_seen_on"].isoformat() == "2026-02-20"
    number = id_number(1)
    assert vault.open_sealed(row["id_sealed"], f"recipient.id_sealed:{row['id']}") == number
    assert vault.open_sealed(row["phone_sealed"], f"recipient.phone_sealed:{row['id']}") == "13800000001"
    stored = str(list(row.values()))
    assert number not in stored and "13800000001" not in stored and "李建军" not in stored


async def test_what_waits_between_preview_and_commit_is_sealed_and_hidden_from_jobs(cast: Cast) -> None:
    await previewed(cast, workbook([ledger_row(1)]))
    row = await cast.owner.fetchrow("SELECT * FROM import_row")
    assert id_number(1).encode() not in row["content_sealed"]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(JOBS):
            await db.fetch("SELECT content_sealed FROM import_row")


async def test_after_the_commit_only_refused_rows_are_kept_to_be_given_back(cast: Cast) -> None:
    await imported(cast, workbook([ledger_row(1), ledger_row(2, 所属村="天外村")]))
    kept = await cast.owner.fetch("SELECT status, content_sealed <> '' AS kept FROM import_row ORDER BY row_number")
    assert [tuple(row) for row in kept] == [("created", False), ("refused", True)]


async def test_a_refused_row_says_what_is_wrong_and_how_to_mend_it(cast: Cast) -> None:
    file = workbook([ledger_row(1, 所属村="柳家屯"), ledger_row(2, 自理能力="还行")])
    batch = await previewed(cast, file)
    village, ability = await rows_of(cast, batch)
    assert village.status == "refused"
    assert "柳家庄村" in village.problems[0].remedy
    assert ability.problems[0].column == "自理能力"
    assert (village.number, ability.number) == (2, 3)


async def test_the_same_file_is_the_same_import(cast: Cast) -> None:
    file = people(3)
    first = await previewed(cast, file)
    assert (await previewed(cast, file, by=cast.leader)).id == first.id
    done = await actions.commit_import(first.id, by=cast.specialist, now=cast.now)
    assert await previewed(cast, file, hours=1) == done
    assert len(await registered(cast)) == 3


async def test_committing_twice_answers_the_same_and_does_it_once(cast: Cast) -> None:
    batch = await previewed(cast, people(3))
    first = await actions.commit_import(batch.id, by=cast.specialist, now=cast.now)
    second = await actions.commit_import(batch.id, by=cast.leader, now=cast.now + timedelta(hours=1))
    assert second == first
    assert len(await registered(cast)) == 3
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'recipient.registered'") == 3


async def test_the_same_file_is_judged_anew_while_it_waits(cast: Cast) -> None:
    file = workbook([ledger_row(1, 所属村="新柳村")])
    assert (await previewed(cast, file)).refused_count == 1
    await cast.owner.execute(
        "INSERT INTO area (code, name, level, parent, district_id, valid_from)"
        " VALUES ('120151101299', '新柳村', 12, $1, $2, '2020-01-01')",
        cast.township,
        cast.district_area,
    )
    await cast.owner.execute(
        "INSERT INTO area_within (ancestor_id, area_id) SELECT unnest($1::int[]), id FROM area WHERE name = '新柳村'",
        [cast.township, cast.district_area],
    )
    await cast.owner.execute(
        "INSERT INTO area_within (ancestor_id, area_id) SELECT id, id FROM area WHERE name = '新柳村'"
    )
    again = await previewed(cast, file)
    assert (again.ready_count, again.refused_count) == (1, 0)


async def test_a_commit_of_what_was_judged_anew_meanwhile_is_refused(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = people(1)
    batch = await previewed(cast, file)
    hold = imports.hold_imports

    async def after_another_preview(district_id: int) -> None:
        await cast.owner.execute("UPDATE import_batch SET previewed_at = previewed_at + interval '1 minute'")
        await hold(district_id)

    monkeypatch.setattr(imports, "hold_imports", after_another_preview)
    with pytest.raises(ImportJudgedAnew):
        await actions.commit_import(batch.id, by=cast.specialist, now=cast.now)
    assert await registered(cast) == []


async def test_a_later_ledger_updates_whom_it_knows_and_says_what_changed(cast: Cast) -> None:
    await imported(cast, workbook([ledger_row(1), ledger_row(2)]))
    second = workbook([ledger_row(1, 联系电话="13755556666", 自理能力="完全丧失(全护理)"), ledger_row(2)])
    before = await previewed(cast, second)
    assert all(row.recipient_id for row in await rows_of(cast, before))
    batch = await actions.commit_import(before.id, by=cast.specialist, now=cast.now)
    assert (batch.created_count, batch.updated_count) == (0, 1)
    changed, unchanged = await rows_of(cast, batch)
    assert (changed.status, set(changed.changed)) == ("updated", {"phone", "self_care", "categories"})
    assert unchanged.status == "unchanged"
    one, two = await registered(cast)
    assert (one["version"], one["risk"], two["version"]) == (2, "high", 1)
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'recipient.edited'")
    assert msgspec.json.decode(facts)["risk"] == "high"
    assert "13755556666" not in facts


async def test_an_empty_cell_erases_nothing_and_no_ledger_takes_a_category_away(cast: Cast) -> None:
    await imported(cast, workbook([ledger_row(1, 是否独居="是", 重点对象类别="失智")]))
    silent = {title: cell for title, cell in ledger_row(1).items() if title not in ("是否独居", "联系电话", "备注")}
    batch = await imported(cast, workbook([silent]))
    (row,) = await rows_of(cast, batch)
    assert row.status == "unchanged"
    assert any("暂保留" in warning for warning in row.warnings)
    (kept,) = await registered(cast)
    assert kept["living_alone"] and kept["risk"] == "high" and kept["phone_sealed"] is not None


async def test_somebody_registered_elsewhere_is_refused_in_the_same_words_at_preview_and_commit(cast: Cast) -> None:
    early = await previewed(cast, workbook([ledger_row(1), ledger_row(2)]))
    await imported(
        cast,
        workbook([ledger_row(1, 所属村="北塘村")]),
        by=cast.foreign_specialist,
        area_id=cast.foreign_township,
    )
    done = await actions.commit_import(early.id, by=cast.specialist, now=cast.now)
    assert (done.created_count, done.refused_count) == (1, 1)
    late = await previewed(cast, workbook([ledger_row(1, 备注="再报一次")]))
    told = [(await rows_of(cast, batch))[0].problems for batch in (done, late)]
    assert told[0] == told[1]
    assert [str(one) for one in told[0]] == ["身份证号：已在其他地区登记。请申请转入"]
    foreign = await cast.owner.fetchval("SELECT version FROM recipient WHERE area_id = $1", cast.foreign_village)
    assert foreign == 1


async def test_a_number_under_another_name_is_never_overwritten(cast: Cast) -> None:
    await imported(cast, workbook([ledger_row(1)]))
    batch = await imported(cast, workbook([ledger_row(1, 姓名="张冠李")]))
    (row,) = await rows_of(cast, batch)
    assert row.status == "refused" and "另一个姓名" in row.problems[0].reason
    assert (await registered(cast))[0]["name"] != "张冠李"


async def test_somebody_without_a_number_is_known_by_name_and_village(cast: Cast) -> None:
    nameless = ledger_row(1, 身份证号="待核实：户口未落实", 性别="女")
    await imported(cast, workbook([nameless]))
    again = await imported(cast, workbook([nameless | {"备注": "户口在办"}]))
    assert (again.created_count, again.updated_count) == (0, 1)
    twice = await imported(cast, workbook([nameless, nameless | {"备注": "同名"}]))
    assert [row.status for row in await rows_of(cast, twice)] == ["updated", "refused"]
    numbered = await previewed(cast, workbook([ledger_row(1)]))
    assert any("核对是不是同一人" in warning for warning in (await rows_of(cast, numbered))[0].warnings)


async def test_whoever_the_ledger_names_visits_else_the_villages_only_worker_else_somebody_must_choose(
    cast: Cast,
) -> None:
    rows = [
        ledger_row(1, 探访人="赵建国"),
        ledger_row(2, 探访人="不认识"),
        ledger_row(3, 所属村="前柳村", 探访人="不认识"),
        ledger_row(4, 所属村="前柳村", 探访人="王秀兰"),
    ]
    batch = await imported(cast, workbook(rows))
    assert [row["visit_worker_id"] for row in await registered(cast)] == [
        cast.specialist.id,
        cast.worker.id,
        None,
        cast.worker.id,
    ]
    told = [row.warnings for row in await rows_of(cast, batch)]
    assert not any("探访人" in warning for warning in told[0])
    assert any("暂由本村走访员" in warning for warning in told[1])
    assert any("请指定" in warning for warning in told[2])


async def test_refused_rows_come_back_as_a_workbook_that_says_why_and_leaves_a_trace(cast: Cast) -> None:
    file = workbook([ledger_row(1), ledger_row(2, 所属村="天外村", 备注="=1+1")])
    batch = await previewed(cast, file)
    back = await actions.refused_workbook(batch.id, by=cast.specialist, now=cast.now)
    ledger = open_ledger(back)
    assert isinstance(ledger, Ledger)
    (row,) = ledger.rows
    cells = dict(zip(row.headers, row.cells, strict=True))
    assert "天外村" in str(cells["原因"]) and cells["姓名"] == ledger_row(2)["姓名"]
    assert (
        await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'import.refused_returned'") == '{"rows": 1}'
    )


async def test_a_bad_workbook_leaves_nothing_behind(cast: Cast) -> None:
    for data in (b"", b"not a workbook", workbook([{"甲": 1}]), b"PK\x03\x04broken"):
        with pytest.raises(WorkbookRefused) as refused:
            await previewed(cast, data)
        assert refused.value.detail.endswith("。")
    for table in ("import_batch", "import_row", "recipient", "journal"):
        assert await cast.owner.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_a_commit_that_breaks_leaves_nothing_half_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = await previewed(cast, people(3))

    async def broken(*_: Any) -> None:
        raise RuntimeError("the server went away")

    monkeypatch.setattr(imports, "save_commit", broken)
    with pytest.raises(RuntimeError):
        await actions.commit_import(batch.id, by=cast.specialist, now=cast.now)
    monkeypatch.undo()
    assert await registered(cast) == []
    assert (await actions.commit_import(batch.id, by=cast.specialist, now=cast.now)).created_count == 3


@pytest.mark.parametrize("place", ["foreign_township", "foreign_village", "province"])
async def test_nobody_imports_outside_their_areas(cast: Cast, place: str) -> None:
    with pytest.raises(Invalid) as foreign:
        await previewed(cast, people(1), area_id=getattr(cast, place))
    with pytest.raises(Invalid) as missing:
        await previewed(cast, people(1), area_id=999_999)
    assert foreign.value.detail == missing.value.detail


async def test_a_villager_of_the_next_township_is_no_village_of_ours(cast: Cast) -> None:
    batch = await previewed(cast, workbook([ledger_row(1, 所属村="北塘村")]))
    assert batch.refused_count == 1


async def test_the_next_township_finds_no_import(cast: Cast) -> None:
    batch = await previewed(cast, people(1))
    for asking in (actions.commit_import, actions.refused_workbook):
        with pytest.raises(ImportNotFound):
            await asking(batch.id, by=cast.foreign_specialist, now=cast.now)


async def test_a_worker_imports_nothing(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        await previewed(cast, people(1), by=cast.worker, area_id=cast.village)


async def test_progress_is_told(cast: Cast) -> None:
    told: list[tuple[int, int]] = []
    batch = await actions.preview_import(
        people(230),
        file_name="台账.xlsx",
        area_id=cast.township,
        by=cast.specialist,
        now=cast.now,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(100, 230), (200, 230), (230, 230)]
    await actions.commit_import(
        batch.id, by=cast.specialist, now=cast.now, progress=lambda done, total: told.append((done, total))
    )
    assert told[3:] == [(100, 230), (200, 230), (230, 230)]


async def test_the_sample_ledger_with_all_its_warts_comes_in_but_for_three_rows(cast: Cast) -> None:
    await empty(cast.owner)  # the sample brings its own areas
    await import_areas(AREAS.read_bytes(), by=None, now=cast.now)
    township = await cast.owner.fetchval("SELECT id FROM area WHERE code = $1", TOWNSHIP_CODE)
    by = replace(cast.specialist, area_ids=(township,))
    done = await imported(cast, LEDGER.read_bytes(), by=by, area_id=township)
    assert (done.row_count, done.created_count, done.refused_count) == (150, 147, 3)
    refused = [row for row in await rows_of(cast, done, by) if row.status == "refused"]
    assert sorted(problem.column for row in refused for problem in row.problems) == ["所属村", "身份证号", "身份证号"]
    assert all(problem.remedy for row in refused for problem in row.problems)
    high = await cast.owner.fetchval("SELECT count(*) FROM recipient WHERE risk = 'high'")
    assert high == 12


def test_refused_rows_are_never_printed() -> None:
    row = RefusedRow(number=1, headers=("姓名",), cells=("李桂英",), problems=())
    assert "李桂英" not in repr(row)
