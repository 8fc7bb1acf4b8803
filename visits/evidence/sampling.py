"""Which visits are asked about afterwards: a share drawn by lot, repeatable from its seed, and every odd one."""

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID

from accounts.permissions import Role
from accounts.policy_rows import Sampling
from visits.evidence.grades import GradeWord


def drawn(report_ids: Iterable[UUID], *, seed: str, percent: int) -> tuple[UUID, ...]:
    """At least that share, one at the least: those whose hash with the seed comes first.

    Nobody knows the seed before the draw; with it, anybody can draw the same again.
    """
    everybody = sorted(report_ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())
    return tuple(everybody[: -(-len(everybody) * percent // 100)])


def odd_enough(grade: GradeWord, weight: int, policy: Sampling) -> bool:
    """A visit with nothing but its visitor's word needs a little less to be asked about."""
    return weight + (grade == "D") >= policy.flags_from


def chosen(able: Sequence[UUID], report_id: UUID) -> UUID | None:
    """Who asks about this one: the reports are dealt out evenly, and the same one always to the same person."""
    if not able:
        return None
    dealt = hashlib.sha256(report_id.bytes).digest()
    return sorted(able)[int.from_bytes(dealt[:4]) % len(able)]


def may_call_back(*, account_id: UUID, role: Role, visitor_id: UUID, caregivers_side: Iterable[UUID]) -> bool:
    """Neither the visitor, nor their superiors in the township, nor anybody on the caregiver's side."""
    superior = role in (Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER)
    return account_id != visitor_id and not superior and account_id not in set(caregivers_side)
