"""Sealing the journal: whatever the owner of the tables does to it afterwards is found."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from alerts.actions.heads import tell_head
from core import clock, db, journal
from core.chain import code_of
from core.heads import HeadsUnreadable, keep_head, read_heads
from core.journal import Entry
from core.scope import JOBS
from core.seals import last_link, seal_journal, verify_journal
from tests.cast import Cast

LATER = timedelta(hours=2)
ALTER = "ALTER TABLE {0} DISABLE TRIGGER {0}_append_only; {1}; ALTER TABLE {0} ENABLE TRIGGER {0}_append_only"


async def write(count: int, *, area_id: int | None = None, at: datetime | None = None) -> None:
    moment = at or clock.now()
    async with db.transaction(JOBS):
        await journal.write_all(
            [
                Entry(kind="test.line", subject_id=None, area_id=area_id, by=None, at=moment, facts={"n": number})
                for number in range(count)
            ]
        )


async def sealed(*, links: int = 3) -> None:
    """Three links of ten lines, sealed one after another; then two hours go by."""
    for _ in range(links):
        await write(10)
        await seal_journal(now=clock.now(), limit=100)


async def wrongs(kept: dict[int, bytes] | None = None) -> set[tuple[int, str]]:
    found, _ = await verify_journal(kept or {})
    return {(one.number, one.wrong) for one in found}


async def by_owner(owner: asyncpg.Connection, sql: str, *, table: str = "journal") -> None:
    await owner.execute(ALTER.format(table, sql))


async def test_every_line_is_sealed_once_and_the_chain_verifies(cast: Cast, owner: asyncpg.Connection) -> None:
    await write(25)
    assert await seal_journal(now=clock.now(), limit=10) == {"lines": 10}
    assert await seal_journal(now=clock.now(), limit=10) == {"lines": 10}
    assert await seal_journal(now=clock.now(), limit=10) == {"lines": 5}
    assert await seal_journal(now=clock.now(), limit=10) == {"lines": 0}
    assert await verify_journal({}) == ([], 25)
    assert await owner.fetchval("SELECT sum(line_count) FROM journal_seal") == 25


async def test_a_line_committed_after_later_ones_were_sealed_is_sealed_next(cast: Cast) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        async with db.transaction(JOBS):
            await journal.write("test.slow", subject_id=None, area_id=None, by=None, at=clock.now())
            began.set()
            await may_end.wait()

    task = asyncio.create_task(slowly())
    await began.wait()
    await write(5)
    assert await seal_journal(now=clock.now() - LATER, limit=100) == {"lines": 5}
    await write(1)
    assert await seal_journal(now=clock.now() - LATER, limit=100) == {"lines": 1}
    may_end.set()
    await task
    assert await seal_journal(now=clock.now(), limit=100) == {"lines": 1}
    assert await wrongs() == set()


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("UPDATE journal SET facts = '{\"n\": 99}' WHERE id = {line}", "altered"),
        ("UPDATE journal SET at = at - interval '1 microsecond' WHERE id = {line}", "altered"),
        ("UPDATE journal SET by_account_id = gen_random_uuid() WHERE id = {line}", "altered"),
        ("DELETE FROM journal WHERE id = {line}", "removed"),
        (
            "UPDATE journal SET id = -1 WHERE id = {line}; UPDATE journal SET id = {line} WHERE id = {line} + 1;"
            " UPDATE journal SET id = {line} + 1 WHERE id = -1",
            "altered",
        ),
    ],
)
async def test_a_line_changed_removed_or_moved_by_the_owner_is_found(
    cast: Cast, owner: asyncpg.Connection, sql: str, wrong: str
) -> None:
    await sealed()
    line = await owner.fetchval("SELECT max(id) FROM journal") - 14  # in the middle of the second link
    await by_owner(owner, sql.replace("{line}", str(line)))
    assert await wrongs() == {(2, wrong)}


async def test_a_line_put_in_where_none_can_come_any_more_is_found(cast: Cast, owner: asyncpg.Connection) -> None:
    await write(10)
    await owner.execute("SELECT nextval('journal_id_seq')")  # a number of a transaction that was rolled back
    hole = await owner.fetchval("SELECT last_value FROM journal_id_seq")
    await write(10)
    await seal_journal(now=clock.now() - LATER, limit=100)
    await write(1)
    await seal_journal(now=clock.now(), limit=100)
    assert await wrongs() == set()
    await owner.execute(
        "INSERT INTO journal (id, kind, at, written_at, facts) VALUES ($1, 'test.put_in', now(), now(), '{}')", hole
    )
    assert await wrongs() == {(2, "inserted")}
    await seal_journal(now=clock.now() + LATER, limit=100)
    assert await wrongs() == {(2, "inserted")}, "it is not taken in afterwards, either"


async def test_a_line_dated_back_is_found(cast: Cast, owner: asyncpg.Connection) -> None:
    await sealed(links=2)
    await owner.execute(
        "INSERT INTO journal (kind, at, written_at, facts)"
        " VALUES ('test.back', now(), now() - interval '3 hours', '{}')"
    )
    await seal_journal(now=clock.now(), limit=100)
    assert await wrongs() == {(3, "backdated")}


async def test_old_lines_sealed_late_and_in_parts_are_no_fault(cast: Cast, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO journal (kind, at, written_at, facts) SELECT 'test.old', at, at, '{}'"
        " FROM generate_series(now() - interval '40 days', now(), interval '1 day') at"
    )
    while (await seal_journal(now=clock.now(), limit=7))["lines"]:
        pass
    assert await verify_journal({}) == ([], 41)


async def test_links_changed_or_cut_off_by_the_owner_are_found(cast: Cast, owner: asyncpg.Connection) -> None:
    await sealed()
    async with db.transaction(JOBS):
        last = await last_link()
    assert last
    await by_owner(owner, "UPDATE journal_seal SET digest = sha256('x') WHERE id = 2", table="journal_seal")
    assert await wrongs() == {(2, "altered"), (2, "link_altered")}
    await by_owner(owner, "DELETE FROM journal_seal WHERE id >= 2", table="journal_seal")
    await by_owner(owner, "DELETE FROM journal WHERE id > (SELECT min(id) + 9 FROM journal)")
    assert await wrongs() == set(), "what is left is whole"
    assert await wrongs({last.number: last.head}) == {(3, "link_removed")}, "but not all there was"


async def test_sixteen_writers_raise_no_false_alarm(cast: Cast, owner: asyncpg.Connection) -> None:
    done = asyncio.Event()

    async def writer() -> None:
        for _ in range(20):
            await write(10)

    async def sealer() -> None:
        while not done.is_set():
            await seal_journal(now=clock.now(), limit=200)

    sealers = [asyncio.create_task(sealer()) for _ in range(2)]
    await asyncio.gather(*(writer() for _ in range(16)))
    done.set()
    await asyncio.gather(*sealers)
    while (await seal_journal(now=clock.now(), limit=1_000))["lines"]:
        pass
    assert await verify_journal({}) == ([], 3_200)
    numbers = [row["id"] for row in await owner.fetch("SELECT id FROM journal_seal ORDER BY id")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_the_head_goes_to_auditors_and_administrators_once_a_day(cast: Cast, owner: asyncpg.Connection) -> None:
    await sealed(links=1)
    link, told = await tell_head(now=cast.now)
    keepers = await owner.fetchval(
        "SELECT count(*) FROM account WHERE role IN ('auditor', 'administrator') AND status = 'active'"
    )
    assert link and told == keepers >= 1
    assert await tell_head(now=cast.now + timedelta(hours=1)) == (link, 0)
    facts = await owner.fetchval("SELECT facts->>'code' FROM notice WHERE kind = 'journal_head' LIMIT 1")
    assert facts == code_of(link.head)
    assert (await tell_head(now=cast.now + timedelta(days=1)))[1] == keepers


async def test_the_file_gets_a_line_a_day_and_is_read_back(cast: Cast, tmp_path: Path) -> None:
    await sealed(links=1)
    async with db.transaction(JOBS):
        link = await last_link()
    assert link
    file, day = tmp_path / "heads.txt", clock.local_day(cast.now)
    assert keep_head(file, link, day=day)
    assert not keep_head(file, link, day=day)
    assert keep_head(file, link, day=day + timedelta(days=1))
    assert read_heads(file) == {1: link.head}
    assert await wrongs(dict(read_heads(file))) == set()
    file.write_text("2026-03-02 1 ABCD\n")
    with pytest.raises(HeadsUnreadable):
        read_heads(file)


async def test_nobody_but_the_jobs_sees_or_adds_a_seal(cast: Cast) -> None:
    await sealed(links=1)
    for scope, sql in (
        (cast.auditor.scope, "SELECT * FROM journal_seal"),
        (cast.auditor.scope, "INSERT INTO journal_seal (id) VALUES (2)"),
        (JOBS, "UPDATE journal_seal SET head = digest"),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(scope):
                await db.execute(sql)
