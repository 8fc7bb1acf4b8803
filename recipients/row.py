"""One row of a ledger while it is being read: its cells by field, and what was found wrong or odd."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TypeVar

from recipients import cells
from recipients.cells import Cell
from recipients.columns import TITLE_OF
from recipients.fault import Fault, Problem, problem

T = TypeVar("T")

LONGEST_WORDS = 200  # characters; longer is a paste gone wrong


class Row:
    """The cells of one row by field. Everything is read before anything is refused, so all faults are told at once."""

    def __init__(self, cells_by_field: dict[str, Cell], today: date) -> None:
        self.cells = cells_by_field
        self.today = today
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        for field, cell in self.cells.items():
            if cell and (shown := cells.error_shown(cell)):
                self.cells[field] = None
                reason = shown if "公式" in shown else f"单元格是错误值 {shown}"
                self.fault(field, Fault(reason=reason, remedy="请改成实际内容(可复制后“只粘贴值”)，再上传"))

    def fault(self, field: str, fault: Fault) -> None:
        """Remembers the first fault of a column: the others follow from it."""
        if all(known.column != TITLE_OF[field] for known in self.problems):
            self.problems.append(problem(TITLE_OF[field], fault))

    def warn(self, field: str, warning: str) -> None:
        self.warnings.append(f"{TITLE_OF[field]}：{warning}")

    def take(self, field: str, read: Callable[[Cell], T | Fault]) -> T | None:
        value = read(self.cells.get(field))
        if isinstance(value, Fault):
            self.fault(field, value)
            return None
        return value

    def words(self, field: str, longest: int = LONGEST_WORDS) -> str | None:
        value = cells.stated(self.cells.get(field))
        if value is not None and len(value) > longest:
            self.fault(field, Fault(reason=f"超过 {longest} 个字", remedy="请缩短，只留这一列该填的内容"))
            return None
        return value

    def one_of(self, field: str, known: Mapping[str, T]) -> T | None:
        return self.take(field, lambda cell: _one_of(cell, known))

    def day(self, field: str) -> date | None:
        found = self.take(field, cells.day)
        if found is not None and not found.exact:
            self.warn(field, f"只写到月，按 {found.on.isoformat()} 记")
        return found.on if found is not None else None

    def phone(self, field: str) -> str | None:
        found = self.take(field, cells.phone)
        if found is None:
            return None
        if found.others:
            self.warn(field, f"写了 {found.others + 1} 个号码，只取第一个")
        if found.local:
            self.warn(field, "固定电话没有区号")
        return found.number


def _one_of(cell: Cell, known: Mapping[str, T]) -> T | Fault | None:
    written = cells.squeezed(cell)
    if written in known:
        return known[written]
    if written in cells.NOTHING:
        return None
    return Fault(reason="不认识的写法", remedy=f"请写：{'、'.join(list(known)[:6])}")
