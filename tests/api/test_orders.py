"""Hazards, orders and verifications over HTTP: the way of one order, what is refused, and what a caregiver sees."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from core.ids import new_id
from tests.cast import Cast, Clock
from tests.conftest import ClientOf
from tests.rectifying import Home, home, related, watch


def text(moment: Any) -> str:
    return str(moment.isoformat())


async def recorded(staff: httpx.AsyncClient, cast: Cast, at: Home, **said: Any) -> dict[str, Any]:
    body = {
        "id": str(new_id()),
        "recipient_id": str(at.recipient),
        "source": "inspection",
        "severity": "serious",
        "block": "safety",
        "what": "灶台旁堆放柴草",
        "found_at": text(cast.now),
        **said,
    }
    answer = await staff.post("/v1/hazards", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def asked(*hazards: dict[str, Any], **said: Any) -> dict[str, Any]:
    items = [{"hazard_id": one["id"], "must_be": "柴草移出灶间", "duty": "保障居住安全"} for one in hazards]
    return {"id": str(new_id()), "items": items, "evidence": "照片两张", **said}


async def issued(staff: httpx.AsyncClient, cast: Cast, at: Home, **said: Any) -> dict[str, Any]:
    answer = await staff.post("/v1/orders", json=asked(await recorded(staff, cast, at, **said)))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def answered(caregiver: httpx.AsyncClient, order_id: str, cast: Cast, kind: str, **said: Any) -> httpx.Response:
    body = {"id": str(new_id()), "kind": kind, "text": "已清理", "made_at": text(cast.now), **said}
    return await caregiver.put(f"/v1/orders/{order_id}/answers", json=body)


async def test_an_order_goes_its_way_from_the_hazard_to_the_door(cast: Cast, client: ClientOf, clock: Clock) -> None:
    at = await home(cast)
    staff, caregiver, worker = [await client(one) for one in (cast.specialist, at.account, cast.worker)]
    order = await issued(staff, cast, at)
    assert (order["status_name"], order["told_how"], order["number"]) == ("已下达", "notice", "整改〔2026〕0001号")
    mine = (await caregiver.get("/v1/my/orders")).json()["items"]
    assert [one["id"] for one in mine] == [order["id"]]
    said = (await answered(caregiver, order["id"], cast, "done")).json()
    assert (said["status"], said["status_name"]) == ("submitted", "待复核")
    await watch(clock.forward(hours=1))
    (planned,) = (await worker.get("/v1/verifications", params={"mine": True})).json()["items"]
    assert (planned["order_id"], planned["verifier"]) == (order["id"], "王秀兰")
    detail = (await staff.get(f"/v1/orders/{order['id']}")).json()
    items = [{"item": one["id"], "passed": True} for one in detail["items"]]
    body = {"id": str(new_id()), "made_at": text(clock.at), "person_seen": True, "items": items}
    result = await worker.put(f"/v1/verifications/{planned['id']}/result", json=body)
    assert result.status_code == 200 and result.json()["status"] == "done"
    assert (await worker.put(f"/v1/verifications/{planned['id']}/result", json=body)).json() == result.json()
    closed = (await staff.get(f"/v1/orders/{order['id']}")).json()
    assert (closed["order"]["status"], closed["items"][0]["status_name"]) == ("closed", "合格")
    own = (await caregiver.get(f"/v1/my/orders/{order['id']}")).json()
    assert (own["order"]["status"], own["verifications"][0]["done"]) == ("passed", True)


async def test_a_critical_hazard_offers_suspension_with_temporary_care(cast: Cast, client: ClientOf) -> None:
    at = await home(cast)
    staff = await client(cast.specialist)
    hazard = await recorded(staff, cast, at, severity="critical")
    assert hazard["suspension_offered"] and "临时照料" in hazard["advice"]
    order = (await staff.post("/v1/orders", json=asked(hazard))).json()
    assert order["suspension_offered"] and "临时照料" in order["advice"]
    assert not (await issued(staff, cast, at))["suspension_offered"]


async def test_a_caregiver_answering_somebody_elses_order_finds_none(cast: Cast, client: ClientOf) -> None:
    at, other = await home(cast), await home(cast)
    order = await issued(await client(cast.specialist), cast, at)
    stranger = await client(other.account)
    missing = await answered(stranger, str(new_id()), cast, "done")
    foreign = await answered(stranger, order["id"], cast, "done")
    own = await stranger.get(f"/v1/my/orders/{order['id']}")
    assert [one.status_code for one in (missing, foreign, own)] == [404, 404, 404]
    assert missing.json()["detail"] == foreign.json()["detail"] == own.json()["detail"]
    assert (await stranger.get("/v1/my/orders")).json()["items"] == []


async def test_a_caregiver_reads_no_register_of_hazards_orders_or_verifications(cast: Cast, client: ClientOf) -> None:
    at = await home(cast)
    order = await issued(await client(cast.specialist), cast, at)
    caregiver = await client(at.account)
    for address in ("/v1/hazards", "/v1/orders", f"/v1/orders/{order['id']}", "/v1/verifications"):
        assert (await caregiver.get(address)).status_code == 403, address


async def test_who_complained_is_shown_to_nobody_on_the_caregivers_side(cast: Cast, client: ClientOf) -> None:
    at = await home(cast)
    staff, leader = await client(cast.specialist), await client(cast.leader)
    hazard = await recorded(staff, cast, at, source="complaint", complainant="邻居老王")
    order = (await staff.post("/v1/orders", json=asked(hazard))).json()
    await related(cast, at.caregiver, cast.leader)
    purpose = {"purpose": "核实投诉"}
    seen = await staff.post(f"/v1/hazards/{hazard['id']}/complainant", json=purpose)
    assert seen.json() == {"complainant": "邻居老王"}
    refused = await leader.post(f"/v1/hazards/{hazard['id']}/complainant", json=purpose)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/on-caregivers-side")
    looked = "SELECT by_account_id FROM journal WHERE kind = 'hazard.complainant_revealed'"
    assert [one[0] for one in await cast.owner.fetch(looked)] == [cast.specialist.id]
    caregiver = await client(at.account)
    shown = (await caregiver.get(f"/v1/my/orders/{order['id']}")).text
    assert "老王" not in shown and "complaint" not in shown
    listed = (await staff.get("/v1/hazards")).text
    assert "老王" not in listed


async def test_bad_input_is_a_clear_problem_and_changes_nothing(cast: Cast, client: ClientOf, clock: Clock) -> None:
    at = await home(cast)
    staff, worker = await client(cast.specialist), await client(cast.worker)
    hazard = await recorded(staff, cast, at)
    twice = asked(hazard, hazard)
    unknown = asked({"id": str(new_id())})
    breach = asked(hazard)
    breach["items"][0]["duty"] = ""
    for body, status, problem in (
        (twice, 400, "items-missing"),
        (unknown, 404, "hazard-not-found"),
        (breach, 400, "breach-missing"),
        (asked(hazard, extra=1), 400, "bad-input"),
    ):
        refused = await staff.post("/v1/orders", json=body)
        assert (refused.status_code, refused.json()["type"]) == (status, f"/problems/{problem}"), refused.text
    assert await cast.owner.fetchval("SELECT count(*) FROM rectification_order") == 0
    order = (await staff.post("/v1/orders", json=asked(hazard))).json()
    again = await staff.post("/v1/orders", json=asked(hazard))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/hazard-under-order")
    assert (await worker.post("/v1/orders", json=asked(hazard))).status_code == 403
    until = {"until": text(clock.at.replace(day=7)), "reason": "等材料"}
    clock.forward(days=4)
    late = await staff.post(f"/v1/orders/{order['id']}/extension", json=until)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/extension-too-late")
    early = await staff.post(f"/v1/orders/{order['id']}/close", json={"reason": "算了"})
    assert (early.status_code, early.json()["type"]) == (409, "/problems/cannot-close")


async def test_a_verifier_who_issued_the_order_is_refused_clearly(cast: Cast, client: ClientOf, clock: Clock) -> None:
    at = await home(cast)
    staff, caregiver = await client(cast.specialist), await client(at.account)
    order = await issued(staff, cast, at)
    await answered(caregiver, order["id"], cast, "done")
    await watch(clock.at)
    detail = (await staff.get(f"/v1/orders/{order['id']}")).json()
    items = [{"item": one["id"], "passed": True} for one in detail["items"]]
    body = {"id": str(new_id()), "made_at": text(clock.at), "person_seen": True, "items": items}
    planned = detail["verifications"][0]["id"]
    refused = await staff.put(f"/v1/verifications/{planned}/result", json=body)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/verifier-issued")
    assert (await staff.get(f"/v1/orders/{order['id']}")).json()["order"]["status"] == "submitted"


async def test_paper_is_a_full_path(cast: Cast, client: ClientOf, clock: Clock) -> None:
    at = await home(cast)
    await cast.owner.execute("UPDATE caregiver SET account_id = NULL WHERE id = $1", at.caregiver)
    staff = await client(cast.specialist)
    order = await issued(staff, cast, at)
    assert order["told_how"] is None
    told = (await staff.post(f"/v1/orders/{order['id']}/delivered", json={})).json()
    assert told["told_how_name"] == "书面送达"
    unnamed = await answered(staff, order["id"], cast, "accept")
    assert (unnamed.status_code, unnamed.json()["field"]) == (400, "/on_paper_by")
    paper = await answered(staff, order["id"], cast, "accept", on_paper_by="张秀英")
    assert paper.json()["status"] == "accepted"


async def test_a_statement_is_heard_and_shown_with_its_reason(cast: Cast, client: ClientOf) -> None:
    at = await home(cast)
    staff, leader, caregiver = [await client(one) for one in (cast.specialist, cast.leader, at.account)]
    order = await issued(staff, cast, at)
    said = (await answered(caregiver, order["id"], cast, "statement", text="当天住院")).json()
    address = f"/v1/orders/{order['id']}/statements/{said['answer_id']}/hear"
    verdict = {"upheld": True, "reason": "确在住院"}
    assert (await staff.post(address, json=verdict)).json()["type"] == "/problems/issuer-cannot-hear"
    assert (await leader.post(address, json=verdict)).json()["status"] == "withdrawn"
    own = (await caregiver.get(f"/v1/my/orders/{order['id']}")).json()
    assert own["answers"][0]["heard"]["reason"] == "确在住院"


@pytest.mark.parametrize("who", ["foreign_specialist", "foreign_leader"])
async def test_the_next_township_gets_the_same_answer_as_for_nothing(who: str, cast: Cast, client: ClientOf) -> None:
    at = await home(cast)
    staff, curious = await client(cast.specialist), await client(getattr(cast, who))
    order = await issued(staff, cast, at)
    hazard = (await staff.get(f"/v1/orders/{order['id']}")).json()["items"][0]["hazard_id"]

    async def ask(order_id: str | UUID, hazard_id: str | UUID) -> list[tuple[int, str]]:
        answers = [
            await curious.get(f"/v1/orders/{order_id}"),
            await curious.get(f"/v1/hazards/{hazard_id}"),
            await curious.post(f"/v1/orders/{order_id}/withdraw", json={"reason": "试"}),
            await curious.post(f"/v1/hazards/{hazard_id}/close", json={"ending": "removed", "evidence": "试"}),
            await curious.post(f"/v1/orders/{order_id}/delivered", json={}),
        ]
        return [(one.status_code, one.json()["detail"]) for one in answers]

    foreign = await ask(order["id"], hazard)
    assert foreign == await ask(new_id(), new_id())
    assert {status for status, _ in foreign} == {404}
