"""What a phone holds for the days without a signal: only what its owner needs then, names masked, no numbers."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    id: int
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Me:
    """Whose phone it is."""

    id: UUID
    name: str
    role: str
    role_name: str
    areas: tuple[Place, ...]
    kind: Literal["me"] = "me"


@dataclass(frozen=True, kw_only=True, slots=True)
class VisitTask:
    """A visit to make. `mine`: it is given to the phone's owner and not to nobody."""

    id: UUID
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
    kind: Literal["visit"] = "visit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Household:
    """Somebody to be seen. The address is to find the door by, a child's is told up to the village."""

    id: UUID
    name: str
    village: str
    address: str | None
    risk: str
    standing: str
    last_seen_at: datetime | None
    open_points: tuple[str, ...]
    kind: Literal["recipient"] = "recipient"


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemToSee:
    id: UUID
    what: str
    must_be: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationTask:
    """An order's items to look at."""

    id: UUID
    order_id: UUID
    number: str
    recipient_id: UUID
    severity: str
    due_at: datetime
    items: tuple[ItemToSee, ...]
    kind: Literal["verification"] = "verification"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallBackTask:
    """Somebody to be asked whether a visit took place. Their number is revealed when it is dialled, not before."""

    id: UUID
    recipient_id: UUID
    name: str
    visited_at: datetime
    due_at: datetime
    why: str
    kind: Literal["call_back"] = "call_back"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenAlert:
    """An alert its owner was told of. `about` is the alert's own kind."""

    id: UUID
    about: str
    about_name: str
    severity: str
    recipient_id: UUID | None
    name: str | None
    since: datetime
    kind: Literal["alert"] = "alert"


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderToAnswer:
    """What a caregiver has to put right."""

    id: UUID
    number: str
    agreement_id: UUID
    status: str
    severity: str
    deadline_at: datetime
    statement_until: datetime
    items: tuple[ItemToSee, ...]
    kind: Literal["order"] = "order"


@dataclass(frozen=True, kw_only=True, slots=True)
class Promised:
    service: str
    times: int
    per: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAgreement:
    """What a caregiver has promised."""

    id: UUID
    number: str | None
    village: str
    status: str
    starts_on: date
    ends_on: date
    services: tuple[Promised, ...]
    kind: Literal["agreement"] = "agreement"


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchedHome:
    """A home as its watcher knows it, and its own windows."""

    id: UUID
    shown_as: str
    morning: str | None
    evening: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnLane:
    """A watcher's lane and the district's windows of the season. What was seen on other days stays on the server."""

    id: UUID
    name: str
    morning: str
    evening: str
    households: tuple[WatchedHome, ...]
    kind: Literal["lane"] = "lane"


Thing: TypeAlias = (
    Me | VisitTask | Household | VerificationTask | CallBackTask | OpenAlert | OrderToAnswer | OwnAgreement | OwnLane
)

# Seven digits and more, with the dashes and blanks people put between them: a telephone, an ID or a card number; not a
# day, which has eight.
_NUMBER = re.compile(r"(?!\d{4}-\d\d?-\d\d?(?!\d))(?<!\d)\d(?:[ \-—]?[\dXx]){6,}")


def without_numbers(text: str) -> str:
    """What somebody wrote, the long numbers in it hidden: a note may hold what its author should not have written."""
    return _NUMBER.sub("***", text)
