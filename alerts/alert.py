"""One alert as the rules see it: where it stands on its ladder, who acknowledged it, and what keeps it quiet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.lengths import Length, Window
from accounts.policy_rows import Rung

Status = Literal["open", "acknowledged", "resolved"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """What the district's policy said when the alert opened. A later version does not move an alert under way."""

    rungs: tuple[Rung, ...]
    acknowledged_for: Length
    paused_at_most: Length
    messages: Window
    policy_version: int
    document_number: str

    def __post_init__(self) -> None:
        if not self.rungs:
            raise ValueError("a ladder has at least one rung")
        endless = (self.rungs[-1].wait, self.acknowledged_for, self.paused_at_most)
        if any(length.is_zero for length in endless):
            raise ValueError("the repeat, an acknowledgement and a pause last some time")

    @property
    def last(self) -> int:
        return len(self.rungs) - 1

    def rung_of(self, duty: str) -> int | None:
        """The rung a duty answers at; None when this ladder does not ask it."""
        return next((number for number, rung in enumerate(self.rungs) if rung.duty == duty), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """The facts of one alert. `rung` is the last one fired (-1: none yet), `repeat` counts firings of the last rung.

    A confidential one is told only to those who handle such matters, and never to `barred_ids`.
    """

    id: UUID
    kind: str
    severity: str
    status: Status
    urgent: bool
    high_risk: bool
    area_id: int
    district_id: int
    ladder: Ladder
    opened_at: datetime
    subject_id: UUID | None = None
    owner_id: UUID | None = None
    rung: int = -1
    repeat: int = 0
    fired_at: datetime | None = None
    next_at: datetime | None = None
    resolve_by: datetime | None = None
    acknowledged_by: UUID | None = None
    acknowledged_at: datetime | None = None
    acknowledged_until: datetime | None = None
    acknowledged_rank: int | None = None
    paused_until: datetime | None = None
    returned_to: UUID | None = None
    confidential: bool = False
    barred_ids: frozenset[UUID] = frozenset()

    @property
    def acknowledgement_ends_at(self) -> datetime | None:
        """When the acknowledgement stops holding: its own end, or the deadline to resolve that came after it."""
        if self.status != "acknowledged" or self.acknowledged_until is None or self.acknowledged_at is None:
            return None
        if self.resolve_by is not None and self.acknowledged_at < self.resolve_by:
            return min(self.acknowledged_until, self.resolve_by)
        return self.acknowledged_until

    def quiet_until(self, now: datetime) -> datetime | None:
        """When the ladder may go on, if a pause or an acknowledgement holds it now. None: nothing holds it."""
        for end in (self.paused_until, self.acknowledgement_ends_at):
            if end is not None and end > now:
                return end
        return None
