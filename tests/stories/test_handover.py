"""After a removal: the successor, the handover list, the bar, and the end of the case (story 5 to its end)."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from caregivers.agreements import actions as agreements
from caregivers.people.queries import suitability_facts
from caregivers.replacement import actions
from caregivers.replacement.handover import Recorded
from caregivers.replacement.refusals import (
    CaseNotFound,
    CaseSettled,
    FeeNotToTheDay,
    HandoverNotDue,
    HandoverNotWhole,
    NotASuccessor,
    OnCaregiversSide,
    WordsMissing,
)
from core import db
from recipients import actions as recipients
from tests.caring import TODAY, agreement, caregiver, insert, row_of
from tests.cast import Cast
from tests.replacing import DAY, Trouble, care, case_row, decide, fall_away, hand_over, hear, status, trouble
from tests.visiting import alerts, journal


async def removed(cast: Cast) -> tuple[Trouble, datetime]:
    """The caregiver is removed, the village cares; and when that was."""
    found = await trouble(cast)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at)
    return found, at


async def successor(cast: Cast, found: Trouble, **columns: Any) -> UUID:
    """Another caregiver's agreement, in force."""
    return await agreement(cast, found.recipient, await caregiver(cast, name="陈大山"), **columns)


async def record(cast: Cast, found: Trouble, recorded: Recorded, at: datetime) -> None:
    await actions.record_handover(found.case, recorded, by=cast.specialist, now=at)


async def test_from_the_successor_to_the_last_key(cast: Cast) -> None:
    found, at = await removed(cast)
    follows = await successor(cast, found)
    await actions.link_successor(found.case, follows, by=cast.specialist, now=at)
    row = await case_row(cast, found.case)
    assert (row["status"], row["successor_agreement_id"], row["handover_due_at"]) == (
        "successor_signed",
        follows,
        at + 7 * DAY,
    )
    await hand_over(cast, found.case, until=TODAY, now=at, but=["keys"])
    with pytest.raises(HandoverNotWhole) as refused:
        await actions.close(found.case, by=cast.specialist, now=at)
    assert "钥匙" in refused.value.detail and "药品" not in refused.value.detail
    await record(cast, found, Recorded(item="keys", done=True), at)
    assert await status(cast, found.case) == "handed_over"
    await actions.close(found.case, by=cast.specialist, now=at)
    assert await status(cast, found.case) == "closed"
    told = await journal(cast, found.case)
    assert told[:4] == [f"replacement.{word}" for word in ("proposed", "caregiver_told", "heard", "decided")]
    assert told[-2:] == ["replacement.handed_over", "replacement.closed"]


async def test_the_removed_caregiver_cannot_be_taken_on_again(cast: Cast) -> None:
    """Not for anybody, not under another township that registers the same person anew; and nobody is told why."""
    found, _ = await removed(cast)
    number = await cast.owner.fetchval("SELECT id_index FROM caregiver WHERE id = $1", found.caregiver)
    again = await caregiver(cast, area_id=cast.foreign_village, id_index=number)
    somebody = await cast.recipient(area_id=cast.foreign_village)
    async with db.transaction(cast.foreign_specialist.scope):
        facts = await suitability_facts(again, somebody, on=TODAY)
    assert facts is not None and facts.barred


@pytest.mark.parametrize("how", ["same registration", "same ID number"])
async def test_the_removed_caregiver_is_no_successor(cast: Cast, how: str) -> None:
    found, at = await removed(cast)
    who = found.caregiver
    if how == "same ID number":
        number = await cast.owner.fetchval("SELECT id_index FROM caregiver WHERE id = $1", found.caregiver)
        who = await caregiver(cast, area_id=cast.other_village, id_index=number)
    follows = await agreement(cast, found.recipient, who)
    with pytest.raises(NotASuccessor):
        await actions.link_successor(found.case, follows, by=cast.specialist, now=at)
    assert (await actions.watch_decisions(now=at))["followed"] == 0


