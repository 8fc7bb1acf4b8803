"""A ledger row read whole: typed and checked, or refused with a reason and a remedy for each column at fault."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from recipients import fields, id_number, risk
from recipients.cells import Cell
from recipients.fault import Fault, Problem
from recipients.fields import Method, Plain, Support
from recipients.grid import Ledger, RawRow
from recipients.id_number import IdNumber
from recipients.risk import Category, Condition, Derived, Risk, RiskRule
from recipients.row import Row
from recipients.self_care import Indicator, SelfCare
from recipients.villages import Villages

Progress = Callable[[int, int], None]  # rows done, rows in all
_PROGRESS_EVERY = 100  # rows


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class LedgerRow:
    """One recipient as the ledger has them, sensitive fields in plain text. `number` is the row number Excel shows."""

    number: int
    serial: str | None = None
    name: str
    sex: id_number.Sex
    id_kind: id_number.Kind
    id_number: str | None
    id_compared: str | None
    id_to_confirm_because: str | None = None
    born_on: date | None
    age: int | None
    support: Support = "dispersed"
    categories: tuple[Category, ...] = ()
    conditions: tuple[Condition, ...] = ()
    self_care: SelfCare
    indicators: dict[Indicator, bool] | None = None
    risk: Risk
    risk_because: tuple[str, ...] = ()
    disability_kind: str | None = None
    disability_grade: int | None = None
    hukou_address: str | None = None
    address: str | None = None
    village: str
    village_code: str
    living_alone: bool = False
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
    last_seen_on: date | None = None
    last_seen_how: Method | None = None
    open_hazards: str | None = None
    curtain_watcher: str | None = None
    remarks: str | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:  # so that no log or traceback shows a person
        return f"LedgerRow(number={self.number})"


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedRow:
    """A row that cannot be taken over, with all its cells as found."""

    number: int
    headers: tuple[str, ...] = field(repr=False)
    cells: tuple[Cell, ...] = field(repr=False)
    problems: tuple[Problem, ...]


def refuse(raw: RawRow, problems: Iterable[Problem]) -> RefusedRow:
    return RefusedRow(number=raw.number, headers=raw.headers, cells=raw.cells, problems=tuple(problems))


def read_rows(
    ledger: Ledger, *, today: date, villages: Villages, rule: RiskRule, progress: Progress | None = None
) -> Iterator[LedgerRow | RefusedRow]:
    """Every row in order, one at a time. The second and later rows with the same identity number are refused."""
    first_with: dict[str, int] = {}
    for done, raw in enumerate(ledger.rows, start=1):
        row = Row({one: raw.cells[column] for one, column in ledger.fields.items()}, today)
        identity = _identity(row)
        _refuse_repeated(row, identity, raw.number, first_with)
        yield read_row(row, number=raw.number, identity=identity, villages=villages, rule=rule) or refuse(
            raw, row.problems
        )
        if progress is not None and (done % _PROGRESS_EVERY == 0 or done == len(ledger.rows)):
            progress(done, len(ledger.rows))


def _identity(row: Row) -> IdNumber | None:
    remarks = row.words("remarks", fields.LONGEST_REMARK)
    identity = row.take("id_number", lambda cell: id_number.read(cell, today=row.today, remarks=remarks))
    for warning in identity.warnings if identity is not None else ():
        row.warn("id_number", warning)
    return identity


def _refuse_repeated(row: Row, identity: IdNumber | None, number: int, first_with: dict[str, int]) -> None:
    if identity is None or identity.compared is None:
        return
    first = first_with.setdefault(identity.compared, number)
    if first != number:
        row.fault("id_number", Fault(reason=f"与第 {first} 行的号码相同", remedy="请核实是不是同一人，只保留一行"))


def read_row(
    row: Row, *, number: int, identity: IdNumber | None, villages: Villages, rule: RiskRule
) -> LedgerRow | None:
    """None where anything is wrong; `row.problems` then holds every reason, not only the first."""
    name = fields.name(row)
    village = row.take("village", villages.find)
    sex = fields.sex(row, identity)
    born_on = fields.born_on(row, identity)
    age = fields.age(row, born_on)
    care, able = fields.ability(row)
    said = row.take("categories", risk.read_categories)
    kind, grade = fields.disability(row)
    support = fields.support(row)
    starts_on, ends_on = fields.agreement(row)
    last_seen_on = fields.last_seen_on(row)
    alone = fields.living_alone(row)
    plain = fields.plain(row)
    if row.problems or not (name and village and sex and care and said and identity):
        return None
    found = risk.derive(said, age=age, self_care=care, disability_grade=grade, living_alone=alone, rule=rule)
    row.warnings += found.warnings
    _warn_of_gaps(row, found, plain, alone)
    assessed = risk.assess(
        categories=found.categories,
        conditions=found.conditions,
        self_care=care,
        living_alone=bool(alone),
        age=age,
        rule=rule,
    )
    return LedgerRow(
        number=number,
        name=name,
        sex=sex,
        id_kind=identity.kind,
        id_number=identity.number,
        id_compared=identity.compared,
        id_to_confirm_because=identity.to_confirm_because,
        born_on=born_on,
        age=age,
        support=support,
        categories=tuple(one for one in risk.CATEGORIES if one in found.categories),
        conditions=tuple(sorted(found.conditions)),
        self_care=care,
        indicators=able,
        risk=assessed.risk,
        risk_because=assessed.because,
        disability_kind=kind,
        disability_grade=grade,
        village=villages.shown(village),
        village_code=village.code,
        living_alone="living_alone" in found.categories,
        agreement_starts_on=starts_on,
        agreement_ends_on=ends_on,
        last_seen_on=last_seen_on,
        warnings=tuple(row.warnings),
        **plain,
    )


def _warn_of_gaps(row: Row, found: Derived, plain: Plain, alone: bool | None) -> None:
    """What is missing or odd, but stops nobody from being visited."""
    if alone is None and "living_alone" not in found.categories:
        row.warn("living_alone", "没有填写，暂按不独居")
    if "minor" in found.categories and not plain["guardian"]:
        row.warn("guardian", "未成年人没有填监护人")
    if plain["visitor"] and plain["visitor"] == plain["caregiver"]:
        row.warn("visitor", "与照料人同名；照料人不能探访自己照料的人，请核实")
