"""What an operator does at the machine: migrate, load files, open accounts, issue policy, run the jobs once."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts import actions as accounts
from accounts.actions.acting import act_as
from accounts.people import NewAccount
from accounts.permissions import Account, Role
from accounts.policy import rows
from accounts.queries import area_by_code, policy_for
from api.exports import ledger_workbook
from caregivers.agreements.actions import importing
from caregivers.agreements.actions.taking_over import foresee_take_over
from caregivers.agreements.taking_over import TakenOver
from cli import product, servers
from core import clock, db, migrations
from core.errors import Refusal
from core.scope import Scope
from recipients import actions as recipients
from recipients.queries import Filter
from workers import round as one_round
from workers.timetable import TIMETABLE

console = Console(highlight=False, soft_wrap=True)
_ROWS_TOLD = 20  # of agreements not taken over


def _in_a_folder(_: click.Context, __: click.Parameter, file: Path | None) -> Path | None:
    """Asked before the work: an export is journalled when it is made, not when it is saved."""
    if file and not file.absolute().parent.is_dir():
        raise click.BadParameter(f"没有 {file.absolute().parent} 这个目录。请先建好，或换一个位置。")
    return file


data_option = click.option("--data", type=click.Path(path_type=Path), default=None, help="数据目录(默认与 up 相同)。")
as_option = click.option("--as", "login", required=True, help="以谁的名义(登录名)；会记入日志。")
file_argument = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
Work = Callable[..., Coroutine[Any, Any, None]]


@contextmanager
def _environment(data: Path | None) -> Iterator[dict[str, str]]:
    folder = data or servers.default_data_folder()
    with servers.joining(folder) as found:
        if "DATABASE_URL" in os.environ:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield product.environment_of(found, folder)


def at_the_machine(work: Work) -> Callable[..., None]:
    """Run an async command on the product's database, migrated; a refusal is told in one line and ends with 1."""

    @wraps(work)
    def command(*, data: Path | None, **options: Any) -> None:
        async def run(environment: dict[str, str]) -> None:
            await migrations.migrate(environment["DATABASE_URL"])
            async with product.opened(environment):
                await work(**options)

        with _environment(data) as environment:
            try:
                asyncio.run(run(environment))
            except Refusal as refusal:
                console.print(f"[red]{refusal.detail}[/red]")
                sys.exit(1)

    return command


@click.command(help="把数据库升级到当前版本。")
@data_option
def migrate(data: Path | None) -> None:
    with _environment(data) as environment:
        ran = asyncio.run(migrations.migrate(environment["DATABASE_URL"]))
    console.print("已执行：" + "、".join(ran) if ran else "数据库已是最新，无需升级。")


@click.group("import", help="导入文件：区划、台账。")
def import_group() -> None:
    """Files that come in."""


@import_group.command("areas", help="导入区划表(CSV：代码,名称,上级代码,启用日期,停用日期,继任代码)。")
@file_argument
@data_option
@at_the_machine
async def import_areas(file: Path) -> None:
    done = await accounts.import_areas(file.read_bytes(), by=None, now=clock.now())
    console.print(f"新增 {done.added}、变更 {done.changed}、未变 {done.unchanged}、停用 {done.ended}。")