async def test_a_successor_is_this_recipients_and_in_force(cast: Cast) -> None:
    found, at = await removed(cast)
    for follows in (
        await agreement(cast),
        await successor(cast, found, status="pending_signatures"),
        await agreement(cast, area_id=cast.foreign_village),
    ):
        with pytest.raises(NotASuccessor):
            await actions.link_successor(found.case, follows, by=cast.specialist, now=at)
    assert await status(cast, found.case) == "temporary_care"


async def test_the_clock_notices_a_successor_nobody_has_noted(cast: Cast) -> None:
    found, at = await removed(cast)
    assert (await actions.watch_decisions(now=at))["followed"] == 0
    follows = await successor(cast, found)
    assert (await actions.watch_decisions(now=at))["followed"] == 1
    assert (await case_row(cast, found.case))["successor_agreement_id"] == follows
    assert sum((await actions.watch_decisions(now=at)).values()) == 0


async def test_a_handover_past_its_time_is_told_until_it_is_done(cast: Cast) -> None:
    found, at = await removed(cast)
    await actions.link_successor(found.case, await successor(cast, found), by=cast.specialist, now=at)
    assert (await actions.watch_decisions(now=at + 6 * DAY))["handover_overdue"] == 0
    assert (await actions.watch_decisions(now=at + 7 * DAY))["handover_overdue"] == 1
    assert (await actions.watch_decisions(now=at + 8 * DAY))["handover_overdue"] == 0
    await hand_over(cast, found.case, until=TODAY, now=at + 8 * DAY)
    (told,) = await alerts(cast, "handover_overdue")
    assert (told["status"], told["outcome"]) == ("resolved", "handed_over")


async def test_the_fee_is_settled_to_the_agreements_last_day(cast: Cast) -> None:
    found, at = await removed(cast)
    fee = Recorded(item="fee_settled", done=True, settled_until=TODAY, settled_yuan=120)
    for wrong in (
        replace(fee, settled_until=date(2026, 3, 1)),
        replace(fee, settled_until=None),
        replace(fee, settled_yuan=None),
        replace(fee, settled_yuan=-1),
    ):
        with pytest.raises(FeeNotToTheDay):
            await record(cast, found, wrong, at)
    await record(cast, found, fee, at)
    row = await cast.owner.fetchrow("SELECT settled_until, settled_yuan FROM handover_item")
    assert row is not None and tuple(row) == (TODAY, 120)


async def test_what_does_not_apply_says_why(cast: Cast) -> None:
    found, at = await removed(cast)
    with pytest.raises(WordsMissing):
        await record(cast, found, Recorded(item="medicines", done=False), at)
    await record(cast, found, Recorded(item="medicines", done=False, note="不服药"), at)
    await record(cast, found, Recorded(item="medicines", done=True), at)
    rows = await cast.owner.fetch("SELECT done FROM handover_item")
    assert [row["done"] for row in rows] == [True]


async def test_nothing_is_handed_over_before_a_removal_or_after_the_end(cast: Cast) -> None:
    found = await trouble(cast)
    with pytest.raises(HandoverNotDue):
        await record(cast, found, Recorded(item="keys", done=True), cast.now)
    at = await hear(cast, found.case)
    await decide(cast, found.case, "keep_with_reason", now=at)
    with pytest.raises(HandoverNotDue):
        await record(cast, found, Recorded(item="keys", done=True), at)


async def test_the_caregivers_relative_records_no_handover(cast: Cast) -> None:
    found, at = await removed(cast)
    row = {"caregiver_id": found.caregiver, "area_id": cast.village, "account_id": cast.specialist.id, "kind": "spouse"}
    declared = {"id": found.hazard, "declared_by": cast.leader.id, "declared_at": cast.now}
    await insert(cast.owner, "relation", row | declared)
    with pytest.raises(OnCaregiversSide):
        await record(cast, found, Recorded(item="keys", done=True), at)


async def test_a_full_list_without_a_successor_hands_nobody_over(cast: Cast) -> None:
    found, at = await removed(cast)
    await hand_over(cast, found.case, until=TODAY, now=at)
    assert await status(cast, found.case) == "temporary_care"
    with pytest.raises(HandoverNotWhole):
        await actions.close(found.case, by=cast.specialist, now=at)
    await actions.link_successor(found.case, await successor(cast, found), by=cast.specialist, now=at)
    assert (await actions.watch_decisions(now=at))["handed_over"] == 1
    assert await status(cast, found.case) == "handed_over"


