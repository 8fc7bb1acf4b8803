"""What the silence of a phone means: whose visits wait behind it, which records it still owes, since when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from accounts.calendar import WorkCalendar, add
from accounts.lengths import Length
from accounts.policy_rows import Phones

Why = Literal["silent", "unsent", "missing", "held"]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class PhoneFacts:
    """A phone in use; or one in use no more, of which only what is `held` still counts.

    `tasks`: visits that went out to it and are still to make; `latest`: no other phone of its owner spoke later.
    Moments are of the oldest of their kind, None where there is none.
    """

    device_id: UUID
    account_id: UUID
    area_id: int
    district_id: int
    last_seen_at: datetime
    tasks: int = 0
    latest: bool = True
    unsent: int = 0
    oldest_unsent_at: datetime | None = None
    missing: int = 0
    missing_since: datetime | None = None
    held: int = 0
    held_since: datetime | None = None

    @property
    def owes_nothing(self) -> bool:
        return not (self.unsent or self.missing or self.held)


@dataclass(frozen=True, kw_only=True, slots=True)
class Silence:
    """Somebody has to ask its owner. `since`: when the longest of it began; it names the episode."""

    since: datetime
    why: tuple[Why, ...]


def judge(phone: PhoneFacts, terms: Phones, calendar: WorkCalendar, *, now: datetime) -> Silence | None:
    """None: nobody waits for this phone. A phone without anything to do may be silent as long as it likes."""
    waits: Mapping[Why, tuple[datetime | None, Length]] = {
        "silent": (phone.last_seen_at if phone.tasks and phone.latest else None, terms.silent_after),
        "unsent": (phone.oldest_unsent_at if phone.unsent else None, terms.unsent_after),
        "missing": (phone.missing_since if phone.missing else None, terms.unsent_after),
        "held": (phone.held_since if phone.held else None, terms.unsent_after),
    }
    found = {
        why: began
        for why, (began, length) in waits.items()
        if began is not None and add(began, length, calendar) <= now
    }
    return Silence(since=min(found.values()), why=tuple(found)) if found else None


def never_before(length: Length, now: datetime) -> datetime:
    """Whatever began after this has not lasted for the length yet, whichever days were days off."""
    return now - timedelta(seconds=length.seconds, days=max(length.working_days - 1, 0))


def over(phone: PhoneFacts, *, alerted_at: datetime) -> bool:
    """Whether an episode somebody was told of has ended: the phone has spoken since, and owes nothing."""
    return phone.last_seen_at > alerted_at and phone.owes_nothing


def told(*, missing: int, unsent: int, last_seen_at: datetime, now: datetime) -> str:
    """In one line: what has not arrived, and when the phone was last heard."""
    lacks = [f"{missing} 条未收到"] if missing else []
    lacks += [f"{unsent} 条未上传"] if unsent else []
    return "，".join([*lacks, f"最近联系 {_ago(now - last_seen_at)}"])


def _ago(passed: timedelta) -> str:
    if passed >= 3 * _DAY:
        return f"{passed // _DAY} 天前"
    if passed >= _HOUR:
        return f"{passed // _HOUR} 小时前"
    return f"{max(passed, timedelta()) // timedelta(minutes=1)} 分钟前"
