"""Submissions by many phones, sent over and over, shuffled, at once, cut anywhere: none lost, none doubled.

SUBMISSIONS=10000 sends as many as that; the suite sends fewer.
"""

import os
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg
import pytest

from cli.demo.phone import Phone
from cli.product import free_port
from cli.servers import Servers
from core import vault
from tests.conftest import KEYRING
from tests.storm import Storm, Written, api, now, phones_of, settle, write

SUBMISSIONS = int(os.environ.get("SUBMISSIONS", "2000"))
SEED = int(os.environ.get("SEED", "20260302"))

pytestmark = pytest.mark.usefixtures("pools")


@pytest.fixture
def environment(database_url: str, servers: Servers) -> dict[str, str]:
    return {"DATABASE_URL": database_url, "REDIS_URL": servers.redis_url, "CHUANGDENG_KEYRING": KEYRING}


async def test_of_many_submissions_none_is_lost_none_doubled_and_every_conflict_is_kept(
    owner: asyncpg.Connection, environment: dict[str, str], tmp_path: Path
) -> None:
    random, moment = Random(SEED), now()
    await settle(owner, SUBMISSIONS, moment)
    with api(free_port(), environment, tmp_path / "log") as serving:
        await serving.start()
        await serving.start()
        phones = phones_of(serving.address, random, moment)
        written = write(phones, SUBMISSIONS, random, moment)
        storm = Storm(phones=phones, random=random)
        await storm.blow(meanwhile=serving.replace)
        await storm.calm()
    assert storm.cut > 0 and storm.sent > 2 * SUBMISSIONS
    assert "Traceback" not in (tmp_path / "log").read_text()
    await check_receipts(owner, phones, written)
    await check_reports(owner, written)
    await check_conflicts(owner, written)
    await check_visits(owner, written)
    await check_book_keeping(owner, phones)


async def check_receipts(owner: asyncpg.Connection, phones: list[Phone], written: Written) -> None:
    """Each thing written is in the inbox once, as it was sent, and each phone was told the truth about it."""
    rows = await owner.fetch("SELECT id, client_id, first, status, payload_sealed FROM inbox_item")
    opened = {(row["client_id"], _opened(row)): row for row in rows}
    items = [item for phone in phones for item in phone.memory.items]
    assert opened.keys() == {(item.id, item.raw) for item in items}
    assert len(rows) == len(items)
    for item in items:
        row = opened[item.id, item.raw]
        assert item.receipt and item.receipt.status == row["status"]
        if item.id in written.nonsense:
            assert item.receipt.status == "refused"
        else:
            assert item.receipt.status == ("taken" if row["first"] else "conflict")
    firsts = [row["client_id"] for row in rows if row["first"]]
    assert len(firsts) == len(set(firsts))


def _opened(row: asyncpg.Record) -> str:
    return vault.open_bytes(row["payload_sealed"], f"inbox_item.payload_sealed:{row['id']}").decode()


async def check_reports(owner: asyncpg.Connection, written: Written) -> None:
    """Accepted reports are the distinct ids, each judged as of when it was made, whatever the phone's clock said."""
    rows = await owner.fetch("SELECT id, visit, made_at, amends_id, content FROM visit_report")
    kept = {row["id"]: row for row in rows}
    amendments = {amendment: report for report, amendment in written.amended_by.items()}
    assert kept.keys() == written.truth.keys() | amendments.keys()
    for report, row in kept.items():
        first = amendments.get(report, report)
        assert (row["visit"], row["amends_id"]) == (written.visit_of[first], first if first != report else None)
        assert abs(row["made_at"] - written.truth[first]) < timedelta(minutes=4)


async def check_conflicts(owner: asyncpg.Connection, written: Written) -> None:
    """Exactly those injected: whichever content came first stands, the others wait for a human, an alert each."""
    rows = await owner.fetch(
        "SELECT c.report_id, c.content ->> 'note' AS other, r.content ->> 'note' AS note FROM report_conflict c"
        " JOIN visit_report r ON r.id = c.report_id"
    )
    said: dict[UUID, list[str]] = {}
    for row in rows:
        said.setdefault(row["report_id"], [row["note"]]).append(row["other"])
    expected = {
        report: sorted(["第一份", *(f"改过的第{edit + 2}份" for edit in range(edits))])
        for report, edits in written.edits.items()
    }
    assert {report: sorted(notes) for report, notes in said.items()} == expected
    alerts = await owner.fetchval("SELECT count(*) FROM alert WHERE kind = 'conflicting_report'")
    assert alerts == len(rows) == sum(written.edits.values())


async def check_visits(owner: asyncpg.Connection, written: Written) -> None:
    """Each visit is made, by its own report or what took its place, and the journal says so once."""
    rows = await owner.fetch("SELECT id, status, report_id FROM visit")
    expected = {visit: written.amended_by.get(report, report) for report, visit in written.visit_of.items()}
    assert {row["id"]: row["report_id"] for row in rows} == expected
    assert {row["status"] for row in rows} == {"made"}
    told = await owner.fetch("SELECT subject_id, count(*) FROM journal WHERE kind = 'visit.logged' GROUP BY 1")
    assert {row["subject_id"]: row["count"] for row in told} == dict.fromkeys(expected, 1)


async def check_book_keeping(owner: asyncpg.Connection, phones: list[Phone]) -> None:
    """Of no phone is a number missing, and none says it has anything left."""
    rows = await owner.fetch("SELECT installation_id, last_seq, missing, unsent FROM device_state")
    assert {row["installation_id"]: (row["last_seq"], row["missing"], row["unsent"]) for row in rows} == {
        phone.memory.installation_id: (phone.memory.next_seq - 1, [], 0) for phone in phones
    }
