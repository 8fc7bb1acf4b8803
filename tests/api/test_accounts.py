"""Staff accounts and areas, through HTTP."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.cast import Cast
from tests.conftest import ClientOf
from tests.credentials import cheap_hashing

__all__ = ["cheap_hashing"]
pytestmark = pytest.mark.usefixtures("cheap_hashing")

HEADER = "代码,名称,上级代码,启用日期,停用日期,继任代码\n"


def staff(cast: Cast, **more: Any) -> dict[str, Any]:
    return {"login": "liuyang", "name": "刘洋", "role": "worker", "area_ids": [cast.village], **more}


async def upload(caller: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await caller.post("/v1/areas/import", files={"file": ("区划.csv", content)})


async def test_a_specialist_opens_lists_changes_and_ends_a_worker(
    nobody: httpx.AsyncClient, client: ClientOf, cast: Cast
) -> None:
    specialist = await client(cast.specialist)
    opened = await specialist.post("/v1/accounts", json=staff(cast, phone="13800001234"))
    assert opened.status_code == 201
    first = {"login": "liuyang", "password": opened.json()["first_password"]}
    session = await nobody.post("/v1/sessions", json=first)
    bearer = {"authorization": f"Bearer {session.json()['token']}"}
    waits = await nobody.get("/v1/areas", headers=bearer)
    assert waits.json()["type"] == "/problems/password-change-required"
    path = f"/v1/accounts/{opened.json()['id']}"
    card = (await specialist.get(path)).json()
    assert (card["phone_masked"], card["must_change_password"]) == ("138******34", True)
    changed = await specialist.patch(path, json={"area_ids": [cast.other_village]})
    assert [area["name"] for area in changed.json()["areas"]] == ["前柳村"]
    assert (await nobody.get("/v1/me", headers=bearer)).status_code == 401
    assert (await specialist.post(f"{path}/end")).status_code == 204
    assert (await specialist.get(path)).json()["ended"] is True
    assert (await specialist.post(f"{path}/end")).json()["type"] == "/problems/account-ended"
    assert (await nobody.post("/v1/sessions", json=first)).json()["type"] == "/problems/sign-in-refused"


async def test_pages_of_accounts_hold_each_once_and_only_ones_own(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    seen: list[str] = []
    cursor = None
    while True:
        query = {"size": 1} | ({"cursor": cursor} if cursor else {})
        page = (await specialist.get("/v1/accounts", params=query)).json()
        seen += [card["id"] for card in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(str(one.id) for one in (cast.worker, cast.specialist, cast.leader))


async def test_accounts_are_found_by_role_and_area(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)

    async def names(**query: Any) -> list[str]:
        cards = (await district.get("/v1/accounts", params=query)).json()["items"]
        return sorted(card["name"] for card in cards)

    assert await names(role="worker") == ["冯玉梅", "王秀兰"]
    assert await names(role="worker", area_id=cast.foreign_township) == ["冯玉梅"]
    assert await names(ended=True) == []


async def test_no_answer_holds_a_secret(client: ClientOf, cast: Cast) -> None:
    administrator = await client(cast.administrator)
    text = (await administrator.get("/v1/accounts")).text
    assert "hash" not in text and "sealed" not in text


@pytest.mark.parametrize(
    ("method", "suffix", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {"name": "某某"}),
        ("POST", "/end", None),
        ("POST", "/password-reset", None),
        ("POST", "/second-factor-reset", None),
    ],
)
async def test_another_townships_account_answers_exactly_as_none(
    client: ClientOf, cast: Cast, method: str, suffix: str, body: Any
) -> None:
    specialist = await client(cast.specialist)
    answers = [
        await specialist.request(method, f"/v1/accounts/{account_id}{suffix}", json=body)
        for account_id in (cast.foreign_worker.id, cast.district.id, uuid4())
    ]
    assert len({(one.status_code, str({**one.json(), "request_id": ""})) for one in answers}) == 1
    assert answers[0].status_code == 404


async def test_a_role_above_ones_own_is_refused_and_a_foreign_area_is_unknown(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    raised = await specialist.post("/v1/accounts", json=staff(cast, role="township_leader", area_ids=[cast.township]))
    assert (raised.status_code, raised.json()["field"]) == (403, "/role")
    foreign = await specialist.post("/v1/accounts", json=staff(cast, area_ids=[cast.village, cast.foreign_village]))
    assert (foreign.status_code, foreign.json()["field"]) == (404, "/area_ids/1")
    changed = await specialist.patch(f"/v1/accounts/{cast.worker.id}", json={"role": "administrator"})
    assert (changed.status_code, changed.json()["type"]) == (403, "/problems/role-beyond-yours")


@pytest.mark.parametrize("field", ["id", "district_id", "password", "status", "created_by", "must_change_password"])
async def test_what_a_client_may_not_set_is_no_field(client: ClientOf, cast: Cast, field: str) -> None:
    specialist = await client(cast.specialist)
    answer = await specialist.post("/v1/accounts", json=staff(cast, **{field: "x"}))
    assert (answer.status_code, answer.json()["field"]) == (400, f"/{field}")


async def test_the_last_administrator_stays(client: ClientOf, cast: Cast) -> None:
    administrator = await client(cast.administrator)
    answer = await administrator.post(f"/v1/accounts/{cast.administrator.id}/end")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-administrator")
    assert (await administrator.get("/v1/me")).status_code == 200


async def test_areas_are_listed_within_ones_own(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    page = (await specialist.get("/v1/areas")).json()
    assert [area["name"] for area in page["items"]] == ["南柳镇", "柳家庄村", "前柳村"]
    first = (await specialist.get("/v1/areas", params={"size": 2})).json()
    rest = (await specialist.get("/v1/areas", params={"size": 2, "cursor": first["next"]})).json()
    assert first["items"] + rest["items"] == page["items"]
    below = (await specialist.get("/v1/areas", params={"parent_id": cast.township})).json()
    assert [area["level_name"] for area in below["items"]] == ["村(社区)", "村(社区)"]


async def test_a_file_of_areas_is_imported_by_the_administrator_alone(client: ClientOf, cast: Cast) -> None:
    content = (HEADER + "120151101203,后柳村,,2026-01-01,,\n").encode("gb18030")
    for account in (cast.specialist, cast.district, cast.auditor):
        assert (await upload(await client(account), content)).status_code == 403
    answer = await upload(await client(cast.administrator), content)
    assert (answer.status_code, answer.json()["added"]) == (200, 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEADER.encode() + b"120151101203,,,,,\n", "第 2 行"),
        ("不，是，这，个\n".encode(), "表头"),
        (b"\xff\xfe\x00\x01PK\x03\x04", "编码"),
        (b"", "表头"),
    ],
)
async def test_a_wrong_file_is_told_in_chinese_and_stores_nothing(
    client: ClientOf, cast: Cast, content: bytes, told: str
) -> None:
    before = await cast.owner.fetchval("SELECT count(*) FROM area")
    answer = await upload(await client(cast.administrator), content)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/area-file-refused")
    assert told in answer.json()["detail"]
    assert await cast.owner.fetchval("SELECT count(*) FROM area") == before


async def test_an_import_without_a_file_is_bad_input(client: ClientOf, cast: Cast) -> None:
    administrator = await client(cast.administrator)
    for answer in (
        await administrator.post("/v1/areas/import", json={"file": "x"}),
        await administrator.post("/v1/areas/import", files={"other": ("a.csv", b"x")}),
        await administrator.post("/v1/areas/import", data={"file": "text"}),
    ):
        assert answer.status_code in (400, 415), answer.text
