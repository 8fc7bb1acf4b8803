"""The life of a care agreement: which move leads where, as a table, and the agreement as the rules see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from caregivers.agreements.refusals import MoveImpossible

Status = Literal["draft", "pending_signatures", "active", "suspended", "ended"]
Verb = Literal["edit", "submit", "abandon", "sign", "activate", "suspend", "resume", "review", "end", "restore"]

STATUS_NAMES: Mapping[Status, str] = {
    "draft": "草稿",
    "pending_signatures": "待签字",
    "active": "生效",
    "suspended": "中止",
    "ended": "终止",
}
VERB_NAMES: Mapping[Verb, str] = {
    "edit": "修改",
    "submit": "提交签字",
    "abandon": "作废",
    "sign": "签字",
    "activate": "生效",
    "suspend": "中止履行",
    "resume": "恢复履行",
    "review": "续签评估",
    "end": "终止",
    "restore": "恢复",
}

MOVES: Mapping[tuple[Status, Verb], Status] = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "pending_signatures",
    ("draft", "abandon"): "ended",
    ("pending_signatures", "sign"): "pending_signatures",
    ("pending_signatures", "activate"): "active",
    ("pending_signatures", "abandon"): "ended",
    ("active", "suspend"): "suspended",
    ("active", "review"): "active",
    ("active", "end"): "ended",
    ("suspended", "resume"): "active",
    ("suspended", "review"): "suspended",
    ("suspended", "end"): "ended",
    ("ended", "restore"): "active",
}
"""Every move there is; the database holds the same ones. An agreement comes back with a standing that was undone, and
suspended where it had been suspended."""

IN_FORCE: tuple[Status, ...] = ("active", "suspended")


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """The facts of one agreement. `ends_on` is the last day of its term, `ended_on` the last day it was in force.

    `renewal_of` is the agreement it follows, with the same caregiver or another: that one ends when this one begins.
    """

    id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    district_id: int
    township_id: int
    version: int
    status: Status
    starts_on: date
    ends_on: date
    fee_class: str
    fee_yuan: int
    source: str
    renewal_of: UUID | None = None
    successor_for_case: UUID | None = None
    renewal_reviewed_at: datetime | None = None
    renewal_decision: str | None = None
    activated_at: datetime | None = None
    suspended_at: datetime | None = None
    suspended_by: UUID | None = None
    ended_on: date | None = None
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    ended_reason: str | None = None
    replacement_case_id: UUID | None = None
    created_by: UUID
    created_at: datetime
    changed_at: datetime

    @property
    def in_force(self) -> bool:
        return self.status in IN_FORCE


def move(status: Status, verb: Verb) -> Status:
    """The status after a verb; `MoveImpossible` where the table has no such move."""
    try:
        return MOVES[status, verb]
    except KeyError:
        able = "、".join(f"“{STATUS_NAMES[came]}”" for came, by in MOVES if by == verb)
        detail = f"协议目前是“{STATUS_NAMES[status]}”，不能{VERB_NAMES[verb]}；只有{able}的协议可以。请刷新后查看。"
        raise MoveImpossible(detail) from None
