"""What stands in a caregiver's file over HTTP: record checks, relations to accounts, conflicts of interest."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.permissions import ROLE_NAMES, Account, Role
from accounts.queries import staff_named
from api import paging
from caregivers.people import actions, queries
from caregivers.people.checks import CHECK_WORDS
from caregivers.people.conflict import RELATION_WORDS
from caregivers.people.queries import ConflictOfInterest, Relation, StoredCheck
from caregivers.people.refusals import CaregiverNotFound
from core import clock, db
from recipients.purpose import LONGEST, SHORTEST, Purpose


class NewRecordCheck(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`clear`: nothing speaks against them. `found` is kept sealed; `expires_on`: the first day it no longer counts."""

    kind: Literal["criminal_record", "health", "training"]
    clear: bool
    document_number: Annotated[str, Meta(min_length=1, max_length=80)]
    checked_on: date
    expires_on: date | None = None
    found: Annotated[str, Meta(max_length=1000)] | None = None


class RecordCheckCard(msgspec.Struct, frozen=True, kw_only=True):
    """`counts`: the newest of its kind, and not run out. A finding takes a reason to be read."""

    id: UUID
    kind: str
    kind_name: str
    clear: bool
    document_number: str
    checked_on: date
    expires_on: date | None
    counts: bool
    has_finding: bool
    by: UUID
    by_name: str | None
    at: datetime


class FindingReveal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, as a word and a sentence that names nobody."""

    purpose: Purpose
    note: Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    found: str | None


class NewRelation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account_id: UUID
    kind: Literal["spouse", "parent", "child", "sibling", "in_law", "other_kin", "household", "interest"]
    note: Annotated[str, Meta(max_length=200)] = ""


class EndedRelation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class RelationCard(msgspec.Struct, frozen=True, kw_only=True):
    """While it is not ended, this account may not verify, hear or decide what concerns the caregiver."""

    id: UUID
    caregiver_id: UUID
    account_id: UUID
    account_name: str | None
    kind: str
    kind_name: str
    note: str
    declared_by: UUID
    declared_by_name: str | None
    declared_at: datetime
    ended_by: UUID | None
    ended_by_name: str | None
    ended_at: datetime | None
    end_reason: str | None


class ConflictCard(msgspec.Struct, frozen=True, kw_only=True):
    """A caregiver related to somebody who decides. `cares_for`: people in their care that one sees."""

    caregiver_id: UUID
    caregiver_name: str
    cares_for: int
    account_id: UUID
    account_name: str
    role: str
    role_name: str
    kind: str
    kind_name: str
    declared_at: datetime


class CaregiverRecords(Controller):
    """What supervisors read of a caregiver: a visitor needs neither their health nor their relations."""

    path = "/caregivers"
    tags = ("照料人",)

    @get("/conflicts", opt={"permission": "matters.read"})
    async def list_conflicts(
        self, by: Account, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[ConflictCard]:
        """关系保、人情保: caregivers of one's areas related to a specialist, a leader or the district."""
        after = paging.after(cursor, UUID, of="conflicts")
        async with db.transaction(by.scope):
            found = await queries.conflicts(after=after, limit=size + 1)
        return paging.page(found, size, of="conflicts", key=lambda one: one.relation.id, item=_conflict)

    @get("/{caregiver_id:uuid}/checks", opt={"permission": "matters.read"})
    async def list_checks(self, caregiver_id: UUID, by: Account, now: datetime) -> list[RecordCheckCard]:
        """Every check on record, the newest first; none is ever altered."""
        async with db.transaction(by.scope):
            await _must_see(caregiver_id, now)
            return await _check_cards(caregiver_id, now)

    @post("/{caregiver_id:uuid}/checks", opt={"permission": "caregiver.edit"})
    async def record_check(
        self, caregiver_id: UUID, data: NewRecordCheck, by: Account, now: datetime
    ) -> list[RecordCheckCard]:
        """Add a check; answers all of them. Of each kind the newest counts."""
        await actions.record_check(caregiver_id, **msgspec.structs.asdict(data), by=by, now=now)
        async with db.transaction(by.scope):
            return await _check_cards(caregiver_id, now)

    @post("/{caregiver_id:uuid}/checks/{check_id:uuid}/reveal", opt={"permission": "caregiver.reveal"}, status_code=200)
    async def reveal_finding(
        self, caregiver_id: UUID, check_id: UUID, data: FindingReveal, by: Account, now: datetime
    ) -> Finding:
        """What a check found, for a purpose. It is on the journal before the answer leaves."""
        found = await actions.reveal_finding(
            caregiver_id, check_id, purpose=data.purpose, note=data.note, by=by, now=now
        )
        return Finding(id=check_id, found=found)

    @get("/{caregiver_id:uuid}/relations", opt={"permission": "matters.read"})
    async def list_relations(self, caregiver_id: UUID, by: Account, now: datetime) -> list[RelationCard]:
        """Every relation ever declared, the newest first."""
        async with db.transaction(by.scope):
            await _must_see(caregiver_id, now)
            return await _relation_cards(await queries.relations_of(caregiver_id))

    # Whoever reads the record declares their own tie; the action knows who may declare another's.
    @post("/{caregiver_id:uuid}/relations", opt={"permission": "caregiver.read"})
    async def declare_relation(self, caregiver_id: UUID, data: NewRelation, by: Account, now: datetime) -> RelationCard:
        """Declare a tie between a caregiver and an account: from now on it may not judge them."""
        relation = await actions.declare_relation(
            caregiver_id, data.account_id, kind=data.kind, note=data.note, by=by, now=now
        )
        async with db.transaction(by.scope):
            return (await _relation_cards([relation]))[0]

    @post(
        "/{caregiver_id:uuid}/relations/{relation_id:uuid}/end", opt={"permission": "caregiver.edit"}, status_code=200
    )
    async def end_relation(
        self, caregiver_id: UUID, relation_id: UUID, data: EndedRelation, by: Account, now: datetime
    ) -> list[RelationCard]:
        """Take a declaration back; answers all of them. Whom it bars does not lift it."""
        await actions.end_relation(caregiver_id, relation_id, reason=data.reason, by=by, now=now)
        async with db.transaction(by.scope):
            return await _relation_cards(await queries.relations_of(caregiver_id))


