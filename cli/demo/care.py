"""The second act: a caregiver who fails, a decision nobody can avoid, and a person who is never without care."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from cli.demo.person import NotObserved, Person, expect, report, until
from cli.demo.stage import Cast, join_caregiver
from cli.demo.timeline import Timeline
from core import clock
from core.ids import new_id
from recipients.id_number import check_character

Json = dict[str, Any]
_BLOCKS = ("identity", "living", "health", "mood", "safety", "hygiene", "neighbours", "money", "care", "needs")
_SUCCESSOR = ("吕春花", "12019919750412902" + check_character("12019919750412902"))  # a county nobody lives in
_WHAT = "煤炉烟管脱落，室内烟味重"
_MUST_BE = "烟管接好并固定，室内无烟味，装上一氧化碳报警器"


async def play_care(cast: Cast, timeline: Timeline, *, but: int) -> None:
    """From a hazard at the door to a successor who has taken over. `but`: a village that plays elsewhere."""
    timeline.act("六、一名照料人没有尽责")
    agreement = await agreements_were_taken_over(cast, timeline, but=but)
    worker = cast.workers[agreement["area_id"]]
    caregiver = await join_caregiver(cast, agreement["caregiver_id"], "老秦", agreement["area_id"])
    hazard = await a_hazard_is_found(cast, agreement, worker, timeline)
    await the_order_is_answered_and_fails_at_the_door(cast, agreement, hazard, caregiver, timeline)
    case = await the_second_order_runs_out(cast, agreement, hazard, timeline)
    timeline.act("七、必须作出的决定")
    await nothing_gets_round_the_decision(cast, agreement, case, timeline)
    await the_caregiver_is_heard(cast, case, timeline)
    await the_leader_replaces(cast, agreement, case, timeline)
    timeline.act("八、接任和交接")
    successor = await a_successor_signs(cast, agreement, case, timeline)
    await everything_is_handed_over(cast, case, successor, timeline)
    await nobody_is_barred_unnoticed(cast, agreement, timeline)


async def agreements_were_taken_over(cast: Cast, timeline: Timeline, *, but: int) -> Json:
    """The ledger named caregivers and agreements: they are the system's own now. One is picked for the story."""
    active = await cast.specialist.pages("/agreements", status="active")
    uncovered = await cast.specialist.pages("/uncovered")
    timeline.good("系统", f"台账里的 {len(active)} 份照料协议已接续；没有人照料的 {len(uncovered)} 人，已经在预警")
    people = {person["id"]: person for person in await cast.specialist.pages("/recipients")}
    due = [visit for visit in await cast.specialist.pages("/visits", status="due") if visit["area_id"] != but]
    ordinary = {visit["recipient_id"] for visit in due if visit["risk"] == "general"}
    found = [
        one for one in active if one["recipient_id"] in ordinary and people[one["recipient_id"]]["self_care"] == "self"
    ]
    expect(bool(found), "没有可以演示的协议")
    return found[0]


async def a_hazard_is_found(cast: Cast, agreement: Json, worker: Person, timeline: Timeline) -> Json:
    """The worker comes for an ordinary visit and finds something serious."""
    visits = await worker.pages("/visits", status="due")
    visit = next(one for one in visits if one["recipient_id"] == agreement["recipient_id"])
    blocks = {block: {"ok": block != "safety"} for block in _BLOCKS} | {"safety": {"ok": False, "note": _WHAT}}
    found = [{"block": "safety", "severity": "serious", "what": _WHAT, "removed_now": False}]
    sent = report(all_normal=False, blocks=blocks, hazards=found)
    await worker.ask("PUT", f"/visits/{visit['id']}/report", json=sent)
    hazards = await cast.specialist.pages("/hazards", recipient_id=agreement["recipient_id"])
    expect(len(hazards) == 1, f"走访记录里的隐患应登记为 1 项，看到 {len(hazards)} 项")
    timeline.grave(f"{worker.post} {worker.name}", f"探访时发现严重隐患：{_WHAT}")
    return hazards[0]


