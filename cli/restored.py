"""Telling every phone that the server was restored."""

import rich_click as click

from cli.office import at_the_machine, console, data_option
from core import clock
from visits.sync.actions import renew_epoch


@click.command(help="数据库由备份恢复之后运行一次：各手机下次联网时，把手中还留着的记录重新上传。重复运行无害。")
@click.option("--reason", required=True, type=click.STRING, help="原因，最多 40 字，如“7月3日磁盘故障，由备份恢复”。")
@data_option
@at_the_machine
async def restored(reason: str) -> None:
    """Every phone sends again what it still holds: what the backup had is recognised, what it lacked comes back."""
    said = reason.strip()
    if not 0 < len(said) <= 40:
        raise click.BadParameter("请用 1 到 40 个字写明原因。", param_hint="--reason")
    epoch = await renew_epoch(said, clock.now())
    console.print(f"已启用新的数据代次 {epoch}。各手机下次联网时会重新上传手中的记录，已收到的不会重复。")
