"""Key categories and risk: what the facts and a district's rule make of a person."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal, get_args

from recipients.cells import NOTHING, Cell, squeezed, text
from recipients.fault import Fault
from recipients.self_care import SelfCare

Risk = Literal["high", "key", "general"]
Category = Literal["aged", "severe_disability", "serious_illness", "incapacity", "minor", "living_alone"]
Condition = Literal["dementia", "serious_illness"]

CATEGORIES: tuple[Category, ...] = get_args(Category)
CATEGORY_WORDS: dict[Category, str] = {
    "aged": "高龄",
    "severe_disability": "重残",
    "serious_illness": "重病",
    "incapacity": "失能",
    "minor": "未成年人",
    "living_alone": "独居",
}
CONDITION_WORDS: dict[Condition, str] = {"dementia": "失智", "serious_illness": "重病"}
RISK_WORDS: dict[Risk, str] = {"high": "高风险", "key": "重点", "general": "一般"}


@dataclass(frozen=True, kw_only=True, slots=True)
class RiskRule:
    """A district's choice of ages (full years) and conditions. The defaults are the first policy."""

    aged_from: int = 80
    minor_under: int = 18
    alone_from: int = 80  # living alone is high from this age on
    severe_grades: frozenset[int] = frozenset({1, 2})
    full_care_is_high: bool = True
    minor_is_high: bool = True
    high_conditions: frozenset[Condition] = frozenset({"dementia", "serious_illness"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    risk: Risk
    because: tuple[str, ...]  # in the words a worker reads


def age_on(born_on: date, today: date) -> int:
    """Full years. Somebody born on 29 February turns a year older on 1 March of other years."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def assess(
    *,
    categories: Collection[Category],
    conditions: Collection[Condition],
    self_care: SelfCare,
    living_alone: bool,
    age: int | None,
    rule: RiskRule,
) -> Assessment:
    """High, key or general. Where the age is not known, the category 高龄 stands in for it."""
    old_enough = age >= rule.alone_from if age is not None else "aged" in categories
    alone = living_alone or "living_alone" in categories
    grounds = [CONDITION_WORDS[one] for one in get_args(Condition) if one in conditions and one in rule.high_conditions]
    if alone and old_enough:
        grounds.insert(0, f"{rule.alone_from} 岁以上独居")
    if rule.full_care_is_high and self_care == "full":
        grounds.append("完全丧失自理能力")
    if rule.minor_is_high and "minor" in categories:
        grounds.append("未成年人")
    if grounds:
        return Assessment(risk="high", because=tuple(grounds))
    key = [CATEGORY_WORDS[one] for one in CATEGORIES if one in categories or (one == "living_alone" and alone)]
    return Assessment(risk="key", because=tuple(key)) if key else Assessment(risk="general", because=())


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a ledger's category cell says."""

    categories: frozenset[Category] = frozenset()
    conditions: frozenset[Condition] = frozenset()


_SAID: dict[str, Category] = {
    **dict.fromkeys(("高龄", "高龄老人", "80岁以上", "80周岁以上", "八十岁以上", "80岁以上老人", "高龄老年人"), "aged"),
    **dict.fromkeys(("重残", "重度残疾", "重度残疾人", "重残人员", "一级残疾", "二级残疾"), "severe_disability"),
    **dict.fromkeys(("重病", "大病", "重大疾病", "重病患者", "患重病", "大病患者", "重病人员"), "serious_illness"),
    **dict.fromkeys(("失能", "失能老人", "完全失能", "全失能", "失能人员", "半失能", "卧床"), "incapacity"),
    **dict.fromkeys(("未成年人", "未成年", "儿童", "未满18周岁", "未满18岁", "特困儿童"), "minor"),
    **dict.fromkeys(("独居", "独居老人", "独自居住", "一人居住", "独居老年人", "独居人员"), "living_alone"),
}
_DEMENTIA = frozenset(
    {"失智", "痴呆", "老年痴呆", "阿尔茨海默", "阿尔茨海默病", "阿尔茨海默症", "认知障碍", "失智老人"}
)
_NO_CATEGORY = NOTHING | {"否", "一般", "普通", "非重点", "非重点对象", "一般对象"}
_SEPARATORS = re.compile(r"[、,;/+()和及\s]+")


@lru_cache(maxsize=1024, typed=True)
def read_categories(cell: Cell) -> Said | Fault:
    """Categories listed with 、 , ; or /. An unknown word is refused: a lost category could cost visits."""
    if squeezed(cell) in _NO_CATEGORY:
        return Said()
    words, unknown = _words(squeezed(cell))
    if unknown:  # blanks may separate the words, or stand inside them
        words, unknown = _words(text(cell))
    if unknown:
        allowed = "、".join([*CATEGORY_WORDS.values(), CONDITION_WORDS["dementia"]])
        return Fault(reason=f"不认识的类别“{unknown[0][:20]}”", remedy=f"请从这些词里选，用顿号隔开：{allowed}")
    categories = frozenset(_SAID[word] for word in words if word in _SAID)
    conditions: set[Condition] = {"dementia"} if any(word in _DEMENTIA for word in words) else set()
    return Said(categories=categories, conditions=frozenset(conditions))


def _words(written: str) -> tuple[list[str], list[str]]:
    """All words, and those nobody knows."""
    words = [word for word in _SEPARATORS.split(written) if word and word not in _NO_CATEGORY]
    return words, [word for word in words if word not in _SAID and word not in _DEMENTIA]


@dataclass(frozen=True, kw_only=True, slots=True)
class Derived:
    categories: frozenset[Category]
    conditions: frozenset[Condition]
    warnings: tuple[str, ...] = field(default=())


def derive(
    said: Said,
    *,
    age: int | None,
    self_care: SelfCare,
    disability_grade: int | None,
    living_alone: bool | None,
    rule: RiskRule,
) -> Derived:
    """What was said, corrected by facts. Age alone decides 高龄 and 未成年人; any other doubt keeps the category."""
    found = set(said.categories)
    warnings: list[str] = []
    if age is not None:
        by_age: dict[Category, bool] = {"aged": age >= rule.aged_from, "minor": age < rule.minor_under}
        for category, true in by_age.items():
            if category in found and not true:
                warnings.append(f"写了“{CATEGORY_WORDS[category]}”，但实际 {age} 岁，未采用")
            found = found | {category} if true else found - {category}
    if self_care == "full":
        found.add("incapacity")
    elif self_care == "self" and "incapacity" in found:
        warnings.append("写了“失能”，但自理能力是全自理，请核实；暂按失能")
    if disability_grade in rule.severe_grades:
        found.add("severe_disability")
    elif disability_grade is not None and "severe_disability" in found:
        warnings.append(f"写了“重残”，但残疾等级是 {disability_grade} 级，请核实；暂按重残")
    if living_alone:
        found.add("living_alone")
    elif living_alone is False and "living_alone" in found:
        warnings.append("类别写了“独居”，“是否独居”却写否，请核实；暂按独居")
    conditions = set(said.conditions)
    if "serious_illness" in found:
        conditions.add("serious_illness")
    return Derived(categories=frozenset(found), conditions=frozenset(conditions), warnings=tuple(warnings))
