"""How visits, reports and plans are shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from accounts.permissions import Account
from accounts.policy_words import RISK_NAMES, Risk
from api.evidence_cards import EvidenceCard
from visits.actions import Answer
from visits.evidence.grades import GRADE_NAMES, ShownGrade
from visits.evidence.showing import sees_grade
from visits.lifecycle import Shown
from visits.queries.reading import Listed, PlanRead, ReportRead
from visits.report import LABELS, told

STATUS_NAMES: Mapping[str, str] = {
    "scheduled": "未到探访期",
    "due": "待探访",
    "made": "已完成",
    "missed": "逾期未访",
    "not_known": "尚无消息",
    "excused": "外出或住院，免访",
    "cancelled": "已取消",
}
REASON_NAMES: Mapping[str, str] = {
    "plan": "定期探访",
    "return_check": "外出返回核实",
    "after_change": "重大变故后探访",
    "campaign": "专项走访",
    "extra": "临时探访",
}
_ENDED: Mapping[str, str] = {
    "area_changed": "迁至其他村(社区)",
    "risk_changed": "风险等级变化",
    "worker_changed": "更换走访员",
    "policy_changed": "执行新的政策版本",
    "collective_support": "转为集中供养",
    "moved_to_collective": "转为集中供养",
    "died": "死亡",
    "eligibility_ended": "终止救助供养",
}


class VisitCard(msgspec.Struct, frozen=True, kw_only=True):
    """一次探访：去看谁(姓名已隐去)、在哪个村、为什么是现在、上次留下什么。

    grade 为完成本次探访的记录的佐证等级，ungraded 为尚未评定；没有完成，或不是本人的记录而您不办理回访的，为 null。
    """

    id: UUID
    recipient_id: UUID
    who: str
    area_id: int
    village: str
    risk: str
    risk_name: str
    status: Shown
    status_name: str
    reason: str
    reason_name: str
    opens_at: datetime
    due_at: datetime
    missed_after: datetime
    worker_id: UUID | None
    worker: str | None
    not_met_at: datetime | None
    judged_at: datetime | None
    phone_last_seen_at: datetime | None
    closed_reason: str | None
    report_id: UUID | None
    last_seen_at: datetime | None
    open_points: tuple[str, ...]
    grade: ShownGrade | None
    grade_name: str | None


class ReportCard(msgspec.Struct, frozen=True, kw_only=True):
    """一份走访记录。amended_by 不为空时，以更正为准；confidential 只有民政专干以上可见。

    evidence 只有走访人本人和办理回访的人可见。
    """

    id: UUID
    visit_id: UUID
    by_account_id: UUID
    by: str | None
    made_at: datetime
    logged_at: datetime
    outcome: Literal["made", "not_met"]
    method: Literal["door", "phone", "video"]
    identified_by: str | None
    all_normal: bool
    blocks: dict[str, dict[str, bool | str]]
    hazards: list[dict[str, Any]]
    tried: list[str]
    note: str
    on_paper_by: str | None
    labels: tuple[str, ...]
    label_names: tuple[str, ...]
    amends_id: UUID | None
    amended_by: UUID | None
    late: Literal["waiting", "accepted", "refused"] | None
    confidential: dict[str, bool | str] | None
    evidence: EvidenceCard | None
    message: str


class VisitDetail(msgspec.Struct, frozen=True, kw_only=True):
    """探访、上次见到本人的记录、本次已收到的记录。"""

    visit: VisitCard
    last_report: ReportCard | None
    reports: list[ReportCard]


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """对提交记录的答复；同一记录无论何时再次提交，答复相同。counted 表示本次探访由此完成。"""

    report_id: UUID
    visit_id: UUID
    logged_at: datetime
    labels: tuple[str, ...]
    label_names: tuple[str, ...]
    visit_status: Shown
    visit_status_name: str
    counted: bool
    message: str


class PlanCard(msgspec.Struct, frozen=True, kw_only=True):
    """为什么去、多久去一次(秒)。"""

    id: UUID
    risk: str
    risk_name: str
    every_seconds: int
    opens_before_seconds: int
    grace_seconds: int
    worker: str | None
    policy_id: UUID | None
    started_at: datetime
    laid_until: datetime | None
    ended_at: datetime | None
    ended_reason: str | None
    ended_reason_name: str | None


def visit_card(one: Listed, names: Mapping[UUID, str], by: Account, now: datetime) -> VisitCard:
    visit = one.visit
    shown = visit.shown(now)
    grade: Any = one.grade if one.made_by and sees_grade(by, one.made_by) else None
    return VisitCard(
        id=visit.id,
        recipient_id=one.recipient_id,
        who=names.get(one.recipient_id, ""),
        area_id=one.area_id,
        village=one.village,
        risk=visit.risk,
        risk_name=RISK_NAMES[Risk(visit.risk)],
        status=shown,
        status_name=STATUS_NAMES[shown],
        reason=visit.reason,
        reason_name=REASON_NAMES.get(visit.reason, visit.reason),
        opens_at=visit.opens_at,
        due_at=visit.due_at,
        missed_after=visit.missed_after,
        worker_id=visit.worker_id,
        worker=one.worker,
        not_met_at=one.not_met_at,
        judged_at=one.judged_at,
        phone_last_seen_at=one.phone_last_seen_at,
        closed_reason=one.closed_reason,
        report_id=visit.report_id,
        last_seen_at=one.last_seen_at,
        open_points=one.open_points,
        grade=grade,
        grade_name=GRADE_NAMES[grade] if grade else None,
    )


def report_card(one: ReportRead, evidence: EvidenceCard | None = None) -> ReportCard:
    content = one.content
    return ReportCard(
        id=one.id,
        visit_id=one.visit_id,
        by_account_id=one.by_account_id,
        by=one.by,
        made_at=one.made_at,
        logged_at=one.logged_at,
        outcome=content["outcome"],
        method=content["method"],
        identified_by=content["identified_by"],
        all_normal=content["all_normal"],
        blocks=content["blocks"],
        hazards=content["hazards"] or [],
        tried=content["tried"],
        note=content["note"],
        on_paper_by=content["on_paper_by"],
        labels=one.labels,
        label_names=_names(one.labels),
        amends_id=one.amends_id,
        amended_by=one.amended_by,
        late=_late(one),
        confidential=dict(one.confidential) if one.confidential else None,
        evidence=evidence,
        message=told(content["outcome"], one.labels, one.visit_status),
    )


def _late(one: ReportRead) -> Literal["waiting", "accepted", "refused"] | None:
    if "late_to_confirm" not in one.labels:
        return None
    if one.late_accepted is None:
        return "waiting"
    return "accepted" if one.late_accepted else "refused"


def _names(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(LABELS.get(label, label) for label in labels)


def answer_card(answer: Answer) -> ReportAnswer:
    """An open visit is due, but for one reported before its window."""
    status: Any = answer.visit_status
    if status == "open":
        status = "scheduled" if "early" in answer.labels else "due"
    return ReportAnswer(
        report_id=answer.report_id,
        visit_id=answer.visit_id,
        logged_at=answer.logged_at,
        labels=answer.labels,
        label_names=_names(answer.labels),
        visit_status=status,
        visit_status_name=STATUS_NAMES[status],
        counted=answer.counted,
        message=answer.message,
    )


def plan_card(one: PlanRead) -> PlanCard:
    return PlanCard(
        id=one.id,
        risk=one.risk,
        risk_name=RISK_NAMES[Risk(one.risk)],
        every_seconds=int(one.every.total_seconds()),
        opens_before_seconds=int(one.opens_before.total_seconds()),
        grace_seconds=int(one.grace.total_seconds()),
        worker=one.worker,
        policy_id=one.policy_id,
        started_at=one.started_at,
        laid_until=one.laid_until,
        ended_at=one.ended_at,
        ended_reason=one.ended_reason,
        ended_reason_name=_ENDED.get(one.ended_reason, one.ended_reason) if one.ended_reason else None,
    )
