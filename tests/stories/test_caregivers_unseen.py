"""What of caregivers nobody else sees, shown by direct statements of the people's and the jobs' roles."""

from uuid import uuid4

import asyncpg
import pytest

from caregivers.people import actions, queries
from core import db
from core.scope import JOBS, Scope
from tests.caregivers_on_record import registered
from tests.caring import TODAY, agreement, caregiver, linked_caregiver, row_of
from tests.cast import Cast


async def test_a_stranger_who_guesses_an_id_learns_nothing_from_any_function(cast: Cast) -> None:
    one, account = await linked_caregiver(cast)
    await agreement(cast, caregiver_id=one)
    await actions.bar_caregiver(one, reason="law", ground="判决书", from_on=TODAY, by=cast.district, now=cast.now)
    strangers = (cast.foreign_specialist.scope, cast.foreign_worker.scope, Scope(), Scope(account_id=uuid4()))
    for scope in strangers:
        async with db.transaction(scope):
            assert await db.fetch_value("SELECT caregiver_barred($1, $2)", one, TODAY) is None
            assert await db.fetch("SELECT * FROM caregiver_load($1, NULL, NULL)", one) == []
            assert await db.fetch_value("SELECT own_accounts($1)", one) is None
            assert await db.fetch_value("SELECT caregivers_side($1)", one) is None
            assert not await db.fetch_value("SELECT reaches_caregiver($1)", one)
    for function in ("same_caregivers($1)", "whole_side_of($1)"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.specialist.scope):
                await db.fetch(f"SELECT {function}", one)
    async with db.transaction(account.scope):
        assert await db.fetch_value("SELECT caregiver_barred($1, $2)", one, TODAY) is None


async def test_a_foreign_township_sees_no_row_of_anybody_and_changes_none(cast: Cast) -> None:
    one = await registered(cast)
    await actions.record_check(
        one,
        kind="health",
        clear=True,
        found=None,
        document_number="体检2026-3",
        checked_on=TODAY,
        expires_on=None,
        by=cast.specialist,
        now=cast.now,
    )
    await actions.declare_relation(one, cast.leader.id, kind="child", note="", by=cast.specialist, now=cast.now)
    provider = await actions.add_provider(
        area_id=cast.township, name="安康中心", credit_code=None, phone=None, by=cast.specialist, now=cast.now
    )
    changes = {
        "caregiver": "UPDATE caregiver SET phone_sealed = NULL",
        "relation": f"UPDATE relation SET ended_by = '{cast.foreign_specialist.id}', ended_at = now()",
        "provider": "UPDATE provider SET status = 'ended', ended_at = now()",
        "record_check": None,
    }
    for table, change in changes.items():
        for scope in (cast.foreign_specialist.scope, cast.foreign_worker.scope, Scope(account_id=uuid4())):
            async with db.transaction(scope):
                assert await db.fetch(f"SELECT id FROM {table}") == [], table
                assert change is None or await db.execute(change) == 0, table
        for scope in (cast.specialist.scope, cast.district.scope, cast.auditor.scope):
            async with db.transaction(scope):
                assert len(await db.fetch(f"SELECT id FROM {table}")) == 1, table
    assert not (await row_of(cast, "provider", provider.id))["ended_at"]


async def test_nobody_is_registered_or_related_under_another_name_or_area(cast: Cast) -> None:
    one = await caregiver(cast)
    inserts = (
        "INSERT INTO caregiver (id, area_id, district_id, kind, name, name_pinyin, name_initials, id_to_confirm_reason,"
        " created_by, created_at, changed_at) VALUES (gen_random_uuid(), $1, $2, 'natural', '甲', 'jia', 'j', '补办',"
        " $3, now(), now())",
        "INSERT INTO relation (id, caregiver_id, area_id, account_id, kind, note, declared_by, declared_at)"
        f" SELECT gen_random_uuid(), '{one}', $1, gen_random_uuid(), 'child', '', $3, now() WHERE $2::int > 0",
    )
    for insertion in inserts:
        for area, by in ((cast.foreign_village, cast.specialist.id), (cast.village, cast.leader.id)):
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
                async with db.transaction(cast.specialist.scope):
                    await db.execute(insertion, area, cast.district_area, by)
        async with db.transaction(cast.specialist.scope):
            assert await db.execute(insertion, cast.village, cast.district_area, cast.specialist.id) == 1


async def test_the_jobs_read_states_and_no_names_numbers_or_grounds(cast: Cast) -> None:
    one = await registered(cast)
    await actions.bar_caregiver(one, reason="law", ground="判决书", from_on=TODAY, by=cast.district, now=cast.now)
    async with db.transaction(JOBS):
        assert await db.fetch_value("SELECT status FROM caregiver WHERE id = $1", one) == "active"
        assert await queries.caregivers_side(one) == frozenset()
    for column in ("name", "id_sealed", "phone_sealed", "left_reason"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM caregiver")
    for table, column in (
        ("bar", "ground_sealed"),
        ("bar", "reason"),
        ("record_check", "found_sealed"),
        ("relation", "note"),
        ("provider", "name"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(JOBS):
                await db.fetch(f"SELECT {column} FROM {table}")
