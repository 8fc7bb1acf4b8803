"""A dead man was paid for 17 months because visitors met his brother: who was not identified was not visited."""

from core.ids import new_id
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, log, normal, not_met, row, slot, status
from visits.actions import amend, audit_people, mark_missed


async def test_a_visitor_who_met_somebody_leaves_the_visit_open_for_call_back(cast: Cast) -> None:
    visit = await slot(cast)
    answer = await log(cast, visit, normal(cast.now, identified_by="not_confirmed"))
    assert (answer.labels, answer.visit_status, answer.counted) == (("identity_unconfirmed",), "open", False)
    assert "未确认是本人" in answer.message
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["severity"]) == ("identity_not_confirmed", "serious")
    assert alert["subject_id"] == answer.report_id


async def test_nobody_calling_back_the_visit_is_missed_like_any_other(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, normal(cast.now, identified_by="not_confirmed"))
    await cast.phone_seen(cast.worker, cast.now + DAY)
    await mark_missed(now=cast.now + DAY)
    assert await status(cast, visit) == "missed"
    assert {alert["kind"] for alert in await alerts(cast)} == {"identity_not_confirmed", "visit_missed"}


async def test_an_unidentified_contact_answers_no_alert(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, not_met(cast.now - HOUR))
    await log(cast, visit, normal(cast.now, identified_by="not_confirmed"))
    assert [alert["status"] for alert in await alerts(cast, "door_unanswered")] == ["open"]


async def test_the_call_back_confirms_and_the_first_visit_counts(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit, normal(cast.now, identified_by="not_confirmed"))
    confirmed = normal(cast.now, identified_by="neighbour_confirmed")
    answer = await amend(
        report_id=first.report_id, amendment_id=new_id(), report=confirmed, by=cast.specialist, now=cast.now + DAY
    )
    assert (await row(cast, visit))["report_id"] == answer.report_id
    assert [(alert["kind"], alert["status"]) for alert in await alerts(cast)] == [
        ("identity_not_confirmed", "resolved")
    ]


async def test_a_later_visit_that_identifies_the_person_answers_it(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, normal(cast.now, identified_by="not_confirmed"))
    await log(cast, visit, normal(cast.now + HOUR / 2, identified_by="id_card"), now=cast.now + HOUR / 2)
    assert await status(cast, visit) == "made"
    assert [alert["outcome"] for alert in await alerts(cast)] == ["seen_later"]


async def test_amending_a_made_visit_to_not_confirmed_takes_it_back(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    doubt = normal(cast.now, identified_by="not_confirmed")
    await amend(report_id=first.report_id, amendment_id=new_id(), report=doubt, by=cast.worker, now=cast.now + HOUR)
    assert await status(cast, visit) == "open"
    await cast.phone_seen(cast.worker, cast.now + DAY)
    await mark_missed(now=cast.now + DAY)
    assert {alert["kind"] for alert in await alerts(cast)} == {"identity_not_confirmed", "visit_missed"}


async def test_for_the_auditor_the_brother_is_no_contact(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, normal(cast.now, identified_by="not_confirmed"))
    await cast.owner.execute("UPDATE alert SET status = 'resolved', next_at = NULL, outcome = 'x', resolved_at = now()")
    assert (await audit_people(now=cast.now))["alerted"] == 1
