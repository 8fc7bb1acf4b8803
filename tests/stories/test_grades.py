"""Grades, doubts and call-backs: given within seconds, drawn after the fact, asked by somebody apart."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from core import db
from core.ids import new_id
from tests.caring import agreement, caregiver, insert
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, journal, log, normal, slot
from visits.evidence import actions
from visits.evidence.codes import code_at, step_of
from visits.evidence.queries import calling_back as queries
from visits.evidence.queries.calling_back import CallBack
from visits.evidence.refusals import AssigneeUnfit, CallBackDone, CallBackNotFound, VisitorCallsBack
from visits.evidence.sampling import drawn

MINUTE = timedelta(minutes=1)


async def reported(cast: Cast, recipient: UUID | None = None, *, at: datetime | None = None, **said: Any) -> UUID:
    """The id of a report made now by the worker at a home of its own, unless said otherwise."""
    made_at = at or cast.now
    visit, report = await slot(cast, recipient, due_at=made_at + HOUR), new_id()
    await log(cast, visit, normal(made_at, **said), now=max(made_at, cast.now), report_id=report)
    return report


async def graded(cast: Cast, report: UUID) -> tuple[str, list[str]]:
    """The grade of a report, and its doubts."""
    row = await cast.owner.fetchrow("SELECT grade, flags FROM grade WHERE id = $1", report)
    assert row
    return row["grade"], [one["flag"] for one in msgspec.json.decode(row["flags"])]


async def call_back_of(cast: Cast, report: UUID) -> CallBack:
    call_back_id = await cast.owner.fetchval("SELECT id FROM call_back WHERE report_id = $1", report)
    async with db.transaction(cast.district.scope):
        found = await queries.hold_call_back(call_back_id)
    assert found
    return found


async def odd(cast: Cast) -> CallBack:
    """A call-back about a visit at which the visitor did not make sure whom they met."""
    report = await reported(cast, identified_by="not_confirmed")
    await actions.grade_reports(now=cast.now)
    return await call_back_of(cast, report)


async def test_a_report_is_a_claim_until_something_speaks_for_it(cast: Cast) -> None:
    recipient = await cast.recipient()
    report = await reported(cast, recipient)
    assert (await actions.grade_reports(now=cast.now))["graded"] == 1
    assert await graded(cast, report) == ("D", [])
    visit = await cast.owner.fetchval("SELECT visit FROM visit_report WHERE id = $1", report)
    token = await actions.issue_token(recipient, kind="totp", label="", by=cast.specialist, now=cast.now)
    for moment, at in (("start", cast.now), ("end", cast.now + 4 * MINUTE)):
        await actions.use_code(
            visit,
            new_id(),
            code=code_at(token.token, step_of(at)),
            moment=moment,  # type: ignore[arg-type]
            claimed_at=at,
            by=cast.worker,
            device_id=None,
            now=cast.now,
        )
        await actions.grade_reports(now=cast.now)
        assert (await graded(cast, report))[0] == {"start": "B", "end": "A"}[moment]
    assert (await actions.grade_reports(now=cast.now))["claimed"] == 0


async def test_a_neighbour_who_co_signs_makes_it_a_b(cast: Cast) -> None:
    report = await reported(cast, identified_by="neighbour_confirmed")
    await actions.grade_reports(now=cast.now)
    assert await graded(cast, report) == ("B", [])


async def test_whoever_met_the_brother_is_asked_about_by_the_district(cast: Cast) -> None:
    found = await odd(cast)
    assert (found.why, found.assigned_to, found.status) == ("flags", cast.district.id, "open")
    assert await graded(cast, found.report_id) == ("D", ["identity_not_confirmed"])


async def test_forty_visits_in_one_evening_are_odd_and_sampled(cast: Cast) -> None:
    """Story 4: a township writes the visits of a month in one evening."""
    cast_now = cast.now
    reports = []
    for number in range(40):
        made = cast_now - timedelta(days=1 + number % 28, minutes=7 * number)
        reports.append(await reported(cast, at=made))
    counts = await actions.grade_reports(now=cast_now)
    assert counts["graded"] == 40
    assert counts["asked_about"] == 40
    found = {flag for report in reports for flag in (await graded(cast, report))[1]}
    assert {"batch_entry", "backdated"} <= found
    labels = await cast.owner.fetch("SELECT labels FROM visit_report")
    assert all("late" in " ".join(row["labels"]) for row in labels if row["labels"])


async def test_last_months_share_is_drawn_once_and_can_be_drawn_again_from_its_seed(cast: Cast) -> None:
    february = datetime(2026, 2, 10, 2, tzinfo=UTC)
    reports = [await reported(cast, at=february + hours * 5 * HOUR) for hours in range(21)]
    await cast.owner.execute("UPDATE visit SET status = status")
    await actions.grade_reports(now=cast.now)
    await cast.owner.execute("DELETE FROM call_back")
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


async def test_a_complaint_is_asked_about(cast: Cast) -> None:
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
    marks = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await cast.owner.execute(f"INSERT INTO hazard ({', '.join(row)}) VALUES ({marks})", *row.values())
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
