"""The clock of a phone: it stands wrong, drifts, and somebody sets it anew."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_DRIFTS_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class PhoneClock:
    """`ahead` of the truth (or behind it), gaining `drift` seconds a second since `right_at`, and set at `jumps`."""

    ahead: timedelta = timedelta()
    drift: float = 0.0
    right_at: datetime = _DRIFTS_SINCE
    jumps: list[tuple[datetime, timedelta]] = field(default_factory=list)

    def shows(self, moment: datetime) -> datetime:
        """What the phone takes the time to be at this moment."""
        gained = (moment - self.right_at) * self.drift
        set_since = sum((by for at, by in self.jumps if at <= moment), timedelta())
        return moment + self.ahead + gained + set_since

    def jump(self, at: datetime, by: timedelta) -> None:
        """Somebody sets the clock; what was written before keeps the old time."""
        self.jumps.append((at, by))
