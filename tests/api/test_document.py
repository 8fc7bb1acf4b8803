"""The OpenAPI document: true, complete, and without foreign servers."""

import re
from dataclasses import replace

import httpx
from litestar import Litestar

from api.app import create_app
from api.permissions import handlers
from core.settings import Settings
from tests.api.probes import PROBLEM
from tests.cast import NOW, Cast
from tests.conftest import ClientOf

PROVES_BY_ITSELF = {
    ("/v1/sessions", "post"),
    ("/v1/watch", "post"),
    ("/v1/watch/observations", "post"),
    ("/v1/sensors/readings", "post"),
}
"""Open without a session, and yet asking who is there."""


async def test_the_document_tells_the_truth(app: Litestar, client: ClientOf) -> None:
    answer = await (await client(None)).get("/v1/openapi.json")
    document = answer.json()
    assert (answer.status_code, document["openapi"][:3], document["info"]["title"]) == (200, "3.1", "窗灯")
    assert document["components"]["securitySchemes"]["session"] == {"type": "http", "scheme": "bearer"}
    problem = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    operations = [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "post", "put", "patch", "delete")
    ]
    served = {
        (re.sub(r":\w+\}", "}", path), method.lower())
        for path, handler in handlers(app)
        for method in handler.http_methods  # type: ignore[attr-defined]
        if not path.startswith("/v1/probe") and path != "/v1/openapi.json"
    }
    assert {(path, method) for path, method, _ in operations} == served
    for path, method, operation in operations:
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert response["content"] == problem, (path, method, status)
        assert operation["responses"].keys() >= {"400", "500", "503"}
        closed = operation.get("security") != [{}]
        proves = (path, method) in PROVES_BY_ITSELF
        assert ("401" in operation["responses"]) == (closed or proves), (path, method)


async def test_what_names_a_thing_in_its_body_may_not_find_it(app: Litestar, client: ClientOf) -> None:
    paths = (await (await client(None)).get("/v1/openapi.json")).json()["paths"]
    named = ("/v1/agreements", "/v1/hazards", "/v1/orders", "/v1/replacements")
    operations = [*(paths[path]["post"] for path in named), paths["/v1/my/attendance"]["put"]]
    assert all("404" in operation["responses"] for operation in operations)


async def test_the_document_sends_nobody_to_foreign_servers(app: Litestar, client: ClientOf) -> None:
    text = (await (await client(None)).get("/v1/openapi.json")).text
    assert "http://" not in text
    assert "https://" not in text


async def test_in_production_the_document_is_for_those_who_are_signed_in(
    test_settings: Settings, client: ClientOf, cast: Cast
) -> None:
    in_production = create_app(replace(test_settings, production=True), now=lambda: NOW)
    transport = httpx.ASGITransport(app=in_production)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://chuangdeng.test") as caller:
        assert (await caller.get("/v1/openapi.json")).status_code == 401
        token = await cast.session(cast.worker)
        answer = await caller.get("/v1/openapi.json", headers={"authorization": f"Bearer {token}"})
        assert answer.status_code == 200
