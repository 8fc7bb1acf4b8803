"""Existing agreements come over from the ledger: once, as they are, and what cannot come over is said."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.actions import import_areas
from accounts.permissions import Account
from api.exports import ledger_workbook
from caregivers.agreements.actions.taking_over import foresee_take_over, take_over_ledger
from caregivers.agreements.taking_over import TakenOver
from cli.demo.make_ledger import LEDGER
from cli.demo.people import AREAS, TOWNSHIP_CODE
from core import vault
from core.errors import Forbidden
from core.ids import new_id
from recipients import actions
from recipients.queries import Filter
from recipients.queries.imports import Batch
from recipients.refusals import ImportNotCommitted, ImportNotFound
from tests import caring
from tests.cast import Cast, seed
from tests.conftest import empty
from tests.ledger_files import ledger_row, workbook


def cared(serial: int, **cells: Any) -> dict[str, Any]:
    """Somebody of the first village with a caregiver and an agreement in force."""
    return ledger_row(
        serial,
        **{
            "照料人": f"张{'甲乙丙丁戊己庚辛'[serial % 8]}",
            "与照料人关系": "侄女",
            "照料协议编号": f"柳协〔2025〕{serial:03d}号",
            "协议开始": "2025-06-01",
            "协议结束": "2026-05-31",
        }
        | cells,
    )


async def committed(cast: Cast, *rows: dict[str, Any], by: Account | None = None, hours: float = 0) -> Batch:
    by = by or cast.specialist
    now = cast.now + timedelta(hours=hours)
    batch = await actions.preview_import(workbook(rows), file_name="台账.xlsx", area_id=by.area_ids[0], by=by, now=now)
    return await actions.commit_import(batch.id, by=by, now=now)


async def taken_over(cast: Cast, *rows: dict[str, Any], by: Account | None = None, hours: float = 0) -> TakenOver:
    by = by or cast.specialist
    batch = await committed(cast, *rows, by=by, hours=hours)
    return await take_over_ledger(batch.id, by=by, now=cast.now + timedelta(hours=hours))


async def table(cast: Cast, name: str, order: str = "id") -> list[dict[str, Any]]:
    return [dict(row) for row in await cast.owner.fetch(f"SELECT * FROM {name} ORDER BY {order}")]


def reasons(done: TakenOver) -> dict[int, str]:
    """By row number: what is told of rows that were not taken over."""
    return {one.number: "；".join(str(problem) for problem in one.problems) for one in done.not_taken_over}


def warnings(done: TakenOver) -> dict[int, str]:
    return {one.number: "；".join(one.warnings) for one in done.flagged}


async def test_an_agreement_in_a_ledger_is_in_force_in_the_system_with_caregiver_and_four_signatures(
    cast: Cast,
) -> None:
    done = await taken_over(cast, cared(1, 自理能力="部分丧失(半护理)"))
    assert (done.taken_over, done.kept, done.without, done.not_taken_over) == (1, 0, 0, ())
    (person,) = await table(cast, "recipient")
    (caregiver,) = await table(cast, "caregiver")
    (agreement,) = await table(cast, "agreement")
    expected = {
        "recipient_id": person["id"],
        "caregiver_id": caregiver["id"],
        "area_id": cast.village,
        "district_id": cast.district_area,
        "township_id": cast.township,
        "status": "active",
        "source": "ledger",
        "number": "柳协〔2025〕001号",
        "relation": "侄女",
        "starts_on": date(2025, 6, 1),
        "ends_on": date(2026, 5, 31),
        "fee_class": "partial",
        "fee_yuan": 400,
        "activated_at": cast.now,
        "created_by": cast.specialist.id,
    }
    assert {name: agreement[name] for name in expected} == expected
    assert (caregiver["name"], caregiver["kind"], caregiver["status"]) == ("张乙", "natural", "active")
    assert caregiver["id_to_confirm_reason"] == "台账导入，身份证号待补"
    assert caregiver["name_pinyin"] == "zhang yi" and caregiver["area_id"] == cast.village
    signatures = await table(cast, "signature", "party")
    assert [(one["party"], one["how"], _signer(one)) for one in signatures] == [
        ("caregiver", "ledger", "张乙"),
        ("recipient", "ledger", person["name"]),
        ("township", "ledger", "南柳镇"),
        ("village", "ledger", "柳家庄村"),
    ]
    assert await cast.owner.fetchval("SELECT is_covered_at($1, $2)", person["id"], cast.now)


def _signer(row: dict[str, Any]) -> str:
    return vault.open_sealed(row["signer_name_sealed"], f"signature.signer_name_sealed:{row['id']}")


async def test_the_history_of_an_agreement_begins_with_the_take_over_and_names_nobody(cast: Cast) -> None:
    await taken_over(cast, cared(1))
    (agreement,) = await table(cast, "agreement")
    told = await cast.owner.fetch("SELECT * FROM journal WHERE subject_id = $1", agreement["id"])
    assert [(row["kind"], row["by_account_id"], row["area_id"]) for row in told] == [
        ("agreement.taken_over", cast.specialist.id, cast.village)
    ]
    registered = await cast.owner.fetchrow("SELECT * FROM journal WHERE kind = 'caregiver.registered'")
    assert registered["subject_id"] == agreement["caregiver_id"]
    assert "张乙" not in told[0]["facts"] + registered["facts"] and "柳协" not in told[0]["facts"]


async def test_one_name_in_one_village_with_one_telephone_is_one_caregiver_and_anything_else_is_not(
    cast: Cast,
) -> None:
    contact = {"紧急联系人": "张三", "紧急联系人电话": "13911112222"}
    done = await taken_over(
        cast,
        cared(1, 照料人="张三", **contact),
        cared(2, 照料人="张三", **contact),
        cared(3, 照料人="张三", 紧急联系人="张三", 紧急联系人电话="13933334444"),
        cared(4, 照料人="张三"),
        cared(5, 照料人="张三", 所属村="前柳村", **contact),
    )
    assert done.taken_over == 5
    ids = [row["caregiver_id"] for row in await table(cast, "agreement", "number")]
    assert ids[0] == ids[1] and len(set(ids)) == 4
    assert len(await table(cast, "caregiver")) == 4
    assert {number for number, told in warnings(done).items() if "同名" in told} == {2, 3, 4, 5}
    sealed = await cast.owner.fetchrow("SELECT id, phone_sealed FROM caregiver WHERE id = $1", ids[0])
    assert vault.open_sealed(sealed["phone_sealed"], f"caregiver.phone_sealed:{sealed['id']}") == "13911112222"


async def test_somebody_registered_already_goes_on_as_the_same_caregiver(cast: Cast) -> None:
    known = await caring.caregiver(cast, name="张三")
    await taken_over(cast, cared(1, 照料人="张 三"))
    (agreement,) = await table(cast, "agreement")
    assert agreement["caregiver_id"] == known
    assert len(await table(cast, "caregiver")) == 1


NOT_TAKEN_OVER: dict[str, tuple[dict[str, Any], str]] = {
    "no end": ({"协议结束": None}, "协议结束：没有填写"),
    "no beginning": ({"协议开始": None}, "协议开始：没有填写"),
    "no agreement at all": ({"照料协议编号": None, "协议开始": None, "协议结束": None}, "协议结束：没有填写"),
    "no caregiver": ({"照料人": None}, "照料人：没有填写"),
    "ended": ({"协议结束": "2026-03-01"}, "协议结束：协议已到期"),
    "not begun": ({"协议开始": "2026-03-03"}, "协议开始：还没有开始"),
    "the visitor": ({"照料人": "王秀兰"}, "照料人：与探访人同名"),
    "the village's worker": ({"照料人": "王秀兰", "探访人": None}, "照料人：与探访人同名"),
    "themselves": ({"照料人": "李兰秀"}, "照料人：与本人同名"),
    "an organisation": ({"照料人": "阳光养老服务中心"}, "照料人：像是单位"),
    "two people": ({"照料人": "张三、李四"}, "照料人：不是一个人的姓名"),
    "collective": ({"供养方式": "集中供养"}, "照料协议：不在分散供养"),
}


@pytest.mark.parametrize("why", list(NOT_TAKEN_OVER))
async def test_what_cannot_be_taken_over_is_listed_with_reason_and_remedy_and_leaves_nothing_behind(
    cast: Cast, why: str
) -> None:
    cells, reason = NOT_TAKEN_OVER[why]
    done = await taken_over(cast, cared(1, **cells), cared(2))
    assert done.taken_over == 1
    (row,) = done.not_taken_over
    assert row.number == 2 and reason in reasons(done)[2]
    assert all(problem.remedy for problem in row.problems)
    assert len(await table(cast, "agreement")) == 1
    assert len(await table(cast, "caregiver")) == 1
    words = await cast.owner.fetchval("SELECT ledger FROM recipient WHERE id = $1", row.recipient_id)
    assert "caregiver" in words or why == "no caregiver"  # the register keeps the ledger's word


async def test_the_last_day_of_an_agreement_is_still_its_own(cast: Cast) -> None:
    assert (await taken_over(cast, cared(1, 协议开始="2026-03-02", 协议结束="2026-03-02"))).taken_over == 1


async def test_of_a_number_written_twice_only_the_first_row_is_taken_over(cast: Cast) -> None:
    done = await taken_over(cast, cared(1, 照料协议编号="同号"), cared(2, 照料协议编号="同号"))
    assert done.taken_over == 1
    assert "与第 2 行相同" in reasons(done)[3]


async def test_a_number_of_another_township_of_the_district_is_taken_and_nothing_is_told_of_it(cast: Cast) -> None:
    theirs = await cast.recipient(area_id=cast.foreign_village)
    await caring.agreement(cast, theirs, area_id=cast.foreign_village, number="柳协〔2025〕001号")
    before = len(await table(cast, "caregiver"))
    done = await taken_over(cast, cared(1), cared(2))
    assert done.taken_over == 1
    assert reasons(done) == {2: "照料协议编号：本区已有一份同号的协议。请核对编号，更正后重新导入"}
    assert len(await table(cast, "caregiver")) == before + 1  # nobody was registered for the other


async def test_people_without_a_word_of_care_are_counted_not_listed(cast: Cast) -> None:
    done = await taken_over(cast, ledger_row(1), cared(2), ledger_row(3, 供养方式="集中供养"))
    assert (done.taken_over, done.without, done.not_taken_over) == (1, 1, ())


async def test_who_cares_for_too_many_or_for_a_child_without_a_check_is_flagged_not_refused(cast: Cast) -> None:
    many = [cared(serial, 照料人="张三") for serial in range(1, 5)]
    child = cared(5, 身份证号=None, 出生日期="2015-06-01", 监护人="李奶奶", 性别="女")
    child |= {"身份证号": "待核实：户口未落实"}
    done = await taken_over(cast, *many, child)
    assert done.taken_over == 5
    told = warnings(done)
    assert {number for number, one in told.items() if "已照料 3 人，最多 3 人" in one} == {2, 3, 4, 5}
    assert "违法犯罪记录查询" in told[6]
    assert "身份证号待核实" not in str(told)  # true of everybody from a ledger


async def test_an_agreement_without_a_number_is_taken_over_and_flagged(cast: Cast) -> None:
    done = await taken_over(cast, cared(1, 照料协议编号=None))
    assert done.taken_over == 1 and "照料协议编号：没有填写" in warnings(done)[2]


async def test_whoever_is_barred_is_not_let_in_by_a_ledger_not_even_without_a_telephone(cast: Cast) -> None:
    barred = await caring.caregiver(cast, name="张三", phone_sealed=None)
    await bar(cast, barred)
    done = await taken_over(
        cast,
        cared(1, 照料人="张三"),
        cared(2, 照料人="张三", 紧急联系人="张三", 紧急联系人电话="13911112222"),
    )
    assert done.taken_over == 0
    assert set(reasons(done).values()) == {"照料人：不符合担任照料人的条件。请联系区民政局"}
    assert await table(cast, "agreement") == []


async def bar(cast: Cast, caregiver_id: UUID) -> None:
    row_id = new_id()
    row = {
        "id": row_id,
        "district_id": cast.district_area,
        "caregiver_id": caregiver_id,
        "name_sealed": vault.seal("张三", f"bar.name_sealed:{row_id}"),
        "reason": "removed",
        "ground_sealed": vault.seal("撤换", f"bar.ground_sealed:{row_id}"),
        "from_on": date(2026, 1, 1),
        "created_by": cast.leader.id,
        "created_at": cast.now - timedelta(days=60),
    }
    await caring.insert(cast.owner, "bar", row)


async def test_twice_is_once_and_answers_the_same(cast: Cast) -> None:
    batch = await committed(cast, cared(1, 监护人="李保国"), cared(2, 照料人="张三、李四"))
    first = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    again = await take_over_ledger(batch.id, by=cast.leader, now=cast.now + timedelta(hours=2))
    assert again == first
    assert await foresee_take_over(batch.id, by=cast.leader, now=cast.now) == first
    for name in ("agreement", "caregiver", "care_fact"):
        assert len(await table(cast, name)) == 1
    assert len(await table(cast, "signature")) == 4


async def test_what_a_crash_left_between_the_two_is_told_and_completed(cast: Cast) -> None:
    batch = await committed(cast, cared(1), cared(2))
    waiting = await foresee_take_over(batch.id, by=cast.specialist, now=cast.now)
    assert (waiting.taken_over, waiting.waiting) == (0, 2)
    done = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now + timedelta(hours=1))
    assert (done.taken_over, done.waiting) == (2, 0)


async def test_a_take_over_that_breaks_leaves_nothing_half_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from caregivers.agreements.queries import taking_over_writes

    batch = await committed(cast, cared(1))

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the server went away")

    monkeypatch.setattr(taking_over_writes, "add_signatures", broken)
    with pytest.raises(RuntimeError):
        await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    monkeypatch.undo()
    assert await table(cast, "agreement") == [] and await table(cast, "caregiver") == []
    assert (await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)).taken_over == 1


async def test_a_later_ledger_neither_doubles_nor_overwrites_what_the_system_keeps_and_says_where_it_differs(
    cast: Cast,
) -> None:
    await taken_over(cast, cared(1), cared(2), cared(3))
    before = await table(cast, "agreement")
    rows = (
        cared(1, 备注="又一份"),
        cared(2, 协议结束="2027-05-31", 照料人="张丁"),
        cared(3, 照料人=None, 照料协议编号=None, 协议开始=None, 协议结束=None, 与照料人关系=None),
    )
    batch = await actions.preview_import(
        workbook(rows), file_name="b.xlsx", area_id=cast.township, by=cast.specialist, now=cast.now
    )
    hour = cast.now + timedelta(hours=1)
    foreseen = await foresee_take_over(batch.id, by=cast.specialist, now=hour)
    assert reasons(foreseen)[3].startswith("照料协议：照料人、协议结束与系统里的协议不同，以系统里的为准")
    assert list(reasons(foreseen)) == [3]
    await actions.commit_import(batch.id, by=cast.specialist, now=hour)
    done = await take_over_ledger(batch.id, by=cast.specialist, now=hour)
    assert (done.taken_over, done.kept, reasons(done)) == (0, 2, reasons(foreseen))
    assert await table(cast, "agreement") == before
    assert len(await table(cast, "caregiver")) == 3


@pytest.mark.parametrize("status", ["draft", "pending_signatures"])
async def test_an_agreement_being_signed_in_the_system_goes_before_the_ledgers(cast: Cast, status: str) -> None:
    batch = await committed(cast, cared(1))
    recipient = (await table(cast, "recipient"))[0]["id"]
    await caring.agreement(cast, recipient, status=status)
    done = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    assert done.taken_over == 0 and "正在签订" in reasons(done)[2]


@pytest.mark.parametrize(
    ("reason", "starts_on"), [("mutual", "2026-02-02"), ("resigned", "2026-02-02"), ("expired", "2026-02-01")]
)
async def test_no_ledger_brings_back_what_ended_in_the_system(cast: Cast, reason: str, starts_on: str) -> None:
    batch = await committed(cast, cared(1, 协议开始=starts_on))
    recipient = (await table(cast, "recipient"))[0]["id"]
    await caring.agreement(cast, recipient, status="ended", ended_reason=reason, ended_on=date(2026, 2, 1))
    done = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    assert done.taken_over == 0 and "已经终止" in reasons(done)[2]


async def test_no_ledger_speaks_against_care_arranged_in_the_system_or_the_word_that_nobody_cares(cast: Cast) -> None:
    batch = await committed(cast, cared(1), cared(2))
    temporary, nobody = [row["id"] for row in await table(cast, "recipient", "number")]
    await caring.temporary_care(cast, temporary)
    row = {"id": new_id(), "recipient_id": nobody, "area_id": cast.village, "district_id": cast.district_area}
    told = {"reason": "照料人失联", "reported_by": cast.worker.id, "reported_at": cast.now}
    await caring.insert(cast.owner, "no_cover", row | told)
    done = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    assert done.taken_over == 0
    assert all("已安排临时照料，或已报告无人照料" in reason for reason in reasons(done).values())


async def test_no_ledger_gets_round_a_mandatory_replacement_case(cast: Cast) -> None:
    batch = await committed(cast, cared(1, 协议开始="2026-02-02"))
    (person,) = await table(cast, "recipient")
    agreement = await caring.agreement(
        cast, person["id"], status="ended", ended_reason="expired", ended_on=date(2026, 2, 1)
    )
    await proposed(cast, agreement)
    done = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    assert done.taken_over == 0 and "已经终止" in reasons(done)[2]


async def proposed(cast: Cast, agreement: UUID) -> None:
    """A mandatory case about this agreement that nobody has decided yet."""
    stands = await caring.row_of(cast, "agreement", agreement)
    row = {
        "id": new_id(),
        "agreement_id": agreement,
        "recipient_id": stands["recipient_id"],
        "caregiver_id": stands["caregiver_id"],
        "area_id": cast.village,
        "district_id": cast.district_area,
        "mandatory": True,
        "ground": "failed_cycles",
        "proposed_at": cast.now,
        "decide_by": cast.now + timedelta(days=3),
    }
    await caring.insert(cast.owner, "replacement_case", row)


async def test_what_ran_out_in_the_system_and_was_renewed_on_paper_is_taken_over(cast: Cast) -> None:
    batch = await committed(cast, cared(1, 协议开始="2026-02-02"))
    recipient = (await table(cast, "recipient"))[0]["id"]
    await caring.agreement(cast, recipient, status="ended", ended_reason="expired", ended_on=date(2026, 2, 1))
    assert (await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)).taken_over == 1


async def test_a_guardian_is_a_fact_of_their_own_and_whoever_is_on_record_stays(cast: Cast) -> None:
    done = await taken_over(
        cast,
        cared(1, 监护人="李保国", 监护人电话="13900007777"),
        cared(2, 监护人="张丙"),
        ledger_row(3, 监护人="柳家庄村村民委员会"),
    )
    assert warnings(done) == {}
    facts = await table(cast, "care_fact")
    assert {(one["who"], _guardian(one)) for one in facts} == {
        ("other", "李保国"),
        ("caregiver", "张丙"),
        ("village", "柳家庄村村民委员会"),
    }
    assert {one["kind"] for one in facts} == {"guardian"} and facts[0]["since_on"] == date(2026, 3, 2)
    done = await taken_over(cast, cared(1, 监护人="李卫国"), hours=1)
    assert "监护人：与系统里的记录不同" in warnings(done)[2]
    assert await table(cast, "care_fact") == facts


def _guardian(row: dict[str, Any]) -> str:
    return vault.open_sealed(row["name_sealed"], f"care_fact.name_sealed:{row['id']}")


async def test_for_a_child_the_guardian_has_signed(cast: Cast) -> None:
    child = cared(1, 身份证号="待核实：户口未落实", 出生日期="2015-06-01", 监护人="李奶奶", 性别="女")
    await taken_over(cast, child)
    signed = await cast.owner.fetchrow("SELECT * FROM signature WHERE party = 'recipient'")
    assert signed["capacity"] == "guardian" and signed["capacity_reason"] and _signer(dict(signed)) == "李奶奶"


async def test_nothing_is_taken_over_before_the_import_is_committed(cast: Cast) -> None:
    batch = await actions.preview_import(
        workbook([cared(1)]), file_name="a.xlsx", area_id=cast.township, by=cast.specialist, now=cast.now
    )
    with pytest.raises(ImportNotCommitted):
        await take_over_ledger(batch.id, by=cast.specialist, now=cast.now)
    assert await table(cast, "agreement") == []


async def test_the_next_township_takes_over_nothing_of_ours_and_a_worker_nothing_at_all(cast: Cast) -> None:
    batch = await committed(cast, cared(1))
    for act in (take_over_ledger, foresee_take_over):
        with pytest.raises(ImportNotFound):
            await act(batch.id, by=cast.foreign_specialist, now=cast.now)
        with pytest.raises(Forbidden):
            await act(batch.id, by=cast.worker, now=cast.now)
    assert await table(cast, "agreement") == []


async def exported(cast: Cast, *, in_full: bool = True) -> bytes:
    return await ledger_workbook(
        Filter(under_visit=True),
        in_full=in_full,
        purpose="supervision",
        note="核对台账",
        by=cast.specialist,
        now=cast.now,
    )


async def agreed(cast: Cast) -> list[dict[str, Any]]:
    """Every agreement as a ledger would tell of it, and how it stands."""
    rows = await cast.owner.fetch(
        "SELECT r.name, c.name AS caregiver, a.number, a.relation, a.starts_on, a.ends_on, a.status, a.fee_class,"
        " v.name AS village FROM agreement a JOIN recipient r ON r.id = a.recipient_id"
        " JOIN caregiver c ON c.id = a.caregiver_id JOIN area v ON v.id = a.area_id ORDER BY r.id_index"
    )
    return [dict(row) for row in rows]


async def test_a_ledger_that_goes_out_and_comes_in_again_gives_the_same_agreements(cast: Cast) -> None:
    contact = {"紧急联系人": "张三", "紧急联系人电话": "13911112222"}
    await taken_over(
        cast,
        cared(1, 照料人="张三", **contact),
        cared(2, 照料人="张三", **contact),
        cared(3, 与照料人关系="邻居", 自理能力="完全丧失(全护理)"),
        cared(4, 照料协议编号=None, 与照料人关系=None),
        ledger_row(5),
    )
    first, file = await agreed(cast), await exported(cast)

    batch = await actions.preview_import(
        file, file_name="导出.xlsx", area_id=cast.township, by=cast.specialist, now=cast.now + timedelta(hours=1)
    )
    await actions.commit_import(batch.id, by=cast.specialist, now=cast.now + timedelta(hours=1))
    again = await take_over_ledger(batch.id, by=cast.specialist, now=cast.now + timedelta(hours=1))
    assert (again.taken_over, again.kept, again.without, again.not_taken_over) == (0, 4, 1, ())
    assert await agreed(cast) == first

    await empty(cast.owner)
    elsewhere = await seed(cast.owner)
    batch = await actions.preview_import(
        file, file_name="导出.xlsx", area_id=elsewhere.township, by=elsewhere.specialist, now=cast.now
    )
    await actions.commit_import(batch.id, by=elsewhere.specialist, now=cast.now)
    assert (await take_over_ledger(batch.id, by=elsewhere.specialist, now=cast.now)).taken_over == 4
    assert await agreed(elsewhere) == first
    assert await cast.owner.fetchval("SELECT count(*) FROM caregiver") == 3


async def test_the_agreements_of_the_sample_ledger_come_over_all_but_those_of_its_three_wrong_rows(cast: Cast) -> None:
    await empty(cast.owner)  # the sample brings its own areas
    await import_areas(AREAS.read_bytes(), by=None, now=cast.now)
    areas = {row["code"]: row["id"] for row in await cast.owner.fetch("SELECT id, code FROM area")}
    by = replace(cast.specialist, area_ids=(areas[TOWNSHIP_CODE],), district_id=areas["120199000000"])
    batch = await actions.preview_import(
        LEDGER.read_bytes(), file_name="a.xlsx", area_id=by.area_ids[0], by=by, now=cast.now
    )
    await actions.commit_import(batch.id, by=by, now=cast.now)
    done = await take_over_ledger(batch.id, by=by, now=cast.now)
    assert (done.taken_over, done.without, done.not_taken_over) == (147, 0, ())
    assert ["违法犯罪记录查询" in told for told in warnings(done).values()].count(True) == 1  # its one child
