"""The fast ladder lived through: each step recorded once, shown to the next, and who was seen safe ends the alert."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account
from alerts.actions import AlertNotFound
from core import db
from core.errors import Forbidden
from core.ids import new_id
from tests.alerting import alert_row, climb_to, journal_kinds, open_one
from tests.cast import Cast
from visits.daily.actions.stepping import SECOND_PERSON, TOO_EARLY, Progress, progress, take_step
from visits.daily.emergency import Result, Step
from visits.daily.step_refusals import NoEmergency, StepIdTaken, StepTimeImpossible

MINUTE = timedelta(minutes=1)


async def dark(cast: Cast, *, kind: str = "daily_anomaly", owner: UUID | None = None, **columns: bool) -> UUID:
    """An alert about a home whose lamp stayed dark."""
    home = await cast.recipient(risk="high", **columns)
    return await open_one(
        cast, kind=kind, recipient_id=home, owner_id=owner, occurrence=f"{kind}:{home}", subject_id=new_id()
    )


async def take(
    cast: Cast,
    alert: UUID,
    step: Step,
    result: Result = "no_answer",
    *,
    by: Account | None = None,
    now: datetime | None = None,
    step_id: UUID | None = None,
    note: str = "",
) -> Progress:
    at = now or cast.now
    return await take_step(
        alert, step_id or new_id(), step=step, result=result, note=note, made_at=at, by=by or cast.worker, now=at
    )


async def test_each_step_is_visible_to_the_next_and_says_what_follows(cast: Cast) -> None:
    alert = await dark(cast)
    await take(cast, alert, "look", note="灯没亮")
    await take(cast, alert, "call")
    await take(cast, alert, "knock", now=cast.now + MINUTE)
    found = await progress(alert, by=cast.specialist, now=cast.now + 2 * MINUTE)
    assert [(one.taken.step, one.note) for one in found.steps] == [("look", "灯没亮"), ("call", ""), ("knock", "")]
    assert (found.coming.steps, found.coming.by) == (("second_person",), cast.now + 16 * MINUTE)
    assert found.names[cast.worker.id] == "王*"
    assert (await journal_kinds(cast, alert)).count("alert.step_taken") == 3


async def test_a_step_sent_again_changes_nothing_and_another_under_its_id_is_refused(cast: Cast) -> None:
    alert, other, step = await dark(cast), await dark(cast), new_id()
    for _ in range(3):
        found = await take(cast, alert, "look", step_id=step)
        assert len(found.steps) == 1
    with pytest.raises(StepIdTaken):
        await take(cast, alert, "knock", step_id=step)
    with pytest.raises(StepIdTaken):
        await take(cast, other, "look", step_id=step)
    with pytest.raises(StepIdTaken):
        await take(cast, alert, "look", step_id=step, by=cast.specialist)
    assert (await journal_kinds(cast, alert)).count("alert.step_taken") == 1


async def test_an_id_used_in_another_township_is_refused_without_telling_of_it(cast: Cast) -> None:
    alert, step = await dark(cast), new_id()
    await take(cast, alert, "look", step_id=step)
    home = await cast.recipient(area_id=cast.foreign_village)
    theirs = await open_one(
        cast, kind="daily_anomaly", recipient_id=home, area_id=cast.foreign_village, occurrence="theirs"
    )
    with pytest.raises(StepIdTaken):
        await take(cast, theirs, "look", step_id=step, by=cast.foreign_worker)


async def test_whoever_saw_the_person_safe_has_answered_the_alert(cast: Cast) -> None:
    alert, step = await dark(cast), new_id()
    await take(cast, alert, "call", "safe")
    assert (await alert_row(cast, alert))["status"] == "open", "a voice was heard, nobody was seen"
    found = await take(cast, alert, "knock", "safe", step_id=step)
    assert (found.emergency.status, found.coming.steps, found.warnings) == ("resolved", (), ())
    row = await alert_row(cast, alert)
    assert (row["outcome"], row["resolved_by"]) == ("met", cast.worker.id)
    assert str(step) in row["evidence"]
    assert (await take(cast, alert, "knock", "safe", step_id=step)).emergency.status == "resolved"
    assert len((await take(cast, alert, "look", now=cast.now + MINUTE)).steps) == 3, "what came late is kept"


async def test_having_seen_them_before_the_alarm_answers_nothing(cast: Cast) -> None:
    alert = await dark(cast)
    before = cast.now - timedelta(hours=13)
    found = await take_step(
        alert, new_id(), step="look", result="safe", note="", made_at=before, by=cast.worker, now=cast.now
    )
    assert (found.emergency.status, found.warnings) == ("open", (TOO_EARLY,))
    assert found.coming.steps[0] == "look", "it is still to be done"
    assert (await take(cast, alert, "knock", "safe", now=cast.now + MINUTE)).emergency.status == "resolved"


@pytest.mark.parametrize("owned", [True, False])
async def test_once_it_has_climbed_a_second_person_must_have_seen_them(cast: Cast, owned: bool) -> None:
    alert = await dark(cast, owner=cast.worker.id if owned else None)
    at = await climb_to(cast, alert, 2)
    await cast.owner.execute("UPDATE alert SET acknowledged_by = $2 WHERE id = $1", alert, cast.worker.id)
    found = await take(cast, alert, "knock", "safe", now=at)
    assert (found.emergency.status, found.warnings) == ("open", (SECOND_PERSON,))
    assert (await alert_row(cast, alert))["outcome"] is None
    found = await take(cast, alert, "second_person", "safe", by=cast.specialist, now=at)
    assert (found.emergency.status, found.warnings) == ("resolved", ())
    assert (await alert_row(cast, alert))["resolved_by"] == cast.specialist.id


async def test_who_took_every_step_is_no_second_person_to_themselves(cast: Cast) -> None:
    alert = await dark(cast)
    at = await climb_to(cast, alert, 2)
    await take(cast, alert, "knock", now=at)
    found = await take(cast, alert, "second_person", "safe", now=at)
    assert (found.emergency.status, found.warnings) == ("open", (SECOND_PERSON,))
    found = await take(cast, alert, "second_person", "safe", by=cast.specialist, now=at)
    assert found.emergency.status == "resolved"


async def test_a_door_opened_without_consent_is_recorded_and_told_plainly(cast: Cast) -> None:
    alert = await dark(cast, entry_consent=False)
    found = await take(cast, alert, "entered", "done")
    assert len(found.steps) == 1 and any("110" in text for text in found.warnings)
    consented = await dark(cast, entry_consent=True)
    assert (await take(cast, consented, "entered", "done")).warnings == ()


async def test_what_is_known_of_the_door_is_for_those_who_may_answer(cast: Cast) -> None:
    alert = await dark(cast, entry_consent=True)
    answering = await progress(alert, by=cast.worker, now=cast.now)
    assert answering.entry is not None and (answering.entry.keyholder, answering.entry.consent) == (False, True)
    assert (await progress(alert, by=cast.auditor, now=cast.now)).entry is None
    with pytest.raises(Forbidden):
        await take(cast, alert, "look", by=cast.auditor)


async def test_only_alerts_that_cannot_wait_have_this_ladder(cast: Cast) -> None:
    for kind in ("daily_not_observed", "door_unanswered"):
        assert (await progress(await dark(cast, kind=kind), by=cast.worker, now=cast.now)).coming.steps[0] == "look"
    with pytest.raises(NoEmergency):
        await take(cast, await dark(cast, kind="sensor_silent"), "look")


async def test_the_next_township_finds_no_such_alert(cast: Cast) -> None:
    alert = await dark(cast)
    for act in (
        take(cast, alert, "look", by=cast.foreign_worker),
        progress(alert, by=cast.foreign_specialist, now=cast.now),
    ):
        with pytest.raises(AlertNotFound):
            await act


async def test_a_step_of_another_time_is_refused(cast: Cast) -> None:
    alert = await dark(cast)
    for made_at in (cast.now + timedelta(hours=1), cast.now - timedelta(days=2)):
        with pytest.raises(StepTimeImpossible):
            await take_step(
                alert, new_id(), step="look", result="done", note="", made_at=made_at, by=cast.worker, now=cast.now
            )


async def test_a_step_is_never_altered(cast: Cast) -> None:
    await take(cast, await dark(cast), "look")
    for statement in ("UPDATE emergency_step SET result = 'safe'", "DELETE FROM emergency_step"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.specialist.scope):
                await db.execute(statement)
