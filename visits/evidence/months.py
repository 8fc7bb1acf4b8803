"""Months as draws go by them."""

from datetime import date, datetime, timedelta

from core.clock import local_day

_SETTLED_AFTER = timedelta(hours=1)  # what was being sent as the month ended is stored by then


def last_month(now: datetime) -> date:
    """The first day of the last month that is over."""
    until = local_day(now - _SETTLED_AFTER).replace(day=1)
    return (until - timedelta(days=1)).replace(day=1)
