"""Notices: who is owed what on which channel, when it may go out, what is sent together, and when it is tried again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar, next_in_window
from alerts.alert import Alert
from alerts.kinds import GRAVEST_FIRST
from alerts.ladder import Firing

INBOX = "inbox"
CONSOLE = "console"

PER_MINUTE = 20
"""Messages to one address in a minute: the strictest provider's limit (group robots), kept below by counting tries."""

MINUTE = timedelta(minutes=1)
TRIES = 12
_LONGEST_RETRY = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewNotice:
    """Something one person is to be told. With `occurrence` it is owed once to that person on each of their channels.

    It always lands in the inbox at once; other channels wait until `send_after`. `facts` are words, ids, counts and
    ISO dates only.
    """

    occurrence: str
    kind: str
    severity: str
    account_id: UUID
    urgent: bool = False
    area_id: int | None = None
    alert_id: UUID | None = None
    rung: int | None = None
    repeat: int | None = None
    covering_for: UUID | None = None
    send_after: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def of_firing(alert: Alert, firing: Firing, calendar: WorkCalendar, *, now: datetime) -> list[NewNotice]:
    """What a firing owes: one notice a person told. Only a notice that is not urgent waits for the messaging hours.

    One of a confidential alert names no place: whoever else sees the message or its row learns nothing from it.
    """
    occurrence = f"{alert.id}:{firing.rung}:{firing.repeat}"
    send_after = now if alert.urgent else _in_hours(now, alert.ladder.messages, calendar)
    return [
        NewNotice(
            occurrence=occurrence,
            kind=alert.kind,
            severity=alert.severity,
            account_id=answer.account_id,
            urgent=alert.urgent,
            area_id=None if alert.confidential else alert.area_id,
            alert_id=alert.id,
            rung=firing.rung,
            repeat=firing.repeat,
            covering_for=answer.covering_for,
            send_after=send_after,
        )
        for answer in firing.told
    ]


_in_hours = lru_cache(maxsize=1024)(next_in_window)  # ten thousand that climb at one moment ask for a few windows


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """A notice claimed for sending. `bundle_id` is set once it was tried; `area` is the village and its township."""

    id: UUID
    kind: str
    severity: str
    high_risk: bool
    account_id: UUID
    channel: str
    owed_at: datetime
    tries: int
    bundle_id: UUID | None = None
    alert_id: UUID | None = None
    area_id: int | None = None
    area: str = ""
    next_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bundle:
    """Notices that go out as one message, top risk first. `id` is the first one's: the provider's idempotency key."""

    id: UUID
    account_id: UUID
    channel: str
    notices: tuple[Owed, ...]


def bundles(owed: Iterable[Owed]) -> tuple[Bundle, ...]:
    """One message for each person and channel, the gravest message first.

    What went out together before stays together under the same key, so that a provider who did receive it can tell.
    """
    ordered = sorted(owed, key=lambda one: (str(one.account_id), one.channel, str(one.bundle_id or "")))
    together = groupby(ordered, key=lambda one: (one.account_id, one.channel, one.bundle_id))
    made = (_bundle(account_id, channel, tuple(notices)) for (account_id, channel, _), notices in together)
    return tuple(sorted(made, key=lambda bundle: _gravest_first(bundle.notices[0])))


def _bundle(account_id: UUID, channel: str, notices: tuple[Owed, ...]) -> Bundle:
    ordered = tuple(sorted(notices, key=_gravest_first))
    return Bundle(id=ordered[0].bundle_id or ordered[0].id, account_id=account_id, channel=channel, notices=ordered)


def _gravest_first(notice: Owed) -> tuple[int, bool, datetime, UUID]:
    return GRAVEST_FIRST.index(notice.severity), not notice.high_risk, notice.owed_at, notice.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Throttled:
    """What may go out now, and what waits until when. Nothing is dropped."""

    now: tuple[Bundle, ...]
    later: tuple[tuple[Bundle, datetime], ...]


def throttle(
    made: Sequence[Bundle], *, addresses: Mapping[UUID, bytes], tried: Mapping[bytes, int], now: datetime
) -> Throttled:
    """Keep below `PER_MINUTE` messages an address, gravest first. `tried` counts the last minute's tries an address."""
    counts = dict(tried)
    going: list[Bundle] = []
    waiting: list[tuple[Bundle, datetime]] = []
    for bundle in made:
        address = addresses[bundle.id]
        count = counts.get(address, 0)
        counts[address] = count + 1
        if count < PER_MINUTE:
            going.append(bundle)
        else:
            waiting.append((bundle, now + MINUTE * (count // PER_MINUTE)))
    return Throttled(now=tuple(going), later=tuple(waiting))


def retry_at(notice_id: UUID, tries: int, *, now: datetime) -> datetime:
    """When to try again after `tries` failures: doubling up to ten minutes, then up to half as long again.

    Never within a minute: a notice is tried at most once in each minute the throttle counts. The half is
    read off the id: the same for the same notice and failure, another for the thousand that failed with it.
    """
    wait = min(_LONGEST_RETRY, MINUTE * (1 << min(tries - 1, 20)))
    spread = (notice_id.int + tries * 7919) % 1000 / 1000
    return now + wait * (1 + spread / 2)


def given_up(tries: int, *, superseded: bool) -> bool:
    """Whether to stop trying. Never while nothing has come after it: the next rung or the end of the alert."""
    return superseded and tries >= TRIES
