"""Late evidence: a case that loses what it rests on ends, a decision taken is looked at again, and all is kept."""

from uuid import UUID

import pytest

from caregivers.replacement import actions
from caregivers.replacement.grounds import Ground
from caregivers.replacement.refusals import CaseSettled, NotFlagged, NotTheDecider
from core.errors import Forbidden
from core.ids import new_id
from tests.caring import agreement, row_of
from tests.cast import NOW, Cast
from tests.replacing import (
    DAY,
    HOUR,
    by_policy,
    case_row,
    decide,
    failed,
    fall_away,
    grounds,
    hear,
    heard,
    notices,
    status,
    trouble,
)
from tests.visiting import alerts, journal


async def test_a_proposal_falls_with_one_of_two_failures(cast: Cast) -> None:
    """An offline visit arrives: one failure never was. One left is fewer than policy asks for."""
    found = await trouble(cast)
    late = (await case_row(cast, found.case))["decide_by"]
    await actions.watch_decisions(now=late)
    await fall_away(found.agreement, [found.cycles[0]], now=late, scope=cast.worker.scope)
    row = await case_row(cast, found.case)
    assert (row["status"], row["withdrawn_by"], row["withdrawn_reason"]) == (
        "withdrawn",
        cast.worker.id,
        "late_evidence",
    )
    kept = {UUID(one["subject_id"]): "withdrawn_at" in one for one in await grounds(cast, found.case)}
    assert kept == {found.cycles[0]: True, found.cycles[1]: False, found.hazard: False}
    (undecided,) = await alerts(cast, "replacement_undecided")
    assert (undecided["status"], undecided["outcome"]) == ("resolved", "withdrawn")
    assert await journal(cast, found.case) == [
        "replacement.proposed",
        "replacement.ground_withdrawn",
        "replacement.withdrawn",
    ]
    with pytest.raises(CaseSettled):
        await actions.hear(found.case, heard(late), by=cast.specialist, now=late)


async def test_a_third_failure_carries_the_case(cast: Cast) -> None:
    found = await trouble(cast)
    await by_policy(found.agreement, failed((*found.cycles, new_id()), found.hazard))
    await fall_away(found.agreement, [found.cycles[0]])
    row = await case_row(cast, found.case)
    assert (row["status"], row["mandatory"]) == ("proposed", True)


async def test_a_hazard_that_never_was_takes_the_case_with_it(cast: Cast) -> None:
    found = await trouble(cast)
    await fall_away(found.agreement, [found.hazard])
    assert await status(cast, found.case) == "withdrawn"


async def test_other_evidence_changes_nothing(cast: Cast) -> None:
    found = await trouble(cast)
    before = dict(await case_row(cast, found.case))
    await fall_away(found.agreement, [new_id()])
    assert dict(await case_row(cast, found.case)) == before


async def test_a_persons_own_proposal_stands_without_the_rest(cast: Cast) -> None:
    """It may then be dropped again, like any person's proposal."""
    agreement_id = await agreement(cast)
    case = await actions.propose(agreement_id, reason="邻里反映", by=cast.specialist, now=cast.now)
    critical = new_id()
    await by_policy(agreement_id, [Ground(kind="critical_hazard", subject_id=critical, at=NOW)])
    assert (await case_row(cast, case))["mandatory"]
    await fall_away(agreement_id, [critical])
    row = await case_row(cast, case)
    assert (row["status"], row["mandatory"]) == ("proposed", False)
    await actions.withdraw(case, reason="核实后情况不实", by=cast.specialist, now=cast.now)


async def test_whoever_was_invited_learns_that_it_is_over(cast: Cast) -> None:
    found = await trouble(cast)
    await actions.tell_caregiver(found.case, hearing_at=NOW + 2 * DAY, how="notice", by=cast.specialist, now=cast.now)
    await fall_away(found.agreement, found.cycles, now=NOW + HOUR)
    assert await notices(cast, found.account) == ["hearing_invited", "decision_told"]


async def test_a_decision_taken_is_flagged_and_not_undone(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at)
    await fall_away(found.agreement, [found.cycles[0]], now=at + DAY, scope=cast.worker.scope)
    row = await case_row(cast, found.case)
    assert (row["status"], row["decision"], row["flagged_at"]) == ("temporary_care", "replace", at + DAY)
    assert (await row_of(cast, "agreement", found.agreement))["ended_reason"] == "terminated_for_breach"
    (flagged,) = await alerts(cast, "decision_flagged")
    assert (flagged["status"], flagged["subject_id"]) == ("open", found.case)
    with pytest.raises(Forbidden):
        await actions.review_flag(found.case, note="看过了", by=cast.worker, now=at + DAY)
    with pytest.raises(NotTheDecider):
        await actions.review_flag(found.case, note="看过了", by=cast.specialist, now=at + DAY)
    await actions.review_flag(found.case, note="另有一次整改不合格，决定不变。", by=cast.district, now=at + 2 * DAY)
    assert (await alerts(cast, "decision_flagged"))[0]["status"] == "resolved"
    with pytest.raises(NotFlagged):
        await actions.review_flag(found.case, note="再看一次", by=cast.leader, now=at + 2 * DAY)


async def test_what_falls_away_after_the_review_flags_it_again(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at)
    await fall_away(found.agreement, [found.cycles[0]], now=at + DAY)
    await actions.review_flag(found.case, note="决定不变。", by=cast.leader, now=at + 2 * DAY)
    await fall_away(found.agreement, found.cycles, now=at + 3 * DAY)
    assert [one["status"] for one in await alerts(cast, "decision_flagged")] == ["resolved", "open"]
    await actions.review_flag(found.case, note="请区里纠正。", by=cast.leader, now=at + 4 * DAY)


async def test_a_caregiver_who_stays_loses_nothing_by_it(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, "keep_with_reason", now=at)
    await fall_away(found.agreement, found.cycles, now=at + DAY)
    row = await case_row(cast, found.case)
    assert (row["status"], row["flagged_at"]) == ("decided", None)
    assert await alerts(cast, "decision_flagged") == []


async def test_a_review_the_district_ordered_is_decided_whatever_falls_away(cast: Cast) -> None:
    found = await trouble(cast)
    await decide(cast, found.case, "keep_with_reason", now=await hear(cast, found.case))
    review = await actions.order_review(found.case, reason="理由不足", by=cast.district, now=NOW + DAY)
    await fall_away(found.agreement, [*found.cycles, found.hazard], now=NOW + 2 * DAY)
    row = await case_row(cast, review)
    assert (row["status"], row["mandatory"]) == ("proposed", True)
