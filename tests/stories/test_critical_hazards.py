"""A visit was made, and the danger is still there: the visit counts, and somebody must act at once."""

from core.ids import new_id
from tests.cast import Cast
from tests.visiting import HOUR, alerts, detailed, log, slot, status
from visits.actions import amend
from visits.report import Hazard

GAS = Hazard(block="safety", severity="critical", what="灶间煤气漏气，房内有气味", removed_now=False)


async def test_a_critical_hazard_left_behind_is_told_with_the_policys_severity(cast: Cast) -> None:
    visit = await slot(cast, risk="high")
    answer = await log(cast, visit, detailed(cast.now, hazards=(GAS,)))
    assert answer.counted and await status(cast, visit) == "made"
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["severity"], alert["status"]) == ("critical_hazard", "critical", "open")
    assert alert["subject_id"] == answer.report_id


async def test_that_somebody_is_seen_again_does_not_take_the_danger_away(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, detailed(cast.now - HOUR, hazards=(GAS,)))
    await log(cast, visit, by=cast.specialist)
    assert [(alert["kind"], alert["status"]) for alert in await alerts(cast)] == [("critical_hazard", "open")]


async def test_each_report_of_danger_is_a_happening_of_its_own(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit, detailed(cast.now, hazards=(GAS,)))
    await amend(
        report_id=first.report_id,
        amendment_id=new_id(),
        report=detailed(cast.now, hazards=(GAS,), note="仍未排除"),
        by=cast.worker,
        now=cast.now + HOUR,
    )
    assert [alert["kind"] for alert in await alerts(cast)] == ["critical_hazard", "critical_hazard"]
