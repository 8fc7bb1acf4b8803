"""Who may be entrusted with whom, from what is on record here and in other townships."""

import asyncio
from datetime import date
from uuid import UUID, uuid4

from accounts.permissions import Account
from caregivers.people import actions, queries
from core import db
from recipients.queries import id_index as register_index
from tests.caregivers_on_record import NUMBER, checked, codes, plan, registered
from tests.caring import TODAY, agreement, caregiver
from tests.cast import Cast


async def test_a_child_is_entrusted_after_the_check_is_on_record(cast: Cast) -> None:
    one = await registered(cast)
    child = await cast.recipient(born_on=date(2014, 5, 6), visit_worker_id=None)
    assert await codes(cast, one, child) == ["minor_check"]
    await checked(cast, one)
    assert await codes(cast, one, child) == []
    await checked(cast, one, clear=False, found="有记录")
    assert await codes(cast, one, child) == ["minor_check"]


async def test_a_child_by_category_counts_without_a_birthday(cast: Cast) -> None:
    one = await registered(cast)
    child = await cast.recipient(born_on=None, categories=["minor"], visit_worker_id=None)
    assert await codes(cast, one, child) == ["minor_check"]


async def test_nobody_is_entrusted_with_whom_they_visit_by_register_or_plan(cast: Cast) -> None:
    one = await caregiver(cast, account_id=cast.worker.id)
    assert await codes(cast, one, await cast.recipient()) == ["visits_recipient"]
    planned = await cast.recipient(visit_worker_id=None)
    assert await codes(cast, one, planned) == []
    await plan(cast, planned)
    assert await codes(cast, one, planned) == ["visits_recipient"]


async def test_nobody_is_entrusted_with_themselves(cast: Cast) -> None:
    one = await registered(cast)
    self_ = await cast.recipient(
        id_kind="resident", id_sealed=b"x", id_index=register_index(NUMBER), born_on=date(1970, 1, 1)
    )
    assert await codes(cast, one, self_) == ["is_recipient"]


async def test_the_load_counts_other_people_across_townships_by_the_id_number(cast: Cast) -> None:
    here = await registered(cast)
    there = await registered(cast, by=cast.foreign_specialist, area_id=cast.foreign_village)
    for _ in range(2):
        await agreement(cast, caregiver_id=here)
    abroad = await cast.recipient(area_id=cast.foreign_village)
    await agreement(cast, recipient=abroad, caregiver_id=there, area_id=cast.foreign_village)
    await agreement(cast, caregiver_id=here, status="draft")
    fourth = await cast.recipient()
    assert await codes(cast, here, fourth) == ["over_load"]
    async with db.transaction(cast.specialist.scope):
        facts = await queries.suitability_facts(here, fourth, on=TODAY)
    assert facts is not None and (facts.load, facts.has_full_care) == (3, False)
    # A renewal for somebody in their care already adds nobody.
    assert await codes(cast, there, abroad, cast.foreign_specialist) == []


async def test_one_in_full_care_is_a_whole_load_even_in_another_township(cast: Cast) -> None:
    here = await registered(cast)
    there = await registered(cast, by=cast.foreign_specialist, area_id=cast.foreign_village)
    abroad = await cast.recipient(area_id=cast.foreign_village, self_care="full")
    agreed = await agreement(cast, recipient=abroad, caregiver_id=there, area_id=cast.foreign_village)
    assert await codes(cast, here, await cast.recipient()) == ["over_load"]
    async with db.transaction(cast.specialist.scope):
        facts = await queries.suitability_facts(here, await cast.recipient(), on=TODAY, except_agreement=agreed)
    assert facts is not None and facts.load == 0


async def test_two_townships_that_sign_with_one_person_wait_for_each_other(cast: Cast) -> None:
    here = await registered(cast)
    there = await registered(cast, by=cast.foreign_specialist, area_id=cast.foreign_village)
    told: list[str] = []

    async def sign(one: UUID, by: Account) -> None:
        async with db.transaction(by.scope):
            assert await queries.hold_for_care(one)
            told.append(f"{by.name} begins")
            await asyncio.sleep(0.2)
            told.append(f"{by.name} is done")

    await asyncio.gather(sign(here, cast.specialist), sign(there, cast.foreign_specialist))
    assert [each.split(" ")[0] for each in told[::2]] == [each.split(" ")[0] for each in told[1::2]]
    async with db.transaction(cast.specialist.scope):
        assert not await queries.hold_for_care(there)


async def test_a_provider_does_not_end_while_its_staff_sign(cast: Cast) -> None:
    provider = await actions.add_provider(
        area_id=cast.township, name="安康中心", credit_code=None, phone=None, by=cast.specialist, now=cast.now
    )
    one = await registered(cast, kind="provider_staff", provider_id=provider.id)
    told: list[str] = []

    async def sign() -> None:
        async with db.transaction(cast.specialist.scope):
            assert await queries.hold_for_care(one)
            await asyncio.sleep(0.3)
            told.append("signed")

    async def end_it() -> None:
        await asyncio.sleep(0.1)
        await actions.end_provider(provider.id, by=cast.leader, now=cast.now)
        told.append("ended")

    await asyncio.gather(sign(), end_it())
    assert told == ["signed", "ended"]


async def test_staff_of_an_ended_provider_are_entrusted_with_nobody(cast: Cast) -> None:
    provider = await actions.add_provider(
        area_id=cast.township, name="安康中心", credit_code=None, phone=None, by=cast.specialist, now=cast.now
    )
    one = await registered(cast, kind="provider_staff", provider_id=provider.id)
    recipient = await cast.recipient()
    assert await codes(cast, one, recipient) == []
    await actions.end_provider(provider.id, by=cast.leader, now=cast.now)
    assert await codes(cast, one, recipient) == ["provider_ended"]


async def test_what_is_not_of_the_callers_areas_has_no_facts(cast: Cast) -> None:
    one, recipient = await registered(cast), await cast.recipient()
    foreign = await cast.recipient(area_id=cast.foreign_village)
    async with db.transaction(cast.specialist.scope):
        assert await queries.suitability_facts(one, foreign, on=TODAY) is None
        assert await queries.suitability_facts(uuid4(), recipient, on=TODAY) is None
    async with db.transaction(cast.foreign_specialist.scope):
        assert await queries.suitability_facts(one, foreign, on=TODAY) is None
