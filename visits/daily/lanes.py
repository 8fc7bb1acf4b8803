"""Lanes: how a household is called before a neighbour, how many one watcher looks after, and what a tap says."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from core.clock import local_day
from visits.daily.refusals import DayImpossible, LaneFull, NothingSaid, ShownTooMuch, UnknownHousehold, UnknownWord
from visits.daily.settling import WORDS

LATEST = timedelta(days=366)
"""No district may keep checks for longer: a tap about an older day has nothing to belong to."""

_LONG_NUMBER = re.compile(r"\d{7,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tap:
    """One household's part of a tap. The id follows from the phone's, so that the same tap twice is one."""

    id: UUID
    household_id: UUID
    seen: str


def check_shown_as(shown_as: str, *, name: str) -> None:
    """A watcher learns a house number or a first name: never a full name, nor a number somebody could be found by."""
    plain = "".join(shown_as.split())
    if not plain or (len(name) > 1 and name in plain) or _LONG_NUMBER.search(plain):
        raise ShownTooMuch(field="/shown_as")


def check_room(watched: int, at_most: int) -> None:
    if watched >= at_most:
        raise LaneFull(f"一名守望员最多守望 {at_most} 户，已满。请另建一条守望线，由其他邻里守望。")


def check_day(on_day: date, now: datetime) -> None:
    today = local_day(now)
    if not today - LATEST <= on_day <= today:
        raise DayImpossible(field="/on_day")


def spread(
    item_id: UUID, households: Collection[UUID], *, all_changed: bool, exceptions: Mapping[UUID, str]
) -> list[Tap]:
    """What one tap says of each household: fine, unless it is named singly."""
    if not all_changed and not exceptions:
        raise NothingSaid
    for household_id, word in exceptions.items():
        if household_id not in households:
            raise UnknownHousehold(field=f"/exceptions/{household_id}")
        if word not in WORDS:
            raise UnknownWord(field=f"/exceptions/{household_id}")
    said = dict.fromkeys(households, "changed") if all_changed else {}
    return [
        Tap(id=uuid5(item_id, str(household_id)), household_id=household_id, seen=word)
        for household_id, word in {**said, **exceptions}.items()
    ]


def moment_of(made_at: datetime, *, sent_at: datetime, now: datetime) -> datetime:
    """When a phone that has no account tapped, by the server's clock: as long ago as the phone says it was.

    A phone's clock may be years off; how long it waited between tapping and sending it knows well enough.
    """
    return now - min(max(sent_at - made_at, timedelta()), LATEST)
