"""Caregivers as they are shown without a reason: masked here, before anything leaves this package."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from caregivers.people import caregiver as told
from caregivers.people.caregiver import Caregiver, Status
from caregivers.people.queries.register import SHOWN
from caregivers.people.queries.rows import READ, id_index, registered
from core import db
from core.clock import local_day
from recipients import masking
from recipients.risk import age_on


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A caregiver as shown: `caregiver` is masked. `cares_for`: people the caller sees, under agreements in force."""

    id: UUID
    version: int
    caregiver: Caregiver
    age: int | None
    place: str
    provider: str | None
    account_id: UUID | None
    status: Status
    left_on: date | None
    left_reason: str | None
    cares_for: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """What a list is narrowed by; nothing personal, for it may stand in an address."""

    area_id: int | None = None
    kind: str | None = None
    status: str | None = None
    provider_id: UUID | None = None


_READ = ", ".join(f"c.{column}" for column in READ.split(", "))
_FROM = (
    f"SELECT {_READ}, ar.name AS place, p.name AS provider,"
    " (SELECT count(*) FROM agreement a WHERE a.caregiver_id = c.id AND a.status IN ('active', 'suspended'))"
    " AS cares_for"
    " FROM caregiver c JOIN area ar ON ar.id = c.area_id LEFT JOIN provider p ON p.id = c.provider_id"
    f" WHERE {SHOWN.format('c.')}"
)


async def caregiver_card(caregiver_id: UUID, *, now: datetime) -> Card | None:
    """None for somebody outside the caller's areas as for nobody at all."""
    rows = await db.fetch(f"{_FROM} AND c.id = $1", caregiver_id)
    return next(iter(_cards(rows, now)), None)


async def caregiver_cards(wanted: Filter, *, after: tuple[int, UUID] | None, limit: int, now: datetime) -> list[Card]:
    """The next caregivers by area; `after` are area and id of the last one before."""
    after_area, after_id = after or (0, UUID(int=0))
    rows = await db.fetch(
        f"{_FROM} AND ($1::int IS NULL OR c.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $1))"
        " AND ($2::text IS NULL OR c.kind = $2) AND ($3::text IS NULL OR c.status = $3)"
        " AND ($4::uuid IS NULL OR c.provider_id = $4)"
        " AND (c.area_id, c.id) > ($5, $6) ORDER BY c.area_id, c.id LIMIT $7",
        wanted.area_id,
        wanted.kind,
        wanted.status,
        wanted.provider_id,
        after_area,
        after_id,
        limit,
    )
    return _cards(rows, now)


async def cards_by_id_number(compared: str, *, now: datetime) -> list[Card]:
    return _cards(await db.fetch(f"{_FROM} AND c.id_index = $1 ORDER BY c.id", id_index(compared)), now)


async def cards_by_name(text: str, *, limit: int, now: datetime) -> list[Card]:
    """By a part of the name, or by the beginning of its pinyin or initials, in the order of the names' sound."""
    typed = text.lower().replace(" ", "")
    rows = await db.fetch(
        f"{_FROM} AND (strpos(c.name, $1) > 0 OR starts_with(c.name_initials, $2)"
        " OR starts_with(replace(c.name_pinyin, ' ', ''), $2))"
        ' ORDER BY c.name_pinyin COLLATE "C", c.id LIMIT $3',
        text,
        typed,
        limit,
    )
    return _cards(rows, now)


async def masked_caregiver_names(caregiver_ids: Collection[UUID]) -> dict[UUID, str]:
    """张* for each caregiver the caller may see. Needs a person's eyes: jobs are not granted names."""
    rows = await db.fetch("SELECT id, name FROM caregiver WHERE id = ANY ($1::uuid[])", list(caregiver_ids))
    return {row["id"]: masking.name(row["name"]) for row in rows}


def _cards(rows: Sequence[Mapping[str, Any]], now: datetime) -> list[Card]:
    return [_card(row, now) for row in rows]


def _card(row: Mapping[str, Any], now: datetime) -> Card:
    one = registered(row)
    born_on = one.caregiver.born_on
    return Card(
        id=one.id,
        version=one.version,
        caregiver=told.masked(one.caregiver),
        age=age_on(born_on, local_day(now)) if born_on is not None else None,
        place=row["place"],
        provider=row["provider"],
        account_id=one.account_id,
        status=one.status,
        left_on=one.left_on,
        left_reason=one.left_reason,
        cares_for=row["cares_for"],
        created_at=one.created_at,
        changed_at=one.changed_at,
    )