async def the_order_is_answered_and_fails_at_the_door(
    cast: Cast, agreement: Json, hazard: Json, caregiver: Person, timeline: Timeline
) -> Json:
    """The caregiver states their view and says it is done; somebody else looks and finds it is not."""
    order = await _issue(cast, hazard, "每日检查用火安全")
    own = await caregiver.get("/my/orders")
    expect([one["id"] for one in own["items"]] == [order["id"]], "照料人没有看到自己的整改通知")
    timeline.tell(f"民政专干 {cast.specialist.name}", f"下达整改通知 {order['number']}：{_MUST_BE}")
    await _answer(caregiver, order, "statement", "烟管是前天大风吹落的，我已买了新管")
    await _answer(caregiver, order, "done", "新烟管已装好")
    timeline.tell(f"照料人 {caregiver.name}", "在手机上陈述申辩，并报告“已整改”")
    detail = await cast.leader.get(f"/orders/{order['id']}")
    statement = next(one for one in detail["answers"] if one["kind"] == "statement")
    heard = {"upheld": False, "reason": "大风属实，但两天未处理，仍须整改"}
    await cast.leader.post_json(f"/orders/{order['id']}/statements/{statement['id']}/hear", heard)
    timeline.tell(f"镇负责人 {cast.leader.name}", "听取了陈述申辩，不予采纳，理由已告知")
    verification, verifier = await _planned(cast, order)
    expect(verification["verifier_id"] != cast.specialist.id, "复核人不应是下达整改的人")
    items = [{"item": one["id"], "passed": False, "note": "烟管仍未固定，报警器没有装"} for one in detail["items"]]
    result = {"id": str(new_id()), "made_at": _now(), "person_seen": True, "items": items}
    await verifier.ask("PUT", f"/verifications/{verification['id']}/result", json=result)
    timeline.grave(f"{verifier.post} {verifier.name}", "上门复核：不合格")
    failed = await _until_order(cast, order, lambda one: bool(one["failures"]), "第一次整改不合格计入协议")
    timeline.tell("系统", "陈述申辩已听取，整改不合格计 1 次")
    closed = {"reason": "已另行下达整改"}
    await cast.specialist.post_json(f"/orders/{order['id']}/close", closed)
    return failed


async def the_second_order_runs_out(cast: Cast, agreement: Json, hazard: Json, timeline: Timeline) -> Json:
    """Nobody answers the second order: its failure counts once the time to be heard is over, and the case opens."""
    order = await _issue(cast, hazard, "按第一次整改要求落实")
    timeline.tell(f"民政专干 {cast.specialist.name}", f"再次下达整改通知 {order['number']}，照料人没有回应")
    await _until_order(cast, order, lambda one: one["order"]["overdue_at"] is not None, "整改逾期被发现")
    timeline.grave("系统", "整改期限已过")
    await _until_order(cast, order, lambda one: bool(one["failures"]), "第二次整改不合格计入协议")

    async def opened() -> Json | None:
        found = await cast.leader.pages("/replacements", agreement_id=agreement["id"])
        return found[0] if found else None

    case: Json = await until(opened, "撤换事项自动提请")
    expect(case["mandatory"] and case["status"] == "proposed", "提请的撤换不是必须决定的")
    timeline.grave("系统", f"两次整改不合格且严重隐患仍在：依规定自动提请撤换，{_at(case['decide_by'])} 前必须决定")
    return case


async def nothing_gets_round_the_decision(cast: Cast, agreement: Json, case: Json, timeline: Timeline) -> None:
    """A third chance is what the village would like to give."""
    orders = await cast.specialist.pages("/orders", agreement_id=agreement["id"], status=["overdue"])
    closing = await cast.specialist.ask(
        "POST", f"/orders/{orders[0]['id']}/close", json={"reason": "再给一次机会"}, expect=409
    )
    timeline.tell(f"民政专干 {cast.specialist.name}", f"想办结整改、再给一次机会，被拦下：{closing['detail']}")
    dropping = await cast.leader.ask(
        "POST", f"/replacements/{case['id']}/withdraw", json={"reason": "算了"}, expect=409
    )
    timeline.tell(f"镇负责人 {cast.leader.name}", f"想撤销撤换事项，被拦下：{dropping['detail']}")
    deciding = {"decision": "replace", "reason": "两次整改不合格"}
    unheard = await cast.leader.ask("POST", f"/replacements/{case['id']}/decide", json=deciding, expect=409)
    timeline.tell(f"镇负责人 {cast.leader.name}", f"想直接决定，被拦下：{unheard['detail']}")


