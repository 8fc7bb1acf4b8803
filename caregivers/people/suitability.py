"""Who may be entrusted with whom: pure, and each refusal with what can be done about it.

What no rule forbids is not refused here: a person decides, with the papers before them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from accounts.policy_rows import Caregivers
from caregivers.people.caregiver import Kind, Status
from caregivers.people.checks import RecordCheck, newest
from recipients.risk import age_on
from recipients.self_care import SelfCare

ADULT_FROM = 18  # full years: 民法典 art. 17

Code = Literal[
    "not_active",
    "provider_ended",
    "is_recipient",
    "age_unknown",
    "not_adult",
    "without_capacity",
    "no_id_number",
    "barred",
    "visits_recipient",
    "health",
    "minor_check",
    "over_load",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class SuitabilityFacts:
    """What is known of a caregiver and the recipient they are to care for.

    `load` counts the other people they care for under an agreement in force, in the whole district, wherever else the
    same ID number is registered; `has_full_care`: one of those needs full care. `barred`: on the district's bar list.
    """

    kind: Kind
    status: Status
    provider_ended: bool = False
    born_on: date | None
    without_capacity: bool = False
    id_number_known: bool
    barred: bool
    load: int
    has_full_care: bool
    recipient_self_care: SelfCare
    recipient_is_minor: bool
    checks: tuple[RecordCheck, ...] = ()
    visits_recipient: bool  # the account they act with is the recipient's visitor
    is_recipient: bool  # the same ID number


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsuitable:
    """One reason why somebody may not be entrusted with a person. Of a bar only that the district knows more."""

    code: Code
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.reason}。" if not self.remedy else f"{self.reason}。{self.remedy}。"


BARRED = Unsuitable(code="barred", reason="不符合担任照料人的条件，请联系区民政局", remedy="")
"""No word more: neither that there is a list, nor why, nor where."""


def unsuitable(facts: SuitabilityFacts, policy: Caregivers, on: date) -> tuple[Unsuitable, ...]:
    """Every reason against it on a day, by the district's policy; empty where nothing forbids it."""
    return (*_in_themselves(facts, on), *_for_this_recipient(facts, policy, on))


def _in_themselves(facts: SuitabilityFacts, on: date) -> Iterator[Unsuitable]:
    if facts.status != "active":
        said = "已登记死亡" if facts.status == "died" else "已不再担任照料人"
        yield Unsuitable(code="not_active", reason=f"此人{said}", remedy="请另选照料人；登记有误的，请先恢复登记")
    if facts.provider_ended:
        yield Unsuitable(code="provider_ended", reason="所在服务机构已停用", remedy="请另选照料人或机构")
    if facts.born_on is None:
        yield Unsuitable(
            code="age_unknown", reason="没有登记出生日期，不能确认已成年", remedy="请补录身份证号或出生日期"
        )
    elif age_on(facts.born_on, on) < ADULT_FROM:
        yield Unsuitable(code="not_adult", reason=f"未满 {ADULT_FROM} 周岁", remedy="请另选成年人")
    if facts.without_capacity:
        yield Unsuitable(
            code="without_capacity", reason="不具备完全民事行为能力", remedy="请另选照料人；登记有误的，请先改正"
        )
    if not facts.id_number_known:
        yield Unsuitable(code="no_id_number", reason="身份证号待核实，不能核对资格", remedy="请先补录身份证号")
    if facts.barred:
        yield BARRED
    if (health := newest(facts.checks, "health")) is not None and health.counts(on) and not health.clear:
        yield Unsuitable(
            code="health", reason="最近一次健康检查结果不适合从事照料", remedy="请另选照料人，或复查后登记新的结果"
        )


def _for_this_recipient(facts: SuitabilityFacts, policy: Caregivers, on: date) -> Iterator[Unsuitable]:
    if facts.is_recipient:
        yield Unsuitable(code="is_recipient", reason="照料人与对象是同一人", remedy="请另选照料人")
    if facts.visits_recipient:
        yield Unsuitable(
            code="visits_recipient",
            reason="此人是该对象的走访员，不能走访自己照料的人",
            remedy="请先把该对象的走访任务交给别人，或另选照料人",
        )
    if facts.recipient_is_minor and (missing := _minor_check(facts, policy, on)) is not None:
        yield missing
    cap = _cap(facts, policy)
    if facts.load + 1 > cap:
        yield Unsuitable(
            code="over_load",
            reason=f"已照料 {facts.load} 人，最多 {cap} 人{_why(facts)}",
            remedy="请另选照料人，或先减少其照料的人数",
        )


def _minor_check(facts: SuitabilityFacts, policy: Caregivers, on: date) -> Unsuitable | None:
    """未成年人保护法 art. 22 and 62: nobody with such a record is entrusted with a child, and it is asked for anew."""
    months = policy.minor_check_valid_months
    check = newest(facts.checks, "criminal_record")
    if check is not None and check.clear and check.counts(on, within_months=months):
        return None
    if check is not None and not check.clear:
        return Unsuitable(code="minor_check", reason="违法犯罪记录查询未通过，不得照料未成年人", remedy="请另选照料人")
    return Unsuitable(
        code="minor_check",
        reason=f"照料未成年人须有 {months} 个月内的违法犯罪记录查询",
        remedy="请向公安机关查询后登记结果",
    )


def _cap(facts: SuitabilityFacts, policy: Caregivers) -> int:
    if facts.kind == "provider_staff":
        return policy.recipients_per_provider_staff
    full_care = facts.has_full_care or facts.recipient_self_care == "full"
    return policy.recipients_per_person_full_care if full_care else policy.recipients_per_person


def _why(facts: SuitabilityFacts) -> str:
    full_care = facts.has_full_care or facts.recipient_self_care == "full"
    return "(其中有全护理对象)" if full_care and facts.kind == "natural" else ""
