"""The story, played through the public API against the running product. Every line is something that was observed."""

from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any

from cli.demo.person import Person, expect, report, until
from cli.demo.stage import HERE, Cast
from cli.demo.terms import CHANGES, DOCUMENT
from cli.demo.timeline import Timeline
from core import clock

Json = dict[str, Any]
LADDER = ("走访员", "民政专干", "镇负责人")


async def play(cast: Cast, timeline: Timeline) -> None:
    """The whole first act. `NotObserved` as soon as one step does not happen."""
    timeline.act("一、政策和台账")
    await issue_policy(cast, timeline)
    await bind_phones(cast, timeline)
    await import_ledger(cast, timeline)
    timeline.act("二、一次正常的探访")
    visits = await plans_are_laid(cast, timeline)
    logged = await a_visit_is_logged(cast, visits, timeline)
    timeline.act("三、一次没有人去的探访")
    missed, worker = await a_visit_is_missed(cast, logged, timeline)
    alert = await the_alert_climbs(cast, missed, worker, timeline)
    await the_leader_acknowledges(cast, alert, timeline)
    await the_phone_spoke_without_a_record(cast, missed, worker, timeline)
    timeline.act("四、迟到的记录说清了事情")
    await late_evidence_settles_it(cast, missed, worker, alert, timeline)


async def issue_policy(cast: Cast, timeline: Timeline) -> None:
    """The district issues a version of its own, with seconds and minutes where a real one has days."""
    today = clock.local_day(datetime.now(UTC)).isoformat()
    issued = await cast.officer.post_json(
        "/policies", {"document_number": DOCUMENT, "effective_on": today, "changes": CHANGES, "note": "演示用时限"}
    )
    current = await cast.officer.get("/policies/current")
    expect(current["version"] == issued["version"], "新政策没有生效")
    timeline.good(
        cast.officer.post, f"发布政策第 {issued['version']} 版（{DOCUMENT}），改了 {len(issued['changes'])} 项时限"
    )


async def bind_phones(cast: Cast, timeline: Timeline) -> None:
    """The specialist hands each worker a one-time code; each phone holds a session of its own from then on."""
    for worker in cast.workers.values():
        issued = await cast.specialist.post_json("/activations", {"account_id": worker.id})
        bound = await worker.post_json("/devices", {"code": issued["code"], "label": f"{worker.name}的手机"})
        worker.holds(bound["token"])
    timeline.good(cast.specialist.post, f"给 {len(cast.workers)} 名走访员各发一次性激活码，手机已绑定")


async def import_ledger(cast: Cast, timeline: Timeline) -> None:
    """The township's own workbook: looked at first, then taken over; what is refused comes back with its reasons."""
    ledger = (HERE / "ledger.xlsx").read_bytes()
    name = "柳河镇特困人员台账.xlsx"
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    preview = await cast.specialist.ask(
        "POST",
        "/imports",
        files={"file": (name, ledger, sheet)},
        data={"area_id": str(cast.township_id)},
    )
    timeline.tell(
        cast.specialist.post, f"上传《{name}》：{preview['row_count']} 行，可导入 {preview['ready_count']} 行"
    )
    done = await cast.specialist.post_json(f"/imports/{preview['id']}/commit")
    again = await cast.specialist.post_json(f"/imports/{preview['id']}/commit")
    expect(again["created_count"] == done["created_count"], "同一份台账提交两次，结果不同")
    people = await cast.specialist.pages("/recipients")
    expect(len(people) == done["created_count"], f"登记册有 {len(people)} 人，导入说有 {done['created_count']} 人")
    timeline.good(
        cast.specialist.post,
        f"导入 {done['created_count']} 人（再点一次提交，仍是 {len(people)} 人），退回 {done['refused_count']} 行：",
    )
    rows = await cast.specialist.get(f"/imports/{preview['id']}")
    timeline.table(("行", "原因"), [(str(row["number"]), "；".join(_reasons(row))) for row in rows["refused"]])
    returned = await cast.specialist.get(f"/imports/{preview['id']}/refused.xlsx")
    expect(returned[:2] == b"PK", "退回行的工作簿打不开")
    risks = Counter(person["risk"] for person in people)
    timeline.tell("系统", f"按政策分级：高风险 {risks['high']} 人、重点 {risks['key']} 人、一般 {risks['general']} 人")


