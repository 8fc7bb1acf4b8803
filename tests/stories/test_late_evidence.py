"""Evidence that comes late settles the past without erasing it; what is refused or withdrawn is judged anew."""

from datetime import timedelta
from uuid import UUID

import pytest

from core.errors import Forbidden
from core.ids import new_id
from recipients import actions as register
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, journal, log, normal, not_met, row, slot, status
from visits.actions import Answer, amend, confirm_late, lay_out, mark_missed
from visits.refusals import AlreadyDecided, LateEntryRefused, NotLate, ReasonMissing, SecondPersonNeeded

LONG = 4 * DAY


async def missed(cast: Cast, *, due_ago: timedelta = HOUR, recipient: UUID | None = None) -> UUID:
    visit = await slot(cast, recipient, due_at=cast.now - due_ago)
    await mark_missed(now=cast.now)
    assert await status(cast, visit) == "missed"
    return visit


async def test_a_late_report_settles_the_visit_and_its_alert_and_the_history_stays(cast: Cast) -> None:
    visit = await missed(cast)
    made_at = cast.now - 2 * HOUR
    answer = await log(cast, visit, normal(made_at), now=cast.now + HOUR)
    found = await row(cast, visit)
    assert (found["status"], found["report_id"], found["judged_at"]) == ("made", answer.report_id, cast.now)
    assert found["closed_reason"] == "late_evidence"
    (alert,) = await alerts(cast)
    assert (alert["status"], alert["outcome"]) == ("resolved", "late_evidence")
    assert await journal(cast, visit) == ["visit.missed", "visit.logged", "visit.late_evidence"]
    evidence = await cast.owner.fetchval("SELECT evidence->>'report' FROM alert")
    assert evidence == str(answer.report_id)


async def test_six_days_in_the_hills_everything_arrives_once_and_nobody_is_punished(cast: Cast) -> None:
    visits = [await slot(cast, due_at=cast.now + days * DAY) for days in range(6)]
    await cast.phone_seen(cast.worker, cast.now - HOUR)
    back = cast.now + 6 * DAY
    await mark_missed(now=back)
    assert {await status(cast, visit) for visit in visits} == {"not_known"}
    inbox = [(visit, new_id(), normal(cast.now + days * DAY - HOUR)) for days, visit in enumerate(visits)]
    for visit, report_id, report in inbox * 2:
        await log(cast, visit, report, report_id=report_id, now=back)
    assert {await status(cast, visit) for visit in visits} == {"made"}
    assert await cast.owner.fetchval("SELECT count(*) FROM visit_report") == 6
    told = await alerts(cast, "visit_missed", "visit_not_known")
    assert len(told) == 6 and {alert["outcome"] for alert in told} == {"late_evidence"}


