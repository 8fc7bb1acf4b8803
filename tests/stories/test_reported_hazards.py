"""What a visitor finds is recorded as a hazard in the same transaction; a late report takes a breach back."""

from typing import Any

from core.ids import new_id
from tests import caring
from tests.cast import Cast
from tests.rectifying import cases, cycles, fail, hazard, home, order, status
from tests.visiting import DAY, HOUR, alerts, detailed, log, normal, slot
from visits.actions import amend, confirm_late, mark_missed
from visits.report import Hazard

STOVE = Hazard(block="safety", severity="serious", what="灶台旁堆放柴草", removed_now=False)
COLD = Hazard(block="living", severity="general", what="被褥单薄", removed_now=False)
ICE = Hazard(block="safety", severity="general", what="门口结冰", removed_now=True)


async def hazards(cast: Cast) -> list[tuple[Any, ...]]:
    rows = await cast.owner.fetch(
        "SELECT what, severity, status, source_item FROM hazard ORDER BY recorded_at, source_item"
    )
    return [tuple(one) for one in rows]


async def test_each_hazard_of_a_report_is_recorded_with_the_agreement_in_force(cast: Cast) -> None:
    at = await home(cast)
    answer = await log(cast, await slot(cast, at.recipient), detailed(cast.now, hazards=(STOVE, ICE)))
    assert await hazards(cast) == [("灶台旁堆放柴草", "serious", "open", 0), ("门口结冰", "general", "removed", 1)]
    found = await cast.owner.fetch("SELECT agreement_id, caregiver_id, source, source_id FROM hazard")
    assert {tuple(one) for one in found} == {(at.agreement, at.caregiver, "visit_report", answer.report_id)}


async def test_a_report_sent_again_records_nothing_again(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    for _ in range(3):
        await log(cast, visit, detailed(cast.now, hazards=(STOVE,)), report_id=report_id)
    assert len(await hazards(cast)) == 1


async def test_a_critical_hazard_found_at_a_visit_proposes_at_once(cast: Cast) -> None:
    at = await home(cast)
    gas = Hazard(block="safety", severity="critical", what="煤气漏气", removed_now=False)
    await log(cast, await slot(cast, at.recipient), detailed(cast.now, hazards=(gas,)))
    (case,) = await cases(cast, at)
    assert (case["ground"], case["mandatory"], case["proposed_at"]) == ("critical_hazard", True, cast.now)


async def test_an_amendment_adds_what_is_new_and_withdraws_what_it_no_longer_says(cast: Cast) -> None:
    at = await home(cast)
    first = await log(cast, await slot(cast, at.recipient), detailed(cast.now, hazards=(STOVE, COLD)))
    kept = await cast.owner.fetchval("SELECT id FROM hazard WHERE what = $1", STOVE.what)
    order_id = await order(cast, at, kept)
    report = detailed(cast.now, hazards=(ICE, STOVE), note="更正")
    await amend(report_id=first.report_id, amendment_id=new_id(), report=report, by=cast.worker, now=cast.now + HOUR)
    assert {one[0]: one[2] for one in await hazards(cast)} == {
        STOVE.what: "open",
        COLD.what: "withdrawn",
        ICE.what: "removed",
    }
    assert await status(cast, order_id) == "issued"


async def test_a_late_report_withdraws_the_order_that_rested_on_the_missed_visit(cast: Cast) -> None:
    at = await home(cast)
    visit = await slot(cast, at.recipient, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    found = await hazard(cast, at, source="missed_duty", source_id=visit)
    order_id = await order(cast, at, found)
    await fail(cast, at, order_id, now=cast.now + 2 * DAY)
    assert len(await cycles(cast, at)) == 1
    await log(cast, visit, normal(cast.now - 2 * HOUR), now=cast.now + 3 * DAY)
    assert await status(cast, order_id) == "withdrawn"
    assert [one["withdrawn_reason"] for one in await cycles(cast, at)] == ["补到走访记录"]
    assert {one["outcome"] for one in await alerts(cast, "visit_missed")} == {"late_evidence"}


async def test_a_late_report_held_to_be_untrue_takes_its_hazards_with_it(cast: Cast) -> None:
    at = await home(cast)
    made_at = cast.now - HOUR
    answer = await log(
        cast,
        await slot(cast, at.recipient, due_at=cast.now),
        detailed(made_at, hazards=(STOVE,)),
        now=made_at + 4 * DAY,
    )
    await confirm_late(
        report_id=answer.report_id, accepted=False, reason="当天不在村", by=cast.specialist, now=made_at + 4 * DAY
    )
    assert [one[2] for one in await hazards(cast)] == ["withdrawn"]


async def test_a_hazard_where_nobody_cares_yet_counts_against_nobody(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    await log(cast, await slot(cast, recipient), detailed(cast.now, hazards=(STOVE,)))
    assert await cast.owner.fetchval("SELECT agreement_id FROM hazard") is None
    await caring.agreement(cast, recipient)
    assert await cast.owner.fetchval("SELECT count(*) FROM replacement_case") == 0
