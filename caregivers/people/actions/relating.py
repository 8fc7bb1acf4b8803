"""Declaring who is related to a caregiver, which bars that account from judging them, and taking it back."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import staff_named
from caregivers.people.conflict import RelationKind
from caregivers.people.queries.reading import caregiver_in_full
from caregivers.people.queries.relations import Relation, add_relation, caregivers_side, relation_of
from caregivers.people.queries.relations import end_relation as save_end
from caregivers.people.refusals import (
    CaregiverNotFound,
    NotYourOwnRelation,
    OnlyYourOwnRelation,
    RelationDeclaredBefore,
    RelationEndedBefore,
    RelationNotFound,
)
from core import db, journal
from core.errors import Forbidden, Invalid
from core.ids import new_id


async def declare_relation(
    caregiver_id: UUID, account_id: UUID, *, kind: RelationKind, note: str, by: Account, now: datetime
) -> Relation:
    """Everybody who reads the record declares their own tie; whoever keeps it, anybody's of the district.

    Nobody on the caregiver's side bars others: they could bar everybody who may look into what the caregiver does.
    """
    if not by.may("caregiver.edit") and not (by.may("caregiver.read") and account_id == by.id):
        raise Forbidden("您只能申报自己与照料人的关系。他人的关系请由乡镇(街道)登记。")
    async with db.transaction(by.scope):
        known = await caregiver_in_full(caregiver_id)
        if known is None:
            raise CaregiverNotFound
        if account_id not in await staff_named([account_id]):
            raise Invalid("没有这个账号，或不在本区。请从账号列表中选择。", field="/account_id")
        if account_id == known.account_id:
            raise Invalid("这是照料人本人的账号，无需申报。", field="/account_id")
        if account_id != by.id and by.id in await caregivers_side(caregiver_id):
            raise OnlyYourOwnRelation
        relation = Relation(
            id=new_id(),
            caregiver_id=caregiver_id,
            area_id=known.caregiver.area_id,
            account_id=account_id,
            kind=kind,
            note=note.strip(),
            declared_by=by.id,
            declared_at=now,
        )
        if not await add_relation(relation):
            raise RelationDeclaredBefore
        await _journal("relation.declared", relation, by, now)
    return relation


async def end_relation(caregiver_id: UUID, relation_id: UUID, *, reason: str, by: Account, now: datetime) -> None:
    """Take a declaration back, with a reason. Nobody on the caregiver's side lifts what bars them."""
    if not by.may("caregiver.edit"):
        raise Forbidden
    async with db.transaction(by.scope):
        relation = await relation_of(caregiver_id, relation_id)
        if relation is None:
            raise RelationNotFound
        if by.id in await caregivers_side(caregiver_id):
            raise NotYourOwnRelation
        if not reason.strip():
            raise Invalid("请填写解除的原因。", field="/reason")
        if not await save_end(relation_id, by=by.id, at=now, reason=reason.strip()):
            raise RelationEndedBefore
        await _journal("relation.ended", relation, by, now)


async def _journal(kind: str, relation: Relation, by: Account, now: datetime) -> None:
    facts = {
        "relation_id": str(relation.id),
        "account_id": str(relation.account_id),
        "kind": relation.kind,
    }
    await journal.write(kind, subject_id=relation.caregiver_id, area_id=relation.area_id, by=by.id, at=now, facts=facts)
