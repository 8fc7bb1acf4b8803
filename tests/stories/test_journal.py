"""The journal: written with the change or not at all, read within one's areas, altered by nobody."""

import asyncpg
import msgspec
import pytest

from core import db, journal
from core.ids import new_id
from core.journal import Entry
from core.scope import DOOR, JOBS, Scope
from tests.cast import Cast

APPEND_ONLY = ("attendance", "emergency_step", "hearing", "journal", "journal_seal", "policy_version", "visit_report")


async def test_an_entry_says_what_happened_to_whom_by_whom_and_when(cast: Cast, owner: asyncpg.Connection) -> None:
    subject = new_id()
    async with db.transaction(cast.specialist.scope):
        await journal.write(
            "visit.logged",
            subject_id=subject,
            area_id=cast.village,
            by=cast.specialist.id,
            at=cast.now,
            facts={"made_at": "2026-03-02T09:00:00+08:00", "labels": ["late"]},
        )
    row = await owner.fetchrow("SELECT * FROM journal")
    assert (row["kind"], row["subject_id"], row["area_id"]) == ("visit.logged", subject, cast.village)
    assert (row["by_account_id"], row["at"]) == (cast.specialist.id, cast.now)
    assert msgspec.json.decode(row["facts"]) == {"made_at": "2026-03-02T09:00:00+08:00", "labels": ["late"]}
    assert row["written_at"] is not None


async def test_many_entries_are_one_statement_and_keep_their_order(cast: Cast, owner: asyncpg.Connection) -> None:
    entries = [
        Entry(kind=f"test.{number}", subject_id=None, area_id=None, by=None, at=cast.now) for number in range(50)
    ]
    async with db.transaction(JOBS):
        await journal.write_all(entries)
        await journal.write_all([])
    kinds = [row["kind"] for row in await owner.fetch("SELECT kind FROM journal ORDER BY id")]
    assert kinds == [entry.kind for entry in entries]


async def test_an_entry_goes_when_the_change_it_tells_of_is_undone(cast: Cast, owner: asyncpg.Connection) -> None:
    with pytest.raises(ZeroDivisionError):
        async with db.transaction(cast.specialist.scope):
            await journal.write("test.happened", subject_id=None, area_id=cast.village, by=None, at=cast.now)
            raise ZeroDivisionError
    assert await owner.fetchval("SELECT count(*) FROM journal") == 0


async def test_history_is_read_within_ones_areas_only(cast: Cast) -> None:
    async with db.transaction(JOBS):
        await journal.write("test.here", subject_id=None, area_id=cast.village, by=None, at=cast.now)
        await journal.write("test.there", subject_id=None, area_id=cast.foreign_village, by=None, at=cast.now)
        await journal.write("test.nowhere", subject_id=None, area_id=None, by=None, at=cast.now)
    seen = {}
    for account in (cast.specialist, cast.foreign_specialist, cast.auditor):
        async with db.transaction(account.scope):
            seen[account] = {row["kind"] for row in await db.fetch("SELECT kind FROM journal")}
    assert seen[cast.specialist] == {"test.here"}
    assert seen[cast.foreign_specialist] == {"test.there"}
    assert seen[cast.auditor] == {"test.here", "test.there"}


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
async def test_history_is_altered_by_nobody(table: str, change: str, cast: Cast, owner: asyncpg.Connection) -> None:
    for scope in (cast.administrator.scope, DOOR, JOBS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope):
                await db.execute(change.format(table))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await owner.execute(change.format(table))


async def test_the_database_knows_of_no_other_append_only_table(owner: asyncpg.Connection) -> None:
    guarded = await owner.fetch(
        "SELECT tgrelid::regclass::text AS name FROM pg_trigger"
        " WHERE tgfoid = 'refuse_change'::regproc AND tgenabled IN ('O', 'A') AND tgtype & 56 = 56"
    )
    assert {row["name"] for row in guarded} == set(APPEND_ONLY)


async def test_the_door_writes_history_and_reads_none(owner: asyncpg.Connection, cast: Cast) -> None:
    async with db.transaction(DOOR):
        await journal.write("session.refused", subject_id=None, area_id=None, by=None, at=cast.now)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(DOOR):
            await db.fetch("SELECT * FROM journal")
    assert await owner.fetchval("SELECT kind FROM journal") == "session.refused"


async def test_nobody_writes_history_outside_a_transaction(cast: Cast) -> None:
    with pytest.raises(db.OutsideTransaction):
        await journal.write("test.happened", subject_id=None, area_id=None, by=None, at=cast.now)


async def test_a_person_without_areas_may_write_history_and_sees_none_of_it(cast: Cast) -> None:
    async with db.transaction(Scope(account_id=cast.worker.id)):
        await journal.write("test.happened", subject_id=None, area_id=cast.village, by=cast.worker.id, at=cast.now)
        assert await db.fetch_value("SELECT count(*) FROM journal") == 0
