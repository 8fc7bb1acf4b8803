"""Replacement: proposed by rule, heard, decided by the township's head, and never a gap in care (stories 5 and 6)."""

from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account
from caregivers.agreements import actions as agreements
from caregivers.agreements.refusals import TemporaryCareMissing
from caregivers.replacement import actions
from caregivers.replacement.deciding import Will
from caregivers.replacement.grounds import Ground
from caregivers.replacement.queries import undecided_case_of
from caregivers.replacement.refusals import (
    CannotReach,
    CaredForByTheRemoved,
    CareNeeded,
    CaseNotFound,
    CaseSettled,
    HeardTooSoon,
    InvitedTooSoon,
    MandatoryUndecided,
    NotHeard,
    NotInvited,
    NotKept,
    NotTheDecider,
    OnCaregiversSide,
    VisitsTheRecipient,
    WillMissing,
)
from core import db
from core.errors import Forbidden
from core.ids import new_id
from core.scope import JOBS
from recipients import actions as recipients
from tests.caring import agreement, insert, row_of, temporary_care
from tests.cast import NOW, Cast
from tests.replacing import (
    DAY,
    HOUR,
    by_policy,
    care,
    case_row,
    decide,
    failed,
    hear,
    heard,
    notices,
    status,
    trouble,
)
from tests.visiting import alerts, journal


async def test_a_third_chance_is_not_the_villages_to_give(cast: Cast) -> None:
    """Story 5: two orders failed, the hazard still there. Nobody drops it; undecided in time, the district is told."""
    found = await trouble(cast)
    with pytest.raises(MandatoryUndecided):
        await actions.withdraw(found.case, reason="再给一次机会", by=cast.specialist, now=cast.now)
    with pytest.raises(NotHeard):
        await decide(cast, found.case, "keep_with_reason", now=cast.now)
    await hear(cast, found.case)
    late = (await case_row(cast, found.case))["decide_by"] + HOUR
    assert (await actions.watch_decisions(now=late))["undecided"] == 1
    (undecided,) = await alerts(cast, "replacement_undecided")
    assert (undecided["subject_id"], undecided["status"]) == (found.case, "open")
    await decide(cast, found.case, "keep_with_reason", now=late, reason="村里愿意每天协助照料。")
    assert await status(cast, found.case) == "decided"
    assert [
        (one["kind"], one["status"]) for one in await alerts(cast, "replacement_undecided", "replacement_kept")
    ] == [
        ("replacement_undecided", "resolved"),
        ("replacement_kept", "open"),
    ]
    assert (await row_of(cast, "agreement", found.agreement))["status"] == "active"
    assert (await notices(cast, found.account))[-1] == "decision_told"


async def test_nobody_is_removed_before_somebody_else_cares(cast: Cast) -> None:
    """Story 6: without temporary care the decision to replace is refused, and nothing has changed."""
    found = await trouble(cast)
    at = await hear(cast, found.case)
    with pytest.raises(CareNeeded):
        await decide(cast, found.case, now=at, care=None)
    assert await status(cast, found.case) == "heard"
    assert (await row_of(cast, "agreement", found.agreement))["status"] == "active"
    with pytest.raises(TemporaryCareMissing):
        await agreements.suspend(found.agreement, reason="照料人被带走", by=cast.leader, now=at)
    await agreements.report_no_cover(found.recipient, reason="周五夜里被带走，找不到人", by=cast.leader, now=at)
    (uncovered,) = await alerts(cast, "uncovered")
    assert uncovered["status"] == "open"
    await decide(cast, found.case, now=at, care=care(at))
    assert (await alerts(cast, "uncovered"))[0]["status"] == "resolved"
    ended = await row_of(cast, "agreement", found.agreement)
    assert (ended["status"], ended["ended_reason"], ended["replacement_case_id"]) == (
        "ended",
        "terminated_for_breach",
        found.case,
    )
    case = await case_row(cast, found.case)
    running = await row_of(cast, "temporary_care", case["temporary_care_id"])
    assert (case["status"], running["ended_at"], running["case_id"]) == ("temporary_care", None, found.case)


async def test_care_that_runs_already_is_enough(cast: Cast) -> None:
    found = await trouble(cast, status="suspended")
    running = await temporary_care(cast, found.recipient)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at, care=None)
    assert (await case_row(cast, found.case))["temporary_care_id"] == running


