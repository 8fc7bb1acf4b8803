"""`chuangdeng audit verify` as an operator runs it, before and after the owner of the tables was at the journal."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from cli.servers import running

_FORGE = "ALTER TABLE journal DISABLE TRIGGER journal_append_only; {0}"
_CUT = (
    "ALTER TABLE journal_seal DISABLE TRIGGER journal_seal_append_only;"
    " DELETE FROM journal_seal WHERE id = (SELECT max(id) FROM journal_seal);"
    " DELETE FROM journal WHERE id = (SELECT max(id) FROM journal)"
)


def chuangdeng(*command: str, data: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *command, "--data", str(data)], capture_output=True, text=True, timeout=100
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def by_owner(dsn: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@pytest.fixture
def data() -> Iterator[Path]:
    """Below /tmp, where the user the servers run as may enter."""
    with TemporaryDirectory(prefix="chuangdeng-test-") as parent:
        Path(parent).chmod(0o755)
        yield Path(parent) / "data"


def test_an_operator_finds_what_the_owner_of_the_tables_did(data: Path, tmp_path: Path) -> None:
    line = "INSERT INTO journal (kind, at, facts) VALUES ('test.line', now(), '{}')"
    with running(data, durable=True, environment={}) as servers:
        assert chuangdeng("audit", "head", data=data) == (0, "日志还没有封存过。后台任务每分钟封存一次。\n")
        for _ in range(2):
            by_owner(servers.database_url, line)
            assert chuangdeng("sweep", data=data)[0] == 0
        kept = tmp_path / "kept.txt"
        status, head = chuangdeng("audit", "head", data=data)
        kept.write_text(head)
        assert (status, len(head.split())) == (0, 3)
        assert (data / "journal-heads.txt").read_text().split()[1] == "1", (
            "the day's first head is kept beside the data"
        )
        status, told = chuangdeng("audit", "verify", "--heads", str(kept), data=data)
        assert status == 0 and told.startswith("日志完好"), told

        by_owner(servers.database_url, _FORGE.format("UPDATE journal SET kind = 'test.other' WHERE id = 1"))
        status, told = chuangdeng("audit", "verify", data=data)
        assert status == 1 and "第 1 号封存：日志内容被改动。" in told

        by_owner(servers.database_url, _FORGE.format("UPDATE journal SET kind = 'test.line' WHERE id = 1"))
        by_owner(servers.database_url, _FORGE.format(_CUT))
        assert chuangdeng("audit", "verify", data=data)[0] == 0, "by the older head alone a cut tail is not seen"
        status, told = chuangdeng("audit", "verify", "--heads", str(kept), data=data)
        assert status == 1 and "封存记录被删除" in told

        (tmp_path / "wrong.txt").write_text("2026-03-02 1 ABCD\n")
        status, told = chuangdeng("audit", "verify", "--heads", str(tmp_path / "wrong.txt"), data=data)
        assert status == 2 and "第 1 行不是校验码" in told
