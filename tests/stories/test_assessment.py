"""A quarter is over: an assessment opens by itself, people ask and settle it, the caregiver may object."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from accounts.permissions import Account
from caregivers.assessment import actions
from caregivers.assessment.lifecycle import MOVES, STATUSES
from caregivers.assessment.queries import watching
from caregivers.assessment.refusals import (
    AlreadySettled,
    AssessmentNotFound,
    DecidedByAnother,
    InstrumentMissing,
    NothingWithheld,
    ObjectionTooLate,
    OnTheCaregiversSide,
)
from core import db, journal, quarantine
from core.errors import Forbidden
from core.ids import new_id
from core.scope import JOBS
from tests.assessing import APRIL, DAY, asked, hazard, local, only_row, opened, order, row_of, settled
from tests.caring import agreement, caregiver, insert, linked_caregiver, temporary_care
from tests.caring import row_of as stored
from tests.cast import Cast
from tests.visiting import alerts, detailed, log, normal, slot
from tests.visiting import journal as history
from visits.report import Finding


async def related(cast: Cast, caregiver_id: UUID, account: Account, area_id: int | None = None) -> None:
    row = {
        "id": new_id(),
        "caregiver_id": caregiver_id,
        "area_id": area_id or cast.village,
        "account_id": account.id,
        "kind": "sibling",
        "declared_by": cast.leader.id,
        "declared_at": cast.now,
    }
    await insert(cast.owner, "relation", row)


# --- the clock ---


async def test_a_quarter_that_is_over_opens_one_assessment_an_agreement(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast)
    assert (await actions.watch_assessments(now=APRIL - DAY))["opened"] == 0
    assert (await actions.watch_assessments(now=APRIL))["opened"] == 1
    again = await actions.watch_assessments(now=APRIL + DAY)
    assert (again["opened"], again["claimed"]) == (0, 0)
    row = await only_row(cast, agreement_id)
    assert (row["status"], row["period_from"], row["period_to"]) == ("due", date(2026, 1, 1), date(2026, 3, 31))
    assert row["due_at"] == datetime(2026, 4, 15, 16, 0, tzinfo=UTC)  # 15 days after the quarter's last midnight
    assert await history(cast, row["id"]) == ["assessment.opened"]


async def test_two_jobs_at_once_open_it_once(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast)
    counts = await asyncio.gather(*(actions.watch_assessments(now=APRIL) for _ in range(4)))
    assert sum(one["opened"] for one in counts) == 1
    assert await history(cast, (await only_row(cast, agreement_id))["id"]) == ["assessment.opened"]


async def test_whatever_was_down_for_a_year_every_period_is_opened(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast, activated_at=local(20, month=1))
    assert (await actions.watch_assessments(now=local(5, month=11)))["opened"] == 3
    rows = await cast.owner.fetch("SELECT * FROM assessment WHERE agreement_id = $1 ORDER BY period_from", agreement_id)
    assert [(row["period_from"], row["period_to"]) for row in rows] == [
        (date(2026, 1, 20), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), date(2026, 9, 30)),
    ]


async def test_too_short_a_part_is_not_claimed_again_and_again(cast: Cast, pools: None) -> None:
    await agreement(cast, starts_on=date(2026, 3, 5), activated_at=local(5))
    ended: dict[str, Any] = {"ended_on": date(2026, 1, 20), "ended_at": local(20, month=1)}
    await agreement(cast, status="ended", starts_on=date(2026, 1, 2), activated_at=local(2, month=1), **ended)
    await agreement(cast, status="draft")
    assert (await actions.watch_assessments(now=APRIL))["claimed"] == 0
    assert (await actions.watch_assessments(now=local(1, month=7)))["opened"] == 1


async def test_an_agreement_that_ended_in_the_quarter_is_assessed_to_its_last_day(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast, status="ended")
    await actions.watch_assessments(now=cast.now + DAY)
    assert (await only_row(cast, agreement_id))["period_to"] == date(2026, 3, 1)


async def test_what_is_not_settled_in_time_alerts_once_and_settling_ends_it(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast, await cast.recipient(risk="high"))
    assessment_id = await opened(cast, agreement_id)
    due_at = (await row_of(cast, assessment_id))["due_at"]
    assert (await actions.watch_assessments(now=due_at - DAY))["overdue"] == 0
    assert (await actions.watch_assessments(now=due_at))["overdue"] == 1
    assert (await actions.watch_assessments(now=due_at + DAY))["overdue"] == 0
    (alert,) = await alerts(cast, "assessment_overdue")
    assert (alert["status"], alert["subject_id"]) == ("open", assessment_id)
    await asked(cast, assessment_id)
    await actions.settle(assessment_id, by=cast.specialist, now=due_at + DAY)
    (alert,) = await alerts(cast, "assessment_overdue")
    assert (alert["status"], alert["outcome"]) == ("resolved", "assessed")


async def test_a_death_puts_aside_what_is_due_and_its_undoing_brings_it_back(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast)
    assessment_id = await opened(cast, agreement_id)
    late = (await row_of(cast, assessment_id))["due_at"]
    await actions.watch_assessments(now=late)
    await _end(cast, agreement_id, "died")
    counts = await actions.watch_assessments(now=late)
    assert (counts["cancelled"], counts["opened"]) == (1, 0)
    assert (await row_of(cast, assessment_id))["status"] == "cancelled"
    assert [one["outcome"] for one in await alerts(cast, "assessment_overdue")] == ["withdrawn"]
    await _live_again(cast, agreement_id)
    assert (await actions.watch_assessments(now=late + DAY))["reopened"] == 1
    await actions.watch_assessments(now=late + DAY)
    assert (await row_of(cast, assessment_id))["status"] == "due"
    assert [one["status"] for one in await alerts(cast, "assessment_overdue")] == ["resolved", "open"]
    assert "assessment.reopened" in await history(cast, assessment_id)


async def _end(cast: Cast, agreement_id: UUID, reason: str) -> None:
    await _untriggered(
        cast,
        "UPDATE agreement SET status = 'ended', ended_reason = $2, ended_at = $3, ended_on = '2026-04-10'"
        " WHERE id = $1",
        agreement_id,
        reason,
        APRIL,
    )


async def _live_again(cast: Cast, agreement_id: UUID) -> None:
    await _untriggered(
        cast,
        "UPDATE agreement SET status = 'active', ended_reason = NULL, ended_at = NULL, ended_on = NULL WHERE id = $1",
        agreement_id,
    )


async def _untriggered(cast: Cast, sql: str, *args: Any) -> None:
    """Another part's table, brought into a state without its own way there."""
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL session_replication_role = replica")
        await cast.owner.execute(sql, *args)


