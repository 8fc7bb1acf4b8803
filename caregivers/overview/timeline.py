"""The history of one agreement, line by line: what the rows tell in words, and what only the journal knows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

NAMES: Mapping[str, str] = {
    "agreement.drafted": "起草协议",
    "agreement.edited": "修改草稿",
    "agreement.submitted": "提交签字",
    "agreement.signed": "签字",
    "agreement.activated": "协议生效",
    "agreement.suspended": "中止履行",
    "agreement.resumed": "恢复履行",
    "agreement.reviewed": "续签评估",
    "agreement.abandoned": "草稿作废",
    "agreement.ended": "协议终止",
    "agreement.restored": "协议恢复",
    "agreement.moved": "对象迁移，协议随转",
    "agreement.taken_over": "从台账接续",
    "hazard.recorded": "登记隐患",
    "hazard.closed": "隐患办结",
    "hazard.withdrawn": "隐患的依据已撤回",
    "hazard.complainant_revealed": "查看投诉人",
    "order.issued": "下达整改通知",
    "order.delivered": "整改通知送达",
    "order.answered_accept": "照料人接受整改",
    "order.answered_refuse": "照料人拒绝整改",
    "order.answered_start": "照料人开始整改",
    "order.answered_statement": "照料人陈述申辩",
    "order.answered_done": "照料人提交整改完成",
    "order.statement_heard": "听取陈述申辩",
    "order.extension_asked": "申请延期",
    "order.extension_decided": "答复延期",
    "order.overdue": "整改逾期",
    "order.not_late": "核实未逾期",
    "order.verified": "回访复核",
    "order.failure_counted": "计一次整改不合格",
    "order.failure_withdrawn": "撤回一次整改不合格",
    "order.closed": "整改结案",
    "order.withdrawn": "撤回整改通知",
    "verification.planned": "安排回访复核",
    "verification.assigned": "指定复核人",
    "replacement.proposed": "提请撤换",
    "replacement.ground_added": "补充撤换依据",
    "replacement.ground_withdrawn": "撤回撤换依据",
    "replacement.caregiver_told": "告知照料人",
    "replacement.disclosed": "告知后公开",
    "replacement.heard": "听取意见",
    "replacement.decided": "作出撤换决定",
    "replacement.covered": "落实临时照料",
    "replacement.caregiver_barred": "列入限制名单",
    "replacement.keep_acknowledged": "区民政局知悉不予撤换",
    "replacement.review_ordered": "区民政局要求复议",
    "replacement.decision_flagged": "决定的依据已变化",
    "replacement.flag_reviewed": "复核决定",
    "replacement.successor_signed": "接任协议生效",
    "replacement.item_handed_over": "交接",
    "replacement.handed_over": "交接完成",
    "replacement.closed": "撤换办结",
    "replacement.withdrawn": "撤换撤回",
    "care.arranged": "安排临时照料",
    "care.extended": "延长临时照料",
    "care.ended": "临时照料结束",
    "care.restored": "临时照料恢复",
    "attendance.conflicting": "到户记录不一致",
    "assessment.opened": "考核开始",
    "assessment.asked": "考核询问",
    "assessment.settled": "考核评定",
    "assessment.rectified": "考核后整改合格",
    "assessment.objected": "考核申诉",
    "assessment.objection_decided": "答复申诉",
    "assessment.final": "考核生效",
    "assessment.cancelled": "考核取消",
    "assessment.reopened": "考核重新开始",
    "abuse.opened": "涉密事项立案",
    "abuse.concern_added": "涉密事项补充",
    "abuse.barred": "涉密事项回避",
    "abuse.reported": "涉密事项报告",
    "abuse.closed": "涉密事项办结",
}
"""What happened, in Chinese, by the journal's word for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One thing that happened. `struck`: it was withdrawn later and counts no more; `why_struck` says why.

    `by` is None for the clock, and where it is nobody's business who it was.
    """

    kind: str
    subject_id: UUID
    at: datetime
    by: UUID | None = None
    text: str = ""
    struck: bool = False
    why_struck: str | None = None
    confidential: bool = False

    @property
    def name(self) -> str:
        return NAMES.get(self.kind, "其他记录")


def joined(rows: Iterable[Line], journal: Iterable[Line]) -> list[Line]:
    """The whole history in order of time: what a row tells in words is not told again by the journal's bare entry.

    Both were written with one `now`, so that they are known for one by their word, subject and moment.
    """
    told = list(rows)
    known = {(line.kind, line.subject_id, line.at) for line in told}
    rest = [line for line in journal if (line.kind, line.subject_id, line.at) not in known]
    return sorted([*told, *rest], key=lambda line: (line.at, line.kind, line.subject_id))


def people(lines: Iterable[Line]) -> Collection[UUID]:
    """Every account the history mentions."""
    return {line.by for line in lines if line.by is not None}