@import_group.command("ledger", help="导入特困人员台账(.xlsx)：先预览，确认后入册。")
@file_argument
@click.option("--area", "code", required=True, help="乡镇(街道)区划代码，12 位。")
@as_option
@click.option("--yes", is_flag=True, help="不再询问，直接入册。")
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_in_a_folder,
    default=None,
    help="退回行另存为此文件。",
)
@data_option
@at_the_machine
async def import_ledger(file: Path, code: str, login: str, yes: bool, refused: Path | None) -> None:
    now = clock.now()
    by = await act_as(login, command="import ledger", now=now)
    area_id = await _area(code, by.scope)
    with _progress() as progress:
        preview = await recipients.preview_import(
            file.read_bytes(),
            file_name=file.name,
            area_id=area_id,
            by=by,
            now=now,
            progress=_advance(progress, "读取"),
        )
    console.print(f"共 {preview.row_count} 行：可导入 {preview.ready_count}，退回 {preview.refused_count}。")
    foreseen = await foresee_take_over(preview.id, by=by, now=now)
    for row in foreseen.not_taken_over[:_ROWS_TOLD]:
        console.print(f"  第 {row.number} 行 {'；'.join(str(problem) for problem in row.problems)}", markup=False)
    if preview.refused_count and refused:
        _write_private(refused, await recipients.refused_workbook(preview.id, by=by, now=now))
        console.print(f"退回行已存到 {refused}(仅本人可读)，改好后可再次导入。")
    if not (yes or click.confirm("现在入册？", default=True)):
        console.print("没有入册；同一文件可稍后再来。")
        return
    with _progress() as progress:
        advance = _advance(progress, "入册")
        done, care = await importing.import_ledger(preview.id, by=by, now=clock.now(), progress=advance)
    console.print(
        f"[green]新入册 {done.created_count} 人，更新 {done.updated_count} 人，退回 {done.refused_count} 行。[/green]"
    )
    _tell_agreements(care)


def _tell_agreements(care: TakenOver) -> None:
    console.print(
        f"照料协议：转入 {care.taken_over} 份，原已在册 {care.kept} 份，未转入 {len(care.not_taken_over)} 行，"
        f"台账没有写照料的 {care.without} 人。"
    )
    for row in care.not_taken_over[:_ROWS_TOLD]:
        console.print(f"  第 {row.number} 行 {'；'.join(str(problem) for problem in row.problems)}", markup=False)
    for flagged in care.flagged[:_ROWS_TOLD]:
        console.print(f"  请核对第 {flagged.number} 行 {'；'.join(flagged.warnings)}", markup=False)
    if max(len(care.not_taken_over), len(care.flagged)) > _ROWS_TOLD:
        console.print(f"  各只列前 {_ROWS_TOLD} 行；全部见导入页面。")


@click.group("export", help="导出文件：台账。")
def export_group() -> None:
    """Files that go out."""


@export_group.command("ledger", help="导出重点对象台账(.xlsx)；身份证号等默认遮盖。")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), callback=_in_a_folder)
@as_option
@click.option("--note", required=True, help="用途说明(4 到 200 个字)，会记入日志。")
@click.option("--area", "code", default=None, help="只导出这个区划(12 位代码)。")
@click.option("--in-full", is_flag=True, help="不遮盖；须有查看全部信息的权限。")
@data_option
@at_the_machine
async def export_ledger(file: Path, login: str, note: str, code: str | None, in_full: bool) -> None:
    now = clock.now()
    by = await act_as(login, command="export ledger", now=now)
    area_id = await _area(code, by.scope) if code else None
    wanted = Filter(area_id=area_id, under_visit=True)
    content = await ledger_workbook(wanted, in_full=in_full, purpose="other", note=note, by=by, now=now)
    _write_private(file, content)
    console.print(f"已导出到 {file}(仅本人可读)。")


@click.command(help="立即把每项后台任务各跑一遍(平时由后台自动运行)。")
@data_option
@at_the_machine
async def sweep() -> None:
    for job in TIMETABLE:
        counts = await one_round.run(job, ran_by="operator")
        told = "失败，请查看上面的错误" if counts is None else "、".join(f"{k} {v}" for k, v in counts.items()) or "无"
        console.print(f"{job.name:10} {told}")


@click.group(help="账号。")
def user() -> None:
    """Accounts."""


