"""An assessment from due to final: the table of moves, and what each demands of whom."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from accounts.policy import Policy
from caregivers.assessment.periods import Period
from caregivers.assessment.refusals import (
    AlreadyObjected,
    AlreadySettled,
    AssessmentCancelled,
    DecidedByAnother,
    InstrumentMissing,
    NoObjection,
    NothingToJudgeBy,
    NothingToObjectTo,
    NothingWithheld,
    NotSettled,
    ObjectionTooLate,
    OnTheCaregiversSide,
    ProxyReasonMissing,
    ReasonMissing,
    TooFewNeighbours,
)
from caregivers.assessment.scoring import Instrument, Records, Scored, Seen, Total, of_records, of_visits, total_of
from caregivers.people.conflict import barred

Status = Literal["due", "settled", "objected", "final", "cancelled"]
STATUSES: tuple[Status, ...] = get_args(Status)
STATUS_NAMES: Mapping[Status, str] = {
    "due": "待考核",
    "settled": "已评定",
    "objected": "申诉中",
    "final": "已生效",
    "cancelled": "已取消",
}

MOVES: Mapping[tuple[Status, str], Status] = {
    ("due", "ask"): "due",
    ("due", "settle"): "settled",
    ("due", "cancel"): "cancelled",
    ("cancelled", "reopen"): "due",
    ("settled", "object"): "objected",
    ("settled", "run_out"): "final",
    ("objected", "decide"): "final",
    ("settled", "rectify"): "settled",
    ("objected", "rectify"): "objected",
    ("final", "rectify"): "final",
}
"""Every move there is. "cancel", "reopen" and "run_out" are the clock's; the database holds the same table."""

_LONGEST = 2000
Asked = Literal["voice", "proxy"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """An assessment as stored, as far as moving it goes. Scores are 0 to 100, before their weights."""

    id: UUID
    agreement_id: UUID
    recipient_id: UUID
    caregiver_id: UUID
    area_id: int
    district_id: int
    period: Period
    status: Status
    policy_id: UUID | None
    due_at: datetime
    recipient_score: int | None = None
    neighbours_score: int | None = None
    neighbours_asked: int | None = None
    total: int | None = None
    qualified: bool | None = None
    withholds: bool = False
    settled_by: UUID | None = None
    rectified_at: datetime | None = None
    objection_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What settling comes to."""

    scores: Mapping[Instrument, int | None]
    reasons: tuple[tuple[Instrument, str], ...]
    total: int
    weights: Mapping[Instrument, int]
    qualified: bool
    withholds: bool


def move(status: Status, verb: str) -> Status:
    """The status after a verb; a refusal that says what is true instead where the table has no such move."""
    after = MOVES.get((status, verb))
    if after is None:
        raise _no_such_move(status, verb)
    return after


def _no_such_move(status: Status, verb: str) -> Exception:
    if status == "cancelled":
        return AssessmentCancelled()
    if verb in ("ask", "settle"):
        return AlreadySettled()
    if verb == "object":
        return {"due": NotSettled, "objected": AlreadyObjected}.get(status, ObjectionTooLate)()
    return NoObjection() if verb == "decide" else NotSettled()


def ask_recipient(one: Assessment, *, how: Asked, proxy_reason: str | None, by: UUID, side: Collection[UUID]) -> None:
    """Refuse unless somebody independent asks; a proxy speaks with a reason."""
    move(one.status, "ask")
    _independent(by, side)
    if how == "proxy" and not (proxy_reason or "").strip():
        raise ProxyReasonMissing(field="/proxy_reason")


def ask_neighbours(one: Assessment, *, asked: int, policy: Policy, by: UUID, side: Collection[UUID]) -> None:
    """Refuse unless somebody independent asks, and as many households as the policy wants."""
    move(one.status, "ask")
    _independent(by, side)
    least = max(1, policy.caregivers.neighbours_asked_at_least)
    if asked < least:
        raise TooFewNeighbours(f"至少要询问 {least} 户邻里，现为 {asked} 户。请补充询问后再填。", field="/asked")


def settle(
    one: Assessment, *, seen: Seen, records: Records, policy: Policy, by: UUID, side: Collection[UUID]
) -> Result:
    """The result under the policy of the day the assessment was opened, once everybody has been asked."""
    move(one.status, "settle")
    _independent(by, side)
    if one.recipient_score is None:
        raise InstrumentMissing("还没有征求对象的评价。请由与照料人无利害关系的人员询问后再评定。")
    least = policy.caregivers.neighbours_asked_at_least
    if (one.neighbours_asked or 0) < least:
        raise InstrumentMissing(f"还没有征求邻里的评价(至少 {least} 户)。请询问后再评定。")
    visits, recorded = of_visits(seen), of_records(records)
    scores: dict[Instrument, int | None] = {
        "recipient": one.recipient_score,
        "neighbours": one.neighbours_score,
        "visits": visits.score,
        "records": recorded.score,
    }
    total = total_of(scores, policy.caregivers.weights)
    if total is None:
        raise NothingToJudgeBy
    return _result(total, scores, visits, recorded, policy)


def _result(
    total: Total, scores: Mapping[Instrument, int | None], visits: Scored, recorded: Scored, policy: Policy
) -> Result:
    qualified = total.total >= policy.caregivers.qualified_from
    return Result(
        scores=scores,
        reasons=(("visits", visits.reason), ("records", recorded.reason)),
        total=total.total,
        weights=total.weights,
        qualified=qualified,
        withholds=not qualified and policy.fees.withheld_while_unqualified,
    )


def object_to(one: Assessment, *, text: str, possible: bool, now: datetime) -> None:
    """Refuse an objection that comes too late, says nothing, or has nothing to be against."""
    move(one.status, "object")
    if one.qualified:
        raise NothingToObjectTo
    if not possible or one.objection_until is None or now >= one.objection_until:
        raise ObjectionTooLate
    demand(text, field="/text")


def decide_objection(one: Assessment, *, reason: str, by: UUID, side: Collection[UUID]) -> None:
    """Refuse unless another person than who settled it, and nobody of the caregiver's, decides with a reason."""
    move(one.status, "decide")
    _independent(by, side)
    if by == one.settled_by:
        raise DecidedByAnother
    demand(reason, field="/reason")


def mark_rectified(one: Assessment, *, evidence: str, by: UUID, side: Collection[UUID]) -> None:
    """Refuse unless a fee is withheld, and somebody independent says what was put right."""
    move(one.status, "rectify")
    _independent(by, side)
    if not one.withholds or one.rectified_at is not None:
        raise NothingWithheld
    demand(evidence, field="/evidence")


def demand(text: str, *, field: str) -> None:
    if not text.strip() or len(text) > _LONGEST:
        raise ReasonMissing(f"请写明理由，不超过{_LONGEST}字。", field=field)


def _independent(by: UUID, side: Collection[UUID]) -> None:
    if barred(by, side):
        raise OnTheCaregiversSide
