"""Call-backs over HTTP."""

from core.ids import new_id
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.visiting import log, normal, slot
from visits.evidence.actions import grade_reports


async def test_the_district_asks_and_the_township_reads_the_answer(client: ClientOf, cast: Cast) -> None:
    report = new_id()
    await log(cast, await slot(cast), normal(cast.now, identified_by="not_confirmed"), report_id=report)
    await grade_reports(now=cast.now)
    office = await client(cast.district)
    listed = (await office.get("/v1/call-backs", params={"mine": True})).json()["items"]
    assert [(one["report_id"], one["why_name"], one["who"]) for one in listed] == [(str(report), "记录存疑", "李*")]
    assert listed[0]["doubts"] == [
        {
            "doubt": "identity_not_confirmed",
            "name": "未确认见到本人",
            "seen": "没有确认见到的是本人。",
            "remedy": "请由熟悉的人再次上门，确认身份。",
            "because": {},
        }
    ]
    address = f"/v1/call-backs/{listed[0]['id']}/answer"
    answer = {"outcome": "denied", "how": "phone", "note": "说没有人来过"}
    refused = await (await client(cast.specialist)).post(address, json=answer)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/visitor-calls-back")
    done = await office.post(address, json=answer)
    assert (done.status_code, done.json()["outcome_name"], done.json()["done_by_name"]) == (
        200,
        "否认来过",
        cast.district.name,
    )
    read = (await (await client(cast.specialist)).get("/v1/call-backs", params={"status": "done"})).json()["items"]
    assert [one["outcome"] for one in read] == ["denied"]
    assert (await (await client(cast.foreign_specialist)).get("/v1/call-backs")).json()["items"] == []
    assert (await (await client(cast.worker)).get("/v1/call-backs")).status_code == 403


async def test_a_call_back_is_handed_on_only_to_somebody_apart(client: ClientOf, cast: Cast) -> None:
    await log(cast, await slot(cast), normal(cast.now, identified_by="not_confirmed"))
    await grade_reports(now=cast.now)
    office = await client(cast.district)
    address = f"/v1/call-backs/{(await office.get('/v1/call-backs')).json()['items'][0]['id']}/assign"
    refused = await office.post(address, json={"to": str(cast.worker.id)})
    assert (refused.status_code, refused.json()["field"]) == (400, "/to")
    reading = await (await client(cast.auditor)).post(address, json={"to": str(cast.district.id)})
    assert (reading.status_code, reading.json()["type"]) == (403, "/problems/forbidden")
    taken = await office.post(address, json={"to": str(cast.district.id)})
    assert taken.json()["assigned_to_name"] == cast.district.name
    assert (
        await (await client(cast.foreign_specialist)).post(address, json={"to": str(cast.worker.id)})
    ).status_code == 404
