"""A caregiver is told what to put right and by when; what fails counts, what falls away is taken back."""

from dataclasses import replace

import pytest

from caregivers.rectification import actions
from caregivers.rectification.actions import NewItem
from caregivers.rectification.refusals import (
    AnswerConflicts,
    CannotWithdraw,
    HazardClosed,
    HazardNotFound,
    HazardOfAnother,
    HazardUnderOrder,
    MadeAtImpossible,
    MandatoryCaseUndecided,
    NoAgreement,
    NotDelivered,
    OnCaregiversSide,
    OrderNotFound,
    PaperNeedsName,
    ServiceNotPromised,
)
from core.ids import new_id
from tests import caring
from tests.cast import Cast
from tests.rectifying import (
    DAY,
    HOUR,
    Home,
    alerts,
    answer,
    cases,
    cycles,
    fail,
    hazard,
    history,
    home,
    items_of,
    notices,
    order,
    related,
    row,
    status,
    verify,
    watch,
)


async def test_an_order_names_its_deadline_by_the_gravest_hazard_and_the_caregiver_is_told(cast: Cast) -> None:
    at = await home(cast)
    mild, grave = await hazard(cast, at, severity="general"), await hazard(cast, at, severity="serious")
    order_id = await order(cast, at, mild, grave)
    found = await row(cast, "rectification_order", order_id)
    assert (found["severity"], found["status"], found["told_how"]) == ("serious", "issued", "notice")
    assert found["deadline_at"] == cast.now + 3 * DAY and found["statement_until"] == cast.now + 2 * DAY
    assert found["number"] == "整改〔2026〕0001号" and found["agreement_id"] == at.agreement
    assert len(await items_of(cast, order_id)) == 2
    assert await notices(cast, at.account) == ["order_issued"]
    assert await history(cast, order_id) == ["order.issued"]


async def test_orders_are_numbered_through_the_district_across_townships(cast: Cast) -> None:
    at = await home(cast)
    await order(cast, at)
    there = await cast.recipient(area_id=cast.foreign_village)
    keeper = await caring.caregiver(cast, area_id=cast.foreign_village)
    await caring.agreement(cast, there, keeper, area_id=cast.foreign_village, township_id=cast.foreign_township)
    elsewhere = replace(at, recipient=there)
    found = await hazard(cast, elsewhere, by=cast.foreign_specialist)
    second = await order(cast, elsewhere, found, by=cast.foreign_specialist)
    assert (await row(cast, "rectification_order", second))["number"] == "整改〔2026〕0002号"


async def test_a_hazard_is_recorded_once_however_often_it_is_said(cast: Cast) -> None:
    at = await home(cast)
    source = new_id()
    first = await hazard(cast, at, source="missed_duty", source_id=source)
    assert await hazard(cast, at, source="missed_duty", source_id=source) == first
    assert await cast.owner.fetchval("SELECT count(*) FROM hazard") == 1


async def test_a_duty_named_by_another_township_takes_no_hazard_from_ours(cast: Cast) -> None:
    at, source = await home(cast), new_id()
    there = replace(at, recipient=await cast.recipient(area_id=cast.foreign_village))
    theirs = await hazard(cast, there, source="missed_duty", source_id=source, by=cast.foreign_specialist)
    assert await hazard(cast, at, source="missed_duty", source_id=source, what="三天没有来") != theirs


async def test_a_hazard_removed_on_the_spot_is_closed_as_it_is_recorded(cast: Cast) -> None:
    at = await home(cast)
    found = await row(cast, "hazard", await hazard(cast, at, removed_now=True))
    assert (found["status"], found["attend_by"]) == ("removed", None)
    with pytest.raises(HazardClosed):
        await order(cast, at, found["id"])


async def test_one_hazard_stands_in_one_order_under_way(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at)
    await order(cast, at, found)
    with pytest.raises(HazardUnderOrder):
        await order(cast, at, found)
    assert await cast.owner.fetchval("SELECT count(*) FROM rectification_order") == 1


async def test_an_order_is_about_one_agreement_in_force_and_what_it_promised(cast: Cast) -> None:
    at, other = await home(cast), await home(cast)
    with pytest.raises(HazardOfAnother):
        await order(cast, at, await hazard(cast, at), await hazard(cast, other))
    alone = replace(at, recipient=await cast.recipient())
    with pytest.raises(NoAgreement):
        await order(cast, alone, await hazard(cast, alone))
    item = NewItem(hazard_id=await hazard(cast, at), must_be="每周洗澡", service="bathing")
    with pytest.raises(ServiceNotPromised):
        await actions.issue(new_id(), [item], evidence="", by=cast.specialist, now=cast.now)
    assert await cast.owner.fetchval("SELECT count(*) FROM rectification_order") == 0


