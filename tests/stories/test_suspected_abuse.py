"""Suspected abuse: from what somebody noticed to a case, the report the law asks, and a finding."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from caregivers.abuse import actions, suspicion
from caregivers.abuse.refusals import CaseClosed, CaseNotFound, ReportedAlready, ReportFirst, SecondPersonNeeded
from core import db
from core.errors import Forbidden
from core.ids import new_id
from core.scope import Scope
from recipients.refusals import RecipientNotFound
from tests import visiting
from tests.caring import row_of, temporary_care
from tests.cast import Cast
from tests.suspecting import CANARY, alert_of, case_of, colleague, concern, home, related, suspected
from visits import actions as visit_actions
from visits.report import Confidential

MINOR = date(2012, 5, 1)


async def test_a_concern_opens_a_case_an_alert_and_the_mandatory_proposal(cast: Cast) -> None:
    here = await home(cast)
    await concern(cast, here.recipient)

    counts = await actions.open_cases(now=cast.now)

    assert (counts["claimed"], counts["opened"]) == (1, 1)
    case = await row_of(cast, "abuse_case", await case_of(cast, here.recipient))
    assert (case["agreement_id"], case["caregiver_id"], case["status"]) == (here.agreement, here.caregiver, "open")
    assert case["barred_ids"] == [here.caregiver_account.id]
    assert case["retain_until"] >= date(2036, 3, 2)
    stored = await cast.owner.fetchrow("SELECT * FROM abuse_concern")
    assert stored and stored["case_id"] == case["id"] and CANARY.encode() not in stored["content_sealed"]
    alert = await row_of(cast, "alert", await alert_of(cast, case["id"]))
    assert (alert["severity"], alert["confidential"], alert["barred_ids"]) == ("critical", True, case["barred_ids"])
    proposal = await row_of(cast, "replacement_case", case["replacement_case_id"])
    assert (proposal["ground"], proposal["mandatory"], proposal["confidential"]) == ("abuse", True, True)
    assert proposal["barred_ids"] == case["barred_ids"]


async def test_the_job_finds_nothing_twice(cast: Cast) -> None:
    here = await home(cast)
    await suspected(cast, here.recipient)
    assert +(await actions.open_cases(now=cast.now)) == {}
    assert await cast.owner.fetchval("SELECT count(*) FROM alert WHERE kind = 'abuse_suspected'") == 1


async def test_a_retry_is_the_same_concern(cast: Cast) -> None:
    here = await home(cast)
    concern_id = await concern(cast, here.recipient)
    await concern(cast, here.recipient, concern_id=concern_id)
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 1


async def test_other_words_under_the_same_id_are_another_concern(cast: Cast) -> None:
    here, other = await home(cast), await cast.recipient()
    concern_id = await concern(cast, here.recipient)
    await concern(cast, here.recipient, concern_id=concern_id, what="今天又添新伤")
    await concern(cast, other, concern_id=concern_id)
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 3


async def test_somebody_elses_concern_under_the_same_id_is_kept_and_tells_them_nothing(cast: Cast) -> None:
    here = await home(cast)
    concern_id = await concern(cast, here.recipient)
    await concern(cast, here.recipient, concern_id=concern_id, by=cast.specialist)
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 2


async def test_a_further_concern_joins_the_case_and_rings_again(cast: Cast) -> None:
    here = await home(cast)
    case_id = await suspected(cast, here.recipient)
    assert await suspected(cast, here.recipient, what="又添新伤") == case_id
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_case") == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM alert WHERE subject_id = $1", case_id) == 2
    assert await cast.owner.fetchval("SELECT count(*) FROM replacement_case") == 1


async def test_what_is_noticed_after_a_case_was_closed_opens_another(cast: Cast) -> None:
    here = await home(cast)
    first = await suspected(cast, here.recipient)
    await actions.close_case(first, finding="unfounded", found="摔伤，卫生院有记录", by=cast.leader, now=cast.now)
    cast.now += timedelta(hours=1)
    assert await suspected(cast, here.recipient) != first


async def test_without_an_agreement_there_is_a_case_and_nobody_to_replace(cast: Cast) -> None:
    case_id = await suspected(cast, await cast.recipient())
    case = await row_of(cast, "abuse_case", case_id)
    assert (case["agreement_id"], case["caregiver_id"], case["replacement_case_id"]) == (None, None, None)


async def test_the_one_who_cares_for_a_while_is_barred_as_well(cast: Cast) -> None:
    here = await home(cast)
    other = await home(cast)
    await temporary_care(cast, here.recipient, kind="caregiver", caregiver_id=other.caregiver)
    case = await row_of(cast, "abuse_case", await suspected(cast, here.recipient))
    assert set(case["barred_ids"]) == {here.caregiver_account.id, other.caregiver_account.id}


async def test_who_is_tied_to_the_same_person_registered_elsewhere_is_barred(cast: Cast) -> None:
    here = await home(cast)
    index = await cast.owner.fetchval("SELECT id_index FROM caregiver WHERE id = $1", here.caregiver)
    twin = await home(cast, area_id=cast.foreign_village)
    await cast.owner.execute(
        "UPDATE caregiver SET id_index = $2, area_id = $3 WHERE id = $1", twin.caregiver, index, cast.foreign_village
    )
    await related(cast, cast.specialist, twin.caregiver)
    case = await row_of(cast, "abuse_case", await suspected(cast, here.recipient))
    assert cast.specialist.id in case["barred_ids"]


@pytest.mark.parametrize(
    ("columns", "due_after"),
    [
        ({"born_on": MINOR}, timedelta()),
        ({"born_on": date(2008, 3, 3)}, timedelta()),  # of age tomorrow
        ({"born_on": date(2008, 3, 2)}, None),  # of age today
        ({"born_on": None, "categories": ["minor"]}, timedelta()),
        ({"conditions": ["dementia"]}, timedelta(hours=1)),
        ({"self_care": "full"}, None),
    ],
)
async def test_the_law_asks_a_report_at_once_for_a_minor_and_promptly_without_capacity(
    cast: Cast, columns: dict[str, Any], due_after: timedelta | None
) -> None:
    here = await home(cast, **columns)
    case_id = await suspected(cast, here.recipient)
    due = cast.now + due_after if due_after is not None else None
    assert (await row_of(cast, "abuse_case", case_id))["report_due_at"] == due
    facts = msgspec.json.decode((await row_of(cast, "alert", await alert_of(cast, case_id)))["facts"])
    assert ("report_due_at" in facts) == (due is not None)


async def test_a_case_is_not_closed_before_the_report_the_law_asks(cast: Cast) -> None:
    here = await home(cast, born_on=MINOR)
    case_id = await suspected(cast, here.recipient)
    with pytest.raises(ReportFirst):
        await actions.close_case(case_id, finding="unfounded", found="查无实据", by=cast.leader, now=cast.now)
    assert (await row_of(cast, "abuse_case", case_id))["status"] == "open"

    await actions.record_report(
        case_id, authority="police", reference="津公接〔2026〕12号", by=cast.leader, now=cast.now
    )
    await actions.close_case(case_id, finding="substantiated", found="承认殴打", by=cast.leader, now=cast.now)
    case = await row_of(cast, "abuse_case", case_id)
    assert (case["status"], case["reference"], case["closed_by"]) == (
        "substantiated",
        "津公接〔2026〕12号",
        cast.leader.id,
    )


async def test_the_database_closes_no_minors_case_without_the_report(cast: Cast) -> None:
    here = await home(cast, born_on=MINOR)
    case_id = await suspected(cast, here.recipient)
    with pytest.raises(Exception, match="abuse_case_report_before_close"):
        await _update(
            cast, case_id, "status = 'unfounded', outcome_sealed = 'x', closed_at = now(), closed_by = caller()"
        )


@pytest.mark.parametrize(
    "change",
    [
        "reference = 'another'",
        "reported_at = NULL, reported_by = NULL, reference = NULL",
        "status = 'open', outcome_sealed = NULL, closed_at = NULL, closed_by = NULL",
        "outcome_sealed = 'y'",
        "retain_until = retain_until - 1",
    ],
)
async def test_the_database_rewrites_no_report_and_no_finding(cast: Cast, change: str) -> None:
    here = await home(cast)
    case_id = await suspected(cast, here.recipient)
    await actions.record_report(case_id, authority="police", reference="一号", by=cast.leader, now=cast.now)
    await actions.close_case(case_id, finding="substantiated", found="属实", by=cast.leader, now=cast.now)
    with pytest.raises(Exception) as refused:
        await _update(cast, case_id, change)
    assert getattr(refused.value, "sqlstate", None) == "CD001"


@pytest.mark.parametrize("change", ["barred_ids = '{}'", "report_due_at = NULL", "recipient_id = id"])
async def test_nobody_but_the_jobs_touches_who_is_barred_and_what_is_due(cast: Cast, change: str) -> None:
    here = await home(cast, born_on=MINOR)
    case_id = await suspected(cast, here.recipient)
    with pytest.raises(Exception) as refused:
        await _update(cast, case_id, change)
    assert getattr(refused.value, "sqlstate", None) == "42501"


async def _update(cast: Cast, case_id: UUID, change: str) -> None:
    async with db.transaction(Scope(account_id=cast.leader.id, area_ids=cast.leader.area_ids)):
        assert await db.execute(f"UPDATE abuse_case SET {change} WHERE id = $1", case_id) == 1


async def test_a_report_is_recorded_once(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast)).recipient)
    await actions.record_report(case_id, authority="police", reference="一号", by=cast.leader, now=cast.now)
    with pytest.raises(ReportedAlready):
        await actions.record_report(case_id, authority="police", reference="二号", by=cast.leader, now=cast.now)


async def test_neither_the_visitor_nor_who_noticed_it_closes_the_case(cast: Cast) -> None:
    here = await home(cast, visit_worker_id=cast.leader.id)
    case_id = await suspected(cast, here.recipient, by=cast.specialist)
    for judge in (cast.specialist, cast.leader):
        with pytest.raises(SecondPersonNeeded):
            await actions.close_case(case_id, finding="unfounded", found="查无实据", by=judge, now=cast.now)
    await actions.close_case(case_id, finding="unfounded", found="查无实据", by=cast.district, now=cast.now)


async def test_a_closed_case_stays_closed(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast)).recipient)
    await actions.close_case(case_id, finding="unfounded", found="查无实据", by=cast.leader, now=cast.now)
    with pytest.raises(CaseClosed):
        await actions.close_case(case_id, finding="substantiated", found="属实", by=cast.district, now=cast.now)


async def test_a_baseless_suspicion_takes_its_ground_away(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast)).recipient)
    proposal = (await row_of(cast, "abuse_case", case_id))["replacement_case_id"]
    await actions.close_case(case_id, finding="unfounded", found="查无实据", by=cast.leader, now=cast.now)
    assert (await row_of(cast, "replacement_case", proposal))["status"] == "withdrawn"


async def test_a_suspicion_found_true_leaves_the_decision_to_be_taken(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast)).recipient)
    proposal = (await row_of(cast, "abuse_case", case_id))["replacement_case_id"]
    await actions.close_case(case_id, finding="substantiated", found="属实", by=cast.leader, now=cast.now)
    assert (await row_of(cast, "replacement_case", proposal))["status"] == "proposed"


async def test_the_alert_ends_with_the_report_where_the_decision_on_the_caregiver_carries_on(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast, born_on=MINOR)).recipient)
    assert (await row_of(cast, "alert", await alert_of(cast, case_id)))["status"] == "open"
    await actions.record_report(case_id, authority="police", reference="一号", by=cast.leader, now=cast.now)
    alert = await row_of(cast, "alert", await alert_of(cast, case_id))
    assert (alert["status"], alert["outcome"]) == ("resolved", "reported")


async def test_without_such_a_decision_it_rings_until_the_case_is_closed(cast: Cast) -> None:
    case_id = await suspected(cast, await cast.recipient(born_on=MINOR))
    await actions.record_report(case_id, authority="police", reference="一号", by=cast.leader, now=cast.now)
    assert (await row_of(cast, "alert", await alert_of(cast, case_id)))["status"] == "open"
    await actions.close_case(case_id, finding="substantiated", found="属实", by=cast.leader, now=cast.now)
    alert = await row_of(cast, "alert", await alert_of(cast, case_id))
    assert (alert["status"], alert["outcome"]) == ("resolved", "closed")


async def test_reading_a_case_is_journaled_and_opens_what_was_said(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast)).recipient)
    found = await actions.read_case(case_id, by=cast.specialist, now=cast.now)
    assert [one.content for one in found.concerns] == [CANARY]
    again = await actions.read_case(case_id, by=cast.auditor, now=cast.now)
    assert [(one.kind, one.by) for one in again.history] == [("abuse.opened", None), ("abuse.read", cast.specialist.id)]


async def test_an_auditor_reads_and_changes_nothing(cast: Cast) -> None:
    case_id = await suspected(cast, (await home(cast)).recipient)
    with pytest.raises(Forbidden):
        await actions.record_report(case_id, authority="police", reference="一号", by=cast.auditor, now=cast.now)
    with pytest.raises(Forbidden):
        await actions.close_case(case_id, finding="unfounded", found="无", by=cast.auditor, now=cast.now)


async def test_whose_areas_it_is_not_cannot_even_say_something(cast: Cast) -> None:
    recipient = await cast.recipient()
    with pytest.raises(RecipientNotFound):
        await concern(cast, recipient, by=cast.foreign_worker)
    with pytest.raises(CaseNotFound):
        await actions.read_case(await suspected(cast, recipient), by=cast.foreign_specialist, now=cast.now)


async def test_bruises_in_a_report_are_a_concern(cast: Cast) -> None:
    here = await home(cast)
    visit = await visiting.slot(cast, here.recipient)
    seen = Confidential(bruises=True, fear=True, note=CANARY)
    answer = await visiting.log(cast, visit, visiting.detailed(cast.now, confidential=seen))
    assert answer.message == (await visiting.log(cast, await visiting.slot(cast))).message
    await actions.open_cases(now=cast.now)
    found = await actions.read_case(await case_of(cast, here.recipient), by=cast.leader, now=cast.now)
    assert [(one.source, one.content) for one in found.concerns] == [
        ("visit_report", f"身上有伤痕；神情恐惧；{CANARY}。")
    ]


async def test_bruises_added_to_a_report_later_are_a_concern(cast: Cast) -> None:
    here = await home(cast)
    first = await visiting.log(cast, await visiting.slot(cast, here.recipient), visiting.detailed(cast.now))
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 0
    said = visiting.detailed(cast.now, confidential=Confidential(withdrawal=True))
    await visit_actions.amend(
        report_id=first.report_id, amendment_id=new_id(), report=said, by=cast.worker, now=cast.now
    )
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 1


async def test_bruises_in_a_report_that_contradicts_another_are_not_lost(cast: Cast) -> None:
    here = await home(cast)
    visit, report_id = await visiting.slot(cast, here.recipient), new_id()
    await visiting.log(cast, visit, visiting.detailed(cast.now), report_id=report_id)
    with pytest.raises(Exception, match="内容"):
        said = visiting.detailed(cast.now, confidential=Confidential(bruises=True))
        await visiting.log(cast, visit, said, report_id=report_id)
    assert await cast.owner.fetchval("SELECT count(*) FROM abuse_concern") == 1


async def test_one_persons_bad_row_stops_nobody_elses_case_and_is_told_in_confidence(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await home(cast, born_on=MINOR), await home(cast)
    await concern(cast, bad.recipient)
    await concern(cast, good.recipient)
    monkeypatch.setattr(suspicion, "is_minor", _cannot_judge_a_minor)

    counts = await actions.open_cases(now=cast.now)

    assert (counts["opened"], counts["quarantined"]) == (1, 1)
    assert await case_of(cast, good.recipient)
    alert = await cast.owner.fetchrow("SELECT * FROM alert WHERE kind = 'quarantined'")
    assert alert and alert["confidential"] and alert["barred_ids"] == [bad.caregiver_account.id]
    assert await cast.owner.fetchval("SELECT area_id FROM quarantined") is None

    monkeypatch.undo()
    cast.now += timedelta(minutes=16)
    await actions.open_cases(now=cast.now)
    assert await case_of(cast, bad.recipient)
    assert await cast.owner.fetchval("SELECT status FROM alert WHERE kind = 'quarantined'") == "resolved"


def _cannot_judge_a_minor(known: suspicion.Known, today: date) -> bool:
    if known.born_on == MINOR:
        raise ValueError("a row that makes no sense")
    return False


async def test_policy_may_ask_no_proposal(cast: Cast) -> None:
    here = await home(cast)
    await cast.owner.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, issued_at)"
        """ VALUES ($1, $2, 2, '津宁民发〔2026〕9号', '2026-01-01', '{"replacement": {"on_abuse": false}}', $3)""",
        new_id(),
        cast.district_area,
        cast.now,
    )
    case = await row_of(cast, "abuse_case", await suspected(cast, here.recipient))
    assert case["replacement_case_id"] is None and case["policy_id"] is not None


async def test_who_becomes_related_later_is_barred_from_everything_that_rests_on_it(cast: Cast) -> None:
    here = await home(cast)
    case_id = await suspected(cast, here.recipient)
    brother = await colleague(cast, cast.leader)
    await related(cast, brother, here.caregiver)
    counts = await actions.open_cases(now=cast.now)
    assert counts["barred"] == 1
    case = await row_of(cast, "abuse_case", case_id)
    assert brother.id in case["barred_ids"]
    assert brother.id in (await row_of(cast, "alert", await alert_of(cast, case_id)))["barred_ids"]
    assert brother.id in (await row_of(cast, "replacement_case", case["replacement_case_id"]))["barred_ids"]


async def test_who_says_the_tie_has_ended_stays_barred(cast: Cast) -> None:
    here = await home(cast)
    tie = await related(cast, cast.leader, here.caregiver)
    case_id = await suspected(cast, here.recipient)
    await cast.owner.execute("UPDATE relation SET ended_at = $2, ended_by = $3 WHERE id = $1", tie, cast.now, new_id())
    await actions.open_cases(now=cast.now)
    with pytest.raises(CaseNotFound):
        await actions.read_case(case_id, by=cast.leader, now=cast.now)
