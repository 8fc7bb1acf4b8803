"""An item as a phone sent it, what became of it, and the order in which items that build on each other are taken."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from accounts.permissions import Account, Permission
from core.errors import Refusal, code_of
from visits.sync.clock import Judged, PhoneClock, judged
from visits.sync.refusals import Held

Status = Literal["taken", "refused", "held", "conflict"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One item. `raw` is every byte of it; `body` is read by its kind, or `refusal` says why it cannot be.

    Where the phone's own id cannot be read, `client_id` is made from the bytes: the same bytes are the same item.
    `seq` is 0 where no number can be read.
    """

    client_id: UUID
    seq: int
    kind: str
    made_at: datetime | None
    after: UUID | None
    raw: bytes
    sha256: bytes
    body: Any = None
    subject_id: UUID | None = None
    refusal: Refusal | None = None

    @property
    def key(self) -> tuple[UUID, bytes]:
        return self.client_id, self.sha256


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the phone is told of an item. `answer` is JSON with sorted keys: the same to the byte, however often."""

    status: Status
    code: str | None = None
    detail: str | None = None
    field: str | None = None
    answer: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Doing:
    """An item being taken: by whom, under which id, by whose clock. `labels` go on a report."""

    id: UUID
    body: Any
    made_at: datetime
    clock: PhoneClock
    received_at: datetime
    by: Account
    now: datetime
    labels: frozenset[str] = frozenset()

    def made(self, claimed_at: datetime) -> "Doing":
        """The same, made when the phone claims."""
        return replace(self, made_at=self.judged(claimed_at).at)

    def judged(self, claimed_at: datetime, *, issued_at: datetime | None = None) -> Judged:
        """What a moment the phone claims is worth."""
        return judged(claimed_at, self.clock, received_at=self.received_at, issued_at=issued_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What can be sent: who may, how its body is read, what it is about, and what is done with it.

    `run` answers with plain JSON, or raises a Refusal. `run_all`, where there is one, does many in few statements and
    returns for each its answer, its refusal, or the fault that kept it from being done. `settles_conflicts`: its
    action itself knows what to do with other content under the same id. `replace` puts the other of two conflicting
    contents in the place of the first (whose id it is given); a text instead says what to do where that cannot be.
    """

    permission: Permission
    read: Callable[[bytes], Any]
    subject: Callable[[Any], UUID | None]
    run: Callable[[Doing], Awaitable[Any]]
    run_all: Callable[[Sequence[Doing]], Awaitable[list[Any]]] | None = None
    of_visit: bool = False
    settles_conflicts: bool = False
    replace: Callable[[UUID, Doing], Awaitable[Any]] | str = ""


def refused(refusal: Refusal) -> Outcome:
    """What a refusal is told as."""
    status: Status = "held" if isinstance(refusal, Held) else "refused"
    return Outcome(status=status, code=code_of(refusal), detail=refusal.detail, field=refusal.field)


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Of items that wait: which are next, which can never be because theirs was refused, which must wait longer."""

    ready: tuple[UUID, ...] = ()
    hopeless: tuple[UUID, ...] = ()
    waiting: tuple[UUID, ...] = ()


def turn(after: Mapping[UUID, UUID | None], settled: Mapping[UUID, str]) -> Turn:
    """Of the items in `after` (each with what it must not overtake), by what is known of others (their status)."""
    found: dict[str, list[UUID]] = {"ready": [], "hopeless": [], "waiting": []}
    for one, before in after.items():
        status = None if before is None else settled.get(before, "held")
        place = {None: "ready", "taken": "ready", "conflict": "ready", "refused": "hopeless"}.get(status, "waiting")
        found[place].append(one)
    return Turn(ready=tuple(found["ready"]), hopeless=tuple(found["hopeless"]), waiting=tuple(found["waiting"]))


def in_circles(after: Mapping[UUID, UUID | None]) -> frozenset[UUID]:
    """The items that wait, over however many others, for themselves."""
    circles: set[UUID] = set()
    done: set[UUID] = set()
    for start in after:
        path: dict[UUID, int] = {}
        one: UUID | None = start
        while one is not None and one not in done and one not in path:
            path[one] = len(path)
            one = after.get(one)
        if one is not None and one in path:
            circles.update(step for step, place in path.items() if place >= path[one])
        done.update(path)
    return frozenset(circles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A push: what the phone says of itself, and its items. What it said unreadably of itself is None."""

    items: tuple[Item, ...]
    sent_at: datetime | None = None
    installation_id: UUID | None = None
    unsent: int | None = None
    oldest_unsent_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a push is answered: an outcome for each of its items in order, and the numbers not received."""

    epoch: UUID
    outcomes: tuple[Outcome, ...]
    missing: tuple[int, ...] = ()
    last_seq: int = 0
