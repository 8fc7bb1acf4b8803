"""What somebody types about a person, put into a ledger row and read by the same rules as an imported one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from accounts.policy import Policy
from recipients import id_number
from recipients.by_policy import risk_rule
from recipients.cells import Cell
from recipients.columns import TITLE_OF
from recipients.fault import Problem
from recipients.fields import GRADE_WORDS, METHOD_WORDS, SEX_WORDS, SUPPORT_WORDS
from recipients.ledger import LedgerRow, read_row
from recipients.person import LEDGER_NAMES, Person, category_words, cells_of
from recipients.row import Row
from recipients.self_care import CLASS_WORDS, INDICATORS
from recipients.villages import Village, Villages

_YES_NO = {True: "是", False: "否"}
_CONSENT = {True: "同意", False: "不同意"}
_WORDS: dict[str, Mapping[Any, str]] = {
    "sex": SEX_WORDS,
    "support_mode": SUPPORT_WORDS,
    "self_care": CLASS_WORDS,
    "disability_grade": GRADE_WORDS,
    "last_seen_how": METHOD_WORDS,
    "living_alone": _YES_NO,
    "entry_consent": _CONSENT,
}
_TOGETHER = frozenset({"id_number", "id_to_confirm_reason", "categories", "conditions", "indicators"})


def read(
    changes: Mapping[str, Any], *, known: Person | None, village: Village, policy: Policy, today: date
) -> LedgerRow | tuple[Problem, ...]:
    """The row of a new person, or of a known one with these fields changed; else everything that is wrong with it.

    `changes` are named and typed as the fields of `Person`; None clears a field.
    """
    cells = cells_of(known, village=village.code) if known else {"village": village.code}
    row = Row({name: cell for name, cell in _changed(cells, changes, known).items() if cell is not None}, today)
    identity = row.take("id_number", lambda cell: id_number.read(cell, today=today))
    for warning in identity.warnings if identity is not None else ():
        row.warn("id_number", warning)
    rule = risk_rule(policy)
    return read_row(row, number=0, identity=identity, villages=Villages([village]), rule=rule) or tuple(row.problems)


def pointer(problem: Problem) -> str:
    """Where in the fields of `Person` a problem of a ledger column lies, as a JSON pointer."""
    return _POINTERS[problem.column]


def _changed(cells: Mapping[str, Cell], changes: Mapping[str, Any], known: Person | None) -> dict[str, Cell]:
    new = dict(cells)
    if "id_number" in changes or "id_to_confirm_reason" in changes:
        number = changes.get("id_number", known.id_number if known else None)
        reason = changes.get("id_to_confirm_reason")
        new["id_number"] = number or (f"待核实：{reason}" if reason else None)
    if "categories" in changes or "conditions" in changes:
        new["categories"] = _categories(changes, known)
    if "indicators" in changes or "self_care" in changes:
        # Each can be told from the other; what was stored of the one left out may contradict what is told now.
        able = changes.get("indicators") or {}
        new |= {one: {True: "能", False: "不能", None: None}[able.get(one)] for one in INDICATORS}
        new["self_care"] = None
    for name, value in changes.items():
        if name not in _TOGETHER:
            new[LEDGER_NAMES.get(name, name)] = _cell(name, value)
    return new


def _categories(changes: Mapping[str, Any], known: Person | None) -> str | None:
    categories = changes.get("categories", known.categories if known else ())
    conditions = changes.get("conditions", known.conditions if known else ())
    # A serious illness is told as a category; left among the conditions it could never be taken back.
    return category_words(categories or (), [one for one in conditions or () if one != "serious_illness"])


def _cell(name: str, value: Any) -> Cell:
    if value is None:
        return None
    if name in _WORDS:
        return _WORDS[name][value]
    return value.isoformat() if isinstance(value, date) else value


_FIELD_NAMES = {column: name for name, column in LEDGER_NAMES.items()} | {"village": "area_id"}
_POINTERS = {
    title: f"/indicators/{field}" if field in INDICATORS else f"/{_FIELD_NAMES.get(field, field)}"
    for field, title in TITLE_OF.items()
}