async def test_late_evidence_excuses_nothing_it_was_simply_made(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await slot(cast, recipient)
    absence = await register.report_absence(
        recipient,
        kind="away",
        starts_at=cast.now,
        ends_at=cast.now + 5 * DAY,
        whereabouts=None,
        by=cast.worker,
        now=cast.now,
    )
    await register.confirm_absence(absence.absence.id, how="relative", by=cast.specialist, now=cast.now)
    await mark_missed(now=cast.now + 2 * HOUR)
    assert await status(cast, visit) == "excused"
    await log(cast, visit, normal(cast.now - HOUR), now=cast.now + 3 * HOUR)
    assert await status(cast, visit) == "made"


async def test_a_contact_after_the_window_answers_the_alert_and_the_miss_stays(cast: Cast) -> None:
    visit = await missed(cast)
    later = cast.now + 2 * HOUR
    answer = await log(cast, visit, normal(later), now=later)
    assert (answer.labels, answer.counted, answer.visit_status) == (("after_window",), False, "missed")
    assert "仍按逾期登记" in answer.message
    assert await status(cast, visit) == "missed"
    (alert,) = await alerts(cast)
    assert (alert["status"], alert["outcome"]) == ("resolved", "seen_later")


async def test_a_contact_before_the_window_answers_nothing(cast: Cast) -> None:
    visit = await missed(cast)
    answer = await log(cast, visit, normal(cast.now - 4 * DAY))
    assert answer.labels == ("late", "late_to_confirm", "early")
    assert [alert["status"] for alert in await alerts(cast, "visit_missed")] == ["open"]


async def test_a_contact_too_late_for_one_visit_makes_the_next(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    visit = await missed(cast, recipient=recipient)
    following = await slot(cast, recipient, due_at=cast.now + 2 * DAY)
    later = cast.now + HOUR
    answer = await log(cast, visit, normal(later), now=later)
    assert answer.labels == ("after_window", "counts_for_another")
    assert (await status(cast, visit), await status(cast, following)) == ("missed", "made")
    assert (await row(cast, following))["report_id"] == answer.report_id
    assert await journal(cast, following) == ["visit.logged"]
    assert [alert["outcome"] for alert in await alerts(cast)] == ["seen_later"]


async def test_one_contact_answers_every_older_question_of_where_the_person_is(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    for days in (15, 8):
        await missed(cast, due_ago=days * DAY, recipient=recipient)
    visit = await slot(cast, recipient)
    await log(cast, visit, not_met(cast.now - HOUR))
    await log(cast, visit)
    assert {(alert["status"], alert["outcome"]) for alert in await alerts(cast)} == {("resolved", "seen_later")}


async def test_a_contact_that_made_nothing_does_not_silence_a_later_miss(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now + 5 * DAY)
    await log(cast, visit)
    await cast.phone_seen(cast.worker, cast.now + 6 * DAY)
    await mark_missed(now=cast.now + 6 * DAY)
    assert await status(cast, visit) == "missed"
    assert [alert["status"] for alert in await alerts(cast, "visit_missed")] == ["open"]


async def late(cast: Cast, visit: UUID) -> Answer:
    made_at = (await row(cast, visit))["due_at"] - HOUR
    return await log(cast, visit, normal(made_at), now=made_at + LONG)


async def test_an_entry_after_three_days_counts_and_waits_for_a_supervisors_word(cast: Cast) -> None:
    visit = await missed(cast)
    answer = await late(cast, visit)
    assert answer.labels == ("late", "late_to_confirm") and "须由主管确认" in answer.message
    assert await status(cast, visit) == "made"
    (entry,) = await alerts(cast, "late_entry")
    assert (entry["subject_id"], entry["status"]) == (answer.report_id, "open")
    await confirm_late(
        report_id=answer.report_id, accepted=True, reason="已电话核实", by=cast.specialist, now=cast.now + LONG
    )
    assert [alert["outcome"] for alert in await alerts(cast, "late_entry")] == ["decided"]
    assert await status(cast, visit) == "made"


async def test_a_late_entry_refused_is_judged_as_if_it_had_not_come(cast: Cast) -> None:
    visit = await missed(cast)
    answer = await late(cast, visit)
    now = cast.now + LONG
    await confirm_late(report_id=answer.report_id, accepted=False, reason="当天不在村", by=cast.specialist, now=now)
    assert await status(cast, visit) == "open"
    await cast.phone_seen(cast.worker, now)
    await mark_missed(now=now)
    assert await status(cast, visit) == "missed"
    first, again = await alerts(cast, "visit_missed")
    assert (first["outcome"], again["status"]) == ("late_evidence", "open")
    assert again["occurrence"] == f"visit_missed:{visit}:{answer.report_id}"
    history = await journal(cast, visit)
    assert history[-3:] == ["visit.reopened", "report.late_refused", "visit.missed"]


async def test_a_refused_entry_is_no_contact_and_its_author_cannot_amend_it(cast: Cast) -> None:
    visit = await missed(cast)
    answer = await late(cast, visit)
    now = cast.now + LONG
    await confirm_late(report_id=answer.report_id, accepted=False, reason="不实", by=cast.leader, now=now)
    change = normal(cast.now - HOUR)
    with pytest.raises(LateEntryRefused):
        await amend(report_id=answer.report_id, amendment_id=new_id(), report=change, by=cast.worker, now=now)
    await amend(report_id=answer.report_id, amendment_id=new_id(), report=change, by=cast.specialist, now=now)
    assert await status(cast, visit) == "made"


async def test_the_word_on_a_late_entry_is_another_persons_and_given_once(cast: Cast) -> None:
    visit = await slot(cast)
    paper = await log(cast, visit, normal(cast.now - HOUR, on_paper_by="王"), by=cast.specialist, now=cast.now + LONG)
    now = cast.now + LONG
    with pytest.raises(SecondPersonNeeded):
        await confirm_late(report_id=paper.report_id, accepted=True, reason="是", by=cast.specialist, now=now)
    with pytest.raises(Forbidden):
        await confirm_late(report_id=paper.report_id, accepted=True, reason="是", by=cast.worker, now=now)
    with pytest.raises(ReasonMissing):
        await confirm_late(report_id=paper.report_id, accepted=True, reason=" ", by=cast.leader, now=now)
    await confirm_late(report_id=paper.report_id, accepted=True, reason="是", by=cast.leader, now=now)
    with pytest.raises(AlreadyDecided):
        await confirm_late(report_id=paper.report_id, accepted=False, reason="否", by=cast.leader, now=now)


async def test_a_report_in_time_needs_no_word(cast: Cast) -> None:
    answer = await log(cast, await slot(cast))
    with pytest.raises(NotLate):
        await confirm_late(report_id=answer.report_id, accepted=True, reason="是", by=cast.specialist, now=cast.now)


async def test_amending_the_moment_asks_anew_how_late_it_came(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    moved = normal(cast.now - DAY)
    answer = await amend(
        report_id=first.report_id, amendment_id=new_id(), report=moved, by=cast.worker, now=cast.now + LONG
    )
    assert answer.labels == ("late", "late_to_confirm", "amendment")
    assert [alert["subject_id"] for alert in await alerts(cast, "late_entry")] == [answer.report_id]


async def test_amending_the_words_of_an_old_report_is_not_late(cast: Cast) -> None:
    first = await log(cast, await slot(cast))
    same_moment = normal(cast.now, note="补充：子女周末回来")
    answer = await amend(
        report_id=first.report_id, amendment_id=new_id(), report=same_moment, by=cast.worker, now=cast.now + LONG
    )
    assert answer.labels == ("amendment",) and await alerts(cast) == []


async def test_seeing_the_person_makes_the_return_check_and_marks_the_absence(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    absence = await register.report_absence(
        recipient,
        kind="away",
        starts_at=cast.now,
        ends_at=cast.now + DAY,
        whereabouts=None,
        by=cast.worker,
        now=cast.now,
    )
    await register.confirm_absence(absence.absence.id, how="relative", by=cast.specialist, now=cast.now)
    back = cast.now + DAY + HOUR
    await lay_out(now=back)
    check = await cast.owner.fetchval("SELECT id FROM visit WHERE reason = 'return_check'")
    visit = await slot(cast, recipient, due_at=back + HOUR)
    answer = await log(cast, visit, normal(back), now=back)
    assert (await status(cast, check), await status(cast, visit)) == ("made", "made")
    assert (await row(cast, check))["report_id"] == answer.report_id
    assert await cast.owner.fetchval("SELECT return_checked_at FROM absence") == back
    await lay_out(now=back + DAY)
    assert await cast.owner.fetchval("SELECT count(*) FROM visit WHERE reason = 'return_check'") == 1
