"""Looks into somebody's records before a person is entrusted to them: of each kind the newest counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from uuid import UUID

from caregivers.people.months import months_after
from recipients.fault import Fault

CheckKind = Literal["criminal_record", "health", "training"]
CHECK_KINDS: tuple[CheckKind, ...] = get_args(CheckKind)
CHECK_WORDS: dict[CheckKind, str] = {
    "criminal_record": "违法犯罪记录查询",
    "health": "健康检查",
    "training": "护理培训",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordCheck:
    """One look. `clear`: nothing speaks against them. `expires_on` is the first day it no longer counts."""

    id: UUID
    kind: CheckKind
    clear: bool
    checked_on: date
    expires_on: date | None = None

    def counts(self, on: date, *, within_months: int | None = None) -> bool:
        """Whether it still says something on a day: not run out, and no older than so many months."""
        if self.checked_on > on or (self.expires_on is not None and self.expires_on <= on):
            return False
        return within_months is None or on < months_after(self.checked_on, within_months)


def newest(checks: Iterable[RecordCheck], kind: CheckKind) -> RecordCheck | None:
    """The newest of a kind: by the day of the look, then by when it was put on record (ids sort by it)."""
    return max((one for one in checks if one.kind == kind), key=lambda one: (one.checked_on, one.id), default=None)


def fault(*, checked_on: date, expires_on: date | None, today: date) -> tuple[str, Fault] | None:
    """What is wrong with the days of a check, with the name of the field."""
    if checked_on > today:
        return "checked_on", Fault(reason="查询日期在今天之后", remedy="请核对日期")
    if expires_on is not None and expires_on <= checked_on:
        return "expires_on", Fault(reason="失效日期不晚于查询日期", remedy="请核对日期；没有失效日期的，请留空")
    return None
