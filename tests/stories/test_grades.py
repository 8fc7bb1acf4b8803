"""Grades and doubts: given within seconds, and again when more speaks for a report."""

from datetime import timedelta

import pytest

from core.ids import new_id
from tests.cast import Cast
from tests.evidence import call_back_of, graded, odd, reported
from tests.visiting import HOUR, normal
from visits.actions import amend
from visits.evidence import actions
from visits.evidence.codes import code_at, step_of

MINUTE = timedelta(minutes=1)


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


async def test_a_correction_keeps_what_spoke_for_the_first_version_and_is_not_late_by_it(cast: Cast) -> None:
    first, correction = await reported(cast, identified_by="not_confirmed"), new_id()
    await actions.grade_reports(now=cast.now)
    found = await call_back_of(cast, first)
    await actions.log_call_back(
        found.id, outcome="confirmed", how="phone", note="", by=cast.district, now=cast.now + HOUR
    )
    later = cast.now + 30 * HOUR
    await amend(
        report_id=first, amendment_id=correction, report=normal(cast.now, note="补充"), by=cast.worker, now=later
    )
    await actions.grade_reports(now=later)
    assert await graded(cast, correction) == ("B", [])


async def test_what_was_corrected_is_no_second_visit_of_the_day(cast: Cast) -> None:
    """Twenty visits a day are no doubt; correcting each of them makes no forty."""
    reports = [await reported(cast, at=cast.now + number * 15 * MINUTE) for number in range(20)]
    later = cast.now + 6 * HOUR
    corrections = [new_id() for _ in reports]
    for number, (report, correction) in enumerate(zip(reports, corrections, strict=True)):
        said = normal(cast.now + number * 15 * MINUTE, note="补充")
        await amend(report_id=report, amendment_id=correction, report=said, by=cast.worker, now=later)
    await actions.grade_reports(now=later)
    assert [await graded(cast, one) for one in corrections] == [("D", [])] * 20
    assert await cast.owner.fetchval("SELECT count(*) FROM grade") == 20


@pytest.mark.parametrize(("alone", "doubts"), [(False, []), (True, ["two_places_at_once"])])
async def test_a_couple_visited_together_raises_no_doubt(cast: Cast, alone: bool, doubts: list[str]) -> None:
    wife, husband = await cast.recipient(living_alone=alone), await cast.recipient(living_alone=alone)
    first, second = await reported(cast, wife), await reported(cast, husband, at=cast.now + MINUTE)
    await actions.grade_reports(now=cast.now + HOUR)
    assert await graded(cast, first) == await graded(cast, second) == ("D", doubts)
