"""`chuangdeng backup` and `chuangdeng restore`."""

import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import rich_click as click

from cli import product, servers
from cli.backup import checking
from cli.backup.checking import Check
from cli.backup.envelope import LEAST_PASSPHRASE, CannotOpen, opened
from cli.backup.manifest import Manifest, read_from
from cli.backup.restoring import CannotRestore, load
from cli.backup.taking import CannotBackUp, take
from cli.office import console
from core import clock, migrations, settings, vault
from core.chain import WORDS
from core.seals import verify_journal
from visits.sync.actions import renew_epoch

_PASSPHRASE = "BACKUP_PASSPHRASE"
_data = click.option("--data", type=click.Path(path_type=Path), default=None, help="数据目录(默认与 up 相同)。")


@click.command(help="备份数据库和密钥到一个加密文件；服务可以照常运行。口令取自 BACKUP_PASSPHRASE，或当场输入。")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_data
def backup(file: Path, data: Path | None) -> None:
    if not file.absolute().parent.is_dir():
        raise click.BadParameter(f"没有 {file.absolute().parent} 这个目录。请先建好，或换一个位置。")
    if file.exists():
        raise click.BadParameter(f"{file} 已存在。请换一个文件名，旧备份不会被覆盖。")
    folder = data or servers.default_data_folder()
    passphrase = _passphrase(twice=True)
    with _told(), servers.joining(folder) as found:
        environment = product.environment_of(found, folder)
        taken = asyncio.run(
            take(found.database_url, file.absolute(), keyring=_keyring(environment), passphrase=passphrase)
        )
    console.print(f"已备份 {taken.rows} 行，{taken.size / 1e6:.1f} MB：{file}。口令请另行妥善保管，丢失后无法恢复。")


@click.command(help="把备份恢复到空的数据目录；加 --check 只演练：恢复到临时数据库，逐项核对后丢弃。")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check", is_flag=True, help="只核对备份能否恢复，不动现有数据。")
@_data
def restore(file: Path, check: bool, data: Path | None) -> None:
    passphrase = _passphrase(twice=False)
    with _told(), file.open("rb") as sealed:
        manifest, dump = read_from(opened(sealed, passphrase))
        console.print(
            f"备份于 {manifest.taken_at.astimezone(clock.LOCAL):%Y-%m-%d %H:%M}，PostgreSQL {manifest.server}。"
        )
        folder = None if check else (data or servers.default_data_folder())
        if folder:
            _refuse_other_keys(folder, manifest)
        with servers.running(folder, durable=folder is not None) as found:
            asyncio.run(load(found.database_url, manifest, dump))
            if folder:
                _put_keys(folder, manifest)
            checks = asyncio.run(_looked_at(found.database_url, manifest, keep=folder is not None))
    _tell(checks, kept=folder)


async def _looked_at(dsn: str, manifest: Manifest, *, keep: bool) -> list[Check]:
    """Everything a restored database is held to; where it is kept, its epoch is new, so that phones send again."""
    vault.use(vault.read_keyring(manifest.keyring))
    connection = await asyncpg.connect(dsn)
    try:
        checks = [await checking.whole(connection, manifest), await checking.readable(connection)]
        checks += await checking.kept(connection)
    finally:
        await connection.close()
    await migrations.migrate(dsn)
    environment = {**os.environ, "DATABASE_URL": dsn, "CHUANGDENG_KEYRING": manifest.keyring}
    async with product.opened({**environment, "APP_DATABASE_URL": dsn, "JOBS_DATABASE_URL": dsn}):
        heads = {manifest.link: manifest.head} if manifest.link and manifest.head else {}
        faults, lines = await verify_journal(heads)
        wrong = "；".join(f"第 {fault.number} 号封存：{WORDS[fault.wrong]}" for fault in faults[:5])
        checks.append(Check(name=f"日志 {lines} 行，校验码与备份时相符", trouble=wrong))
        if keep:
            await renew_epoch(reason="restore", now=clock.now())
            checks.append(Check(name="已通知各手机重新上传手中的记录"))
    return checks


def _tell(checks: Sequence[Check], *, kept: Path | None) -> None:
    for check in checks:
        console.print(f"[red]✗ {check.name}：{check.trouble}[/red]" if check.trouble else f"✓ {check.name}")
    if any(check.trouble for check in checks):
        console.print("[red]恢复出的数据有缺损，见上。请换一份备份，或报告系统管理员。[/red]")
        sys.exit(1)
    console.print(f"已恢复到 {kept}，可用 chuangdeng up 启动。" if kept else "这份备份可以恢复。")


def _keyring(environment: dict[str, str]) -> str:
    """The whole keyring as text; read through the settings, so that what cannot be read is not backed up."""
    settings.read({**os.environ, **environment})
    if text := os.environ.get("CHUANGDENG_KEYRING"):
        return text
    file = os.environ.get("CHUANGDENG_KEYRING_FILE") or environment["CHUANGDENG_KEYRING_FILE"]
    return Path(file).read_text()


def _refuse_other_keys(folder: Path, manifest: Manifest) -> None:
    """Before anything is loaded: what is sealed by one keyring is not to lie beside another."""
    file = folder / "keyring.json"
    if file.exists() and vault.read_keyring(file.read_text()) != vault.read_keyring(manifest.keyring):
        raise CannotRestore(f"{file} 与备份里的密钥不同。请换一个空的数据目录。")


def _put_keys(folder: Path, manifest: Manifest) -> None:
    if "CHUANGDENG_KEYRING" in os.environ or "CHUANGDENG_KEYRING_FILE" in os.environ:
        console.print("密钥由环境变量指定，未写入数据目录；请确认它与备份时的一致。")
        return
    file = folder / "keyring.json"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(manifest.keyring)


def _passphrase(*, twice: bool) -> str:
    found = os.environ.get(_PASSPHRASE, "")
    if not found and (file := os.environ.get(f"{_PASSPHRASE}_FILE")):
        found = Path(file).read_text().strip()
    found = found or click.prompt("备份口令", hide_input=True, confirmation_prompt=twice)
    if twice and len(found) < LEAST_PASSPHRASE:
        raise click.UsageError(f"备份口令至少 {LEAST_PASSPHRASE} 个字符。请换一个更长的。")
    return str(found)


@contextmanager
def _told() -> Iterator[None]:
    """Whatever stands in the way is said in one line."""
    try:
        yield
    except (CannotBackUp, CannotRestore, settings.WrongSettings) as trouble:
        said = str(trouble)
    except CannotOpen:
        said = "备份打不开：口令不对，或文件不完整、被改动过。请核对口令，或换一份备份。"
    else:
        return
    console.print(f"[red]{said}[/red]")
    sys.exit(1)
