"""A district's policy applied to a person: which marks they bear, the risk that follows, the bounds of an absence."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.policy import Policy
from accounts.policy_words import RiskMark
from recipients.absence import AbsenceRule
from recipients.risk import Assessment, Category, Condition, RiskRule, Said, age_on, derive
from recipients.self_care import SelfCare


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What risk is judged by."""

    said: Said
    born_on: date | None
    self_care: SelfCare
    living_alone: bool | None
    disability_grade: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """`warnings` are for the person who keeps the record."""

    categories: frozenset[Category]
    conditions: frozenset[Condition]
    assessment: Assessment
    warnings: tuple[str, ...] = ()


def judge(known: Circumstances, *, policy: Policy, today: date) -> Judged:
    """Categories corrected by facts, then the risk those facts make by the district's policy."""
    age = age_on(known.born_on, today) if known.born_on else None
    derived = derive(
        known.said,
        age=age,
        self_care=known.self_care,
        disability_grade=known.disability_grade,
        living_alone=known.living_alone,
        rule=risk_rule(policy),
    )
    found = assess(
        categories=derived.categories,
        conditions=derived.conditions,
        self_care=known.self_care,
        age=age,
        policy=policy,
    )
    return Judged(
        categories=derived.categories, conditions=derived.conditions, assessment=found, warnings=derived.warnings
    )


def assess(
    *,
    categories: Collection[Category],
    conditions: Collection[Condition],
    self_care: SelfCare,
    age: int | None,
    policy: Policy,
) -> Assessment:
    """The risk, and the marks that decided it in the words a worker reads."""
    marks = _marks(categories, conditions, self_care, age, policy.risks.elder_from_age)
    risk = policy.risks.risk_of(marks)
    deciding = {"high": policy.risks.high, "key": policy.risks.key}.get(risk.value, ())
    return Assessment(risk=risk.value, because=tuple(mark_words(mark, policy) for mark in deciding if mark in marks))


def _marks(
    categories: Collection[Category],
    conditions: Collection[Condition],
    self_care: SelfCare,
    age: int | None,
    elder_from: int,
) -> frozenset[RiskMark]:
    """Where the age is not known, the category 高龄 stands in for it. A doubtful 失能 counts as partial care."""
    elder = age >= elder_from if age is not None else "aged" in categories
    alone = "living_alone" in categories
    full = self_care == "full"
    borne = {
        RiskMark.ELDER: elder,
        RiskMark.ELDER_ALONE: elder and alone,
        RiskMark.LIVING_ALONE: alone,
        RiskMark.FULL_CARE: full,
        RiskMark.PARTIAL_CARE: not full and (self_care == "partial" or "incapacity" in categories),
        RiskMark.DEMENTIA: "dementia" in conditions,
        RiskMark.SERIOUS_ILLNESS: "serious_illness" in conditions or "serious_illness" in categories,
        RiskMark.SEVERE_DISABILITY: "severe_disability" in categories,
        RiskMark.MINOR: "minor" in categories,
    }
    return frozenset(mark for mark, true in borne.items() if true)


def mark_words(mark: RiskMark, policy: Policy) -> str:
    elder = f"{policy.risks.elder_from_age} 岁以上"
    return {
        RiskMark.ELDER_ALONE: f"{elder}独居",
        RiskMark.ELDER: elder,
        RiskMark.LIVING_ALONE: "独居",
        RiskMark.FULL_CARE: "完全丧失自理能力",
        RiskMark.PARTIAL_CARE: "部分丧失自理能力",
        RiskMark.DEMENTIA: "失智",
        RiskMark.SERIOUS_ILLNESS: "重病",
        RiskMark.SEVERE_DISABILITY: "重残",
        RiskMark.MINOR: "未成年人",
    }[mark]


def absence_rule(policy: Policy, risk: str) -> AbsenceRule:
    """How long one report may last, and how soon after its end somebody looks at the door."""
    rows = policy.absences
    # Working days have no length without a calendar; a day each is never later than they would be.
    return AbsenceRule(
        longest=rows.longest.delta, return_check_within=timedelta(seconds=rows.return_check_within[risk].rough_seconds)
    )


def risk_rule(policy: Policy) -> RiskRule:
    """What corrects the categories a ledger states."""
    return RiskRule(aged_from=policy.risks.elder_from_age, minor_under=policy.risks.minor_below_age)
