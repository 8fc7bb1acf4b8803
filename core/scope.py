"""Whose eyes a transaction has: enforced by row-level security, carried as transaction-local settings."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """What the caller may see. `area_ids` are the roots of their areas; `eyes` chooses the database role.

    "person" sees the rows of their areas; "door" sees only accounts and sessions, before anybody is signed in;
    "jobs" sees every area, but only ids, dates and words.
    """

    account_id: UUID | None = None
    area_ids: tuple[int, ...] = ()
    eyes: Literal["person", "door", "jobs"] = "person"


JOBS = Scope(eyes="jobs")
DOOR = Scope(eyes="door")
