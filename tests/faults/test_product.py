"""What the product does when a server of its own is lost, or when somebody else listens at its address."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import processes, product
from cli.servers import Postgres, RedisServer, Servers, ServersUnavailable, running


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with running(durable=False, environment={}) as found:
        yield found


def made_of(servers: Servers) -> product.Product:
    return product.Product(
        url="",
        environment={},
        logs=Path(),
        described=(),
        supervisor=processes.Supervisor(environment={}, logs=Path()),
        servers=servers,
    )


def lose(server: Postgres | RedisServer, how: signal.Signals) -> None:
    os.kill(server.pid, how)
    until = time.monotonic() + 10
    while server.alive and time.monotonic() < until:
        time.sleep(0.02)
    assert not server.alive


def test_nothing_is_told_while_both_servers_run(servers: Servers) -> None:
    assert made_of(servers).revive() == []


def test_a_lost_queue_is_started_again_and_the_database_left_alone(servers: Servers) -> None:
    assert servers.postgres and servers.redis
    database = servers.postgres.pid
    lose(servers.redis, signal.SIGKILL)
    (told,) = made_of(servers).revive()
    assert "任务队列" in told and "已重新启动" in told
    assert servers.redis.alive
    assert servers.postgres.pid == database


def test_a_lost_database_is_started_again(servers: Servers) -> None:
    assert servers.postgres
    lose(servers.postgres, signal.SIGQUIT)
    (told,) = made_of(servers).revive()
    assert "数据库" in told and "没有丢失" in told
    assert servers.postgres.alive


def test_a_queue_that_does_not_come_back_stops_nobody(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert servers.redis

    def refuse() -> None:
        raise ServersUnavailable("no")

    lose(servers.redis, signal.SIGKILL)
    with monkeypatch.context() as patched:
        patched.setattr(servers.redis, "start", refuse)
        (told,) = made_of(servers).revive()
        assert "看门狗" in told
    (told,) = made_of(servers).revive()
    assert "已重新启动" in told


def test_a_port_somebody_listens_on_is_refused_before_anything_starts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        somebody.listen()
        port = somebody.getsockname()[1]
        with pytest.raises(product.NotReady, match=f"端口 {port} 用不了.*--port"), product.running(data, port=port):
            pass
    assert not data.exists()
