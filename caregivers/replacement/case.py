"""A replacement case: where it stands, and what may follow. Policy proposes; only people move it on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from caregivers.replacement.grounds import Ground
from caregivers.replacement.refusals import CaseSettled

Status = Literal[
    "proposed", "heard", "decided", "temporary_care", "successor_signed", "handed_over", "closed", "withdrawn"
]
Verb = Literal["hear", "decide", "withdraw", "cover", "sign", "hand_over", "close"]
Decision = Literal["replace", "keep_with_reason", "transfer_to_collective"]

MOVES: Mapping[tuple[Status, Verb], Status] = {
    ("proposed", "hear"): "heard",
    ("heard", "hear"): "heard",  # heard once more, before anything is decided
    ("heard", "decide"): "decided",
    ("proposed", "withdraw"): "withdrawn",
    ("heard", "withdraw"): "withdrawn",
    ("decided", "cover"): "temporary_care",
    ("temporary_care", "sign"): "successor_signed",
    ("decided", "sign"): "successor_signed",  # nobody needed care, and then they were supported again
    ("decided", "hand_over"): "handed_over",  # nobody needs care any more: only things to give back
    ("temporary_care", "hand_over"): "handed_over",  # moved to collective support, or died meanwhile
    ("successor_signed", "hand_over"): "handed_over",
    ("decided", "close"): "closed",  # the caregiver stays, or was gone before the decision
    ("handed_over", "close"): "closed",
}

STATUS_NAMES: Mapping[Status, str] = {
    "proposed": "已提请，待听取意见",
    "heard": "已听取意见，待决定",
    "decided": "已决定",
    "temporary_care": "临时照料中",
    "successor_signed": "接任协议已生效，待交接",
    "handed_over": "已交接",
    "closed": "已办结",
    "withdrawn": "已撤回",
}
DECISION_NAMES: Mapping[Decision, str] = {
    "replace": "撤换照料人",
    "keep_with_reason": "不予撤换",
    "transfer_to_collective": "转为集中供养",
}
UNDECIDED: frozenset[Status] = frozenset({"proposed", "heard"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """The facts of one case. `withdrawn_ids` are the subjects of grounds that have fallen away."""

    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    district_id: int
    mandatory: bool
    confidential: bool
    barred_ids: tuple[UUID, ...]
    grounds: Sequence[Ground]
    withdrawn_ids: frozenset[UUID]
    status: Status
    policy_id: UUID | None
    proposed_at: datetime
    decide_by: datetime
    told_at: datetime | None = None
    heard_at: datetime | None = None
    decision: Decision | None = None
    decided_at: datetime | None = None
    review_ordered_at: datetime | None = None
    keep_seen_at: datetime | None = None
    flagged_at: datetime | None = None
    flag_reviewed_at: datetime | None = None
    temporary_care_id: UUID | None = None
    successor_agreement_id: UUID | None = None

    @property
    def undecided(self) -> bool:
        return self.status in UNDECIDED

    @property
    def hidden(self) -> bool:
        """Whether the caregiver's side must not learn of it yet."""
        return self.confidential and self.told_at is None

    @property
    def flag_unreviewed(self) -> bool:
        """Whether a ground fell away since anybody last looked at the decision."""
        if self.flagged_at is None:
            return False
        return self.flag_reviewed_at is None or self.flag_reviewed_at < self.flagged_at


def demand(case: Case, verb: Verb) -> Status:
    """The status after a verb; refuse where the case is past it, or not there yet."""
    try:
        return MOVES[case.status, verb]
    except KeyError:
        said = f"该事项目前为“{STATUS_NAMES[case.status]}”，不能办理这一步。请刷新后查看。"
        raise CaseSettled(said) from None
