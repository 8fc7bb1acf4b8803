"""Today's matters: what waits for somebody, in the order of what happens if nobody acts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from accounts.calendar import WorkCalendar
from accounts.duty import Duty
from alerts.alert import Alert
from core.clock import LOCAL, local_day

LIFE_KINDS = frozenset(
    {"uncovered", "abuse_suspected", "door_unanswered", "critical_hazard", "hazard_unattended", "daily_anomaly"}
)
"""Alerts that, when critical, come before everything else: a life may hang on the next hour."""
FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for "nothing happens by itself": such a matter comes last."""

Place = tuple[int, datetime, datetime, UUID]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One thing that waits. `root` is the subject it is about: things about one subject are one matter.

    `tier` 0 is a matter of life, 1 any other. `moment` is when the next thing happens by itself.
    """

    what: str
    tier: int
    moment: datetime
    since: datetime
    id: UUID
    root: UUID
    recipient_id: UUID | None
    area_id: int
    severity: str
    alert: Alert | None = None
    subject_id: UUID | None = None

    @property
    def place(self) -> Place:
        """Life first; then what happens next; of two at one moment the one that has waited longer."""
        return self.tier, self.moment, self.since, self.id

    @property
    def next_at(self) -> datetime | None:
        return None if self.moment >= FAR else self.moment


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """One subject with all that waits about it: `head` decides its place, `also` waits besides."""

    head: Item
    also: tuple[Item, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """What happens by itself if nobody acts: at `at` the alert reaches this duty, on this rung of its ladder."""

    at: datetime
    what: Literal["opens", "climbs", "repeats", "acknowledgement_expires", "pause_ends"]
    duty: Duty
    rung: int | None


def fold(found: Collection[Item], about: Iterable[Item]) -> list[Matter]:
    """The matters whose first item is among `found`, in order.

    `about` is what else waits about the same subjects: what follows an earlier item of its subject is shown with that.
    """
    groups: dict[UUID, dict[UUID, Item]] = defaultdict(dict)
    for item in (*about, *found):
        groups[item.root][item.id] = item
    matters = []
    for item in sorted(found, key=lambda one: one.place):
        group = sorted(groups[item.root].values(), key=lambda one: one.place)
        if group[0].id == item.id:
            matters.append(Matter(head=item, also=tuple(group[1:])))
    return matters


def because(item: Item) -> str:
    """Why a matter stands where it stands."""
    if item.tier == 0:
        return "可能危及人身安全，排在最前。"
    if item.next_at is None:
        return "没有自动升级的时限，排在有时限的事项之后。"
    return "按下一次自动升级或到期的时间先后排列。"


def coming(item: Item, *, opens_at_duty: Duty | None, now: datetime) -> Coming | None:
    """The next step of the item's ladder; of one without an alert the first, when its alert opens. None: nothing comes.

    `opens_at_duty` is the first duty of the alert that would open.
    """
    if item.alert is None:
        if item.next_at is None or opens_at_duty is None:
            return None
        return Coming(at=item.moment, what="opens", duty=opens_at_duty, rung=None)
    alert = item.alert
    rung = min(alert.rung + 1, alert.ladder.last)
    return Coming(at=item.moment, what=_step(alert, now), duty=alert.ladder.rungs[rung].duty, rung=rung)


def _step(alert: Alert, now: datetime) -> Literal["climbs", "repeats", "acknowledgement_expires", "pause_ends"]:
    if alert.paused_until is not None and alert.paused_until > now:
        return "pause_ends"
    if alert.status == "acknowledged":
        return "acknowledgement_expires"
    return "climbs" if alert.rung < alert.ladder.last else "repeats"


def soon(now: datetime, calendar: WorkCalendar) -> datetime:
    """The end of the next working day: what falls due until then is a matter of today."""
    return _midnight_after(calendar.next_workday(local_day(now)))


def _midnight_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), LOCAL).astimezone(UTC)


def counted(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Numbers of things that wait, by what they are, the most first; nothing that is nought."""
    return sorted(((what, count) for what, count in counts.items() if count), key=lambda one: (-one[1], one[0]))
