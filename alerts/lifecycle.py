"""What people may do with an alert: acknowledge, resolve, return, pause. The table of moves, then what each demands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.permissions import Role
from alerts.alert import Alert, Status
from alerts.kinds import KINDS, ends_by_deed
from alerts.ladder import after
from core.errors import Conflict, Invalid

MOVES: Mapping[tuple[Status, str], Status] = {
    ("open", "climb"): "open",
    ("acknowledged", "climb"): "open",
    ("open", "acknowledge"): "acknowledged",
    ("acknowledged", "acknowledge"): "acknowledged",
    ("open", "return"): "open",
    ("acknowledged", "return"): "open",
    ("open", "pause"): "open",
    ("acknowledged", "pause"): "acknowledged",
    ("open", "resolve"): "resolved",
    ("acknowledged", "resolve"): "resolved",
}
"""Every move there is. Nothing leaves "resolved", and nothing but "resolve" reaches it."""

OUTCOMES: Mapping[str, str] = {
    "met": "已见到本人",
    "helped": "已处置",
    "absence_confirmed": "已核实外出",
    "in_hospital": "已核实住院",
    "handed_over": "已移交其他部门",
    "mistaken": "情况不实",
}
"""How a person may close an alert. Evidence closes it with words of its own, such as "late_evidence"."""

EVIDENCE_OUTCOMES: Mapping[str, str] = {
    "visit_made": "已收到走访记录",
    "late_evidence": "补到走访记录",
    "seen_later": "其后已见到本人",
    "observed_late": "补到守望记录",
    "left": "已不在分散供养走访范围",
    "decided": "已作出认定",
    "released": "已恢复自动处理",
    "covered": "已有人照料",
    "arranged": "已安排照料",
    "renewed": "已续签",
    "ordered": "已下达整改",
    "verified": "已回访复核",
    "heard": "已听取陈述申辩",
    "handed_over": "已完成交接",
    "assessed": "已完成考核",
    "withdrawn": "依据已撤回",
    "reported": "已按规定报告",
    "closed": "已办结",
    "called_back": "已回访",
    "phone_spoke": "手机已联网，记录已收齐",
    "phone_cut_off": "手机已停用",
    "sensor_spoke": "设备已恢复信号",
}

SECOND_PERSON_FROM_RUNG = 2
_LONGEST_REASON = 200


class AlertResolved(Conflict):
    detail = "该预警已经解除，无需再处理。请刷新列表。"


class EndsByDeed(Conflict):
    """Its detail says which deed."""

    detail = "该预警不能手工解除，办妥所要求的事项后自动解除。"


class AlreadyReturned(Conflict):
    detail = "该预警已退回过一次，不能再次退回。请处理，或签收后联系上级。"


class AlreadyPaused(Conflict):
    detail = "该预警已在暂停中，到期会自动恢复。恢复之前不能再次暂停。"


class PauseTooLong(Invalid):
    detail = "暂停时间超过了政策允许的最长时间。请提前结束时间。"


class PauseEndsBehind(Invalid):
    detail = "暂停的结束时间已经过去。请填写一个以后的时间。"


class ReasonMissing(Invalid):
    detail = "请写明原因。"


class UnknownOutcome(Invalid):
    detail = "没有这种处理结果。请从列表中选择。"


class EvidenceMissing(Invalid):
    detail = "解除预警须附依据。请写明核实情况(时间、方式、结果)。"


class SecondPersonNeeded(Conflict):
    detail = "该预警已升级，须由责任人以外的第二人核实后解除。请联系民政专干或负责人办理。"


class ReturnedToSelf(Invalid):
    detail = "不能退回给自己或原责任人。请指定另一位责任人。"


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledged:
    """The acknowledgement in force afterwards. `took`: it is this one; otherwise an earlier one stands unchanged."""

    took: bool
    by: UUID
    at: datetime
    until: datetime
    rank: int
    next_at: datetime


def outcome_name(outcome: str, kind: str) -> str:
    """The Chinese word of how an alert of this kind ended; the bare word for one without a name.

    A deed and a person may use one word for two things: what was handed over is a household or a matter.
    """
    by_hand, by_evidence = OUTCOMES.get(outcome), EVIDENCE_OUTCOMES.get(outcome)
    return (by_evidence or by_hand if ends_by_deed(kind) else by_hand or by_evidence) or outcome


def move(status: Status, verb: str) -> Status:
    """The status after a verb; `AlertResolved` when the table has no such move."""
    try:
        return MOVES[status, verb]
    except KeyError:
        raise AlertResolved from None


def rank_of(role: Role, alert: Alert) -> int:
    """The rung a person's post belongs to on this ladder; -1 for a post the ladder does not ask."""
    duty = "village" if role is Role.WORKER else role.value
    rung = alert.ladder.rung_of(duty)
    return -1 if rung is None else rung


