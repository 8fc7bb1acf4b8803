"""The sweep: nothing overdue is passed over, whatever the phone says, and each miss is told once."""

from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.ids import new_id
from recipients import actions as register
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, journal, log, normal, row, slot, status
from visits.actions import mark_missed
from visits.lifecycle import Visit
from visits.lifecycle import judge as judged


async def test_a_visit_nobody_made_is_missed_and_its_worker_is_named(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)
    counts = await mark_missed(now=cast.now)
    assert counts == Counter(claimed=1, missed=1, known_missed=0)
    found = await row(cast, visit)
    assert (found["status"], found["judged_at"], found["phone_last_seen_at"]) == ("missed", cast.now, cast.now)
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["status"], alert["severity"]) == ("visit_missed", "open", "serious")
    assert (alert["subject_id"], alert["owner_id"]) == (visit, cast.worker.id)
    assert alert["occurrence"] == f"visit_missed:{visit}"
    assert await journal(cast, visit) == ["visit.missed"]


async def test_sweeping_again_changes_nothing(cast: Cast) -> None:
    await slot(cast, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    assert await mark_missed(now=cast.now + HOUR) == Counter(claimed=0, known_missed=0)
    assert len(await alerts(cast)) == 1


async def test_a_visit_within_its_grace_is_left_alone(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR, grace=2 * HOUR)
    assert (await mark_missed(now=cast.now))["claimed"] == 0
    assert (await mark_missed(now=cast.now + HOUR))["missed"] == 1
    assert await status(cast, visit) == "missed"


async def test_whatever_was_down_for_days_the_next_sweep_finds_it(cast: Cast) -> None:
    visits = [await slot(cast, due_at=cast.now - days * DAY) for days in range(1, 8)]
    counts = [(await mark_missed(now=cast.now, limit=3))["claimed"] for _ in range(4)]
    assert counts == [3, 3, 1, 0]
    assert {alert["subject_id"] for alert in await alerts(cast, "visit_missed")} == set(visits)


@pytest.mark.parametrize("risk", ["high", "general"])
async def test_a_silent_phone_means_not_known_and_alerts_as_gravely(cast: Cast, risk: str) -> None:
    silent = await slot(cast, due_at=cast.now - HOUR, risk=risk)
    heard = await slot(cast, due_at=cast.now - HOUR, risk=risk, worker_id=cast.foreign_worker.id)
    seen_at = cast.now - 26 * HOUR
    await cast.phone_seen(cast.worker, seen_at)
    await mark_missed(now=cast.now)
    assert (await status(cast, silent), await status(cast, heard)) == ("not_known", "missed")
    told = {alert["subject_id"]: alert for alert in await alerts(cast)}
    assert told[silent]["kind"] == "visit_not_known"
    assert told[silent]["severity"] == told[heard]["severity"]
    assert told[silent]["facts"]["phone_last_seen_at"] == seen_at.isoformat().replace("+00:00", "Z")
    assert await journal(cast, silent) == ["visit.not_known"]


async def test_a_phone_that_speaks_without_a_report_turns_not_known_into_missed(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)
    await cast.phone_seen(cast.worker, cast.now - 26 * HOUR)
    await mark_missed(now=cast.now)
    assert (await mark_missed(now=cast.now + HOUR))["known_missed"] == 0
    await cast.phone_seen(cast.worker, cast.now + 2 * HOUR)
    assert (await mark_missed(now=cast.now + 2 * HOUR))["known_missed"] == 1
    found = await row(cast, visit)
    assert (found["status"], found["phone_last_seen_at"]) == ("missed", cast.now + 2 * HOUR)
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["status"]) == ("visit_not_known", "open")
    assert await journal(cast, visit) == ["visit.not_known", "visit.known_missed"]


async def test_a_worker_without_a_phone_sends_nothing_late_by_it(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR, worker_id=cast.specialist.id)
    nobodys = await slot(cast, due_at=cast.now - HOUR, worker_id=None)
    await mark_missed(now=cast.now)
    assert (await status(cast, visit), await status(cast, nobodys)) == ("missed", "missed")


async def absent(cast: Cast, recipient: UUID, *, confirmed: bool, days: float = 5) -> None:
    stored = await register.report_absence(
        recipient,
        kind="in_hospital",
        starts_at=cast.now,
        ends_at=cast.now + days * DAY,
        whereabouts=None,
        by=cast.worker,
        now=cast.now,
    )
    if confirmed:
        await register.confirm_absence(stored.absence.id, how="relative", by=cast.specialist, now=cast.now)