async def the_caregiver_is_heard(cast: Cast, case: Json, timeline: Timeline) -> None:
    """Told, then heard; the person cared for and the village are heard, too."""
    hearing_at = datetime.now(UTC) + timedelta(seconds=3)
    told = {"hearing_at": hearing_at.isoformat(), "how": "notice"}
    await cast.specialist.post_json(f"/replacements/{case['id']}/tell", told)
    heard = {
        "held_at": _now(),
        "present": ["caregiver", "recipient", "village", "township"],
        "caregiver_said": "家里有事，顾不过来",
        "recipient_said": "夜里呛得睡不着，想换个人",
        "village_said": "建议再看看",
    }
    await cast.leader.post_json(f"/replacements/{case['id']}/hearings", heard)
    timeline.tell(f"镇负责人 {cast.leader.name}", "听取意见：照料人、对象本人、村里都说了话，如实记下")


async def the_leader_replaces(cast: Cast, agreement: Json, case: Json, timeline: Timeline) -> None:
    """Refused while nobody would care; taken together with temporary care."""
    deciding: Json = {"decision": "replace", "reason": "两次整改不合格，严重隐患仍未消除"}
    alone = await cast.leader.ask("POST", f"/replacements/{case['id']}/decide", json=deciding, expect=(400, 409))
    timeline.tell(f"镇负责人 {cast.leader.name}", f"决定撤换，但没有人接手，被拦下：{alone['detail']}")
    now = datetime.now(UTC)
    deciding["care"] = {
        "kind": "village",
        "carer_name": "村妇联主任",
        "carer_phone": "19900008888",
        "reason": "撤换期间由村里临时照料",
        "starts_at": now.isoformat(),
        "ends_by": (now + timedelta(days=20)).isoformat(),
    }
    decided = await cast.leader.post_json(f"/replacements/{case['id']}/decide", deciding)
    expect(decided["case"]["decision"] == "replace", "撤换决定没有生效")
    ended = await cast.specialist.get(f"/agreements/{agreement['id']}")
    expect(ended["ended_reason"] == "terminated_for_breach", f"协议是 {ended['status']}，没有因违约终止")
    care = await cast.specialist.get(f"/recipients/{agreement['recipient_id']}/temporary-care")
    expect(any(one["covers"] for one in care), "没有看到临时照料")
    timeline.good(f"镇负责人 {cast.leader.name}", "决定撤换，同时安排村里临时照料：协议终止，一分钟也没有断人")


async def a_successor_signs(cast: Cast, agreement: Json, case: Json, timeline: Timeline) -> Json:
    """A new caregiver, suitable, with an agreement all four parties sign."""
    made = {
        "name": _SUCCESSOR[0],
        "area_id": agreement["area_id"],
        "kind": "natural",
        "sex": "female",
        "id_number": _SUCCESSOR[1],
        "phone": "19900007777",
    }
    caregiver = await cast.specialist.post_json("/caregivers", made)
    today = clock.local_day(datetime.now(UTC))
    drafted = await cast.specialist.post_json(
        "/agreements",
        {
            "recipient_id": agreement["recipient_id"],
            "caregiver_id": caregiver["id"],
            "relation": "villager",
            "starts_on": today.isoformat(),
            "items": [
                {"service": "meals", "times": 2, "per": "day"},
                {"service": "safety_check", "times": 1, "per": "day"},
            ],
            "liability": "未按约定履行的，依协议承担责任",
            "consent_by": "self",
            "successor_for_case": case["id"],
        },
    )
    await cast.specialist.post_json(f"/agreements/{drafted['id']}/submit")
    for party, how in (("township", "ink"), ("village", "ink"), ("caregiver", "ink"), ("recipient", "fingerprint")):
        signed = await _sign(cast.specialist, drafted["id"], party, how, today)
    expect(signed["status"] == "active", f"四方签齐后协议是 {signed['status']}")
    timeline.good("系统", f"{_SUCCESSOR[0]}符合条件，镇、村、照料人、对象本人（手印）四方签齐，新协议生效")
    return signed


