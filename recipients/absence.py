"""Absences: layered, confirmed by a second person, ending by themselves, each owing a look at the door."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Kind = Literal["away", "in_hospital"]
KIND_WORDS: dict[Kind, str] = {"away": "外出", "in_hospital": "住院"}

Why = Literal["no-end", "too-long", "too-far-back", "same-person", "already-confirmed", "already-over", "no-contact"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceRule:
    """A district's choice."""

    longest: timedelta = timedelta(days=90)
    backdated_at_most: timedelta = timedelta(days=7)
    return_check_within: timedelta = timedelta(hours=24)  # as after every major change


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """From `starts_at` until before `ends_at`; moments are aware. `ended_at` is an earlier end somebody recorded."""

    id: UUID
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    reported_by: UUID
    reported_at: datetime
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = None
    confirmed_how: str | None = None
    ended_by: UUID | None = None
    ended_at: datetime | None = None
    return_checked_at: datetime | None = None

    @property
    def over_at(self) -> datetime:
        return self.ends_at if self.ended_at is None else min(self.ends_at, self.ended_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    why: Why
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReturnCheck:
    """Somebody must see at the door that the person is back: by `due_at`."""

    absence_id: UUID
    over_at: datetime
    due_at: datetime


def report(
    *, id: UUID, kind: Kind, starts_at: datetime, ends_at: datetime, by: UUID, at: datetime, rule: AbsenceRule
) -> Absence | Refused:
    """An absence as told by somebody. It silences nothing yet. To prolong one, report another: they are layered."""
    if ends_at <= starts_at or ends_at <= at:
        return Refused(
            why="no-end", detail="必须有晚于开始、也晚于现在的预计返回时间。不确定的，先填最近的日期，到期再续。"
        )
    if ends_at - starts_at > rule.longest:
        detail = f"一次报备最长 {rule.longest.days} 天。请缩短，到期核实后再续。"
        return Refused(why="too-long", detail=detail)
    if starts_at < at - rule.backdated_at_most:
        detail = f"开始时间最多补报 {rule.backdated_at_most.days} 天。请填能确认的日期。"
        return Refused(why="too-far-back", detail=detail)
    return Absence(id=id, kind=kind, starts_at=starts_at, ends_at=ends_at, reported_by=by, reported_at=at)


def confirm(absence: Absence, *, how: str, by: UUID, at: datetime) -> Absence | Refused:
    """A second person who has spoken with the recipient, the host or the hospital, and says with whom (`how`)."""
    if absence.confirmed_at is not None:
        return Refused(why="already-confirmed", detail="已经确认过，请刷新后查看。")
    if by == absence.reported_by:
        return Refused(why="same-person", detail="报备人不能自己确认，请由另一名工作人员联系核实后确认。")
    if not how.strip():
        return Refused(why="no-contact", detail="请写明与谁联系核实(本人、亲属、医院等)。")
    if absence.over_at <= at:
        return Refused(why="already-over", detail="报备已经到期，确认不再起作用。仍未返回的，请重新报备。")
    return replace(absence, confirmed_by=by, confirmed_at=at, confirmed_how=how.strip())


def end(absence: Absence, *, by: UUID, at: datetime) -> Absence | Refused:
    """Ends this one early. Other absences of the same person go on."""
    if absence.over_at <= at:
        return Refused(why="already-over", detail="报备已经结束，请刷新后查看。")
    return replace(absence, ended_by=by, ended_at=at)


def silences(absence: Absence, at: datetime) -> bool:
    """Whether it excuses visits and daily checks at that moment. A confirmation does not reach back in time."""
    if absence.confirmed_at is None or absence.confirmed_by is None:
        return False
    return max(absence.starts_at, absence.confirmed_at) <= at < absence.over_at


def silencing(absences: Iterable[Absence], at: datetime) -> Absence | None:
    """The absence that silences at that moment and lasts longest; None when somebody must go and look."""
    return max((one for one in absences if silences(one, at)), key=lambda one: one.over_at, default=None)


def waiting_for_confirmation(absences: Iterable[Absence], at: datetime) -> tuple[Absence, ...]:
    return tuple(one for one in absences if one.confirmed_at is None and at < one.over_at)


def return_checks(absences: Iterable[Absence], at: datetime, rule: AbsenceRule) -> tuple[ReturnCheck, ...]:
    """Looks owed at that moment: for each confirmed absence that is over and unchecked, unless another still silences.

    An absence ended before it began owes none: nobody stayed away from the door because of it.
    """
    held = tuple(absences)
    if silencing(held, at) is not None:
        return ()
    owed = (
        ReturnCheck(absence_id=one.id, over_at=one.over_at, due_at=_due_at(one, held, rule))
        for one in held
        if _did_silence(one) and one.over_at <= at and one.return_checked_at is None
    )
    return tuple(sorted(owed, key=lambda check: (check.due_at, check.over_at)))


def _did_silence(absence: Absence) -> bool:
    return absence.confirmed_at is not None and max(absence.starts_at, absence.confirmed_at) < absence.over_at


def _due_at(absence: Absence, held: tuple[Absence, ...], rule: AbsenceRule) -> datetime:
    """Counted from when the last absence that took over without a gap was over."""
    until = absence.over_at
    while (following := silencing(held, until)) is not None:
        until = following.over_at
    return until + rule.return_check_within
