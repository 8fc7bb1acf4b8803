"""What an agreement says, written and read in full: only in a person's eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from caregivers.agreements.drafting import Consent, Content, Item, Recipient
from caregivers.agreements.speaking import Ability
from caregivers.agreements.words import SERVICE_NAMES
from core import db
from core.ids import new_id
from recipients.queries.register import SEEN
from recipients.queries.support import SUPPORTED

_CONTENT = "caregiver_id, relation, starts_on, ends_on, fee_class, fee_yuan, liability, number"
_FEE_CLASS: dict[str, Any] = {"self": "none", "partial": "partial", "full": "full"}


class NumberTaken(Exception):
    """The unique index of agreement numbers has refused a row."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDraft:
    """A draft to store."""

    id: UUID
    recipient: Recipient
    content: Content
    renewal_of: UUID | None
    successor_for_case: UUID | None
    by: UUID
    at: datetime


async def recipient_for(recipient_id: UUID) -> Recipient | None:
    """A recipient of the caller's areas, as an agreement must answer to them."""
    row = await db.fetch_one(
        "SELECT r.id, r.area_id, r.district_id, r.risk, r.self_care, r.conditions, r.categories,"
        f" {SUPPORTED} AS supported,"
        " coalesce((SELECT t.id FROM area_within up JOIN area t ON t.id = up.ancestor_id AND t.level = 9"
        "  WHERE up.area_id = r.area_id), r.area_id) AS township_id"
        f" FROM recipient r WHERE r.id = $1 AND r.{SEEN}",
        recipient_id,
    )
    if row is None:
        return None
    return Recipient(
        id=row["id"],
        area_id=row["area_id"],
        district_id=row["district_id"],
        township_id=row["township_id"],
        risk=row["risk"],
        supported=row["supported"],
        fee_class=_FEE_CLASS[row["self_care"]],
        ability=Ability(
            minor="minor" in row["categories"],
            without_capacity="dementia" in row["conditions"],
            full_care=row["self_care"] == "full",
        ),
    )


async def add_draft(new: NewDraft) -> None:
    """Store a draft with its items; `NumberTaken`."""
    content, recipient = new.content, new.recipient
    try:
        await db.execute(
            "INSERT INTO agreement (id, recipient_id, area_id, district_id, township_id, created_by, created_at,"
            f" changed_at, renewal_of, successor_for_case, consent_by, consent_reason, consent_at, {_CONTENT}, status)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,"
            " 'draft')",
            new.id,
            recipient.id,
            recipient.area_id,
            recipient.district_id,
            recipient.township_id,
            new.by,
            new.at,
            new.renewal_of,
            new.successor_for_case,
            *_consent(content, new.at),
            *_plain(content),
        )
    except asyncpg.UniqueViolationError:
        raise NumberTaken from None
    await _add_items(new.id, recipient.area_id, content.items)


async def save_content(agreement_id: UUID, content: Content, *, area_id: int, was: Content, now: datetime) -> int:
    """Write a draft anew, its version raised; `NumberTaken`. The new version."""
    consent = _consent(content, now)
    try:
        version: int = await db.fetch_value(
            "UPDATE agreement SET caregiver_id = $3, relation = $4, starts_on = $5, ends_on = $6, fee_class = $7,"
            " fee_yuan = $8, liability = $9, number = $10, consent_by = $11, consent_reason = $12,"
            " consent_at = CASE WHEN $14 THEN consent_at ELSE $13::timestamptz END,"
            " version = version + 1, changed_at = $2 WHERE id = $1 RETURNING version",
            agreement_id,
            now,
            *_plain(content),
            *consent,
            content.consent == was.consent,
        )
    except asyncpg.UniqueViolationError:
        raise NumberTaken from None
    if content.items != was.items:
        await db.execute("DELETE FROM agreement_item WHERE agreement_id = $1", agreement_id)
        await _add_items(agreement_id, area_id, content.items)
    return version


def _plain(content: Content) -> tuple[Any, ...]:
    return (
        content.caregiver_id,
        content.relation,
        content.starts_on,
        content.ends_on,
        content.fee_class,
        content.fee_yuan,
        content.liability,
        content.number,
    )


def _consent(content: Content, now: datetime) -> tuple[Any, ...]:
    given = content.consent
    return (given.by, given.reason, now) if given else (None, None, None)


async def _add_items(agreement_id: UUID, area_id: int, items: Sequence[Item]) -> None:
    await db.execute(
        "INSERT INTO agreement_item (id, agreement_id, area_id, service, times, per, note)"
        " SELECT id, $1, $2, service, times, per, note"
        " FROM unnest($3::uuid[], $4::text[], $5::int[], $6::text[], $7::text[]) AS i (id, service, times, per, note)",
        agreement_id,
        area_id,
        [new_id() for _ in items],
        [item.service for item in items],
        [item.times for item in items],
        [item.per for item in items],
        [item.note for item in items],
    )


async def content_of(agreement_id: UUID) -> Content | None:
    """What an agreement says; None when the caller has no such agreement."""
    row = await db.fetch_one(
        f"SELECT {_CONTENT}, consent_by, consent_reason FROM agreement WHERE id = $1", agreement_id
    )
    if row is None:
        return None
    items = (await items_of([agreement_id])).get(agreement_id, ())
    consent = Consent(by=row["consent_by"], reason=row["consent_reason"]) if row["consent_by"] else None
    plain = {name: row[name] for name in _CONTENT.split(", ")}
    return Content(**plain, items=items, consent=consent)


async def items_of(agreement_ids: Sequence[UUID]) -> dict[UUID, tuple[Item, ...]]:
    """The services promised in each of these, in the order of their words."""
    rows = await db.fetch(
        "SELECT agreement_id, service, times, per, note FROM agreement_item WHERE agreement_id = ANY ($1::uuid[])"
        " ORDER BY array_position($2::varchar[], service)",
        list(agreement_ids),
        list(SERVICE_NAMES),
    )
    found: dict[UUID, list[Item]] = {}
    for row in rows:
        item = Item(service=row["service"], times=row["times"], per=row["per"], note=row["note"])
        found.setdefault(row["agreement_id"], []).append(item)
    return {agreement_id: tuple(items) for agreement_id, items in found.items()}


async def caregiver_seen(caregiver_id: UUID) -> bool:
    """Whether the caller has this caregiver in their areas."""
    return bool(await db.fetch_value("SELECT EXISTS (SELECT FROM caregiver WHERE id = $1)", caregiver_id))