async def _must_see(caregiver_id: UUID, now: datetime) -> None:
    if await queries.caregiver_card(caregiver_id, now=now) is None:
        raise CaregiverNotFound


async def _check_cards(caregiver_id: UUID, now: datetime) -> list[RecordCheckCard]:
    stored = await queries.stored_checks(caregiver_id)
    names = await _names({one.by for one in stored})
    today, newest_of_kind = clock.local_day(now), set[str]()
    cards = []
    for one in stored:
        cards.append(_check(one, names, counts=one.check.kind not in newest_of_kind and one.check.counts(today)))
        newest_of_kind.add(one.check.kind)
    return cards


def _check(one: StoredCheck, names: Mapping[UUID, str], *, counts: bool) -> RecordCheckCard:
    check = one.check
    return RecordCheckCard(
        id=check.id,
        kind=check.kind,
        kind_name=CHECK_WORDS[check.kind],
        clear=check.clear,
        document_number=one.document_number,
        checked_on=check.checked_on,
        expires_on=check.expires_on,
        counts=counts,
        has_finding=one.has_finding,
        by=one.by,
        by_name=names.get(one.by),
        at=one.at,
    )


async def _relation_cards(relations: list[Relation]) -> list[RelationCard]:
    involved = {one for each in relations for one in (each.account_id, each.declared_by, each.ended_by) if one}
    names = await _names(involved)
    return [
        RelationCard(
            id=one.id,
            caregiver_id=one.caregiver_id,
            account_id=one.account_id,
            account_name=names.get(one.account_id),
            kind=one.kind,
            kind_name=RELATION_WORDS[one.kind],
            note=one.note,
            declared_by=one.declared_by,
            declared_by_name=names.get(one.declared_by),
            declared_at=one.declared_at,
            ended_by=one.ended_by,
            ended_by_name=names.get(one.ended_by) if one.ended_by else None,
            ended_at=one.ended_at,
            end_reason=one.end_reason,
        )
        for one in relations
    ]


async def _names(account_ids: set[UUID]) -> dict[UUID, str]:
    return {account_id: one.name for account_id, one in (await staff_named(list(account_ids))).items()}


def _conflict(one: ConflictOfInterest) -> ConflictCard:
    return ConflictCard(
        caregiver_id=one.relation.caregiver_id,
        caregiver_name=one.caregiver_name,
        cares_for=one.cares_for,
        account_id=one.relation.account_id,
        account_name=one.account_name,
        role=one.account_role,
        role_name=ROLE_NAMES[Role(one.account_role)],
        kind=one.relation.kind,
        kind_name=RELATION_WORDS[one.relation.kind],
        declared_at=one.relation.declared_at,
    )


CONTROLLERS = (CaregiverRecords,)
