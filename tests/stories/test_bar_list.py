"""The bar list: kept by the district, felt in every township, read in none."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from accounts.permissions import Account
from caregivers.people import actions, queries
from caregivers.people.refusals import BarLiftedBefore, BarNotFound, CaregiverNotFound
from core import db
from core.errors import Forbidden, Invalid
from tests.caregivers_on_record import NUMBER, registered
from tests.caring import TODAY, agreement, caregiver, insert, row_of
from tests.cast import Cast
from tests.ledger_files import id_number


async def registered_abroad(cast: Cast, **more: Any) -> UUID:
    return await registered(cast, by=cast.foreign_specialist, area_id=cast.foreign_village, **more)


async def case_about(cast: Cast, caregiver_id: UUID) -> UUID:
    """A replacement case of the worker's township, still to be decided."""
    agreed = await agreement(cast, caregiver_id=caregiver_id)
    case_id = uuid4()
    await insert(
        cast.owner,
        "replacement_case",
        {
            "id": case_id,
            "agreement_id": agreed,
            "recipient_id": (await row_of(cast, "agreement", agreed))["recipient_id"],
            "caregiver_id": caregiver_id,
            "area_id": cast.village,
            "district_id": cast.district_area,
            "mandatory": True,
            "ground": "failed_cycles",
            "proposed_at": cast.now,
            "decide_by": cast.now + timedelta(days=3),
            "barred_ids": [],
        },
    )
    return case_id


async def remove(cast: Cast, one: UUID, case_id: UUID, by: Account | None = None, **told: Any) -> UUID:
    """What the decision of a case does, under the eyes of who decides."""
    known: dict[str, Any] = {
        "reason": "removed",
        "ground": "两次整改不合格，燃气隐患仍在",
        "from_on": TODAY,
        "until_on": date(2028, 3, 2),
    }
    decider = by or cast.leader
    async with db.transaction(decider.scope):
        return await actions.bar(one, case_id=case_id, by=decider.id, now=cast.now, **(known | told))


async def barred(cast: Cast, one: UUID, by: Account | None = None, on: date = TODAY) -> bool:
    async with db.transaction((by or cast.specialist).scope):
        return await queries.caregiver_barred(one, on)


async def by_district(cast: Cast, **told: Any) -> UUID:
    known: dict[str, Any] = {
        "name": "张秀英",
        "id_number": NUMBER,
        "reason": "law",
        "ground": "判决书",
        "from_on": TODAY,
    }
    return await actions.bar_person(**(known | {"from_on": TODAY} | told), by=cast.district, now=cast.now)


# --- felt everywhere ---


async def test_a_removal_bars_the_person_in_every_township_also_when_registered_anew(cast: Cast) -> None:
    one = await registered(cast)
    await remove(cast, one, await case_about(cast, one))
    assert await barred(cast, one)
    elsewhere = await registered_abroad(cast)
    assert await barred(cast, elsewhere, cast.foreign_specialist)
    somebody_else = await registered_abroad(cast, name="王大山", id_number=id_number(9, born_on=date(1970, 1, 1)))
    assert not await barred(cast, somebody_else, cast.foreign_specialist)


async def test_the_facts_of_suitability_consult_the_list(cast: Cast) -> None:
    await by_district(cast)
    one, recipient = await registered(cast), await cast.recipient()
    async with db.transaction(cast.specialist.scope):
        facts = await queries.suitability_facts(one, recipient, on=TODAY)
    assert facts is not None and facts.barred


async def test_a_bar_runs_its_term_to_the_day(cast: Cast) -> None:
    one = await registered(cast)
    await remove(cast, one, await case_about(cast, one))
    days = (date(2026, 3, 1), TODAY, date(2028, 3, 1), date(2028, 3, 2))
    assert [await barred(cast, one, on=day) for day in days] == [False, True, True, False]


