"""At the door, by somebody who neither issued the order nor stands on the caregiver's side; item by item."""

from uuid import UUID

import asyncpg
import pytest

from caregivers.rectification import actions
from caregivers.rectification.refusals import (
    MadeAtImpossible,
    OnCaregiversSide,
    ResultConflicts,
    ResultIncomplete,
    VerificationNotFound,
    VerificationOver,
    VerifierIssued,
    VerifierUnknown,
)
from caregivers.rectification.result import ItemResult, Result
from core.ids import new_id
from tests import caring
from tests.cast import Cast
from tests.rectifying import (
    DAY,
    HOUR,
    Home,
    alerts,
    answer,
    cycles,
    hazard,
    home,
    items_of,
    notices,
    order,
    related,
    row,
    status,
    verification_of,
    verify,
    watch,
)


async def submitted(cast: Cast, at: Home, *hazards: UUID) -> UUID:
    order_id = await order(cast, at, *hazards)
    await answer(at, order_id, "done", now=cast.now + HOUR)
    await watch(cast.now + HOUR)
    return order_id


async def test_it_is_planned_by_itself_after_submission_and_both_are_told(cast: Cast) -> None:
    at = await home(cast)
    order_id = await submitted(cast, at)
    planned = await verification_of(cast, order_id)
    assert (planned["verifier_id"], planned["due_at"]) == (cast.worker.id, cast.now + HOUR + 3 * DAY)
    assert await notices(cast, cast.worker) == ["verification_planned"]
    assert await notices(cast, at.account) == ["order_issued", "verification_planned"]
    assert await watch(cast.now + HOUR) == {}


async def test_whoever_issued_it_or_is_related_is_not_chosen(cast: Cast) -> None:
    at = await home(cast)
    await related(cast, at.caregiver, cast.worker)
    order_id = await submitted(cast, at)
    assert (await verification_of(cast, order_id))["verifier_id"] == cast.leader.id


async def test_a_relation_declared_in_another_township_bars_all_the_same(cast: Cast) -> None:
    at = await home(cast)
    index = await cast.owner.fetchval("SELECT id_index FROM caregiver WHERE id = $1", at.caregiver)
    twin = await caring.caregiver(cast, area_id=cast.foreign_village)
    await cast.owner.execute("UPDATE caregiver SET id_index = $2 WHERE id = $1", twin, index)
    await cast.owner.execute("UPDATE caregiver SET id_index = $2 WHERE id = $1", at.caregiver, index)
    await related(cast, twin, cast.worker)
    order_id = await submitted(cast, at)
    assert (await verification_of(cast, order_id))["verifier_id"] == cast.leader.id
    with pytest.raises(OnCaregiversSide):
        await verify(cast, order_id, passed=True, now=cast.now + 2 * HOUR)


async def test_where_nobody_suits_an_alert_asks_at_once_to_name_somebody(cast: Cast) -> None:
    at = await home(cast)
    for account in (cast.worker, cast.leader):
        await related(cast, at.caregiver, account)
    order_id = await submitted(cast, at)
    planned = await verification_of(cast, order_id)
    assert planned["verifier_id"] is None
    assert await alerts(cast, "verification_overdue") == [("open", None)]
    assign = actions.assign_verifier
    for account, refusal in (
        (cast.specialist, VerifierIssued),
        (cast.worker, OnCaregiversSide),
        (cast.foreign_worker, VerifierUnknown),
        (cast.auditor, VerifierUnknown),
    ):
        with pytest.raises(refusal):
            await assign(planned["id"], verifier_id=account.id, by=cast.specialist, now=cast.now + 2 * HOUR)
    other = await colleague(cast)
    await assign(planned["id"], verifier_id=other, by=cast.specialist, now=cast.now + 2 * HOUR)
    assert (await verification_of(cast, order_id))["verifier_id"] == other
    assert await alerts(cast, "verification_overdue") == [("resolved", "decided")]


async def colleague(cast: Cast) -> UUID:
    account = {
        "id": new_id(),
        "login": "colleague",
        "name": "钱进",
        "role": "worker",
        "district_id": cast.district_area,
        "created_at": cast.now - DAY,
    }
    await caring.insert(cast.owner, "account", account)
    place = {"id": new_id(), "account": account["id"], "area": cast.township}
    await caring.insert(cast.owner, "account_area", place)
    return UUID(str(account["id"]))


async def test_nobody_verifies_their_own_order(cast: Cast) -> None:
    at = await home(cast)
    order_id = await submitted(cast, at)
    with pytest.raises(VerifierIssued):
        await verify(cast, order_id, passed=True, by=cast.specialist, now=cast.now + 2 * HOUR)
    with pytest.raises(VerificationNotFound):
        await verify(cast, order_id, passed=True, by=cast.foreign_worker, now=cast.now + 2 * HOUR)
    assert await status(cast, order_id) == "submitted"
    assert (await verification_of(cast, order_id))["status"] == "planned"


async def test_all_passed_closes_the_order_and_removes_its_hazards(cast: Cast) -> None:
    at = await home(cast)
    found = await hazard(cast, at)
    order_id = await submitted(cast, at, found)
    assert await verify(cast, order_id, passed=True, now=cast.now + 2 * HOUR) == "passed"
    assert await status(cast, order_id) == "closed"
    removed = await row(cast, "hazard", found)
    assert (removed["status"], removed["closed_by"]) == ("removed", cast.worker.id)
    assert await notices(cast, at.account) == ["order_issued", "verification_planned", "order_changed"]


