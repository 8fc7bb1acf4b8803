"""Whether an agreement is kept: kept, at risk or failing, each with its reasons. No score, no order among people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from accounts.policy import Policy
from caregivers.people.months import months_after
from caregivers.replacement.grounds import KIND_NAMES, Facts, mandatory
from core.clock import LOCAL, local_day

Standing = Literal["kept", "at_risk", "failing"]
STANDING_NAMES: Mapping[Standing, str] = {"kept": "履行正常", "at_risk": "有风险", "failing": "履行不力"}

WEEK = timedelta(days=7)
"""Policy counts attendance by the week."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One thing that speaks against an agreement: a word for programs, a sentence for people."""

    word: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The last assessment that was settled. `withheld`: its period's fee, and nobody has put things right since."""

    qualified: bool
    withheld: bool
    period_to: date


@dataclass(frozen=True, kw_only=True, slots=True)
class AgreementFacts:
    """What is true of an agreement in force, as far as the reader may know.

    `counts` are what a mandatory proposal rests on, less what a decision has already answered. `whole_week` is False
    where the caregiver was not theirs to be there for all of the last seven days.
    """

    suspended: bool
    ends_on: date
    reviewed: bool
    ill_or_full: bool
    counts: Facts = field(default_factory=Facts)
    case_open: bool = False
    case_mandatory: bool = False
    hazards: Mapping[str, int] = field(default_factory=dict)
    orders: int = 0
    orders_failed: int = 0
    statements: int = 0
    attended: int = 0
    whole_week: bool = True
    assessed: Judged | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    standing: Standing
    reasons: tuple[Reason, ...]


def judge(facts: AgreementFacts, policy: Policy, *, renew_until: date) -> Kept:
    """Failing: a mandatory case is undecided, or there are grounds for one. At risk: anything else speaks against it.

    `renew_until` is the last day of the terms that must have been reviewed by now.
    """
    grave = _grave(facts, policy)
    reasons = (*grave, *_hazards(facts), *_orders(facts), *_care(facts, policy), *_term(facts, renew_until))
    standing: Standing = "failing" if grave else "at_risk" if reasons else "kept"
    return Kept(standing=standing, reasons=reasons)


def _grave(facts: AgreementFacts, policy: Policy) -> tuple[Reason, ...]:
    if facts.case_mandatory:
        return (Reason(word="mandatory_case", text="须作出撤换决定，尚未决定。"),)
    kinds = dict.fromkeys(ground.kind for ground in mandatory(facts.counts, policy.replacement))
    if not kinds:
        return ()
    names = "、".join(KIND_NAMES[kind] for kind in kinds)
    return (Reason(word="mandatory_grounds", text=f"已达到须提请撤换的条件：{names}。"),)


def _hazards(facts: AgreementFacts) -> tuple[Reason, ...]:
    names = {"critical": "危急", "serious": "严重", "general": "一般"}
    told = [f"{names[severity]} {facts.hazards[severity]} 项" for severity in names if facts.hazards.get(severity)]
    return (Reason(word="open_hazards", text=f"隐患未消除：{'、'.join(told)}。"),) if told else ()


def _orders(facts: AgreementFacts) -> tuple[Reason, ...]:
    said = []
    if facts.case_open and not facts.case_mandatory:
        said.append(Reason(word="case_open", text="已提请撤换，尚未决定。"))
    if failed := len(facts.counts.failed_cycles):
        said.append(Reason(word="failed_cycles", text=f"累计期内整改不合格 {failed} 次。"))
    if facts.orders_failed:
        said.append(Reason(word="order_failed", text=f"整改逾期或不合格 {facts.orders_failed} 份，尚未了结。"))
    if facts.orders:
        said.append(Reason(word="order_under_way", text=f"整改进行中 {facts.orders} 份。"))
    if facts.statements:
        said.append(Reason(word="statement_waiting", text=f"陈述申辩待听取 {facts.statements} 份。"))
    return tuple(said)


def _care(facts: AgreementFacts, policy: Policy) -> tuple[Reason, ...]:
    said = []
    if facts.suspended:
        said.append(Reason(word="suspended", text="协议中止履行，由他人临时照料。"))
    caregivers = policy.caregivers
    wanted = caregivers.attendance_per_week_ill_or_full if facts.ill_or_full else caregivers.attendance_per_week
    if not facts.suspended and facts.whole_week and facts.attended < wanted:
        text = f"近 7 天登记到户 {facts.attended} 次，应不少于 {wanted} 次。"
        said.append(Reason(word="attendance_low", text=text))
    judged = facts.assessed
    if judged is not None and not judged.qualified:
        after = "，护理费暂缓发放" if judged.withheld else ""
        said.append(Reason(word="unqualified", text=f"截至 {judged.period_to.isoformat()} 的考核不合格{after}。"))
    return tuple(said)


def _term(facts: AgreementFacts, renew_until: date) -> tuple[Reason, ...]:
    if facts.ends_on > renew_until:
        return ()
    what = "已评估，尚未落实接续" if facts.reviewed else "尚未评估是否续签"
    return (Reason(word="term_ending", text=f"协议 {facts.ends_on.isoformat()} 到期，{what}。"),)


def counted_since(at: datetime, months: int) -> datetime:
    """From when on failures count against an agreement: so many months ago, from the beginning of that day."""
    return datetime.combine(months_after(local_day(at), -months), time(), LOCAL)
