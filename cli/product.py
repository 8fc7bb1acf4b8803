"""The whole product for the length of a block: servers, migrations, API, workers, watchdog."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from cli import processes, servers
from core import db, garbage, log, migrations, settings, vault

READY_WITHIN = 60.0


class NotReady(RuntimeError):
    """The product did not come up; the message names the log to read."""


@dataclass(frozen=True, kw_only=True)
class Product:
    """Where everything is while it runs. `environment` is what every process of it was given."""

    url: str
    environment: dict[str, str]
    logs: Path
    described: tuple[str, ...]
    supervisor: processes.Supervisor
    servers: servers.Servers

    def revive(self) -> list[str]:
        """Start again each embedded server that was lost, and tell what was done. Configured ones are others' affair.

        Without the database nothing can go on: `ServersUnavailable` when it does not come back. Without the queue the
        watchdog does the work, so the queue alone stops nobody; it is tried again at the next call.
        """
        told = []
        if (postgres := self.servers.postgres) and not postgres.alive:
            postgres.start()
            told.append("数据库意外停止，已重新启动；数据没有丢失。")
        if (redis := self.servers.redis) and not redis.alive:
            try:
                redis.start()
                told.append("任务队列意外停止，已重新启动；其间由看门狗代为巡查，没有遗漏。")
            except servers.ServersUnavailable:
                told.append("任务队列意外停止，暂时启动不了；由看门狗代为巡查，稍后再试。请查看日志。")
        return told


def environment_of(found: servers.Servers, folder: Path, *, url: str = "", console: bool = False) -> dict[str, str]:
    """The settings of every process: the servers, and a keyring that lives beside the data unless one is configured."""
    ring = {}
    if "CHUANGDENG_KEYRING" not in os.environ and "CHUANGDENG_KEYRING_FILE" not in os.environ:
        ring = {"CHUANGDENG_KEYRING_FILE": str(vault.keyring_file(folder / "keyring.json"))}
    return {
        "DATABASE_URL": found.database_url,
        "REDIS_URL": found.redis_url,
        "CONSOLE_NOTICES": "1" if console else "0",
        "JOURNAL_HEADS_PATH": os.environ.get("JOURNAL_HEADS_PATH") or str(folder / "journal-heads.txt"),
        **({"PUBLIC_URL": url} if url and "PUBLIC_URL" not in os.environ else {}),
        **ring,
    }


@contextmanager
def running(
    data: Path | None, *, port: int, api_processes: int = 1, workers: int = 1, console: bool = False
) -> Iterator[Product]:
    """Everything up and answering. `data` None: a temporary folder, gone afterwards. Port 0: any free one."""
    if port:
        _refuse_taken(port)
    with ExitStack() as stack:
        found = stack.enter_context(servers.running(data, durable=data is not None))
        folder = data or Path(stack.enter_context(TemporaryDirectory(prefix="chuangdeng-")))
        port = port or free_port()
        url = f"http://127.0.0.1:{port}"
        environment = environment_of(found, folder, url=url, console=console)
        asyncio.run(migrations.migrate(found.database_url))
        programs = [*[processes.api(port)] * api_processes, *[processes.WORKER] * workers, processes.WATCHDOG]
        supervisor = stack.enter_context(processes.supervised(programs, environment=environment, logs=folder / "logs"))
        _wait_until_ready(url, folder / "logs")
        yield Product(
            url=url,
            environment=environment,
            logs=folder / "logs",
            described=found.describe(),
            supervisor=supervisor,
            servers=found,
        )


@asynccontextmanager
async def opened(environment: dict[str, str], *, app: int = 2, jobs: int = 2) -> AsyncIterator[settings.Settings]:
    """This process as one of the product's: its environment, keyring and pools, for commands that act by themselves."""
    os.environ.update(environment)
    log.configure()
    found = settings.read()
    vault.use(found.keyring)
    garbage.look_less_often()
    async with db.pools(found, app=app, jobs=jobs):
        yield found


def free_port() -> int:
    """A port of loopback nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _refuse_taken(port: int) -> None:
    """Somebody else who listens there would answer in our place, and we would take ourselves for ready."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what we ourselves left a moment ago may linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise NotReady(
                f"端口 {port} 用不了({error.strerror})。请用 --port 换一个端口，或先停止占用它的程序。"
            ) from error


def _wait_until_ready(url: str, logs: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    told = ""
    while time.monotonic() < until:
        try:
            answer = httpx.get(f"{url}/readyz", timeout=2)
            if answer.status_code == 200:
                return
            told = answer.text
        except httpx.HTTPError as error:
            told = type(error).__name__
        time.sleep(0.2)
    raise NotReady(f"服务没有在 {READY_WITHIN:.0f} 秒内就绪。请查看日志目录 {logs}。最后的回答：{told[:300]}")
