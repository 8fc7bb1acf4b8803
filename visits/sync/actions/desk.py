"""What taking items needs: the item in the inbox, who sends it and what can be sent, and what became of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from core.errors import Forbidden, Refusal
from visits.sync.clock import PhoneClock, judged
from visits.sync.item import Item, Kind, Outcome
from visits.sync.refusals import PhoneRevoked, UnknownKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """The first content under an id, beside another. `status`: None while this push has yet to settle it."""

    row_id: UUID
    status: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """An item that has no answer yet. `stored`: it lies in the inbox already, held until now."""

    row_id: UUID
    item: Item
    clock: PhoneClock
    received_at: datetime
    tries: int = 0
    beside: Beside | None = None
    stored: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Who sends, what can be sent, and how a sealed item is read again. `elsewhere`: visits of other areas are open."""

    kinds: Mapping[str, Kind]
    read: Callable[[bytes], Item]
    by: Account
    revoked_at: datetime | None
    now: datetime
    elsewhere: bool = False


class Overtaken(Exception):
    """Others' items came under the same ids meanwhile, or lie there: the push is made again knowing of them."""

    def __init__(self, client_ids: frozenset[UUID]) -> None:
        super().__init__()
        self.client_ids = client_ids


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflicting:
    """Two contents under one id: a human is to be told, once the push is stored."""

    row_id: UUID
    kind: str
    area_id: int
    recipient_id: UUID | None


@dataclass(kw_only=True, slots=True)
class Taken:
    """What became of items, by their rows; and what is left to do once that is stored.

    `elsewhere`: about visits of other areas, which once went out to the sender's phone, with those areas.
    """

    outcomes: dict[UUID, Outcome] = field(default_factory=dict)
    statuses: dict[UUID, str] = field(default_factory=dict)  # by client id
    areas: dict[UUID, int] = field(default_factory=dict)  # of the items a human must see, by client id
    elsewhere: dict[UUID, tuple[Work, int]] = field(default_factory=dict)
    waiting: list[UUID] = field(default_factory=list)  # rows that follow one of them, and are not to be taken here
    stubborn: dict[UUID, Exception] = field(default_factory=dict)
    relieved: list[UUID] = field(default_factory=list)
    conflicting: list[Conflicting] = field(default_factory=list)


def forbidden(work: Work, desk: Desk) -> Refusal | None:
    """What forbids an item before anything is done."""
    item = work.item
    if item.refusal:
        return item.refusal
    kind = desk.kinds.get(item.kind)
    if kind is None:
        return UnknownKind(field="/kind")
    if not desk.by.may(kind.permission):
        return Forbidden(field="/kind")
    if desk.revoked_at and made_at(work) > desk.revoked_at:
        return PhoneRevoked()
    return None


def made_at(work: Work) -> datetime:
    if work.item.made_at is None:
        return work.received_at
    return judged(work.item.made_at, work.clock, received_at=work.received_at).at


def settle(work: Work, outcome: Outcome, taken: Taken) -> None:
    """Of several contents under an id, the one that was taken counts for whatever follows it; else the first."""
    taken.outcomes[work.row_id] = outcome
    if outcome.status == "taken" or work.beside is None:
        taken.statuses[work.item.client_id] = outcome.status
