"""The `chuangdeng` command."""

import asyncio
import os
from pathlib import Path

import asyncpg
import rich_click as click

from cli import office, servers
from cli.audit import audit
from cli.backup.commands import backup, restore
from cli.demo.command import demo
from cli.restored import restored
from cli.up import up
from core import migrations


@click.group(help="窗灯：特困人员探访与照料监督。")
def main() -> None:
    """The group every command joins."""


@main.command(help="查看本机会使用哪个数据库和任务队列，正在运行的窗灯是否正常；不启动任何服务。")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="数据目录(默认与 up 相同)。")
def doctor(data: Path | None) -> None:
    """Which servers would be chosen, and what the running ones say; fails as a start would."""
    folder = data or servers.default_data_folder()
    choice = servers.choose(os.environ, folder)
    click.echo(f"数据目录：{folder}")
    for line in choice.describe():
        click.echo(line)
    servers.look_at(choice)
    running = servers.published(folder) if folder.exists() else None
    url = os.environ.get("DATABASE_URL") or (running or {}).get("database_url")
    if url:
        for line in asyncio.run(_state_of(url)):
            click.echo(line)
    else:
        click.echo("这个数据目录上没有正在运行的窗灯。")


async def _state_of(url: str) -> list[str]:
    """What the database says of itself: migrations and heartbeats."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('public.migration')") is None:
            return ["数据库还是空的：首次启动时会自动建表。"]
        ran = {
            f"{row['app_name']} {row['name']}" for row in await connection.fetch("SELECT app_name, name FROM migration")
        }
        missing = sorted(migrations.known() - ran)
        beats = await connection.fetch(
            "SELECT job, ran_by, extract(epoch FROM now() - beat_at)::int AS age FROM heartbeat"
        )
    finally:
        await connection.close()
    return [
        "数据库版本：" + ("缺少 " + "、".join(missing) + "，请运行 chuangdeng migrate" if missing else "最新"),
        *(f"后台任务 {beat['job']}：{beat['age']} 秒前({beat['ran_by']})" for beat in beats),
    ]


for command in (up, demo, backup, restore, audit, restored, *office.COMMANDS):
    main.add_command(command)


if __name__ == "__main__":
    main()
