"""A district's policy: read strictly, changed row by row, compared, and refused where it would leave nobody to tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

from accounts.duty import Duty
from accounts.lengths import Length
from accounts.policy_defaults import DEFAULT
from accounts.policy_reading import Problem, leaves, plain, read_rows
from accounts.policy_rows import (
    Absences,
    Agreements,
    Alerts,
    Caregivers,
    Curtain,
    Devices,
    Doorstep,
    Doubts,
    Eligibility,
    Evidence,
    Fees,
    LateEntry,
    Leads,
    Phones,
    Rectification,
    Replacement,
    Retention,
    Risks,
    Sampling,
    Sensors,
    Visits,
)
from accounts.policy_words import SEVERITY_NAMES, BySeverity, Risk, Severity
from core.errors import Invalid

_PROBLEMS_TOLD = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One complete version. Times and days mean the local zone; working days follow the district's calendar."""

    visits: Annotated[Visits, "探访"]
    risks: Annotated[Risks, "风险分级"]
    curtain: Annotated[Curtain, "早看窗帘、晚看灯"]
    sensors: Annotated[Sensors, "感应设备"]
    alerts: Annotated[Alerts, "预警"]
    absences: Annotated[Absences, "外出报备"]
    leads: Annotated[Leads, "线索和急难救助"]
    eligibility: Annotated[Eligibility, "资格"]
    rectification: Annotated[Rectification, "限期整改"]
    replacement: Annotated[Replacement, "撤换"]
    agreements: Annotated[Agreements, "照料协议"]
    caregivers: Annotated[Caregivers, "照料人"]
    fees: Annotated[Fees, "照料护理费"]
    sampling: Annotated[Sampling, "回访抽查"]
    doorstep: Annotated[Doorstep, "门口码"]
    doubts: Annotated[Doubts, "存疑标准"]
    late_entry: Annotated[LateEntry, "迟报"]
    retention: Annotated[Retention, "保存年限"]
    phones: Annotated[Phones, "走访手机"]
    devices: Annotated[Devices, "登录设备"]
    evidence: Annotated[Evidence, "探访佐证"]

    @classmethod
    def default(cls) -> "Policy":
        """Version 1, in force until a district issues its own."""
        return _default()


