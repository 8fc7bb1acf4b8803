"""Whoever is related to a caregiver judges nothing of theirs, and everybody who decides and is related is shown."""

from uuid import uuid4

import pytest

from caregivers.people import actions, queries
from caregivers.people.refusals import (
    CaregiverNotFound,
    NotYourOwnRelation,
    OnlyYourOwnRelation,
    RelationDeclaredBefore,
    RelationEndedBefore,
    RelationNotFound,
)
from core import db
from core.errors import Forbidden, Invalid
from core.scope import JOBS, Scope
from tests.caregivers_on_record import end, journal, registered, related
from tests.caring import agreement, caregiver, linked_caregiver, row_of
from tests.cast import Cast


async def test_the_caregivers_side_is_their_account_and_everybody_related(cast: Cast) -> None:
    one, account = await linked_caregiver(cast)
    relation = await related(cast, one, cast.leader)
    for scope in (cast.specialist.scope, cast.worker.scope, cast.district.scope, account.scope, JOBS):
        async with db.transaction(scope):
            assert await queries.caregivers_side(one) == {account.id, cast.leader.id}
    await actions.end_relation(one, relation, reason="误报", by=cast.specialist, now=cast.now)
    async with db.transaction(cast.specialist.scope):
        assert await queries.caregivers_side(one) == {account.id}


async def test_a_relation_declared_in_another_township_bars_here_as_well(cast: Cast) -> None:
    here = await registered(cast)
    there = await registered(cast, by=cast.foreign_specialist, area_id=cast.foreign_village)
    await related(cast, there, cast.foreign_leader, cast.foreign_specialist)
    async with db.transaction(cast.specialist.scope):
        assert await queries.caregivers_side(here) == {cast.foreign_leader.id}


async def test_a_side_that_cannot_be_seen_is_not_taken_for_an_empty_one(cast: Cast) -> None:
    one = await registered(cast)
    for scope in (cast.foreign_specialist.scope, Scope(), Scope(account_id=cast.worker.id)):
        with pytest.raises(CaregiverNotFound):
            async with db.transaction(scope):
                await queries.caregivers_side(one)


async def test_a_visitor_of_the_next_village_sees_the_side_of_whom_they_verify(cast: Cast) -> None:
    one = await caregiver(cast, area_id=cast.other_village)
    await related(cast, one, cast.worker)
    with pytest.raises(CaregiverNotFound):
        async with db.transaction(cast.worker.scope):
            await queries.caregivers_side(one)
    agreed = await agreement(cast, caregiver_id=one)
    async with db.transaction(cast.worker.scope):
        assert await queries.caregivers_side(one) == {cast.worker.id}
        assert await queries.masked_caregiver_names([one]) == {one: "张*"}
    await end(cast, agreed)
    async with db.transaction(cast.worker.scope):
        assert await queries.caregivers_side(one) == {cast.worker.id}
        assert await queries.masked_caregiver_names([one]) == {}


async def test_everybody_declares_their_own_tie_and_only_the_township_anothers(cast: Cast) -> None:
    one = await registered(cast)
    await related(cast, one, cast.worker, by=cast.worker)
    with pytest.raises(Forbidden):
        await related(cast, one, cast.leader, by=cast.worker)
    await related(cast, one, cast.district, by=cast.district)
    with pytest.raises(RelationDeclaredBefore):
        await related(cast, one, cast.worker)
    with pytest.raises(CaregiverNotFound):
        await related(cast, one, cast.foreign_worker, by=cast.foreign_worker)
    with pytest.raises(Invalid):
        await actions.declare_relation(one, uuid4(), kind="child", note="", by=cast.specialist, now=cast.now)
    assert (await journal(cast, one)).count("relation.declared") == 2


async def test_whoever_is_related_bars_nobody_else(cast: Cast) -> None:
    one = await registered(cast)
    await related(cast, one, cast.specialist, by=cast.specialist)
    for other in (cast.leader, cast.district, cast.auditor):
        with pytest.raises(OnlyYourOwnRelation):
            await related(cast, one, other, by=cast.specialist)
    await related(cast, one, cast.worker, by=cast.leader)
    async with db.transaction(cast.leader.scope):
        assert await queries.caregivers_side(one) == {cast.specialist.id, cast.worker.id}


async def test_nobody_lifts_the_relation_that_bars_them(cast: Cast) -> None:
    one = await registered(cast)
    relation = await related(cast, one, cast.leader)
    with pytest.raises(NotYourOwnRelation):
        await actions.end_relation(one, relation, reason="误报", by=cast.leader, now=cast.now)
    with pytest.raises(Forbidden):
        await actions.end_relation(one, relation, reason="误报", by=cast.worker, now=cast.now)
    async with db.transaction(cast.leader.scope):  # nor by a direct statement
        assert await db.execute("UPDATE relation SET ended_by = $1, ended_at = $2", cast.leader.id, cast.now) == 0
    with pytest.raises(RelationNotFound):
        await actions.end_relation(one, relation, reason="误报", by=cast.foreign_leader, now=cast.now)
    await actions.end_relation(one, relation, reason="误报", by=cast.specialist, now=cast.now)
    with pytest.raises(RelationEndedBefore):
        await actions.end_relation(one, relation, reason="误报", by=cast.specialist, now=cast.now)
    row = await row_of(cast, "relation", relation)
    assert (row["ended_by"], row["end_reason"]) == (cast.specialist.id, "误报")


async def test_a_cadre_who_decides_and_is_related_is_on_the_list_of_conflicts(cast: Cast) -> None:
    one = await registered(cast)
    await agreement(cast, caregiver_id=one)
    await related(cast, one, cast.worker)
    await related(cast, one, cast.district)
    ended = await related(cast, one, cast.leader)
    await actions.end_relation(one, ended, reason="误报", by=cast.specialist, now=cast.now)
    for scope in (cast.specialist.scope, cast.district.scope, cast.auditor.scope):
        async with db.transaction(scope):
            found = await queries.conflicts(after=None, limit=10)
        assert [(each.relation.account_id, each.account_role, each.caregiver_name) for each in found] == [
            (cast.district.id, "district", "张*")
        ]
        assert found[0].cares_for == 1
    async with db.transaction(cast.foreign_specialist.scope):
        assert await queries.conflicts(after=None, limit=10) == []
