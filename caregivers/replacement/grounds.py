"""What a replacement case rests on: when policy makes the proposal mandatory, and whether it still stands later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.policy_rows import Replacement

Kind = Literal["failed_cycles", "serious_hazard", "critical_hazard", "abuse", "review", "proposed"]

KIND_NAMES: Mapping[Kind, str] = {
    "failed_cycles": "整改不合格",
    "serious_hazard": "严重隐患未消除",
    "critical_hazard": "危急隐患",
    "abuse": "疑似虐待",
    "review": "区民政局要求复议",
    "proposed": "人工提请",
}

# An open serious hazard alone makes no case: it is what failed cycles need beside them.
_BESIDE_FAILED_CYCLES: Kind = "serious_hazard"
_MANDATORY: tuple[Kind, ...] = ("failed_cycles", "critical_hazard", "abuse", "review")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """One thing a case rests on. `needs`: how many of its kind must stand together, by the policy of its day."""

    kind: Kind
    subject_id: UUID
    at: datetime
    needs: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """Something that counts against an agreement: its id, and when it happened."""

    id: UUID
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is true of one agreement now: nothing withdrawn or mistaken.

    `failed_cycles` within the policy's window; `serious_hazards` still open, critical ones included;
    `critical_hazards` within the window, open or not; `abuse` are the cases of suspected abuse not found baseless.
    """

    failed_cycles: Sequence[Fact] = ()
    serious_hazards: Sequence[Fact] = ()
    critical_hazards: Sequence[Fact] = ()
    abuse: Sequence[Fact] = ()


def mandatory(facts: Facts, policy: Replacement) -> tuple[Ground, ...]:
    """The grounds on which policy makes a proposal mandatory; none when it does not.

    Repeated failure with a serious hazard still open: 津民发〔2022〕14号, measure 13. The numbers are the district's.
    """
    found: list[Ground] = []
    if len(facts.failed_cycles) >= policy.failed_cycles and facts.serious_hazards:
        found += _grounds("failed_cycles", facts.failed_cycles, policy.failed_cycles)
        found += _grounds(_BESIDE_FAILED_CYCLES, facts.serious_hazards, 1)
    if len(facts.critical_hazards) >= policy.critical_hazards:
        found += _grounds("critical_hazard", facts.critical_hazards, policy.critical_hazards)
    if policy.on_abuse:
        found += _grounds("abuse", facts.abuse, 1)
    return tuple(found)


def still_stands(grounds: Sequence[Ground], withdrawn: Collection[UUID] = ()) -> bool:
    """Whether a case has anything left to rest on once these subjects are withdrawn."""
    proposed = any(ground.kind == "proposed" and ground.subject_id not in withdrawn for ground in grounds)
    return proposed or still_mandatory(grounds, withdrawn)


def still_mandatory(grounds: Sequence[Ground], withdrawn: Collection[UUID] = ()) -> bool:
    """Whether what is left of a case still has to be decided, whoever would rather drop it."""
    left = [ground for ground in grounds if ground.subject_id not in withdrawn]
    return any(_enough(left, kind) and _has_beside(grounds, left, kind) for kind in _MANDATORY)


def _enough(left: Sequence[Ground], kind: Kind) -> bool:
    alike = [ground for ground in left if ground.kind == kind]
    return bool(alike) and len(alike) >= min(ground.needs for ground in alike)


def _has_beside(grounds: Sequence[Ground], left: Sequence[Ground], kind: Kind) -> bool:
    """Failed cycles that rested on a serious hazard fall with the last such hazard; one merely removed still counts."""
    if kind != "failed_cycles" or all(ground.kind != _BESIDE_FAILED_CYCLES for ground in grounds):
        return True
    return any(ground.kind == _BESIDE_FAILED_CYCLES for ground in left)


def _grounds(kind: Kind, facts: Sequence[Fact], needs: int) -> list[Ground]:
    return [Ground(kind=kind, subject_id=fact.id, at=fact.at, needs=needs) for fact in facts]
