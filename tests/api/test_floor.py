"""Who gets in, what a route must declare, and what every answer carries."""

import re
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from litestar import Litestar, get, post, websocket
from litestar.exceptions import ImproperlyConfiguredException
from structlog.testing import capture_logs

import api.app
from accounts.permissions import PERMISSIONS, Account, Permission
from api.app import create_app
from api.permissions import PUBLIC, check_declarations, handlers
from api.request import SMALL_BODY
from core import pools as core_pools
from core.ids import new_id
from core.settings import Settings
from tests.api.probes import trouble
from tests.cast import Cast, Clock
from tests.conftest import ClientOf


def _paths(app: Litestar) -> list[tuple[str, str, Any]]:
    """Every method and address the API serves, with an id where one belongs."""
    return [
        (method, re.sub(r"\{[^}]+:int\}", "1", re.sub(r"\{[^}]+:uuid\}", str(new_id()), path)), handler)
        for path, handler in handlers(app)
        for method in sorted(handler.http_methods)  # type: ignore[attr-defined]
    ]


async def test_every_address_turns_away_whoever_is_not_signed_in(app: Litestar, client: ClientOf) -> None:
    strangers = [await client(None) for _ in range(4)]
    for stranger, token in zip(strangers[1:], ("Bearer", "Bearer " + "x" * 43, "Basic eDp5"), strict=True):
        stranger.headers["authorization"] = token
    closed = [(method, path) for method, path, handler in _paths(app) if handler.opt["permission"] != PUBLIC]
    assert closed
    for method, path in closed:
        for stranger in strangers:
            answer = await stranger.request(method, path, content=b"not even JSON")
            assert answer.status_code == 401, (method, path)
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.json()["type"] == "/problems/unauthenticated"


async def test_every_address_turns_away_whoever_may_not(app: Litestar, client: ClientOf, cast: Cast) -> None:
    refused = 0
    for account in cast.everybody:
        caller = await client(account)
        for method, path, handler in _paths(app):
            permission: Permission = handler.opt["permission"]
            if permission != PUBLIC and not account.may(permission):
                answer = await caller.request(method, path, content=b"not even JSON")
                assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden"), (method, path)
                refused += 1
    assert refused > len(cast.everybody)


async def test_no_address_answers_options_or_head(app: Litestar, client: ClientOf, cast: Cast) -> None:
    callers = [await client(None), await client(cast.administrator)]
    for _, path, _ in _paths(app):
        for caller in callers:
            for method in ("OPTIONS", "HEAD"):
                answer = await caller.request(method, path)
                assert answer.status_code == 405, (method, path)
                assert "OPTIONS" not in answer.headers["allow"]


async def test_a_session_opens_what_its_role_may(app: Litestar, client: ClientOf, cast: Cast) -> None:
    known = new_id()
    answer = await (await client(cast.worker)).get(f"/v1/probe/{known}")
    assert (answer.status_code, answer.json()) == (200, {"id": str(known)})


async def test_an_expired_session_opens_nothing(app: Litestar, client: ClientOf, cast: Cast, clock: Clock) -> None:
    worker = await client(cast.worker)
    clock.forward(days=89)
    assert (await worker.get(f"/v1/probe/{new_id()}")).status_code == 200
    clock.forward(days=2)
    assert (await worker.get(f"/v1/probe/{new_id()}")).status_code == 401


async def _only_self_is_open(caller: httpx.AsyncClient, kind: str) -> None:
    answer = await caller.get(f"/v1/probe/{new_id()}")
    assert (answer.status_code, answer.json()["type"]) == (403, f"/problems/{kind}")
    assert (await caller.delete("/v1/probe/self")).status_code == 200


async def test_until_the_second_factor_is_given_only_ones_own_session_is_open(
    app: Litestar, client: ClientOf, cast: Cast
) -> None:
    await _only_self_is_open(await client(replace(cast.specialist, second_factor_ok=False)), "second-factor-required")


