"""Who answers for an area: the duty roster with leave and cover, and the gaps in it before they come."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID

COVER_STEPS = 5
"""How far cover is handed on when whoever covers is on leave, too."""


class Duty(StrEnum):
    """The rungs of the ladder, lowest first."""

    VILLAGE = "village"
    TOWNSHIP_SPECIALIST = "township_specialist"
    TOWNSHIP_LEADER = "township_leader"
    DISTRICT = "district"


DUTY_NAMES: Mapping[Duty, str] = {
    Duty.VILLAGE: "村(社区)",
    Duty.TOWNSHIP_SPECIALIST: "民政专干",
    Duty.TOWNSHIP_LEADER: "乡镇(街道)负责人",
    Duty.DISTRICT: "区民政局值班",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Assignment:
    """An account holds a duty for an area, from `starts_at` up to but not including `ends_at`."""

    account_id: UUID
    duty: Duty
    area_id: int
    position: int
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Leave:
    """A time somebody does not answer, up to but not including `ends_at`, and who covers, if anybody."""

    account_id: UUID
    starts_at: datetime
    ends_at: datetime
    cover_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """An account's standing: it answers until it is ended."""

    account_id: UUID
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """Somebody who answers. `area_id` is where the duty is held, `covering_for` whose place is taken."""

    account_id: UUID
    area_id: int
    covering_for: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time in which nobody answers, up to but not including `ends_at`; None: no end within the days looked at."""

    area_id: int
    duty: Duty
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Roster:
    """All the facts of duty. An account without a `Holder` does not exist and answers for nothing."""

    assignments: tuple[Assignment, ...] = ()
    leaves: tuple[Leave, ...] = ()
    holders: tuple[Holder, ...] = ()

    def exists(self, account_id: UUID, at: datetime) -> bool:
        holder = self._holders.get(account_id)
        return holder is not None and (holder.ended_at is None or at < holder.ended_at)

    def leaves_of(self, account_id: UUID) -> Sequence[Leave]:
        return self._leaves.get(account_id, ())

    def held(self, area_id: int, duty: Duty) -> Sequence[Assignment]:
        return self._held.get((area_id, duty), ())

    @cached_property
    def _holders(self) -> Mapping[UUID, Holder]:
        return {holder.account_id: holder for holder in self.holders}

    @cached_property
    def _leaves(self) -> Mapping[UUID, Sequence[Leave]]:
        found: dict[UUID, list[Leave]] = defaultdict(list)
        for leave in self.leaves:
            found[leave.account_id].append(leave)
        return found

    @cached_property
    def _held(self) -> Mapping[tuple[int, Duty], Sequence[Assignment]]:
        found: dict[tuple[int, Duty], list[Assignment]] = defaultdict(list)
        for assignment in sorted(self.assignments, key=lambda one: (one.position, one.account_id)):
            found[assignment.area_id, assignment.duty].append(assignment)
        return found


def who_answers(duty: Duty, area_chain: Sequence[int], roster: Roster, at: datetime) -> tuple[Answer, ...]:
    """Everybody who answers for the first area of `area_chain`; they are told together, the first one leads.

    1. The areas are asked nearest first; the first one with anybody who answers decides. Empty: a roster gap.
    2. Who holds the duty there at that moment and is present answers. Present: not ended, not on leave.
    3. Who is on leave is replaced by the cover; a cover on leave by their own cover, at most `COVER_STEPS` times. Of
       several leaves at once every cover counts. An account that has ended is covered by nobody.
    4. Nobody answers twice; who answers by their own duty covers for nobody.
    5. The order is that of `position`, then of the account's id.
    """
    for area_id in area_chain:
        answers = _answers_at(area_id, duty, roster, at)
        if answers:
            return answers
    return ()


def _answers_at(area_id: int, duty: Duty, roster: Roster, at: datetime) -> tuple[Answer, ...]:
    holding = [one.account_id for one in roster.held(area_id, duty) if _in_force(one.starts_at, one.ends_at, at)]
    found: dict[UUID, Answer] = {}
    for holder in holding:
        for account_id in _present_for(holder, roster, at):
            covering_for = None if account_id in holding else holder
            found.setdefault(account_id, Answer(account_id=account_id, area_id=area_id, covering_for=covering_for))
    return tuple(found.values())


def _present_for(account_id: UUID, roster: Roster, at: datetime) -> Sequence[UUID]:
    """The account itself when present, else the nearest covers who are, all of the same distance."""
    asked: set[UUID] = set()
    asking = [account_id] if roster.exists(account_id, at) else []
    for _ in range(COVER_STEPS + 1):
        present = [one for one in asking if not _leaves_in_force(one, roster, at)]
        if present:
            return present
        asked |= set(asking)
        covers = {leave.cover_id for one in asking for leave in _leaves_in_force(one, roster, at)}
        asking = sorted(cover for cover in covers if cover and cover not in asked and roster.exists(cover, at))
    return []


def _leaves_in_force(account_id: UUID, roster: Roster, at: datetime) -> Sequence[Leave]:
    return [leave for leave in roster.leaves_of(account_id) if _in_force(leave.starts_at, leave.ends_at, at)]


def _in_force(starts_at: datetime, ends_at: datetime | None, at: datetime) -> bool:
    return starts_at <= at and (ends_at is None or at < ends_at)


def gaps_ahead(
    watched: Iterable[tuple[Duty, Sequence[int]]], roster: Roster, *, since: datetime, until: datetime
) -> tuple[Gap, ...]:
    """Every time between `since` and `until` in which nobody answers, for each duty and area chain watched.

    A gap already there begins at `since`; one that reaches `until` has no end. Asked a few days ahead, this is the
    warning before a gap.
    """
    return tuple(gap for duty, chain in watched for gap in _gaps(duty, chain, roster, since, until))


def _gaps(duty: Duty, chain: Sequence[int], roster: Roster, since: datetime, until: datetime) -> Iterable[Gap]:
    """Answers change only where some duty, leave or account begins or ends: it is enough to ask there."""
    turns = sorted({since, *(turn for turn in _turns(duty, chain, roster) if since < turn < until)})
    opened: datetime | None = None
    for turn in turns:
        answered = bool(who_answers(duty, chain, roster, turn))
        if not answered and opened is None:
            opened = turn
        if answered and opened is not None:
            yield Gap(area_id=chain[0], duty=duty, starts_at=opened, ends_at=turn)
            opened = None
    if opened is not None:
        yield Gap(area_id=chain[0], duty=duty, starts_at=opened, ends_at=None)


def _turns(duty: Duty, chain: Sequence[int], roster: Roster) -> Iterable[datetime]:
    assignments = [one for area_id in chain for one in roster.held(area_id, duty)]
    accounts = {one.account_id for one in assignments}
    for _ in range(COVER_STEPS):
        accounts |= {leave.cover_id for one in accounts for leave in roster.leaves_of(one) if leave.cover_id}
    leaves = [leave for account in accounts for leave in roster.leaves_of(account)]
    ended = [one.ended_at for one in roster.holders if one.account_id in accounts]
    begun = [one.starts_at for one in assignments] + [leave.starts_at for leave in leaves]
    over = [one.ends_at for one in assignments] + [leave.ends_at for leave in leaves] + ended
    return begun + [turn for turn in over if turn is not None]