class PolicyRefused(Invalid):
    """The content is no policy. `problems` names every fault, `field` the first one."""

    detail = "政策内容有误。请按提示更正后重新提交。"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        told = "\n".join(problem.detail for problem in problems[:_PROBLEMS_TOLD])
        more = f"\n……共 {len(problems)} 处。" if len(problems) > _PROBLEMS_TOLD else ""
        super().__init__(f"政策内容有误，未保存。请更正:\n{told}{more}", field=problems[0].pointer)
        self.problems = problems


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One row that differs. `before` or `after` is plain data."""

    pointer: str
    name: str
    before: Any
    after: Any


def read(data: object) -> Policy:
    """A complete policy from plain data such as JSON. PolicyRefused for a missing, unknown or senseless row."""
    policy, problems = read_rows(Policy, data)
    if not problems:
        problems = tuple(_contradictions(policy))
    if problems:
        raise PolicyRefused(problems)
    assert isinstance(policy, Policy)
    return policy


def to_data(policy: Policy) -> dict[str, Any]:
    """The plain data `read` reads: what is stored and shown."""
    data = plain(policy)
    assert isinstance(data, dict)
    return data


def with_changes(policy: Policy, changes: Mapping[str, Any]) -> Policy:
    """The policy with some rows replaced: `{"visits": {"interval": {"high": "5d"}}}`. A list is replaced as a whole.

    It also completes what was stored before a row existed: `with_changes(Policy.default(), stored)`.
    """
    return read(_merged(to_data(policy), changes))


def diff(old: Policy, new: Policy) -> tuple[Change, ...]:
    """The rows that differ, in the order of the policy."""
    pairs = zip(leaves(Policy, to_data(old)), leaves(Policy, to_data(new)), strict=True)
    return tuple(
        Change(pointer=pointer, name=name, before=before, after=after)
        for (pointer, name, before), (_, _, after) in pairs
        if before != after
    )


def rows(policy: Policy) -> tuple[tuple[str, str, Any], ...]:
    """Every row as (pointer, Chinese name, plain value), for showing the whole."""
    return tuple(leaves(Policy, to_data(policy)))


@cache
def _default() -> Policy:
    return read(DEFAULT)


def _merged(base: Any, changes: Any) -> Any:
    if not (isinstance(base, Mapping) and isinstance(changes, Mapping)):
        return changes
    return {**base, **{key: _merged(base.get(key), value) for key, value in changes.items()}}


def _contradictions(policy: Policy) -> Iterator[Problem]:
    """What no single row shows: a ladder that reaches nobody, a graver case that waits longer, sums gone wrong."""
    for severity in Severity:
        yield from _ladder(policy.alerts.ladder[severity], f"/alerts/ladder/{severity}")
    yield from _soon(policy.alerts.acknowledge.critical, "/alerts/acknowledge/critical")
    yield from _soon(policy.alerts.repeat_last.critical, "/alerts/repeat_last/critical")
    yield from _gravest_first(policy.alerts.acknowledge, "/alerts/acknowledge")
    yield from _gravest_first(policy.alerts.repeat_last, "/alerts/repeat_last")
    yield from _gravest_first(policy.alerts.resolve, "/alerts/resolve")
    yield from _gravest_first(policy.alerts.pause_at_most, "/alerts/pause_at_most")
    if policy.alerts.pause_at_most.critical.working_days:
        said = "危急预警不分节假日，暂停升级不能用工作日(wd)。请改成如 24h。"
        yield _problem("/alerts/pause_at_most/critical", said)
    yield from _gravest_first(policy.rectification.deadline, "/rectification/deadline")
    for risk in Risk:
        yield from _fits(policy.visits.opens_before[risk], policy.visits.interval[risk], f"/visits/opens_before/{risk}")
        yield from _fits(policy.visits.grace[risk], policy.visits.interval[risk], f"/visits/grace/{risk}")
    if not policy.risks.high:
        yield _problem("/risks/high", "至少要有一种高风险情形，否则无人按高风险探访。请补上。")
    if policy.late_entry.marked_after.rough_seconds > policy.late_entry.confirmed_after.rough_seconds:
        yield _problem("/late_entry/confirmed_after", "须主管确认的时限短于须标注迟报的时限。请调换或改大。")
    weights = policy.caregivers.weights
    total = weights.recipient + weights.neighbours + weights.visits + weights.records
    if total != 100:
        yield _problem("/caregivers/weights", f"四项权重合计应为 100，现为 {total}。请调整。")
    if not policy.replacement.barred_for_ever_by_law:
        yield _problem("/replacement/barred_for_ever_by_law", "法律规定的终身限制不能取消。请改回 true。")
    if (policy.evidence.photo or policy.evidence.position) and not policy.evidence.necessity.strip():
        yield _problem("/evidence/necessity", "要求拍照或定位须写明必要性说明。请填写，或改为不要求。")


def _ladder(duties: tuple[Duty, ...], pointer: str) -> Iterator[Problem]:
    if not duties:
        yield _problem(pointer, "升级链为空，出事时将无人接到通知。请至少写上 district(区民政局值班)。")
        return
    if duties[-1] is not Duty.DISTRICT:
        yield _problem(pointer, "升级链末级须是 district(区民政局值班)，否则可能无人接到通知。请在末尾补上。")
    order = list(Duty)
    if any(order.index(lower) >= order.index(upper) for lower, upper in pairwise(duties)):
        yield _problem(pointer, f"升级链须逐级向上、不得重复，次序为 {'、'.join(order)}。请调整次序。")


def _soon(wait: Length, pointer: str) -> Iterator[Problem]:
    """A life may hang on a critical alert: it stops for no holiday and reaches the next person within a day."""
    if wait.working_days or wait.rough_seconds > Length.of("1d").seconds:
        yield _problem(pointer, "危急预警不分节假日，每级最长 1d，不能用工作日(wd)。请改成如 10min。")


def _fits(length: Length, interval: Length, pointer: str) -> Iterator[Problem]:
    if length.seconds > interval.seconds:
        yield _problem(pointer, f"{length} 长于探访间隔 {interval}，前后两次探访会混淆。请改短，或加长间隔。")


def _gravest_first(lengths: BySeverity[Length], pointer: str) -> Iterator[Problem]:
    for graver, lighter in pairwise(Severity):
        if lengths[graver].rough_seconds > lengths[lighter].rough_seconds:
            names = f"“{SEVERITY_NAMES[graver]}”的时限长于“{SEVERITY_NAMES[lighter]}”"
            yield _problem(f"{pointer}/{graver}", f"{names}。越紧急应越快，请改短或调换。")


def _problem(pointer: str, said: str) -> Problem:
    return Problem(pointer=pointer, detail=f"{pointer}:{said}")
