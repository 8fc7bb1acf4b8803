"""Taking a backup: manifest and dump of one snapshot, encrypted on the way to the disk."""

import asyncio
import os
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import asyncpg

from cli.backup.envelope import CHUNK, Sealer
from cli.backup.manifest import Manifest, to_bytes
from cli.servers.programs import Program, postgres_programs
from core import clock


class CannotBackUp(Exception):
    """Said in Chinese: what stands in the way and what to do."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What was written: bytes of the file, and rows in all tables."""

    size: int
    rows: int


async def take(dsn: str, file: Path, *, keyring: str, passphrase: str) -> Taken:
    """Write a backup of the database and the keys; a file only appears once it is whole. `CannotBackUp`."""
    connection = await asyncpg.connect(dsn)
    half = file.with_name(file.name + ".part")
    try:
        await _may_see_all(connection)
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            manifest = await _manifest(connection, keyring)
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            with _private(half) as out:
                sealer = Sealer(out, passphrase)
                sealer.write(to_bytes(manifest))
                await _dump(dsn, snapshot, await _program(connection), sealer)
                sealer.finish()
                out.flush()
                os.fsync(out.fileno())
        half.replace(file)
    finally:
        half.unlink(missing_ok=True)
        await connection.close()
    return Taken(size=file.stat().st_size, rows=sum(manifest.rows.values()))


def _private(file: Path) -> BinaryIO:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


async def _may_see_all(connection: asyncpg.Connection) -> None:
    """Row-level security binds the owner, too: without this a dump would silently lack rows, or fail half way."""
    sees = await connection.fetchval("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if not sees:
        raise CannotBackUp("当前数据库账号受行级安全限制，备份会缺行。请改用有 BYPASSRLS 的账号(DATABASE_URL)再备份。")


async def _manifest(connection: asyncpg.Connection, keyring: str) -> Manifest:
    tables = [
        row["name"]
        for row in await connection.fetch(
            "SELECT relname AS name FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
    ]
    if "migration" not in tables:
        raise CannotBackUp("数据库还是空的，没有可备份的内容。")
    link = await connection.fetchrow("SELECT id, head FROM journal_seal ORDER BY id DESC LIMIT 1")
    ran = await connection.fetch("SELECT app_name, name FROM migration")
    return Manifest(
        taken_at=clock.now(),
        server=await connection.fetchval("SHOW server_version"),
        owner=await connection.fetchval("SELECT current_user"),
        migrations=tuple(sorted(f"{row['app_name']} {row['name']}" for row in ran)),
        rows={name: await connection.fetchval(f'SELECT count(*) FROM "{name}"') for name in tables},
        link=link["id"] if link else None,
        head=link["head"] if link else None,
        epoch=str(await connection.fetchval("SELECT id FROM server_epoch ORDER BY since DESC, id DESC LIMIT 1")),
        keyring=keyring,
    )


async def _program(connection: asyncpg.Connection) -> Path:
    """The `pg_dump` of the server's own version or a newer one."""
    major = connection.get_server_version().major
    return beside(major, "pg_dump")


def beside(major: int, command: str) -> Path:
    """A PostgreSQL command of at least this version, the nearest first."""
    programs: list[Program] = [*postgres_programs("machine"), *postgres_programs("wheels")]
    able = [one.path.with_name(command) for one in sorted(programs, key=lambda one: one.major) if one.major >= major]
    found = next((path for path in able if os.access(path, os.X_OK)), None)
    if found is None:
        raise CannotBackUp(f"找不到版本不低于 {major} 的 {command}。请安装 PostgreSQL {major} 的客户端程序。")
    return found


async def _dump(dsn: str, snapshot: str, program: Path, sealer: Sealer) -> None:
    process = await asyncio.create_subprocess_exec(
        program, "--format=custom", f"--snapshot={snapshot}", f"--dbname={dsn}", stdout=PIPE, stderr=PIPE, cwd="/"
    )
    assert process.stdout and process.stderr
    said = asyncio.create_task(process.stderr.read())
    try:
        while chunk := await process.stdout.read(CHUNK):
            sealer.write(chunk)
        if await process.wait():
            raise CannotBackUp(f"pg_dump 失败：{(await said).decode(errors='replace').strip()[-500:]}")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await said
