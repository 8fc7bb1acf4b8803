"""A phone in the hills: tasks fetched, days without a signal, then everything at once over a line that breaks."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.lengths import Length
from accounts.policy import Policy
from accounts.policy_words import Risk
from cli.demo.person import NotObserved, Person, expect, until
from cli.demo.phone import Cut, CutOff, Network, Phone, PhoneClock
from cli.demo.stage import Cast
from cli.demo.terms import CHANGES
from cli.demo.timeline import Timeline

Json = dict[str, Any]
_WRONG = timedelta(days=-3 * 365)


@dataclass(kw_only=True)
class Away:
    """A worker whose phone has no signal, and what was written on it meanwhile: the report by its visit."""

    worker: Person
    village: int
    phone: Phone
    since: datetime
    written: dict[str, UUID] = field(default_factory=dict)


async def goes_offline(cast: Cast, timeline: Timeline) -> Away:
    """The worker with the most to do fetches the tasks and walks out of the signal; the clock is three years slow."""
    timeline.act("五、一部没有信号的手机")
    village, worker = await _busiest(cast)
    token = worker.http.headers["Authorization"].split()[1]
    phone = Phone(token=token, network=Network(address=cast.door.url), clock=PhoneClock(ahead=_WRONG))
    pulled = await phone.pull()
    tasks = [one for one in pulled.changed if one["kind"] == "visit"]
    expect(bool(tasks), "没有下载到任务")
    timeline.tell(
        f"{worker.post} {worker.name}",
        f"进山前下载任务：{len(tasks)} 次探访，{pulled.size / 1024:.1f} KB；没有身份证号、没有病情",
    )
    phone.offline()
    away = Away(worker=worker, village=village, phone=phone, since=datetime.now(UTC))
    for visit in await _due(worker, at_most=2):
        away.written[visit["id"]] = phone.report(visit["id"])
    timeline.tell(
        f"{worker.post} {worker.name}", f"没有信号，手机时钟慢了三年；走访照常，{len(away.written)} 份记录存在手机里"
    )
    return away


async def one_push_brings_it_all(cast: Cast, away: Away, timeline: Timeline) -> None:
    """A high-risk visit is "not known" meanwhile, and alarms. Then there is a signal, for a moment."""
    timeline.act("九、手机回到有信号的地方")
    worker, phone = away.worker, away.phone
    visit, alert = await _alarmed(cast, away)
    days = _policy_days(datetime.now(UTC) - away.since)
    says = (await cast.leader.get(f"/alerts/{alert['id']}"))["says"]
    expect(any("最近联网" in sentence for sentence in says), "预警没有写明手机最近联网的时间")
    timeline.grave("系统", f"离线已 {days:.0f} 个政策日：高风险的一次“尚无消息”，照样预警，写明手机最近联网时间")
    due = datetime.fromisoformat(visit["due_at"])
    away.written[visit["id"]] = phone.at(max(away.since, due - timedelta(seconds=10))).report(visit["id"])
    phone.online()
    phone.network.cuts.append(Cut(answer=120))
    try:
        await phone.push()
    except CutOff:
        timeline.tell(
            f"{worker.post} {worker.name}", f"一上线就上传 {len(away.written)} 份记录，回执还没收完信号就断了"
        )
    else:
        raise NotObserved("信号应当断在回执中间")
    receipts = await phone.push()
    expect([one.status for one in receipts] == ["taken"] * len(away.written), f"回执不全是已接收：{receipts}")
    for visit_id in away.written:
        reports = await cast.specialist.get(f"/visits/{visit_id}/reports")
        expect(len(reports) == 1, f"同一份记录传了两遍，存了 {len(reports)} 份")
        late = abs(datetime.fromisoformat(reports[0]["made_at"]) - datetime.now(UTC))
        expect(late < timedelta(hours=1), f"走访时间没有按时钟误差校正：{reports[0]['made_at']}")
    timeline.good("系统", f"再传一遍：{len(away.written)} 份各存 1 份；慢了三年的时钟已按误差校正")
    story = await cast.leader.get(f"/alerts/{alert['id']}")
    expect(story["alert"]["status"] == "resolved", "迟到的记录没有解除预警")
    timeline.good("系统", f"到期前其实去过：预警解除（{story['resolved']['outcome_name']}）")


async def _busiest(cast: Cast) -> tuple[int, Person]:
    """The village with somebody at high risk and the most visits due."""
    due: dict[int, int] = {}
    high: set[int] = set()
    for visit in await cast.specialist.pages("/visits"):
        if visit["risk"] == "high" and visit["status"] == "scheduled":
            high.add(visit["area_id"])
        elif visit["status"] == "due":
            due[visit["area_id"]] = due.get(visit["area_id"], 0) + 1
    villages = sorted(high & due.keys(), key=lambda area: due[area])
    expect(bool(villages), "没有既有高风险对象、又有探访到期的村")
    return villages[-1], cast.workers[villages[-1]]


async def _due(worker: Person, *, at_most: int) -> list[Json]:
    """Asked before the signal goes: what the phone shows as due."""
    found = [one for one in await worker.pages("/visits", status="due", mine=True) if one["risk"] != "high"]
    return found[:at_most]


async def _alarmed(cast: Cast, away: Away) -> tuple[Json, Json]:
    """A visit of the silent phone's village that nothing is known of, and its alert."""

    async def found() -> tuple[Json, Json] | None:
        for visit in await cast.specialist.pages("/visits", status="not_known"):
            if visit["area_id"] != away.village or datetime.fromisoformat(visit["due_at"]) < away.since:
                continue
            alerts = await cast.specialist.pages("/alerts", recipient_id=visit["recipient_id"])
            mine = next((one for one in alerts if one["subject_id"] == visit["id"]), None)
            if mine:
                return visit, mine
        return None

    told: tuple[Json, Json] = await until(found, "离线手机名下的高风险探访预警", within=150)
    return told


def _policy_days(gone: timedelta) -> float:
    """Seconds of the demo in days of an ordinary policy, by the interval of visits to people at high risk."""
    usual = Policy.default().visits.interval[Risk.HIGH].delta
    return usual / timedelta(days=1) * (gone / Length.of(CHANGES["visits"]["interval"]["high"]).delta)
