"""Assessments over HTTP: staff ask and settle, the caregiver sees their part and objects, nobody is ranked."""

from typing import Any
from uuid import UUID

import httpx

from accounts.permissions import Account
from caregivers.assessment import actions
from core.ids import new_id
from tests.assessing import APRIL, DAY, asked, hazard, local, opened, settled
from tests.caring import agreement, caregiver, insert, linked_caregiver
from tests.cast import Cast, Clock
from tests.conftest import ClientOf

RECIPIENT: dict[str, Any] = {"score": 20, "how": "voice", "said": "他好几天不来一次"}
NEIGHBOURS: dict[str, Any] = {"score": 30, "asked": 3, "said": "很少见到"}


async def got(client: httpx.AsyncClient, address: str) -> Any:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def posted(client: httpx.AsyncClient, address: str, body: Any = None, status: int = 200) -> Any:
    answer = await client.post(address, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_the_whole_way_from_asking_to_an_objection_decided(client: ClientOf, cast: Cast, clock: Clock) -> None:
    clock.at = APRIL
    caregiver_id, account = await linked_caregiver(cast)
    recipient = await cast.recipient()
    agreement_id = await agreement(cast, recipient, caregiver_id)
    await hazard(cast, agreement_id, recipient, local(5))
    address = f"/v1/assessments/{await opened(cast, agreement_id)}"
    worker, specialist, leader, own = [
        await client(one) for one in (cast.worker, cast.specialist, cast.leader, account)
    ]
    early = await specialist.post(f"{address}/settle")
    assert early.status_code == 409 and "对象" in early.json()["detail"]
    assert (await worker.put(f"{address}/recipient-opinion", json=RECIPIENT)).status_code == 204
    assert (await worker.put(f"{address}/neighbours-opinion", json=NEIGHBOURS)).status_code == 204
    tried = {one["instrument"]: one for one in (await got(specialist, address))["instruments"]}
    assert (tried["visits"]["score"], tried["visits"]["weight"]) == (0, None)
    done = await posted(specialist, f"{address}/settle")
    assert (done["total"], done["assessment"]["qualified"], done["assessment"]["withheld"]) == (14, False, True)
    assert done["settled_by"] == "赵建国"
    assert (await got(own, "/v1/my/assessments"))[0]["may_object"]
    mine = await posted(own, f"/v1/my/assessments/{address.split('/')[-1]}/objection", {"text": "住院了"})
    assert (mine["status"], mine["may_object"], mine["objection"]["text"]) == ("objected", False, "住院了")
    assert (await specialist.post(f"{address}/objection-decision", json=_upheld())).status_code == 403
    decided = await posted(leader, f"{address}/objection-decision", _upheld())
    assert (decided["assessment"]["status"], decided["assessment"]["withheld"]) == ("final", False)
    assert decided["objection"]["decided_by"] == "孙丽华"


def _upheld() -> dict[str, Any]:
    return {"upheld": True, "reason": "有住院证明"}


async def test_the_caregiver_learns_neither_what_was_said_nor_by_whom(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    clock.at = APRIL
    caregiver_id, account = await linked_caregiver(cast)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id)
    assessment_id = await opened(cast, agreement_id)
    own, worker = await client(account), await client(cast.worker)
    assert await got(own, "/v1/my/assessments") == []
    await worker.put(f"/v1/assessments/{assessment_id}/recipient-opinion", json=RECIPIENT)
    await worker.put(f"/v1/assessments/{assessment_id}/neighbours-opinion", json=NEIGHBOURS)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    (mine,) = await got(own, "/v1/my/assessments")
    assert not {"instruments", "recipient_score", "said", "asked_by", "recipient_name"} & mine.keys()
    told = (await own.get("/v1/my/assessments")).text
    for secret in (RECIPIENT["said"], NEIGHBOURS["said"], "王秀兰", "赵建国"):
        assert secret not in told
    for address in ("/v1/assessments", f"/v1/assessments/{assessment_id}", f"/v1/agreements/{agreement_id}/attendance"):
        assert (await own.get(address)).status_code == 403


async def test_staff_on_the_caregivers_side_do_not_read_what_was_said(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    clock.at = APRIL
    caregiver_id = await caregiver(cast)
    assessment_id = await opened(cast, await agreement(cast, caregiver_id=caregiver_id))
    worker = await client(cast.worker)
    await worker.put(f"/v1/assessments/{assessment_id}/recipient-opinion", json=RECIPIENT)
    tie = {"id": new_id(), "caregiver_id": caregiver_id, "area_id": cast.township, "account_id": cast.specialist.id}
    told = {"kind": "sibling", "declared_by": cast.leader.id, "declared_at": cast.now}
    await insert(cast.owner, "relation", tie | told)
    for by, sees in ((cast.specialist, False), (cast.leader, True)):
        answer = await (await client(by)).get(f"/v1/assessments/{assessment_id}")
        assert (RECIPIENT["said"] in answer.text, answer.json()["opinions_hidden"]) == (sees, not sees)
    refused = await (await client(cast.specialist)).post(f"/v1/assessments/{assessment_id}/settle")
    assert refused.status_code == 403 and "回避" in refused.json()["detail"]


async def test_a_foreign_assessment_answers_like_a_missing_one(client: ClientOf, cast: Cast, clock: Clock) -> None:
    clock.at = APRIL
    _, other = await linked_caregiver(cast)
    ours = await settled(cast, await agreement(cast), recipient=20)
    acts: list[tuple[Account, str, str, Any]] = [
        (cast.foreign_specialist, "GET", "/v1/assessments/{}", None),
        (cast.foreign_worker, "PUT", "/v1/assessments/{}/recipient-opinion", RECIPIENT),
        (cast.foreign_worker, "PUT", "/v1/assessments/{}/neighbours-opinion", NEIGHBOURS),
        (cast.foreign_specialist, "POST", "/v1/assessments/{}/settle", None),
        (cast.foreign_specialist, "POST", "/v1/assessments/{}/objection", {"text": "不服", "on_paper_by": "张"}),
        (cast.foreign_leader, "POST", "/v1/assessments/{}/objection-decision", _upheld()),
        (cast.foreign_specialist, "POST", "/v1/assessments/{}/rectified", {"evidence": "合格"}),
        (other, "POST", "/v1/my/assessments/{}/objection", {"text": "不服"}),
        (cast.worker, "POST", "/v1/my/assessments/{}/objection", {"text": "不服"}),
    ]
    for by, method, address, body in acts:
        caller = await client(by)
        answers = [await caller.request(method, address.format(one), json=body) for one in (ours, new_id())]
        assert [one.status_code for one in answers] == [404, 404], address
        assert answers[0].json() | {"request_id": ""} == answers[1].json() | {"request_id": ""}


async def test_lists_go_by_village_and_person_and_never_by_score(client: ClientOf, cast: Cast, clock: Clock) -> None:
    clock.at = APRIL
    ids = [await agreement(cast) for _ in range(3)]
    first = await settled(cast, ids[0], recipient=95)
    for agreement_id, score in zip(ids[1:], (10, 50), strict=True):
        await _settle(cast, agreement_id, score)
    specialist = await client(cast.specialist)
    pages: list[Any] = []
    cursor = ""
    while True:
        page = await got(specialist, f"/v1/assessments?size=2{cursor}")
        pages += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert [one["agreement_id"] for one in pages] == [str(one) for one in ids]
    assert pages[0]["id"] == str(first)
    assert not {"score", "total", "rank"} & pages[0].keys()
    assert len((await got(specialist, "/v1/assessments?status=due"))["items"]) == 0
    assert (await got(await client(cast.foreign_specialist), "/v1/assessments"))["items"] == []
    asked = await got(specialist, "/v1/assessments?sort=-total&order_by=total")
    assert [one["id"] for one in asked["items"]] == [one["id"] for one in pages]


async def _settle(cast: Cast, agreement_id: UUID, score: int) -> None:
    assessment_id = await cast.owner.fetchval("SELECT id FROM assessment WHERE agreement_id = $1", agreement_id)
    await asked(cast, assessment_id, recipient=score, neighbours=score)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)


async def test_bad_input_is_named_and_changes_nothing(client: ClientOf, cast: Cast, clock: Clock) -> None:
    clock.at = APRIL
    assessment_id = await opened(cast, await agreement(cast))
    worker = await client(cast.worker)
    wrong = [
        ("recipient-opinion", RECIPIENT | {"score": 101}, "/score"),
        ("recipient-opinion", RECIPIENT | {"how": "proxy"}, "/proxy_reason"),
        ("recipient-opinion", RECIPIENT | {"rank": 1}, None),
        ("neighbours-opinion", NEIGHBOURS | {"asked": 1}, "/asked"),
        ("neighbours-opinion", NEIGHBOURS | {"names": ["王"]}, None),
    ]
    for which, body, field in wrong:
        answer = await worker.put(f"/v1/assessments/{assessment_id}/{which}", json=body)
        assert answer.status_code == 400, answer.text
        assert answer.json().get("field") in ({field} if field else {None, "/rank", "/names"})
    row = await cast.owner.fetchrow("SELECT * FROM assessment WHERE id = $1", assessment_id)
    assert row["recipient_score"] is None and row["neighbours_score"] is None


async def test_after_its_time_the_caregiver_reads_why_it_is_too_late(
    client: ClientOf, cast: Cast, clock: Clock
) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    clock.at = APRIL + 30 * DAY
    own = await client(account)
    assert not (await got(own, "/v1/my/assessments"))[0]["may_object"]
    answer = await own.post(f"/v1/my/assessments/{assessment_id}/objection", json={"text": "不服"})
    assert answer.status_code == 409 and "申诉期限" in answer.json()["detail"]
