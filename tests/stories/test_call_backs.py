"""Call-backs: drawn after the fact by a seed that is kept, asked by somebody apart, and never left lying."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from accounts.actions import issue_policy
from core.clock import local_day
from core.ids import new_id
from tests.caring import agreement, caregiver, insert
from tests.cast import Cast
from tests.evidence import call_back_of, graded, odd, reported
from tests.visiting import DAY, HOUR, alerts, journal, log, normal, slot
from visits.actions import amend
from visits.evidence import actions
from visits.evidence.refusals import (
    AssigneeUnfit,
    CallBackDone,
    CallBackNotFound,
    CallBackOfSomebodyElse,
    VisitorCallsBack,
)
from visits.evidence.sampling import drawn

FEBRUARY = datetime(2026, 2, 10, 2, tzinfo=UTC)


async def in_february(cast: Cast, *, hours: int = 0) -> UUID:
    """A report that reached the server in February."""
    at, report = FEBRUARY + hours * HOUR, new_id()
    await log(cast, await slot(cast, due_at=at + HOUR), normal(at), now=at, report_id=report)
    return report


async def test_last_months_share_is_drawn_once_and_can_be_drawn_again_from_its_seed(cast: Cast) -> None:
    reports = [await in_february(cast, hours=5 * number) for number in range(21)]
    counts = await actions.draw_samples(now=cast.now)
    assert (counts["draws"], counts["drawn"]) == (1, 2)
    draw = await cast.owner.fetchrow("SELECT * FROM sample_draw")
    assert draw and (draw["population"], draw["drawn"], draw["area_id"]) == (21, 2, cast.township)
    rows = await cast.owner.fetch("SELECT report_id, why FROM call_back")
    assert {row["report_id"] for row in rows} == set(drawn(reports, seed=draw["seed"], percent=5))
    assert {row["why"] for row in rows} == {"sample"}
    assert await journal(cast, draw["id"]) == ["sample.drawn"]
    assert (await actions.draw_samples(now=cast.now + HOUR))["draws"] == 0


async def test_a_confirmed_visit_is_a_b_and_nobody_is_told(cast: Cast) -> None:
    found = await odd(cast)
    done = await actions.log_call_back(
        found.id, outcome="confirmed", how="phone", note="本人接听", by=cast.district, now=cast.now
    )
    assert (done.outcome, done.done_by) == ("confirmed", cast.district.id)
    await actions.grade_reports(now=cast.now)
    assert (await graded(cast, found.report_id))[0] == "B"
    assert await alerts(cast, "visit_doubted") == []


@pytest.mark.parametrize("outcome", ["denied", "unreachable"])
async def test_a_denied_visit_or_somebody_nobody_reaches_is_an_alert(cast: Cast, outcome: Any) -> None:
    found = await odd(cast)
    for _ in range(2):
        await actions.log_call_back(
            found.id, outcome=outcome, how="phone", note="打了三次", by=cast.district, now=cast.now
        )
    told = await alerts(cast, "visit_doubted")
    assert [(one["subject_id"], one["recipient_id"]) for one in told] == [(found.report_id, found.recipient_id)]
    with pytest.raises(CallBackDone):
        await actions.log_call_back(found.id, outcome="confirmed", how="phone", note="", by=cast.district, now=cast.now)


async def test_neither_the_visitor_nor_their_superiors_ask(cast: Cast) -> None:
    found = await odd(cast)
    for by in (cast.worker, cast.specialist, cast.leader):
        with pytest.raises(VisitorCallsBack):
            await actions.log_call_back(found.id, outcome="confirmed", how="phone", note="", by=by, now=cast.now)
        with pytest.raises(AssigneeUnfit):
            await actions.reassign(found.id, to=by.id, by=cast.district, now=cast.now)
    with pytest.raises(AssigneeUnfit):
        await actions.reassign(found.id, to=cast.foreign_worker.id, by=cast.district, now=cast.now)
    with pytest.raises(CallBackNotFound):
        await actions.log_call_back(
            found.id, outcome="confirmed", how="phone", note="", by=cast.foreign_specialist, now=cast.now
        )


async def test_a_call_back_nobody_makes_is_told_until_it_is_made(cast: Cast) -> None:
    found = await odd(cast)
    late = cast.now + 8 * DAY
    assert (await actions.draw_samples(now=late))["overdue"] == 1
    assert (await actions.draw_samples(now=late))["overdue"] == 0
    assert [one["owner_id"] for one in await alerts(cast, "call_back_overdue")] == [cast.district.id]
    await actions.log_call_back(found.id, outcome="confirmed", how="phone", note="", by=cast.district, now=late)
    assert [one["status"] for one in await alerts(cast, "call_back_overdue")] == ["resolved"]


async def complained(cast: Cast) -> UUID:
    """The id of a report, an hour before somebody complained that nobody comes."""
    recipient = await cast.recipient()
    report = await reported(cast, recipient)
    row = {
        "id": new_id(),
        "recipient_id": recipient,
        "area_id": cast.village,
        "district_id": cast.district_area,
        "source": "complaint",
        "severity": "general",
        "block": "care",
        "what": "没有人来",
        "found_at": cast.now + HOUR,
        "recorded_at": cast.now + HOUR,
    }
    await insert(cast.owner, "hazard", row)
    return report


async def test_a_complaint_is_asked_about(cast: Cast) -> None:
    report = await complained(cast)
    assert (await actions.draw_samples(now=cast.now + 2 * HOUR))["complaints"] == 1
    assert (await call_back_of(cast, report)).why == "complaint"


async def test_nobody_on_the_caregivers_side_asks_under_another_registration_either(cast: Cast) -> None:
    found = await odd(cast)
    index = b"one person, registered twice"
    first = await caregiver(cast, id_index=index, id_sealed=b"x")
    again = await caregiver(cast, area_id=cast.foreign_village, id_index=index, id_sealed=b"x")
    await agreement(cast, found.recipient_id, first)
    await insert(
        cast.owner,
        "relation",
        {
            "id": new_id(),
            "caregiver_id": again,
            "area_id": cast.foreign_village,
            "account_id": cast.district.id,
            "kind": "sibling",
            "declared_by": cast.foreign_specialist.id,
            "declared_at": cast.now,
        },
    )
    with pytest.raises(VisitorCallsBack):
        await actions.log_call_back(found.id, outcome="confirmed", how="phone", note="", by=cast.district, now=cast.now)
    others = await reported(cast, found.recipient_id, at=cast.now + HOUR, identified_by="not_confirmed")
    await actions.grade_reports(now=cast.now + HOUR)
    assert (await call_back_of(cast, others)).assigned_to is None


async def test_a_report_that_comes_after_the_draw_is_in_the_draw_of_the_month_it_came_in(cast: Cast) -> None:
    """Whoever keeps a phone offline until the draw is over escapes nothing."""
    await in_february(cast)
    assert (await actions.draw_samples(now=cast.now))["draws"] == 1
    late = await reported(cast, at=FEBRUARY + HOUR)
    april = cast.now + 31 * DAY
    assert (await actions.draw_samples(now=april))["draws"] == 1
    assert (await call_back_of(cast, late)).why == "sample"


async def test_a_month_the_job_slept_through_is_drawn_all_the_same(cast: Cast) -> None:
    report = await in_february(cast)
    assert (await actions.draw_samples(now=cast.now + 40 * DAY))["draws"] == 1
    assert (await call_back_of(cast, report)).why == "sample"


async def test_nothing_is_drawn_before_the_month_is_over(cast: Cast) -> None:
    await in_february(cast)
    last_minute = datetime(2026, 2, 28, 15, 59, tzinfo=UTC)
    for still in (last_minute, last_minute + HOUR):
        assert (await actions.draw_samples(now=still))["draws"] == 0
    assert (await actions.draw_samples(now=last_minute + 2 * HOUR))["draws"] == 1


async def test_a_report_that_could_not_be_graded_is_drawn_too_and_a_corrected_one_once(cast: Cast) -> None:
    report = await in_february(cast)
    correction = new_id()
    await amend(
        report_id=report,
        amendment_id=correction,
        report=normal(FEBRUARY, note="补充"),
        by=cast.worker,
        now=FEBRUARY + HOUR,
    )
    assert (await actions.draw_samples(now=cast.now))["drawn"] == 1
    assert (await call_back_of(cast, correction)).why == "sample"


async def test_a_call_back_is_answered_by_whom_it_was_given_to_or_the_districts_office(cast: Cast) -> None:
    found = await odd(cast, by=cast.specialist)
    said: dict[str, Any] = {"outcome": "confirmed", "how": "phone", "note": "", "now": cast.now}
    with pytest.raises(CallBackOfSomebodyElse):
        await actions.log_call_back(found.id, by=cast.worker, **said)
    await actions.reassign(found.id, to=cast.worker.id, by=cast.district, now=cast.now)
    assert (await actions.log_call_back(found.id, by=cast.worker, **said)).done_by == cast.worker.id


async def test_what_lies_with_somebody_who_left_is_handed_on_or_told_at_once(cast: Cast) -> None:
    found = await odd(cast)
    await cast.owner.execute("UPDATE account SET status = 'ended' WHERE id = $1", cast.district.id)
    counts = await actions.draw_samples(now=cast.now)
    assert (counts["handed_on"], counts["overdue"]) == (0, 1)
    assert (await call_back_of(cast, found.report_id)).assigned_to is None
    assert [one["owner_id"] for one in await alerts(cast, "call_back_overdue")] == [None]
    await cast.owner.execute("UPDATE account SET status = 'active' WHERE id = $1", cast.district.id)
    assert (await actions.draw_samples(now=cast.now))["handed_on"] == 1
    assert (await call_back_of(cast, found.report_id)).assigned_to == cast.district.id
    assert (await actions.draw_samples(now=cast.now))["handed_on"] == 0
    assert await journal(cast, found.id) == ["call_back.assigned"]


async def test_a_district_may_leave_complaints_to_the_sample(cast: Cast) -> None:
    await complained(cast)
    await issue_policy(
        document_number="津宁民发〔2026〕3号",
        effective_on=local_day(cast.now),
        changes={"sampling": {"every_complaint": False}},
        note="",
        by=cast.district,
        now=cast.now,
    )
    assert (await actions.draw_samples(now=cast.now + 2 * HOUR))["complaints"] == 0
