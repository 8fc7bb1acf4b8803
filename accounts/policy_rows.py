"""Every row of a district's policy, typed and bounded. The Chinese name stands beside each; the defaults elsewhere.

No law fixes most of these numbers, so none of them is a constant in code. The bounds only catch slips of the pen.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from accounts.duty import Duty
from accounts.lengths import Length, Window
from accounts.policy_reading import Span, Whole
from accounts.policy_words import ByRisk, BySeverity, Risk, RiskMark, Severity, UnansweredStep, gravest

Wait = Annotated[Length, Span(least="1s", most="31d")]
LongWait = Annotated[Length, Span(least="1s", most="366d")]
Grace = Annotated[Length, Span(least="0s", most="31d", working_days=False)]
Deadline = Annotated[Length, Span(least="0s", most="92d")]
Interval = Annotated[Length, Span(least="1s", most="366d", working_days=False)]
Months = Annotated[int, Whole(least=1, most=120)]
Years = Annotated[int, Whole(least=1, most=100)]
Percent = Annotated[int, Whole(least=0, most=100)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Unanswered:
    """An unanswered door is not a visit."""

    again_within: Annotated[ByRisk[Wait], "再次上门和电话联系的时限"]
    then: Annotated[tuple[UnansweredStep, ...], "仍无回应时依次"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Visits:
    interval: Annotated[ByRisk[Interval], "上门探访间隔"]
    opens_before: Annotated[ByRisk[Grace], "到期前多久可以开始探访"]
    grace: Annotated[ByRisk[Grace], "到期后多久算遗漏"]
    laid_ahead: Annotated[Interval, "提前多久排出探访任务"]
    remote_one_in: Annotated[int, Whole(least=2, most=100), "几次探访中最多一次可用电话或视频"]
    after_major_change: Annotated[Wait, "重大变故(出院、家人去世、受灾)后多久内探访"]
    extra_after_warning: Annotated[Wait, "寒潮、高温、汛情预警和春节后多久内普访一次"]
    unanswered: Annotated[Unanswered, "敲门无人应答"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Risks:
    """What makes a person high risk or a key recipient. Ages are full years."""

    elder_from_age: Annotated[int, Whole(least=60, most=120), "高龄起始年龄"]
    minor_below_age: Annotated[int, Whole(least=16, most=18), "未成年人年龄上限(不含)"]
    high: Annotated[tuple[RiskMark, ...], "定为高风险的情形"]
    key: Annotated[tuple[RiskMark, ...], "定为重点的情形"]

    def risk_of(self, marks: Collection[str]) -> Risk:
        """The risk of a person with these marks; one mark is enough."""
        if any(mark in marks for mark in self.high):
            return Risk.HIGH
        return Risk.KEY if any(mark in marks for mark in self.key) else Risk.GENERAL


@dataclass(frozen=True, kw_only=True, slots=True)
class Curtain:
    morning: Annotated[Window, "早看窗帘时段"]
    evening: Annotated[Window, "晚看灯时段"]
    winter_from_month: Annotated[int, Whole(least=1, most=12), "冬季时段从几月起"]
    winter_to_month: Annotated[int, Whole(least=1, most=12), "冬季时段到几月止"]
    winter_morning: Annotated[Window, "冬季早看窗帘时段"]
    winter_evening: Annotated[Window, "冬季晚看灯时段"]
    first_check: Annotated[Wait, "发现异常后第一人核实的时限"]
    second_person: Annotated[Wait, "之后第二人到场的时限"]
    emergency: Annotated[Wait, "之后呼叫110、120和开锁的时限"]
    link_valid: Annotated[LongWait, "守望员个人链接有效期"]
    kept: Annotated[LongWait, "守望记录保存多久"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensors:
    """Witnesses of a window. The silence of a device says nothing about the person."""

    water_within: Annotated[Interval, "看多长时间内的用水"]
    water_litres_below: Annotated[int, Whole(least=0, most=1000), "期间用水少于多少升视为无活动"]
    electricity_within: Annotated[Interval, "看多长时间内的用电"]
    electricity_watt_hours_below: Annotated[int, Whole(least=0, most=100_000), "期间用电少于多少瓦时视为无活动"]
    door_unopened_for: Annotated[Interval, "门多久未开视为无活动"]
    silent_after: Annotated[Wait, "设备多久无信号须检修"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Phones:
    """What goes to a worker's phone, and when its silence is somebody's business."""

    pulled_ahead: Annotated[Interval, "手机上存放今后多久的探访任务"]
    silent_after: Annotated[Wait, "有任务的手机多久未联网须联系"]
    unsent_after: Annotated[Wait, "记录多久未能上传须联系"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertSeverities:
    """The severity of each kind of alert by the risk of the person concerned. A hazard brings its own severity."""

    visit_missed: Annotated[ByRisk[Severity], "探访遗漏或未知"]
    not_met: Annotated[ByRisk[Severity], "敲门无人应答"]
    no_contact: Annotated[ByRisk[Severity], "长期无人见到"]
    uncovered: Annotated[ByRisk[Severity], "无人照料"]
    abuse_suspected: Annotated[ByRisk[Severity], "疑似虐待"]
    urgent_need: Annotated[ByRisk[Severity], "急难求助"]
    return_check: Annotated[ByRisk[Severity], "外出到期未核实返回"]
    identity_not_confirmed: Annotated[ByRisk[Severity], "探访时未确认本人身份"]
    daily_check_anomaly: Annotated[ByRisk[Severity], "窗帘、灯光异常"]
    daily_check_not_observed: Annotated[ByRisk[Severity], "窗帘、灯光无人观察"]
    rectification_overdue: Annotated[ByRisk[Severity], "整改逾期"]
    replacement_undecided: Annotated[ByRisk[Severity], "撤换逾期未决"]
    hazard_unattended: Annotated[ByRisk[Severity], "隐患未处置"]
    statement_unheard: Annotated[ByRisk[Severity], "陈述申辩未听取"]
    verification_overdue: Annotated[ByRisk[Severity], "回访复核逾期"]
    decision_flagged: Annotated[ByRisk[Severity], "撤换决定的依据已变化"]
    handover_overdue: Annotated[ByRisk[Severity], "撤换交接逾期"]
    temporary_care_ending: Annotated[ByRisk[Severity], "临时照料即将到期"]
    agreement_ending: Annotated[ByRisk[Severity], "协议即将到期"]
    assessment_overdue: Annotated[ByRisk[Severity], "照料人考核逾期"]
    objection_overdue: Annotated[ByRisk[Severity], "考核申诉逾期未决"]
    visit_doubted: Annotated[ByRisk[Severity], "回访否认或联系不上"]
    call_back_overdue: Annotated[ByRisk[Severity], "电话回访逾期"]
    lead_overdue: Annotated[ByRisk[Severity], "线索逾期"]
    report_conflict: Annotated[ByRisk[Severity], "同一记录内容不一致"]
    late_entry: Annotated[ByRisk[Severity], "迟报待确认"]
    phone_silent: Annotated[ByRisk[Severity], "手机长期未联网或有未上传记录"]
    sensor_silent: Annotated[ByRisk[Severity], "感应设备无信号"]
    roster_gap: Annotated[ByRisk[Severity], "值守空缺"]
    quarantined: Annotated[ByRisk[Severity], "记录无法自动处理"]
    sweep_stalled: Annotated[ByRisk[Severity], "自动巡查停顿"]
    canary: Annotated[ByRisk[Severity], "系统自检"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rung:
    """One rung as it is copied into an alert: who is told, and how long they have before the next is told, too."""

    duty: Duty
    wait: Length

    def to_data(self) -> dict[str, str | int]:
        wait = self.wait
        unit, count = ("wait_workdays", wait.working_days) if wait.working_days else ("wait_seconds", wait.seconds)
        return {"duty": self.duty.value, unit: count}


@dataclass(frozen=True, kw_only=True, slots=True)
class Alerts:
    ladder: Annotated[BySeverity[tuple[Duty, ...]], "升级链"]
    acknowledge: Annotated[BySeverity[Wait], "签收时限"]
    repeat_last: Annotated[BySeverity[Wait], "末级无人处理时重复提醒的间隔"]
    resolve: Annotated[BySeverity[LongWait], "办结时限"]
    acknowledgement_expires: Annotated[ByRisk[Wait], "签收后无结果多久失效"]
    pause_at_most: Annotated[BySeverity[Wait], "暂停升级最长"]
    messaging: Annotated[Window, "非紧急消息发送时段"]
    roster_gap_ahead: Annotated[Wait, "值守空缺提前多久提醒"]
    severity: Annotated[AlertSeverities, "各类预警的严重程度"]

    def severity_of(self, kind: str, risk: str | None = None) -> Severity:
        """The severity of a kind of alert. Without a known risk the gravest of the row; an unknown kind: KeyError."""
        if kind not in ALERT_KINDS:
            raise KeyError(kind)
        row: ByRisk[Severity] = getattr(self.severity, kind)
        return gravest(row) if risk is None else row[risk]

    def rungs(self, severity: str, *, urgent: bool) -> tuple[Rung, ...]:
        """The ladder to copy into an alert. The last wait is the repeat; an urgent alert waits for no office hours."""
        duties = self.ladder[severity]
        waits = [self.acknowledge[severity]] * (len(duties) - 1) + [self.repeat_last[severity]]
        if urgent:
            waits = [Length(seconds=wait.rough_seconds) for wait in waits]
        return tuple(Rung(duty=duty, wait=wait) for duty, wait in zip(duties, waits, strict=True))


ALERT_KINDS: tuple[str, ...] = tuple(AlertSeverities.__dataclass_fields__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Absences:
    longest: Annotated[Interval, "一次外出报备最长"]
    return_check_within: Annotated[ByRisk[Wait], "外出到期后多久内核实返回"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Leads:
    data_warning_dispersed: Annotated[Deadline, "数据预警上门核查时限(分散供养对象)"]
    data_warning_others: Annotated[Deadline, "数据预警上门核查时限(其他人员)"]
    urgent_relief_help: Annotated[Deadline, "急难救助先行帮扶时限"]
    urgent_relief_papers: Annotated[Deadline, "急难救助补办手续时限"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Eligibility:
    ability_reassessment: Annotated[Deadline, "能力变化后重新评估时限"]
    end_notice: Annotated[Deadline, "终止告知时限"]
    stops_after_months: Annotated[int, Whole(least=0, most=12), "终止后第几个月停发"]
    objection: Annotated[Deadline, "异议期限"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rectification:
    deadline: Annotated[BySeverity[Deadline], "整改期限"]
    verify_within: Annotated[BySeverity[Deadline], "期满后回访复核时限"]
    order_within: Annotated[BySeverity[Deadline], "发现隐患后多久内下达整改或消除"]
    statement_within: Annotated[BySeverity[Deadline], "照料人陈述申辩期限"]
    statement_heard_within: Annotated[Deadline, "陈述申辩多久内听取"]
    extension_at_most: Annotated[BySeverity[Deadline], "一次延期最长"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Replacement:
    failed_cycles: Annotated[int, Whole(least=1, most=10), "有严重隐患时几次整改不合格须提请撤换"]
    within_months: Annotated[Months, "整改不合格的累计期(月)"]
    critical_hazards: Annotated[int, Whole(least=1, most=3), "几次危急隐患须提请撤换"]
    on_abuse: Annotated[bool, "虐待须提请撤换"]
    decision: Annotated[Wait, "乡镇决定时限"]
    hearing_notice: Annotated[Deadline, "听取意见前多久告知照料人"]
    handover_within: Annotated[Wait, "继任者签约后多久内完成交接"]
    temporary_care_at_most: Annotated[LongWait, "临时照料最长"]
    temporary_care_warns_before: Annotated[Wait, "临时照料到期前多久提醒"]
    uncovered_at_most: Annotated[Length, Span(least="0s", most="1d"), "无人照料最长"]
    barred_months: Annotated[Months, "撤换后限制期(月)"]
    barred_for_ever_by_law: Annotated[bool, "未成年人保护法所列违法犯罪人员终身限制"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreements:
    term_months: Annotated[Months, "协议期限(月)"]
    renewal_review_before: Annotated[LongWait, "到期前多久续签评估"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    recipient: Annotated[Percent, "对象评价"]
    neighbours: Annotated[Percent, "邻里评价"]
    visits: Annotated[Percent, "探访情况"]
    records: Annotated[Percent, "服务记录"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Caregivers:
    attendance_per_week: Annotated[int, Whole(least=1, most=21), "照料人每周到户次数"]
    attendance_per_week_ill_or_full: Annotated[int, Whole(least=1, most=21), "患病或全护理时每周到户次数"]
    assessed_every_months: Annotated[Months, "照料人考核周期(月)"]
    weights: Annotated[Weights, "考核权重(合计100)"]
    qualified_from: Annotated[Percent, "考核合格分数线"]
    assessed_within: Annotated[Wait, "考核期满后多久内完成考核"]
    neighbours_asked_at_least: Annotated[int, Whole(least=0, most=20), "考核至少询问几户邻里"]
    minor_check_valid_months: Annotated[Months, "照料未成年人的犯罪记录查询有效期(月)"]
    recipients_per_person: Annotated[int, Whole(least=1, most=20), "每名照料人最多照料人数"]
    recipients_per_person_full_care: Annotated[int, Whole(least=1, most=20), "其中有全护理对象时"]
    recipients_per_provider_staff: Annotated[int, Whole(least=1, most=100), "每名机构护理员最多照料人数"]
    households_per_volunteer: Annotated[int, Whole(least=1, most=50), "每名志愿者最多守望户数"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fees:
    nursing_partial_yuan: Annotated[int, Whole(least=0, most=100_000), "半护理照料护理费(元/月)"]
    nursing_full_yuan: Annotated[int, Whole(least=0, most=100_000), "全护理照料护理费(元/月)"]
    withheld_while_unqualified: Annotated[bool, "考核不合格期间暂缓发放"]
    objection_possible: Annotated[bool, "暂缓发放可以申诉"]
    objection_within: Annotated[Wait, "申诉期限"]
    objection_decided_within: Annotated[Wait, "申诉多久内作出决定"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    percent_of_visits: Annotated[Percent, "每月电话回访抽查比例(%)"]
    every_complaint: Annotated[bool, "投诉逐件回访"]
    flags_from: Annotated[int, Whole(least=1, most=100), "疑点分达到多少须回访"]
    call_back_within: Annotated[Wait, "抽中后多久内完成回访"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LateEntry:
    marked_after: Annotated[Wait, "探访后多久补录须标注迟报"]
    confirmed_after: Annotated[Wait, "探访后多久补录须主管确认"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doorstep:
    """Codes of a token kept in the home. They show that somebody was there, never who."""

    around: Annotated[Interval, "门口码前后允许的时间差"]
    failures_per_visit: Annotated[int, Whole(least=1, most=20), "每次探访最多输错几次"]
    failures_per_day: Annotated[int, Whole(least=1, most=50), "每个门口码每天最多输错几次"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubts:
    """From when on a record is odd enough to ask about. A doubt refuses nothing and blames nobody."""

    visits_a_day: Annotated[int, Whole(least=1, most=500), "一人一天上门多少次以上存疑"]
    between_homes: Annotated[Grace, "两户之间至少相隔多久"]
    between_villages: Annotated[Grace, "两村之间至少相隔多久"]
    shortest: Annotated[Grace, "一次上门至少多久(两次门口码之间)"]
    batch_of: Annotated[int, Whole(least=2, most=500), "短时间内连续录入多少条存疑"]
    batch_within: Annotated[Interval, "连续录入的时间范围"]
    backdated: Annotated[Interval, "录入距走访多久以上存疑"]
    always_normal_for: Annotated[Interval, "多久以来次次一切正常存疑"]
    accounts_per_phone: Annotated[int, Whole(least=1, most=100), "一部手机几人以上共用存疑"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    visits_and_agreements_years: Annotated[Years, "探访和协议保存年限"]
    grave_years: Annotated[Years, "整改、虐待、死亡记录保存年限"]
    logs_years: Annotated[Years, "日志保存年限"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Devices:
    phone_session: Annotated[LongWait, "手机登录有效期"]
    office_session: Annotated[Wait, "电脑登录有效期"]
    activation_code: Annotated[Wait, "激活码有效期"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a visit at the door must bring along: nothing, for formalism is forbidden (国办函〔2026〕12号).

    Switched on only with a necessity statement, and even then nothing is refused without it: it is a doubt.
    """

    photo: Annotated[bool, "上门走访须拍照"]
    position: Annotated[bool, "上门走访须定位"]
    necessity: Annotated[str, "必要性说明"]
