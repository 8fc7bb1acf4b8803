"""Several sweeps, several phones and the layout at once, with real commits: nothing lost, nothing doubled."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from alerts.actions import open_alerts_today
from core.ids import new_id
from tests.cast import Cast
from tests.racing import Gate, waits_for_a_lock
from tests.visiting import DAY, HOUR, alerts, log, normal, not_met, slot, status
from visits.actions import lay_out, mark_missed, sweeping
from visits.queries import reporting
from visits.refusals import VisitCancelled

SWEEPERS = 4


async def sweep_all(cast: Cast, limit: int) -> int:
    claimed = 0
    while found := (await mark_missed(now=cast.now, limit=limit))["claimed"]:
        claimed += found
        await asyncio.sleep(0)
    return claimed


async def test_several_sweeps_share_the_overdue_and_each_visit_alerts_once(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visits = [
        await slot(cast, recipient, due_at=cast.now - minutes * timedelta(minutes=1)) for minutes in range(1, 121)
    ]
    claimed = await asyncio.gather(*(sweep_all(cast, 7) for _ in range(SWEEPERS)))
    assert sum(claimed) == len(visits)
    assert Counter(alert["subject_id"] for alert in await alerts(cast)) == Counter(visits)
    written = await cast.owner.fetch("SELECT subject_id FROM journal WHERE kind = 'visit.missed'")
    assert Counter(row["subject_id"] for row in written) == Counter(visits)


async def test_a_second_sweep_passes_over_what_the_first_one_holds(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    held = await slot(cast, due_at=cast.now - 2 * HOUR)
    gate = Gate(open_alerts_today)
    monkeypatch.setattr("visits.actions.sweeping.open_alerts_today", gate)
    first = asyncio.create_task(mark_missed(now=cast.now))
    await gate.arrived.wait()
    monkeypatch.undo()
    other = await slot(cast, due_at=cast.now - HOUR)
    assert (await mark_missed(now=cast.now))["claimed"] == 1
    assert (await status(cast, held), await status(cast, other)) == ("open", "missed")
    gate.opened.set()
    await first
    assert await status(cast, held) == "missed"
    assert Counter(alert["subject_id"] for alert in await alerts(cast)) == Counter([held, other])


async def test_a_report_that_waits_for_the_sweep_settles_the_alert_it_could_not_see(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)
    gate = Gate(sweeping._mark_known_missed)
    monkeypatch.setattr("visits.actions.sweeping._mark_known_missed", gate)
    sweep = asyncio.create_task(mark_missed(now=cast.now))
    await gate.arrived.wait()
    report = asyncio.create_task(log(cast, visit, normal(cast.now - 2 * HOUR)))
    await waits_for_a_lock(cast)
    gate.opened.set()
    await sweep
    assert (await report).visit_status == "made"
    assert await status(cast, visit) == "made"
    assert [(alert["status"], alert["outcome"]) for alert in await alerts(cast)] == [("resolved", "late_evidence")]


async def test_a_sweep_passes_over_a_visit_whose_report_is_being_stored(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)
    gate = Gate(reporting.add_reports)
    monkeypatch.setattr("visits.queries.reporting.add_reports", gate)
    report = asyncio.create_task(log(cast, visit, normal(cast.now - 2 * HOUR)))
    await gate.arrived.wait()
    assert (await mark_missed(now=cast.now))["claimed"] == 0
    gate.opened.set()
    await report
    assert (await mark_missed(now=cast.now))["claimed"] == 0
    assert (await status(cast, visit), await alerts(cast)) == ("made", [])


async def test_sweeps_and_reports_at_once_leave_every_visit_made_and_no_alert_open(cast: Cast) -> None:
    visits = [await slot(cast, due_at=cast.now - HOUR) for _ in range(60)]
    reports = [log(cast, visit, normal(cast.now - 2 * HOUR)) for visit in visits]
    await asyncio.gather(*reports[:30], sweep_all(cast, 5), *reports[30:], sweep_all(cast, 5))
    assert {await status(cast, visit) for visit in visits} == {"made"}
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == len(visits)
    assert {alert["status"] for alert in await alerts(cast)} <= {"resolved"}


async def test_a_report_sent_many_times_at_once_is_stored_once_and_answered_alike(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    answers = await asyncio.gather(*(log(cast, visit, normal(cast.now), report_id=report_id) for _ in range(8)))
    assert len(set(answers)) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM journal") == 1


async def test_two_visitors_at_once_count_once(cast: Cast) -> None:
    visit = await slot(cast)
    answers = await asyncio.gather(log(cast, visit), log(cast, visit, by=cast.specialist))
    assert sorted(answer.counted for answer in answers) == [False, True]
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 2


async def test_reports_of_one_person_addressed_to_different_visits_do_not_block_each_other(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    reasons = ("plan", "return_check", "after_change", "extra")
    visits = [await slot(cast, recipient, reason=reason) for reason in reasons]
    await asyncio.gather(*(log(cast, visit, not_met(cast.now)) for visit in visits * 3))
    await asyncio.gather(*(log(cast, visit) for visit in visits * 3))
    assert {await status(cast, visit) for visit in visits} == {"made"}


async def test_several_layouts_at_once_start_one_plan_each(cast: Cast) -> None:
    recipients = [await cast.recipient(risk="high") for _ in range(40)]
    found = await asyncio.gather(*(lay_out_all(cast) for _ in range(SWEEPERS)))
    assert sum(found) == len(recipients)
    active = await cast.owner.fetch("SELECT recipient_id FROM visit_plan WHERE ended_at IS NULL")
    assert Counter(row["recipient_id"] for row in active) == Counter(recipients)
    doubled = "SELECT FROM visit GROUP BY recipient_id, due_at HAVING count(*) > 1"
    assert await cast.owner.fetch(doubled) == []
    assert await cast.owner.fetchval("SELECT count(*) FROM quarantined") == 0


async def lay_out_all(cast: Cast) -> int:
    started = 0
    for _ in range(30):
        counts = await lay_out(now=cast.now, limit=5)
        started += counts["started"]
        await asyncio.sleep(0)
    return started


async def test_a_report_and_a_change_of_worker_at_once_lose_nothing(cast: Cast) -> None:
    recipients = [await cast.recipient(risk="high") for _ in range(12)]
    await lay_out(now=cast.now)
    for recipient in recipients:
        await cast.owner.execute("UPDATE recipient SET visit_worker_id = $2 WHERE id = $1", recipient, cast.leader.id)
    due = await cast.owner.fetch(
        "SELECT DISTINCT ON (recipient_id) id, due_at FROM visit ORDER BY recipient_id, due_at"
    )

    async def report(visit: UUID) -> str:
        try:
            return (await log(cast, visit, normal(cast.now), now=cast.now)).visit_status
        except VisitCancelled:
            return "cancelled"

    await asyncio.gather(*(report(row["id"]) for row in due), lay_out(now=cast.now + DAY), lay_out(now=cast.now + DAY))
    assert await broken(cast.owner) == []


async def broken(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    """People without exactly one plan and an open visit ahead of them, or with a made visit that lacks its report."""
    return list(
        await owner.fetch(
            "SELECT r.id FROM recipient r WHERE 1 <> (SELECT count(*) FROM visit_plan p WHERE p.recipient_id = r.id"
            "  AND p.ended_at IS NULL) OR NOT EXISTS (SELECT FROM visit v WHERE v.recipient_id = r.id"
            "  AND v.status = 'open') OR EXISTS (SELECT FROM visit v WHERE v.recipient_id = r.id AND v.status = 'made'"
            "  AND NOT EXISTS (SELECT FROM visit_report c WHERE c.id = v.report_id))"
        )
    )
