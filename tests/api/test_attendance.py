"""Attendance over HTTP: a caregiver's own phone, and paper keyed in by a supervisor."""

from typing import Any
from uuid import UUID

from core.ids import new_id
from tests.caring import agreement, linked_caregiver
from tests.cast import Cast
from tests.conftest import ClientOf


def entry(agreement_id: UUID, **changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "id": str(new_id()),
        "agreement_id": str(agreement_id),
        "made_at": "2026-03-02T09:30:00+08:00",
        "services": ["meals"],
    }
    return given | changed


async def test_an_entry_sent_twice_is_answered_twice_alike_and_kept_once(client: ClientOf, cast: Cast) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    own = await client(account)
    body = entry(await agreement(cast, caregiver_id=caregiver_id))
    answers = [await own.put("/v1/my/attendance", json=body) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["attendance"]["service_names"] == ["做饭送餐"]
    (listed,) = (await own.get("/v1/my/attendance")).json()["items"]
    assert (listed["id"], listed["late"], listed["on_paper"]) == (body["id"], False, False)
    other = await own.put("/v1/my/attendance", json=body | {"services": ["cleaning"]})
    assert other.status_code == 409


async def test_somebody_elses_agreement_answers_like_a_missing_one(client: ClientOf, cast: Cast) -> None:
    _, account = await linked_caregiver(cast)
    theirs = await agreement(cast)
    for by in (account, cast.worker):
        caller = await client(by)
        answers = [await caller.put("/v1/my/attendance", json=entry(one)) for one in (theirs, new_id())]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].json() | {"request_id": ""} == answers[1].json() | {"request_id": ""}


async def test_neither_position_nor_photo_can_be_sent(client: ClientOf, cast: Cast) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    own = await client(account)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id)
    for more in ({"position": [39.1, 117.2]}, {"photo": "…"}, {"on_paper_by": "张"}):
        assert (await own.put("/v1/my/attendance", json=entry(agreement_id) | more)).status_code == 400


async def test_a_time_that_cannot_be_true_is_refused_with_the_reason(client: ClientOf, cast: Cast) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    own = await client(account)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id)
    for made_at, said in (("2026-03-02T12:00:00+08:00", "晚于现在"), ("2025-03-02T12:00:00+08:00", "早于协议")):
        answer = await own.put("/v1/my/attendance", json=entry(agreement_id, made_at=made_at))
        assert (answer.status_code, answer.json()["field"]) == (400, "/made_at")
        assert said in answer.json()["detail"]


async def test_paper_is_a_full_path_for_a_supervisor(client: ClientOf, cast: Cast) -> None:
    agreement_id = await agreement(cast)
    address = f"/v1/agreements/{agreement_id}/attendance"
    paper = {key: value for key, value in entry(agreement_id).items() if key != "agreement_id"} | {
        "on_paper_by": "张秀英"
    }
    assert (await (await client(cast.worker)).put(address, json=paper)).status_code == 403
    specialist = await client(cast.specialist)
    answer = await specialist.put(address, json=paper)
    assert (answer.status_code, answer.json()["attendance"]["on_paper"]) == (200, True), answer.text
    assert [one["id"] for one in (await specialist.get(address)).json()["items"]] == [paper["id"]]
    foreign = await client(cast.foreign_specialist)
    assert (await foreign.get(address)).status_code == 404
    assert (await foreign.put(address, json=paper)).status_code == 404


async def test_entries_come_page_by_page_the_latest_first(client: ClientOf, cast: Cast) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    own = await client(account)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id)
    sent = [entry(agreement_id, made_at=f"2026-03-01T0{hour}:00:00+08:00") for hour in range(5)]
    for body in sent:
        assert (await own.put("/v1/my/attendance", json=body)).status_code == 200
    found, address = list[str](), "/v1/my/attendance?size=2"
    while address:
        page = (await own.get(address)).json()
        found += [one["id"] for one in page["items"]]
        address = f"/v1/my/attendance?size=2&cursor={page['next']}" if page["next"] else ""
    assert found == [body["id"] for body in sent[::-1]]
