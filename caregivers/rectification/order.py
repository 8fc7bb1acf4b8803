"""An order to rectify: which state follows which, and what an answer of the caregiver makes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Status = Literal[
    "issued",
    "accepted",
    "refused",
    "in_progress",
    "submitted",
    "overdue",
    "passed",
    "failed",
    "closed",
    "withdrawn",
]
Verb = Literal[
    "accept", "refuse", "start", "submit", "lapse", "extend", "pass", "fail", "close", "withdraw", "take_away"
]
AnswerKind = Literal["accept", "refuse", "start", "statement", "done"]

MOVES: Mapping[tuple[Status, Verb], Status] = {
    ("issued", "accept"): "accepted",
    ("refused", "accept"): "accepted",
    ("issued", "refuse"): "refused",
    ("accepted", "refuse"): "refused",
    ("issued", "start"): "in_progress",
    ("accepted", "start"): "in_progress",
    ("refused", "start"): "in_progress",
    ("issued", "submit"): "submitted",
    ("accepted", "submit"): "submitted",
    ("refused", "submit"): "submitted",
    ("in_progress", "submit"): "submitted",
    ("overdue", "submit"): "submitted",  # late, and verified all the same
    ("issued", "lapse"): "overdue",
    ("accepted", "lapse"): "overdue",
    ("refused", "lapse"): "overdue",
    ("in_progress", "lapse"): "overdue",
    ("overdue", "extend"): "in_progress",  # asked for in time, granted only after the old deadline
    ("submitted", "pass"): "passed",
    ("overdue", "pass"): "passed",
    ("submitted", "fail"): "failed",
    ("overdue", "fail"): "failed",
    ("passed", "close"): "closed",
    ("failed", "close"): "closed",
    ("overdue", "close"): "closed",
    ("issued", "withdraw"): "withdrawn",
    ("accepted", "withdraw"): "withdrawn",
    ("refused", "withdraw"): "withdrawn",
    ("in_progress", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "withdrawn",
    # What it rested on fell away: late evidence, or a statement upheld. Nobody's wish withdraws a failure.
    ("issued", "take_away"): "withdrawn",
    ("accepted", "take_away"): "withdrawn",
    ("refused", "take_away"): "withdrawn",
    ("in_progress", "take_away"): "withdrawn",
    ("submitted", "take_away"): "withdrawn",
    ("overdue", "take_away"): "withdrawn",
    ("passed", "take_away"): "withdrawn",
    ("failed", "take_away"): "withdrawn",
}
"""Every move there is. Nothing leaves "closed" or "withdrawn"; only "passed" closes without a person."""

BEFORE_ANSWER: frozenset[Status] = frozenset({"issued", "accepted", "refused", "in_progress"})
UNDER_WAY: frozenset[Status] = BEFORE_ANSWER | {"submitted", "overdue"}
OVER: frozenset[Status] = frozenset({"closed", "withdrawn"})

STATUS_NAMES: Mapping[Status, str] = {
    "issued": "已下达",
    "accepted": "已接受",
    "refused": "已拒绝",
    "in_progress": "整改中",
    "submitted": "待复核",
    "overdue": "已逾期",
    "passed": "复核合格",
    "failed": "复核不合格",
    "closed": "已办结",
    "withdrawn": "已撤回",
}
ANSWER_NAMES: Mapping[AnswerKind, str] = {
    "accept": "接受",
    "refuse": "拒绝",
    "start": "开始整改",
    "statement": "陈述申辩",
    "done": "整改完成",
}

CLOCK_MAY_BE_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """The facts of one order. Its clock starts when the caregiver is told; `deadline_at` moves by an extension."""

    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    district_id: int
    status: Status
    severity: str
    policy_id: UUID | None
    issued_by: UUID
    issued_at: datetime
    told_at: datetime | None
    deadline_at: datetime
    first_deadline_at: datetime
    statement_until: datetime
    overdue_at: datetime | None = None
    count_at: datetime | None = None
    verified_at: datetime | None = None
    verification_id: UUID | None = None
    extension_asked_by: UUID | None = None
    extension_asked_at: datetime | None = None
    extension_until: datetime | None = None
    extension_decided_by: UUID | None = None
    extension_granted: bool | None = None

    @property
    def at_once(self) -> bool:
        """Whether policy left no time at all: then only a verification can say whether it was done."""
        return self.first_deadline_at <= (self.told_at or self.issued_at)


def may(status: Status, verb: Verb) -> bool:
    return (status, verb) in MOVES


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What an answer makes of an order. `in_time`: the work was done before the deadline, the word came after it."""

    status: Status
    in_time: bool = False


def answered(order: Order, kind: AnswerKind, *, made_at: datetime) -> Answered | None:
    """The order after an answer; None where it can take this answer no longer.

    What arrives after a later answer is kept and moves nothing back. A deadline passed is taken back by work done
    before it, however late the word of it arrives: also when the order was verified meanwhile and passed.
    """
    if order.status == "withdrawn":
        return None
    if kind == "statement":
        return None if order.status == "closed" else Answered(status=order.status)
    if kind == "done":
        return _done(order, made_at)
    moved = MOVES.get((order.status, kind))
    if moved is not None:
        return Answered(status=moved)
    return Answered(status=order.status) if order.status in UNDER_WAY else None


def _done(order: Order, made_at: datetime) -> Answered | None:
    in_time = order.overdue_at is not None and order.issued_at <= made_at <= order.deadline_at
    if order.status in ("passed", "closed"):
        return Answered(status=order.status, in_time=True) if in_time else None
    if order.status == "submitted":
        return Answered(status="submitted", in_time=in_time)
    moved = MOVES.get((order.status, "submit"))
    return Answered(status=moved, in_time=in_time) if moved else None


def misdated(order: Order, made_at: datetime, *, now: datetime) -> bool:
    """Whether something cannot have been done to an order at that moment: before it existed, or in the future."""
    return made_at < order.issued_at or made_at > now + CLOCK_MAY_BE_AHEAD
