"""Cadence: the slots a plan lays, when a plan no longer fits, and the next plan's first day without a longer wait."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from core.clock import LOCAL, local_day
from recipients.standing import UNDER_VISIT

_DAY = timedelta(days=1)
_LAST_SECOND = time(23, 59, 59)
MOST_AHEAD = 60
"""Slots a plan lays ahead at most, so that an interval of minutes does not fill the table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """How often, from when on, and until when: what a district's policy says for one risk."""

    every: timedelta
    opens_before: timedelta
    grace: timedelta

    def __post_init__(self) -> None:
        if self.every <= timedelta() or self.opens_before < timedelta() or self.grace < timedelta():
            raise ValueError("visits are laid at a positive interval, and windows run forward")

    @property
    def by_day(self) -> bool:
        """Whether visits are due on a day (until its last second) rather than at a moment."""
        return self.every >= _DAY


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """One due visit. From `missed_after` on it is judged."""

    opens_at: datetime
    due_at: datetime
    missed_after: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What a plan rests on; when any of it changes, the plan ends and another starts."""

    area_id: int
    risk: str
    policy_id: UUID | None
    worker_id: UUID | None


def slots(terms: Terms, *, anchor_at: datetime, after: datetime, until: datetime) -> tuple[Slot, ...]:
    """The slots due at anchor + k × every, later than `after` and not later than `until`."""
    found: list[Slot] = []
    due_at = next_due(terms, anchor_at=anchor_at, after=after)
    while due_at <= until:
        found.append(slot(terms, due_at))
        due_at += terms.every
    return tuple(found)


def slot(terms: Terms, due_at: datetime) -> Slot:
    """The window around a due moment. Where visits are due on a day, the first day counts from its beginning."""
    opens_at = due_at - terms.opens_before
    if terms.by_day:
        opens_at = datetime.combine(local_day(opens_at), time(), LOCAL).astimezone(due_at.tzinfo)
    return Slot(opens_at=opens_at, due_at=due_at, missed_after=due_at + terms.grace)


def next_due(terms: Terms, *, anchor_at: datetime, after: datetime) -> datetime:
    """The first anchor + k × every, k ≥ 1, that is later than `after`."""
    passed = max(0, (after - anchor_at) // terms.every)
    return anchor_at + (passed + 1) * terms.every


def laid_until(terms: Terms, *, horizon: timedelta, now: datetime) -> datetime:
    """How far ahead slots are laid: to the policy's horizon, at least one interval, at most `MOST_AHEAD` of them."""
    return now + min(max(horizon, terms.every), MOST_AHEAD * terms.every)


def first_due(
    terms: Terms, *, recipient_id: UUID, seen_at: datetime | None, promised_at: datetime | None, now: datetime
) -> datetime:
    """When a new plan's first visit is due, always later than now.

    Never later than `promised_at`, the next due moment of the plan it takes over from (later than now), nor than one
    interval after the person was last seen. Where that has passed already: within a day. A person never planned for
    and not seen lately falls somewhere within (0, every], so that an import does not make one evening of a month.
    """
    wanted = [promised_at] if promised_at else []
    wanted += [_close(terms, seen_at + terms.every)] if seen_at else []
    soonest = min(wanted, default=now)
    if soonest > now:
        return soonest
    if promised_at is None:
        return _staggered(terms, recipient_id, now)
    return min(promised_at, _close(terms, now + min(terms.every, _DAY)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A recipient's plan, the active one or the last that ended."""

    id: UUID
    basis: Basis
    terms: Terms
    anchor_at: datetime
    laid_until: datetime | None = None
    ended: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """What a recipient needs now: whether they are visited at all, what a plan would rest on, and its terms."""

    recipient_id: UUID
    standing: str
    support_mode: str
    basis: Basis
    terms: Terms
    horizon: timedelta
    seen_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """What to do about a recipient's plan.

    `ends`: the word for why the active plan ends. `anchor_at`: of the plan that starts, None when none does. `slots`
    are to be laid now, and `laid_until` is the last due moment laid.
    """

    ends: str | None = None
    anchor_at: datetime | None = None
    slots: tuple[Slot, ...] = ()
    laid_until: datetime | None = None


def lay(needs: Needs, plan: Plan | None, *, promised_at: datetime | None, now: datetime) -> Layout:
    """Keep, extend, end or start a plan, so that exactly one holds for everybody who is visited.

    `promised_at` is the next due moment, later than now, of an open visit of the plan.
    """
    active = plan if plan and not plan.ended else None
    ends = why_ended(active.basis, needs) if active else None
    if why_not_visited(needs.standing, needs.support_mode):
        return Layout(ends=ends)
    until = laid_until(needs.terms, horizon=needs.horizon, now=now)
    if active and ends is None:
        return _extended(active, until, now)
    if promised_at is None and plan is not None:
        promised_at = next_due(plan.terms, anchor_at=plan.anchor_at, after=now)
    first = first_due(
        needs.terms, recipient_id=needs.recipient_id, seen_at=needs.seen_at, promised_at=promised_at, now=now
    )
    anchor_at = first - needs.terms.every
    return Layout(
        ends=ends,
        anchor_at=anchor_at,
        slots=slots(needs.terms, anchor_at=anchor_at, after=anchor_at, until=max(until, first)),
        laid_until=_last_due(needs.terms, anchor_at, max(until, first)),
    )


def _extended(plan: Plan, until: datetime, now: datetime) -> Layout:
    """After a long standstill only the last slot that passed unlaid is laid: one alert says it, ten would not."""
    laid = max(plan.laid_until or plan.anchor_at, now - plan.terms.every)
    return Layout(
        slots=slots(plan.terms, anchor_at=plan.anchor_at, after=laid, until=until),
        laid_until=_last_due(plan.terms, plan.anchor_at, until),
    )


def _last_due(terms: Terms, anchor_at: datetime, until: datetime) -> datetime:
    return next_due(terms, anchor_at=anchor_at, after=until) - terms.every


def why_not_visited(standing: str, support_mode: str) -> str | None:
    """The word for why nobody visits a person at home; None when somebody must."""
    if support_mode != "dispersed":
        return "collective_support"
    return None if standing in UNDER_VISIT else standing


def why_ended(basis: Basis, needs: Needs) -> str | None:
    """The word for why a plan no longer holds; None while it does."""
    if not_visited := why_not_visited(needs.standing, needs.support_mode):
        return not_visited
    now_is = needs.basis
    if basis.area_id != now_is.area_id:
        return "area_changed"
    if basis.risk != now_is.risk:
        return "risk_changed"
    if basis.worker_id != now_is.worker_id:
        return "worker_changed"
    return "policy_changed" if basis.policy_id != now_is.policy_id else None


def _close(terms: Terms, moment: datetime) -> datetime:
    """The end of the local day, where visits are due on a day."""
    if not terms.by_day:
        return moment
    return datetime.combine(local_day(moment), _LAST_SECOND, LOCAL).astimezone(moment.tzinfo)


def _staggered(terms: Terms, recipient_id: UUID, now: datetime) -> datetime:
    draw = int.from_bytes(hashlib.sha256(recipient_id.bytes).digest()[:8])
    if terms.by_day:
        return _close(terms, now + (1 + draw % terms.every.days) * _DAY)
    seconds = max(1, int(terms.every.total_seconds()))
    return now + min(terms.every, timedelta(seconds=1 + draw % seconds))
