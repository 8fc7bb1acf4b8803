"""People as they are shown without a reason: masked here, before anything leaves this package."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.queries import policies_for
from core import db
from core.clock import local_day
from recipients import masking
from recipients.absence import silencing
from recipients.by_policy import assess
from recipients.person import Person
from recipients.queries.facts import absences_of
from recipients.queries.register import SEEN
from recipients.queries.rows import READ, Registered, registered
from recipients.risk import Risk, age_on
from recipients.standing import Shown, Standing, shown

_READ = ", ".join(f"r.{column}" for column in READ.split(", "))
_FROM = "FROM recipient r JOIN area a ON a.id = r.area_id"


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A recipient as shown: `person` is masked, `because` says what makes the risk in the words a worker reads."""

    id: UUID
    version: int
    village: str
    person: Person
    age: int | None
    risk: Risk
    because: tuple[str, ...]
    standing: Standing
    shown_standing: Shown
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """What a list is narrowed by; nothing personal, for it may stand in an address."""

    area_id: int | None = None
    risk: str | None = None
    category: str | None = None
    self_care: str | None = None
    standing: str | None = None
    support_mode: str | None = None
    visit_worker_id: UUID | None = None
    unassigned: bool = False
    under_visit: bool = False  # alive, eligible and not moved away

    def facts(self) -> dict[str, Any]:
        """What was narrowed by, for the journal."""
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: str(value) if isinstance(value, UUID) else value for name, value in given.items() if value}


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A recipient in full with age and the name of their village, for those who have said why they look."""

    registered: Registered
    village: str
    age: int | None
    hidden: bool = False

    def masked(self) -> "Listed":
        shown = replace(self.registered, person=masking.person(self.registered.person))
        return replace(self, registered=shown, hidden=True)


async def masked_names(recipient_ids: Collection[UUID]) -> dict[UUID, str]:
    """王* for each recipient the caller may see. Needs a person's eyes: jobs are not granted names."""
    rows = await db.fetch("SELECT id, name FROM recipient WHERE id = ANY ($1::uuid[])", list(recipient_ids))
    return {row["id"]: masking.name(row["name"]) for row in rows}


async def recipient_card(recipient_id: UUID, *, now: datetime) -> Card | None:
    """None for somebody outside the caller's areas as for nobody at all."""
    rows = await db.fetch(f"SELECT {_READ}, a.name AS village {_FROM} WHERE r.id = $1 AND r.{SEEN}", recipient_id)
    return next(iter(await _cards(rows, now)), None)


async def recipient_cards(wanted: Filter, *, after: tuple[int, UUID] | None, limit: int, now: datetime) -> list[Card]:
    """The next recipients by village; `after` are village and id of the last one before."""
    after_area, after_id = after or (0, UUID(int=0))
    rows = await db.fetch(
        f"SELECT {_READ}, a.name AS village {_FROM} WHERE r.{SEEN} AND {_FILTERED}"
        " AND (r.area_id, r.id) > ($10, $11) ORDER BY r.area_id, r.id LIMIT $12",
        *_values(wanted),
        after_area,
        after_id,
        limit,
    )
    return await _cards(rows, now)


async def one_in_full(recipient_id: UUID, *, now: datetime) -> Listed | None:
    """In plain text: for an action that journals why."""
    rows = await db.fetch(f"SELECT {_READ}, a.name AS village {_FROM} WHERE r.id = $1 AND r.{SEEN}", recipient_id)
    return next((_listed(row, now) for row in rows), None)


async def all_in_full(wanted: Filter, *, now: datetime) -> list[Listed]:
    """In plain text, by village and the sound of the name: for an action that journals why."""
    rows = await db.fetch(
        f"SELECT {_READ}, a.name AS village {_FROM} WHERE r.{SEEN} AND {_FILTERED}"
        ' ORDER BY a.code, r.name_pinyin COLLATE "C", r.id',
        *_values(wanted),
    )
    return await asyncio.to_thread(lambda: [_listed(row, now) for row in rows])


def _listed(row: Mapping[str, Any], now: datetime) -> Listed:
    one = registered(row)
    return Listed(registered=one, village=row["village"], age=_age(one, now))


_FILTERED = (
    "($1::int IS NULL OR r.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $1))"
    " AND ($2::text IS NULL OR r.risk = $2) AND ($3::text IS NULL OR $3 = ANY (r.categories))"
    " AND ($4::text IS NULL OR r.self_care = $4) AND ($5::text IS NULL OR r.standing = $5)"
    " AND ($6::text IS NULL OR r.support_mode = $6) AND ($7::uuid IS NULL OR r.visit_worker_id = $7)"
    " AND (NOT $8 OR r.visit_worker_id IS NULL) AND (NOT $9 OR r.standing IN ('at_home', 'in_hospital'))"
)


def _values(wanted: Filter) -> list[Any]:
    """The first nine parameters, in the order of the fields of `Filter`."""
    return [getattr(wanted, one.name) for one in fields(wanted)]


async def cards_by_id_number(index: bytes, *, now: datetime) -> list[Card]:
    return await _cards(
        await db.fetch(f"SELECT {_READ}, a.name AS village {_FROM} WHERE r.id_index = $1 AND r.{SEEN}", index), now
    )


async def cards_by_name(text: str, *, limit: int, now: datetime) -> list[Card]:
    """By a part of the name, or by the beginning of its pinyin or initials, in the order of the names' sound."""
    typed = text.lower().replace(" ", "")
    rows = await db.fetch(
        f"SELECT {_READ}, a.name AS village {_FROM} WHERE r.{SEEN} AND (strpos(r.name, $1) > 0"
        " OR starts_with(r.name_initials, $2) OR starts_with(replace(r.name_pinyin, ' ', ''), $2))"
        ' ORDER BY r.name_pinyin COLLATE "C", r.id LIMIT $3',
        text,
        typed,
        limit,
    )
    return await _cards(rows, now)


async def _cards(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Card]:
    found = [registered(row) for row in rows]
    policies = await policies_for({one.district_id for one in found}, local_day(now))
    absences = await absences_of([one.id for one in found])
    cards = []
    for one, row in zip(found, rows, strict=True):
        silent = silencing(absences[one.id], now)
        age = _age(one, now)
        known = one.person
        judged = assess(
            categories=known.categories,
            conditions=known.conditions,
            self_care=known.self_care,
            age=age,
            policy=policies[one.district_id].policy,
        )
        cards.append(
            Card(
                id=one.id,
                version=one.version,
                village=row["village"],
                person=masking.person(known),
                age=age,
                risk=one.risk,
                because=judged.because if judged.risk == one.risk else (),
                standing=one.standing,
                shown_standing=shown(one.standing, silent.kind if silent else None),
                created_at=one.created_at,
                changed_at=one.changed_at,
            )
        )
    return cards


def _age(one: Registered, now: datetime) -> int | None:
    """Full years today, where the birthday is known."""
    return age_on(one.person.born_on, local_day(now)) if one.person.born_on else None
