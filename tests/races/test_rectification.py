"""Several people and jobs at one order, with real commits: nothing counted twice, nothing proposed too late."""

import asyncio
from collections.abc import Coroutine
from typing import Any
from uuid import UUID

from caregivers.rectification import actions
from caregivers.rectification.actions import NewAnswer
from core import db
from core.errors import Conflict
from core.ids import new_id
from tests.cast import Cast
from tests.rectifying import (
    DAY,
    HOUR,
    alerts,
    answer,
    cases,
    cycles,
    hazard,
    home,
    order,
    result_of,
    row,
    status,
    verify,
    watch,
)

log = actions.log_verification


async def tried(act: Coroutine[Any, Any, Any]) -> Any:
    """What an act gives, or the refusal it meets."""
    try:
        return await act
    except Conflict as refusal:
        return refusal


async def test_two_orders_that_fail_at_once_make_one_proposal(cast: Cast) -> None:
    """Each sees only its own failure until it commits: one must wait for the other, or nobody proposes."""
    for _ in range(8):
        at = await home(cast)
        both = [await order(cast, at, await hazard(cast, at)) for _ in range(2)]
        for order_id in both:
            await answer(at, order_id, "done", now=cast.now + HOUR)
        await watch(cast.now + HOUR)
        late = cast.now + 2 * DAY + HOUR
        found = [await result_of(cast, order_id, passed=False, now=late) for order_id in both]
        await asyncio.gather(*(log(verification, result, by=cast.worker, now=late) for verification, result in found))
        assert len(await cycles(cast, at)) == 2
        assert [case["mandatory"] for case in await cases(cast, at)] == [True]


async def test_several_rounds_at_once_share_what_is_due(cast: Cast) -> None:
    homes = [await home(cast) for _ in range(12)]
    orders = [await order(cast, at) for at in homes]
    due = cast.now + 3 * DAY

    async def rounds() -> int:
        found = 0
        while (counts := await actions.watch_orders(now=due, limit=3))["claimed"]:
            found += counts["overdue"]
        return found

    assert sum(await asyncio.gather(*(rounds() for _ in range(4)))) == len(orders)
    await watch(due)
    assert len(await alerts(cast, "rectification_overdue")) == len(orders)
    assert await cast.owner.fetchval("SELECT count(*) FROM verification") == len(orders)
    assert await cast.owner.fetchval("SELECT count(*) FROM failed_cycle") == len(orders)


async def test_the_same_hazard_ordered_twice_at_once_stands_in_one_order(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at)
    results = await asyncio.gather(*(tried(order(cast, at, found)) for _ in range(6)))
    assert sum(isinstance(one, UUID) for one in results) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM order_item") == 1


async def test_an_answer_sent_many_times_at_once_is_kept_once(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    new = NewAnswer(id=new_id(), kind="done", text="已清理", made_at=cast.now)
    await asyncio.gather(*(actions.answer(order_id, new, by=at.account, now=cast.now) for _ in range(8)))
    assert await cast.owner.fetchval("SELECT count(*) FROM order_answer") == 1
    written = "SELECT count(*) FROM journal WHERE kind = 'order.answered_done'"
    assert await cast.owner.fetchval(written) == 1


async def test_orders_of_one_district_are_numbered_without_a_gap_or_a_double(cast: Cast) -> None:
    homes = [await home(cast) for _ in range(8)]
    hazards = [await hazard(cast, at) for at in homes]
    await asyncio.gather(*(order(cast, at, found) for at, found in zip(homes, hazards, strict=True)))
    serials = await cast.owner.fetch("SELECT serial FROM rectification_order ORDER BY serial")
    assert [one["serial"] for one in serials] == list(range(1, 9))


async def test_late_evidence_and_a_failed_verification_at_once_leave_no_failure(cast: Cast) -> None:
    for _ in range(8):
        at, source = await home(cast), new_id()
        order_id = await order(cast, at, await hazard(cast, at, source="missed_duty", source_id=source))
        await answer(at, order_id, "done", now=cast.now + HOUR)
        await watch(cast.now + HOUR)
        late = cast.now + 2 * DAY + HOUR

        async def take(source: UUID = source, late: Any = late) -> None:
            async with db.transaction(cast.worker.scope):
                await actions.withdraw_for(
                    "missed_duty", [source], reason="补到", evidence={}, by=cast.worker.id, now=late
                )

        verification, result = await result_of(cast, order_id, passed=False, now=late)
        await asyncio.gather(tried(log(verification, result, by=cast.worker, now=late)), take())
        assert await status(cast, order_id) == "withdrawn"
        assert [one for one in await cycles(cast, at) if one["withdrawn_at"] is None] == []


async def test_closing_one_order_while_another_fails_never_slips_past_the_proposal(cast: Cast) -> None:
    for _ in range(8):
        at = await home(cast)
        first, second = [await order(cast, at, await hazard(cast, at)) for _ in range(2)]
        for order_id in (first, second):
            await answer(at, order_id, "done", now=cast.now + HOUR)
        await watch(cast.now + HOUR)
        late = cast.now + 2 * DAY + HOUR
        await verify(cast, first, passed=False, now=late)
        closing = tried(actions.close(first, reason="算了", by=cast.leader, now=late))
        verification, result = await result_of(cast, second, passed=False, now=late)
        await asyncio.gather(closing, log(verification, result, by=cast.worker, now=late))
        (case,) = await cases(cast, at)
        found = await row(cast, "rectification_order", first)
        written = "SELECT id FROM journal WHERE kind = $1 AND subject_id = $2"
        if found["status"] == "closed":
            closed = await cast.owner.fetchval(written, "order.closed", first)
            assert closed < await cast.owner.fetchval(written, "replacement.proposed", case["id"])