def acknowledge(alert: Alert, *, by: UUID, rank: int, calendar: WorkCalendar, now: datetime) -> Acknowledged:
    """Acknowledge until the policy's expiry; the ladder rests until then, or until the deadline to resolve.

    Within one firing the first acknowledgement sets the end. Only somebody of a higher rung may set a later one:
    nobody keeps an alert quiet by acknowledging it over and over.
    """
    move(alert.status, "acknowledge")
    until = after(alert.ladder.acknowledged_for, now, urgent=alert.urgent, calendar=calendar)
    first, reached, standing = alert.acknowledged_until, alert.acknowledged_rank, alert.acknowledgement_ends_at
    if first is not None and reached is not None and rank <= reached:
        if standing is not None and alert.acknowledged_by and alert.acknowledged_at:
            at, next_at = alert.acknowledged_at, _next(alert, standing, now)
            return Acknowledged(took=False, by=alert.acknowledged_by, at=at, until=first, rank=reached, next_at=next_at)
        until = min(until, first)
        rank = reached  # whoever returned it has used up the rungs up to their own
    ends = min(until, alert.resolve_by) if alert.resolve_by is not None and now < alert.resolve_by else until
    return Acknowledged(took=True, by=by, at=now, until=until, rank=rank, next_at=_next(alert, ends, now))


def _next(alert: Alert, ends: datetime, now: datetime) -> datetime:
    """A pause runs to its own end; an acknowledgement neither shortens nor prolongs it."""
    paused = alert.paused_until
    return paused if paused is not None and paused > now else ends


def resolve(alert: Alert, *, by: UUID, outcome: str, note: str) -> None:
    """Refuse unless a person may close it: with a known outcome, evidence, and a second person once it has climbed.

    The first person is its owner, or, where it has none, whoever took it on. One that a deed ends is closed by
    nobody's word.
    """
    move(alert.status, "resolve")
    if ends_by_deed(alert.kind):
        raise EndsByDeed(f"{EndsByDeed.detail}{KINDS[alert.kind].deed}")
    if outcome not in OUTCOMES:
        raise UnknownOutcome(field="/outcome")
    if not note.strip():
        raise EvidenceMissing(field="/evidence/note")
    first = alert.owner_id or alert.acknowledged_by
    if alert.rung >= SECOND_PERSON_FROM_RUNG and by in (first, alert.returned_to):
        raise SecondPersonNeeded


def return_to(alert: Alert, *, to: UUID, reason: str, by: UUID, calendar: WorkCalendar, now: datetime) -> datetime:
    """When the ladder goes on after a return: never later than before, for the clock does not restart.

    The acknowledgement of whoever gives it back no longer holds: what the rung had left is all the new owner has.
    """
    move(alert.status, "return")
    if alert.returned_to is not None:
        raise AlreadyReturned
    if to in (by, alert.owner_id):
        raise ReturnedToSelf(field="/to")
    _demand(reason)
    waits = alert.ladder.rungs[max(alert.rung, 0)].wait
    due = after(waits, alert.fired_at or alert.opened_at, urgent=alert.urgent, calendar=calendar)
    return min(due, alert.next_at or now)


def pause(alert: Alert, *, until: datetime, reason: str, calendar: WorkCalendar, now: datetime) -> None:
    """Refuse unless this one alert may rest until then: with a reason, bounded by policy, and not again unheard."""
    move(alert.status, "pause")
    if alert.paused_until is not None:
        raise AlreadyPaused
    _demand(reason)
    if until <= now:
        raise PauseEndsBehind(field="/until")
    if until > after(alert.ladder.paused_at_most, now, urgent=alert.urgent, calendar=calendar):
        raise PauseTooLong(field="/until")


def _demand(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST_REASON:
        raise ReasonMissing(f"请写明原因，不超过{_LONGEST_REASON}字。", field="/reason")
