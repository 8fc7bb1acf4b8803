"""The register over HTTP: masked, found by POST, edited by version, revealed for a purpose, settled by two people."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx

from core import vault
from tests import caring
from tests.cast import Cast
from tests.conftest import ClientOf
from tests.ledger_files import id_number

NEW: dict[str, Any] = {
    "name": "李桂英",
    "id_number": id_number(7),
    "self_care": "self",
    "living_alone": True,
    "phone": "13812345678",
    "address": "南柳镇柳家庄村3排12号",
    "diagnosis": "高血压",
    "guardian": "李建军",
    "guardian_phone": "13900001111",
}
WHY = {"purpose": "visit", "note": "上门前电话联系"}


async def registered(client: ClientOf, cast: Cast, **more: Any) -> str:
    answer = await (await client(cast.specialist)).post("/v1/recipients", json=NEW | {"area_id": cast.village} | more)
    assert answer.status_code == 201, answer.text
    recipient_id: str = answer.json()["id"]
    return recipient_id


def problem(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).removeprefix("/problems/")


async def test_what_is_read_without_a_reason_is_masked(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    worker = await client(cast.worker)
    answer = await worker.get(f"/v1/recipients/{recipient}")
    shown = answer.json()
    assert shown["name"] == "李*"
    assert shown["id_number"] == id_number(7)[:4] + "*" * 10 + id_number(7)[-4:]
    assert (shown["phone"], shown["address"]) == ("138****5678", "南柳镇柳家庄村*")
    assert (shown["guardian"], shown["guardian_phone"], shown["diagnosis"]) == ("李*", "139****1111", "***")
    assert (shown["age"], shown["risk"], shown["because"]) == (76, "key", ["独居"])
    assert answer.headers["etag"] == '"1"'
    everything = answer.text + (await worker.get("/v1/recipients")).text
    for secret in (id_number(7), "13812345678", "李桂英", "3排12号", "高血压", "李建军", "1950-01-01"):
        assert secret not in everything


async def test_somebody_is_found_by_name_sound_initials_or_number_in_the_body(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    await registered(client, cast, name="王大山", id_number=id_number(8, woman=False))
    worker = await client(cast.worker)
    for text in ("桂英", "李桂英", "liguiy", "Li Gui", "lgy", id_number(7), id_number(7).lower()):
        answer = await worker.post("/v1/recipients/search", json={"text": text})
        assert [one["id"] for one in answer.json()["items"]] == [recipient], text
        assert answer.json()["items"][0]["name"] == "李*"
    for text in ("%", "_", "liguiying2", id_number(9)):
        answer = await worker.post("/v1/recipients/search", json={"text": text})
        assert answer.json() == {"items": [], "more": False}


async def test_a_number_that_is_none_is_told_so(client: ClientOf, cast: Cast) -> None:
    answer = await (await client(cast.worker)).post("/v1/recipients/search", json={"text": "120199195001010001"})
    assert answer.status_code == 400
    assert answer.json()["field"] == "/text"


async def test_a_list_is_narrowed_and_paged_without_losing_anybody(client: ClientOf, cast: Cast) -> None:
    everybody = {str(await cast.recipient(risk="high")) for _ in range(3)}
    everybody |= {str(await cast.recipient(area_id=cast.other_village)) for _ in range(2)}
    await cast.recipient(area_id=cast.foreign_village)
    specialist = await client(cast.specialist)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await specialist.get("/v1/recipients", params=_page(cursor))).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(everybody) and set(seen) == everybody
    for narrowed, count in (
        ("risk=high", 3),
        (f"area_id={cast.other_village}", 2),
        ("category=severe_disability", 0),
        ("unassigned=true", 2),
        (f"area_id={cast.foreign_village}", 0),
    ):
        page = (await specialist.get(f"/v1/recipients?{narrowed}")).json()
        assert len(page["items"]) == count, narrowed


def _page(cursor: str) -> dict[str, str]:
    return {"size": "2"} | ({"cursor": cursor} if cursor else {})


async def test_a_faulty_field_is_named_with_what_to_do(client: ClientOf, cast: Cast) -> None:
    specialist = await client(cast.specialist)
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"id_number": "120199195001010001"}, "/id_number"),
        ({"phone": "12"}, "/phone"),
        ({"self_care": "partial", "indicators": dict.fromkeys(_SIX, True)}, "/self_care"),
        ({"agreement_starts_on": "2026-02-01", "agreement_ends_on": "2026-01-01"}, "/agreement_ends_on"),
        ({"last_seen_on": "2099-01-01"}, "/last_seen_on"),
        ({"area_id": cast.township}, "/area_id"),
        ({"visit_worker_id": str(cast.foreign_worker.id)}, "/visit_worker_id"),
        ({"unheard_of": 1}, "/unheard_of"),
        ({"bank_card": "1234"}, "/bank_card"),
    )
    for change, field in wrong:
        answer = await specialist.post("/v1/recipients", json=NEW | {"area_id": cast.village} | change)
        assert (answer.status_code, answer.json()["field"]) == (400, field), answer.text
    assert await cast.owner.fetchval("SELECT count(*) FROM recipient") == 0


_SIX = ("eating", "dressing", "getting_up", "toileting", "walking_indoors", "bathing")


async def test_an_edit_names_the_version_it_was_made_on(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    specialist = await client(cast.specialist)
    address = f"/v1/recipients/{recipient}"
    first = await specialist.patch(address, json={"phone": "13700001111"}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.json()["changed"], first.headers["etag"]) == (200, ["phone"], '"2"')
    late = await specialist.patch(address, json={"remarks": "在家"}, headers={"If-Match": '"1"'})
    assert (late.status_code, problem(late)) == (412, "recipient-changed")
    assert "联系电话" in late.json()["detail"] and "13700001111" not in late.text
    assert (await specialist.patch(address, json={"remarks": "在家"})).status_code == 400
    assert (await specialist.patch(address, json={}, headers={"If-Match": "now"})).status_code == 400
    same = await specialist.patch(address, json={"phone": "13700001111"}, headers={"If-Match": '"2"'})
    assert (same.json()["changed"], same.json()["version"]) == ([], 2)


async def test_clearing_a_field_and_lifting_a_category_are_edits(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast, categories=["serious_illness"])
    specialist = await client(cast.specialist)
    address = f"/v1/recipients/{recipient}"
    assert (await specialist.get(address)).json()["risk"] == "high"
    change: dict[str, Any] = {"phone": None, "categories": [], "living_alone": False}
    answer = await specialist.patch(address, json=change, headers={"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    shown = (await specialist.get(address)).json()
    assert (shown["phone"], shown["categories"], shown["living_alone"], shown["risk"]) == (None, [], False, "general")


async def test_revealing_takes_a_right_a_purpose_and_leaves_a_trace(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    specialist = await client(cast.specialist)
    address = f"/v1/recipients/{recipient}/reveal"
    asked = {"fields": ["name", "id_number", "born_on"], **WHY}
    assert (await (await client(cast.worker)).post(address, json=asked)).status_code == 403
    assert (await specialist.post(address, json=asked | {"note": "  看 "})).status_code == 400
    assert (await specialist.post(address, json=asked | {"purpose": "curiosity"})).status_code == 400
    assert (await specialist.post(address, json=asked | {"fields": ["risk"]})).status_code == 400
    assert (await specialist.post(address, json=asked | {"note": "给李桂英打电话"})).status_code == 400
    assert await _revealed(cast) == 0
    answer = await specialist.post(address, json=asked)
    assert answer.json()["fields"] == {"name": "李桂英", "id_number": id_number(7), "born_on": "1950-01-01"}
    assert answer.headers["cache-control"] == "no-store"
    facts = await cast.owner.fetchval("SELECT facts FROM journal WHERE kind = 'recipient.revealed'")
    assert "上门前电话联系" in facts and "id_number" in facts and id_number(7) not in facts


async def _revealed(cast: Cast) -> int:
    count: int = await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'recipient.revealed'")
    return count


async def test_two_people_settle_a_death_over_http(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    specialist, leader, worker = [await client(one) for one in (cast.specialist, cast.leader, cast.worker)]
    body = {"standing": "died", "happened_on": "2026-03-01", "reason": "家属来电"}
    change = (await worker.post(f"/v1/recipients/{recipient}/standing-changes", json=body)).json()
    assert (change["state"], change["recipient_name"], change["proposed_by_name"]) == ("pending", "李*", "王秀兰")
    waiting = (await leader.get("/v1/standing-changes")).json()["items"]
    assert [one["id"] for one in waiting] == [change["id"]]
    assert (await worker.post(f"/v1/standing-changes/{change['id']}/confirm")).status_code == 403
    confirmed = await specialist.post(f"/v1/standing-changes/{change['id']}/confirm")
    assert confirmed.json()["state"] == "in_force"
    assert (await leader.post(f"/v1/standing-changes/{change['id']}/confirm")).status_code == 409
    undone = await leader.post(f"/v1/standing-changes/{change['id']}/undo", json={"reason": "认错人"})
    assert undone.json()["state"] == "undone"
    history = (await worker.get(f"/v1/recipients/{recipient}/standing-changes")).json()
    assert [one["state"] for one in history] == ["undone"]
    assert (await worker.get(f"/v1/recipients/{recipient}")).json()["standing"] == "at_home"


async def test_the_district_and_the_proposer_reject_but_an_auditor_does_not(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    body = {"standing": "died", "happened_on": "2026-03-01", "reason": "家属来电"}
    worker, auditor, district = [await client(one) for one in (cast.worker, cast.auditor, cast.district)]
    for rejecting in (district, worker):
        change = (await worker.post(f"/v1/recipients/{recipient}/standing-changes", json=body)).json()
        address = f"/v1/standing-changes/{change['id']}/reject"
        assert (await auditor.post(address)).status_code == 403
        assert (await rejecting.post(address)).json()["state"] == "rejected"


async def test_the_proposer_is_told_that_another_must_confirm(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    specialist = await client(cast.specialist)
    body = {"standing": "died", "happened_on": "2026-03-01", "reason": "家属来电"}
    change = (await specialist.post(f"/v1/recipients/{recipient}/standing-changes", json=body)).json()
    answer = await specialist.post(f"/v1/standing-changes/{change['id']}/confirm")
    assert (answer.status_code, problem(answer)) == (403, "second-person-needed")


async def test_an_absence_colours_the_standing_only_when_confirmed(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    worker, specialist = await client(cast.worker), await client(cast.specialist)
    body = {
        "kind": "away",
        "starts_at": "2026-03-02T10:00:00+08:00",
        "ends_at": "2026-03-07T10:00:00+08:00",
        "whereabouts": "河东区女儿家",
    }
    reported = (await worker.post(f"/v1/recipients/{recipient}/absences", json=body)).json()
    assert (reported["state"], reported["whereabouts"]) == ("waiting", "河东区女儿家")
    assert (await worker.get(f"/v1/recipients/{recipient}")).json()["standing"] == "at_home"
    assert [one["id"] for one in (await specialist.get("/v1/absences")).json()["items"]] == [reported["id"]]
    address = f"/v1/absences/{reported['id']}"
    assert (await worker.post(f"{address}/confirm", json={"how": "family"})).status_code == 403
    assert (await specialist.post(f"{address}/confirm", json={"how": "gossip"})).status_code == 400
    assert (await specialist.post(f"{address}/confirm", json={"how": "family"})).json()["state"] == "in_force"
    assert (await worker.get(f"/v1/recipients/{recipient}")).json()["standing"] == "absent"
    assert (await worker.post(f"{address}/end")).json()["state"] == "over"
    assert (await worker.get(f"/v1/recipients/{recipient}")).json()["standing"] == "at_home"
    listed = (await worker.get(f"/v1/recipients/{recipient}/absences")).json()
    assert [one["state"] for one in listed] == ["over"]


async def test_an_auditor_reads_and_changes_nothing(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    auditor = await client(cast.auditor)
    assert (await auditor.get(f"/v1/recipients/{recipient}")).json()["name"] == "李*"
    for method, address, body in (
        ("POST", "/v1/recipients", NEW | {"area_id": cast.village}),
        ("PATCH", f"/v1/recipients/{recipient}", {"remarks": "改"}),
        ("POST", f"/v1/recipients/{recipient}/reveal", {"fields": ["name"], **WHY}),
        ("POST", f"/v1/recipients/{recipient}/standing-changes", {}),
        ("POST", f"/v1/recipients/{recipient}/absences", {}),
        ("POST", "/v1/imports", None),
        ("POST", "/v1/exports/ledger", WHY),
    ):
        answer = await auditor.request(method, address, json=body, headers={"If-Match": '"1"'})
        assert answer.status_code == 403, (address, answer.text)


async def test_nobody_signed_in_reads_nothing(client: ClientOf, cast: Cast) -> None:
    recipient = await registered(client, cast)
    nobody = await client(None)
    for address in ("", f"/{recipient}", f"/{recipient}/standing-changes", f"/{recipient}/absences"):
        assert (await nobody.get(f"/v1/recipients{address}")).status_code == 401


async def test_sealed_values_open_only_in_their_own_row(client: ClientOf, cast: Cast) -> None:
    """Whoever could write to the table still cannot make one person's number appear under another's name."""
    one = await registered(client, cast)
    other = await registered(client, cast, id_number=id_number(8))
    await cast.owner.execute(
        "UPDATE recipient SET phone_sealed = (SELECT phone_sealed FROM recipient WHERE id = $1) WHERE id = $2",
        UUID(one),
        UUID(other),
    )
    answer = await (await client(cast.specialist)).get(f"/v1/recipients/{other}")
    assert answer.status_code == 500
    assert vault.CannotOpen.__name__ not in answer.text and "5678" not in answer.text


async def test_a_missing_person_is_not_found(client: ClientOf, cast: Cast) -> None:
    answer = await (await client(cast.worker)).get(f"/v1/recipients/{uuid4()}")
    assert (answer.status_code, problem(answer)) == (404, "recipient-not-found")


async def test_a_card_says_who_cares_and_until_when_or_that_nobody_does(client: ClientOf, cast: Cast) -> None:
    agreed, temporary, suspended, alone, expired = [await cast.recipient() for _ in range(5)]
    collective = await cast.recipient(support_mode="collective")
    caregiver = await caring.caregiver(cast, name="张秀英")
    await caring.agreement(cast, agreed, caregiver)
    await caring.temporary_care(cast, temporary)
    await caring.agreement(cast, suspended, caregiver, status="suspended")
    await caring.agreement(cast, expired, caregiver, ends_on=date(2026, 3, 1))
    worker = await client(cast.worker)
    listed = {one["id"]: one["care"] for one in (await worker.get("/v1/recipients")).json()["items"]}
    told = {
        agreed: "张*(邻居)，照料协议至 2026-12-31",
        temporary: "刘*(村(居)委会)，临时照料至 2026-03-30",
        suspended: "无人照料(协议中止)",
        alone: "无人照料",
        expired: "无人照料",
    }
    assert {one: listed[str(one)]["words"] for one in told} == told
    assert [listed[str(one)]["kind"] for one in told] == ["agreement", "temporary", "nobody", "nobody", "nobody"]
    assert listed[str(collective)] is None
    assert (listed[str(agreed)]["status"], listed[str(agreed)]["until"]) == ("active", "2026-12-31")
    one = (await worker.get(f"/v1/recipients/{agreed}")).json()
    found = (await worker.post("/v1/recipients/search", json={"text": "李桂英"})).json()["items"]
    assert one["care"] == listed[str(agreed)] == next(it["care"] for it in found if it["id"] == str(agreed))
    assert "张秀英" not in str(listed) and "刘桂香" not in str(listed)


async def test_while_an_agreement_is_suspended_the_card_names_who_stands_in(client: ClientOf, cast: Cast) -> None:
    recipient = await cast.recipient()
    await caring.agreement(cast, recipient, status="suspended")
    await caring.temporary_care(cast, recipient)
    care = (await (await client(cast.worker)).get(f"/v1/recipients/{recipient}")).json()["care"]
    assert (care["kind"], care["caregiver"], care["status_name"]) == ("temporary", "刘*", "中止")
