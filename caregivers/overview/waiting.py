"""What each matter says of itself: its name, the deed that ends it, what follows if nobody does it, and where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.duty import DUTY_NAMES, Duty
from alerts.kinds import KINDS, name_of
from alerts.messages import clock_time
from caregivers.overview.matters import Coming, Item

About = Literal[
    "recipient",
    "agreement",
    "hazard",
    "order",
    "replacement_case",
    "abuse_case",
    "assessment",
    "visit_report",
    "report_conflict",
    "standing_change",
    "absence",
    "alert",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Something that waits. `alert` is the kind that opens when its time has run out; None: none ever does."""

    name: str
    deed: str
    consequence: str
    about: About
    alert: str | None = None


WAITING: Mapping[str, Waiting] = {
    "hazard_open": Waiting(
        name="隐患未处置",
        deed="消除隐患，或下达整改通知",
        consequence="隐患一直在老人身边，没有人被要求改正。",
        about="hazard",
        alert="hazard_unattended",
    ),
    "order_due": Waiting(
        name="整改期限将到",
        deed="督促照料人整改，到期上门复核",
        consequence="到期未改记为一次整改不合格，隐患仍在。",
        about="order",
        alert="rectification_overdue",
    ),
    "order_failed": Waiting(
        name="整改不合格或逾期",
        deed="复核现状，重新下达整改，或提请撤换",
        consequence="隐患仍在；累计到政策规定的次数，须作出撤换决定。",
        about="order",
        alert="rectification_overdue",
    ),
    "extension_asked": Waiting(
        name="延期申请待答复",
        deed="由申请人以外的人答复是否延期",
        consequence="申请不停止计时，仍按原期限计算逾期。",
        about="order",
        alert="rectification_overdue",
    ),
    "statement_waiting": Waiting(
        name="陈述申辩待听取",
        deed="听取陈述申辩，写明是否采纳",
        consequence="申辩未听取之前，这次整改不能计为不合格。",
        about="order",
        alert="statement_unheard",
    ),
    "verifier_missing": Waiting(
        name="回访复核无人承担",
        deed="指定与下达人、照料人无关的复核人",
        consequence="没有人上门复核，隐患是否消除无从知道。",
        about="order",
        alert="verification_overdue",
    ),
    "verification_due": Waiting(
        name="回访复核将到期",
        deed="上门复核整改结果",
        consequence="到期未复核，隐患是否消除无从知道。",
        about="order",
        alert="verification_overdue",
    ),
    "case_to_tell": Waiting(
        name="撤换待告知照料人",
        deed="告知照料人并通知听取意见",
        consequence="不告知就不能听取意见，也不能作出决定。",
        about="replacement_case",
        alert="replacement_undecided",
    ),
    "case_to_hear": Waiting(
        name="撤换待听取意见",
        deed="听取照料人、老人和村里的意见",
        consequence="不听取意见就不能作出决定。",
        about="replacement_case",
        alert="replacement_undecided",
    ),
    "case_to_decide": Waiting(
        name="撤换待决定",
        deed="由负责人作出决定并写明理由",
        consequence="逾期未决，由区民政局督办；整改不能结案，协议不能续签。",
        about="replacement_case",
        alert="replacement_undecided",
    ),
    "case_to_finish": Waiting(
        name="撤换决定待落实",
        deed="落实继任照料人并完成交接",
        consequence="老人只靠临时照料，到期还须另作安排。",
        about="replacement_case",
        alert="handover_overdue",
    ),
    "decision_to_review": Waiting(
        name="撤换决定待复核",
        deed="依据已变化，复核原决定",
        consequence="决定仍有效，而支持它的记录已被撤回。",
        about="replacement_case",
        alert="decision_flagged",
    ),
    "care_ending": Waiting(
        name="临时照料即将到期",
        deed="签订协议，或另行安排照料",
        consequence="临时照料到期后，老人将无人照料。",
        about="recipient",
        alert="temporary_care_ending",
    ),
    "agreement_to_review": Waiting(
        name="协议即将到期未评估",
        deed="完成续签评估，或落实新的照料人",
        consequence="协议到期后，老人将无人照料。",
        about="agreement",
        alert="agreement_ending",
    ),
    "assessment_due": Waiting(
        name="照料人考核待完成",
        deed="完成本期考核",
        consequence="照料好坏没有记录，护理费无据可核。",
        about="assessment",
        alert="assessment_overdue",
    ),
    "objection_waiting": Waiting(
        name="考核申诉待答复",
        deed="由原考核人以外的人复核并决定",
        consequence="照料人的护理费是否暂缓发放一直未定。",
        about="assessment",
        alert="objection_overdue",
    ),
    "late_report": Waiting(
        name="补录待确认",
        deed="核实补录的走访记录是否属实",
        consequence="这次走访是否真实一直未定。",
        about="visit_report",
    ),
    "reports_conflict": Waiting(
        name="走访记录不一致",
        deed="核对两份不同的记录并作出认定",
        consequence="采用哪一份记录一直未定。",
        about="report_conflict",
    ),
    "standing_to_confirm": Waiting(
        name="状态变更待确认",
        deed="由第二人核实后确认或驳回",
        consequence="确认之前仍按原状态走访和照料。",
        about="standing_change",
    ),
    "absence_to_confirm": Waiting(
        name="外出报备待确认",
        deed="由第二人核实后确认",
        consequence="未经确认的外出不停止任何提醒，期满自动失效。",
        about="absence",
    ),
}