async def test_the_next_township_finds_neither_hazard_nor_order(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at)
    with pytest.raises(HazardNotFound):
        await order(cast, at, found, by=cast.foreign_specialist)
    order_id = await order(cast, at, found)
    with pytest.raises(OrderNotFound):
        await actions.close(order_id, reason="无", by=cast.foreign_leader, now=cast.now)
    with pytest.raises(HazardNotFound):
        await actions.close_hazard(found, ending="removed", evidence="无", by=cast.foreign_leader, now=cast.now)


async def test_the_order_is_the_caregivers_to_answer_and_nobody_elses(cast: Cast) -> None:
    at, other = await home(cast), await home(cast)
    order_id = await order(cast, at)
    for stranger in (other.account, cast.worker, cast.foreign_specialist):
        with pytest.raises(OrderNotFound):
            await answer(at, order_id, "accept", by=stranger, now=cast.now)
    await answer(at, order_id, "accept", now=cast.now)
    assert await status(cast, order_id) == "accepted"
    await answer(at, order_id, "start", now=cast.now + HOUR)
    assert await status(cast, order_id) == "in_progress"
    await answer(at, order_id, "accept", now=cast.now + 2 * HOUR, made_at=cast.now)
    assert await status(cast, order_id) == "in_progress"
    await answer(at, order_id, "done", now=cast.now + 3 * HOUR)
    assert await status(cast, order_id) == "submitted"


async def test_an_answer_counts_once_and_the_first_content_stands(cast: Cast) -> None:
    at = await home(cast)
    order_id, answer_id = await order(cast, at), new_id()
    for _ in range(3):
        await answer(at, order_id, "done", id=answer_id, now=cast.now, made_at=cast.now)
    with pytest.raises(AnswerConflicts):
        await answer(at, order_id, "done", id=answer_id, text="别的", now=cast.now)
    kept = await cast.owner.fetch("SELECT text FROM order_answer")
    assert [one["text"] for one in kept] == ["已清理"]