async def test_a_row_that_cannot_be_judged_stops_no_other(
    cast: Cast, pools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await agreement(cast), await agreement(cast)
    really = watching.open_rows

    async def broken(rows: Any, *, now: datetime) -> Any:
        if any(one.of.agreement_id == bad for one in rows):
            raise ValueError("poison")
        return await really(rows, now=now)

    monkeypatch.setattr(watching, "open_rows", broken)
    counts = await actions.watch_assessments(now=APRIL)
    assert (counts["quarantined"], counts["opened"]) == (1, 1)
    assert (await only_row(cast, good))["status"] == "due"
    assert (await actions.watch_assessments(now=APRIL + timedelta(minutes=1)))["claimed"] == 0
    assert [one["subject_id"] for one in await alerts(cast, "quarantined")] == [bad]
    monkeypatch.undo()
    assert (await actions.watch_assessments(now=APRIL + timedelta(minutes=20)))["opened"] == 1
    assert [one["outcome"] for one in await alerts(cast, "quarantined")] == ["released"]


# --- asking and settling ---


async def test_the_result_follows_from_four_instruments(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    recipient = await cast.recipient()
    agreement_id = await agreement(cast, recipient, caregiver_id)
    await _visits(cast, recipient)
    await hazard(cast, agreement_id, recipient, local(5))
    for day in (5, 12):
        await order(cast, agreement_id, recipient, caregiver_id, local(day), answered_at=local(day + 1))
    assessment_id = await opened(cast, agreement_id)
    await asked(cast, assessment_id, recipient=80, neighbours=70)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    row = await row_of(cast, assessment_id)
    assert (row["visits_score"], row["records_score"]) == (50, 7)  # 2 of 4; 2 answers of 25.71 visits and 2 orders
    assert (row["total"], row["qualified"], row["withholds"]) == (62, True, False)  # 32 + 14 + 15 + 0.7
    assert msgspec.json.decode(row["weights"]) == {"recipient": 40, "neighbours": 20, "visits": 30, "records": 10}
    assert [one["instrument"] for one in msgspec.json.decode(row["reasons"])] == ["visits", "records"]
    assert await history(cast, assessment_id) == [
        "assessment.opened",
        "assessment.asked",
        "assessment.asked",
        "assessment.settled",
    ]
    (notice,) = await _notices(cast, account)
    assert "62" not in notice and "合格" not in notice


async def _visits(cast: Cast, recipient: UUID) -> None:
    """Three visits: two fine, one where care was not; and one by a person who was not recognised."""
    fine = {"care": Finding(ok=True)}
    for day, report in (
        (3, normal(local(3))),
        (10, detailed(local(10), blocks=_blocks(fine))),
        (17, detailed(local(17), blocks=_blocks({"care": Finding(ok=False, note="被褥三周未换")}))),
        (24, normal(local(24), identified_by="not_confirmed")),
    ):
        visit = await slot(cast, recipient, due_at=local(day), risk="general")
        await log(cast, visit, report, now=local(day))


def _blocks(changed: dict[str, Finding]) -> dict[str, Finding]:
    blocks = detailed(local(1)).blocks
    return {**blocks, **changed}


async def _notices(cast: Cast, account: Account) -> list[str]:
    rows = await cast.owner.fetch(
        "SELECT facts FROM notice WHERE account_id = $1 AND kind = 'assessment_told'", account.id
    )
    return [row["facts"] for row in rows]


async def test_a_hazard_found_at_a_visit_and_that_visit_are_one_occasion(cast: Cast, pools: None) -> None:
    recipient = await cast.recipient()
    agreement_id = await agreement(cast, recipient)
    visit = await slot(cast, recipient, due_at=local(3), risk="general")
    answer = await log(cast, visit, normal(local(3)), now=local(3))
    await hazard(cast, agreement_id, recipient, local(3), source="visit_report", source_id=answer.report_id)
    await hazard(cast, agreement_id, recipient, local(4), status="withdrawn", closed_at=local(5))
    assessment_id = await opened(cast, agreement_id)
    await asked(cast, assessment_id)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    row = await row_of(cast, assessment_id)
    assert row["visits_score"] == 0
    assert "0÷1" in row["reasons"]


async def test_a_visit_by_somebody_on_the_caregivers_side_proves_nothing(cast: Cast, pools: None) -> None:
    recipient, caregiver_id = await cast.recipient(), await caregiver(cast)
    agreement_id = await agreement(cast, recipient, caregiver_id)
    await log(cast, await slot(cast, recipient, due_at=local(3), risk="general"), normal(local(3)), now=local(3))
    await related(cast, caregiver_id, cast.worker)
    assessment_id = await opened(cast, agreement_id)
    await asked(cast, assessment_id, by=cast.leader)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    row = await row_of(cast, assessment_id)
    assert row["visits_score"] is None
    assert msgspec.json.decode(row["weights"])["visits"] == 0


async def test_attendance_is_not_asked_for_while_somebody_else_cared(cast: Cast, pools: None) -> None:
    recipient = await cast.recipient()
    agreement_id = await agreement(cast, recipient)
    over = {"ended_at": local(31, hour=20), "ended_reason": "resumed", "ended_by": cast.specialist.id}
    care = {"starts_at": local(1, month=1, hour=0) - DAY, "ends_by": local(1, month=5), **over}
    await temporary_care(cast, recipient, **care)
    assessment_id = await opened(cast, agreement_id)
    await asked(cast, assessment_id)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    assert (await row_of(cast, assessment_id))["records_score"] is None


async def test_a_withdrawn_failed_cycle_does_not_count(cast: Cast, pools: None) -> None:
    recipient, caregiver_id = await cast.recipient(), await caregiver(cast)
    agreement_id = await agreement(cast, recipient, caregiver_id)
    await log(cast, await slot(cast, recipient, due_at=local(3), risk="general"), normal(local(3)), now=local(3))
    for withdrawn in (None, local(20)):
        order_id = await order(cast, agreement_id, recipient, caregiver_id, local(5))
        cycle = {"id": new_id(), "order_id": order_id, "agreement_id": agreement_id, "caregiver_id": caregiver_id}
        said = {"withdrawn_at": withdrawn, "withdrawn_reason": "补到记录" if withdrawn else None}
        more = {"area_id": cast.village, "why": "failed", "heard": "time_ran_out"}
        await insert(
            cast.owner, "failed_cycle", cycle | more | said | {"failed_at": local(15), "counted_at": local(15)}
        )
    assessment_id = await opened(cast, agreement_id)
    await asked(cast, assessment_id)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    assert (await row_of(cast, assessment_id))["visits_score"] == 50


async def test_it_is_judged_by_the_policy_of_the_day_it_was_opened(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast)
    assessment_id = await opened(cast, agreement_id)
    await _policy(cast, {"caregivers": {"qualified_from": 95}})
    await asked(cast, assessment_id)
    await actions.settle(assessment_id, by=cast.specialist, now=APRIL + DAY)
    assert (await row_of(cast, assessment_id))["qualified"]


async def _policy(cast: Cast, changes: dict[str, Any]) -> None:
    from accounts.policy import Policy, to_data, with_changes

    content = msgspec.json.encode(to_data(with_changes(Policy.default(), changes))).decode()
    row = {"district_id": cast.district_area, "version": 2, "document_number": "津宁民发〔2026〕1号", "note": ""}
    told = {"id": new_id(), "effective_on": date(2026, 1, 1), "content": content, "changes": "[]", "issued_at": APRIL}
    await insert(cast.owner, "policy_version", row | told | {"issued_by": cast.district.id})


async def test_nothing_is_settled_before_everybody_was_asked(cast: Cast, pools: None) -> None:
    assessment_id = await opened(cast, await agreement(cast))
    with pytest.raises(InstrumentMissing, match="对象"):
        await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    await actions.record_neighbours_opinion(assessment_id, score=90, asked=2, said="", by=cast.worker, now=APRIL)
    with pytest.raises(InstrumentMissing, match="对象"):
        await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    assert (await row_of(cast, assessment_id))["status"] == "due"


async def test_who_is_on_the_caregivers_side_neither_asks_nor_settles(cast: Cast, pools: None) -> None:
    caregiver_id = await caregiver(cast)
    assessment_id = await opened(cast, await agreement(cast, caregiver_id=caregiver_id))
    for account in (cast.worker, cast.specialist):
        await related(cast, caregiver_id, account, area_id=cast.township)
    with pytest.raises(OnTheCaregiversSide):
        await asked(cast, assessment_id)
    assert (await row_of(cast, assessment_id))["recipient_score"] is None
    await asked(cast, assessment_id, by=cast.leader)
    with pytest.raises(OnTheCaregiversSide):
        await actions.settle(assessment_id, by=cast.specialist, now=APRIL)
    await actions.settle(assessment_id, by=cast.leader, now=APRIL)


async def test_a_cadre_who_cares_for_a_neighbour_does_not_ask_about_themselves(cast: Cast, pools: None) -> None:
    caregiver_id = await caregiver(cast, account_id=cast.worker.id)
    assessment_id = await opened(cast, await agreement(cast, caregiver_id=caregiver_id))
    with pytest.raises(OnTheCaregiversSide):
        await asked(cast, assessment_id, by=cast.worker)


async def test_the_next_township_finds_nothing(cast: Cast, pools: None) -> None:
    assessment_id = await opened(cast, await agreement(cast))
    with pytest.raises(AssessmentNotFound):
        await asked(cast, assessment_id, by=cast.foreign_worker)
    with pytest.raises(AssessmentNotFound):
        await actions.settle(assessment_id, by=cast.foreign_specialist, now=APRIL)


async def test_a_worker_does_not_settle_and_two_at_once_settle_once(cast: Cast, pools: None) -> None:
    assessment_id = await opened(cast, await agreement(cast))
    await asked(cast, assessment_id)
    with pytest.raises(Forbidden):
        await actions.settle(assessment_id, by=cast.worker, now=APRIL)
    results = await asyncio.gather(
        actions.settle(assessment_id, by=cast.specialist, now=APRIL),
        actions.settle(assessment_id, by=cast.leader, now=APRIL),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in results) == ["AlreadySettled", "NoneType"]
    assert (await history(cast, assessment_id)).count("assessment.settled") == 1
    with pytest.raises(AlreadySettled):
        await asked(cast, assessment_id)


# --- objection ---


async def test_an_objection_upheld_by_another_gives_the_period_back(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    assert (await row_of(cast, assessment_id))["withholds"]
    await actions.object_to(assessment_id, text="住院期间无法到户", by=account, now=APRIL + DAY)
    row = await row_of(cast, assessment_id)
    assert (row["status"], row["objected_by"]) == ("objected", account.id)
    assert row["objection_decide_by"] == APRIL + 9 * DAY  # 5 working days after Thursday, over Qingming
    with pytest.raises(DecidedByAnother):
        await actions.decide_objection(assessment_id, upheld=True, reason="属实", by=cast.specialist, now=APRIL + DAY)
    await actions.decide_objection(assessment_id, upheld=True, reason="属实", by=cast.leader, now=APRIL + 2 * DAY)
    row = await row_of(cast, assessment_id)
    assert (row["status"], row["qualified"], row["withholds"], row["total"]) == ("final", True, False, 17)
    assert (await history(cast, assessment_id))[-2:] == ["assessment.objected", "assessment.objection_decided"]
    assert len(await _notices(cast, account)) == 2


async def test_an_objection_not_upheld_leaves_it_unqualified(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)
    await actions.decide_objection(assessment_id, upheld=False, reason="记录齐全", by=cast.district, now=APRIL)
    row = await row_of(cast, assessment_id)
    assert (row["status"], row["qualified"], row["withholds"]) == ("final", False, True)


async def test_the_caregivers_relatives_do_not_decide_the_objection(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)
    await related(cast, caregiver_id, cast.leader)
    with pytest.raises(OnTheCaregiversSide):
        await actions.decide_objection(assessment_id, upheld=True, reason="属实", by=cast.leader, now=APRIL)


async def test_after_its_time_an_objection_is_refused_and_the_clock_makes_it_final(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    until = (await row_of(cast, assessment_id))["objection_until"]
    assert (await actions.watch_assessments(now=until - timedelta(seconds=1)))["final"] == 0
    with pytest.raises(ObjectionTooLate):
        await actions.object_to(assessment_id, text="不服", by=account, now=until)
    assert (await actions.watch_assessments(now=until))["final"] == 1
    row = await row_of(cast, assessment_id)
    assert (row["status"], row["qualified"], row["withholds"]) == ("final", False, True)
    with pytest.raises(ObjectionTooLate):
        await actions.object_to(assessment_id, text="不服", by=account, now=until)


async def test_an_objection_nobody_decides_alerts_until_somebody_does(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)
    late = (await row_of(cast, assessment_id))["objection_decide_by"]
    assert (await actions.watch_assessments(now=late - DAY))["objections_overdue"] == 0
    assert (await actions.watch_assessments(now=late))["objections_overdue"] == 1
    assert (await row_of(cast, assessment_id))["status"] == "objected"
    await actions.decide_objection(assessment_id, upheld=False, reason="记录齐全", by=cast.leader, now=late)
    assert [one["status"] for one in await alerts(cast, "objection_overdue")] == ["resolved"]


async def test_nobody_objects_in_a_caregivers_name_but_on_their_paper(cast: Cast, pools: None) -> None:
    _, other = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast), recipient=20)
    for account in (other, cast.worker):
        with pytest.raises(AssessmentNotFound):
            await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)
    await actions.object_on_paper(assessment_id, text="不服", on_paper_by="张秀英", by=cast.specialist, now=APRIL)
    row = await row_of(cast, assessment_id)
    assert (row["status"], row["objection_on_paper_by"]) == ("objected", "张秀英")


async def test_what_is_not_settled_is_not_the_caregivers_to_see_or_object_to(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await opened(cast, await agreement(cast, caregiver_id=caregiver_id))
    with pytest.raises(AssessmentNotFound):
        await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)


async def test_rectified_once_by_somebody_independent(cast: Cast, pools: None) -> None:
    assessment_id = await settled(cast, await agreement(cast), recipient=20)
    await actions.mark_rectified(assessment_id, evidence="被褥已换洗，复核合格", by=cast.leader, now=APRIL + DAY)
    row = await row_of(cast, assessment_id)
    assert (row["withholds"], row["rectified_at"]) == (True, APRIL + DAY)
    with pytest.raises(NothingWithheld):
        await actions.mark_rectified(assessment_id, evidence="再次", by=cast.leader, now=APRIL + DAY)
    assert (await history(cast, assessment_id))[-1] == "assessment.rectified"


async def test_nothing_is_stored_when_the_journal_cannot_be_written(
    cast: Cast, pools: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessment_id = await opened(cast, await agreement(cast))

    async def broken(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "write", broken)
    with pytest.raises(OSError):
        await asked(cast, assessment_id)
    assert (await row_of(cast, assessment_id))["recipient_score"] is None


# --- the database holds the same table ---

_TO: dict[str, str] = {
    "due": "status = 'due', settled_by = NULL, settled_at = NULL, total = NULL, qualified = NULL,"
    " objection_until = NULL, withholds = false",
    "settled": "status = 'settled', settled_by = $2, settled_at = now(), total = 40, qualified = false,"
    " objection_until = now(), withholds = true",
    "objected": "status = 'objected', objected_by = $2, objected_at = now(), objection = '不服',"
    " objection_decide_by = now()",
    "final": "status = 'final', objection_decided_by = $2, objection_decided_at = now(), objection_upheld = false,"
    " objection_reason = '理由'",
    "cancelled": "status = 'cancelled'",
}


async def _in_status(cast: Cast, status: str) -> UUID:
    caregiver_id, account = await linked_caregiver(cast)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id)
    if status in ("due", "cancelled"):
        assessment_id = await opened(cast, agreement_id)
        if status == "cancelled":
            await _end(cast, agreement_id, "died")
            await actions.watch_assessments(now=APRIL)
        return assessment_id
    assessment_id = await settled(cast, agreement_id, recipient=20)
    if status in ("objected", "final"):
        await actions.object_to(assessment_id, text="不服", by=account, now=APRIL)
    if status == "final":
        await actions.decide_objection(assessment_id, upheld=False, reason="理由", by=cast.leader, now=APRIL)
    return assessment_id


@pytest.mark.parametrize("status", STATUSES)
async def test_by_direct_sql_an_assessment_moves_only_as_the_table_says(cast: Cast, pools: None, status: str) -> None:
    assessment_id = await _in_status(cast, status)
    people = {after for (before, verb), after in MOVES.items() if before == status and verb in ("settle", "object")}
    people |= {"final"} if status == "objected" else set()
    for to in STATUSES:
        if to == status or to in people:
            continue
        with pytest.raises(asyncpg.PostgresError) as refused:
            async with db.transaction(cast.leader.scope):
                sql = f"UPDATE assessment SET {_TO[to]} WHERE id = $1"
                more = [cast.leader.id] if "$2" in sql else []
                await db.execute(sql, assessment_id, *more)
        assert refused.value.sqlstate == "CD001", (to, refused.value)
    assert (await row_of(cast, assessment_id))["status"] == status


async def test_by_direct_sql_what_was_settled_stays_as_it_was(cast: Cast, pools: None) -> None:
    assessment_id = await _in_status(cast, "objected")
    for change in (
        "total = 99",
        "recipient_score = 99",
        "qualified = true, withholds = false",
        "withholds = false",
        "objection_until = now() + interval '1 year'",
        "agreement_id = gen_random_uuid()",
        "objection = '改过'",
        "status = 'final', objection_decided_by = gen_random_uuid(), objection_decided_at = now(),"
        " objection_upheld = false, objection_reason = '理由', qualified = true, withholds = false",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            async with db.transaction(cast.leader.scope):
                await db.execute(f"UPDATE assessment SET {change} WHERE id = $1", assessment_id)
        assert refused.value.sqlstate == "CD001", change


async def test_by_direct_sql_nobody_decides_what_they_settled(cast: Cast, pools: None) -> None:
    assessment_id = await _in_status(cast, "objected")
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction(cast.specialist.scope):
            await db.execute(f"UPDATE assessment SET {_TO['final']} WHERE id = $1", assessment_id, cast.specialist.id)


async def test_by_direct_sql_people_open_none_delete_none_and_a_caregiver_only_objects(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    assessment_id = await settled(cast, await agreement(cast, caregiver_id=caregiver_id), recipient=20)
    forbidden = [
        (cast.leader, "DELETE FROM assessment WHERE id = $1"),
        (cast.leader, "INSERT INTO assessment (id) VALUES ($1)"),
        (account, "UPDATE assessment SET rectified_at = now(), rectified_by = caller(), rectified_evidence = '好了'"
         " WHERE id = $1"),
    ]  # fmt: skip
    for by, sql in forbidden:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(by.scope):
                await db.execute(sql, assessment_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(JOBS):
            await db.fetch("SELECT recipient_said FROM assessment")


async def test_the_quarantine_is_asked_by_the_name_of_the_job(cast: Cast, pools: None) -> None:
    agreement_id = await agreement(cast)
    async with db.transaction(JOBS):
        await quarantine.set_aside("assessment", agreement_id, area_id=cast.village, fault=ValueError(), now=APRIL)
    assert (await actions.watch_assessments(now=APRIL))["claimed"] == 0
    assert (await stored(cast, "agreement", agreement_id))["status"] == "active"
