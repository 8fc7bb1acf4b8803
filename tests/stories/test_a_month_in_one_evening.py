"""Story 4, its detection: a month of visits written in one evening is marked, doubted and sampled; nothing refused."""

import json
from datetime import timedelta
from typing import Any

from tests.cast import Cast, Clock
from tests.phoning import PhoneOf, door, phone_of, reports
from tests.visiting import DAY, HOUR, alerts, slot
from visits.actions import confirm_late
from visits.evidence.actions import grade_reports

__all__ = ["door", "phone_of"]

VISITS = 40
MINUTE = timedelta(minutes=1)


async def a_month_in_one_evening(cast: Cast, clock: Clock, phone_of: PhoneOf, **said: Any) -> None:
    """Forty households, as many claimed visits over thirty days, all typed between six and eight in the evening."""
    visits = [await slot(cast, due_at=cast.now - (30 - day % 30) * DAY) for day in range(VISITS)]
    clock.at = cast.now + 8 * HOUR
    phone = await phone_of(cast.worker, **said)
    for number, visit in enumerate(visits):
        moment = cast.now - (30 - number % 30) * DAY - (1 + number // 30) * HOUR
        phone.report(visit, made_at=phone.clock.shows(moment))
        clock.at += 3 * MINUTE
    receipts = await phone.push()
    assert {receipt.status for receipt in receipts} == {"taken"}, "evidence is graded, it never blocks"


async def doubts(cast: Cast) -> list[set[str]]:
    rows = await cast.owner.fetch("SELECT flags FROM grade ORDER BY id")
    return [{flag["flag"] for flag in json.loads(row["flags"])} for row in rows]


async def test_forty_visits_typed_in_one_evening_are_marked_doubted_and_sampled(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    await a_month_in_one_evening(cast, clock, phone_of)
    kept = await reports(cast)
    assert len(kept) == VISITS and all({"late", "late_to_confirm"} >= set(one["labels"]) != set() for one in kept)
    counts = await grade_reports(now=clock.at)
    assert (counts["graded"], counts["asked_about"]) == (VISITS, VISITS)
    assert all({"batch_entry", "backdated"} <= found for found in await doubts(cast))
    asked = await cast.owner.fetch("SELECT assigned_to FROM call_back")
    assert len(asked) == VISITS and cast.worker.id not in {one["assigned_to"] for one in asked}


async def test_a_clock_set_back_hides_nothing(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    """Whoever has the phone's clock a year behind says the same: all moments are of one clock."""
    await a_month_in_one_evening(cast, clock, phone_of, ahead=-365 * DAY)
    await grade_reports(now=clock.at)
    assert all({"batch_entry", "backdated"} <= found for found in await doubts(cast))


async def test_a_supervisor_says_of_each_late_entry_whether_it_holds(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    await a_month_in_one_evening(cast, clock, phone_of)
    waiting = [alert for alert in await alerts(cast, "late_entry") if alert["status"] == "open"]
    late = [one for one in await reports(cast) if "late_to_confirm" in one["labels"]]
    assert {alert["subject_id"] for alert in waiting} == {one["id"] for one in late} and len(late) >= VISITS - 4
    await confirm_late(report_id=late[0]["id"], accepted=False, reason="当天不在村", by=cast.specialist, now=clock.at)
    assert await cast.owner.fetchval("SELECT status FROM visit WHERE id = $1", late[0]["visit"]) != "made"