async def test_an_answer_from_before_the_order_or_from_the_future_is_refused(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    for made_at in (cast.now - HOUR, cast.now + HOUR):
        with pytest.raises(MadeAtImpossible):
            await answer(at, order_id, "done", now=cast.now, made_at=made_at)


async def test_without_an_account_the_order_waits_for_paper_and_its_clock_with_it(cast: Cast) -> None:
    at = await home(cast)
    await cast.owner.execute("UPDATE caregiver SET account_id = NULL WHERE id = $1", at.caregiver)
    found = await hazard(cast, at)
    order_id = await order(cast, at, found)
    later = cast.now + 4 * DAY
    assert (await watch(later))["overdue"] == 0
    assert await alerts(cast, "hazard_unattended") == [("open", None)]
    with pytest.raises(NotDelivered):
        await answer(at, order_id, "accept", by=cast.specialist, on_paper_by="张秀英", now=later)
    await actions.deliver(order_id, by=cast.specialist, now=later)
    stored = await row(cast, "rectification_order", order_id)
    assert (stored["told_how"], stored["deadline_at"]) == ("paper", later + 3 * DAY)
    assert await alerts(cast, "hazard_unattended") == [("resolved", "ordered")]
    with pytest.raises(PaperNeedsName):
        await answer(at, order_id, "accept", by=cast.specialist, now=later)
    await answer(at, order_id, "accept", by=cast.specialist, on_paper_by="张秀英", now=later)
    assert await status(cast, order_id) == "accepted"


async def test_a_hazard_left_alone_is_told_and_the_order_ends_the_alert(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at)
    assert (await watch(cast.now + HOUR))["unattended"] == 0
    assert (await watch(cast.now + 2 * DAY))["unattended"] == 1
    assert await watch(cast.now + 3 * DAY) == {}
    await order(cast, at, found, now=cast.now + 3 * DAY)
    assert await alerts(cast, "hazard_unattended") == [("resolved", "ordered")]


async def test_a_hazard_is_closed_by_what_was_seen_and_not_while_it_is_ordered_away(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at)
    order_id = await order(cast, at, found)
    with pytest.raises(HazardUnderOrder):
        await actions.close_hazard(found, ending="removed", evidence="已清走", by=cast.leader, now=cast.now)
    await actions.withdraw(order_id, reason="写错了人", by=cast.leader, now=cast.now)
    assert await status(cast, order_id) == "withdrawn"
    await watch(cast.now + 2 * DAY)
    await actions.close_hazard(found, ending="removed", evidence="已清走", by=cast.leader, now=cast.now + 2 * DAY)
    assert (await row(cast, "hazard", found))["status"] == "removed"
    assert await alerts(cast, "hazard_unattended") == [("resolved", "closed")]


async def test_a_relative_neither_issues_nor_ends_an_order(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    found = await hazard(cast, at)
    await related(cast, at.caregiver, cast.leader)
    for act in (
        order(cast, at, found, by=cast.leader),
        actions.withdraw(order_id, reason="算了", by=cast.leader, now=cast.now),
        actions.close(order_id, reason="算了", by=cast.leader, now=cast.now),
        actions.close_hazard(found, ending="mistaken", evidence="没有", by=cast.leader, now=cast.now),
    ):
        with pytest.raises(OnCaregiversSide):
            await act


async def test_a_verified_or_overdue_order_is_not_taken_back_by_wish(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    await watch(cast.now + 3 * DAY)
    with pytest.raises(CannotWithdraw):
        await actions.withdraw(order_id, reason="乡里乡亲", by=cast.leader, now=cast.now + 3 * DAY)


async def test_the_caregiver_of_a_bedridden_woman_fails_two_orders_and_the_case_opens_by_itself(cast: Cast) -> None:
    at = await home(cast, self_care="full")
    found = await hazard(cast, at)
    first = await order(cast, at, found)
    failed_at = await fail(cast, at, first, now=cast.now + DAY)
    await watch(cast.now + 2 * DAY)
    assert len(await cycles(cast, at)) == 1 and await cases(cast, at) == []
    second = await order(cast, at, found, now=failed_at + DAY)
    until = failed_at + DAY + 2 * DAY
    await answer(at, second, "done", now=until)
    await watch(until)
    await verify(cast, second, passed=False, now=until + HOUR)
    (case,) = await cases(cast, at)
    assert (case["mandatory"], case["ground"], case["status"]) == (True, "failed_cycles", "proposed")
    assert case["proposed_at"] == until + HOUR
    for order_id in (first, second):
        with pytest.raises(MandatoryCaseUndecided):
            await actions.close(order_id, reason="再给第三次机会", by=cast.leader, now=until + DAY)
    with pytest.raises(MandatoryCaseUndecided):
        await actions.close_hazard(found, ending="removed", evidence="都好了", by=cast.leader, now=until + DAY)


async def test_a_critical_hazard_is_due_at_once_verified_within_a_day_and_proposes_at_once(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at, severity="critical")
    (case,) = await cases(cast, at)
    assert (case["ground"], case["mandatory"], case["proposed_at"]) == ("critical_hazard", True, cast.now)
    order_id = await order(cast, at, found)
    assert (await row(cast, "rectification_order", order_id))["deadline_at"] == cast.now
    counts = await watch(cast.now)
    assert (counts["overdue"], counts["planned"]) == (1, 1)
    due = await cast.owner.fetchval("SELECT due_at FROM verification WHERE order_id = $1", order_id)
    assert due == cast.now + DAY


async def test_danger_removed_within_the_day_is_no_failure_though_the_deadline_was_at_once(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at, severity="critical")
    await watch(cast.now)
    await answer(at, order_id, "done", now=cast.now + HOUR)
    await verify(cast, order_id, passed=True, now=cast.now + 2 * HOUR)
    await watch(cast.now + 3 * DAY)
    assert await cycles(cast, at) == []
    assert await status(cast, order_id) == "passed"  # the mandatory case is undecided: it does not close


async def test_a_passed_order_closes_by_itself_once_the_case_is_decided(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at, severity="critical")
    await watch(cast.now)
    await verify(cast, order_id, passed=True, now=cast.now + HOUR)
    assert (await watch(cast.now + HOUR))["closed"] == 0
    await decided_to_keep(cast, at)
    assert (await watch(cast.now + 2 * HOUR))["closed"] == 1
    assert await status(cast, order_id) == "closed"


async def decided_to_keep(cast: Cast, at: Home) -> None:
    """As if people had heard and decided: how they do is another story."""
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL session_replication_role = replica")
        await cast.owner.execute(
            "UPDATE replacement_case SET status = 'decided', heard_at = $2, decision = 'keep_with_reason',"
            " decision_reason = '已整改', decided_by = $3, decided_at = $2 WHERE agreement_id = $1",
            at.agreement,
            cast.now,
            cast.leader.id,
        )
