"""The ladder: which rung fires next, who is told, what happens when nobody is there, and when it goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from accounts.calendar import WorkCalendar, add
from accounts.duty import Answer, Duty
from accounts.lengths import Length
from alerts.alert import Alert, Status
from core.clock import LOCAL, local_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class People:
    """Who can be told of one alert at this moment.

    `holding` answers who holds a duty for its area; `owner` are its named owner or their cover; `fallback` are the
    active accounts of the district, told when the last rung is empty; `present` answers who stands for an account.
    """

    holding: Callable[[Duty], Sequence[Answer]]
    owner: Sequence[Answer]
    fallback: Sequence[Answer]
    present: Callable[[UUID], Sequence[Answer]]


def among(people: People, may: Callable[[UUID], bool]) -> People:
    """The same people without those who may not be told: exactly as if they were absent."""

    def kept(answers: Sequence[Answer]) -> tuple[Answer, ...]:
        return tuple(answer for answer in answers if may(answer.account_id))

    return People(
        holding=lambda duty: kept(people.holding(duty)),
        owner=kept(people.owner),
        fallback=kept(people.fallback),
        present=lambda account_id: kept(people.present(account_id)),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Firing:
    """One firing of one rung: who is told, each once. `gap`: nobody answered for it, whoever is told instead."""

    rung: int
    repeat: int
    duty: Duty
    told: tuple[Answer, ...]
    gap: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """What one look at a due alert decides. No firing: a pause or an acknowledgement holds it until `next_at`."""

    firings: tuple[Firing, ...]
    status: Status
    rung: int
    repeat: int
    next_at: datetime
    expired: bool
    resumed: bool


def climb(alert: Alert, people: People, calendar: WorkCalendar, *, now: datetime) -> Climb:
    """Move an unresolved alert whose time has come.

    1. A pause or an acknowledgement that has not ended holds it; nothing else does.
    2. The next rung fires, or the last one again. Who acknowledged and did not resolve is told with it.
    3. A rung nobody answers for is a gap, and the next one fires at once.
    4. The last rung is never silent: empty, it tells the district's active accounts, and it repeats for ever.
    """
    if alert.status == "resolved":
        raise ValueError("a resolved alert does not climb")
    resumed = alert.paused_until is not None and alert.paused_until <= now
    held = alert.quiet_until(now)
    if held is not None:
        return Climb(
            firings=(),
            status=alert.status,
            rung=alert.rung,
            repeat=alert.repeat,
            next_at=held,
            expired=False,
            resumed=resumed,
        )
    expired = alert.status == "acknowledged"
    firings = _fire(alert, people, remind=alert.acknowledged_by if expired else None)
    reached = firings[-1]
    return Climb(
        firings=firings,
        status="open",
        rung=reached.rung,
        repeat=reached.repeat,
        next_at=after(alert.ladder.rungs[reached.rung].wait, now, urgent=alert.urgent, calendar=calendar),
        expired=expired,
        resumed=resumed,
    )


def _fire(alert: Alert, people: People, *, remind: UUID | None) -> tuple[Firing, ...]:
    ladder, firings = alert.ladder, []
    rung, repeat = _step(alert.rung, alert.repeat, ladder.last)
    reminded = tuple(people.present(remind)) if remind else ()
    while True:
        duty = ladder.rungs[rung].duty
        answering = (*(people.owner if rung == 0 else ()), *people.holding(duty))
        fallback = people.fallback if not answering and rung == ladder.last else ()
        told = _each_once((*answering, *fallback, *reminded))
        firings.append(Firing(rung=rung, repeat=repeat, duty=duty, told=told, gap=not answering))
        if answering or rung == ladder.last:
            return tuple(firings)
        reminded = ()
        rung, repeat = _step(rung, repeat, ladder.last)


def _step(rung: int, repeat: int, last: int) -> tuple[int, int]:
    return (rung + 1, 0) if rung < last else (last, repeat + 1)


def _each_once(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    found: dict[UUID, Answer] = {}
    for answer in answers:
        found.setdefault(answer.account_id, answer)
    return tuple(found.values())


@lru_cache(maxsize=1024)  # ten thousand alerts that climb at one moment wait for a handful of lengths
def after(length: Length, moment: datetime, *, urgent: bool, calendar: WorkCalendar) -> datetime:
    """The moment after a wait. An urgent alert knows no office hours: a working day is 24 hours of the clock to it.

    Any other waits through days off: what would fall on one is due when the next working day begins.
    """
    if urgent:
        return moment + timedelta(seconds=length.seconds) + length.working_days * _DAY
    due = add(moment, length, calendar)
    day = local_day(due)
    if calendar.is_workday(day):
        return due
    return datetime.combine(calendar.next_workday(day), time(), LOCAL).astimezone(moment.tzinfo)