async def test_a_bar_of_somebody_without_a_number_follows_them_to_the_number(cast: Cast) -> None:
    one = await registered(cast, id_number=None, id_to_confirm_reason="正在补办", sex="female")
    await remove(cast, one, await case_about(cast, one))
    elsewhere = await registered_abroad(cast)
    assert await barred(cast, one)
    assert not await barred(cast, elsewhere, cast.foreign_specialist)
    await actions.edit(one, {"id_number": NUMBER}, base_version=1, by=cast.specialist, now=cast.now)
    assert await barred(cast, elsewhere, cast.foreign_specialist)


async def test_a_corrected_number_does_not_shake_the_bar_off(cast: Cast) -> None:
    one = await registered(cast)
    await remove(cast, one, await case_about(cast, one))
    another = id_number(11, born_on=date(1970, 1, 1))
    await actions.edit(one, {"id_number": another}, base_version=1, by=cast.specialist, now=cast.now)
    assert await barred(cast, one)
    assert await barred(cast, await registered_abroad(cast), cast.foreign_specialist)
    new = await registered_abroad(cast, id_number=another)
    assert await barred(cast, new, cast.foreign_specialist)


async def test_another_districts_list_is_not_consulted(cast: Cast) -> None:
    one = await registered(cast)
    await by_district(cast)
    await cast.owner.execute("UPDATE bar SET district_id = $1", cast.province)
    assert not await barred(cast, one)


# --- kept by the district ---


async def test_what_the_law_forbids_it_forbids_for_ever_and_a_removal_for_the_policys_months(cast: Cast) -> None:
    law = await row_of(cast, "bar", await by_district(cast))
    removed = await row_of(cast, "bar", await by_district(cast, reason="removed"))
    assert (law["until_on"], removed["until_on"]) == (None, date(2028, 3, 2))
    with pytest.raises(asyncpg.CheckViolationError):
        await cast.owner.execute("UPDATE bar SET until_on = '2030-01-01' WHERE id = $1", law["id"])


async def test_the_district_lifts_a_bar_and_the_history_stays(cast: Cast) -> None:
    one = await registered(cast)
    line = await actions.bar_caregiver(
        one, reason="removed", ground="区级核查", from_on=TODAY, by=cast.district, now=cast.now
    )
    assert await barred(cast, one)
    await actions.lift(line, reason="复核后撤销", by=cast.district, now=cast.now)
    assert not await barred(cast, one)
    with pytest.raises(BarLiftedBefore):
        await actions.lift(line, reason="再次撤销", by=cast.district, now=cast.now)
    async with db.transaction(cast.district.scope):
        (kept,) = await queries.bar_list(after=None, limit=10)
    assert (kept.name, kept.ground, kept.lift_reason, kept.lifted_by) == (
        "张秀英",
        "区级核查",
        "复核后撤销",
        cast.district.id,
    )
    for change in ("DELETE FROM bar", "UPDATE bar SET until_on = '2026-03-03'", "UPDATE bar SET id_index = NULL"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.district.scope):
                await db.execute(change)
    async with db.transaction(cast.district.scope):
        assert await db.execute("UPDATE bar SET lifted_at = NULL, lifted_by = NULL") == 0


async def test_one_of_two_bars_lifted_leaves_the_other(cast: Cast) -> None:
    one = await registered(cast)
    first = await by_district(cast)
    await remove(cast, one, await case_about(cast, one))
    await actions.lift(first, reason="判决撤销", by=cast.district, now=cast.now)
    assert await barred(cast, one)


async def test_nobody_but_the_district_keeps_the_list(cast: Cast) -> None:
    one = await registered(cast)
    line = await by_district(cast)
    for by in (cast.specialist, cast.leader, cast.worker, cast.auditor, cast.administrator):
        with pytest.raises(Forbidden):
            await actions.bar_caregiver(one, reason="law", ground="某事", from_on=TODAY, by=by, now=cast.now)
        with pytest.raises(Forbidden):
            await actions.lift(line, reason="说情", by=by, now=cast.now)
    for by in (cast.specialist, cast.leader, cast.worker):
        with pytest.raises(Forbidden):
            await actions.reveal_bar(line, purpose="supervision", note="查看原因", by=by, now=cast.now)