# An alert is about what it was opened for; one not named here is about itself.
_ABOUT: Mapping[str, About] = {
    "uncovered": "recipient",
    "temporary_care_ending": "recipient",
    "agreement_ending": "agreement",
    "hazard_unattended": "hazard",
    "rectification_overdue": "order",
    "statement_unheard": "order",
    "verification_overdue": "order",
    "replacement_undecided": "replacement_case",
    "replacement_kept": "replacement_case",
    "decision_flagged": "replacement_case",
    "handover_overdue": "replacement_case",
    "abuse_suspected": "abuse_case",
    "assessment_overdue": "assessment",
    "objection_overdue": "assessment",
    "late_entry": "visit_report",
    "conflicting_report": "report_conflict",
}
_CONSEQUENCES: Mapping[str, str] = {
    "uncovered": "老人现在没有人照料。",
    "temporary_care_ending": "临时照料到期后，老人将无人照料。",
    "agreement_ending": "协议到期后，老人将无人照料。",
    "hazard_unattended": "隐患一直在老人身边，没有人被要求改正。",
    "rectification_overdue": "隐患仍在；累计到政策规定的次数，须作出撤换决定。",
    "statement_unheard": "申辩未听取之前，这次整改不能计为不合格。",
    "verification_overdue": "没有人上门复核，隐患是否消除无从知道。",
    "replacement_undecided": "逾期未决，由区民政局督办；整改不能结案，协议不能续签。",
    "replacement_kept": "不予撤换的决定没有人审阅。",
    "decision_flagged": "决定仍有效，而支持它的记录已被撤回。",
    "handover_overdue": "钥匙、证卡、药品和费用仍在原照料人手里。",
    "abuse_suspected": "涉密事项无人处置，老人可能仍在危险之中。",
    "assessment_overdue": "照料好坏没有记录，护理费无据可核。",
    "objection_overdue": "照料人的护理费是否暂缓发放一直未定。",
    "visit_missed": "没有人知道老人现在怎样。",
    "visit_not_known": "没有人知道老人现在怎样。",
    "no_contact": "没有人知道老人现在怎样。",
    "return_check": "没有人知道老人是否平安返回。",
    "door_unanswered": "门后的老人可能正需要救助。",
    "critical_hazard": "危险仍在老人身边。",
    "daily_anomaly": "老人可能正需要救助。",
    "daily_not_observed": "没有人知道老人现在怎样。",
    "identity_not_confirmed": "见到的是不是本人，一直未定。",
    "late_entry": "这次走访是否真实一直未定。",
    "call_back_overdue": "抽查的走访是否真实一直未定。",
    "visit_doubted": "这次走访是否真实一直未定。",
    "conflicting_report": "采用哪一份记录一直未定。",
    "sync_conflict": "以哪一份提交为准一直未定。",
}


def waiting(what: str) -> Waiting:
    """What the item says of itself; an alert of a kind this table does not know still says what it asks for."""
    if what in WAITING:
        return WAITING[what]
    kind = KINDS.get(what)
    return Waiting(
        name=name_of(what),
        deed=(kind.asks if kind else "请登录系统查看并处理。").rstrip("。"),
        consequence=_CONSEQUENCES.get(what, "这件事一直没有人处理。"),
        about=_ABOUT.get(what, "alert"),
        alert=what if kind else None,
    )


def opens_at(what: str) -> Duty | None:
    """The first duty of the alert that opens when the time of something has run out."""
    kind = WAITING[what].alert if what in WAITING else None
    return KINDS[kind].starts_at if kind else None


def if_nothing(item: Item, coming: Coming | None, *, now: datetime) -> str:
    """What happens if nobody acts: by itself, when and to whom, and what it means for the person."""
    said = waiting(item.what)
    return f"{_by_itself(item, said, coming, now)}{said.consequence}"


def _by_itself(item: Item, said: Waiting, coming: Coming | None, now: datetime) -> str:
    if coming is None:
        return f"{clock_time(item.moment)} 期满。" if item.next_at else "不会自动升级。"
    duty = DUTY_NAMES[coming.duty]
    if coming.what == "opens":
        name = name_of(said.alert or item.what)
        when = f"到 {clock_time(coming.at)} 仍未处理" if coming.at > now else "期限已过"
        return f"{when}，将生成“{name}”预警并通知{duty}。"
    why = {
        "climbs": "前无人签收",
        "repeats": "前无人签收",
        "acknowledgement_expires": "签收到期仍未办结",
        "pause_ends": "暂停到期",
    }[coming.what]
    verb = "再次通知" if coming.what == "repeats" else "升级通知"
    return f"{clock_time(coming.at)} {why}，将{verb}{duty}。"