async def test_who_dies_in_temporary_care_needs_no_successor(cast: Cast) -> None:
    found, at = await removed(cast)
    change = await recipients.propose_standing(
        found.recipient, standing_after="died", happened_on=TODAY, reason="医院证明", by=cast.worker, now=at
    )
    await recipients.confirm_standing(change.id, by=cast.specialist, now=at)
    await hand_over(cast, found.case, until=TODAY, now=at)
    assert await status(cast, found.case) == "handed_over"


async def test_an_agreement_that_had_ended_leaves_only_the_bar(cast: Cast) -> None:
    """The caregiver gave up before the decision: it is taken all the same, and the case may close at once."""
    found = await trouble(cast)
    await agreement_resigned(cast, found)
    at = await hear(cast, found.case)
    await decide(cast, found.case, now=at)
    assert (await row_of(cast, "agreement", found.agreement))["ended_reason"] == "resigned"
    assert await cast.owner.fetchval("SELECT count(*) FROM bar WHERE caregiver_id = $1", found.caregiver) == 1


async def agreement_resigned(cast: Cast, found: Trouble) -> None:
    now, steps_in = cast.now, care(cast.now)
    await agreements.end(
        found.agreement, reason="resigned", on=TODAY, note="不愿再照料", care=steps_in, by=cast.leader, now=now
    )


async def test_the_database_counts_the_list_itself(cast: Cast) -> None:
    found, at = await removed(cast)
    await actions.link_successor(found.case, await successor(cast, found), by=cast.specialist, now=at)
    await hand_over(cast, found.case, until=TODAY, now=at, but=["card"])
    for status_, columns in (("handed_over", "handed_over_at = now()"), ("closed", "closed_at = now()")):
        with pytest.raises(asyncpg.PostgresError) as error:
            async with db.transaction(cast.leader.scope):
                await db.execute(
                    f"UPDATE replacement_case SET status = '{status_}', {columns} WHERE id = $1", found.case
                )
        assert error.value.sqlstate == "CD001"


async def test_a_flagged_decision_is_reviewed_before_it_closes(cast: Cast) -> None:
    found, at = await removed(cast)
    await actions.link_successor(found.case, await successor(cast, found), by=cast.specialist, now=at)
    await hand_over(cast, found.case, until=TODAY, now=at)
    await fall_away(found.agreement, [found.cycles[0]], now=at)
    with pytest.raises(CaseSettled):
        await actions.close(found.case, by=cast.specialist, now=at)
    await actions.review_flag(found.case, note="其余记录仍足以支持决定。", by=cast.leader, now=at + DAY)
    await actions.close(found.case, by=cast.specialist, now=at + DAY)


async def test_a_case_goes_with_a_recipient_who_moves(cast: Cast) -> None:
    found, at = await removed(cast)
    await cast.owner.execute("UPDATE recipient SET area_id = $2 WHERE id = $1", found.recipient, cast.foreign_village)
    assert (await actions.watch_decisions(now=at))["moved"] == 1
    assert (await case_row(cast, found.case))["area_id"] == cast.foreign_village
    with pytest.raises(CaseNotFound):
        await record(cast, found, Recorded(item="keys", done=True), at)


async def test_a_case_that_makes_no_sense_stops_no_other(cast: Cast) -> None:
    bad, good = await trouble(cast), await trouble(cast)
    await cast.owner.execute(
        "UPDATE replacement_case SET grounds = jsonb_build_array(grounds -> 0, grounds -> 1, grounds -> 2, '1'::jsonb)"
        " WHERE id = $1",
        bad.case,
    )
    late = (await case_row(cast, good.case))["decide_by"]
    assert dict(await actions.watch_decisions(now=late)) == {"undecided": 1, "quarantined": 1}
    assert {(one["kind"], one["subject_id"]) for one in await alerts(cast)} == {
        ("replacement_undecided", good.case),
        ("quarantined", bad.case),
    }
    assert sum((await actions.watch_decisions(now=late)).values()) == 0
