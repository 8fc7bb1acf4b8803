"""A recipient's standing: what may follow what, the second person some changes need, and the way back."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

Standing = Literal["at_home", "in_hospital", "moved_to_collective", "died", "eligibility_ended"]
Shown = Literal["at_home", "absent", "in_hospital", "moved_to_collective", "died", "eligibility_ended"]

STANDING_WORDS: dict[Shown, str] = {
    "at_home": "在家",
    "absent": "外出",
    "in_hospital": "住院",
    "moved_to_collective": "转集中供养",
    "died": "死亡",
    "eligibility_ended": "终止救助供养",
}

# From → to. `absent` is not stored: it follows from the absences. Nothing follows death but its undoing.
TRANSITIONS: dict[Standing, frozenset[Standing]] = {
    "at_home": frozenset({"in_hospital", "moved_to_collective", "died", "eligibility_ended"}),
    "in_hospital": frozenset({"at_home", "moved_to_collective", "died", "eligibility_ended"}),
    "moved_to_collective": frozenset({"at_home", "died", "eligibility_ended"}),
    "eligibility_ended": frozenset({"at_home", "died"}),
    "died": frozenset(),
}
# These take a person out of sight; a clerk's slip must not be enough (a living woman stood as dead for five years).
TWO_PEOPLE: frozenset[Standing] = frozenset({"moved_to_collective", "died", "eligibility_ended"})
UNDER_VISIT: frozenset[Standing] = frozenset({"at_home", "in_hospital"})

# Support of the "five guarantees" began in 1956; an earlier day is a slip of the pen.
BEFORE_ALL_SUPPORT = date(1956, 1, 1)

Why = Literal[
    "no-reason",
    "not-allowed",
    "already-pending",
    "in-future",
    "too-far-back",
    "same-person",
    "already-settled",
    "overtaken",
    "not-latest",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A change of standing as proposed, and what became of it. A pending change has no effect on anything."""

    before: Standing
    after: Standing
    happened_on: date
    reason: str
    proposed_by: UUID
    proposed_at: datetime
    confirmed_by: UUID | None = None
    confirmed_at: datetime | None = None
    rejected_by: UUID | None = None
    rejected_at: datetime | None = None
    undone_by: UUID | None = None
    undone_at: datetime | None = None
    undo_reason: str | None = None

    @property
    def pending(self) -> bool:
        return self.confirmed_at is None and self.rejected_at is None

    @property
    def in_force(self) -> bool:
        return self.confirmed_at is not None and self.undone_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    why: Why
    detail: str


def propose(
    current: Standing,
    after: Standing,
    *,
    happened_on: date,
    today: date,
    reason: str,
    pending: Change | None,
    by: UUID,
    at: datetime,
) -> Change | Refused:
    """A change in force at once, or one waiting for a second person where `TWO_PEOPLE` asks for it."""
    if not reason.strip():
        return Refused(why="no-reason", detail="请写明原因和依据。")
    if after not in TRANSITIONS[current]:
        return Refused(why="not-allowed", detail=_not_allowed(current, after))
    if happened_on > today:
        return Refused(why="in-future", detail="发生日期在今天之后，请核对日期。")
    if happened_on < BEFORE_ALL_SUPPORT:
        return Refused(why="too-far-back", detail=f"发生日期是 {happened_on.year} 年，明显有误。请核对年份。")
    if pending is not None:
        detail = f"已有一项“{STANDING_WORDS[pending.after]}”等待第二人确认，请先确认或驳回。"
        return Refused(why="already-pending", detail=detail)
    change = Change(
        before=current, after=after, happened_on=happened_on, reason=reason.strip(), proposed_by=by, proposed_at=at
    )
    return change if after in TWO_PEOPLE else replace(change, confirmed_by=by, confirmed_at=at)


def _not_allowed(current: Standing, after: Standing) -> str:
    if current == after:
        return f"目前已经是“{STANDING_WORDS[current]}”，无需变更。"
    if current == "died":
        return "已登记死亡。如登记有误，请撤销死亡登记，不要另行变更。"
    return f"不能从“{STANDING_WORDS[current]}”直接变为“{STANDING_WORDS[after]}”。请先变更为“在家”。"


def confirm(change: Change, *, current: Standing, by: UUID, at: datetime) -> Change | Refused:
    """The second person's word. It must be another person, and the standing still the one that was judged."""
    if not change.pending:
        return Refused(why="already-settled", detail="这项变更已经处理过，请刷新后查看。")
    if by == change.proposed_by:
        return Refused(why="same-person", detail="提出人不能自己确认，请由另一名工作人员核实后确认。")
    if change.before != current:
        detail = f"提出以后，状态已变为“{STANDING_WORDS[current]}”。请驳回后按现状重新提出。"
        return Refused(why="overtaken", detail=detail)
    return replace(change, confirmed_by=by, confirmed_at=at)


def reject(change: Change, *, by: UUID, at: datetime) -> Change | Refused:
    """Anyone who may confirm may reject; the proposer may take it back."""
    if not change.pending:
        return Refused(why="already-settled", detail="这项变更已经处理过，请刷新后查看。")
    return replace(change, rejected_by=by, rejected_at=at)


def undo(change: Change, *, current: Standing, reason: str, by: UUID, at: datetime) -> Change | Refused:
    """Takes back the change in force, without a time limit; `before` holds again.

    One person is enough where this brings visits back: being seen again must be easier than vanishing.
    Undoing a return (so that the person vanishes again) needs the two people of a fresh proposal.
    """
    if not reason.strip():
        return Refused(why="no-reason", detail="请写明撤销的原因。")
    if not change.in_force:
        return Refused(why="already-settled", detail="这项变更没有生效或已经撤销，无需再撤销。")
    if change.after != current:
        return Refused(why="not-latest", detail="其后还有别的变更。请先撤销最近的一项。")
    if change.before in TWO_PEOPLE and change.after in UNDER_VISIT:
        detail = f"撤销会使其回到“{STANDING_WORDS[change.before]}”而不再受访，须重新提出并由两人确认。"
        return Refused(why="not-allowed", detail=detail)
    return replace(change, undone_by=by, undone_at=at, undo_reason=reason.strip())


def shown(standing: Standing, silenced_by: Literal["away", "in_hospital"] | None) -> Shown:
    """The standing people read: the stored one, coloured by the absence in force."""
    if standing in TWO_PEOPLE or silenced_by is None:
        return standing
    return "in_hospital" if silenced_by == "in_hospital" or standing == "in_hospital" else "absent"
