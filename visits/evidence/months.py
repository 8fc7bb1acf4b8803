"""Months as draws go by them."""

from datetime import date, timedelta


def month_before(today: date) -> tuple[date, date]:
    """The first day of the month before a local day's, and the first day after it."""
    until = today.replace(day=1)
    return (until - timedelta(days=1)).replace(day=1), until