async def test_a_confirmed_absence_excuses_and_alerts_nobody(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await slot(cast, recipient)
    await absent(cast, recipient, confirmed=True)
    await mark_missed(now=cast.now + 2 * HOUR)
    assert await status(cast, visit) == "excused"
    assert await alerts(cast) == []
    assert await journal(cast, visit) == ["visit.excused"]


async def test_an_absence_nobody_confirmed_does_not_silence_anything(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await slot(cast, recipient)
    await absent(cast, recipient, confirmed=False)
    await cast.phone_seen(cast.worker, cast.now + 2 * HOUR)
    await mark_missed(now=cast.now + 2 * HOUR)
    assert await status(cast, visit) == "missed"


async def test_an_absence_that_has_run_out_silences_nothing(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await slot(cast, recipient, due_at=cast.now + 3 * DAY)
    await absent(cast, recipient, confirmed=True, days=2)
    await cast.phone_seen(cast.worker, cast.now + 4 * DAY)
    await mark_missed(now=cast.now + 4 * DAY)
    assert await status(cast, visit) == "missed"


async def test_a_return_check_not_done_is_an_alert_of_its_own(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR, reason="return_check")
    await mark_missed(now=cast.now)
    assert [(alert["kind"], alert["subject_id"]) for alert in await alerts(cast)] == [("return_check", visit)]


async def test_a_death_confirmed_before_the_sweep_cancels_what_is_open(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await slot(cast, recipient, due_at=cast.now - HOUR)
    change = await register.propose_standing(
        recipient, standing_after="died", happened_on=date(2026, 3, 1), reason="证明", by=cast.worker, now=cast.now
    )
    await register.confirm_standing(change.id, by=cast.specialist, now=cast.now)
    await mark_missed(now=cast.now)
    found = await row(cast, visit)
    assert (found["status"], found["closed_reason"]) == ("cancelled", "died")
    assert await alerts(cast) == []


async def test_a_death_only_proposed_cancels_nothing(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await slot(cast, recipient, due_at=cast.now - HOUR)
    await register.propose_standing(
        recipient, standing_after="died", happened_on=date(2026, 3, 1), reason="听说", by=cast.worker, now=cast.now
    )
    await mark_missed(now=cast.now)
    assert await status(cast, visit) == "missed"


async def test_a_visit_made_in_time_is_never_missed(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit)
    assert (await mark_missed(now=cast.now + DAY))["claimed"] == 0
    assert await status(cast, visit) == "made"


async def test_missing_two_visits_of_one_person_is_two_alerts(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    for days in (8, 1):
        await slot(cast, recipient, due_at=cast.now - days * DAY)
    await mark_missed(now=cast.now)
    assert len(await alerts(cast, "visit_missed")) == 2


async def test_a_visit_of_another_district_climbs_by_its_own_policy(cast: Cast) -> None:
    await cast.owner.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, issued_at)"
        """ VALUES ($1, $2, 2, '津宁民〔2026〕3号', '2026-03-01',"""
        """ '{"alerts": {"severity": {"visit_missed": {"high": "critical"}}}}', $3)""",
        new_id(),
        cast.district_area,
        cast.now,
    )
    await slot(cast, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    assert [alert["severity"] for alert in await alerts(cast)] == ["critical"]


async def test_one_poisoned_row_stops_nobody_else(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    visits = [await slot(cast, due_at=cast.now - HOUR) for _ in range(7)]
    bad = visits[3]

    def judge(visit: Visit, **known: Any) -> Any:
        if visit.id == bad:
            raise ValueError("cannot be judged")
        return judged(visit, **known)

    monkeypatch.setattr("visits.actions.sweeping.judge", judge)
    counts = await mark_missed(now=cast.now)
    assert (counts["claimed"], counts["missed"], counts["quarantined"]) == (7, 6, 1)
    assert {alert["subject_id"] for alert in await alerts(cast, "visit_missed")} == set(visits) - {bad}
    (set_aside,) = await alerts(cast, "quarantined")
    assert (set_aside["subject_id"], set_aside["severity"]) == (bad, "critical")

    assert (await mark_missed(now=cast.now + timedelta(minutes=1)))["claimed"] == 0
    assert (await mark_missed(now=cast.now + timedelta(minutes=16)))["quarantined"] == 1
    assert (await mark_missed(now=cast.now + timedelta(minutes=20)))["claimed"] == 0

    monkeypatch.undo()
    assert (await mark_missed(now=cast.now + timedelta(minutes=40)))["missed"] == 1
    assert (await alerts(cast, "quarantined"))[0]["outcome"] == "released"


async def test_a_fault_of_the_machine_is_nobodys_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)

    async def no_grant(*_: Any, **__: Any) -> Any:
        raise OSError("the connection is gone")

    monkeypatch.setattr("visits.actions.sweeping.open_alerts_today", no_grant)
    with pytest.raises(OSError, match="gone"):
        await mark_missed(now=cast.now)
    assert await status(cast, visit) == "open"
    assert await cast.owner.fetchval("SELECT count(*) FROM quarantined") == 0


async def test_judgement_alert_and_journal_are_stored_together_or_not_at_all(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)

    async def fails(*_: Any, **__: Any) -> Any:
        raise OSError("killed between the statements")

    monkeypatch.setattr("visits.actions.sweeping._mark_known_missed", fails)
    with pytest.raises(OSError, match="killed"):
        await mark_missed(now=cast.now)
    assert (await status(cast, visit), await alerts(cast), await journal(cast, visit)) == ("open", [], [])


async def test_evidence_within_the_window_arriving_before_the_sweep_is_in_time(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now - HOUR)
    answer = await log(cast, visit, normal(cast.now - 2 * HOUR))
    assert (answer.visit_status, answer.counted) == ("made", True)
    assert (await mark_missed(now=cast.now))["claimed"] == 0
