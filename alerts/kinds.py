"""What an alert can be about: its word, what it asks of people, and the row of the policy that says how grave it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.duty import Duty


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of alert. `row` is its row of the policy's severities; rungs below `starts_at` are not asked.

    `by_deed`: nobody closes it with a word; it ends when what it asks for has been done. `ends_with` names the deed
    to whoever sees the alert, where what it asks for may not be said on a message.
    """

    name: str
    asks: str
    row: str
    starts_at: Duty = Duty.VILLAGE
    by_deed: bool = False
    ends_with: str = ""

    @property
    def deed(self) -> str:
        return self.ends_with or self.asks


# "Missed" and "not known" are the same to whoever lies behind the door: they share one row.
KINDS: Mapping[str, Kind] = {
    "visit_missed": Kind(name="逾期未走访", asks="请尽快上门见到本人，并提交走访记录。", row="visit_missed"),
    "visit_not_known": Kind(name="未收到走访记录", asks="请核实是否已走访；未走访的请立即上门。", row="visit_missed"),
    "door_unanswered": Kind(
        name="敲门无人应答", asks="请再次上门并电话联系；仍无应答请联系持钥匙人，必要时拨打110。", row="not_met"
    ),
    "identity_not_confirmed": Kind(
        name="走访时未确认本人身份",
        asks="请由熟悉的人回访，确认见到的是本人，并更正记录。",
        row="identity_not_confirmed",
    ),
    "critical_hazard": Kind(
        name="走访发现危急隐患", asks="请立即消除危险，必要时先行转移安置，并核实结果。", row="urgent_need"
    ),
    "return_check": Kind(name="外出期满未见到本人", asks="请上门或电话核实是否已返回。", row="return_check"),
    "no_contact": Kind(name="长期无接触记录", asks="请立即上门见到本人，并核对走访计划。", row="no_contact"),
    "conflicting_report": Kind(
        name="走访记录不一致",
        asks="请核对两份内容不同的走访记录并作出认定。",
        row="report_conflict",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
    ),
    "late_entry": Kind(
        name="补录待确认",
        asks="请核实补录的走访记录是否属实。",
        row="late_entry",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
    ),
    **{
        kind: Kind(name=name, asks=asks, row=row, starts_at=starts_at, by_deed=True)
        for kind, name, asks, row, starts_at in (
            (
                "uncovered",
                "无人照料",
                "请立即安排临时照料或签订新协议，落实之前本预警不会停止。",
                "uncovered",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "temporary_care_ending",
                "临时照料即将到期",
                "请在到期前签订协议，或另行安排照料。",
                "temporary_care_ending",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "agreement_ending",
                "照料协议即将到期",
                "请完成续签评估，或落实新的照料人。",
                "agreement_ending",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "hazard_unattended",
                "隐患未处置",
                "请消除隐患，或下达整改通知。",
                "hazard_unattended",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "rectification_overdue",
                "整改逾期",
                "整改期限已过，请复核现状并作出处理。",
                "rectification_overdue",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "statement_unheard",
                "陈述申辩未听取",
                "请听取照料人的陈述申辩，并写明是否采纳。",
                "statement_unheard",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "verification_overdue",
                "回访复核逾期",
                "请上门复核整改结果；没有合适的复核人时，请另行指定。",
                "verification_overdue",
                Duty.VILLAGE,
            ),
            (
                "replacement_undecided",
                "撤换逾期未决",
                "请听取意见并作出决定；逾期由区民政局督办。",
                "replacement_undecided",
                Duty.TOWNSHIP_LEADER,
            ),
            (
                "replacement_kept",
                "决定不予撤换",
                "请审阅不予撤换的理由，必要时要求乡镇复议。",
                "decision_flagged",
                Duty.DISTRICT,
            ),
            (
                "decision_flagged",
                "撤换决定的依据已变化",
                "支持该决定的记录已被撤回，请复核决定。",
                "decision_flagged",
                Duty.TOWNSHIP_LEADER,
            ),
            (
                "handover_overdue",
                "撤换交接逾期",
                "请完成钥匙、证卡、药品、费用等交接。",
                "handover_overdue",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "assessment_overdue",
                "照料人考核逾期",
                "请完成本期照料人考核。",
                "assessment_overdue",
                Duty.TOWNSHIP_SPECIALIST,
            ),
            (
                "objection_overdue",
                "考核申诉逾期未决",
                "请由另一人复核申诉并作出决定。",
                "objection_overdue",
                Duty.TOWNSHIP_LEADER,
            ),
        )
    },
    # A message says no more than its name: it may lie open on a phone that others see.
    "abuse_suspected": Kind(
        name="涉密事项待处理",
        asks="请登录系统查看，并按规定处置。",
        row="abuse_suspected",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
        by_deed=True,
        ends_with="请在该涉密事项中登记报告情况并办结。",
    ),
    "visit_doubted": Kind(
        name="回访否认或联系不上",
        asks="请立即上门见到本人，并核实走访记录。",
        row="visit_doubted",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
    ),
    "call_back_overdue": Kind(
        name="电话回访逾期或无人办理",
        asks="请指定人员完成回访，并写明结果。",
        row="call_back_overdue",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
        by_deed=True,
    ),
    "daily_anomaly": Kind(
        name="窗帘或灯光异常",
        asks="请立即查看：先看、再打电话、敲门；无人应答请第二人到场，联系持钥匙人，必要时拨打110、120。",
        row="daily_check_anomaly",
    ),
    "daily_not_observed": Kind(
        name="窗帘、灯光无人查看", asks="请立即查看，或请邻里看一眼，并登记结果。", row="daily_check_not_observed"
    ),
    "phone_silent": Kind(
        name="手机长期未联网或记录未上传",
        asks="请联系走访员核对未上传的记录，必要时另派人走访。",
        row="phone_silent",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
    ),
    "sensor_silent": Kind(
        name="感应设备无信号",
        asks="请检修设备；检修前以邻里查看为准。",
        row="sensor_silent",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
    ),
    "sync_conflict": Kind(
        name="同一编号内容不一致",
        asks="请核对两份内容不同的提交，并作出认定。",
        row="report_conflict",
        starts_at=Duty.TOWNSHIP_SPECIALIST,
        by_deed=True,
    ),
    "quarantined": Kind(
        name="记录无法自动处理",
        asks="系统无法自动处理该记录，请人工跟进，并联系系统管理员。",
        row="quarantined",
        starts_at=Duty.DISTRICT,
    ),
    "sweep_stale": Kind(
        name="自动巡查停顿", asks="请联系系统管理员检查后台服务。", row="sweep_stalled", starts_at=Duty.DISTRICT
    ),
    "canary": Kind(name="系统自检", asks="系统自检，无需处理。", row="canary", starts_at=Duty.DISTRICT),
}

# Notices that stand for no alert of their own.
NOTICE_NAMES: Mapping[str, str] = {
    "order_issued": "整改通知",
    "order_changed": "整改进展",
    "verification_planned": "回访复核安排",
    "replacement_proposed": "撤换事项待决定",
    "hearing_invited": "听取意见通知",
    "decision_told": "撤换决定告知",
    "agreement_told": "照料协议通知",
    "assessment_told": "考核结果告知",
    "alert_resolved": "预警已解除",
    "alert_returned": "预警已转交给您",
    "digest": "每日摘要",
    "roster_gap": "值守空缺提醒",
    "jobs_silent": "后台任务停顿",
    "canary_silent": "系统自检未通过",
    "journal_head": "日志校验码",
    "channel_test": "通知渠道测试",
}

GRAVEST_FIRST = ("critical", "serious", "general")


def ends_by_deed(kind: str) -> bool:
    """Whether an alert of this kind ends only when what it asks for has been done."""
    return kind in KINDS and KINDS[kind].by_deed


def name_of(kind: str) -> str:
    """The Chinese word of an alert's or a notice's kind; the bare word for one that has no name here."""
    return KINDS[kind].name if kind in KINDS else NOTICE_NAMES.get(kind, kind)
