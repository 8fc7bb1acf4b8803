"""Channels over HTTP: set up, shown by host, tried, ended; and one real receiver that checks the signature."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from accounts.permissions import Account
from api.app import create_app
from core.settings import Settings
from tests.alerting import open_one
from tests.cast import NOW, Cast
from tests.conftest import ClientOf
from workers import climb, deliver, senders

OWN = "/v1/me/channels"
NEW = {"channel": "webhook", "address": "https://hook.example/in?key=of-the-robot"}


class Receiver:
    """An HTTP server of somebody else's: keeps each request, headers and body, and answers 200."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.port = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        body = await reader.readexactly(int(headers["content-length"]))
        self.got.append((head[0], headers, body))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    server = await asyncio.start_server(receiver.take, "127.0.0.1", 0)
    async with server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver


@pytest.fixture
def sending(test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The senders a worker process uses: the real ones."""
    monkeypatch.setattr("core.settings.read", lambda: replace(test_settings, public_url="https://chuangdeng.example"))
    senders.outside.cache_clear()
    yield
    senders.outside.cache_clear()


@asynccontextmanager
async def in_production(settings: Settings, cast: Cast, account: Account) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(replace(settings, production=True), now=lambda: NOW)
    token = await cast.session(account)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
        base_url="http://chuangdeng.test",
        headers={"authorization": f"Bearer {token}"},
    ) as caller:
        yield caller


async def test_an_alert_reaches_a_webhook_whose_owner_can_prove_who_sent_it(
    cast: Cast, client: ClientOf, sending: None
) -> None:
    http = await client(cast.worker)
    async with receiving() as receiver:
        address = f"http://127.0.0.1:{receiver.port}/in?key=7"
        added = await http.post(OWN, json={"channel": "webhook", "address": address})
        assert added.status_code == 201
        secret = added.json()["secret"]
        alert = await open_one(cast)
        await climb.run(cast.now)
        assert (await deliver.run(cast.now))["sent"] == 1
        assert (await deliver.run(cast.now))["messages"] == 0
    ((request, headers, body),) = receiver.got
    assert request == "POST /in?key=7 HTTP/1.1"
    signed = headers["x-chuangdeng-timestamp"].encode() + b"." + body
    wanted = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["x-chuangdeng-signature"], f"sha256={wanted}")
    message = json.loads(body)
    assert message["title"] == "【严重】逾期未走访 · 南柳镇柳家庄村"
    assert message["link"] == f"https://chuangdeng.example/alerts/{alert}"


async def test_a_test_message_arrives_at_the_address_and_in_the_inbox(
    cast: Cast, client: ClientOf, sending: None
) -> None:
    http = await client(cast.worker)
    async with receiving() as receiver:
        new = {"channel": "webhook", "address": f"http://localhost:{receiver.port}/in"}
        channel = (await http.post(OWN, json=new)).json()["id"]
        assert (await http.post(f"{OWN}/{channel}/test")).status_code == 204
        again = await http.post(f"{OWN}/{channel}/test")
        assert (again.status_code, again.headers["retry-after"]) == (429, "60")
        assert (await deliver.run(cast.now))["sent"] == 1
    ((_, _, body),) = receiver.got
    assert json.loads(body)["title"] == "【一般】通知渠道测试"
    (notice,) = (await http.get("/v1/notices")).json()["items"]
    assert (notice["kind"], notice["kind_name"]) == ("channel_test", "通知渠道测试")


async def test_the_secret_is_shown_once_and_the_address_by_its_host_only(cast: Cast, client: ClientOf) -> None:
    http = await client(cast.worker)
    answer = await http.post(OWN, json=NEW)
    added = answer.json()
    secret = added.pop("secret")
    assert len(secret) >= 43
    listed = await http.get(OWN)
    assert listed.json() == [added]
    assert (added["channel"], added["host"], added["in_use"]) == ("webhook", "hook.example", True)
    for text in (answer.text, listed.text):
        assert "of-the-robot" not in text
    assert secret not in listed.text


async def test_a_channel_is_ended_and_ended_once(cast: Cast, client: ClientOf) -> None:
    http = await client(cast.worker)
    channel = (await http.post(OWN, json=NEW)).json()["id"]
    assert (await http.delete(f"{OWN}/{channel}")).status_code == 204
    assert (await http.delete(f"{OWN}/{channel}")).status_code == 404
    assert (await http.post(f"{OWN}/{channel}/test")).status_code == 404
    assert (await http.get(OWN)).json() == []


async def test_a_sixth_channel_is_refused(cast: Cast, client: ClientOf) -> None:
    http = await client(cast.worker)
    assert [(await http.post(OWN, json=NEW)).status_code for _ in range(6)] == [201] * 5 + [409]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "ftp://hook.example/in"}, "/address"),
        ({"address": "http://hook.example/in"}, "/address"),
        ({"address": "https://user:pass@hook.example/in"}, "/address"),
        ({"address": "https://hook.example/" + "x" * 500}, "/address"),
        ({"address": ""}, "/address"),
        ({"channel": "sms"}, "/channel"),
        ({"secret": "chosen by the caller"}, "/secret"),
    ],
)
async def test_what_is_refused_is_named_by_its_place(
    cast: Cast, client: ClientOf, change: dict[str, str], field: str
) -> None:
    answer = await (await client(cast.worker)).post(OWN, json=NEW | change)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert await cast.owner.fetchval("SELECT count(*) FROM account_channel") == 0


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:8000/in", "https://127.0.0.1/in", "https://10.1.2.3/in", "https://169.254.169.254/in"],
)
async def test_in_production_the_server_is_not_sent_to_its_neighbours(
    test_settings: Settings, cast: Cast, address: str
) -> None:
    async with in_production(test_settings, cast, cast.worker) as http:
        answer = await http.post(OWN, json=NEW | {"address": address})
        assert (answer.status_code, answer.json()["field"]) == (400, "/address")
        assert "内网" in answer.json()["detail"]
        assert (await http.post(OWN, json=NEW)).status_code == 201


async def test_a_manager_sets_up_the_channels_of_their_own_people(cast: Cast, client: ClientOf) -> None:
    theirs = f"/v1/accounts/{cast.worker.id}/channels"
    http = await client(cast.specialist)
    added = (await http.post(theirs, json=NEW)).json()
    assert [one["id"] for one in (await http.get(theirs)).json()] == [added["id"]]
    assert [one["id"] for one in (await (await client(cast.worker)).get(OWN)).json()] == [added["id"]]
    for other in (cast.leader, cast.district, cast.auditor, cast.worker, cast.foreign_worker):
        strange = await client(other)
        assert (await strange.get(theirs)).status_code == 403
        assert (await strange.post(theirs, json=NEW)).status_code == 403
        assert (await strange.delete(f"{theirs}/{added['id']}")).status_code == 403
    stranger = await client(cast.foreign_specialist)
    hidden, missing = [(await stranger.get(f"/v1/accounts/{one}/channels")).json() for one in (cast.worker.id, uuid4())]
    assert hidden | {"request_id": missing["request_id"]} == missing
    assert missing["status"] == 404
    assert (await stranger.post(theirs, json=NEW)).status_code == 404
    assert (await stranger.delete(f"{theirs}/{added['id']}")).status_code == 404
    assert (await http.delete(f"{theirs}/{added['id']}")).status_code == 204
    assert (await http.get(theirs)).json() == []


async def test_before_the_second_factor_channels_are_seen_and_ended_but_none_is_added(
    cast: Cast, client: ClientOf
) -> None:
    channel = (await (await client(cast.specialist)).post(OWN, json=NEW)).json()["id"]
    half = await client(replace(cast.specialist, session_id=uuid4(), second_factor_ok=False))
    assert (await half.post(OWN, json=NEW)).status_code == 403
    assert (await half.post(f"{OWN}/{channel}/test")).status_code == 403
    assert [one["id"] for one in (await half.get(OWN)).json()] == [channel]
    assert (await half.delete(f"{OWN}/{channel}")).status_code == 204