async def everything_is_handed_over(cast: Cast, case: Json, successor: Json, timeline: Timeline) -> None:
    """Keys, card, medicines, the fee to the day: one by one, then closed."""

    async def followed() -> Json | None:
        found: Json = await cast.specialist.get(f"/replacements/{case['id']}")
        return found if found["successor_agreement_id"] == successor["id"] else None

    found = await until(followed, "接任协议与撤换事项相连", within=90)
    for one in found["handover"]:
        done: Json = {"done": True}
        if one["item"] == "fee_settled":
            done |= {"settled_until": clock.local_day(datetime.now(UTC)).isoformat(), "settled_yuan": 0}
        if one["item"] == "equipment":
            done = {"done": False, "note": "没有借用器具"}
        await cast.specialist.ask("PUT", f"/replacements/{case['id']}/handover/{one['item']}", json=done)
    closed = await cast.specialist.post_json(f"/replacements/{case['id']}/close", {"reason": "交接完毕"})
    expect(closed["case"]["status"] == "closed", f"撤换事项是 {closed['case']['status']}，没有办结")
    timeline.good(
        f"民政专干 {cast.specialist.name}", f"钥匙、证卡、药品、费用等 {len(found['handover'])} 项交接完毕，撤换办结"
    )


async def nobody_is_barred_unnoticed(cast: Cast, agreement: Json, timeline: Timeline) -> None:
    """The district's list holds the one removed; a township is told that, and never why."""
    others = await cast.specialist.pages("/agreements", status="active")
    other = next(one for one in others if one["recipient_id"] != agreement["recipient_id"])
    path = f"/caregivers/{agreement['caregiver_id']}/suitability"
    shown = await cast.specialist.get(path, recipient_id=other["recipient_id"])
    barred = next((one for one in shown["because"] if one["code"] == "barred"), None)
    if barred is None:
        raise NotObserved("被撤换的照料人没有被限制")
    timeline.tell("系统", f"再请原照料人照料别人：{barred['reason']}（为什么，只有区里知道）")
    listed = await cast.officer.pages("/bar-list")
    expect(any(one["caregiver_id"] == agreement["caregiver_id"] for one in listed), "限制名单上没有这个人")
    timeline.tell(f"区民政局 {cast.officer.name}", f"限制名单上有 {len(listed)} 人，到期日 {listed[0]['until_on']}")
    history = await cast.officer.get(f"/agreements/{agreement['id']}/timeline")
    timeline.tell("系统", f"这份协议的全部经过 {len(history)} 条，一条不少")


async def _issue(cast: Cast, hazard: Json, duty: str) -> Json:
    ordered = {"id": str(new_id()), "items": [{"hazard_id": hazard["id"], "must_be": _MUST_BE, "duty": duty}]}
    issued: Json = await cast.specialist.post_json("/orders", ordered)
    return issued


async def _answer(caregiver: Person, order: Json, kind: str, text: str) -> None:
    answered = {"id": str(new_id()), "kind": kind, "text": text, "made_at": _now()}
    await caregiver.ask("PUT", f"/orders/{order['id']}/answers", json=answered)


async def _planned(cast: Cast, order: Json) -> tuple[Json, Person]:
    """The look at the door the system planned by itself, and who makes it."""

    async def found() -> Json | None:
        planned = await cast.specialist.pages("/verifications")
        return next((one for one in planned if one["order_id"] == order["id"]), None)

    verification: Json = await until(found, "回访复核自动安排")
    everybody = (*cast.staff, *cast.workers.values())
    return verification, next(one for one in everybody if one.id == verification["verifier_id"])


async def _until_order(cast: Cast, order: Json, seen: Any, what: str) -> Json:
    async def look() -> Json | None:
        found: Json = await cast.specialist.get(f"/orders/{order['id']}")
        return found if seen(found) else None

    found: Json = await until(look, what)
    return found


async def _sign(specialist: Person, agreement_id: str, party: str, how: str, on: date) -> Json:
    given = {"party": party, "how": how, "signer_name": "签字人", "signed_on": on.isoformat()}
    if how == "fingerprint":
        given["witness"] = "村会计"
    signed: Json = await specialist.post_json(f"/agreements/{agreement_id}/signatures", given)
    return signed


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _at(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(clock.LOCAL):%m月%d日 %H:%M}"
