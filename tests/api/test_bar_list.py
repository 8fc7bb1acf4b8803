"""The bar list over HTTP: the district's alone, masked, searched in the body, lifted with a reason."""

from typing import Any
from uuid import uuid4

from tests.caring import caregiver
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.ledger_files import id_number

NUMBER = id_number(7)
LAW: dict[str, Any] = {
    "name": "张秀英",
    "id_number": NUMBER,
    "reason": "law",
    "ground": "判决书某号",
    "from_on": "2026-03-01",
}
WHY = {"purpose": "supervision", "note": "申诉复核"}


async def test_somebody_is_barred_found_revealed_and_lifted(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    added = await district.post("/v1/bar-list", json=LAW)
    assert added.status_code == 201
    line = added.json()
    assert (line["name"], line["reason_name"], line["until_on"], line["holds"]) == ("张*", "法律禁止", None, True)
    found = await district.post("/v1/bar-list/search", json={"id_number": NUMBER})
    assert [one["id"] for one in found.json()] == [line["id"]]
    assert (await district.post("/v1/bar-list/search", json={"id_number": id_number(8)})).json() == []
    listed = await district.get("/v1/bar-list")
    assert not any(secret in listed.text + found.text for secret in ("秀英", "判决", NUMBER))
    shown = await district.post(f"/v1/bar-list/{line['id']}/reveal", json=WHY)
    assert (shown.json()["name"], shown.json()["ground"]) == ("张秀英", "判决书某号")
    lifted = await district.post(f"/v1/bar-list/{line['id']}/lift", json={"reason": "判决撤销"})
    assert (lifted.json()["holds"], lifted.json()["lifted_by_name"]) == (False, "周志强")
    again = await district.post(f"/v1/bar-list/{line['id']}/lift", json={"reason": "判决撤销"})
    assert again.status_code == 409
    assert len((await district.get("/v1/bar-list")).json()["items"]) == 1


async def test_what_is_wrong_is_named(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    one = str(await caregiver(cast))
    for change, field in (
        ({"id_number": "1201"}, "/id_number"),
        ({"id_number": "待核实：遗失"}, "/id_number"),
        ({"name": None}, "/caregiver_id"),
        ({"caregiver_id": one}, "/caregiver_id"),
        ({"ground": " "}, "/ground"),
        ({"from_on": "2026-03-03"}, "/from_on"),
        ({"until_on": "2026-04-01"}, "/until_on"),
    ):
        answer = await district.post("/v1/bar-list", json=LAW | change)
        assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    unknown = {"caregiver_id": str(uuid4()), "reason": "removed", "ground": "核查", "from_on": "2026-03-01"}
    assert (await district.post("/v1/bar-list", json=unknown)).status_code == 404
    searched = await district.post("/v1/bar-list/search", json={"id_number": "待核实：遗失"})
    assert (searched.status_code, searched.json()["field"]) == (400, "/id_number")
    assert await cast.owner.fetchval("SELECT count(*) FROM bar") == 0


async def test_a_list_is_paged(client: ClientOf, cast: Cast) -> None:
    district = await client(cast.district)
    wanted = [(await district.post("/v1/bar-list", json=LAW)).json()["id"] for _ in range(3)]
    first = (await district.get("/v1/bar-list?size=2")).json()
    second = (await district.get("/v1/bar-list", params={"size": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in (*first["items"], *second["items"])] == wanted
    assert second["next"] is None


async def test_no_township_reads_searches_or_keeps_it(client: ClientOf, cast: Cast) -> None:
    line = (await (await client(cast.district)).post("/v1/bar-list", json=LAW)).json()["id"]
    for account in (cast.specialist, cast.leader, cast.worker, cast.foreign_specialist, cast.administrator):
        asking = await client(account)
        for method, path, body in (
            ("GET", "", None),
            ("POST", "", LAW),
            ("POST", "/search", {"id_number": NUMBER}),
            ("POST", f"/{line}/reveal", WHY),
            ("POST", f"/{line}/lift", {"reason": "说情"}),
        ):
            assert (await asking.request(method, f"/v1/bar-list{path}", json=body)).status_code == 403, path
