"""The canary's rule: how far a synthetic missed visit has come, and from when on its silence is an alarm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

Outcome = Literal["heard", "flying", "silent"]
Step = Literal["judged", "alerted", "fired", "told"]

HEARD_WITHIN = timedelta(minutes=2)
"""Time enough to be swept and climbed, by the watchdog if need be. Every real visit had no more."""

MISSING: Mapping[Step, str] = {
    "judged": "巡查没有发现自检探访",
    "alerted": "自检探访没有产生预警",
    "fired": "自检预警没有升级",
    "told": "自检预警没有发出消息",
}
"""What to tell administrators of the first step a canary did not take."""

_NOBODY = UUID("8f1d3c52-6b0e-4e57-9d5a-0c4a2b7d91e6")


def nobody_of(district_id: int) -> UUID:
    """Whom a district's canary visits: always the same id, which stands on no register."""
    return uuid5(_NOBODY, str(district_id))


@dataclass(frozen=True, kw_only=True, slots=True)
class Flight:
    """One canary under way, and the steps it has taken."""

    visit_id: UUID
    district_id: int
    flown_at: datetime
    judged: bool
    alerted: bool
    fired: bool
    told: bool

    @property
    def stopped_at(self) -> Step | None:
        """The first step it has not taken; None once it has gone the whole way."""
        steps: tuple[tuple[Step, bool], ...] = (
            ("judged", self.judged),
            ("alerted", self.alerted),
            ("fired", self.fired),
            ("told", self.told),
        )
        return next((step for step, taken in steps if not taken), None)


def judge(flight: Flight, *, now: datetime) -> Outcome:
    """Heard once it has gone the whole way, silent when it had its time and has not, flying until then."""
    if flight.stopped_at is None:
        return "heard"
    return "silent" if now - flight.flown_at >= HEARD_WITHIN else "flying"