async def test_one_item_failed_fails_the_order_and_each_keeps_its_result(cast: Cast) -> None:
    at = await home(cast)
    good, bad = await hazard(cast, at), await hazard(cast, at, severity="general")
    order_id = await submitted(cast, at, good, bad)
    done = cast.now + 2 * HOUR
    await verify(cast, order_id, passed={good: True, bad: False}, now=done)
    assert await status(cast, order_id) == "failed"
    results = {one["hazard_id"]: (one["status"], one["note"]) for one in await items_of(cast, order_id)}
    assert results == {good: ("passed", ""), bad: ("failed", "柴草仍在")}
    assert (await row(cast, "hazard", good))["status"] == "removed"
    left = await row(cast, "hazard", bad)
    assert left["status"] == "open" and left["attend_by"] > done
    again = await order(cast, at, bad, now=done)
    assert await status(cast, again) == "issued"


async def test_a_failure_counts_in_the_transaction_of_the_result_once_the_statements_time_is_over(cast: Cast) -> None:
    at = await home(cast)
    order_id = await submitted(cast, at)
    await verify(cast, order_id, passed=False, now=cast.now + 2 * DAY)
    (cycle,) = await cycles(cast, at)
    assert (cycle["why"], cycle["heard"], cycle["counted_at"]) == ("failed", "time_ran_out", cast.now + 2 * DAY)


async def test_an_order_counts_once_however_it_failed(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    await watch(due)
    await verify(cast, order_id, passed=False, now=due + HOUR)
    await watch(due + DAY)
    assert [one["why"] for one in await cycles(cast, at)] == ["overdue"]


async def test_a_failed_verification_counts_by_itself_when_the_lateness_is_taken_back(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    await watch(due)
    await answer(at, order_id, "done", made_at=due - HOUR, now=due + HOUR)
    await verify(cast, order_id, passed=False, now=due + 2 * HOUR)
    await watch(due + 3 * HOUR)
    found = [(one["why"], one["withdrawn_at"] is None) for one in await cycles(cast, at)]
    assert found == [("overdue", False), ("failed", True)]


async def test_work_seen_done_before_the_deadline_was_not_late(cast: Cast) -> None:
    at = await home(cast)
    order_id = await order(cast, at)
    due = cast.now + 3 * DAY
    await watch(due)
    await verify(cast, order_id, passed=True, made_at=due - HOUR, now=due + DAY)
    await watch(due + DAY)
    assert [one["withdrawn_at"] is None for one in await cycles(cast, at)] == [False]
    assert await alerts(cast, "rectification_overdue") == [("resolved", "verified")]


async def test_the_same_result_again_gets_the_same_answer_and_another_content_is_refused(cast: Cast) -> None:
    at = await home(cast)
    order_id = await submitted(cast, at)
    (item,) = await items_of(cast, order_id)
    verification = (await verification_of(cast, order_id))["id"]
    made_at = cast.now + 2 * HOUR
    result = Result(id=new_id(), made_at=made_at, person_seen=True, items=[ItemResult(item=item["id"], passed=True)])
    for _ in range(3):
        assert await actions.log_verification(verification, result, by=cast.worker, now=made_at) == "passed"
    other = Result(id=result.id, made_at=made_at, person_seen=False, items=result.items)
    with pytest.raises(ResultConflicts):
        await actions.log_verification(verification, other, by=cast.worker, now=made_at)
    fresh = Result(id=new_id(), made_at=made_at, person_seen=True, items=result.items)
    with pytest.raises(VerificationOver):
        await actions.log_verification(verification, fresh, by=cast.worker, now=made_at)
    assert await cast.owner.fetchval("SELECT count(*) FROM journal WHERE kind = 'order.verified'") == 1


async def test_a_result_leaves_no_item_out_and_passes_nothing_behind_a_closed_door(cast: Cast) -> None:
    at = await home(cast)
    order_id = await submitted(cast, at, await hazard(cast, at), await hazard(cast, at))
    (first, _) = await items_of(cast, order_id)
    later = cast.now + 2 * HOUR
    with pytest.raises(ResultIncomplete):
        await verify(cast, order_id, passed=True, items=[ItemResult(item=first["id"], passed=True)], now=later)
    with pytest.raises(ResultIncomplete):
        await verify(cast, order_id, passed=True, person_seen=False, now=later)
    with pytest.raises(MadeAtImpossible):
        await verify(cast, order_id, passed=True, made_at=cast.now - DAY, now=later)
    assert await status(cast, order_id) == "submitted"


async def test_a_verification_not_made_in_time_is_told_and_the_result_ends_the_alert(cast: Cast) -> None:
    at = await home(cast)
    order_id = await submitted(cast, at)
    assert (await watch(cast.now + 3 * DAY))["unverified"] == 0
    late = cast.now + 3 * DAY + HOUR
    assert (await watch(late))["unverified"] == 1
    assert await watch(late) == {}
    assert await alerts(cast, "verification_overdue") == [("open", None)]
    owner = await cast.owner.fetchval("SELECT owner_id FROM alert WHERE kind = 'verification_overdue'")
    assert owner == cast.worker.id
    await verify(cast, order_id, passed=True, now=late)
    assert await alerts(cast, "verification_overdue") == [("resolved", "verified")]


async def test_the_database_itself_keeps_the_issuer_from_verifying(cast: Cast) -> None:
    at = await home(cast)
    planned = (await verification_of(cast, await submitted(cast, at)))["id"]
    with pytest.raises(asyncpg.PostgresError) as refused:
        await cast.owner.execute(
            "UPDATE verification SET status = 'done', result_id = $2, by_account_id = $3, logged_at = $4 WHERE id = $1",
            planned,
            new_id(),
            cast.specialist.id,
            cast.now,
        )
    assert refused.value.sqlstate == "CD001"
