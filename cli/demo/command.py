"""`chuangdeng demo`: everything up, the story played, then it stays up; or, with --once, ends with its verdict."""

import asyncio
import signal
import sys
from types import FrameType

import rich_click as click

from cli import product
from cli.demo.away import goes_offline, one_push_brings_it_all
from cli.demo.care import play_care
from cli.demo.lamp import play_lamp
from cli.demo.person import NotObserved
from cli.demo.stage import Cast, set_stage
from cli.demo.story import play
from cli.demo.timeline import Timeline


@click.command(help="演示：导入一个镇的台账，走完一次漏访的全过程；之后继续运行，供您自己试。")
@click.option("--once", is_flag=True, help="演完即退出；每一步都亲眼见到才算成功。")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default="任选一个空闲端口", help="网页和接口的端口。"
)
def demo(once: bool, port: int) -> None:
    signal.signal(signal.SIGTERM, _like_ctrl_c)
    timeline = Timeline()
    timeline.console.print("[bold]窗灯[/bold]　早看窗帘，晚看灯。演示开始，约三分钟。")
    try:
        with product.running(None, port=port) as running:
            for line in running.described:
                timeline.aside(line)
            asyncio.run(_show(running, timeline, stay=not once))
    except (NotObserved, product.NotReady) as failure:
        timeline.grave("演示", f"没有演成：{failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        timeline.console.print("\n已停止，没有留下任何进程或数据。")


async def _show(running: product.Product, timeline: Timeline, *, stay: bool) -> None:
    async with set_stage(running) as cast:
        timeline.good("系统", "数据库、接口、后台任务、看门狗都已就绪；管理员、区局、镇负责人、民政专干已登录")
        await play(cast, timeline)
        away = await goes_offline(cast, timeline)
        await play_care(cast, timeline, but=away.village)
        await one_push_brings_it_all(cast, away, timeline)
        await play_lamp(cast, timeline, but=away.village)
        timeline.console.print()
        timeline.console.print(f"[bold green]演完了[/bold green]：{timeline.steps} 步，每一步都经公开接口看到。")
        if stay:
            _print_doors(running, cast, timeline)
            await asyncio.Event().wait()


def _print_doors(running: product.Product, cast: Cast, timeline: Timeline) -> None:
    timeline.console.print()
    timeline.console.print(f"接口 {running.url}/v1　文档 {running.url}/v1/openapi.json　健康 {running.url}/readyz")
    rows = [(person.post, person.login, person.password, person.secret) for person in cast.staff]
    timeline.table(("岗位", "登录名", "密码", "动态口令密钥（加入验证器）"), rows)
    timeline.console.print("后台继续巡查：没有人去的探访会继续升级。按 Ctrl-C 停止并清除全部数据。")


def _like_ctrl_c(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
