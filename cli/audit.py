"""Looking whether anything was done to the journal behind the product's back."""

import sys
from pathlib import Path

import rich_click as click

from cli.office import at_the_machine, console, data_option
from core import clock, db, settings
from core.chain import WORDS, code_of
from core.heads import HeadsUnreadable, read_heads
from core.scope import JOBS
from core.seals import last_link, verify_journal

_TOLD = 20


@click.group(help="日志核验。")
def audit() -> None:
    """The journal's chain."""


@audit.command("head", help="显示最新的日志校验码，供另行留存。")
@data_option
@at_the_machine
async def head() -> None:
    async with db.transaction(JOBS):
        link = await last_link()
    if link is None:
        console.print("日志还没有封存过。后台任务每分钟封存一次。")
        return
    console.print(f"{clock.local_day(link.sealed_at).isoformat()} {link.number} {code_of(link.head)}")


@audit.command("verify", help="核验日志自封存以来有没有被改动、删除、插入或重排；有问题时以 1 退出。")
@click.option(
    "--heads",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="留存校验码的文件，每行“日期 编号 校验码”；默认用数据目录里的。只有与留存的校验码核对，才能发现整段截尾。",
)
@data_option
@at_the_machine
async def verify(file: Path | None) -> None:
    heads = file or Path(settings.read().heads_file or "journal-heads.txt")
    try:
        kept = read_heads(heads)
    except HeadsUnreadable as wrong:
        console.print(f"[red]{heads} 第 {wrong.number} 行不是校验码。每行应为“日期 编号 校验码”。[/red]")
        sys.exit(2)
    faults, lines = await verify_journal(kept)
    for fault in faults[:_TOLD]:
        console.print(f"[red]第 {fault.number} 号封存：{WORDS[fault.wrong]}。[/red]")
    if faults:
        console.print(f"[red]共 {len(faults)} 处不符。请保留现场，报告审计部门。[/red]")
        sys.exit(1)
    told = f"与留存的 {len(kept)} 个校验码相符" if kept else "没有留存的校验码可核对，不能排除整段截尾"
    console.print(f"日志完好：核验 {lines} 行，{told}。")
