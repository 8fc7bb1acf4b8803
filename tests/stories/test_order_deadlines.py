"""The clock of an order: its deadline, the statement's chance, one extension, and evidence that comes late."""

import pytest

from caregivers.agreements.actions import settle_cover
from caregivers.rectification import actions
from caregivers.rectification.refusals import (
    AskerCannotDecide,
    ExtensionAskedAlready,
    ExtensionTooLate,
    ExtensionTooLong,
    ExtensionUnavailable,
    FailureNotCounted,
    IssuerCannotHear,
    OnCaregiversSide,
    OrderOver,
)
from core.clock import local_day
from core.ids import new_id
from recipients.actions import confirm_standing, propose_standing, undo_standing
from tests import failing
from tests.cast import Cast
from tests.rectifying import (
    DAY,
    HOUR,
    alerts,
    answer,
    cases,
    cycles,
    fail,
    history,
    home,
    order,
    related,
    row,
    status,
    verification_of,
    verify,
    watch,
)


async def test_a_deadline_passed_is_told_once_and_counts_when_the_statements_time_is_over(cast: Cast) -> None:
    at = await home(cast)
    await cast.owner.execute("UPDATE recipient SET risk = 'general' WHERE id = $1", at.recipient)
    order_id = await order(cast, at, severity="general")
    due = cast.now + 7 * DAY
    assert (await watch(due - HOUR))["overdue"] == 0
    await cast.owner.execute("UPDATE rectification_order SET statement_until = $2 WHERE id = $1", order_id, due + DAY)
    counts = await watch(due)
    assert (counts["overdue"], counts["planned"], counts["counted"]) == (1, 1, 0)
    assert await status(cast, order_id) == "overdue" and await cycles(cast, at) == []
    assert (await watch(due + DAY))["counted"] == 1
    (cycle,) = await cycles(cast, at)
    assert (cycle["why"], cycle["heard"]) == ("overdue", "time_ran_out")
    assert await alerts(cast, "rectification_overdue") == [("open", None)]
    assert await watch(due + DAY) == {}


