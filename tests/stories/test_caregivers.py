"""Caregivers on record: registered once, edited by version, revealed for a purpose, linked, gone and back again."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from caregivers.people import actions, queries
from caregivers.people.refusals import (
    AccountNotTheirs,
    CaregiverActive,
    CaregiverChanged,
    CaregiverKnownHere,
    CaregiverNotActive,
    CaregiverNotFound,
    CaresForSomebody,
    VisitsOwnRecipient,
)
from core import db
from core.errors import Forbidden, Invalid
from core.scope import JOBS, Scope
from tests.caregivers_on_record import NUMBER, checked, end, journal, plan, registered
from tests.caring import TODAY, agreement, caregiver, linked_caregiver, row_of
from tests.cast import Cast
from tests.ledger_files import id_number

# --- on record ---


async def test_what_is_registered_is_sealed_indexed_and_found_by_sound(cast: Cast) -> None:
    one = await row_of(cast, "caregiver", await registered(cast))
    assert NUMBER.encode() not in one["id_sealed"] and b"13812345678" not in one["phone_sealed"]
    assert one["id_index"] == queries.id_index(NUMBER)
    assert (one["name_pinyin"], one["sex"], one["district_id"]) == ("zhang xiu ying", "female", cast.district_area)
    assert await journal(cast, one["id"]) == ["caregiver.registered"]


async def test_an_id_number_is_registered_once_in_a_township_and_asking_is_on_the_journal(cast: Cast) -> None:
    first = await registered(cast)
    with pytest.raises(CaregiverKnownHere) as refused:
        await registered(cast, area_id=cast.other_village, name="张秀荣")
    assert refused.value.caregiver_id == first
    assert "张*" in refused.value.detail and "秀英" not in refused.value.detail
    assert await journal(cast, first) == ["caregiver.registered", "caregiver.known_here"]
    assert await cast.owner.fetchval("SELECT count(*) FROM caregiver") == 1


async def test_two_clerks_who_register_one_person_at_once_make_one_record(cast: Cast) -> None:
    both = (registered(cast), registered(cast, by=cast.leader, area_id=cast.other_village))
    async with cast.owner.transaction():  # neither can finish before the other has begun
        await cast.owner.execute("LOCK TABLE journal IN EXCLUSIVE MODE")
        under_way = asyncio.gather(*both, return_exceptions=True)
        await asyncio.sleep(0.3)
    answers = await under_way
    assert [type(one) for one in answers if not isinstance(one, UUID)] == [CaregiverKnownHere]
    assert await cast.owner.fetchval("SELECT count(*) FROM caregiver") == 1


async def test_another_township_registers_the_same_person_and_learns_nothing(cast: Cast) -> None:
    await registered(cast)
    elsewhere = await registered(cast, by=cast.foreign_specialist, area_id=cast.foreign_village)
    assert await journal(cast, elsewhere) == ["caregiver.registered"]


async def test_nobody_registers_outside_their_areas_or_without_the_right(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        await registered(cast, area_id=cast.foreign_village)
    assert refused.value.field == "/area_id"
    for by in (cast.worker, cast.district, cast.auditor):
        with pytest.raises(Forbidden):
            await registered(cast, by=by)
    assert await cast.owner.fetchval("SELECT count(*) FROM caregiver") == 0


async def test_an_edit_is_of_the_version_read_and_names_what_others_changed(cast: Cast) -> None:
    one = await registered(cast)
    saved = await actions.edit(one, {"phone": "13900001111"}, base_version=1, by=cast.leader, now=cast.now)
    assert (saved.version, saved.changed) == (2, ("phone",))
    with pytest.raises(CaregiverChanged) as refused:
        await actions.edit(one, {"address": "村东头"}, base_version=1, by=cast.specialist, now=cast.now)
    assert refused.value.changed == ("phone",) and "联系电话" in refused.value.detail
    same = await actions.edit(one, {"phone": "13900001111"}, base_version=2, by=cast.leader, now=cast.now)
    assert (same.version, same.changed) == (2, ())
    assert await journal(cast, one) == ["caregiver.registered", "caregiver.edited"]


async def test_of_two_edits_of_one_version_at_once_the_second_is_told(cast: Cast) -> None:
    one = await registered(cast)
    both = (
        actions.edit(one, {"phone": "13900001111"}, base_version=1, by=cast.leader, now=cast.now),
        actions.edit(one, {"address": "村东头"}, base_version=1, by=cast.specialist, now=cast.now),
    )
    async with cast.owner.transaction():  # neither can finish before the other has begun
        await cast.owner.execute("LOCK TABLE journal IN EXCLUSIVE MODE")
        under_way = asyncio.gather(*both, return_exceptions=True)
        await asyncio.sleep(0.3)
    answers = await under_way
    assert [type(found) for found in answers if not isinstance(found, actions.Saved)] == [CaregiverChanged]
    assert (await row_of(cast, "caregiver", one))["version"] == 2


async def test_an_edit_to_the_number_of_another_is_refused(cast: Cast) -> None:
    await registered(cast)
    other = await registered(cast, name="王大山", id_number=id_number(9, born_on=date(1970, 1, 1), woman=False))
    with pytest.raises(CaregiverKnownHere):
        await actions.edit(other, {"id_number": NUMBER}, base_version=1, by=cast.specialist, now=cast.now)
    assert (await row_of(cast, "caregiver", other))["version"] == 1


async def test_what_is_revealed_is_on_the_journal_first_and_takes_a_plain_purpose(cast: Cast) -> None:
    one = await registered(cast)
    with pytest.raises(Invalid):
        await actions.reveal(
            one, ["id_number"], purpose="verification", note="核对张秀英", by=cast.leader, now=cast.now
        )
    assert await journal(cast, one) == ["caregiver.registered"]
    shown = await actions.reveal(
        one, ["id_number", "phone"], purpose="verification", note="签约前核对", by=cast.leader, now=cast.now
    )
    assert shown == {"id_number": NUMBER, "phone": "13812345678"}
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'caregiver.revealed'")
    assert "签约前核对" in facts and NUMBER not in facts
    for by in (cast.worker, cast.auditor):
        with pytest.raises(Forbidden):
            await actions.reveal(one, ["phone"], purpose="visit", note="上门前联系", by=by, now=cast.now)
    with pytest.raises(CaregiverNotFound):
        await actions.reveal(one, ["phone"], purpose="visit", note="上门前联系", by=cast.foreign_leader, now=cast.now)


async def test_nothing_is_revealed_when_the_journal_cannot_be_written(cast: Cast) -> None:
    one = await registered(cast)
    await cast.owner.execute("ALTER TABLE journal ADD CONSTRAINT unwritable CHECK (kind <> 'caregiver.revealed')")
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await actions.reveal(one, ["phone"], purpose="visit", note="上门前联系", by=cast.leader, now=cast.now)
    finally:
        await cast.owner.execute("ALTER TABLE journal DROP CONSTRAINT unwritable")


# --- the account they act with ---


async def test_a_caregiver_sees_their_own_row_and_nobody_elses(cast: Cast) -> None:
    mine, account = await linked_caregiver(cast)
    await caregiver(cast)
    async with db.transaction(account.scope):
        assert [row["id"] for row in await db.fetch("SELECT id FROM caregiver")] == [mine]
        assert await db.execute("UPDATE caregiver SET left_reason = '改' WHERE id = $1", mine) == 0
        for table in ("relation", "record_check", "provider", "bar"):
            assert await db.fetch(f"SELECT id FROM {table}") == [], table


async def test_a_cadre_who_cares_for_a_neighbour_is_linked_and_unlinked(cast: Cast) -> None:
    one = await registered(cast)
    await actions.link_account(one, cast.worker.id, by=cast.specialist, now=cast.now)
    async with db.transaction(Scope(account_id=cast.worker.id)):
        assert [row["id"] for row in await db.fetch("SELECT id FROM caregiver")] == [one]
    await actions.unlink_account(one, by=cast.specialist, now=cast.now)
    async with db.transaction(Scope(account_id=cast.worker.id)):
        assert await db.fetch("SELECT id FROM caregiver") == []
    assert await journal(cast, one) == ["caregiver.registered", "caregiver.linked", "caregiver.unlinked"]


async def test_neither_a_judge_nor_a_strangers_account_is_linked(cast: Cast) -> None:
    one = await registered(cast)
    for account in (cast.leader, cast.specialist, cast.district, cast.foreign_worker):
        with pytest.raises(Invalid) as refused:
            await actions.link_account(one, account.id, by=cast.specialist, now=cast.now)
        assert refused.value.field == "/account_id"
    await actions.link_account(one, cast.worker.id, by=cast.specialist, now=cast.now)
    other = await caregiver(cast)
    with pytest.raises(AccountNotTheirs):
        await actions.link_account(other, cast.worker.id, by=cast.specialist, now=cast.now)


async def test_the_visitor_of_somebody_they_care_for_is_not_linked(cast: Cast) -> None:
    one = await registered(cast)
    by_register = await agreement(cast, caregiver_id=one)
    with pytest.raises(VisitsOwnRecipient):
        await actions.link_account(one, cast.worker.id, by=cast.specialist, now=cast.now)
    recipient = (await row_of(cast, "agreement", by_register))["recipient_id"]
    await cast.owner.execute("UPDATE recipient SET visit_worker_id = NULL WHERE id = $1", recipient)
    await plan(cast, recipient)
    with pytest.raises(VisitsOwnRecipient):
        await actions.link_account(one, cast.worker.id, by=cast.specialist, now=cast.now)
    await cast.owner.execute("UPDATE visit_plan SET ended_at = $1", cast.now)
    await actions.link_account(one, cast.worker.id, by=cast.specialist, now=cast.now)


# --- gone, and back again ---


async def test_nobody_leaves_while_somebody_is_in_their_care(cast: Cast) -> None:
    one = await registered(cast)
    for status in ("active", "suspended"):
        agreed = await agreement(cast, caregiver_id=one, status=status)
        with pytest.raises(CaresForSomebody) as refused:
            await actions.record_leaving(one, on=TODAY, reason="外出务工", by=cast.specialist, now=cast.now)
        assert "临时照料" in refused.value.detail
        await end(cast, agreed)
    await actions.record_leaving(one, on=TODAY, reason="外出务工", by=cast.specialist, now=cast.now)
    row = await row_of(cast, "caregiver", one)
    assert (row["status"], row["left_on"], row["left_reason"]) == ("left", TODAY, "外出务工")


async def test_the_database_itself_lets_nobody_leave_whom_somebody_needs(cast: Cast) -> None:
    one = await registered(cast)
    await agreement(cast, caregiver_id=one)
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with db.transaction(cast.specialist.scope):
            await db.execute("UPDATE caregiver SET status = 'left', left_on = $2 WHERE id = $1", one, TODAY)
    assert refused.value.sqlstate == "CD002"


async def test_a_death_is_recorded_whatever_they_had_promised(cast: Cast) -> None:
    one = await registered(cast)
    agreed = await agreement(cast, caregiver_id=one)
    await actions.record_death(one, on=TODAY, by=cast.specialist, now=cast.now)
    assert (await row_of(cast, "caregiver", one))["status"] == "died"
    assert (await row_of(cast, "agreement", agreed))["status"] == "active"
    recipient = (await row_of(cast, "agreement", agreed))["recipient_id"]
    async with db.transaction(cast.specialist.scope):
        facts = await queries.suitability_facts(one, recipient, on=TODAY)
    assert facts is not None and facts.status == "died"
    async with db.transaction(JOBS):
        assert await db.fetch_value("SELECT status FROM caregiver WHERE id = $1", one) == "died"


async def test_a_slip_is_taken_back_and_stays_in_the_history(cast: Cast) -> None:
    one = await registered(cast)
    with pytest.raises(CaregiverActive):
        await actions.restore(one, note="登记有误", by=cast.leader, now=cast.now)
    await actions.record_death(one, on=TODAY, by=cast.specialist, now=cast.now)
    with pytest.raises(CaregiverNotActive):
        await actions.record_death(one, on=TODAY, by=cast.specialist, now=cast.now)
    with pytest.raises(CaregiverNotActive):
        await actions.record_leaving(one, on=TODAY, reason="外出", by=cast.specialist, now=cast.now)
    with pytest.raises(CaregiverNotActive):
        await actions.link_account(one, cast.worker.id, by=cast.specialist, now=cast.now)
    await actions.restore(one, note="与同村同名者混淆", by=cast.leader, now=cast.now)
    row = await row_of(cast, "caregiver", one)
    assert (row["status"], row["left_on"]) == ("active", None)
    assert await journal(cast, one) == ["caregiver.registered", "caregiver.died", "caregiver.restored"]


async def test_nobody_leaves_or_dies_tomorrow(cast: Cast) -> None:
    one = await registered(cast)
    tomorrow = TODAY + timedelta(days=1)
    with pytest.raises(Invalid):
        await actions.record_death(one, on=tomorrow, by=cast.specialist, now=cast.now)
    with pytest.raises(Invalid):
        await actions.record_leaving(one, on=tomorrow, reason="外出", by=cast.specialist, now=cast.now)


# --- record checks ---


async def test_a_check_is_added_sealed_and_never_altered(cast: Cast) -> None:
    one = await registered(cast)
    check_id = await checked(cast, one, clear=False, found="有盗窃前科")
    row = await row_of(cast, "record_check", check_id)
    assert "盗窃".encode() not in row["found_sealed"]
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'caregiver.checked'")
    assert "盗窃" not in facts and "clear" not in facts
    found = await actions.reveal_finding(
        one, check_id, purpose="verification", note="签约前核对", by=cast.leader, now=cast.now
    )
    assert found == "有盗窃前科"
    assert await journal(cast, one) == ["caregiver.registered", "caregiver.checked", "caregiver.revealed"]
    for change in ("UPDATE record_check SET clear = true", "DELETE FROM record_check"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.specialist.scope):
                await db.execute(change)
