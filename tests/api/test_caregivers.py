"""Caregivers over HTTP: masked, found by POST, edited by version, judged before an agreement, hidden from strangers."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.caring import agreement, caregiver, linked_caregiver
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.ledger_files import id_number

NUMBER = id_number(7)
NEW: dict[str, Any] = {
    "name": "张秀英",
    "id_number": NUMBER,
    "phone": "13812345678",
    "address": "南柳镇柳家庄村3排12号",
}
WHY = {"purpose": "verification", "note": "签约前核对"}


async def registered(client: ClientOf, cast: Cast, **more: Any) -> str:
    answer = await (await client(cast.specialist)).post("/v1/caregivers", json=NEW | {"area_id": cast.village} | more)
    assert answer.status_code == 201, answer.text
    caregiver_id: str = answer.json()["id"]
    return caregiver_id


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, str(answer.json()["type"]).removeprefix("/problems/")


async def test_what_is_read_without_a_reason_is_masked(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    worker = await client(cast.worker)
    answer = await worker.get(f"/v1/caregivers/{one}")
    shown = answer.json()
    assert (shown["name"], shown["phone"], shown["address"]) == ("张*", "138****5678", "南柳镇柳家庄村*")
    assert (shown["age"], shown["kind_name"], shown["status_name"]) == (76, "个人", "在岗")
    assert shown["place"] == "柳家庄村"
    assert answer.headers["etag"] == '"1"'
    found = await worker.post("/v1/caregivers/search", json={"text": "张秀英"})
    everything = answer.text + (await worker.get("/v1/caregivers")).text + found.text
    for secret in (NUMBER, "13812345678", "秀英", "3排12号", "1950-01-01"):
        assert secret not in everything


async def test_somebody_is_found_by_name_sound_initials_or_number_in_the_body(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    await registered(client, cast, name="王大山", id_number=id_number(8, woman=False))
    worker = await client(cast.worker)
    for text in ("秀英", "zhangxiu", "Zhang Xiu", "zxy", NUMBER, NUMBER.lower()):
        answer = await worker.post("/v1/caregivers/search", json={"text": text})
        assert [each["id"] for each in answer.json()["items"]] == [one], text
    for text in ("%", "_", id_number(9)):
        answer = await worker.post("/v1/caregivers/search", json={"text": text})
        assert answer.json() == {"items": [], "more": False}
    for text in (" ", "120199195001010001"):
        answer = await worker.post("/v1/caregivers/search", json={"text": text})
        assert (answer.status_code, answer.json()["field"]) == (400, "/text")


async def test_a_list_is_narrowed_and_paged_without_losing_anybody(client: ClientOf, cast: Cast) -> None:
    everybody = {str(await caregiver(cast)) for _ in range(3)}
    everybody |= {str(await caregiver(cast, area_id=cast.other_village)) for _ in range(2)}
    await caregiver(cast, area_id=cast.foreign_village)
    specialist = await client(cast.specialist)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await specialist.get("/v1/caregivers", params=_page(cursor))).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(everybody) and set(seen) == everybody
    for narrowed, count in (
        (f"area_id={cast.other_village}", 2),
        ("kind=provider_staff", 0),
        ("status=left", 0),
        (f"provider_id={uuid4()}", 0),
        (f"area_id={cast.foreign_village}", 0),
    ):
        page = (await specialist.get(f"/v1/caregivers?{narrowed}")).json()
        assert len(page["items"]) == count, narrowed


def _page(cursor: str) -> dict[str, str]:
    return {"size": "2"} | ({"cursor": cursor} if cursor else {})


async def test_a_faulty_field_is_named_with_what_to_do(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    for change, field in (
        ({"id_number": "120199195001010001"}, "/id_number"),
        ({"id_number": None}, "/id_number"),
        ({"phone": "12"}, "/phone"),
        ({"kind": "provider_staff"}, "/provider_id"),
        ({"provider_id": str(uuid4()), "kind": "provider_staff"}, "/provider_id"),
        ({"area_id": cast.foreign_village}, "/area_id"),
        ({"unheard_of": 1}, "/unheard_of"),
    ):
        answer = await specialist.post("/v1/caregivers", json=NEW | {"area_id": cast.village} | change)
        assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert await cast.owner.fetchval("SELECT count(*) FROM caregiver") == 0


async def test_a_number_known_here_and_a_version_overtaken_are_told(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    specialist = await client(cast.specialist)
    again = await specialist.post("/v1/caregivers", json=NEW | {"area_id": cast.other_village})
    assert problem(again) == (409, "caregiver-known-here")
    address = f"/v1/caregivers/{one}"
    saved = await specialist.patch(address, json={"phone": "13900001111"}, headers={"If-Match": '"1"'})
    assert (saved.json()["changed"], saved.headers["etag"]) == (["phone"], '"2"')
    overtaken = await specialist.patch(address, json={"phone": "13900002222"}, headers={"If-Match": '"1"'})
    assert problem(overtaken) == (412, "caregiver-changed")
    assert (await specialist.patch(address, json={}, headers={"If-Match": "new"})).status_code == 400
    assert (await specialist.patch(address, json={})).status_code == 400
    moved = await specialist.patch(address, json={"area_id": cast.other_village}, headers={"If-Match": '"2"'})
    assert moved.status_code == 400


async def test_what_is_revealed_takes_a_purpose_and_is_written_down(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    specialist = await client(cast.specialist)
    address = f"/v1/caregivers/{one}/reveal"
    asked = {"fields": ["name", "id_number", "born_on"], **WHY}
    for wrong in ({"purpose": "curiosity"}, {"fields": ["account_id"]}, {"note": "核对张秀英"}):
        assert (await specialist.post(address, json=asked | wrong)).status_code == 400
    count = "SELECT count(*) FROM journal WHERE kind = 'caregiver.revealed'"
    assert await cast.owner.fetchval(count) == 0
    answer = await specialist.post(address, json=asked)
    assert answer.json()["fields"] == {"name": "张秀英", "id_number": NUMBER, "born_on": "1950-01-01"}
    assert await cast.owner.fetchval(count) == 1


async def test_a_preview_says_what_forbids_an_agreement_and_what_to_do(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    recipient = await cast.recipient()
    specialist, district = await client(cast.specialist), await client(cast.district)
    address = f"/v1/caregivers/{one}/suitability"
    answer = await specialist.get(address, params={"recipient_id": str(recipient)})
    assert answer.json() == {"suitable": True, "because": []}
    barred = {"caregiver_id": one, "reason": "law", "ground": "判决书", "from_on": "2026-03-01"}
    assert (await district.post("/v1/bar-list", json=barred)).status_code == 201
    for _ in range(3):
        await agreement(cast, caregiver_id=UUID(one))
    answer = await specialist.get(address, params={"recipient_id": str(recipient)})
    assert answer.json()["suitable"] is False
    assert answer.json()["because"] == [
        {"code": "barred", "reason": "不符合担任照料人的条件，请联系区民政局", "remedy": ""},
        {
            "code": "over_load",
            "reason": "已照料 3 人，最多 3 人",
            "remedy": "请另选照料人，或先减少其照料的人数",
        },
    ]
    assert "判决" not in answer.text
    foreign = await client(cast.foreign_specialist)
    abroad = await cast.recipient(area_id=cast.foreign_village)
    for asking, wanted in ((specialist, uuid4()), (foreign, recipient), (foreign, abroad)):
        answer = await asking.get(address, params={"recipient_id": str(wanted)})
        assert problem(answer) == (404, "caregiver-not-found")


async def test_an_account_is_linked_and_unlinked(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    specialist = await client(cast.specialist)
    address = f"/v1/caregivers/{one}/account"
    linked = await specialist.put(address, json={"account_id": str(cast.worker.id)})
    assert linked.json()["account_id"] == str(cast.worker.id)
    refused = await specialist.put(address, json={"account_id": str(cast.foreign_worker.id)})
    assert (refused.status_code, refused.json()["field"]) == (400, "/account_id")
    assert (await specialist.delete(address)).json()["account_id"] is None


async def test_leaving_death_and_their_correction(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    specialist = await client(cast.specialist)
    address = f"/v1/caregivers/{one}"
    await agreement(cast, caregiver_id=UUID(one))
    refused = await specialist.post(f"{address}/leave", json={"on": "2026-03-02", "reason": "外出务工"})
    assert problem(refused) == (409, "cares-for-somebody")
    dead = await specialist.post(f"{address}/death", json={"on": "2026-03-01"})
    assert (dead.json()["status"], dead.json()["left_on"]) == ("died", "2026-03-01")
    restored = await specialist.post(f"{address}/restore", json={"note": "与同名者混淆"})
    assert (restored.json()["status"], restored.json()["left_on"]) == ("active", None)


async def test_checks_are_for_supervisors_and_the_newest_counts(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    specialist, worker = await client(cast.specialist), await client(cast.worker)
    address = f"/v1/caregivers/{one}/checks"
    clear = {"kind": "criminal_record", "clear": True, "document_number": "15号", "checked_on": "2026-02-01"}
    await specialist.post(address, json=clear)
    answer = await specialist.post(
        address, json=clear | {"clear": False, "checked_on": "2026-03-01", "found": "有盗窃前科"}
    )
    assert [(each["clear"], each["counts"], each["has_finding"]) for each in answer.json()] == [
        (False, True, True),
        (True, False, False),
    ]
    assert "盗窃" not in (await specialist.get(address)).text
    found = await specialist.post(f"{address}/{answer.json()[0]['id']}/reveal", json=WHY)
    assert found.json()["found"] == "有盗窃前科"
    assert (await worker.get(address)).status_code == 403
    for told, field in (
        (clear | {"checked_on": "2026-03-03"}, "/checked_on"),
        (clear | {"expires_on": "2026-02-01"}, "/expires_on"),
        (clear | {"document_number": " "}, "/document_number"),
        (clear | {"kind": "rumour"}, "/kind"),
    ):
        wrong = await specialist.post(address, json=told)
        assert (wrong.status_code, wrong.json()["field"]) == (400, field)


async def test_relations_are_declared_listed_and_shown_as_conflicts(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    specialist, worker, leader = [await client(each) for each in (cast.specialist, cast.worker, cast.leader)]
    address = f"/v1/caregivers/{one}/relations"
    own = await worker.post(address, json={"account_id": str(cast.worker.id), "kind": "household"})
    assert (own.status_code, own.json()["kind_name"]) == (201, "同住")
    other = await worker.post(address, json={"account_id": str(cast.leader.id), "kind": "sibling"})
    assert other.status_code == 403
    declared = await specialist.post(address, json={"account_id": str(cast.leader.id), "kind": "sibling"})
    assert declared.json()["account_name"] == "孙丽华"
    conflicts = (await specialist.get("/v1/caregivers/conflicts")).json()["items"]
    assert [(each["caregiver_id"], each["role_name"], each["kind_name"]) for each in conflicts] == [
        (one, "乡镇(街道)负责人", "兄弟姐妹")
    ]
    ending = f"{address}/{declared.json()['id']}/end"
    assert problem(await leader.post(ending, json={"reason": "误报"})) == (403, "not-your-own-relation")
    ended = await specialist.post(ending, json={"reason": "误报"})
    assert [each["ended_at"] is None for each in ended.json()] == [False, True]
    assert (await specialist.get("/v1/caregivers/conflicts")).json()["items"] == []


async def test_providers_are_added_listed_and_ended(client: ClientOf, cast: Cast) -> None:
    specialist, foreign = await client(cast.specialist), await client(cast.foreign_specialist)
    told = {"area_id": cast.township, "name": "安康中心", "credit_code": "91350100M000100Y43", "phone": "022-23456789"}
    added = await specialist.post("/v1/providers", json=told)
    assert (added.status_code, added.json()["credit_code"]) == (201, told["credit_code"])
    assert problem(await specialist.post("/v1/providers", json=told)) == (409, "provider-known")
    await registered(client, cast, kind="provider_staff", provider_id=added.json()["id"])
    listed = (await specialist.get("/v1/providers")).json()["items"]
    assert [(each["name"], each["staff"], each["ended"]) for each in listed] == [("安康中心", 1, False)]
    assert (await foreign.get("/v1/providers")).json()["items"] == []
    address = f"/v1/providers/{added.json()['id']}/end"
    assert problem(await foreign.post(address)) == (404, "provider-not-found")
    assert (await specialist.post(address)).json()["ended"] is True
    assert [each["name"] for each in (await specialist.get("/v1/providers?ended=true")).json()["items"]] == ["安康中心"]
    for wrong, field in (({"credit_code": "123"}, "/credit_code"), ({"area_id": cast.foreign_village}, "/area_id")):
        answer = await specialist.post("/v1/providers", json=told | wrong)
        assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize("who", ["foreign_specialist", "foreign_worker", "foreign_leader"])
async def test_a_foreign_caregiver_answers_exactly_like_none(client: ClientOf, cast: Cast, who: str) -> None:
    one = await registered(client, cast)
    stranger = await client(getattr(cast, who))
    mine = {"account_id": str(getattr(cast, who).id), "kind": "child"}
    dated = {"on": "2026-03-01"}
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"phone": None}),
        ("POST", "/reveal", {"fields": ["phone"], **WHY}),
        ("PUT", "/account", {"account_id": str(cast.foreign_worker.id)}),
        ("DELETE", "/account", None),
        ("POST", "/leave", dated | {"reason": "外出"}),
        ("POST", "/death", dated),
        ("POST", "/restore", {"note": "登记有误"}),
        ("GET", "/checks", None),
        ("GET", "/relations", None),
        ("POST", "/relations", mine),
        (
            "POST",
            "/checks",
            {"kind": "health", "clear": True, "document_number": "1", "checked_on": "2026-03-01"},
        ),
    ):
        answers = [
            await stranger.request(method, f"/v1/caregivers/{each}{path}", json=body, headers={"If-Match": '"1"'})
            for each in (one, uuid4())
        ]
        told = [{**each.json(), "request_id": ""} for each in answers]
        assert told[0] == told[1], path
        assert answers[0].status_code in (403, 404), path


async def test_a_caregivers_account_reads_no_register(client: ClientOf, cast: Cast) -> None:
    one, account = await linked_caregiver(cast)
    theirs = await client(account)
    for address in ("/v1/caregivers", f"/v1/caregivers/{one}", f"/v1/caregivers/{one}/relations", "/v1/bar-list"):
        assert (await theirs.get(address)).status_code == 403


async def test_an_auditor_reads_and_changes_nothing(client: ClientOf, cast: Cast) -> None:
    one = await registered(client, cast)
    auditor = await client(cast.auditor)
    for path in ("", "/checks", "/relations"):
        assert (await auditor.get(f"/v1/caregivers/{one}{path}")).status_code == 200
    assert (await auditor.get("/v1/bar-list")).status_code == 200
    for path in ("/reveal", "/leave", "/death", "/restore", "/checks"):
        assert (await auditor.post(f"/v1/caregivers/{one}{path}", json={})).status_code == 403
    assert (await auditor.post("/v1/bar-list", json={})).status_code == 403
