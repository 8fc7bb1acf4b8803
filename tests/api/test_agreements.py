"""Agreements and temporary care over HTTP: the whole way, each clear problem, and what a neighbour township learns."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from accounts.permissions import Account
from caregivers.agreements.actions import settle_cover
from tests import caring
from tests.cast import NOW, Cast
from tests.conftest import ClientOf

CARE = {
    "kind": "village",
    "reason": "照料人住院",
    "ends_by": "2026-03-20T10:00:00+08:00",
    "carer_name": "刘桂香",
    "carer_phone": "13800138000",
}
ITEMS = [{"service": "meals", "times": 2, "per": "day"}, {"service": "doctor", "times": 0, "per": "need"}]
PARTIES = ("township", "village", "caregiver", "recipient")


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["type"]).removeprefix("/problems/")


def said(recipient: UUID, caregiver: UUID, **more: Any) -> dict[str, Any]:
    return {
        "recipient_id": str(recipient),
        "caregiver_id": str(caregiver),
        "relation": "neighbour",
        "starts_on": "2026-03-02",
        "items": ITEMS,
        "liability": "照料人应按约定提供服务。",
        "consent_by": "self",
        **more,
    }


def signature(party: str, **more: Any) -> dict[str, Any]:
    return {"party": party, "how": "ink", "signer_name": "签字人", "signed_on": "2026-03-02", **more}


async def drafted(api: httpx.AsyncClient, cast: Cast, **more: Any) -> dict[str, Any]:
    body = said(await cast.recipient(), await caring.caregiver(cast), **more)
    answer = await api.post("/v1/agreements", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_an_agreement_goes_the_whole_way(client: ClientOf, cast: Cast) -> None:
    api = await client(cast.specialist)
    draft = await drafted(api, cast)
    assert (draft["status"], draft["ends_on"], draft["fee_class_name"]) == ("draft", "2027-03-01", "无护理费")
    assert [one["service_name"] for one in draft["items"]] == ["做饭送餐", "陪同就医"]
    here = f"/v1/agreements/{draft['id']}"
    read = await api.get(here)
    assert read.headers["etag"] == '"1"'
    changed = await api.patch(here, json={"number": "柳协1号"}, headers={"If-Match": '"1"'})
    assert (changed.json()["number"], changed.headers["etag"]) == ("柳协1号", '"2"')
    assert problem(await api.patch(here, json={"number": "2"}, headers={"If-Match": '"1"'}), 412) == "agreement-changed"
    assert (await api.post(f"{here}/submit")).json()["waits_for"] == "signatures"
    for party in PARTIES:
        signed = await api.post(f"{here}/signatures", json=signature(party))
        assert signed.status_code == 200, signed.text
    assert (signed.json()["status_name"], len(signed.json()["signatures"])) == ("生效", 4)
    assert "签字人" not in signed.text and "李桂英" not in signed.text and "张秀英" not in signed.text
    suspended = await api.post(f"{here}/suspend", json={"reason": "照料人住院", "care": CARE})
    assert suspended.json()["status"] == "suspended"
    resumed = await api.post(f"{here}/resume", json={"reason": "已出院"})
    assert resumed.json()["status"] == "active"
    ended = await api.post(f"{here}/end", json={"reason": "mutual", "on": "2026-03-02", "note": "搬家", "care": CARE})
    assert ended.json()["ended_reason_name"] == "协商一致"
    listed = (await api.get(f"/v1/recipients/{draft['recipient_id']}/agreements")).json()
    assert [one["id"] for one in listed] == [draft["id"]]
    care = (await api.get(f"/v1/recipients/{draft['recipient_id']}/temporary-care")).json()
    assert [(one["covers"], one["ended_reason"]) for one in care] == [(True, None), (False, "resumed")]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"ends_on": "2026-01-01"}, "term-wrong"),
        ({"ends_on": "2028-01-01"}, "term-wrong"),
        ({"items": ITEMS + ITEMS[:1]}, "draft-incomplete"),
        ({"items": [{"service": "sing", "times": 1, "per": "day"}]}, "bad-input"),
        ({"caregiver_id": str(uuid4())}, "caregiver-unknown"),
        ({"status": "active"}, "bad-input"),
        ({"consent_by": None, "consent_reason": "看不见"}, "draft-incomplete"),
        ({"liability": "\x00"}, "bad-input"),
    ],
)
async def test_a_draft_that_cannot_be_is_a_clear_problem(
    client: ClientOf, cast: Cast, more: dict[str, Any], told: str
) -> None:
    api = await client(cast.specialist)
    body = said(await cast.recipient(), await caring.caregiver(cast), **more)
    assert problem(await api.post("/v1/agreements", json=body), 400) == told
    assert await cast.owner.fetchval("SELECT count(*) FROM agreement") == 0


async def test_each_step_that_is_not_open_is_a_clear_problem(client: ClientOf, cast: Cast) -> None:
    api = await client(cast.specialist)
    draft = await drafted(api, cast, consent_by=None)
    here = f"/v1/agreements/{draft['id']}"
    assert problem(await api.post(f"{here}/submit"), 400) == "draft-incomplete"
    assert problem(await api.post(f"{here}/signatures", json=signature("village")), 409) == "move-impossible"
    assert problem(await api.post(f"{here}/renew"), 409) == "move-impossible"
    active = f"/v1/agreements/{await caring.agreement(cast)}"
    assert problem(await api.post(f"{active}/suspend", json={"reason": "被拘留"}), 409) == "temporary-care-missing"
    early = {"reason": "resigned", "on": "2025-12-31", "note": "外出"}
    assert problem(await api.post(f"{active}/end", json=early), 400) == "end-date-wrong"
    late = {"reason": "resigned", "on": "2026-03-03", "note": "外出"}
    assert problem(await api.post(f"{active}/end", json=late), 400) == "end-date-wrong"
    breach = {"reason": "terminated_for_breach", "on": "2026-03-02", "note": "违约"}
    assert problem(await api.post(f"{active}/end", json=breach), 400) == "bad-input"
    review = {"decision": "renew", "reason": "服务良好"}
    assert problem(await api.post(f"{active}/renewal-review", json=review), 409) == "too-early-to-review"


async def test_a_renewal_is_reviewed_and_drafted(client: ClientOf, cast: Cast) -> None:
    api = await client(cast.leader)
    old = f"/v1/agreements/{await caring.agreement(cast, ends_on=caring.TODAY)}"
    reviewed = await api.post(f"{old}/renewal-review", json={"decision": "renew", "reason": "服务良好"})
    assert reviewed.json()["renewal_decision_name"] == "续签"
    renewed = await api.post(f"{old}/renew")
    assert (renewed.status_code, renewed.json()["starts_on"]) == (201, "2026-03-03")
    near = (await api.get("/v1/agreements?ends_up_to=2026-03-31")).json()["items"]
    assert [one["id"] for one in near] == [old.rsplit("/", 1)[-1]]


async def test_a_caregiver_signs_with_their_own_account_and_reads_no_register(client: ClientOf, cast: Cast) -> None:
    carer, account = await caring.linked_caregiver(cast)
    agreement = await caring.agreement(cast, caregiver_id=carer, status="pending_signatures")
    other = await caring.agreement(cast, status="pending_signatures")
    own = await client(account)
    assert (await own.post(f"/v1/my/agreements/{agreement}/signature")).status_code == 204
    assert problem(await own.post(f"/v1/my/agreements/{agreement}/signature"), 409) == "already-signed"
    assert problem(await own.post(f"/v1/my/agreements/{other}/signature"), 404) == "agreement-not-found"
    village = signature("village", how="electronic")
    assert problem(await own.post(f"/v1/agreements/{agreement}/signatures", json=village), 403) == "not-yours-to-sign"
    for route in ("/v1/agreements", f"/v1/agreements/{agreement}", "/v1/uncovered"):
        assert (await own.get(route)).status_code == 403


async def test_the_next_township_learns_nothing_and_changes_nothing(client: ClientOf, cast: Cast) -> None:
    person = await cast.recipient()
    agreement, care = await caring.agreement(cast, person), await caring.temporary_care(cast, person)
    api = await client(cast.foreign_leader)
    missing = await api.get(f"/v1/agreements/{uuid4()}")
    foreign = await api.get(f"/v1/agreements/{agreement}")
    assert problem(foreign, 404) == problem(missing, 404)
    assert foreign.json()["detail"] == missing.json()["detail"]
    for path, body in (
        (f"/v1/agreements/{agreement}/suspend", {"reason": "x", "care": CARE}),
        (f"/v1/agreements/{agreement}/end", {"reason": "resigned", "on": "2026-03-02", "note": "x"}),
        (f"/v1/recipients/{person}/temporary-care", CARE),
        (f"/v1/temporary-care/{care}/extend", {"until": "2026-04-01T00:00:00Z", "reason": "x"}),
        (f"/v1/temporary-care/{care}/end", None),
        (f"/v1/recipients/{person}/no-cover", {"reason": "x"}),
        (f"/v1/recipients/{person}/cover-restored", {"note": "x"}),
        (f"/v1/recipients/{person}/care-facts", {"kind": "guardian", "who": "village", "since_on": "2026-03-01"}),
    ):
        assert (await api.post(path, json=body)).status_code == 404, path
    for path in ("agreements", "temporary-care", "care-facts"):
        assert (await api.get(f"/v1/recipients/{person}/{path}")).status_code == 404, path
    assert (await api.get("/v1/agreements")).json()["items"] == []
    assert (await caring.row_of(cast, "agreement", agreement))["status"] == "active"


async def test_a_worker_reports_that_nobody_is_there_and_the_township_arranges_care(
    client: ClientOf, cast: Cast
) -> None:
    person = await cast.recipient()
    await caring.agreement(cast, person)
    worker, api = await client(cast.worker), await client(cast.specialist)
    assert (await worker.post(f"/v1/recipients/{person}/no-cover", json={"reason": "照料人失联"})).status_code == 204
    (one,) = (await api.get("/v1/uncovered")).json()["items"]
    assert (one["recipient_id"], one["recipient_name"], one["why_name"]) == (str(person), "李*", "已报告无人照料")
    again = await api.post(f"/v1/recipients/{person}/no-cover", json={"reason": "仍无人"})
    assert problem(again, 409) == "gap-reported-before"
    arranged = await api.post(f"/v1/recipients/{person}/temporary-care", json=CARE)
    assert (arranged.status_code, arranged.json()["covers"]) == (201, True)
    assert "刘桂香" not in arranged.text and "13800138000" not in arranged.text
    assert (await api.get("/v1/uncovered")).json()["items"] == []
    here = f"/v1/temporary-care/{arranged.json()['id']}"
    extension = {"until": "2026-04-01T00:00:00+08:00", "reason": "仍在住院"}
    assert problem(await api.post(f"{here}/extend", json=extension), 403) == "second-person-needed"
    extended = await (await client(cast.leader)).post(f"{here}/extend", json=extension)
    assert extended.json()["ends_by"] == "2026-03-31T16:00:00Z"
    assert (await api.post(f"{here}/end")).json()["ended_reason"] == "resumed"


async def test_care_that_is_all_there_is_does_not_end(client: ClientOf, cast: Cast) -> None:
    person = await cast.recipient()
    care = await caring.temporary_care(cast, person)
    api = await client(cast.specialist)
    assert problem(await api.post(f"/v1/temporary-care/{care}/end"), 409) == "nobody-would-care"
    assert (
        problem(await api.post(f"/v1/recipients/{person}/cover-restored", json={"note": "x"}), 409) == "no-gap-reported"
    )


async def test_everybody_without_anybody_is_listed_page_by_page(client: ClientOf, cast: Cast) -> None:
    people = {str(await cast.recipient()) for _ in range(5)}
    await cast.recipient(area_id=cast.foreign_village)
    await settle_cover(now=NOW, limit=100)
    api = await client(cast.leader)
    seen, after = [], ""
    while True:
        page = (await api.get(f"/v1/uncovered?size=2{after}")).json()
        seen += [one["recipient_id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(people)


async def test_a_caregiver_who_holds_the_card_is_shown_as_a_risk(client: ClientOf, cast: Cast) -> None:
    person, carer = await cast.recipient(), await caring.caregiver(cast)
    agreement = await caring.agreement(cast, person, carer)
    api = await client(cast.specialist)
    fact = {"kind": "card_holder", "who": "caregiver", "caregiver_id": str(carer), "since_on": "2026-01-01"}
    answer = await api.post(f"/v1/recipients/{person}/care-facts", json=fact)
    assert [(one["kind_name"], one["who_name"]) for one in answer.json()] == [("银行卡持有人", "照料人")]
    assert (await api.get(f"/v1/agreements/{agreement}")).json()["risks"] == ["card_with_caregiver"]
    nameless = {"kind": "guardian", "who": "relative", "since_on": "2026-01-01"}
    refused = await api.post(f"/v1/recipients/{person}/care-facts", json=nameless)
    assert (problem(refused, 400), refused.json()["field"]) == ("care-fact-wrong", "/name")


async def test_who_only_reads_decides_nothing(client: ClientOf, cast: Cast) -> None:
    agreement = await caring.agreement(cast)

    async def status(account: Account, path: str, body: dict[str, Any]) -> int:
        return (await (await client(account)).post(path, json=body)).status_code

    for account in (cast.auditor, cast.worker):
        assert (await (await client(account)).get(f"/v1/agreements/{agreement}")).status_code == 200
        assert await status(account, f"/v1/agreements/{agreement}/suspend", {"reason": "x", "care": CARE}) == 403
    assert await status(cast.auditor, f"/v1/agreements/{agreement}/signatures", signature("village")) == 403
