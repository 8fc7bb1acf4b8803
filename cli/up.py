"""`chuangdeng up`: the product on a data folder that lasts, until Ctrl-C."""

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import rich_click as click

from cli import product, servers


@click.command(help="启动全部服务并一直运行，数据长期保存。按 Ctrl-C 停止。")
@click.option("--data", type=click.Path(path_type=Path), default=None, help="数据目录。")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=8000,
    show_default=True,
    help="接口端口（只在本机监听，对外请用反向代理）。",
)
@click.option("--api", "api_processes", default=1, show_default=True, help="接口进程数。")
@click.option("--workers", default=1, show_default=True, help="后台任务进程数。")
def up(data: Path | None, port: int, api_processes: int, workers: int) -> None:
    stopped = threading.Event()

    def stop(_: int, __: FrameType | None) -> None:
        stopped.set()

    folder = data or servers.default_data_folder()
    try:
        with product.running(folder, port=port, api_processes=api_processes, workers=workers) as running:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, stop)
            for line in running.described:
                click.echo(line)
            click.echo(f"已就绪：{running.url}　数据目录 {folder}　日志 {running.logs}")
            click.echo(
                "第一次使用：chuangdeng import areas 区划.csv，再 chuangdeng user add 任命管理员。按 Ctrl-C 停止。"
            )
            while not stopped.wait(1.0):
                for told in running.revive():
                    click.echo(told)
    except product.NotReady as failure:
        click.echo(str(failure), err=True)
        sys.exit(1)
    click.echo("已停止。")