@user.command("add", help="开设账号。第一个管理员不需要 --as；其他岗位由管理员或民政专干开设。")
@click.argument("login")
@click.argument("name")
@click.option("--role", type=click.Choice([role.value for role in Role]), default="administrator", show_default=True)
@click.option("--area", "codes", multiple=True, required=True, help="负责的区划代码(12 位)，可多次。")
@click.option("--as", "creator", default=None, help="由谁开设(登录名)。")
@data_option
@at_the_machine
async def add_user(login: str, name: str, role: str, codes: tuple[str, ...], creator: str | None) -> None:
    now = clock.now()
    if creator is None:
        if role != Role.ADMINISTRATOR or len(codes) != 1:
            raise Refusal("没有 --as 时只能任命一个区的管理员。请加 --as 管理员登录名。")
        opened = await accounts.appoint_administrator(login, name, area_id=await _area(codes[0], Scope()), now=now)
    else:
        by = await act_as(creator, command="user add", now=now)
        areas = tuple([await _area(code, by.scope) for code in codes])
        opened = await accounts.open_account(
            NewAccount(login=login, name=name, role=Role(role), area_ids=areas), by=by, now=now
        )
    console.print(f"已开设 {login}({name})。")
    if opened.first_password:
        console.print(f"初始密码(只显示这一次，首次登录须更换):[bold]{opened.first_password}[/bold]")


@click.group(help="区级政策。")
def policy() -> None:
    """A district's policy."""


@policy.command("show", help="显示一个区现行的政策。")
@click.option("--district", "code", required=True, help="区的区划代码(12 位)。")
@data_option
@at_the_machine
async def show_policy(code: str) -> None:
    district_id = await _area(code, Scope())
    async with db.transaction(Scope()):
        effective = await policy_for(district_id, clock.local_day(clock.now()))
    console.print(f"第 {effective.version} 版　{effective.document_number or '默认政策,尚未发文'}")
    for pointer, name, value in rows(effective.policy):
        console.print(f"{pointer:48} {name}:{json.dumps(value, ensure_ascii=False)}")


@policy.command("set", help="发布新一版政策：FILE 是只含要改的项的 JSON。")
@file_argument
@as_option
@click.option("--document", required=True, help="文号。")
@click.option("--effective", type=click.DateTime(["%Y-%m-%d"]), default=None, help="生效日期，默认今天。")
@data_option
@at_the_machine
async def set_policy(file: Path, login: str, document: str, effective: Any) -> None:
    now = clock.now()
    by = await act_as(login, command="policy set", now=now)
    day: date = effective.date() if effective else clock.local_day(now)
    issued = await accounts.issue_policy(
        document_number=document, effective_on=day, changes=_changes(file), note="", by=_may_set(by), now=now
    )
    console.print(f"已发布第 {issued.version} 版，{issued.effective_on} 起生效，改动：")
    for change in issued.changes:
        console.print(f"  {change.name}:{change.before} → {change.after}")


def _write_private(file: Path, content: bytes) -> None:
    """Names and numbers of people: readable by nobody else, not even for the moment of writing."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as opened:
        os.fchmod(opened.fileno(), 0o600)  # a file that was there before keeps its mode otherwise
        opened.write(content)


def _may_set(by: Account) -> Account:
    if not by.may("policy.set"):
        raise Refusal(f"{by.name}的岗位不能发布政策。请用区民政局的账号。")
    return by


def _changes(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Refusal(f"{file.name} 不是有效的 JSON:{error}。请检查括号和引号。") from error
    if not isinstance(found, dict):
        raise Refusal(f'{file.name} 的最外层须是对象，如 {{"visits": {{…}}}}。')
    return found


async def _area(code: str, scope: Scope) -> int:
    async with db.transaction(scope):
        area = await area_by_code(code, clock.local_day(clock.now()))
    if area is None:
        raise Refusal(f"没有代码为 {code} 的现行区划。请核对 12 位代码，或先导入区划表。")
    return area.id


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)


def _advance(progress: Progress, what: str) -> Callable[[int, int], None]:
    task = progress.add_task(what, total=None)

    def advance(done: int, total: int) -> None:
        progress.update(task, completed=done, total=total)

    return advance


COMMANDS = (migrate, import_group, export_group, sweep, user, policy)
