"""The district's bar list: who may care for nobody, for how long, and when a line of it holds."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args
from uuid import UUID

from caregivers.people.months import months_after

BarReason = Literal["removed", "law"]
BAR_REASONS: tuple[BarReason, ...] = get_args(BarReason)
BAR_WORDS: dict[BarReason, str] = {"removed": "撤换", "law": "法律禁止"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A line of the bar list. `until_on` is the first day it no longer holds; None: for ever."""

    id: UUID
    district_id: int
    caregiver_id: UUID | None
    name: str = field(repr=False)
    by_number: bool
    reason: BarReason
    ground: str = field(repr=False)
    case_id: UUID | None
    from_on: date
    until_on: date | None
    created_by: UUID
    created_at: datetime
    lifted_by: UUID | None = None
    lifted_at: datetime | None = None
    lift_reason: str | None = field(default=None, repr=False)

    def holds(self, on: date) -> bool:
        """Whether somebody is barred by it on a day."""
        return self.lifted_at is None and self.from_on <= on and (self.until_on is None or on < self.until_on)


def until(reason: BarReason, from_on: date, *, months: int) -> date | None:
    """How long by policy. What a law forbids, it forbids for ever (未成年人保护法 art. 62)."""
    return None if reason == "law" else months_after(from_on, months)
