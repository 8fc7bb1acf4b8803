"""The decision: what it needs, what follows from it, and who may not take it. People decide; nothing here does."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from caregivers.people.conflict import barred
from caregivers.replacement.case import Case, Decision, demand
from caregivers.replacement.refusals import (
    CaredForByTheRemoved,
    CareNeeded,
    NotHeard,
    OnCaregiversSide,
    RenewedMeanwhile,
    VisitsTheRecipient,
    WillMissing,
    WordsMissing,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Will:
    """Whose will it is that somebody moves to collective support, and how it was stated."""

    by: Literal["self", "guardian"]
    stated: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What is decided and why. `barred_by_law`: the law forbids this caregiver to care for anybody, for ever."""

    decision: Decision
    reason: str
    will: Will | None = None
    barred_by_law: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cover:
    """What is true of the recipient's care as somebody decides, all of it locked."""

    supported: bool
    followed: bool  # another caregiver's agreement is in force already
    renewed_with_same: bool  # another agreement with the same caregiver is in force instead
    care_running: bool
    care_by_the_removed: bool  # whether what runs, or is named with the decision, is done by this very caregiver
    care_named: bool


def aside(account_id: UUID, *, side: Collection[UUID], visitors: Collection[UUID]) -> None:
    """Refuse whoever must keep out of a case: the caregiver's side and the recipient's visitors."""
    if barred(account_id, side):
        raise OnCaregiversSide
    if barred(account_id, (), *visitors):
        raise VisitsTheRecipient


def decide(case: Case, verdict: Verdict) -> None:
    """Refuse a decision nobody was heard for, a second one, and one without its reason or the will it needs."""
    if case.status == "proposed":
        raise NotHeard
    demand(case, "decide")
    if not verdict.reason.strip():
        raise WordsMissing("请写明作出决定的理由。", field="/reason")
    if verdict.decision == "transfer_to_collective" and (verdict.will is None or not verdict.will.stated.strip()):
        raise WillMissing(field="/will")


def needs_care(verdict: Verdict, cover: Cover) -> bool:
    """Whether somebody must be arranged to care before this decision can take effect; refuse where nobody is.

    Nobody may be uncovered (Civil Code art. 34): the agreement ends or rests only together with temporary care.
    """
    if verdict.decision == "keep_with_reason":
        return False
    if cover.renewed_with_same:
        raise RenewedMeanwhile
    if not cover.supported or cover.followed:
        return False
    if cover.care_by_the_removed:
        raise CaredForByTheRemoved(field="/care")
    if not cover.care_running and not cover.care_named:
        raise CareNeeded(field="/care")
    return True