async def test_until_a_given_password_is_changed_only_ones_own_session_is_open(
    app: Litestar, client: ClientOf, cast: Cast, owner: asyncpg.Connection
) -> None:
    await owner.execute("UPDATE account SET must_change_password = true WHERE id = $1", cast.specialist.id)
    await _only_self_is_open(await client(cast.specialist), "password-change-required")


class LaxSample(msgspec.Struct):
    name: str


class HoldsLax(msgspec.Struct, forbid_unknown_fields=True):
    inside: dict[str, list[LaxSample | None]]


@dataclass
class Row:
    name: str


def _undeclared() -> list[tuple[Any, str]]:
    @get("/undeclared")
    async def without() -> None: ...

    @get("/undeclared", opt={"permission": "recipients.read"})
    async def misspelt() -> None: ...

    @get("/undeclared", opt={"permission": PUBLIC})
    async def for_nobody(by: Account) -> None: ...

    @get("/undeclared", opt={"permission": "recipient.read"}, cache=True)
    async def cached() -> None: ...

    @post("/undeclared", opt={"permission": PUBLIC})
    async def lax(data: HoldsLax) -> None: ...

    @post("/undeclared", opt={"permission": PUBLIC})
    async def dataclass_body(data: list[Row]) -> None: ...

    @websocket("/undeclared", opt={"permission": PUBLIC})
    async def socket(socket: Any) -> None: ...

    return [
        (without, "no permission is declared"),
        (misspelt, "unknown permission 'recipients.read'"),
        (for_nobody, "nobody to act for"),
        (cached, "never cached"),
        (lax, "LaxSample"),
        (dataclass_body, "Row"),
        (socket, "only HTTP"),
    ]


@pytest.mark.parametrize(("handler", "told"), _undeclared(), ids=lambda value: getattr(value, "handler_name", None))
def test_a_wrongly_declared_route_stops_the_start(
    handler: Any, told: str, test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.app, "RESOURCES", [SimpleNamespace(CONTROLLERS=(handler,))])
    with pytest.raises(ImproperlyConfiguredException, match=re.escape(told)):
        create_app(test_settings)


def test_every_wrong_declaration_is_told_at_once(test_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    @get("/first")
    async def first() -> None: ...

    @get("/second")
    async def second() -> None: ...

    monkeypatch.setattr(api.app, "RESOURCES", [SimpleNamespace(CONTROLLERS=(first, second))])
    with pytest.raises(ImproperlyConfiguredException, match=r"/v1/first.*\n.*/v1/second"):
        create_app(test_settings)


def test_the_routes_there_are_are_declared_well(app: Litestar) -> None:
    check_declarations(app)
    assert {handler.opt["permission"] for _, handler in handlers(app)} <= PERMISSIONS | {PUBLIC}


async def test_the_api_does_not_start_without_its_database(
    test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_pools, "_pools", {})
    nowhere = "postgresql://nobody@/chuangdeng?host=/nonexistent"
    homeless = create_app(replace(test_settings, app_database_url=nowhere))
    with pytest.RaisesGroup(FileNotFoundError):
        async with homeless.lifespan():
            raise AssertionError("it started")


async def test_every_answer_says_not_to_keep_it(app: Litestar, client: ClientOf, cast: Cast) -> None:
    async def fail() -> None:
        raise ValueError

    trouble.do = fail
    json = {"content-type": "application/json"}
    stranger, worker = await client(None), await client(cast.worker)
    with capture_logs():
        answers = [
            await stranger.get("/healthz"),
            await stranger.get("/nowhere"),
            await stranger.post("/healthz"),
            await stranger.get("/v1/probe/trouble"),
            await stranger.get(f"/v1/probe/{new_id()}"),
            await worker.get(f"/v1/probe/{new_id()}"),
            await stranger.post("/v1/probe", content=b"x" * (SMALL_BODY + 1), headers=json),
        ]
    assert {answer.status_code for answer in answers} == {200, 401, 404, 405, 413, 500}
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)
