"""What changed on a phone since it last asked, found by comparing what it holds: no clock and no cursor to miss by."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

Manifest = Mapping[str, str]
"""The hash of everything a phone holds, by "kind:id"."""

_NUMBERED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_CHARACTERS = 24

WHY_NAMES: Mapping[str, str] = {
    "made": "走访已登记",
    "made_by_other": "已由他人走访",
    "reassigned": "已转交他人",
    "excused": "已确认外出，本次免访",
    "died": "对象已去世",
    "moved": "对象已转为集中供养",
    "not_eligible": "对象已终止救助供养",
    "left_area": "已不在您的辖区",
    "overtaken": "已见到本人，或已到下一次探访",
    "cancelled": "已取消",
    "rearranged": "安排已调整",
    "settled": "已办结",
    "no_task": "近期没有任务",
}
_WORDS: Mapping[str, str] = {
    "died": "died",
    "moved_to_collective": "moved",
    "collective_support": "moved",
    "collective": "moved",
    "eligibility_ended": "not_eligible",
    "worker_changed": "reassigned",
}
_ENDED = frozenset({"done", "resolved", "passed", "closed", "ended"})
_CALLED_OFF = frozenset({"cancelled", "withdrawn"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """Keys of what a phone has to be told, and of what it has to drop."""

    changed: frozenset[str]
    gone: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """Something a phone holds and should no longer. `seen`: its owner may still see it; what became of it is told
    only then. `mine`: it is still theirs or nobody's. `by_me`: they made it themselves."""

    kind: str
    seen: bool
    status: str | None = None
    reason: str | None = None
    mine: bool = True
    by_me: bool = False


def key_of(kind: str, id: UUID) -> str:
    return f"{kind}:{id}"


def hash_of(thing: Any) -> str:
    """Whatever of a thing a phone is told counts: another hash, another thing."""
    return hashlib.sha256(msgspec.json.encode(thing, order="deterministic")).hexdigest()[:_CHARACTERS]


def difference(held: Manifest, current: Manifest) -> Difference:
    return Difference(
        changed=frozenset(key for key, value in current.items() if held.get(key) != value),
        gone=frozenset(held.keys() - current.keys()),
    )


def basis(asked: int | None, kept: Mapping[int, Manifest], *, epoch_since: datetime) -> Manifest | None:
    """What the phone holds of the generation it names; None: nobody knows, and it is given everything.

    A generation of the time before a restore may have the number of another one after it: it is not known.
    """
    if asked is None or asked < first_generation(epoch_since):
        return None
    return kept.get(asked)


def next_generation(kept: Mapping[int, Manifest], *, epoch_since: datetime) -> int:
    return max(max(kept, default=0) + 1, first_generation(epoch_since))


def first_generation(epoch_since: datetime) -> int:
    """Where an epoch begins to count: the seconds since 2020, more than any phone can have pulled by then."""
    return max(0, int((epoch_since - _NUMBERED_FROM).total_seconds()))


def why_left(left: Left) -> str:
    """The word for why something left a phone. Whoever no longer sees it learns that, and nothing that came after."""
    if left.by_me:
        return "made"
    if not left.seen:
        return "left_area"
    if left.kind == "visit":
        return _why_visit(left)
    if left.kind == "recipient":
        return _WORDS.get(left.status or "") or _WORDS.get(left.reason or "") or "no_task"
    if left.status in _ENDED:
        return "settled"
    if left.status in _CALLED_OFF:
        return "cancelled"
    return "rearranged" if left.mine else "reassigned"


def _why_visit(left: Left) -> str:
    match left.status:
        case "made":
            return "made_by_other"
        case "excused":
            return "excused"
        case "cancelled":
            return _WORDS.get(left.reason or "", "cancelled")
    if not left.mine:
        return "reassigned"
    return "overtaken" if left.status in ("missed", "not_known") else "rearranged"
