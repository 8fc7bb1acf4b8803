"""What a visitor sends in: kept exactly once, answered the same however often it arrives, and never blocked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from core import db
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.ids import new_id
from tests.cast import Cast
from tests.visiting import DAY, HOUR, alerts, detailed, journal, log, normal, not_met, row, slot, status
from visits.actions import amend, decide_conflict, lay_out
from visits.refusals import (
    AlreadyAmended,
    AlreadyDecided,
    BeforeThePlan,
    BelongsToAnotherVisit,
    MadeAtImpossible,
    NotYourReport,
    PaperBySupervisor,
    ReportConflicts,
    ReportContradictory,
    ReportIdTaken,
    ReportNotFound,
    VisitCancelled,
    VisitNotFound,
)
from visits.report import Confidential, Hazard


async def stored(cast: Cast, report_id: UUID) -> asyncpg.Record:
    found = await cast.owner.fetchrow("SELECT * FROM visit_report WHERE id = $1", report_id)
    assert found
    return found


async def count(cast: Cast, table: str) -> int:
    return int(await cast.owner.fetchval(f"SELECT count(*) FROM {table}"))


async def test_all_normal_makes_the_visit(cast: Cast) -> None:
    visit = await slot(cast)
    answer = await log(cast, visit, normal(cast.now - timedelta(minutes=5)))
    found = await row(cast, visit)
    assert (found["status"], found["report_id"]) == ("made", answer.report_id)
    assert (answer.labels, answer.visit_status, answer.counted) == ((), "made", True)
    assert answer.message == "已记录，本次探访完成。"
    kept = await stored(cast, answer.report_id)
    assert (kept["made_at"], kept["logged_at"]) == (cast.now - timedelta(minutes=5), cast.now)
    assert (kept["by_account_id"], kept["device_id"]) == (cast.worker.id, cast.worker.device_id)
    assert await journal(cast, visit) == ["visit.logged"]


async def test_the_same_report_again_gets_the_same_answer_and_is_counted_once(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    report = normal(cast.now)
    first = await log(cast, visit, report, report_id=report_id)
    again = await log(cast, visit, report, report_id=report_id, now=cast.now + 3 * DAY)
    assert again == first
    assert await count(cast, "visit_report") == 1
    assert await journal(cast, visit) == ["visit.logged"]


async def test_the_first_answer_stays_the_answer_whatever_happened_since(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    first = await log(cast, visit, not_met(cast.now), report_id=report_id)
    await log(cast, visit, normal(cast.now + HOUR / 2), now=cast.now + HOUR / 2)
    again = await log(cast, visit, not_met(cast.now), report_id=report_id, now=cast.now + HOUR)
    assert again == first and again.visit_status == "open"


async def test_the_same_id_with_other_content_is_kept_for_a_human(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    await log(cast, visit, normal(cast.now), report_id=report_id)
    other = detailed(cast.now)
    for _ in range(2):
        with pytest.raises(ReportConflicts) as refused:
            await log(cast, visit, other, report_id=report_id, now=cast.now + HOUR)
        assert isinstance(refused.value, Conflict) and "民政专干认定" in refused.value.detail
    assert await count(cast, "report_conflict") == 1
    assert msgspec.json.decode((await stored(cast, report_id))["content"])["all_normal"] is True
    (alert,) = await alerts(cast, "conflicting_report")
    assert (alert["severity"], alert["subject_id"]) == ("general", await the_conflict(cast))
    assert await journal(cast, report_id) == ["report.conflicting"]


async def the_conflict(cast: Cast) -> UUID:
    found: UUID = await cast.owner.fetchval("SELECT id FROM report_conflict")
    return found


async def test_the_same_id_for_another_visit_is_a_conflict_too(cast: Cast) -> None:
    visit, another, report_id = await slot(cast), await slot(cast), new_id()
    await log(cast, visit, normal(cast.now), report_id=report_id)
    with pytest.raises(ReportConflicts):
        await log(cast, another, normal(cast.now), report_id=report_id)
    assert await status(cast, another) == "open"


async def test_an_id_used_where_the_caller_sees_nothing_is_only_taken(cast: Cast) -> None:
    foreign = await slot(cast, area_id=cast.foreign_village, worker_id=cast.foreign_worker.id)
    report_id = new_id()
    await log(cast, foreign, normal(cast.now), by=cast.foreign_worker, report_id=report_id)
    visit = await slot(cast)
    with pytest.raises(ReportIdTaken):
        await log(cast, visit, normal(cast.now), report_id=report_id)
    assert (await status(cast, visit), await count(cast, "report_conflict")) == ("open", 0)


async def test_keeping_what_came_first_closes_the_conflict(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    await log(cast, visit, normal(cast.now), report_id=report_id)
    with pytest.raises(ReportConflicts):
        await log(cast, visit, detailed(cast.now), report_id=report_id)
    conflict = await the_conflict(cast)
    assert await decide_conflict(conflict_id=conflict, decision="kept", by=cast.specialist, now=cast.now) is None
    assert [(one["status"], one["outcome"]) for one in await alerts(cast)] == [("resolved", "decided")]
    assert await count(cast, "visit_report") == 1
    with pytest.raises(AlreadyDecided):
        await decide_conflict(conflict_id=conflict, decision="replaced", by=cast.leader, now=cast.now)


async def test_the_other_content_can_take_its_place_as_an_amendment(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    await log(cast, visit, normal(cast.now), report_id=report_id)
    secret = Confidential(bruises=True, note="左臂青紫")
    with pytest.raises(ReportConflicts):
        await log(cast, visit, detailed(cast.now, confidential=secret), report_id=report_id)
    conflict = await the_conflict(cast)
    answer = await decide_conflict(conflict_id=conflict, decision="replaced", by=cast.specialist, now=cast.now)
    assert answer and (answer.labels, answer.visit_status) == (("amendment",), "made")
    kept = await stored(cast, answer.report_id)
    assert (kept["amends_id"], kept["confidential_sealed"] is not None) == (report_id, True)
    assert (await row(cast, visit))["report_id"] == answer.report_id


async def test_only_a_supervisor_decides_a_conflict(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    await log(cast, visit, normal(cast.now), report_id=report_id)
    with pytest.raises(ReportConflicts):
        await log(cast, visit, detailed(cast.now), report_id=report_id)
    conflict = await the_conflict(cast)
    with pytest.raises(Forbidden):
        await decide_conflict(conflict_id=conflict, decision="kept", by=cast.worker, now=cast.now)
    with pytest.raises(NotFound):
        await decide_conflict(conflict_id=conflict, decision="kept", by=cast.foreign_specialist, now=cast.now)


async def test_a_further_report_of_a_made_visit_is_kept_and_counted_once(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    second = await log(cast, visit, normal(cast.now + HOUR / 2), by=cast.specialist, now=cast.now + HOUR / 2)
    assert (second.labels, second.counted) == (("cover", "additional"), False)
    assert (await row(cast, visit))["report_id"] == first.report_id
    assert await count(cast, "visit_report") == 2


async def test_a_colleagues_visit_counts_and_says_so(cast: Cast) -> None:
    visit = await slot(cast)
    answer = await log(cast, visit, by=cast.specialist)
    assert (answer.labels, answer.counted) == (("cover",), True)


async def test_the_former_workers_report_is_accepted_as_such(cast: Cast) -> None:
    plan = new_id()
    recipient = await cast.recipient(risk="high")
    await cast.owner.execute(
        "INSERT INTO visit_plan (id, recipient_id, area_id, district_id, risk, every, opens_before, grace, worker_id,"
        " anchor_at, started_at) VALUES ($1, $2, $3, $4, 'high', '7d', '3d', '0', $5, $6, $6)",
        plan,
        recipient,
        cast.village,
        cast.district_area,
        cast.worker.id,
        cast.now,
    )
    visit = await slot(cast, recipient, plan_id=plan, worker_id=cast.specialist.id)
    assert (await log(cast, visit)).labels == ("former_worker",)


async def test_a_visit_on_paper_is_keyed_in_by_the_supervisor(cast: Cast) -> None:
    visit = await slot(cast)
    paper = normal(cast.now - 2 * DAY, on_paper_by="王秀兰")
    with pytest.raises(PaperBySupervisor):
        await log(cast, visit, paper)
    answer = await log(cast, visit, paper, by=cast.specialist)
    assert (answer.labels, answer.counted) == (("paper", "late"), True)
    assert (await stored(cast, answer.report_id))["on_paper_by"] == "王秀兰"


@pytest.mark.parametrize("made_at", [datetime(1970, 1, 1, 8, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)])
async def test_a_report_from_an_impossible_year_names_the_clock(cast: Cast, made_at: datetime) -> None:
    visit = await slot(cast)
    with pytest.raises(MadeAtImpossible) as refused:
        await log(cast, visit, normal(made_at))
    assert refused.value.field == "/made_at" and "请检查手机时间" in refused.value.detail
    assert (await status(cast, visit), await count(cast, "visit_report")) == ("open", 0)


async def test_a_contradiction_names_its_place_and_nothing_is_stored(cast: Cast) -> None:
    visit = await slot(cast)
    hazard = Hazard(block="safety", severity="critical", what="煤气泄漏", removed_now=False)
    with pytest.raises(ReportContradictory) as refused:
        await log(cast, visit, normal(cast.now, hazards=(hazard,)))
    assert isinstance(refused.value, Invalid) and refused.value.field == "/hazards"
    assert await count(cast, "visit_report") == 0


async def test_a_cancelled_visit_takes_no_report_and_says_what_to_do(cast: Cast) -> None:
    visit = await slot(cast, status="cancelled", closed_reason="worker_changed")
    with pytest.raises(VisitCancelled) as refused:
        await log(cast, visit)
    assert "重新提交" in refused.value.detail
    assert await count(cast, "visit_report") == 0


async def test_a_report_sent_before_the_visit_was_cancelled_still_gets_its_answer(cast: Cast) -> None:
    visit, report_id = await slot(cast), new_id()
    first = await log(cast, visit, not_met(cast.now), report_id=report_id)
    await cast.owner.execute("UPDATE visit SET status = 'cancelled' WHERE id = $1", visit)
    assert await log(cast, visit, not_met(cast.now), report_id=report_id) == first


async def test_a_contact_before_the_window_is_kept_and_the_visit_stays_due(cast: Cast) -> None:
    visit = await slot(cast, due_at=cast.now + 5 * DAY)
    answer = await log(cast, visit)
    assert (answer.labels, answer.visit_status, answer.counted) == (("early",), "open", False)
    assert "到期前仍须探访" in answer.message


async def test_a_contact_before_the_visits_own_time_is_told_where_it_belongs(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    earlier = await slot(cast, recipient, due_at=cast.now - 4 * DAY, status="missed")
    visit = await slot(cast, recipient, due_at=cast.now + 3 * DAY)
    with pytest.raises(BelongsToAnotherVisit) as refused:
        await log(cast, visit, normal(cast.now - 5 * DAY))
    assert str(earlier) in refused.value.detail and "2026年02月26日" in refused.value.detail
    assert refused.value.field == "/made_at"


async def test_whoever_is_new_may_be_visited_before_the_first_visit_is_due(cast: Cast) -> None:
    await cast.recipient(risk="high", created_at=cast.now)
    await lay_out(now=cast.now)
    first = await cast.owner.fetchval("SELECT id FROM visit ORDER BY due_at LIMIT 1")
    assert (await log(cast, first)).labels in ((), ("early",))
    with pytest.raises(BeforeThePlan):
        await log(cast, first, normal(cast.now - 400 * DAY))


async def test_an_unanswered_door_alerts_at_once_and_the_visit_stays_due(cast: Cast) -> None:
    visit = await slot(cast)
    answer = await log(cast, visit, not_met(cast.now))
    assert (answer.visit_status, answer.counted) == ("open", False)
    found = await row(cast, visit)
    assert (found["status"], found["not_met_at"]) == ("open", cast.now)
    (alert,) = await alerts(cast)
    assert (alert["kind"], alert["severity"]) == ("door_unanswered", "critical")
    assert alert["occurrence"] == f"door_unanswered:{answer.report_id}"
    assert await journal(cast, visit) == ["visit.not_met"]


async def test_each_unanswered_door_is_an_alert_of_its_own(cast: Cast) -> None:
    visit = await slot(cast)
    for hours in (0, 2):
        await log(cast, visit, not_met(cast.now + hours * HOUR), now=cast.now + hours * HOUR)
    assert len(await alerts(cast, "door_unanswered")) == 2


async def test_seeing_the_person_afterwards_answers_the_door(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, not_met(cast.now))
    answer = await log(cast, visit, normal(cast.now + HOUR / 2), now=cast.now + HOUR / 2)
    (alert,) = await alerts(cast)
    assert (answer.visit_status, alert["status"], alert["outcome"]) == ("made", "resolved", "seen_later")


async def test_having_seen_the_person_before_does_not_answer_the_door(cast: Cast) -> None:
    visit = await slot(cast)
    await log(cast, visit, not_met(cast.now))
    await log(cast, visit, normal(cast.now - HOUR), now=cast.now + HOUR / 2)
    assert [alert["status"] for alert in await alerts(cast, "door_unanswered")] == ["open"]


async def test_a_second_phone_call_in_a_row_is_kept_and_makes_no_visit(cast: Cast) -> None:
    recipient = await cast.recipient()
    first, second, third = [
        await slot(cast, recipient, due_at=cast.now + days * DAY, risk="general", grace=DAY) for days in (0, 10, 20)
    ]
    assert (await log(cast, first, normal(cast.now, method="phone"))).counted
    call = normal(cast.now + 10 * DAY, method="phone")
    answer = await log(cast, second, call, now=cast.now + 10 * DAY)
    assert (answer.labels, answer.visit_status) == (("remote_excess",), "open")
    assert "须上门" in answer.message
    door = normal(cast.now + 10 * DAY + HOUR)
    assert (await log(cast, second, door, now=cast.now + 10 * DAY + HOUR)).counted
    assert (await log(cast, third, replace(call, made_at=cast.now + 20 * DAY), now=cast.now + 20 * DAY)).counted


async def test_a_person_at_high_risk_is_seen_at_the_door(cast: Cast) -> None:
    visit = await slot(cast)
    answer = await log(cast, visit, normal(cast.now, method="video"))
    assert (answer.labels, answer.visit_status) == (("door_needed",), "open")


async def test_what_is_confidential_is_sealed_and_not_in_the_content(cast: Cast) -> None:
    visit = await slot(cast)
    answer = await log(cast, visit, detailed(cast.now, confidential=Confidential(fear=True, note="左臂青紫")))
    kept = await stored(cast, answer.report_id)
    assert kept["confidential_sealed"] and "青紫".encode() not in kept["confidential_sealed"]
    assert "青紫" not in kept["content"] and "fear" not in kept["content"]


async def test_a_worker_of_another_township_finds_no_visit(cast: Cast) -> None:
    visit = await slot(cast)
    refusals = []
    for asked in (visit, new_id()):
        with pytest.raises(VisitNotFound) as refused:
            await log(cast, asked, by=cast.foreign_worker)
        refusals.append(refused.value.detail)
    assert refusals[0] == refusals[1]
    assert await count(cast, "visit_report") == 0


async def test_a_report_takes_one_read_and_one_write(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    for name in ("fetch", "fetch_one", "fetch_value", "execute"):
        monkeypatch.setattr(db, name, counting(getattr(db, name), sent))
    await log(cast, await slot(cast))
    assert len(sent) == 2, sent


def counting(ask: Any, sent: list[str]) -> Any:
    async def counted(sql: str, *args: Any) -> Any:
        sent.append(sql)
        return await ask(sql, *args)

    return counted


async def test_an_amendment_takes_the_place_and_the_first_stays(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    amendment_id = new_id()
    change = detailed(cast.now)
    answers = [
        await amend(
            report_id=first.report_id,
            amendment_id=amendment_id,
            report=change,
            by=cast.worker,
            now=cast.now + hours * HOUR,
        )
        for hours in (1, 5)
    ]
    assert answers[0] == answers[1] and answers[0].labels == ("amendment",)
    assert (await stored(cast, amendment_id))["amends_id"] == first.report_id
    assert msgspec.json.decode((await stored(cast, first.report_id))["content"])["all_normal"] is True
    assert (await row(cast, visit))["report_id"] == amendment_id
    assert await journal(cast, visit) == ["visit.logged", "report.amended"]


async def test_stored_reports_cannot_be_altered(cast: Cast) -> None:
    answer = await log(cast, await slot(cast))
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL ROLE chuangdeng_app")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await cast.owner.execute("UPDATE visit_report SET made_at = now() WHERE id = $1", answer.report_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await cast.owner.execute("DELETE FROM visit_report WHERE id = $1", answer.report_id)


async def test_only_the_author_or_a_supervisor_amends(cast: Cast) -> None:
    first = await log(cast, await slot(cast), by=cast.specialist)
    change = detailed(cast.now)
    with pytest.raises(NotYourReport):
        await amend(
            report_id=first.report_id, amendment_id=new_id(), report=change, by=cast.worker, now=cast.now + HOUR
        )
    with pytest.raises(ReportNotFound):
        await amend(
            report_id=first.report_id, amendment_id=new_id(), report=change, by=cast.foreign_specialist, now=cast.now
        )
    answer = await amend(
        report_id=first.report_id, amendment_id=new_id(), report=change, by=cast.leader, now=cast.now + HOUR
    )
    assert answer.labels == ("cover", "amendment")


async def test_the_latest_of_a_chain_is_amended(cast: Cast) -> None:
    first = await log(cast, await slot(cast))
    second = await amend(
        report_id=first.report_id, amendment_id=new_id(), report=detailed(cast.now), by=cast.worker, now=cast.now + HOUR
    )
    change = normal(cast.now, note="复核")
    with pytest.raises(AlreadyAmended):
        await amend(report_id=first.report_id, amendment_id=new_id(), report=change, by=cast.worker, now=cast.now)
    third = await amend(
        report_id=second.report_id, amendment_id=new_id(), report=change, by=cast.worker, now=cast.now + HOUR
    )
    assert (await stored(cast, third.report_id))["amends_id"] == second.report_id


async def test_who_amends_made_into_not_met_leaves_the_visit_open(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    answer = await amend(
        report_id=first.report_id, amendment_id=new_id(), report=not_met(cast.now), by=cast.worker, now=cast.now + HOUR
    )
    found = await row(cast, visit)
    assert (found["status"], found["report_id"], answer.visit_status) == ("open", None, "open")
    assert await journal(cast, visit) == ["visit.logged", "report.amended", "visit.reopened"]
    assert [alert["kind"] for alert in await alerts(cast)] == ["door_unanswered"]


async def test_an_additional_report_carries_the_visit_when_the_first_is_amended_away(cast: Cast) -> None:
    visit = await slot(cast)
    first = await log(cast, visit)
    second = await log(cast, visit, normal(cast.now - HOUR), by=cast.specialist)
    await amend(
        report_id=first.report_id, amendment_id=new_id(), report=not_met(cast.now), by=cast.worker, now=cast.now + HOUR
    )
    found = await row(cast, visit)
    assert (found["status"], found["report_id"]) == ("made", second.report_id)
