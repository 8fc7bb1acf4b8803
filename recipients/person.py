"""What the register holds about somebody: made from a ledger row, edited field by field, compared by field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from operator import attrgetter
from typing import Any, get_args
from uuid import UUID

from recipients import id_number
from recipients.cells import Cell
from recipients.columns import TITLE_OF
from recipients.fields import GRADE_WORDS, METHOD_WORDS, SEX_WORDS, SUPPORT_WORDS, Method, Support
from recipients.ledger import LedgerRow
from recipients.risk import CATEGORIES, CATEGORY_WORDS, CONDITION_WORDS, Category, Condition, RiskRule
from recipients.self_care import CLASS_WORDS, INDICATORS, Indicator, SelfCare


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Person:
    """Everything in plain text: it leaves only masked, or revealed for a purpose. Never printed, so it has no repr."""

    area_id: int
    number: str | None = None
    name: str
    sex: id_number.Sex
    id_kind: id_number.Kind
    id_number: str | None
    id_compared: str | None
    id_to_confirm_reason: str | None = None
    born_on: date | None
    support_mode: Support = "dispersed"
    categories: tuple[Category, ...] = ()
    conditions: tuple[Condition, ...] = ()
    self_care: SelfCare
    indicators: Mapping[Indicator, bool] | None = None
    disability_kind: str | None = None
    disability_grade: int | None = None
    living_alone: bool = False
    hukou_address: str | None = None
    address: str | None = None
    phone: str | None = None
    guardian: str | None = None
    guardian_phone: str | None = None
    emergency: str | None = None
    emergency_phone: str | None = None
    keyholder: str | None = None
    keyholder_phone: str | None = None
    entry_consent: bool | None = None
    caregiver: str | None = None
    caregiver_relation: str | None = None
    agreement_number: str | None = None
    agreement_starts_on: date | None = None
    agreement_ends_on: date | None = None
    visit_every_days: int | None = None
    visitor: str | None = None
    visit_worker_id: UUID | None = None
    last_seen_on: date | None = None
    last_seen_how: Method | None = None
    open_hazards: str | None = None
    curtain_watcher: str | None = None
    remarks: str | None = None
    diagnosis: str | None = None
    bank_card: str | None = None


FIELDS = tuple(one.name for one in fields(Person))

# What the register calls otherwise than the ledger's column, and what no ledger has.
LEDGER_NAMES = {
    "number": "serial",
    "support_mode": "support",
    "id_to_confirm_reason": "id_to_confirm_because",
}
_NOT_IN_LEDGER = frozenset({"area_id", "visit_worker_id", "diagnosis", "bank_card"})
_SHARED = tuple(name for name in FIELDS if name not in _NOT_IN_LEDGER)
_from_row = attrgetter(*(LEDGER_NAMES.get(name, name) for name in _SHARED))
OWN_FIELDS = _NOT_IN_LEDGER - {"area_id"}
"""Fields a ledger has no column for: taken as given."""

_TITLES_OF_OWN = {
    "area_id": "所属村",
    "visit_worker_id": "走访员",
    "diagnosis": "病情诊断",
    "bank_card": "银行卡号",
    "standing": "状态",
    "conditions": "重点病情",
    "id_kind": "证件种类",
    "id_to_confirm_reason": "证件待核实原因",
    "indicators": "六项指标",
}


def title_of(name: str) -> str:
    """What a field is called in front of people."""
    return _TITLES_OF_OWN.get(name) or TITLE_OF[LEDGER_NAMES.get(name, name)]


def person(row: LedgerRow, *, area_id: int, **own: Any) -> Person:
    """The person a checked ledger row describes; `own` are `OWN_FIELDS`."""
    return Person(area_id=area_id, **dict(zip(_SHARED, _from_row(row), strict=True)), **own)


def ledger_fields(known: Person) -> dict[str, Any]:
    """The fields of a `LedgerRow` this person gives: all but its number, age, risk and village."""
    return {LEDGER_NAMES.get(name, name): getattr(known, name) for name in _SHARED}


def cells_of(known: Person, *, village: str) -> dict[str, Cell]:
    """The ledger row that would describe this person; read again, it gives the same person.

    Of the categories only those that nothing else in the row would bring back, so that a changed fact can lift one.
    """
    words: dict[str, Cell] = {
        "serial": known.number,
        "name": known.name,
        "sex": SEX_WORDS[known.sex],
        "id_number": known.id_number or f"待核实：{known.id_to_confirm_reason}",
        "born_on": known.born_on.isoformat() if known.born_on else None,
        "support": SUPPORT_WORDS[known.support_mode],
        "categories": category_words(_said(known), known.conditions),
        "self_care": CLASS_WORDS[known.self_care],
        "disability_kind": known.disability_kind,
        "disability_grade": GRADE_WORDS[known.disability_grade] if known.disability_grade else None,
        "village": village,
        "living_alone": "是" if known.living_alone else "否",
        "entry_consent": {True: "同意", False: "不同意", None: None}[known.entry_consent],
        "last_seen_how": METHOD_WORDS[known.last_seen_how] if known.last_seen_how else None,
        "visit_every_days": known.visit_every_days,
    }
    if known.indicators is not None:
        words |= {one: "能" if known.indicators[one] else "不能" for one in INDICATORS}
    for name in ("agreement_starts_on", "agreement_ends_on", "last_seen_on"):
        day: date | None = getattr(known, name)
        words[name] = day.isoformat() if day else None
    return words | {name: getattr(known, name) for name in _AS_WRITTEN}


_AS_WRITTEN = (
    "hukou_address",
    "address",
    "phone",
    "guardian",
    "guardian_phone",
    "emergency",
    "emergency_phone",
    "keyholder",
    "keyholder_phone",
    "caregiver",
    "caregiver_relation",
    "agreement_number",
    "visitor",
    "open_hazards",
    "curtain_watcher",
    "remarks",
)


def category_words(categories: Collection[Category], conditions: Collection[Condition]) -> str | None:
    """As a ledger writes them: 高龄、独居、失智. A serious illness is said once."""
    words = [CATEGORY_WORDS[one] for one in CATEGORIES if one in categories]
    words += [CONDITION_WORDS[one] for one in get_args(Condition) if one in conditions and one not in categories]
    return "、".join(words) or None


def _said(known: Person) -> frozenset[Category]:
    """The categories somebody once said, without those the other facts bring by themselves."""
    follows: set[Category] = {"living_alone"} if known.living_alone else set()
    if known.born_on is not None:
        follows |= {"aged", "minor"}
    if known.self_care == "full":
        follows.add("incapacity")
    if known.disability_grade in RiskRule().severe_grades:
        follows.add("severe_disability")
    return frozenset(known.categories) - follows


def merged(known: Person, told: Person) -> tuple[Person, tuple[str, ...]]:
    """A later ledger's word on somebody known, and warnings for its reader.

    An empty cell erases nothing. Nor does a ledger take a category away: many have no column for it, and a lost
    category costs visits. That is done by editing the person.
    """
    given = {name: value for name in FIELDS if (value := getattr(told, name)) is not None and value != ()}
    kept = _kept(known, told)
    warnings = [f"重点对象类别：登记为“{CATEGORY_WORDS[one]}”，台账没有写，暂保留" for one in CATEGORIES if one in kept]
    together = {*told.categories, *kept}
    given["categories"] = tuple(one for one in CATEGORIES if one in together)
    given["conditions"] = tuple(sorted({*known.conditions, *told.conditions}))
    given["living_alone"] = "living_alone" in together
    if told.id_number is None:
        given["id_kind"] = known.id_kind
    if told.indicators is None and told.self_care != known.self_care:
        given["indicators"] = None  # the old marks contradict the new class
    if known.last_seen_on and (told.last_seen_on is None or told.last_seen_on < known.last_seen_on):
        given |= {"last_seen_on": known.last_seen_on, "last_seen_how": known.last_seen_how}
    return replace(known, **given), tuple(warnings)


def _kept(known: Person, told: Person) -> frozenset[Category]:
    settled: set[Category] = {"aged", "minor"} if known.born_on or told.born_on else set()
    if known.self_care == "full":
        settled.add("incapacity")  # the class, which every row states, decides
    return frozenset(known.categories) - frozenset(told.categories) - settled


def changed(before: Person, after: Person) -> tuple[str, ...]:
    """Names of the fields that differ: what the journal may hold of an edit."""
    return tuple(name for name in FIELDS if name != "id_compared" and getattr(before, name) != getattr(after, name))
