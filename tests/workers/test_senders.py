"""The senders: signed, bounded, following no redirect, and believing only a clear "ok"."""

import asyncio
import hashlib
import hmac
import inspect
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import structlog

from alerts.messages import Address, Message, Receipt, Sender
from workers.senders.console import Console
from workers.senders.webhook import Webhook, signature

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MESSAGE = Message(
    key="0195-key",
    title="【严重】逾期未走访 · 南柳镇柳家庄村",
    lines=("请尽快上门见到本人，并提交走访记录。",),
    link="https://chuangdeng.example/alerts/1",
    severity="serious",
    count=1,
)
TO = Address(address="https://hook.example/in?robot=7", secret="shared secret")


async def sent(handler: Callable[[httpx.Request], httpx.Response], to: Address = TO) -> Receipt:
    return await Webhook(transport=httpx.MockTransport(handler), now=lambda: NOW).send(MESSAGE, to)


def answering(status: int = 200, content: Any = None, **kwargs: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda _: httpx.Response(status, json=content, **kwargs) if content is not None else httpx.Response(status)


async def test_the_signature_covers_time_and_body_and_can_be_checked_by_the_receiver() -> None:
    seen: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    assert (await sent(receive)).error is None
    (request,) = seen
    timestamp = request.headers["X-Chuangdeng-Timestamp"]
    assert timestamp == str(int(NOW.timestamp()))
    wanted = hmac.new(b"shared secret", f"{timestamp}.".encode() + request.content, hashlib.sha256).hexdigest()
    assert request.headers["X-Chuangdeng-Signature"] == f"sha256={wanted}"
    assert request.headers["Idempotency-Key"] == MESSAGE.key
    assert json.loads(request.content)["title"] == MESSAGE.title
    assert signature("shared secret", timestamp, request.content + b" ") != wanted
    assert signature("shared secret", str(int(timestamp) + 1), request.content) != wanted


@pytest.mark.parametrize("content", [None, {}, {"errcode": 0}, {"errcode": "0", "errmsg": "ok"}, [1], "ok"])
async def test_two_hundred_without_an_errcode_is_ok(content: Any) -> None:
    assert await sent(answering(200, content)) == Receipt()


async def test_what_the_provider_calls_it_is_kept() -> None:
    assert (await sent(answering(200, {"errcode": 0, "msgid": "m-42"}))).reference == "m-42"


@pytest.mark.parametrize("code", [93000, "45009", -1, True, {"a": 1}])
async def test_two_hundred_with_an_errcode_is_a_refusal(code: Any) -> None:
    error = (await sent(answering(200, {"errcode": code, "errmsg": "invalid webhook url"}))).error
    assert error is not None
    assert error.startswith("errcode")


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
async def test_no_other_status_is_ok_and_no_redirect_is_followed(status: int) -> None:
    asked: list[str] = []

    def receive(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers={"location": "https://elsewhere.example/"})

    assert (await sent(receive)).error == f"HTTP {status}"
    assert asked == [TO.address]


@pytest.mark.parametrize(
    "fault", [httpx.ConnectError, httpx.ReadTimeout, httpx.ConnectTimeout, httpx.RemoteProtocolError]
)
async def test_a_fault_on_the_way_is_told_without_address_or_secret(fault: type[httpx.TransportError]) -> None:
    def receive(request: httpx.Request) -> httpx.Response:
        raise fault(f"could not reach {TO.address} with {TO.secret}", request=request)

    assert (await sent(receive)).error == fault.__name__


@pytest.mark.parametrize("address", ["", "hook.example/1", "ftp://hook.example/1", "http://[", "http://"])
async def test_an_address_that_is_none_is_a_failure_not_a_crash(address: str) -> None:
    webhook = Webhook(now=lambda: NOW)
    error = (await webhook.send(MESSAGE, Address(address=address, secret="s"))).error
    assert error
    assert "hook.example" not in error


async def test_without_a_secret_nothing_is_sent() -> None:
    def receive(_: httpx.Request) -> httpx.Response:
        raise AssertionError("sent without a signature")

    receipt = await sent(receive, Address(address=TO.address, secret=None))
    assert receipt.error == "the webhook has no secret to sign with"


async def test_an_endless_answer_is_not_read_to_its_end() -> None:
    pieces = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> Any:
            nonlocal pieces
            while True:
                pieces += 1
                yield b" " * 4096
                await asyncio.sleep(0)

    receipt = await asyncio.wait_for(sent(lambda _: httpx.Response(200, stream=Endless())), 5)
    assert receipt == Receipt()
    assert pieces < 30


async def test_a_real_server_that_accepts_and_hangs_up_is_a_failure() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        to = Address(address=f"http://127.0.0.1:{port}/", secret="s")
        receipt = await Webhook(now=lambda: NOW).send(MESSAGE, to)
    assert receipt.error in {"RemoteProtocolError", "ReadError"}


async def test_the_console_prints_one_line_and_no_secret() -> None:
    with structlog.testing.capture_logs() as lines:
        receipt = await Console().send(MESSAGE, Address(address="account-1", secret="shared secret"))
    assert receipt.error is None
    (line,) = lines
    assert line["event"] == MESSAGE.title
    assert line["account"] == "account-1"
    assert "shared secret" not in str(line)


def test_an_address_never_shows_itself() -> None:
    assert "hook.example" not in repr(TO)
    assert "shared secret" not in f"{TO}"


def test_every_sender_has_the_one_shape() -> None:
    senders: tuple[Sender, ...] = (Console(), Webhook())
    assert all(inspect.iscoroutinefunction(one.send) for one in senders)
