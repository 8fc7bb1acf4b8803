"""A caregiver is never the visitor of their own recipient, whatever account they act with."""

from datetime import timedelta
from uuid import UUID

import pytest

from accounts.permissions import Account
from caregivers.agreements.queries import cares_for
from core import db
from core.scope import JOBS
from tests import caring
from tests.cast import NOW, Cast
from tests.visiting import DAY, HOUR, log, normal, slot, status
from visits.refusals import CaregiverIsNoVisitor

pytestmark = pytest.mark.usefixtures("pools")


async def cadre_who_cares(cast: Cast) -> UUID:
    """The village's worker, who is also registered as a caregiver."""
    return await caring.caregiver(cast, account_id=cast.worker.id)


async def test_a_worker_does_not_log_a_visit_of_whom_they_care_for(cast: Cast) -> None:
    carer = await cadre_who_cares(cast)
    own, other = await cast.recipient(), await cast.recipient()
    await caring.agreement(cast, own, carer)
    with pytest.raises(CaregiverIsNoVisitor):
        await log(cast, refused := await slot(cast, own))
    assert await status(cast, refused) == "open"
    await log(cast, taken := await slot(cast, other))
    assert await status(cast, taken) == "made"


async def test_nor_of_whom_they_look_after_meanwhile(cast: Cast) -> None:
    carer = await cadre_who_cares(cast)
    person = await cast.recipient()
    await caring.temporary_care(cast, person, kind="caregiver", caregiver_id=carer)
    with pytest.raises(CaregiverIsNoVisitor):
        await log(cast, await slot(cast, person))


async def test_it_is_asked_of_the_moment_the_report_is_about(cast: Cast) -> None:
    """A phone comes back from the hills: what was done before the agreement counts, what was done under it does not."""
    carer = await cadre_who_cares(cast)
    person = await cast.recipient()
    agreement = await caring.agreement(cast, person, carer, activated_at=NOW - 2 * DAY)
    before, under = [await slot(cast, person, due_at=NOW - days * DAY + HOUR, opens=HOUR * 6) for days in (3, 1)]
    await log(cast, before, normal(NOW - 3 * DAY))
    with pytest.raises(CaregiverIsNoVisitor):
        await log(cast, under, normal(NOW - DAY))
    await caring.temporary_care(cast, person)
    await cast.owner.execute(
        "UPDATE agreement SET status = 'ended', ended_at = $2, ended_reason = 'mutual' WHERE id = $1",
        agreement,
        NOW - timedelta(hours=1),
    )
    with pytest.raises(CaregiverIsNoVisitor):
        await log(cast, under, normal(NOW - DAY))
    await log(cast, await slot(cast, person))


async def test_who_cares_for_whom_is_answered_in_any_eyes(cast: Cast) -> None:
    carer, account = await caring.linked_caregiver(cast)
    person = await cast.recipient()
    await caring.agreement(cast, person, carer, status="suspended")

    async def answer(asked: Account) -> bool:
        async with db.transaction(cast.foreign_specialist.scope):
            seen = await cares_for(asked.id, person)
        async with db.transaction(JOBS):
            assert seen == await cares_for(asked.id, person)
        return seen

    assert await answer(account)
    assert not await answer(cast.worker)