async def test_a_bar_needs_a_ground_a_possible_day_and_a_whole_number(cast: Cast) -> None:
    for told, field in (
        ({"ground": " "}, "/ground"),
        ({"from_on": TODAY + timedelta(days=1)}, "/from_on"),
        ({"id_number": "待核实：遗失"}, "/id_number"),
        ({"id_number": "120199197001010001"}, "/id_number"),
        ({"name": " "}, "/name"),
    ):
        with pytest.raises(Invalid) as refused:
            await by_district(cast, **told)
        assert refused.value.field == field
    assert await cast.owner.fetchval("SELECT count(*) FROM bar") == 0


# --- and told to nobody ---


async def test_a_leader_writes_the_bar_of_a_case_and_reads_no_list(cast: Cast) -> None:
    one = await registered(cast)
    line = await remove(cast, one, await case_about(cast, one))
    row = await row_of(cast, "bar", line)
    assert (row["created_by"], row["id_index"]) == (cast.leader.id, queries.id_index(NUMBER))
    assert "张秀英".encode() not in row["name_sealed"] and "燃气".encode() not in row["ground_sealed"]
    for by in (cast.leader, cast.specialist, cast.worker, cast.foreign_leader):
        async with db.transaction(by.scope):
            assert await db.fetch("SELECT id FROM bar") == []
            assert await db.execute("UPDATE bar SET lifted_by = $1, lifted_at = now()", by.id) == 0
            assert await queries.bar_of(line) is None
    for by in (cast.district, cast.auditor):
        async with db.transaction(by.scope):
            assert [found.id for found in await queries.bars_by_number(NUMBER)] == [line]


async def test_a_township_bars_nobody_without_a_case_of_its_own(cast: Cast) -> None:
    one, other = await registered(cast), await caregiver(cast)
    case_id = await case_about(cast, other)
    for told in ({"case_id": None}, {"case_id": uuid4()}, {"case_id": case_id}):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await remove(cast, one, **told)
    with pytest.raises(CaregiverNotFound):
        await remove(cast, other, case_id, by=cast.foreign_leader)
    assert await cast.owner.fetchval("SELECT count(*) FROM bar") == 0


async def test_the_journal_tells_the_district_of_a_bar_without_its_ground(cast: Cast) -> None:
    one = await registered(cast)
    line = await remove(cast, one, await case_about(cast, one))
    told = await cast.owner.fetchrow("SELECT * FROM journal WHERE kind = 'bar.added'")
    assert (told["subject_id"], told["area_id"]) == (line, cast.district_area)
    assert "2028-03-02" in told["facts"]
    assert not any(word in told["facts"] for word in ("燃气", "张秀英", NUMBER))
    async with db.transaction(cast.specialist.scope):
        assert await db.fetch("SELECT id FROM journal WHERE kind = 'bar.added'") == []


async def test_the_ground_is_read_for_a_purpose_that_is_on_the_journal_first(cast: Cast) -> None:
    line = await by_district(cast)
    with pytest.raises(Invalid):
        await actions.reveal_bar(line, purpose="supervision", note="张秀英的事", by=cast.district, now=cast.now)
    shown = await actions.reveal_bar(line, purpose="supervision", note="申诉复核", by=cast.auditor, now=cast.now)
    assert shown.ground == "判决书"
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'bar.revealed'")
    assert "申诉复核" in facts and "判决书" not in facts
    with pytest.raises(BarNotFound):
        await actions.reveal_bar(uuid4(), purpose="supervision", note="申诉复核", by=cast.district, now=cast.now)
