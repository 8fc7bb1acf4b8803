"""Staff as others see them, what a new account needs, and what a login may look like."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Role

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{2,39}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """An account as its manager sees it. `area_ids` are those of its areas that the asker sees, too."""

    id: UUID
    login: str
    name: str
    role: Role
    ended: bool
    district_id: int
    area_ids: tuple[int, ...]
    phone: str | None
    must_change_password: bool
    second_factor: bool
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAccount:
    """What opens an account. `on_duty`: it takes up the duty its role is made for, on each of its areas."""

    login: str
    name: str
    role: Role
    area_ids: tuple[int, ...]
    phone: str | None = None
    on_duty: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountChanges:
    """What changes of an account; None leaves it as it is, an empty phone removes it."""

    name: str | None = None
    phone: str | None = None
    role: Role | None = None
    area_ids: tuple[int, ...] | None = None
    on_duty: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffName:
    """A colleague by name, as history shows them."""

    name: str
    role: Role


def plain_login(typed: str) -> str:
    """The login as it is stored, from whatever keyboard it came."""
    return unicodedata.normalize("NFKC", typed).strip().casefold()


def is_login(login: str) -> bool:
    """Whether a plain login may be given to a new account."""
    return _LOGIN.fullmatch(login) is not None


def masked_phone(phone: str) -> str:
    """Enough of a number to recognise it: the first three and the last two digits."""
    return f"{phone[:3]}{'*' * max(len(phone) - 5, 3)}{phone[-2:]}"
