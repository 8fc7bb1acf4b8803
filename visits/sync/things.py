"""What a phone holds for the days without a signal: only what its owner needs then, names masked, no numbers."""

import re
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

import msgspec


class _Kept(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """A thing of one kind, with the id it is known by."""

    id: UUID

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class _Thing(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Its kind stands in what is sent: a phone tells by it what it has before it."""

    @property
    def kind(self) -> str:
        return str(self.__struct_config__.tag)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str


class Me(_Kept, frozen=True, kw_only=True, tag="me"):
    """Whose phone it is."""

    name: str
    role: str
    role_name: str
    areas: tuple[Place, ...]


class VisitTask(_Kept, frozen=True, kw_only=True, tag="visit"):
    """A visit to make. `mine`: it is given to the phone's owner and not to nobody."""

    recipient_id: UUID
    reason: str
    risk: str
    status: str
    opens_at: datetime
    due_at: datetime
    missed_after: datetime
    mine: bool
    not_met_at: datetime | None
    campaign: str | None


class Household(_Kept, frozen=True, kw_only=True, tag="recipient"):
    """Somebody to be seen. The address is to find the door by, a child's is told up to the village."""

    name: str
    village: str
    address: str | None
    risk: str
    standing: str
    last_seen_at: datetime | None
    open_points: tuple[str, ...]


class ItemToSee(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    what: str
    must_be: str


class VerificationTask(_Kept, frozen=True, kw_only=True, tag="verification"):
    """An order's items to look at."""

    order_id: UUID
    number: str
    recipient_id: UUID
    severity: str
    due_at: datetime
    items: tuple[ItemToSee, ...]


class CallBackTask(_Kept, frozen=True, kw_only=True, tag="call_back"):
    """Somebody to be asked whether a visit took place. Their number is revealed when it is dialled, not before."""

    recipient_id: UUID
    name: str
    visited_at: datetime
    due_at: datetime
    why: str


class OpenAlert(_Kept, frozen=True, kw_only=True, tag="alert"):
    """An alert its owner was told of. `about` is the alert's own kind."""

    about: str
    about_name: str
    severity: str
    recipient_id: UUID | None
    name: str | None
    since: datetime


class OrderToAnswer(_Kept, frozen=True, kw_only=True, tag="order"):
    """What a caregiver has to put right."""

    number: str
    agreement_id: UUID
    status: str
    severity: str
    deadline_at: datetime
    statement_until: datetime
    items: tuple[ItemToSee, ...]


class Promised(msgspec.Struct, frozen=True, kw_only=True):
    service: str
    times: int
    per: str


class OwnAgreement(_Kept, frozen=True, kw_only=True, tag="agreement"):
    """What a caregiver has promised."""

    number: str | None
    village: str
    status: str
    starts_on: date
    ends_on: date
    services: tuple[Promised, ...]


class WatchedHome(msgspec.Struct, frozen=True, kw_only=True):
    """A home as its watcher knows it, and its own windows."""

    id: UUID
    shown_as: str
    morning: str | None
    evening: str | None


class OwnLane(_Kept, frozen=True, kw_only=True, tag="lane"):
    """A watcher's lane and the district's windows of the season. What was seen on other days stays on the server."""

    name: str
    morning: str
    evening: str
    households: tuple[WatchedHome, ...]


Thing: TypeAlias = (
    Me | VisitTask | Household | VerificationTask | CallBackTask | OpenAlert | OrderToAnswer | OwnAgreement | OwnLane
)

# Seven digits and more, with the dashes and blanks people put between them: a telephone, an ID or a card number; not a
# day, which has eight.
_NUMBER = re.compile(r"(?!\d{4}-\d\d?-\d\d?(?!\d))(?<!\d)\d(?:[ \-—]?[\dXx]){6,}")


def without_numbers(text: str) -> str:
    """What somebody wrote, the long numbers in it hidden: a note may hold what its author should not have written."""
    return _NUMBER.sub("***", text)
