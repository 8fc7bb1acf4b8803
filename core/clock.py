"""The one clock. Only the doors (api, workers, cli) read it; everything behind them is handed `now`."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
"""The zone people live in: office hours, working days and day boundaries are meant in it."""


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def local_day(moment: datetime) -> date:
    """The calendar day a moment falls on for the people it concerns."""
    return moment.astimezone(LOCAL).date()
