"""Visits over HTTP: the list a worker starts the day with, the report, and everything that can be wrong with it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from core.ids import new_id
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.visiting import DAY, HOUR, alerts, detailed, log, normal, slot
from visits.actions import lay_out
from visits.report import BLOCKS, Confidential, Hazard


def body(made_at: datetime, **said: Any) -> dict[str, Any]:
    return {
        "id": str(new_id()),
        "outcome": "made",
        "method": "door",
        "made_at": made_at.isoformat(),
        "identified_by": "known_personally",
        "all_normal": True,
        "hazards": [],
        **said,
    }


async def put(client: httpx.AsyncClient, visit: UUID, content: dict[str, Any]) -> httpx.Response:
    return await client.put(f"/v1/visits/{visit}/report", json=content)


async def test_a_report_answers_in_words_a_visitor_reads(cast: Cast, client: ClientOf) -> None:
    visit, content = await slot(cast), body(cast.now)
    worker = await client(cast.worker)
    answer = await put(worker, visit, content)
    assert answer.status_code == 200
    assert answer.json() == {
        "report_id": content["id"],
        "visit_id": str(visit),
        "logged_at": cast.now.isoformat().replace("+00:00", "Z"),
        "labels": [],
        "label_names": [],
        "visit_status": "made",
        "visit_status_name": "已完成",
        "counted": True,
        "message": "已记录，本次探访完成。",
    }


async def test_sent_again_the_answer_is_the_same_to_the_letter(cast: Cast, client: ClientOf, clock: Clock) -> None:
    visit, content = await slot(cast), body(cast.now)
    worker = await client(cast.worker)
    first = await put(worker, visit, content)
    clock.forward(hours=30)
    again = await put(worker, visit, dict(reversed(content.items())))
    assert (again.status_code, again.content) == (200, first.content)


async def test_other_content_under_the_same_id_is_a_conflict(cast: Cast, client: ClientOf) -> None:
    visit, content = await slot(cast), body(cast.now)
    worker = await client(cast.worker)
    await put(worker, visit, content)
    refused = await put(worker, visit, content | {"note": "另一份"})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/report-conflicts")
    supervisor = await client(cast.specialist)
    (conflict,) = (await supervisor.get("/v1/conflicts")).json()["items"]
    assert (conflict["first"]["note"], conflict["other"]["note"], conflict["who"]) == ("", "另一份", "李*")
    decided = await supervisor.post(f"/v1/conflicts/{conflict['id']}/decide", json={"decision": "replaced"})
    assert decided.json()["labels"] == ["amendment"]
    assert (await supervisor.get("/v1/conflicts")).json()["items"] == []
    kept = (await supervisor.get("/v1/conflicts", params={"decided": True})).json()["items"]
    assert [one["decision"] for one in kept] == ["replaced"]


async def test_every_block_travels_and_comes_back(cast: Cast, client: ClientOf) -> None:
    blocks: dict[str, Any] = {block: {"ok": True} for block in BLOCKS}
    blocks["money"] = {"ok": False, "note": "护理费少发", "received_in_full": False, "card_held_by": "caregiver"}
    blocks["care"] = {"ok": True, "caregiver_present": True, "satisfied": False}
    hazard = {"block": "safety", "severity": "critical", "what": "煤气泄漏", "removed_now": True}
    visit = await slot(cast)
    content = body(cast.now, all_normal=False, blocks=blocks, hazards=[hazard])
    worker = await client(cast.worker)
    assert (await put(worker, visit, content)).status_code == 200
    (report,) = (await worker.get(f"/v1/visits/{visit}/reports")).json()
    assert report["blocks"]["money"] == blocks["money"]
    assert report["blocks"]["care"] == {"ok": True, "note": "", "caregiver_present": True, "satisfied": False}
    assert report["hazards"] == [hazard]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"made_at": "1970-01-01T08:00:00+08:00"}, 400, "made-at-impossible", "/made_at"),
        ({"made_at": "2099-01-01T08:00:00+08:00"}, 400, "made-at-impossible", "/made_at"),
        ({"made_at": "2026-03-02T10:00:00"}, 400, "bad-input", "/made_at"),
        ({"hazards": None}, 400, "report-contradictory", "/hazards"),
        ({"identified_by": None}, 400, "report-contradictory", "/identified_by"),
        ({"identified_by": "a_friend"}, 400, "bad-input", "/identified_by"),
        ({"all_normal": False, "blocks": {"mood": {"ok": True}}}, 400, "report-contradictory", "/blocks/identity"),
        ({"blocks": {"garden": {"ok": True}}}, 400, "bad-input", "/blocks/garden"),
        ({"confidential": {"fear": True}}, 400, "report-contradictory", "/confidential"),
        ({"score": 5}, 400, "bad-input", "/score"),
        ({"note": "字" * 501}, 400, "bad-input", "/note"),
        ({"on_paper_by": "王秀兰"}, 403, "paper-by-supervisor", "/on_paper_by"),
        ({"outcome": "not_met"}, 400, "report-contradictory", "/tried"),
    ],
)
async def test_what_is_wrong_is_named_with_its_place(
    cast: Cast, client: ClientOf, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    visit = await slot(cast)
    refused = await put(await client(cast.worker), visit, body(cast.now) | changes)
    problem = refused.json()
    assert (refused.status_code, problem["type"], problem["field"]) == (status, f"/problems/{code}", field)
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 0


async def test_a_cancelled_visit_says_what_to_do(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast, status="cancelled")
    refused = await put(await client(cast.worker), visit, body(cast.now))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/visit-cancelled")
    assert "请刷新任务列表" in refused.json()["detail"]


async def test_another_townships_visit_answers_like_none(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    await log(cast, visit)
    foreign = await client(cast.foreign_specialist)
    for path in ("", "/reports"):
        told = []
        for asked in (visit, new_id()):
            answer = await foreign.get(f"/v1/visits/{asked}{path}")
            told.append((answer.status_code, answer.json() | {"request_id": ""}))
        assert told[0] == told[1] and told[0][0] == 404
    told = []
    for asked in (visit, new_id()):
        answer = await put(foreign, asked, body(cast.now))
        told.append((answer.status_code, answer.json() | {"request_id": ""}))
    assert told[0] == told[1] and told[0][0] == 404
    assert (await foreign.get("/v1/visits")).json()["items"] == []


async def test_another_townships_report_answers_like_none(cast: Cast, client: ClientOf) -> None:
    answer = await log(cast, await slot(cast))
    foreign = await client(cast.foreign_specialist)
    for method, path, content in (
        ("GET", "", None),
        ("POST", "/amendments", body(cast.now)),
        ("POST", "/late-confirmation", {"accepted": True, "reason": "是"}),
    ):
        told = []
        for asked in (answer.report_id, new_id()):
            refused = await foreign.request(method, f"/v1/reports/{asked}{path}", json=content)
            told.append((refused.status_code, refused.json() | {"request_id": ""}))
        assert told[0] == told[1] and told[0][0] == 404


@pytest.mark.parametrize(
    ("role", "read", "log_it", "decide"),
    [
        ("worker", 200, 200, 403),
        ("specialist", 200, 200, 200),
        ("district", 200, 403, 403),
        ("auditor", 200, 403, 403),
        ("administrator", 403, 403, 403),
    ],
)
async def test_each_role_does_its_own_part(
    cast: Cast, client: ClientOf, role: str, read: int, log_it: int, decide: int
) -> None:
    visit = await slot(cast)
    who = await client(getattr(cast, role))
    assert (await who.get("/v1/visits")).status_code == read
    assert (await put(who, visit, body(cast.now))).status_code == log_it
    assert (await who.get("/v1/conflicts")).status_code == decide


async def test_the_list_says_who_where_and_why_now(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high")
    earlier = await slot(cast, recipient, due_at=cast.now - 7 * DAY)
    hazard = Hazard(block="safety", severity="serious", what="煤气管老化", removed_now=False)
    await log(cast, earlier, detailed(cast.now - 8 * DAY, hazards=(hazard,)), now=cast.now - 8 * DAY)
    visit = await slot(cast, recipient)
    listed = (await (await client(cast.worker)).get("/v1/visits", params={"status": "due"})).json()
    (card,) = listed["items"]
    assert (card["id"], card["who"], card["village"]) == (str(visit), "李*", "柳家庄村")
    assert (card["status"], card["status_name"], card["reason_name"]) == ("due", "待探访", "定期探访")
    assert (card["risk_name"], card["worker"]) == ("高风险", "王秀兰")
    assert card["last_seen_at"] == (cast.now - 8 * DAY).isoformat().replace("+00:00", "Z")
    assert card["open_points"] == ["身体状况：咳嗽一周", "居住安全隐患：煤气管老化"]
    assert "李桂英" not in str(listed)


async def test_the_list_is_narrowed_by_state_worker_and_day(cast: Cast, client: ClientOf) -> None:
    made = {
        "scheduled": await slot(cast, due_at=cast.now + 20 * DAY),
        "due": await slot(cast),
        "missed": await slot(cast, due_at=cast.now - DAY, status="missed"),
        "not_known": await slot(cast, due_at=cast.now - DAY, status="not_known"),
        "excused": await slot(cast, due_at=cast.now - DAY, status="excused"),
        "cancelled": await slot(cast, status="cancelled"),
    }
    anothers = await slot(cast, worker_id=cast.specialist.id)
    worker = await client(cast.worker)

    async def listed(**params: Any) -> set[str]:
        return {card["id"] for card in (await worker.get("/v1/visits", params=params)).json()["items"]}

    for status, visit in made.items():
        assert await listed(status=status, mine=True) == {str(visit)}
    assert await listed(status=["missed", "not_known"]) == {str(made["missed"]), str(made["not_known"])}
    assert await listed() == {str(one) for key, one in made.items() if key != "cancelled"} | {str(anothers)}
    until = (cast.now + DAY).isoformat()
    assert await listed(mine=True, until=until) == {
        str(one) for key, one in made.items() if key not in ("cancelled", "scheduled")
    }


@pytest.mark.parametrize(
    "until",
    ["", "2020", "253402300800", "2026-03-02T10:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
)
async def test_a_moment_nobody_can_mean_is_refused_by_name(cast: Cast, client: ClientOf, until: str) -> None:
    answer = await (await client(cast.worker)).get("/v1/visits", params={"until": until})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-input")
    assert "until" in answer.json()["detail"]


@pytest.mark.parametrize("area_id", [2**31, 10**30, -1])
async def test_an_area_no_database_holds_is_refused_by_name(cast: Cast, client: ClientOf, area_id: int) -> None:
    for path in ("/v1/alerts", "/v1/recipients", "/v1/duties"):
        answer = await (await client(cast.specialist)).get(path, params={"area_id": area_id})
        assert (answer.status_code, "area_id" in answer.json()["detail"]) == (400, True), answer.text


async def test_time_alone_turns_scheduled_into_due(cast: Cast, client: ClientOf, clock: Clock) -> None:
    visit = await slot(cast, due_at=cast.now + 5 * DAY)
    worker = await client(cast.worker)
    assert (await worker.get(f"/v1/visits/{visit}")).json()["visit"]["status"] == "scheduled"
    clock.forward(days=2)
    assert (await worker.get(f"/v1/visits/{visit}")).json()["visit"]["status"] == "due"


async def test_pages_follow_each_other_without_gap_or_repeat(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high")
    visits = [await slot(cast, recipient, due_at=cast.now + minute * timedelta(minutes=1)) for minute in range(5)]
    visits += [await slot(cast, due_at=cast.now)]
    worker = await client(cast.worker)
    found: list[str] = []
    cursor: str | None = None
    while True:
        params = {"size": 2} | ({"cursor": cursor} if cursor else {})
        page = (await worker.get("/v1/visits", params=params)).json()
        found += [card["id"] for card in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(found) == len(visits) and set(found) == {str(visit) for visit in visits}


async def test_a_visit_shows_the_last_report_beside_it(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high")
    earlier = await slot(cast, recipient, due_at=cast.now - 7 * DAY)
    last = await log(cast, earlier, normal(cast.now - 8 * DAY), now=cast.now - 8 * DAY)
    visit = await slot(cast, recipient)
    now = await log(cast, visit)
    detail = (await (await client(cast.worker)).get(f"/v1/visits/{visit}")).json()
    assert detail["last_report"]["id"] == str(last.report_id)
    assert [report["id"] for report in detail["reports"]] == [str(now.report_id)]
    assert detail["visit"]["report_id"] == str(now.report_id)


async def test_only_who_must_act_reads_what_only_the_visitor_saw(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    secret = Confidential(bruises=True, note="左臂青紫")
    answer = await log(cast, visit, detailed(cast.now, confidential=secret))
    for role, reads in (
        ("worker", False),
        ("specialist", True),
        ("leader", True),
        ("district", True),
        ("auditor", False),
    ):
        who = await client(getattr(cast, role))
        told = [
            (await who.get(f"/v1/visits/{visit}")).text,
            (await who.get(f"/v1/visits/{visit}/reports")).text,
            (await who.get(f"/v1/reports/{answer.report_id}")).text,
        ]
        assert {("青紫" in one) for one in told} == {reads}


async def test_an_amendment_and_what_it_amends_are_shown_as_a_chain(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    worker = await client(cast.worker)
    change = body(cast.now, note="补充")
    answer = await worker.post(f"/v1/reports/{first.report_id}/amendments", json=change)
    assert (answer.status_code, answer.json()["labels"]) == (200, ["amendment"])
    old, new = (await worker.get(f"/v1/visits/{visit}/reports")).json()
    assert (old["id"], old["amended_by"]) == (str(first.report_id), change["id"])
    assert (new["id"], new["amends_id"], new["label_names"]) == (change["id"], str(first.report_id), ["更正"])
    refused = await worker.post(f"/v1/reports/{first.report_id}/amendments", json=body(cast.now))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/already-amended")


async def test_a_late_report_is_confirmed_by_another(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast, due_at=cast.now - 4 * DAY)
    worker, specialist = await client(cast.worker), await client(cast.specialist)
    answer = (await put(worker, visit, body(cast.now - 5 * DAY))).json()
    assert answer["label_names"] == ["迟报", "迟报待确认"]
    path = f"/v1/reports/{answer['report_id']}"
    assert (await worker.get(path)).json()["late"] == "waiting"
    word = {"accepted": False, "reason": "当天不在村"}
    assert (await worker.post(f"{path}/late-confirmation", json=word)).status_code == 403
    decided = await specialist.post(f"{path}/late-confirmation", json=word)
    assert (decided.status_code, decided.json()["late"]) == (200, "refused")
    again = await specialist.post(f"{path}/late-confirmation", json=word)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-decided")


async def test_not_met_stays_due_and_says_so(cast: Cast, client: ClientOf) -> None:
    visit = await slot(cast)
    content = {
        "id": str(new_id()),
        "outcome": "not_met",
        "method": "door",
        "made_at": cast.now.isoformat(),
        "tried": ["knock", "neighbour"],
    }
    answer = (await put(await client(cast.worker), visit, content)).json()
    assert (answer["visit_status"], answer["counted"]) == ("due", False)
    assert "请尽快再次上门" in answer["message"]
    assert [alert["kind"] for alert in await alerts(cast)] == ["door_unanswered"]


async def test_the_history_of_a_person_is_complete_and_newest_first(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient(risk="high")
    visits = [
        await slot(cast, recipient, due_at=cast.now + hours * HOUR, status=status)
        for hours, status in ((1, "open"), (2, "cancelled"), (3, "missed"))
    ]
    worker = await client(cast.worker)
    page = (await worker.get(f"/v1/recipients/{recipient}/visits")).json()
    assert [card["id"] for card in page["items"]] == [str(visit) for visit in reversed(visits)]
    foreign = await client(cast.foreign_worker)
    for path in ("visits", "plans"):
        assert (await foreign.get(f"/v1/recipients/{recipient}/{path}")).status_code == 404


async def test_plans_say_why_they_ended(cast: Cast, client: ClientOf) -> None:
    recipient = await cast.recipient()
    await lay_out(now=cast.now)
    await cast.owner.execute("UPDATE recipient SET risk = 'high' WHERE id = $1", recipient)
    await lay_out(now=cast.now + HOUR)
    active, ended = (await (await client(cast.worker)).get(f"/v1/recipients/{recipient}/plans")).json()
    assert (active["risk_name"], active["every_seconds"], active["ended_at"]) == ("高风险", 7 * 86400, None)
    assert (ended["risk_name"], ended["ended_reason_name"]) == ("一般", "风险等级变化")
