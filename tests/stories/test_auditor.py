"""The auditor starts from people: whatever plans and slots say, nobody goes unseen without somebody being told."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.ids import new_id
from recipients import actions as register
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, journal, log, normal, slot
from visits.actions import Answer, audit_people, confirm_late, lay_out, mark_missed

LONG_AGO = 60 * DAY


async def person(cast: Cast, **columns: Any) -> UUID:
    """At high risk, registered 90 days ago: the limit is 7 + 3 + 0 days, and one for the turn of the day."""
    return await cast.recipient(risk="high", **columns)


async def seen(cast: Cast, recipient: UUID, at: datetime) -> Answer:
    visit = await slot(cast, recipient, due_at=at + HOUR)
    return await log(cast, visit, normal(at), now=at)


async def test_a_person_without_plan_slot_or_contact_is_alerted(cast: Cast) -> None:
    recipient = await person(cast)
    counts = await audit_people(now=cast.now)
    assert (counts["unseen"], counts["alerted"], counts["forgotten"]) == (1, 1, 0)
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["severity"], alert["recipient_id"]) == ("no_contact", "critical", recipient)
    assert (alert["subject_id"], alert["owner_id"]) == (recipient, cast.worker.id)
    assert alert["occurrence"] == f"no_contact:{recipient}:2026-03-02"


async def test_auditing_again_alerts_once_while_the_alert_is_moving(cast: Cast) -> None:
    await person(cast)
    for minutes in range(2):
        counts = await audit_people(now=cast.now + timedelta(minutes=minutes))
    assert (counts["alerted"], counts["forgotten"], len(await alerts(cast))) == (0, 0, 1)


async def test_slots_that_were_never_laid_do_not_blind_it(cast: Cast) -> None:
    recipient = await person(cast)
    await lay_out(now=cast.now - LONG_AGO)
    await cast.owner.execute("UPDATE visit SET status = 'cancelled'")
    assert (await mark_missed(now=cast.now))["claimed"] == 0
    await audit_people(now=cast.now)
    assert [alert["recipient_id"] for alert in await alerts(cast, "no_contact")] == [recipient]


async def test_whoever_was_seen_within_the_limit_is_left_alone(cast: Cast) -> None:
    recipient = await person(cast)
    await seen(cast, recipient, cast.now - 10 * DAY)
    assert (await audit_people(now=cast.now))["unseen"] == 0
    assert (await audit_people(now=cast.now + 2 * DAY))["alerted"] == 1


async def test_the_limit_is_the_policys_for_the_risk(cast: Cast) -> None:
    recipient = await cast.recipient(risk="general")
    await seen(cast, recipient, cast.now - 40 * DAY)
    assert (await audit_people(now=cast.now))["unseen"] == 0
    assert (await audit_people(now=cast.now + 2 * DAY))["alerted"] == 1


async def test_whoever_is_new_on_the_register_has_the_time_of_one_interval(cast: Cast) -> None:
    await person(cast, created_at=cast.now - 10 * DAY)
    assert (await audit_people(now=cast.now))["unseen"] == 0
    assert (await audit_people(now=cast.now + 2 * DAY))["alerted"] == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"standing": "died"},
        {"standing": "moved_to_collective"},
        {"standing": "eligibility_ended"},
        {"support_mode": "collective"},
    ],
)
async def test_who_is_not_visited_is_not_asked_for(cast: Cast, columns: dict[str, Any]) -> None:
    await person(cast, **columns)
    assert (await audit_people(now=cast.now))["unseen"] == 0


async def test_in_hospital_is_not_seen(cast: Cast) -> None:
    await person(cast, standing="in_hospital")
    assert (await audit_people(now=cast.now))["alerted"] == 1


async def test_an_alert_that_moves_is_enough_and_one_that_stands_still_is_not(cast: Cast) -> None:
    recipient = await person(cast)
    await slot(cast, recipient, due_at=cast.now - HOUR)
    await mark_missed(now=cast.now)
    counts = await audit_people(now=cast.now + timedelta(minutes=1))
    assert (counts["unseen"], counts["alerted"]) == (1, 0)
    counts = await audit_people(now=cast.now + timedelta(minutes=3))
    assert (counts["alerted"], counts["forgotten"]) == (1, 0)


async def test_an_alert_about_something_else_is_not_enough(cast: Cast) -> None:
    recipient = await person(cast)
    await seen(cast, recipient, cast.now - 20 * DAY)
    await cast.owner.execute(
        "INSERT INTO alert (id, occurrence, kind, severity, status, area_id, district_id, recipient_id, ladder,"
        " opened_at, next_at) VALUES ($1, 'x', 'late_entry', 'general', 'open', $2, $3, $4, '{}', $5, $5)",
        new_id(),
        cast.village,
        cast.district_area,
        recipient,
        cast.now + DAY,
    )
    assert (await audit_people(now=cast.now))["alerted"] == 1


async def absent(cast: Cast, recipient: UUID, *, confirmed: bool) -> UUID:
    stored = await register.report_absence(
        recipient,
        kind="away",
        starts_at=cast.now,
        ends_at=cast.now + 5 * DAY,
        whereabouts=None,
        by=cast.worker,
        now=cast.now,
    )
    if confirmed:
        await register.confirm_absence(stored.absence.id, how="relative", by=cast.specialist, now=cast.now)
    return stored.absence.id


async def test_a_confirmed_absence_silences_until_the_return_check_is_due(cast: Cast) -> None:
    recipient = await person(cast)
    await absent(cast, recipient, confirmed=True)
    for after in (HOUR, 4 * DAY, 5 * DAY + 23 * HOUR):
        assert (await audit_people(now=cast.now + after))["alerted"] == 0
    assert (await audit_people(now=cast.now + 6 * DAY + HOUR))["alerted"] == 1


async def test_an_absence_nobody_confirmed_silences_nothing(cast: Cast) -> None:
    await absent(cast, await person(cast), confirmed=False)
    assert (await audit_people(now=cast.now + HOUR))["alerted"] == 1


async def test_a_refused_late_entry_is_no_contact(cast: Cast) -> None:
    recipient = await person(cast)
    visit = await slot(cast, recipient, due_at=cast.now - 4 * DAY)
    answer = await log(cast, visit, normal(cast.now - 5 * DAY))
    assert (await audit_people(now=cast.now))["unseen"] == 0
    await confirm_late(report_id=answer.report_id, accepted=False, reason="不实", by=cast.specialist, now=cast.now)
    assert (await audit_people(now=cast.now))["alerted"] == 1


async def test_a_contact_answers_the_alert(cast: Cast) -> None:
    recipient = await person(cast)
    await audit_people(now=cast.now)
    await log(cast, await slot(cast, recipient))
    assert [(alert["status"], alert["outcome"]) for alert in await alerts(cast)] == [("resolved", "seen_later")]


async def test_a_contact_and_an_alert_that_crossed_find_each_other(cast: Cast) -> None:
    recipient = await person(cast)
    await audit_people(now=cast.now)
    await cast.owner.execute("UPDATE alert SET recipient_id = NULL")
    await log(cast, await slot(cast, recipient))
    await cast.owner.execute("UPDATE alert SET recipient_id = $1", recipient)
    assert [alert["status"] for alert in await alerts(cast)] == ["open"]
    assert (await audit_people(now=cast.now + timedelta(minutes=1)))["settled"] == 1
    assert [(alert["status"], alert["outcome"]) for alert in await alerts(cast)] == [("resolved", "seen_later")]


async def test_a_humans_word_holds_for_a_day_and_no_longer(cast: Cast) -> None:
    await person(cast)
    await audit_people(now=cast.now)
    await cast.owner.execute(
        "UPDATE alert SET status = 'resolved', next_at = NULL, outcome = 'met', resolved_at = $1, resolved_by = $2",
        cast.now + HOUR,
        cast.specialist.id,
    )
    counts = await audit_people(now=cast.now + 2 * HOUR)
    assert (counts["alerted"], counts["forgotten"]) == (0, 0)
    assert (await audit_people(now=cast.now + 26 * HOUR))["alerted"] == 1
    assert len(await alerts(cast, "no_contact")) == 2


async def test_where_no_alert_comes_to_be_the_person_is_counted_as_forgotten(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = await person(cast)

    async def opens_nothing(*_: Any, **__: Any) -> int:
        return 0

    monkeypatch.setattr("visits.actions.auditing.open_alerts_today", opens_nothing)
    assert (await audit_people(now=cast.now))["forgotten"] == 1
    assert await journal(cast, recipient) == ["person.forgotten"]


async def test_a_plan_kept_in_every_slot_never_wakes_it(cast: Cast) -> None:
    recipient = await person(cast, created_at=cast.now - DAY)
    await lay_out(now=cast.now)
    for weeks in range(1, 7):
        now = cast.now + weeks * 7 * DAY
        due = await cast.owner.fetchrow(
            "SELECT id, due_at FROM visit WHERE recipient_id = $1 AND status = 'open' ORDER BY due_at LIMIT 1",
            recipient,
        )
        assert due
        await log(cast, due["id"], normal(due["due_at"]), now=due["due_at"])
        await lay_out(now=now)
        assert (await audit_people(now=due["due_at"] + 6 * DAY))["unseen"] == 0