async def test_care_that_has_run_out_is_none(cast: Cast) -> None:
    found = await trouble(cast, status="suspended")
    await temporary_care(cast, found.recipient, starts_at=NOW - 9 * DAY, ends_by=NOW - DAY)
    at = await hear(cast, found.case)
    with pytest.raises(CareNeeded):
        await decide(cast, found.case, now=at, care=None)


async def test_the_removed_caregiver_is_no_temporary_care(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    same = care(at, kind="caregiver", caregiver_id=found.caregiver, carer_name=None, carer_phone=None)
    with pytest.raises(CaredForByTheRemoved):
        await decide(cast, found.case, now=at, care=same)


async def test_who_is_removed_is_barred_for_the_policys_term(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at)
    bar = await cast.owner.fetchrow("SELECT * FROM bar WHERE caregiver_id = $1", found.caregiver)
    assert bar is not None
    assert (bar["reason"], bar["case_id"], bar["from_on"], bar["until_on"]) == (
        "removed",
        found.case,
        date(2026, 3, 2),
        date(2028, 3, 2),
    )


async def test_whom_the_law_bars_is_barred_for_ever(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at, barred_by_law=True)
    bar = await cast.owner.fetchrow("SELECT reason, until_on FROM bar WHERE caregiver_id = $1", found.caregiver)
    assert bar is not None and tuple(bar) == ("law", None)


async def test_a_decision_is_taken_once(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, "keep_with_reason", now=at)
    with pytest.raises(CaseSettled):
        await decide(cast, found.case, now=at)


# Who may hear and decide


async def test_only_who_answers_for_the_township_decides_and_is_named(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    with pytest.raises(NotTheDecider) as refused:
        await decide(cast, found.case, "keep_with_reason", by=cast.specialist, now=at)
    assert "孙丽华" in refused.value.detail
    with pytest.raises(Forbidden):
        await decide(cast, found.case, "keep_with_reason", by=cast.district, now=at)


async def test_the_heads_cover_on_leave_decides_instead(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await on_leave(cast, cast.leader, cover=cast.specialist)
    with pytest.raises(NotTheDecider):
        await decide(cast, found.case, "keep_with_reason", by=cast.leader, now=at)
    await decide(cast, found.case, "keep_with_reason", by=cast.specialist, now=at)
    assert (await case_row(cast, found.case))["decided_by"] == cast.specialist.id


async def test_the_caregivers_relative_neither_hears_nor_decides(cast: Cast) -> None:
    found = await trouble(cast)
    await related(cast, found.caregiver, cast.leader)
    at = await hear(cast, found.case)
    with pytest.raises(OnCaregiversSide):
        await decide(cast, found.case, "keep_with_reason", now=at)
    with pytest.raises(OnCaregiversSide):
        await actions.hear(found.case, heard(at), by=cast.leader, now=at)
    with pytest.raises(OnCaregiversSide):
        await actions.tell_caregiver(found.case, hearing_at=at + 2 * DAY, how="paper", by=cast.leader, now=at)


@pytest.mark.parametrize("by", ["register", "plan"])
async def test_the_recipients_visitor_neither_hears_nor_decides(cast: Cast, by: str) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case, by=cast.specialist)
    if by == "register":
        await cast.owner.execute(
            "UPDATE recipient SET visit_worker_id = $2 WHERE id = $1", found.recipient, cast.leader.id
        )
    else:
        await planned(cast, found.recipient, cast.leader)
    with pytest.raises(VisitsTheRecipient):
        await decide(cast, found.case, "keep_with_reason", now=at)
    with pytest.raises(VisitsTheRecipient):
        await actions.hear(found.case, heard(at), by=cast.leader, now=at)


async def test_another_township_learns_nothing(cast: Cast) -> None:
    found = await trouble(cast)
    for wanted in (found.case, new_id()):
        with pytest.raises(CaseNotFound):
            await decide(cast, wanted, "keep_with_reason", by=cast.foreign_leader, now=cast.now)
        with pytest.raises(CaseNotFound):
            await actions.hear(wanted, heard(cast.now), by=cast.foreign_specialist, now=cast.now)


# The hearing


async def test_who_is_told_in_time_and_stays_away_was_given_the_chance(cast: Cast) -> None:
    found = await trouble(cast)
    when = cast.now + DAY
    with pytest.raises(NotInvited):
        await actions.hear(found.case, heard(cast.now, "recipient", "village"), by=cast.specialist, now=cast.now)
    with pytest.raises(InvitedTooSoon):
        await actions.tell_caregiver(found.case, hearing_at=when - HOUR, how="notice", by=cast.specialist, now=cast.now)
    await actions.tell_caregiver(found.case, hearing_at=when, how="notice", by=cast.specialist, now=cast.now)
    assert await notices(cast, found.account) == ["hearing_invited"]
    early = when - HOUR
    with pytest.raises(HeardTooSoon):
        await actions.hear(found.case, heard(early, "recipient", "village"), by=cast.specialist, now=early)
    await actions.hear(found.case, heard(when, "recipient", "village"), by=cast.specialist, now=when)
    assert await status(cast, found.case) == "heard"


async def test_who_comes_early_has_waived_the_time(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    row = await case_row(cast, found.case)
    assert (row["status"], row["told_at"], row["told_how"]) == ("heard", at, "in_person")


async def test_who_has_no_account_cannot_be_told_by_notice(cast: Cast) -> None:
    agreement_id = await agreement(cast)
    case = await by_policy(agreement_id, failed((new_id(), new_id()), new_id()))
    when = cast.now + 2 * DAY
    with pytest.raises(CannotReach):
        await actions.tell_caregiver(case, hearing_at=when, how="notice", by=cast.specialist, now=cast.now)
    assert (await case_row(cast, case))["told_at"] is None
    await actions.tell_caregiver(case, hearing_at=when, how="paper", by=cast.specialist, now=cast.now)
    assert (await case_row(cast, case))["told_how"] == "paper"


# Keeping, reviewing, transferring


async def test_the_district_lets_a_decision_to_keep_stand(cast: Cast) -> None:
    found = await trouble(cast)
    await decide(cast, found.case, "keep_with_reason", now=await hear(cast, found.case))
    with pytest.raises(NotKept):
        await actions.close(found.case, by=cast.specialist, now=cast.now + DAY)
    await actions.acknowledge_keep(found.case, by=cast.district, now=cast.now + DAY)
    assert await status(cast, found.case) == "closed"
    assert (await alerts(cast, "replacement_kept"))[0]["status"] == "resolved"
    with pytest.raises(NotKept):
        await actions.order_review(found.case, reason="理由不足", by=cast.district, now=cast.now + DAY)


async def test_the_district_orders_a_review_with_a_deadline_of_its_own(cast: Cast) -> None:
    found = await trouble(cast)
    await decide(cast, found.case, "keep_with_reason", now=await hear(cast, found.case))
    with pytest.raises(Forbidden):
        await actions.order_review(found.case, reason="理由不足", by=cast.leader, now=cast.now + DAY)
    review = await actions.order_review(found.case, reason="理由不足", by=cast.district, now=cast.now + DAY)
    row = await case_row(cast, review)
    assert (row["mandatory"], row["reviews_case"], row["status"]) == (True, found.case, "proposed")
    assert row["decide_by"] > (await case_row(cast, found.case))["decide_by"]
    assert (await alerts(cast, "replacement_kept"))[0]["status"] == "resolved"
    with pytest.raises(MandatoryUndecided):
        await actions.withdraw(review, reason="不同意", by=cast.leader, now=cast.now + DAY)


async def test_a_move_to_collective_support_needs_the_persons_own_will(cast: Cast) -> None:
    found = await trouble(cast)
    at = await hear(cast, found.case)
    with pytest.raises(WillMissing):
        await decide(cast, found.case, "transfer_to_collective", now=at)
    with pytest.raises(CareNeeded):
        await decide(cast, found.case, "transfer_to_collective", now=at, will=WILL, care=None)
    await decide(cast, found.case, "transfer_to_collective", now=at, will=WILL)
    row = await case_row(cast, found.case)
    assert (row["status"], row["will_by"]) == ("temporary_care", "self")
    assert (await row_of(cast, "agreement", found.agreement))["status"] == "suspended"
    assert (await row_of(cast, "recipient", found.recipient))["standing"] == "at_home"
    await recipients.confirm_standing(row["standing_change_id"], by=cast.specialist, now=at)
    assert (await row_of(cast, "recipient", found.recipient))["standing"] == "moved_to_collective"


WILL = Will(by="self", stated="本人当面表示愿意去镇敬老院。")


async def test_a_persons_proposal_may_be_dropped_with_a_reason(cast: Cast) -> None:
    agreement_id = await agreement(cast)
    case = await actions.propose(agreement_id, reason="邻里反映照料不到位", by=cast.specialist, now=cast.now)
    await actions.withdraw(case, reason="核实后情况不实", by=cast.specialist, now=cast.now)
    row = await case_row(cast, case)
    assert (row["status"], row["mandatory"], row["withdrawn_reason"]) == ("withdrawn", False, "核实后情况不实")


async def test_policy_makes_a_persons_proposal_mandatory(cast: Cast) -> None:
    agreement_id = await agreement(cast)
    case = await actions.propose(agreement_id, reason="邻里反映照料不到位", by=cast.specialist, now=cast.now)
    assert await by_policy(agreement_id, failed((new_id(), new_id()), new_id())) == case
    with pytest.raises(MandatoryUndecided):
        await actions.withdraw(case, reason="核实后情况不实", by=cast.specialist, now=cast.now)


# The proposal


async def test_saying_it_again_changes_nothing(cast: Cast) -> None:
    found = await trouble(cast)
    before = await case_row(cast, found.case)
    assert await by_policy(found.agreement, failed(found.cycles, found.hazard), now=NOW + DAY) == found.case
    assert dict(await case_row(cast, found.case)) == dict(before)
    assert await journal(cast, found.case) == ["replacement.proposed"]


async def test_what_people_have_decided_on_opens_no_case_again(cast: Cast) -> None:
    found = await trouble(cast)
    await decide(cast, found.case, "keep_with_reason", now=await hear(cast, found.case))
    assert await by_policy(found.agreement, failed(found.cycles, found.hazard), now=NOW + DAY) == found.case
    third = (*found.cycles, new_id())
    again = await by_policy(found.agreement, failed(third, found.hazard), now=NOW + DAY)
    assert again != found.case and await status(cast, again) == "proposed"
    async with db.transaction(JOBS):
        assert await undecided_case_of(found.agreement) == again


async def test_the_order_and_the_renewal_find_the_case_until_it_is_decided(cast: Cast) -> None:
    found = await trouble(cast)
    async with db.transaction(cast.specialist.scope):
        assert await undecided_case_of(found.agreement) == found.case
    await decide(cast, found.case, "keep_with_reason", now=await hear(cast, found.case))
    async with db.transaction(cast.specialist.scope):
        assert await undecided_case_of(found.agreement) is None


async def test_a_worker_who_reports_the_hazard_opens_the_case_in_their_own_transaction(cast: Cast) -> None:
    agreement_id = await agreement(cast)
    case = await by_policy(agreement_id, failed((new_id(), new_id()), new_id()), scope=cast.worker.scope)
    assert (await case_row(cast, case))["mandatory"]


# By direct SQL


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE replacement_case SET status = 'withdrawn', withdrawn_at = now(), withdrawn_reason = 'x'", "CD003"),
        ("UPDATE replacement_case SET mandatory = false", "CD003"),
        ("UPDATE replacement_case SET status = 'closed', closed_at = now()", "CD001"),
        ("UPDATE replacement_case SET grounds = '[]'", "CD001"),
        ("UPDATE replacement_case SET decide_by = decide_by + interval '1 year'", "CD001"),
        ("UPDATE replacement_case SET status = 'heard', heard_at = now(), agreement_id = id", "CD001"),
        (
            "UPDATE replacement_case SET status = 'decided', decision = 'keep_with_reason', decision_reason = 'x',"
            " decided_by = id, decided_at = now(), heard_at = now()",
            "CD001",
        ),
    ],
)
async def test_the_database_itself_lets_nobody_come_round_the_decision(cast: Cast, statement: str, code: str) -> None:
    found = await trouble(cast)
    await refused(cast.leader, statement, found.case, code)


async def test_the_database_takes_no_decision_without_a_hearing_and_rewrites_none(cast: Cast) -> None:
    found = await trouble(cast)
    decided = (
        "UPDATE replacement_case SET status = 'decided', decision = '{}', decision_reason = 'x', decided_by = id,"
        " decided_at = now()"
    )
    await cast.owner.execute("UPDATE replacement_case SET status = 'heard', heard_at = now() WHERE id = $1", found.case)
    await refused(cast.leader, decided.format("keep_with_reason"), found.case, "CD001")
    await hear(cast, found.case)
    await refused(cast.leader, decided.format("replace"), found.case, "CD001")  # the agreement would stay in force
    await decide(cast, found.case, "keep_with_reason", now=NOW + HOUR)
    await refused(cast.leader, "UPDATE replacement_case SET decision_reason = 'y'", found.case, "CD001")
    await refused(cast.leader, "UPDATE replacement_case SET status = 'proposed'", found.case, "CD001")


async def test_the_database_lets_no_case_begin_decided(cast: Cast) -> None:
    found = await trouble(cast)
    columns = (
        "recipient_id, caregiver_id, area_id, district_id, mandatory, confidential, ground, proposed_at, decide_by"
    )
    with pytest.raises(asyncpg.PostgresError) as error:
        async with db.transaction(cast.leader.scope):
            await db.execute(
                f"INSERT INTO replacement_case (id, agreement_id, status, {columns}, grounds, barred_ids, reason,"
                " version, withdrawn_at)"
                f" SELECT $2, gen_random_uuid(), 'withdrawn', {columns}, '[]', '{{}}', '', 1, now()"
                " FROM replacement_case WHERE id = $1",
                found.case,
                new_id(),
            )
    assert error.value.sqlstate == "CD001"


async def refused(by: Account, statement: str, case: UUID, code: str) -> None:
    with pytest.raises(asyncpg.PostgresError) as error:
        async with db.transaction(by.scope):
            assert await db.execute(f"{statement} WHERE id = $1", case) == 1
    assert error.value.sqlstate == code


async def on_leave(cast: Cast, account: Account, *, cover: Account) -> None:
    row = {"id": new_id(), "account": account.id, "starts_at": NOW - DAY, "ends_at": NOW + 9 * DAY, "cover": cover.id}
    await insert(cast.owner, "leave", row | {"reason": "休假", "created_by": account.id})


async def related(cast: Cast, caregiver_id: UUID, account: Account) -> None:
    row = {"id": new_id(), "caregiver_id": caregiver_id, "area_id": cast.village, "account_id": account.id}
    declared = {"kind": "sibling", "declared_by": cast.specialist.id, "declared_at": NOW - DAY}
    await insert(cast.owner, "relation", row | declared)


async def planned(cast: Cast, recipient: UUID, worker: Account) -> None:
    terms = {"every": timedelta(days=30), "opens_before": timedelta(days=3), "grace": timedelta(days=3)}
    row = {"id": new_id(), "recipient_id": recipient, "area_id": cast.village, "district_id": cast.district_area}
    times = {"anchor_at": NOW, "started_at": NOW - DAY}
    await insert(cast.owner, "visit_plan", row | terms | times | {"risk": "general", "worker_id": worker.id})


@pytest.mark.parametrize("scope_of", ["jobs", "worker"])
async def test_the_head_of_the_township_hears_of_a_case_the_moment_it_opens(cast: Cast, scope_of: str) -> None:
    found = await trouble(cast)
    other = await agreement(cast)
    scope = JOBS if scope_of == "jobs" else cast.worker.scope
    case = await by_policy(other, failed((new_id(), new_id()), new_id()), scope=scope)
    await by_policy(other, failed((new_id(), new_id()), new_id()), scope=scope)  # added to the same case
    abuse = Ground(kind="abuse", subject_id=new_id(), at=cast.now)
    await by_policy(other, [abuse], confidential=True, scope=JOBS)
    rows = await cast.owner.fetch("SELECT occurrence, account_id FROM notice WHERE kind = 'replacement_proposed'")
    assert {(row["occurrence"], row["account_id"]) for row in rows} == {
        (f"replacement:{one}:proposed", cast.leader.id) for one in (found.case, case)
    }
