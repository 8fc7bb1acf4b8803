"""Restoring a backup into an empty database, and looking whether all of it came back."""

import asyncio
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from cli.backup.manifest import Manifest
from cli.backup.taking import beside
from core.piccolo_migrations import core_0002_roles_and_append_only


class CannotRestore(Exception):
    """Said in Chinese: what stands in the way and what to do."""


async def load(dsn: str, manifest: Manifest, dump: Iterator[bytes]) -> None:
    """Fill an empty database from a dump; `CannotRestore`, and the database is then not to be used."""
    connection = await asyncpg.connect(dsn)
    try:
        if await connection.fetchval("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"):
            raise CannotRestore("目标数据库不是空的。请换一个空的数据目录或数据库，原有数据不会被覆盖。")
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", manifest.owner):
            raise CannotRestore(f"目标数据库没有账号 {manifest.owner}。请先建立这个账号，并用它或超级用户恢复。")
        roles = core_0002_roles_and_append_only.STATEMENTS.split(";;")[0]
        await connection.execute(roles)
        program = beside(connection.get_server_version().major, "pg_restore")
    finally:
        await connection.close()
    await _feed(dsn, program, dump)


async def _feed(dsn: str, program: Path, dump: Iterator[bytes]) -> None:
    process = await asyncio.create_subprocess_exec(
        program,
        "--exit-on-error",
        "--single-transaction",
        f"--dbname={dsn}",
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        cwd="/",
    )
    assert process.stdin and process.stderr
    said = asyncio.create_task(process.stderr.read())
    try:
        try:
            for chunk in dump:
                process.stdin.write(chunk)
                await process.stdin.drain()
            process.stdin.close()
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has ended already, and says why
        if await process.wait():
            raise CannotRestore(f"pg_restore 失败：{(await said).decode(errors='replace').strip()[-500:]}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await said
