"""Replacement over HTTP: the whole way from the proposal to the closed case, every wrong turn a clear problem."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from caregivers.replacement.grounds import Ground
from caregivers.replacement.handover import ITEMS
from core.ids import new_id
from tests.caring import TODAY, agreement, caregiver
from tests.cast import NOW, Cast, Clock
from tests.conftest import ClientOf
from tests.replacing import DAY, by_policy, care, case_row, decide, fall_away, hear, trouble

CARE = {
    "kind": "village",
    "reason": "照料人被撤换",
    "carer_name": "刘桂香",
    "carer_phone": "13800138000",
    "starts_at": NOW.isoformat(),
    "ends_by": (NOW + 14 * DAY).isoformat(),
}
SAID = {"recipient_said": "常常没有饭吃。", "village_said": "多次提醒未改。"}


def url(case: UUID, *rest: str) -> str:
    return "/v1/replacements/" + "/".join([str(case), *rest])


async def post(client: httpx.AsyncClient, case: UUID, what: str, status: int = 200, **body: Any) -> dict[str, Any]:
    answer = await client.post(url(case, what), json=body)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_from_the_proposal_to_the_closed_case(cast: Cast, client: ClientOf, clock: Clock) -> None:
    found = await trouble(cast)
    specialist, leader = await client(cast.specialist), await client(cast.leader)
    (card,) = (await specialist.get("/v1/replacements")).json()["items"]
    assert (card["id"], card["mandatory"], card["status"], card["overdue"]) == (
        str(found.case),
        True,
        "proposed",
        False,
    )
    assert (card["recipient_name"], card["caregiver_name"]) == ("李*", "张*")
    assert {one["kind_name"] for one in card["grounds"]} == {"整改不合格", "严重隐患未消除"}

    when = NOW + DAY
    told = await post(specialist, found.case, "tell", hearing_at=when.isoformat(), how="notice")
    assert (told["case"]["hearing_at"], told["told_how_name"]) == ("2026-03-03T02:00:00Z", "系统通知")
    clock.forward(days=1)
    said: dict[str, Any] = {"held_at": when.isoformat(), "present": ["village"], **SAID}
    heard = await post(specialist, found.case, "hearings", 201, **said)
    assert (heard["case"]["status"], heard["hearings"][0]["caregiver_came"]) == ("heard", False)

    verdict: dict[str, Any] = {"decision": "replace", "reason": "两次整改仍有严重隐患。"}
    refused = await post(leader, found.case, "decide", 409, **verdict)
    assert (refused["type"], refused["field"]) == ("/problems/care-needed", "/care")
    assert "请先安排临时照料" in refused["detail"]
    decided = await post(leader, found.case, "decide", **verdict, care=CARE)
    assert decided["case"]["status"] == "temporary_care"
    assert (decided["case"]["decision_name"], decided["decided_by_name"]) == ("撤换照料人", "孙丽华")
    assert [one["item"] for one in decided["handover"]] == list(ITEMS)

    follows = await agreement(cast, found.recipient, await caregiver(cast))
    signed = await post(specialist, found.case, "successor", agreement_id=str(follows))
    assert signed["successor_agreement_id"] == str(follows)
    for item in ITEMS:
        body: dict[str, Any] = {"done": True}
        if item == "fee_settled":
            body |= {"settled_until": (TODAY + timedelta(days=1)).isoformat(), "settled_yuan": 120}
        answer = await specialist.put(url(found.case, "handover", item), json=body)
        assert answer.status_code == 200, answer.text
    assert answer.json()["case"]["status"] == "handed_over"
    assert (await post(specialist, found.case, "close"))["case"]["status"] == "closed"
    assert (await specialist.get("/v1/replacements")).json()["items"] == []
    (over,) = (await specialist.get("/v1/replacements", params={"status": "closed"})).json()["items"]
    assert over["id"] == str(found.case)


async def test_a_decision_without_a_hearing_changes_nothing(cast: Cast, client: ClientOf) -> None:
    found = await trouble(cast)
    leader = await client(cast.leader)
    before = dict(await case_row(cast, found.case))
    refused = await post(leader, found.case, "decide", 409, decision="keep_with_reason", reason="再看看")
    assert refused["type"] == "/problems/not-heard"
    assert dict(await case_row(cast, found.case)) == before


async def test_who_does_not_decide_is_told_who_does(cast: Cast, client: ClientOf) -> None:
    found = await trouble(cast)
    await hear(cast, found.case)
    specialist = await client(cast.specialist)
    refused = await post(specialist, found.case, "decide", 403, decision="keep_with_reason", reason="再看看")
    assert refused["type"] == "/problems/not-the-decider" and "孙丽华" in refused["detail"]


async def test_a_mandatory_case_is_not_dropped(cast: Cast, client: ClientOf) -> None:
    found = await trouble(cast)
    specialist = await client(cast.specialist)
    refused = await post(specialist, found.case, "withdraw", 409, reason="再给一次机会")
    assert refused["type"] == "/problems/mandatory-undecided"


async def test_a_persons_proposal_is_made_and_dropped(cast: Cast, client: ClientOf) -> None:
    agreement_id = await agreement(cast)
    specialist = await client(cast.specialist)
    body = {"agreement_id": str(agreement_id), "reason": "邻里反映照料不到位"}
    made = await specialist.post("/v1/replacements", json=body)
    assert (made.status_code, made.json()["case"]["mandatory"]) == (201, False)
    assert made.json()["proposed_by_name"] == "赵建国"
    again = await specialist.post("/v1/replacements", json=body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-proposed")
    dropped = await post(specialist, made.json()["case"]["id"], "withdraw", reason="核实后情况不实")
    assert (dropped["case"]["status"], dropped["withdrawn_reason"]) == ("withdrawn", "核实后情况不实")


async def test_the_district_acknowledges_or_orders_a_review(cast: Cast, client: ClientOf) -> None:
    district, leader = await client(cast.district), await client(cast.leader)
    for looks in ("acknowledge", "review"):
        found = await trouble(cast)
        await hear(cast, found.case, now=NOW)
        await post(leader, found.case, "decide", decision="keep_with_reason", reason="村里愿意协助")
        if looks == "acknowledge":
            seen = await post(district, found.case, "acknowledge")
            assert (seen["case"]["status"], seen["keep_seen_by_name"]) == ("closed", "周志强")
            continue
        review = await post(district, found.case, "review", 201, reason="理由不足")
        assert (review["reviews_case"], review["case"]["status"]) == (str(found.case), "proposed")
        assert "区民政局要求复议" in {one["kind_name"] for one in review["case"]["grounds"]}


async def test_a_flagged_decision_is_reviewed(cast: Cast, client: ClientOf) -> None:
    found = await trouble(cast)
    await hear(cast, found.case, now=NOW)
    await decide(cast, found.case, now=NOW, care=care(NOW))
    await fall_away(found.agreement, [found.cycles[0]])
    leader = await client(cast.leader)
    shown = (await leader.get(url(found.case))).json()
    assert shown["case"]["flagged_at"] is not None and shown["flag_reviewed_by_name"] is None
    reviewed = await post(leader, found.case, "flag-review", note="其余记录足以支持决定。")
    assert reviewed["flag_reviewed_by_name"] == "孙丽华"


EVERY_STEP: tuple[tuple[str, str, dict[str, Any] | None], ...] = (
    ("GET", "", None),
    ("POST", "tell", {"hearing_at": "2026-03-09T02:00:00Z", "how": "paper"}),
    ("POST", "hearings", {"held_at": "2026-03-02T02:00:00Z", "present": ["caregiver"], **SAID}),
    ("POST", "decide", {"decision": "keep_with_reason", "reason": "不"}),
    ("POST", "successor", {"agreement_id": str(UUID(int=1))}),
    ("PUT", "handover/keys", {"done": True}),
    ("POST", "close", None),
    ("POST", "withdraw", {"reason": "不"}),
    ("POST", "flag-review", {"note": "不"}),
)


@pytest.mark.parametrize(("method", "step", "body"), EVERY_STEP)
async def test_a_foreign_case_answers_like_one_that_is_not_there(
    cast: Cast, client: ClientOf, method: str, step: str, body: dict[str, Any] | None
) -> None:
    found, foreign = await trouble(cast), await client(cast.foreign_leader)
    answers = []
    for case in (found.case, new_id()):
        answer = await foreign.request(method, url(case, *step.split("/")).rstrip("/"), json=body)
        answers.append((answer.status_code, {**answer.json(), "request_id": ""}))
    assert answers[0] == answers[1] and answers[0][0] == 404


@pytest.mark.parametrize(("method", "step", "body"), EVERY_STEP)
async def test_a_hidden_case_answers_its_caregivers_relative_like_one_that_is_not_there(
    cast: Cast, client: ClientOf, method: str, step: str, body: dict[str, Any] | None
) -> None:
    abuse = Ground(kind="abuse", subject_id=new_id(), at=NOW)
    hidden = await by_policy(await agreement(cast), [abuse], confidential=True, barred_ids=[cast.leader.id])
    barred = await client(cast.leader)
    assert (await barred.get("/v1/replacements")).json()["items"] == []
    answers = []
    for case in (hidden, new_id()):
        answer = await barred.request(method, url(case, *step.split("/")).rstrip("/"), json=body)
        answers.append((answer.status_code, {**answer.json(), "request_id": ""}))
    assert answers[0] == answers[1] and answers[0][0] == 404


async def test_worker_and_caregiver_read_no_case(cast: Cast, client: ClientOf) -> None:
    found = await trouble(cast)
    for account in (cast.worker, found.account):
        reader = await client(account)
        assert (await reader.get("/v1/replacements")).status_code == 403
        assert (await reader.get(url(found.case))).status_code == 403


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("decide", {"decision": "dismiss", "reason": "不"}, "/decision"),
        ("decide", {"decision": "keep_with_reason"}, "/reason"),
        ("decide", {"decision": "keep_with_reason", "reason": "好", "by": "x"}, "/by"),
        ("tell", {"hearing_at": "2026-03-09", "how": "paper"}, "/hearing_at"),
        ("hearings", {"held_at": "2026-03-02T02:00:00Z", "present": ["nobody"], **SAID}, "/present/0"),
        ("withdraw", {"reason": ""}, "/reason"),
    ],
)
async def test_what_cannot_be_read_names_its_place(
    cast: Cast, client: ClientOf, step: str, body: dict[str, Any], field: str
) -> None:
    found = await trouble(cast)
    leader = await client(cast.leader)
    answer = await leader.post(url(found.case, step), json=body)
    assert answer.status_code == 400
    assert (answer.json().get("field") or "") == field


async def test_an_unknown_item_is_bad_input(cast: Cast, client: ClientOf) -> None:
    found = await trouble(cast)
    specialist = await client(cast.specialist)
    answer = await specialist.put(url(found.case, "handover", "gold"), json={"done": True})
    assert answer.status_code == 400


async def test_pages_hold_every_case_once(cast: Cast, client: ClientOf) -> None:
    made = {str((await trouble(cast)).case) for _ in range(5)}
    specialist = await client(cast.specialist)
    seen: list[str] = []
    params: dict[str, Any] = {"size": 2}
    while True:
        page = (await specialist.get("/v1/replacements", params=params)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert len(seen) == 5 and set(seen) == made


async def test_a_recipients_cases_are_found_by_the_recipient(cast: Cast, client: ClientOf) -> None:
    one, other = await trouble(cast), await trouble(cast)
    specialist = await client(cast.specialist)
    for params in ({"recipient_id": str(one.recipient)}, {"agreement_id": str(one.agreement)}):
        found = (await specialist.get("/v1/replacements", params=params)).json()["items"]
        assert [card["id"] for card in found] == [str(one.case)] != [str(other.case)]
