"""Story 8: a phone may be silent for a week and its clock may be wrong; every visit arrives once, as of when it was."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cli.demo.phone import Cut, CutOff, NoSignal, Phone
from tests.cast import Cast, Clock
from tests.phoning import PhoneOf, another_phone, device_state, door, inbox, phone_of, reports
from tests.visiting import DAY, HOUR, alerts, journal, slot, status
from visits.actions import mark_missed
from visits.evidence.actions import grade_reports

__all__ = ["door", "phone_of"]

YEAR = 365 * DAY
SECOND = timedelta(seconds=1)


async def one_a_day(cast: Cast, days: int = 6) -> list[UUID]:
    """Visits to as many people, each due at six hours into its day."""
    return [await slot(cast, due_at=cast.now + day * DAY + 6 * HOUR) for day in range(days)]


async def away(cast: Cast, clock: Clock, phone: Phone, visits: Sequence[UUID]) -> tuple[Phone, list[UUID]]:
    """A visit a day an hour before it is due, without a signal, the app killed every night, the sweep going round."""
    phone.offline()
    written = []
    for day, visit in enumerate(visits):
        clock.at = cast.now + day * DAY + 5 * HOUR
        written.append(phone.report(visit))
        with pytest.raises(NoSignal):
            await phone.push()
        clock.at = cast.now + day * DAY + 7 * HOUR
        await mark_missed(now=clock.at)
        phone = phone.restarted()
    clock.at = cast.now + len(visits) * DAY
    phone.online()
    return phone, written


def content(report: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(report["content"])
    return said


async def test_six_days_in_the_hills_every_visit_arrives_once_and_nobody_is_punished(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visits = await one_a_day(cast)
    phone = await phone_of(cast.worker, ahead=timedelta(minutes=-7))
    await phone.pull()
    assert {one["id"] for one in phone.holds("visit")} == {str(visit) for visit in visits}
    phone, written = await away(cast, clock, phone, visits)

    assert {await status(cast, visit) for visit in visits} == {"not_known"}
    asked = await alerts(cast, "visit_not_known")
    assert len(asked) == 6 and await alerts(cast, "visit_missed") == []
    seen = {datetime.fromisoformat(alert["facts"]["phone_last_seen_at"]) for alert in asked}
    assert seen == {cast.now}, "each says when the phone was last heard of"

    receipts = await phone.push()
    assert [receipt.status for receipt in receipts] == ["taken"] * 6
    kept = await reports(cast)
    assert [report["id"] for report in kept] == written
    assert [report["made_at"] for report in kept] == [cast.now + day * DAY + 5 * HOUR for day in range(6)]
    assert {report["logged_at"] for report in kept} == {clock.at}
    assert [report["labels"] for report in kept] == [["late", "late_to_confirm"]] * 3 + [["late"]] * 2 + [[]]
    assert {report["by_account_id"] for report in kept} == {cast.worker.id}
    assert {await status(cast, visit) for visit in visits} == {"made"}
    told = await alerts(cast, "visit_not_known")
    assert [(alert["status"], alert["outcome"]) for alert in told] == [("resolved", "late_evidence")] * 6
    for visit in visits:
        assert "visit.missed" not in await journal(cast, visit)
    still_asked = {alert["kind"] for alert in await alerts(cast) if alert["status"] != "resolved"}
    assert still_asked == {"late_entry"}, "a supervisor's word on what came after more than three days"


async def test_the_claim_of_the_phones_clock_stays_beside_the_moment_it_is_taken_to_be(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    phone = await phone_of(cast.worker, ahead=timedelta(minutes=-7))
    phone.at(cast.now - HOUR).report(await slot(cast))
    await phone.push()
    (report,), (item,) = await reports(cast), await inbox(cast)
    assert report["made_at"] == cast.now - HOUR
    claim = cast.now - HOUR - timedelta(minutes=7)
    assert datetime.fromisoformat(content(report)["made_at"]) == item["made_at"] == claim
    assert item["offset_ms"] == -7 * 60_000


async def test_receipts_that_got_lost_are_given_again_word_for_word(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    phone, _ = await away(cast, clock, await phone_of(cast.worker), await one_a_day(cast))
    phone.network.cuts.append(Cut(answer=200))
    with pytest.raises(CutOff):
        await phone.push()
    assert phone.waiting == 6 and len(await reports(cast)) == 6
    clock.forward(days=1)
    first = [receipt.answer for receipt in await phone.push()]
    clock.forward(days=9)
    await phone.send(phone.memory.items)
    assert [item.receipt.answer for item in phone.memory.items if item.receipt] == first
    assert all(datetime.fromisoformat(answer["logged_at"]) == cast.now + 6 * DAY for answer in first)
    assert len(await reports(cast)) == 6 and len(await inbox(cast)) == 6


async def test_whoever_writes_at_once_and_sends_late_is_no_oddity(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    phone, _ = await away(cast, clock, await phone_of(cast.worker, ahead=2 * DAY), await one_a_day(cast, days=12))
    await phone.push()
    assert (await grade_reports(now=clock.at))["graded"] == 12
    flags = await cast.owner.fetch("SELECT flags FROM grade")
    assert [json.loads(one["flags"]) for one in flags] == [[]] * 12


@pytest.mark.parametrize("ahead", [3 * YEAR, -3 * YEAR])
async def test_a_clock_wrong_by_three_years_changes_nothing(
    cast: Cast, clock: Clock, phone_of: PhoneOf, ahead: timedelta
) -> None:
    visits = await one_a_day(cast)
    phone, written = await away(cast, clock, await phone_of(cast.worker, ahead=ahead), visits)
    await phone.push()
    kept = await reports(cast)
    assert [report["id"] for report in kept] == written
    assert [report["made_at"] for report in kept] == [cast.now + day * DAY + 5 * HOUR for day in range(6)]
    assert {await status(cast, visit) for visit in visits} == {"made"}
    assert "implausible_time" not in {label for report in kept for label in report["labels"]}


async def test_a_drifting_clock_is_out_by_its_drift_and_no_more(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    visits = await one_a_day(cast)
    phone = await phone_of(cast.worker, ahead=YEAR, drift=60 / 86400)
    phone, _ = await away(cast, clock, phone, visits)
    await phone.push()
    truth = [cast.now + day * DAY + 5 * HOUR for day in range(6)]
    out = [abs(report["made_at"] - moment) for report, moment in zip(await reports(cast), truth, strict=True)]
    assert max(out) <= 6 * timedelta(minutes=1) and {await status(cast, visit) for visit in visits} == {"made"}


async def test_a_clock_set_right_between_writing_and_sending_leaves_no_moment_to_believe(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visit = await slot(cast)
    phone = await phone_of(cast.worker, ahead=3 * YEAR)
    phone.at(cast.now - HOUR).report(visit)
    phone.clock.jump(cast.now - SECOND, -3 * YEAR)
    (receipt,) = await phone.push()
    assert receipt.status == "taken"
    (report,) = await reports(cast)
    assert report["made_at"] == cast.now and "implausible_time" in report["labels"]
    assert datetime.fromisoformat(content(report)["made_at"]) == cast.now - HOUR + 3 * YEAR
    assert await status(cast, visit) == "made"


async def test_two_phones_of_one_worker_keep_their_own_numbers_and_tell_one_story(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visits = [await slot(cast) for _ in range(3)]
    spare = await another_phone(cast, cast.worker)
    old, new = await phone_of(cast.worker), await phone_of(spare, ahead=-YEAR)
    for visit in visits[:2]:
        old.at(cast.now - HOUR).report(visit)
    for visit in visits[1:]:
        new.at(cast.now - HOUR / 2).report(visit)
    await old.push()
    receipts = await new.push()
    assert [item.seq for item in old.memory.items] == [item.seq for item in new.memory.items] == [1, 2]
    assert [receipt.answer["counted"] for receipt in receipts] == [False, True]
    told = {(report["device_id"], report["visit"]): report["labels"] for report in await reports(cast)}
    first, second, third = visits
    assert told == {
        (cast.worker.device_id, first): [],
        (cast.worker.device_id, second): [],
        (spare.device_id, second): ["additional"],
        (spare.device_id, third): [],
    }
    assert {await status(cast, visit) for visit in visits} == {"made"}
    for device in (cast.worker.device_id, spare.device_id):
        state = await device_state(cast, device)
        assert (state["last_seq"], state["missing"], state["unsent"]) == (2, [], 0)


async def test_the_same_item_from_a_second_phone_gets_the_answer_the_first_was_given(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    old, new = await phone_of(cast.worker), await phone_of(await another_phone(cast, cast.worker))
    report = old.report(await slot(cast))
    await old.push()
    new.memory = old.restarted().memory
    new.memory.items[0].receipt = None
    clock.forward(hours=1)
    await new.push()
    first, again = old.receipt(report), new.receipt(report)
    assert first and again and first.answer == again.answer
    assert len(await reports(cast)) == 1


async def test_a_door_that_stayed_shut_and_was_opened_later_in_one_push_tells_nobody_to_hurry(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    visit = await slot(cast)
    phone = await phone_of(cast.worker)
    phone.at(cast.now - 3 * HOUR).not_met(visit)
    phone.at(cast.now - 2 * HOUR).report(visit)
    await phone.push()
    assert await status(cast, visit) == "made"
    assert [alert["kind"] for alert in await alerts(cast) if alert["status"] != "resolved"] == []


async def test_an_amendment_that_overtakes_its_report_waits_for_it(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    phone = await phone_of(cast.worker)
    report = phone.report(await slot(cast))
    once = phone.amend(report, after=report, note="更正")
    phone.amend(once, after=once, note="再更正")
    first, second, third = phone.memory.items
    for early in (third, second):
        await phone.send([early])
        assert early.receipt and early.receipt.status == "held" and await reports(cast) == []
    await phone.send([first])
    await phone.push()
    assert [item.receipt and item.receipt.status for item in (first, second, third)] == ["taken"] * 3
    chain = {report["id"]: report["amends_id"] for report in await reports(cast)}
    assert chain == {first.id: None, second.id: first.id, third.id: second.id}


async def test_a_gap_in_the_numbers_is_known_until_it_is_filled(cast: Cast, clock: Clock, phone_of: PhoneOf) -> None:
    phone = await phone_of(cast.worker)
    for _ in range(4):
        phone.report(await slot(cast))
    one, two, three, four = phone.memory.items
    told = await phone.send([four])
    assert (told["last_seq"], told["missing"]) == (4, [1, 2, 3])
    told = await phone.send([two, one])
    assert told["missing"] == [3]
    assert (await phone.send([three]))["missing"] == []
    assert (await device_state(cast, cast.worker.device_id))["missing"] == []


async def test_a_phone_that_has_more_to_send_has_not_brought_nothing(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    """Between the first fifty of a long push and the last, the sweep does not take what is on its way for missed."""
    visits = await one_a_day(cast, days=2)
    phone, _ = await away(cast, clock, await phone_of(cast.worker), visits)
    await phone.send(phone.memory.unsent[:1])
    clock.forward(minutes=1)
    await mark_missed(now=clock.at)
    assert [await status(cast, visit) for visit in visits] == ["made", "not_known"]
    await phone.push()
    assert [await status(cast, visit) for visit in visits] == ["made", "made"]


async def test_a_phone_that_spoke_and_brought_nothing_of_it_makes_the_visit_missed(
    cast: Cast, clock: Clock, phone_of: PhoneOf
) -> None:
    (visit,) = await one_a_day(cast, days=1)
    phone = await phone_of(cast.worker)
    clock.at = cast.now + DAY
    await mark_missed(now=clock.at)
    assert await status(cast, visit) == "not_known"
    await phone.push()
    clock.forward(minutes=1)
    await mark_missed(now=clock.at)
    assert await status(cast, visit) == "missed"
