"""What was late is not made good by taking the order back, however it stands meanwhile."""

import pytest

from caregivers.rectification import actions
from caregivers.rectification.refusals import CannotWithdraw
from tests.cast import Cast
from tests.rectifying import DAY, HOUR, answer, cycles, home, order, status, watch


async def test_an_order_answered_late_is_not_withdrawn_and_its_failure_counts(cast: Cast) -> None:
    at = await home(cast)
    about = await order(cast, at)
    late = cast.now + 4 * DAY
    await watch(late)
    await answer(at, about, "done", now=late + HOUR)
    with pytest.raises(CannotWithdraw):
        await actions.withdraw(about, reason="下达有误", by=cast.specialist, now=late + HOUR)
    await watch(late + 30 * DAY)
    assert await status(cast, about) != "withdrawn"
    assert [one["why"] for one in await cycles(cast, at)] == ["overdue"]


async def test_an_order_that_was_done_in_time_after_all_may_be_withdrawn(cast: Cast) -> None:
    at = await home(cast)
    about = await order(cast, at)
    late = cast.now + 4 * DAY
    await watch(late)
    await answer(at, about, "done", now=late + HOUR, made_at=cast.now + HOUR)
    await watch(late + HOUR)
    await actions.withdraw(about, reason="下达有误", by=cast.specialist, now=late + HOUR)
    assert await status(cast, about) == "withdrawn"
