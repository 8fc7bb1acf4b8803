"""Wrong and hostile input: told in Chinese with its place, and it breaks nothing."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar

from api.request import DEEPEST, SMALL_BODY
from core.ids import new_id
from tests import caring, rectifying
from tests.api.probes import PROBLEM
from tests.cast import Cast
from tests.conftest import ClientOf


@pytest.mark.parametrize(
    ("body", "field", "told"),
    [
        ({"nmae": "x"}, "/nmae", "不认识的字段“nmae”"),
        ({"a/b~c": 1}, "/a~1b~0c", "不认识的字段"),
        ({"metadata": {"tags": [1, 2, "x"]}}, "/metadata/tags/2", "应为整数，收到的是文字"),
        ({"metadata": {"tags": [1, 2, 3, 4]}}, "/metadata/tags", "最多 3 项"),
        ({"inners": [{}, {"tag": 1}]}, "/inners/1/tag", "不认识的字段"),
        ({"name": ""}, "/name", "至少 1 个字"),
        ({"name": "六个字太长了"}, "/name", "最多 5 个字"),
        ({"count": 0}, "/count", "应不小于 1"),
        ({"count": 10**30}, "/count", "应不大于 2147483647"),
        ({"count": "3"}, "/count", "应为整数，收到的是文字"),
        ({"count": 1.5}, "/count", "应为整数，收到的是数字"),
        ({"sure": "true"}, "/sure", "应为true 或 false"),
        ({"kind": "window"}, "/kind", "不认识的取值 'window'"),
        ({"at": "2020"}, "/at", "不是有效的时间"),
        ({"at": 0}, "/at", "收到的是整数"),
        ({"at": "2026-03-02T10:00:00"}, "/at", "缺少时区"),
        ({"id": "1"}, "/id", "不是有效的编号"),
        ({"id": None, "name": None}, "/name", "应为文字，收到的是空值"),
        ([], "", "应为对象，收到的是列表"),
    ],
)
async def test_wrong_input_is_told_in_chinese_with_its_place(
    nobody: httpx.AsyncClient, body: Any, field: str, told: str
) -> None:
    answer = await nobody.post("/v1/probe", json=body)
    problem = answer.json()
    assert answer.headers["content-type"] == PROBLEM
    assert (answer.status_code, problem["status"]) == (400, 400)
    assert (problem["type"], problem["title"], problem["field"]) == ("/problems/bad-input", "输入有误", field)
    assert told in problem["detail"]
    assert problem["detail"].endswith("。")
    assert problem["request_id"] == answer.headers["x-request-id"]


HOSTILE = {
    "deep lists": b'{"free":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "deep objects": b'{"free":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "one level too deep": b'{"free":' + b"[" * DEEPEST + b"]" * DEEPEST + b"}",
    "deep and wrong": b'{"nothing":' + b"[" * 100_000,
    "quotes without end": b'"' + b'\\"' * 120_000,
    "an escaped NUL": b'{"name":"a\\u0000b"}',
    "an escaped NUL after a backslash": b'{"name":"\\\\\\u0000"}',
    "an escaped NUL in a key": b'{"a\\u0000":1}',
    "a bare NUL": b'{"name":"a\0b"}',
    "NULs": b"\0" * 1000,
    "invalid UTF-8": b'{"name":"\xff\xfe"}',
    "overlong UTF-8": b'{"name":"\xc0\x80"}',
    "a surrogate in UTF-8": b'{"name":"\xed\xa0\x80"}',
    "a lone surrogate": b'{"name":"\\ud800"}',
    "a surrogate without its other half": b'{"name":"\\ud800\\u0041"}',
    "UTF-16": '{"name":"x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"name":"x"}',
    "5,000 digits": b'{"free":' + b"9" * 5000 + b"}",
    "an endless number": b'{"free":1e999}',
    "not a number": b'{"free":NaN}',
    "half": b'{"name":"x',
    "two": b"{}{}",
    "nothing but space": b"   ",
    "null": b"null",
    "a form": b"name=x&count=1",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
async def test_hostile_bodies_are_refused_and_break_nothing(nobody: httpx.AsyncClient, body: bytes) -> None:
    answer = await nobody.post("/v1/probe", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == PROBLEM
    assert re.search("[\u4e00-\u9fff]", answer.json()["detail"])


async def test_a_nul_is_told_with_its_place(nobody: httpx.AsyncClient) -> None:
    body = {"free": {"a/b": ["x", "y\0"]}}
    assert (await nobody.post("/v1/probe", json=body)).json()["field"] == "/free/a~1b/1"


async def test_a_harmless_body_passes(nobody: httpx.AsyncClient) -> None:
    deep: Any = 1
    for _ in range(DEEPEST - 1):
        deep = [deep]
    body = {"name": "\\u000", "free": [deep[0], "{" * 50, "\\", '"[['], "at": "2026-03-02T10:00:00+08:00"}
    answer = await nobody.post("/v1/probe", json=body)
    assert answer.status_code == 200
    assert answer.json()["free"] == body["free"]


async def test_a_missing_body_is_told(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.post("/v1/probe")
    assert (answer.status_code, answer.json()["detail"]) == (400, "缺少请求正文，或正文不符合要求。")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_body_that_is_not_declared_json_is_refused(nobody: httpx.AsyncClient, kind: str) -> None:
    answer = await nobody.post("/v1/probe", content=b"{}", headers={"content-type": kind})
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/not-json")


def _of_length(length: int) -> bytes:
    return b'{"free":"' + b"x" * (length - 11) + b'"}'


async def test_a_body_is_at_most_256_kib(nobody: httpx.AsyncClient) -> None:
    headers = {"content-type": "application/json"}

    async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 16_384):
            yield body[start : start + 16_384]

    for path, limit in (("/v1/probe", SMALL_BODY), ("/v1/probe/large", 2 * SMALL_BODY)):
        assert (await nobody.post(path, content=_of_length(limit), headers=headers)).status_code == 200
        for body in (_of_length(limit + 1), in_pieces(_of_length(limit + 1))):
            answer = await nobody.post(path, content=body, headers=headers)
            assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/probe/trouble%00", 404),
        ("/v1/probe/trouble?x=%00", 400),
        ("/healthz?x=%ff%fe", 200),
        ("/v1/%ff", 404),
        ("/v1/probe/1", 404),
        ("/v1/probe/" + "9" * 5000, 404),
        ("/v1/../../etc/passwd", 404),
        ("/", 404),
        ("/schema", 404),
        ("/docs", 404),
    ],
)
async def test_hostile_addresses_are_refused_and_break_nothing(
    nobody: httpx.AsyncClient, path: str, status: int
) -> None:
    answer = await nobody.get(path)
    assert answer.status_code == status
    if status != 200:
        assert answer.headers["content-type"] == PROBLEM


async def test_hostile_headers_break_nothing(app: Litestar, client: ClientOf) -> None:
    stranger = await client(None)
    for token in (
        b"Bearer \xff\xfe",
        b"Bearer " + b"x" * 100_000,
        b"bearer",
        b"Bearer  ",
        b"\x7f",
        "Bearer 令牌".encode(),
    ):
        answer = await stranger.get(f"/v1/probe/{new_id()}", headers={b"authorization": token})
        assert answer.status_code == 401
    answer = await stranger.post("/v1/probe", content=b"{}", headers={"content-type": "application/json;" * 1000})
    assert answer.status_code == 200
    answer = await stranger.request("POST", "/v1/probe", content=b"{}", headers={"content-length": "many"})
    assert answer.status_code == 400


LAST, FIRST = "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"


@pytest.mark.parametrize("edge", [FIRST, LAST, LAST[:19] + "Z"])
async def test_the_edges_of_time_are_bad_input(client: ClientOf, cast: Cast, edge: str) -> None:
    home = await rectifying.home(cast)
    order = await rectifying.order(cast, home)
    office, own = await client(cast.specialist), await client(home.account)
    campaign = {"area_id": cast.township, "title": "寒潮普访", "reason": "cold_wave", "chosen": {}}
    visit = {"id": str(new_id()), "agreement_id": str(home.agreement), "services": ["meals"], "made_at": edge}
    answers = [
        await office.post("/v1/campaigns", json=campaign | {"deadline_at": "2026-03-04T00:00:00Z", "opens_at": edge}),
        await own.put("/v1/my/attendance", json=visit),
        await own.put(f"/v1/orders/{order}/answers", json={"id": str(new_id()), "kind": "accept", "made_at": edge}),
    ]
    assert [(one.status_code, one.headers["content-type"]) for one in answers] == [(400, PROBLEM)] * 3


async def test_a_term_past_the_last_year_is_bad_input(client: ClientOf, cast: Cast) -> None:
    people = {"recipient_id": str(await cast.recipient()), "caregiver_id": str(await caring.caregiver(cast))}
    draft = people | {"relation": "neighbour", "starts_on": "9999-06-01"}
    answer = await (await client(cast.specialist)).post("/v1/agreements", json=draft)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-input")
