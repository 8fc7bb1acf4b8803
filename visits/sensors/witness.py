"""Sensors as witnesses of a window: any sign of life speaks at once, its absence only when the window is over.

A device that is silent, or has not hung there long enough, says nothing: that is not "no activity".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from accounts.policy_rows import Sensors

Kind = Literal["water", "electricity", "door"]
Word = Literal["active", "quiet"]

KIND_NAMES: Mapping[Kind, str] = {"water": "水表", "electricity": "电表", "door": "门磁"}
WORD_NAMES: Mapping[Word, str] = {"active": "有活动", "quiet": "无活动"}

LOOKS_BEFORE = timedelta(minutes=5)
"""So long before a window closes its sensors are asked: who has been up is not alerted about at the cut-off."""


BETWEEN_LOOKS = timedelta(hours=12)
"""About as far apart are the two windows of a day: what moved before that is no sign of life for this one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sensed:
    """What is known of one sensor of a home.

    `amount`: all it counted in its span until the window closes; `moved_at`: when it last counted anything of that.
    """

    kind: Kind
    installed_at: datetime
    heard_at: datetime | None
    amount: Decimal
    moved_at: datetime | None


def spans(terms: Sensors) -> Mapping[Kind, timedelta]:
    """How far back from a window's end each kind of sensor looks."""
    return {
        "water": terms.water_within.delta,
        "electricity": terms.electricity_within.delta,
        "door": terms.door_unopened_for.delta,
    }


def silent_after(terms: Sensors) -> timedelta:
    """A working day counts as a day of the clock: later than that it never is."""
    return timedelta(seconds=terms.silent_after.rough_seconds)


def said(one: Sensed, *, until: datetime, terms: Sensors) -> Word | None:
    """What one sensor says of the window that closes at `until`; None where it cannot tell."""
    if one.heard_at is None or one.heard_at <= until - silent_after(terms):
        return None
    if one.amount > 0 and one.amount >= _least(one.kind, terms):
        lately = one.moved_at is not None and one.moved_at > until - BETWEEN_LOOKS
        return "active" if lately else None
    covered = one.installed_at <= until - spans(terms)[one.kind]
    return "quiet" if covered and one.amount < _least(one.kind, terms) else None


def witness(sensors: Iterable[Sensed], *, until: datetime, now: datetime, terms: Sensors) -> Word | None:
    """What a home's sensors say together: active if any is, quiet if all that speak are, after the window."""
    words = {said(one, until=until, terms=terms) for one in sensors} - {None}
    if "active" in words:
        return "active"
    return "quiet" if words and now >= until else None


def observation_id(recipient_id: UUID, on_day: date, part: str) -> UUID:
    """The same for the same window, however often and by whomever it is witnessed."""
    return uuid5(recipient_id, f"sensor:{on_day.isoformat()}:{part}")


def _least(kind: Kind, terms: Sensors) -> int:
    """The least amount that shows somebody up; with nought by policy no amount is too little to be life."""
    return {
        "water": terms.water_litres_below,
        "electricity": terms.electricity_watt_hours_below,
        "door": 1,
    }[kind]
