"""The drill: a backup is taken, restored elsewhere, and held to everything a restore is held to."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import pytest

from cli.demo.stage import HERE
from cli.servers import running

WORDS = "正确的 马 电池 订书钉"
DISTRICT, TOWNSHIP = "120199000000", "120199100000"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Below /tmp, where the user the servers run as may enter."""
    with TemporaryDirectory(prefix="chuangdeng-test-") as parent:
        Path(parent).chmod(0o755)
        yield Path(parent)


def chuangdeng(*command: object, data: Path | None = None, words: str = WORDS) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *map(str, command), *(["--data", str(data)] if data else [])],
        capture_output=True,
        text=True,
        timeout=100,
        env=os.environ | {"BACKUP_PASSPHRASE": words},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def asked(dsn: str, *statements: str) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(dsn)
        try:
            return [await connection.fetchval(statement) for statement in statements]
        finally:
            await connection.close()

    return asyncio.run(run())


def test_a_backup_is_restored_whole_and_phones_are_asked_to_send_again(folder: Path) -> None:
    first, second, file = folder / "first", folder / "second", folder / "backup"
    epoch = "SELECT id FROM server_epoch ORDER BY since DESC, id DESC LIMIT 1"
    people = "SELECT count(*) FROM recipient"
    with running(first, durable=True, environment={}) as servers:
        assert chuangdeng("import", "areas", HERE / "areas.csv", data=first)[0] == 0
        assert chuangdeng("user", "add", "admin", "管理员", "--area", DISTRICT, data=first)[0] == 0
        specialist = ("liu", "刘专干", "--role", "township_specialist", "--area", TOWNSHIP, "--as", "admin")
        assert chuangdeng("user", "add", *specialist, data=first)[0] == 0
        ledger = ("import", "ledger", HERE / "ledger.xlsx", "--area", TOWNSHIP, "--as", "liu", "--yes")
        status, said = chuangdeng(*ledger, data=first)
        assert status == 0, said
        before = asked(servers.database_url, epoch, people)
        assert before[1] > 0
        status, said = chuangdeng("backup", file, data=first)
        assert status == 0 and "已备份" in said, said
        assert "刘" not in file.read_bytes().decode("latin1")
        assert file.stat().st_mode & 0o777 == 0o600

    status, said = chuangdeng("restore", file, "--check", words="另一个 口令 一二三四")
    assert status == 1 and "口令不对" in said

    status, said = chuangdeng("restore", file, data=second)
    assert status == 0 and "✗" not in said and "抽查加密内容" in said, said
    assert (second / "keyring.json").read_text() == (first / "keyring.json").read_text()
    with running(second, durable=True, environment={}) as servers:
        after = asked(servers.database_url, epoch, people)
    assert after[0] != before[0], "phones are to send again"
    assert after[1] == before[1]

    status, said = chuangdeng("restore", file, data=second)
    assert status == 1 and "不是空的" in said, said