async def plans_are_laid(cast: Cast, timeline: Timeline) -> list[Json]:
    """The layout job finds the newcomers by itself: everybody gets a plan and visits ahead."""
    people = {person["id"] for person in await cast.specialist.pages("/recipients")}

    async def all_planned() -> list[Json] | None:
        visits = await cast.specialist.pages("/visits")
        return visits if {visit["recipient_id"] for visit in visits} >= people else None

    visits: list[Json] = await until(all_planned, "每个人都有探访计划")
    timeline.good("系统", f"{len(people)} 人都排好了探访，共 {len(visits)} 次；按村分给 {len(cast.workers)} 名走访员")
    return visits


async def a_visit_is_logged(cast: Cast, visits: list[Json], timeline: Timeline) -> Json:
    """A phone logs a visit and, on a bad network, sends it again: same answer, counted once."""
    due = [visit for visit in visits if visit["status"] == "due" and visit["risk"] != "high"]
    expect(bool(due), "没有到期的普通探访")
    visit = due[0]
    worker = cast.workers[visit["area_id"]]
    sent = report()
    first = await worker.ask("PUT", f"/visits/{visit['id']}/report", json=sent)
    timeline.good(f"{worker.post} {worker.name}", f"上门见到{visit['who']}，一切正常，已提交")
    second = await worker.ask("PUT", f"/visits/{visit['id']}/report", json=sent)
    expect(first == second, "同一份记录发两次，回答不同")
    reports = await worker.get(f"/visits/{visit['id']}/reports")
    expect(len(reports) == 1, f"同一份记录发两次，存了 {len(reports)} 份")
    timeline.tell(f"{worker.post} {worker.name}", "信号不好，手机又发了一遍：回答相同，只算一次")
    other = await worker.ask("PUT", f"/visits/{visit['id']}/report", json=sent | {"note": "改了内容"}, expect=409)
    timeline.tell("系统", f"同一编号、不同内容被拦下：{other['detail']}")
    return visit


async def a_visit_is_missed(cast: Cast, logged: Json, timeline: Timeline) -> tuple[Json, Person]:
    """The high-risk visit due next, which nobody makes."""
    waiting = [
        visit
        for visit in await cast.specialist.pages("/visits")
        if visit["risk"] == "high" and visit["status"] in ("scheduled", "due") and visit["id"] != logged["id"]
    ]
    expect(bool(waiting), "没有高风险探访可等")
    visit = min(waiting, key=lambda one: one["due_at"])
    worker = cast.workers[visit["area_id"]]
    left = (datetime.fromisoformat(visit["due_at"]) - datetime.now(UTC)).total_seconds()
    timeline.tell("系统", f"高风险对象{visit['who']}的探访 {max(0, left):.0f} 秒后到期，{worker.name}没有去")

    async def judged() -> Json | None:
        found: Json = (await cast.specialist.get(f"/visits/{visit['id']}"))["visit"]
        return found if found["status"] in ("missed", "not_known") else None

    found = await until(judged, "漏访被发现", within=max(0.0, left) + 30)
    words = {"missed": "判为“逾期未访”", "not_known": "手机还没有消息，先记“尚无消息”，高风险照样立即预警"}
    timeline.grave("系统", f"巡查发现到期没有记录：{words[found['status']]}")
    return visit, worker


