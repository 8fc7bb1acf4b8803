"""Alerts over HTTP: listed by what happens next, explaining themselves, answered by those who may."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from alerts.actions import climb
from tests.alerting import add_channel, alert_row, climb_to, new_alert, open_all, open_one
from tests.cast import Cast, Clock
from tests.conftest import ClientOf

HOUR = timedelta(hours=1)
SEEN = {"outcome": "met", "evidence": {"note": "上门见到本人，一切正常", "how": "door"}}


def iso(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


async def test_the_list_is_ordered_by_what_happens_next_and_paged(cast: Cast, client: ClientOf) -> None:
    alerts = await open_all(cast, [new_alert(cast, kind="door_unanswered"), new_alert(cast), new_alert(cast)])
    await climb(now=cast.now)
    http = await client(cast.specialist)
    first = (await http.get("/v1/alerts", params={"size": 2})).json()
    second = (await http.get("/v1/alerts", params={"size": 2, "cursor": first["next"]})).json()
    listed = [one["id"] for one in first["items"] + second["items"]]
    assert listed[0] == str(alerts[0])
    assert set(listed) == {str(one) for one in alerts}
    assert second["next"] is None


async def test_a_line_tells_where_the_alert_stands_and_masks_the_recipient(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high", name="李桂英")
    await open_one(cast, recipient_id=recipient)
    await climb(now=cast.now)
    answer = await (await client(cast.worker)).get("/v1/alerts")
    (line,) = answer.json()["items"]
    assert line["recipient"] == {"id": str(recipient), "name": "李*"}
    assert (line["kind_name"], line["severity_name"], line["status_name"]) == ("逾期未走访", "严重", "待签收")
    assert (line["area"], line["duty_name"]) == ("南柳镇柳家庄村", "村(社区)")
    assert line["next_at"] == iso(cast.now + 2 * HOUR)
    assert "桂英" not in answer.text


async def test_the_list_is_filtered(cast: Cast, client: ClientOf) -> None:
    general, serious, resolved = await open_all(
        cast, [new_alert(cast, risk="general"), new_alert(cast), new_alert(cast)]
    )
    http = await client(cast.leader)
    assert (await http.post(f"/v1/alerts/{resolved}/resolve", json=SEEN)).status_code == 200

    async def ids(**params: Any) -> set[str]:
        return {one["id"] for one in (await http.get("/v1/alerts", params=params)).json()["items"]}

    assert await ids() == {str(general), str(serious)}
    assert await ids(severity="general") == {str(general)}
    assert await ids(status="resolved") == {str(resolved)}
    assert await ids(area_id=cast.other_village) == set()
    assert await ids(kind="no_contact") == set()


async def test_mine_are_those_i_own_or_was_told_of(cast: Cast, client: ClientOf) -> None:
    await open_one(cast)
    await climb(now=cast.now)
    mine = {"mine": True}
    assert len((await (await client(cast.worker)).get("/v1/alerts", params=mine)).json()["items"]) == 1
    assert (await (await client(cast.specialist)).get("/v1/alerts", params=mine)).json()["items"] == []


@pytest.mark.parametrize("who", ["foreign_worker", "foreign_specialist", "foreign_leader"])
async def test_the_next_township_learns_nothing_of_an_alert(cast: Cast, client: ClientOf, who: str) -> None:
    alert = await open_one(cast)
    http = await client(getattr(cast, who))
    assert (await http.get("/v1/alerts")).json()["items"] == []
    for verb, body in (("", None), ("/acknowledge", None), ("/resolve", SEEN), ("/return", RETURN)):
        method = "POST" if verb else "GET"
        theirs = await http.request(method, f"/v1/alerts/{alert}{verb}", json=body)
        nobodys = await http.request(method, f"/v1/alerts/{uuid4()}{verb}", json=body)
        assert theirs.status_code == nobodys.status_code == 404
        assert theirs.json() | {"request_id": ""} == nobodys.json() | {"request_id": ""}


RETURN = {"to": str(uuid4()), "reason": "户籍不在本村"}


async def test_an_alert_explains_itself(cast: Cast, client: ClientOf) -> None:
    await add_channel(cast, cast.worker)
    recipient = await cast.recipient(risk="high")
    facts = {"due_at": "2026-03-01T16:00:00+00:00"}
    alert = await open_one(cast, recipient_id=recipient, facts=facts)
    await cast.owner.execute("DELETE FROM duty WHERE duty = 'township_specialist'")
    await climb_to(cast, alert, 2)
    story = (await (await client(cast.district)).get(f"/v1/alerts/{alert}")).json()
    assert story["policy"] == {"id": None, "version": 1, "document_number": ""}
    assert story["missing"] == facts
    assert story["owner"] == {"id": str(cast.worker.id), "name": "王*"}
    assert [(one["duty_name"], one["gap"]) for one in story["rungs"]] == [
        ("村(社区)", False),
        ("民政专干", True),
        ("乡镇(街道)负责人", False),
    ]
    ways = [(one["account"]["name"], one["channel_name"], one["status_name"]) for one in story["rungs"][0]["told"]]
    assert sorted(ways) == [("王*", "消息推送", "待发送"), ("王*", "站内消息", "已送达")]
    assert story["next"] == {
        "at": iso(cast.now + 4 * HOUR),
        "what": "climbs",
        "duty": "district",
        "duty_name": "区民政局值班",
        "people": [{"id": str(cast.district.id), "name": "周*"}],
    }
    kinds = [one["kind"] for one in story["history"]]
    assert kinds == ["alert.opened", "alert.climbed", "alert.rung_empty", "alert.climbed"]
    assert story["says"][-1] == "接下来：3月2日 14:00 前无人签收，将通知区民政局值班 周*。"


async def test_no_answer_holds_a_full_name(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high")
    alert = await open_one(cast, recipient_id=recipient)
    await climb_to(cast, alert, 3)
    for reader in (cast.worker, cast.specialist, cast.leader, cast.district, cast.auditor):
        http = await client(reader)
        text = (await http.get(f"/v1/alerts/{alert}")).text + (await http.get("/v1/alerts")).text
        for person in cast.everybody:
            assert person.name not in text
        assert "李桂英" not in text


async def test_acknowledging_answers_with_the_story_as_it_is_now(cast: Cast, client: ClientOf, clock: Clock) -> None:
    alert = await open_one(cast)
    await climb(now=cast.now)
    now = clock.forward(hours=1)
    answer = await (await client(cast.worker)).post(f"/v1/alerts/{alert}/acknowledge")
    assert answer.status_code == 200
    assert answer.json()["acknowledged"] == {
        "by": {"id": str(cast.worker.id), "name": "王*"},
        "at": iso(now),
        "until": iso(now + 4 * HOUR),
    }
    assert answer.json()["next"]["what"] == "acknowledgement_expires"


async def test_resolving_keeps_the_evidence(cast: Cast, client: ClientOf) -> None:
    alert = await open_one(cast)
    answer = await (await client(cast.worker)).post(f"/v1/alerts/{alert}/resolve", json=SEEN)
    resolved = answer.json()["resolved"]
    assert (resolved["outcome_name"], resolved["evidence"]) == ("已见到本人", SEEN["evidence"])
    assert answer.json()["next"] is None
    again = await (await client(cast.leader)).post(f"/v1/alerts/{alert}/resolve", json=SEEN)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/alert-resolved")


async def test_the_owner_of_an_alert_the_leader_knows_needs_a_second_person(cast: Cast, client: ClientOf) -> None:
    alert = await open_one(cast)
    await climb_to(cast, alert, 2)
    answer = await (await client(cast.worker)).post(f"/v1/alerts/{alert}/resolve", json=SEEN)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/second-person-needed")


async def test_a_return_names_its_new_owner(cast: Cast, client: ClientOf) -> None:
    alert = await open_one(cast)
    http = await client(cast.worker)
    answer = await http.post(
        f"/v1/alerts/{alert}/return", json={"to": str(cast.specialist.id), "reason": "户籍不在本村"}
    )
    returned = answer.json()["returned"]
    assert (returned["to"]["name"], returned["reason"]) == ("赵*", "户籍不在本村")
    again = await http.post(f"/v1/alerts/{alert}/return", json={"to": str(cast.leader.id), "reason": "再退"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-returned")


async def test_only_a_leader_or_the_district_pauses(cast: Cast, client: ClientOf) -> None:
    alert = await open_one(cast)
    body = {"until": iso(cast.now + 3 * HOUR), "reason": "洪水封路，已电话确认平安"}
    assert (await (await client(cast.worker)).post(f"/v1/alerts/{alert}/pause", json=body)).status_code == 403
    assert (await (await client(cast.specialist)).post(f"/v1/alerts/{alert}/pause", json=body)).status_code == 403
    answer = await (await client(cast.leader)).post(f"/v1/alerts/{alert}/pause", json=body)
    assert answer.json()["paused"]["until"] == body["until"]
    assert answer.json()["next"]["what"] == "pause_ends"


async def test_who_only_reads_may_not_answer(cast: Cast, client: ClientOf) -> None:
    alert = await open_one(cast)
    http = await client(cast.auditor)
    assert (await http.get(f"/v1/alerts/{alert}")).status_code == 200
    assert (await http.post(f"/v1/alerts/{alert}/acknowledge")).status_code == 403
    assert (await (await client(cast.administrator)).get("/v1/alerts")).status_code == 403
    assert (await alert_row(cast, alert))["status"] == "open"


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("resolve", {"outcome": "met", "evidence": {"note": ""}}, "/evidence/note"),
        ("resolve", {"outcome": "late_evidence", "evidence": {"note": "有记录"}}, "/outcome"),
        ("resolve", {"outcome": "met", "evidence": {"note": "   "}}, "/evidence/note"),
        ("resolve", {"outcome": "met", "evidence": {"note": "有", "by": "x"}}, "/evidence/by"),
        ("return", {"to": "nobody", "reason": "不是我村"}, "/to"),
        ("pause", {"until": "2026-03-02T10:00:00", "reason": "洪水"}, "/until"),
        ("pause", {"until": "2099-01-01T00:00:00Z", "reason": "洪水"}, "/until"),
        ("pause", {"until": "2020-01-01T00:00:00Z", "reason": "洪水"}, "/until"),
    ],
)
async def test_bad_input_names_its_field(
    cast: Cast, client: ClientOf, verb: str, body: dict[str, Any], field: str
) -> None:
    alert = await open_one(cast)
    answer = await (await client(cast.leader)).post(f"/v1/alerts/{alert}/{verb}", json=body)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