async def test_a_failure_waits_for_the_statement_to_be_heard(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    statement = await answer(at, order_id, "statement", now=cast.now + HOUR)
    failed_at = await fail(cast, at, order_id, now=cast.now + 2 * HOUR)
    assert await status(cast, order_id) == "failed"
    assert (await watch(failed_at))["counted"] == 0 and await cycles(cast, at) == []
    with pytest.raises(FailureNotCounted):
        await actions.close(order_id, reason="再给一次机会", by=cast.leader, now=failed_at)
    await actions.hear_statement(
        order_id, statement, upheld=False, reason="病历与日期不符", by=cast.leader, now=failed_at
    )
    (cycle,) = await cycles(cast, at)
    assert (cycle["why"], cycle["heard"]) == ("failed", "statement")


async def test_nobody_keeps_a_failure_from_counting_by_not_listening(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    await answer(at, order_id, "statement", now=cast.now + DAY)
    failed_at = await fail(cast, at, order_id, now=cast.now + DAY)
    assert (await watch(failed_at + DAY))["counted"] == 0
    heard_by = cast.now + 3 * DAY
    counts = await watch(heard_by)
    assert (counts["unheard"], counts["counted"]) == (1, 1)
    assert await alerts(cast, "statement_unheard") == [("open", None)]


async def test_a_statement_upheld_withdraws_the_order_and_its_failure(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    statement = await answer(at, order_id, "statement", now=cast.now + DAY)
    await fail(cast, at, order_id, now=cast.now + DAY)
    later = cast.now + 4 * DAY
    await watch(later)
    assert len(await cycles(cast, at)) == 1
    await actions.hear_statement(order_id, statement, upheld=True, reason="确在住院", by=cast.leader, now=later)
    assert await status(cast, order_id) == "withdrawn"
    (cycle,) = await cycles(cast, at)
    assert cycle["withdrawn_at"] == later and cycle["withdrawn_reason"] == "确在住院"
    assert await alerts(cast, "statement_unheard") == [("resolved", "withdrawn")]
    assert (await history(cast, order_id))[-3:] == [
        "order.statement_heard",
        "order.withdrawn",
        "order.failure_withdrawn",
    ]


async def test_a_statement_is_heard_by_neither_the_issuer_nor_the_caregivers_side(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    statement = await answer(at, order_id, "statement", now=cast.now)
    with pytest.raises(IssuerCannotHear):
        await actions.hear_statement(order_id, statement, upheld=True, reason="好", by=cast.specialist, now=cast.now)
    await related(cast, at.caregiver, cast.leader)
    with pytest.raises(OnCaregiversSide):
        await actions.hear_statement(order_id, statement, upheld=True, reason="好", by=cast.leader, now=cast.now)
    assert (await row(cast, "order_answer", statement))["heard_at"] is None


async def test_one_extension_in_time_by_two_people_within_policys_limit(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    with pytest.raises(ExtensionTooLong):
        await actions.ask_extension(order_id, until=due + 4 * DAY, reason="等材料", by=at.account, now=cast.now)
    await actions.ask_extension(order_id, until=due + 2 * DAY, reason="等材料", by=cast.specialist, now=cast.now)
    with pytest.raises(ExtensionAskedAlready):
        await actions.ask_extension(order_id, until=due + DAY, reason="等材料", by=at.account, now=cast.now)
    with pytest.raises(AskerCannotDecide):
        await actions.decide_extension(order_id, granted=True, by=cast.specialist, now=cast.now)
    await actions.decide_extension(order_id, granted=True, by=cast.leader, now=cast.now)
    assert (await row(cast, "rectification_order", order_id))["deadline_at"] == due + 2 * DAY
    assert (await watch(due + DAY))["overdue"] == 0


async def test_an_extension_after_the_deadline_or_of_a_critical_order_is_refused(cast: Cast) -> None:
    at = await home(cast)
    late, critical = await order(cast, at), await order(cast, at, severity="critical")
    with pytest.raises(ExtensionUnavailable):
        await actions.ask_extension(critical, until=cast.now + DAY, reason="等", by=at.account, now=cast.now)
    after = cast.now + 3 * DAY + HOUR
    for _ in range(2):
        with pytest.raises(ExtensionTooLate):
            await actions.ask_extension(late, until=after + DAY, reason="等", by=at.account, now=after)
        await watch(after)


async def test_an_extension_granted_late_takes_the_lateness_back(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    await actions.ask_extension(order_id, until=due + 3 * DAY, reason="等材料", by=at.account, now=due - HOUR)
    await watch(due + HOUR)
    assert len(await cycles(cast, at)) == 1
    await actions.decide_extension(order_id, granted=True, by=cast.leader, now=due + DAY)
    await watch(due + DAY)
    assert await status(cast, order_id) == "in_progress"
    assert [one["withdrawn_at"] for one in await cycles(cast, at)] == [due + DAY]
    assert {one for one, _ in await alerts(cast, "rectification_overdue")} == {"resolved"}
    assert (await watch(due + 3 * DAY))["overdue"] == 1
    assert len(await alerts(cast, "rectification_overdue")) == 2


async def test_done_in_time_and_arrived_late_is_not_late(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    await watch(due)
    assert len(await cycles(cast, at)) == 1
    await answer(at, order_id, "done", made_at=due - HOUR, now=due + 2 * DAY)
    await watch(due + 2 * DAY)
    assert await status(cast, order_id) == "submitted"
    (cycle,) = await cycles(cast, at)
    assert cycle["withdrawn_at"] == due + 2 * DAY
    assert await alerts(cast, "rectification_overdue") == [("resolved", "late_evidence")]
    assert await watch(due + 9 * DAY) and [one["withdrawn_at"] is None for one in await cycles(cast, at)] == [False]


async def test_done_too_late_is_verified_and_still_counts(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    await watch(due)
    await answer(at, order_id, "done", now=due + HOUR)
    await verify(cast, order_id, passed=True, now=due + 2 * HOUR)
    assert await status(cast, order_id) == "closed"
    assert [one["withdrawn_at"] for one in await cycles(cast, at)] == [None]
    with pytest.raises(OrderOver):
        await answer(at, order_id, "done", now=due + 3 * HOUR)


async def test_an_order_that_cannot_be_judged_stops_no_other_and_somebody_is_told(cast: Cast) -> None:
    broken, sound = await order(cast, await home(cast)), await order(cast, await home(cast))
    await cast.owner.execute("UPDATE rectification_order SET policy_id = $2 WHERE id = $1", broken, new_id())
    counts = await watch(cast.now + 3 * DAY)
    assert (counts["overdue"], counts["quarantined"]) == (1, 1)
    assert (await status(cast, broken), await status(cast, sound)) == ("issued", "overdue")
    assert await alerts(cast, "quarantined") == [("open", None)]
    await cast.owner.execute("UPDATE rectification_order SET policy_id = NULL WHERE id = $1", broken)
    assert (await watch(cast.now + 3 * DAY + HOUR))["overdue"] == 1
    assert await alerts(cast, "quarantined") == [("resolved", "released")]


async def test_an_order_whose_verification_cannot_be_planned_is_overdue_all_the_same(cast: Cast) -> None:
    at = await home(cast)
    broken, sound = await order(cast, at), await order(cast, await home(cast))
    in_the_way = await failing.verification(cast, broken, planned_at=cast.now)
    counts = await watch(cast.now + 3 * DAY)
    assert (counts["overdue"], counts["planned"], counts["quarantined"]) == (2, 1, 1)
    assert (await status(cast, broken), await status(cast, sound)) == ("overdue", "overdue")
    assert await alerts(cast, "rectification_overdue") == [("open", None)] * 2
    assert await alerts(cast, "quarantined") == [("open", None)]
    await cast.owner.execute("UPDATE verification SET status = 'cancelled' WHERE id = $1", in_the_way)
    later = await watch(cast.now + 3 * DAY + HOUR)
    assert (later["overdue"], later["planned"], later["counted"]) == (0, 1, 1)
    assert len(await cycles(cast, at)) == 1
    assert await alerts(cast, "quarantined") == [("resolved", "released")]


async def test_an_order_past_its_deadline_is_written_once(cast: Cast) -> None:
    order_id = await order(cast, await home(cast))
    before = (await row(cast, "rectification_order", order_id))["version"]
    counts = await watch(cast.now + 3 * DAY)
    assert (counts["claimed"], counts["overdue"], counts["planned"], counts["counted"]) == (1, 1, 1, 1)
    after = await row(cast, "rectification_order", order_id)
    assert (after["version"], after["count_at"]) == (before + 1, None)
    assert after["verification_id"] == (await verification_of(cast, order_id))["id"]


async def test_what_counted_while_an_agreement_lay_ended_is_judged_once_it_is_restored(cast: Cast) -> None:
    at = await home(cast)
    orders = [await order(cast, at), await order(cast, at)]
    slip = await propose_standing(
        at.recipient,
        standing_after="died",
        happened_on=local_day(cast.now),
        reason="死亡证明",
        by=cast.specialist,
        now=cast.now,
    )
    await confirm_standing(slip.id, by=cast.leader, now=cast.now)
    assert (await settle_cover(now=cast.now + HOUR))["ended"] == 1
    later = cast.now + 20 * DAY
    await watch(later)
    assert len(orders) == len(await cycles(cast, at)) and await cases(cast, at) == []
    await undo_standing(slip.id, reason="登记有误", by=cast.leader, now=later)
    assert (await settle_cover(now=later))["restored"] == 1
    await watch(later)
    assert [one["mandatory"] for one in await cases(cast, at)] == [True]
    assert await watch(later) == {}
