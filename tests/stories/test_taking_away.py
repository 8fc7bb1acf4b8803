"""Late evidence takes away what rested on it: hazard, order, failure, proposal; the history stays."""

from datetime import datetime
from uuid import UUID

from caregivers.rectification import actions
from core import db
from core.ids import new_id
from tests.cast import Cast
from tests.rectifying import (
    DAY,
    HOUR,
    Home,
    alerts,
    cases,
    cycles,
    fail,
    hazard,
    history,
    home,
    items_of,
    notices,
    order,
    row,
    status,
    watch,
)


async def withdraw(cast: Cast, *sources: UUID, now: datetime) -> int:
    async with db.transaction(cast.worker.scope):
        return await actions.withdraw_for(
            "missed_duty",
            sources,
            reason="补到走访记录",
            evidence={"report": str(new_id())},
            by=cast.worker.id,
            now=now,
        )


async def missed(cast: Cast, at: Home, source: UUID, **said: object) -> UUID:
    return await hazard(cast, at, source="missed_duty", source_id=source, **said)  # type: ignore[arg-type]


async def test_the_hazard_its_order_and_its_failure_fall_and_stay_in_the_history(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    found = await missed(cast, at, source)
    order_id = await order(cast, at, found)
    await fail(cast, at, order_id, now=cast.now + 2 * DAY)
    assert len(await cycles(cast, at)) == 1
    later = cast.now + 4 * DAY
    assert await withdraw(cast, source, now=later) == 1
    assert (await row(cast, "hazard", found))["status"] == "withdrawn"
    assert await status(cast, order_id) == "withdrawn"
    (cycle,) = await cycles(cast, at)
    assert (cycle["withdrawn_at"], cycle["withdrawn_reason"]) == (later, "补到走访记录")
    assert "report" in cycle["withdrawn_evidence"]
    assert (await history(cast, order_id))[-2:] == ["order.withdrawn", "order.failure_withdrawn"]
    assert (await notices(cast, at.account))[-1] == "order_changed"


async def test_it_is_said_once_however_often(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    await order(cast, at, await missed(cast, at, source))
    assert [await withdraw(cast, source, now=cast.now + DAY) for _ in range(3)] == [1, 0, 0]


async def test_an_order_with_other_items_goes_on_without_this_one(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    wrong, right = await missed(cast, at, source), await hazard(cast, at)
    order_id = await order(cast, at, wrong, right)
    await withdraw(cast, source, now=cast.now + DAY)
    assert await status(cast, order_id) == "issued"
    assert {one["hazard_id"]: one["status"] for one in await items_of(cast, order_id)} == {
        wrong: "withdrawn",
        right: "open",
    }


async def test_the_alerts_about_it_end_as_late_evidence(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    order_id = await order(cast, at, await missed(cast, at, source))
    left_alone = await missed(cast, at, other := new_id())
    await watch(cast.now + 4 * DAY)
    assert await alerts(cast, "rectification_overdue") == [("open", None)]
    await withdraw(cast, source, other, now=cast.now + 5 * DAY)
    assert await alerts(cast, "rectification_overdue") == [("resolved", "late_evidence")]
    assert await alerts(cast, "hazard_unattended") == [("resolved", "late_evidence")]
    assert (await row(cast, "hazard", left_alone))["status"] == "withdrawn"
    planned = await cast.owner.fetchval("SELECT status FROM verification WHERE order_id = $1", order_id)
    assert planned == "cancelled"


async def test_a_proposal_that_rested_on_it_falls_with_its_failures(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    for day, found in ((0, await missed(cast, at, source)), (3, await hazard(cast, at))):
        now = cast.now + day * DAY
        order_id = await order(cast, at, found, now=now)
        await fail(cast, at, order_id, now=now + 2 * DAY + HOUR)
    (case,) = await cases(cast, at)
    assert case["status"] == "proposed"
    await withdraw(cast, source, now=cast.now + 9 * DAY)
    (case,) = await cases(cast, at)
    assert case["status"] == "withdrawn"
    assert [one["withdrawn_at"] is None for one in await cycles(cast, at)] == [False, True]


async def test_a_closed_order_stays_closed_without_its_failure(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    order_id = await order(cast, at, await missed(cast, at, source))
    await fail(cast, at, order_id, now=cast.now + 2 * DAY)
    await actions.close(order_id, reason="已另行安排", by=cast.leader, now=cast.now + 3 * DAY)
    await withdraw(cast, source, now=cast.now + 4 * DAY)
    assert await status(cast, order_id) == "closed"
    assert [one["withdrawn_at"] is None for one in await cycles(cast, at)] == [False]
