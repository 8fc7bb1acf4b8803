"""Two people at once, each of whom would be right alone: one waits for the other, and nobody is left without care."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from caregivers.agreements import actions
from caregivers.agreements.refusals import AnotherInForce
from caregivers.agreements.signing import PARTIES
from core import db
from core.errors import Refusal
from recipients.actions import confirm_standing, propose_standing, undo_standing
from tests import caring
from tests.cast import NOW, Cast
from tests.stories.test_agreements import drafted, sign, signature, stand_in, submitted
from tests.visiting import alerts

pytestmark = pytest.mark.usefixtures("pools")

ROUNDS = 6
SECOND = timedelta(seconds=1)
END_CARE = "UPDATE temporary_care SET ended_at = now(), ended_reason = 'replaced' WHERE id = $1"
END_AGREEMENT = "UPDATE agreement SET status = 'ended', ended_at = now(), ended_reason = 'mutual' WHERE id = $1"


async def at_once(*acts: Awaitable[Any]) -> list[Any]:
    """What each of these came to: its result, or what it was refused with."""
    return await asyncio.gather(*acts, return_exceptions=True)


async def past_every_action(cast: Cast, sql: str, *args: Any, then: asyncio.Barrier) -> None:
    """A direct statement as people's role, committed only once everybody's statement has run."""
    async with db.transaction(cast.leader.scope):
        await db.execute(sql, *args)
        await then.wait()


async def covered(cast: Cast, person: UUID) -> bool:
    return bool(await cast.owner.fetchval("SELECT is_covered($1)", person))


def refusals(came: list[Any]) -> list[BaseException]:
    wrong = [one for one in came if isinstance(one, BaseException)]
    assert all(isinstance(one, Refusal | asyncpg.PostgresError) for one in wrong), wrong
    return wrong


async def test_two_that_rely_on_each_others_cover_do_not_both_leave(cast: Cast) -> None:
    """Write skew by direct SQL: each sees the other's cover, and neither sees that the other is going."""
    for _ in range(ROUNDS):
        person = await cast.recipient()
        agreement = await caring.agreement(cast, person)
        care = await caring.temporary_care(cast, person)
        barrier = asyncio.Barrier(2)
        came = await at_once(
            past_every_action(cast, END_AGREEMENT, agreement, then=barrier),
            past_every_action(cast, END_CARE, care, then=barrier),
        )
        (wrong,) = refusals(came)
        assert getattr(wrong, "sqlstate", None) == "CD002"
        assert await covered(cast, person)


async def test_an_alert_is_not_resolved_by_cover_that_is_just_leaving(cast: Cast) -> None:
    for _ in range(ROUNDS):
        person = await cast.recipient()
        agreement = await caring.agreement(cast, person)
        await actions.report_no_cover(person, reason="照料人失联", by=cast.specialist, now=NOW)
        came = await at_once(
            actions.restore_cover(person, note="照料人已返回", by=cast.specialist, now=NOW),
            actions.end(agreement, reason="resigned", on=caring.TODAY, note="外出", by=cast.leader, now=NOW + SECOND),
        )
        refusals(came)
        rings = [one for one in await alerts(cast, "uncovered") if one["subject_id"] == person]
        assert not await covered(cast, person)
        assert [one["status"] for one in rings][-1] == "open"


async def test_an_end_and_the_undoing_of_a_death_leave_nobody_untold(cast: Cast) -> None:
    """The agreement ends because the person is dead, while somebody finds that she lives."""
    for _ in range(ROUNDS):
        person = await cast.recipient()
        await caring.agreement(cast, person)
        change = await propose_standing(
            person, standing_after="died", happened_on=caring.TODAY, reason="误报", by=cast.specialist, now=NOW
        )
        await confirm_standing(change.id, by=cast.leader, now=NOW)
        came = await at_once(
            actions.settle_cover(now=NOW, limit=10),
            undo_standing(change.id, reason="登记有误", by=cast.leader, now=NOW + SECOND),
        )
        assert refusals(came) == []
        await actions.settle_cover(now=NOW + timedelta(seconds=2), limit=10)
        assert await covered(cast, person)


async def test_of_two_last_signatures_at_once_one_begins(cast: Cast) -> None:
    for _ in range(ROUNDS):
        person = await cast.recipient()
        two = [await submitted(cast, recipient=person) for _ in range(2)]
        for one in two:
            await sign(cast, one, PARTIES[:3])
        last = signature("recipient")
        came = await at_once(*(actions.sign(one.id, last, by=cast.specialist, now=NOW) for one in two))
        (wrong,) = refusals(came)
        assert isinstance(wrong, AnotherInForce)
        active = "SELECT count(*) FROM agreement WHERE recipient_id = $1 AND status = 'active'"
        assert await cast.owner.fetchval(active, person) == 1


async def test_two_townships_people_do_not_push_one_caregiver_over_the_load(cast: Cast) -> None:
    carer = await caring.caregiver(cast)
    for _ in range(2):
        await caring.agreement(cast, caregiver_id=carer)
    two = [await submitted(cast, caregiver_id=carer) for _ in range(2)]
    for one in two:
        await sign(cast, one, PARTIES[:3])
    last = signature("recipient")
    came = await at_once(*(actions.sign(one.id, last, by=cast.specialist, now=NOW) for one in two))
    assert len(refusals(came)) == 1


async def test_many_sweeps_at_once_ring_once_for_each_who_has_nobody(cast: Cast) -> None:
    people = [await cast.recipient() for _ in range(40)]
    for person in people[:20]:
        await caring.agreement(cast, person, ends_on=caring.TODAY - timedelta(days=1))
    came = await at_once(
        *(actions.settle_cover(now=NOW + timedelta(milliseconds=one), limit=10) for one in range(6)),
        *(actions.report_no_cover(one, reason="找不到人", by=cast.specialist, now=NOW) for one in people[:6]),
    )
    assert refusals(came) == []
    for _ in range(6):
        await actions.settle_cover(now=NOW + SECOND, limit=10)
    rung = [one["subject_id"] for one in await alerts(cast, "uncovered")]
    assert sorted(rung) == sorted(people)


async def test_two_who_arrange_care_at_once_leave_one_in_force(cast: Cast) -> None:
    person = await cast.recipient()
    came = await at_once(
        *(actions.arrange_care(person, stand_in(), by=one, now=NOW) for one in (cast.specialist, cast.leader))
    )
    assert refusals(came) == []
    ended = await cast.owner.fetch("SELECT ended_reason FROM temporary_care ORDER BY arranged_at, id")
    assert sorted((row["ended_reason"] or "") for row in ended) == ["", "replaced"]


async def test_two_who_draft_a_follower_at_once_write_one(cast: Cast) -> None:
    person = await cast.recipient()
    agreement = await caring.agreement(cast, person)
    said: dict[str, Any] = {"recipient": person, "caregiver_id": await caring.caregiver(cast), "follows": agreement}
    came = await at_once(drafted(cast, **said), drafted(cast, **said))
    assert len(refusals(came)) == 1