async def the_alert_climbs(cast: Cast, visit: Json, worker: Person, timeline: Timeline) -> Json:
    """Rung after rung, each observed in the inbox of the person who was told."""

    async def opened() -> Json | None:
        alerts = await cast.specialist.pages("/alerts", recipient_id=visit["recipient_id"])
        mine = [alert for alert in alerts if alert["subject_id"] == visit["id"]]
        return mine[0] if mine else None

    alert: Json = await until(opened, "预警打开")
    timeline.grave(
        "系统", f"预警 {alert['short_id']}：{alert['kind_name']}（{alert['severity_name']}），{alert['area']}"
    )
    for person in (worker, cast.specialist, cast.leader):
        told = await until(partial(_notice, person, alert), f"{person.post}收到通知")
        silent = "没有回应" if person is not cast.leader else "看到了"
        timeline.grave(f"{person.post} {person.name}", f"收到通知：{told['kind_name']}，{silent}")
    return alert


async def the_leader_acknowledges(cast: Cast, alert: Json, timeline: Timeline) -> None:
    """Somebody acts: the ladder rests until the acknowledgement runs out."""
    story = await cast.leader.post_json(f"/alerts/{alert['id']}/acknowledge")
    expect(story["alert"]["status"] == "acknowledged", "签收没有生效")
    ends = datetime.fromisoformat(story["acknowledged"]["until"]).astimezone(clock.LOCAL)
    timeline.good(f"{cast.leader.post} {cast.leader.name}", f"签收：“我去看”。{ends:%H:%M} 前不再升级，过时自动恢复")
    timeline.tell("系统", "这条预警自己说得清：")
    for sentence in story["says"]:
        timeline.aside(sentence)
    rungs = [rung["duty"] for rung in story["rungs"]]
    expect(rungs == ["village", "township_specialist", "township_leader"], f"升级次序不对：{rungs}")


async def the_phone_spoke_without_a_record(cast: Cast, visit: Json, worker: Person, timeline: Timeline) -> None:
    """Reading the notice was a sign of life of the phone: it had no record to bring, so now the visit is missed."""

    async def missed() -> bool:
        found = await cast.specialist.get(f"/visits/{visit['id']}")
        return bool(found["visit"]["status"] == "missed")

    await until(missed, "探访判为逾期未访")
    timeline.grave("系统", f"{worker.name}的手机已联网，仍没有记录：判为“逾期未访”")


async def late_evidence_settles_it(cast: Cast, visit: Json, worker: Person, alert: Json, timeline: Timeline) -> None:
    """The worker had been there, without a signal. The report settles the past; nothing is erased."""
    made_at = datetime.fromisoformat(visit["due_at"])
    await worker.ask("PUT", f"/visits/{visit['id']}/report", json=report(min(made_at, datetime.now(UTC))))
    timeline.good(f"{worker.post} {worker.name}", "手机有了信号：到期前其实去过，记录现在才到")
    found = (await cast.specialist.get(f"/visits/{visit['id']}"))["visit"]
    expect(found["status"] == "made", f"探访状态是 {found['status']}，不是已访")
    story = await cast.leader.get(f"/alerts/{alert['id']}")
    expect(story["alert"]["status"] == "resolved", "预警没有解除")
    expect(story["resolved"]["outcome"] == "late_evidence", f"解除原因是 {story['resolved']['outcome']}")
    timeline.good(
        "系统",
        f"探访改为已访，预警解除（{story['resolved']['outcome_name']}）；历史 {len(story['history'])} 条，一条不少",
    )
    relieved = await until(partial(_relief, cast.leader, alert), "负责人得知预警解除")
    timeline.tell(f"{cast.leader.post} {cast.leader.name}", f"收到：{relieved['kind_name']}")


async def _notice(person: Person, alert: Json) -> Json | None:
    found = [one for one in await person.pages("/notices") if one["alert_id"] == alert["id"]]
    return found[0] if found else None


async def _relief(person: Person, alert: Json) -> Json | None:
    found = [one for one in await person.pages("/notices") if one["kind"] == "alert_resolved"]
    return next((one for one in found if one["alert_id"] == alert["id"]), None)


def _reasons(row: Json) -> list[str]:
    return [f"{problem['column']}：{problem['reason']}" for problem in row["problems"]]
