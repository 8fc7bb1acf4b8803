"""An alert explains itself: the rule behind it, what is missing, who was told and how it went, what comes next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from accounts.duty import DUTY_NAMES, Answer, Duty
from accounts.policy_words import SEVERITY_NAMES, Severity
from alerts.alert import Alert
from alerts.kinds import name_of
from alerts.lifecycle import outcome_name
from alerts.messages import clock_time

CHANNEL_NAMES: Mapping[str, str] = {"inbox": "站内消息", "webhook": "消息推送", "console": "值班屏"}
STATUS_NAMES: Mapping[str, str] = {
    "owed": "待发送",
    "sent": "已送达",
    "failed": "发送失败",
    "withdrawn": "已撤回",
}
ALERT_STATUS_NAMES: Mapping[str, str] = {"open": "待签收", "acknowledged": "已签收", "resolved": "已解除"}

FACT_NAMES: Mapping[str, str] = {
    "due_at": "应于此前走访",
    "missed_after": "宽限截止",
    "last_seen_on": "最近一次见到本人",
    "last_contact_on": "最近一次接触",
    "phone_last_seen_at": "走访员手机最近联网",
    "not_met_at": "敲门无人应答",
    "ended_at": "外出期满",
    "closes_at": "查看时段截止",
    "seen_at": "看到异常的时间",
    "report_due_at": "强制报告应于此前完成",
}
"""The facts people are told in words; the others are only shown as data."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fired:
    """A rung that fired."""

    rung: int
    repeat: int
    duty: Duty
    fired_at: datetime
    gap: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A notice about the alert, and how it went. `rung` None: told besides the ladder (a return, its end)."""

    account_id: UUID
    kind: str
    channel: str
    status: str
    owed_at: datetime
    tries: int
    rung: int | None = None
    repeat: int | None = None
    covering_for: UUID | None = None
    sent_at: datetime | None = None
    read_at: datetime | None = None
    last_error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Happened:
    """A line of the journal about the alert."""

    kind: str
    at: datetime
    by: UUID | None
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """All that is stored about one alert."""

    alert: Alert
    occurrence: str
    area: str
    recipient_id: UUID | None
    policy_id: UUID | None
    facts: Mapping[str, Any]
    rungs: Sequence[Fired]
    told: Sequence[Told]
    history: Sequence[Happened]
    paused_by: UUID | None = None
    pause_reason: str | None = None
    returned_by: UUID | None = None
    returned_at: datetime | None = None
    return_reason: str | None = None
    resolved_by: UUID | None = None
    resolved_at: datetime | None = None
    outcome: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def people(self) -> set[UUID]:
        """Every account the story mentions."""
        alert = self.alert
        named = {alert.owner_id, alert.acknowledged_by, alert.returned_to}
        named |= {self.paused_by, self.returned_by, self.resolved_by}
        named |= {one.account_id for one in self.told} | {one.covering_for for one in self.told}
        named |= {one.by for one in self.history}
        return {one for one in named if one is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Next:
    """What the machine does next, unless somebody acts before: who is told then, as the roster stands now."""

    at: datetime
    what: Literal["climbs", "repeats", "acknowledgement_expires", "pause_ends"]
    duty: Duty
    people: tuple[UUID, ...]


def next_step(alert: Alert, holding: Callable[[Duty], Sequence[Answer]], *, now: datetime) -> Next | None:
    """What comes next, and when; None once resolved. An empty rung is looked past: the one above is told at once."""
    if alert.status == "resolved" or alert.next_at is None:
        return None
    ahead = alert.ladder.rungs[min(alert.rung + 1, alert.ladder.last) :]
    answers = [(rung.duty, tuple(answer.account_id for answer in holding(rung.duty))) for rung in ahead]
    duty, people = next(((duty, people) for duty, people in answers if people), answers[-1])
    return Next(at=alert.next_at, what=_what(alert, now), duty=duty, people=people)


def _what(alert: Alert, now: datetime) -> Literal["climbs", "repeats", "acknowledgement_expires", "pause_ends"]:
    if alert.paused_until is not None and alert.paused_until > now:
        return "pause_ends"
    if alert.status == "acknowledged":
        return "acknowledgement_expires"
    return "climbs" if alert.rung < alert.ladder.last else "repeats"


def sentences(story: Story, coming: Next | None, names: Mapping[UUID, str]) -> tuple[str, ...]:
    """The story in plain Chinese, in the order it happened, and what comes next. `names` are as the reader may see."""
    said = [_opening(story), *_missing(story)]
    said += [_rung(fired, story, names) for fired in story.rungs]
    said += _answers(story, names)
    if coming is not None:
        said.append(_coming(coming, names))
    return tuple(said)


def _opening(story: Story) -> str:
    alert, ladder = story.alert, story.alert.ladder
    document = f"({ladder.document_number})" if ladder.document_number else "(系统默认)"
    office = "，不受办公时间限制" if alert.urgent else ""
    return (
        f"{clock_time(alert.opened_at)} 因“{name_of(alert.kind)}”建立，级别{SEVERITY_NAMES[Severity(alert.severity)]}"
        f"{office}；依据政策第 {ladder.policy_version} 版{document}。"
    )


def _missing(story: Story) -> list[str]:
    known = [f"{FACT_NAMES[key]}：{_shown(value)}" for key, value in story.facts.items() if key in FACT_NAMES]
    return [f"{'；'.join(known)}。"] if known else []


def _shown(value: Any) -> str:
    if value is None:
        return "无记录"
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return clock_time(moment) if moment.tzinfo else f"{moment.year}年{moment.month}月{moment.day}日"


def _rung(fired: Fired, story: Story, names: Mapping[UUID, str]) -> str:
    notices = [one for one in story.told if (one.rung, one.repeat) == (fired.rung, fired.repeat)]
    people = dict.fromkeys(one.account_id for one in notices)
    ways = [_way(account_id, [one for one in notices if one.account_id == account_id], names) for account_id in people]
    where = f"{clock_time(fired.fired_at)} {DUTY_NAMES[fired.duty]}"
    if not fired.gap:
        return f"{where}：已通知 {'、'.join(ways)}。"
    instead = f"；已改为通知 {'、'.join(ways)}" if ways else ""
    return f"{where}：{'无人可以办理' if story.alert.confidential else '无人值守，已记录值守空缺'}{instead}。"


def _way(account_id: UUID, notices: Sequence[Told], names: Mapping[UUID, str]) -> str:
    covering = next((one.covering_for for one in notices if one.covering_for), None)
    place = f"代 {names.get(covering, '同事')} 值守，" if covering else ""
    return f"{names.get(account_id, '值班人员')}({place}{'，'.join(_result(one) for one in notices)})"


def _result(notice: Told) -> str:
    result = f"{CHANNEL_NAMES.get(notice.channel, notice.channel)}{STATUS_NAMES[notice.status]}"
    if notice.read_at is not None:
        return result + "并已读"
    if notice.last_error and notice.status in ("owed", "failed"):
        return f"{result}，已试 {notice.tries} 次：{notice.last_error}"
    return result


def _answers(story: Story, names: Mapping[UUID, str]) -> list[str]:
    alert, said = story.alert, []
    if story.returned_at and alert.returned_to:
        giver, taker = _name(story.returned_by, names), _name(alert.returned_to, names)
        said.append(f"{clock_time(story.returned_at)} 由 {giver} 退回，转交 {taker}：{story.return_reason}")
    if alert.status == "acknowledged" and alert.acknowledged_at and alert.acknowledged_until:
        who, until = _name(alert.acknowledged_by, names), clock_time(alert.acknowledged_until)
        said.append(f"{clock_time(alert.acknowledged_at)} 由 {who} 签收，有效至 {until}。")
    if alert.paused_until:
        who = _name(story.paused_by, names)
        said.append(f"经 {who} 批准暂停至 {clock_time(alert.paused_until)}：{story.pause_reason}")
    if story.resolved_at:
        who = f"由 {_name(story.resolved_by, names)} " if story.resolved_by else ""
        said.append(f"{clock_time(story.resolved_at)} {who}解除：{outcome_name(story.outcome or '', alert.kind)}。")
    return said


def _coming(coming: Next, names: Mapping[UUID, str]) -> str:
    who = "、".join(names[one] for one in coming.people if one in names)
    told = f"{DUTY_NAMES[coming.duty]}{f' {who}' if who else ''}"
    because = {
        "climbs": "前无人签收",
        "repeats": "前无人签收",
        "acknowledgement_expires": "签收到期仍未解除",
        "pause_ends": "暂停到期",
    }[coming.what]
    verb = "再次通知" if coming.what == "repeats" else "通知"
    empty = "" if coming.people else "(目前无人值守)"
    return f"接下来：{clock_time(coming.at)} {because}，将{verb}{told}{empty}。"


def _name(account_id: UUID | None, names: Mapping[UUID, str]) -> str:
    return names.get(account_id, "其他人员") if account_id else "系统"
