"""Standing: what hides a person from sight takes two people, can be undone, and is never forgotten (story 10)."""

from datetime import date
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account
from core import db
from core.errors import Forbidden, Invalid
from core.scope import JOBS
from recipients import actions
from recipients.queries import changes_of, support_facts_of
from recipients.queries.standing import StoredChange
from recipients.refusals import (
    ChangeAlreadyPending,
    ChangeAlreadySettled,
    ChangeOvertaken,
    RecipientNotFound,
    SecondPersonNeeded,
    StandingChangeNotFound,
    StandingNotAllowed,
)
from recipients.standing import Standing
from tests.cast import Cast

LONG_UNSEEN: tuple[Standing, ...] = ("died", "moved_to_collective", "eligibility_ended")


async def proposed(cast: Cast, recipient: UUID, standing: Standing, by: Account | None = None) -> StoredChange:
    return await actions.propose_standing(
        recipient,
        standing_after=standing,
        happened_on=date(2026, 3, 1),
        reason="村里来电告知",
        by=by or cast.specialist,
        now=cast.now,
    )


async def standing_of(cast: Cast, recipient: UUID) -> str:
    found: str = await cast.owner.fetchval("SELECT standing FROM recipient WHERE id = $1", recipient)
    return found


async def supported(recipient: UUID) -> bool:
    async with db.transaction(JOBS):
        return (await support_facts_of([recipient]))[recipient].supported


@pytest.mark.parametrize("standing", LONG_UNSEEN)
async def test_a_proposal_alone_changes_nothing(cast: Cast, standing: Standing) -> None:
    recipient = await cast.recipient()
    await proposed(cast, recipient, standing)
    assert await standing_of(cast, recipient) == "at_home"
    assert await supported(recipient)


@pytest.mark.parametrize("standing", LONG_UNSEEN)
async def test_nobody_confirms_their_own_proposal(cast: Cast, standing: Standing) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, standing)
    with pytest.raises(SecondPersonNeeded):
        await actions.confirm_standing(change.id, by=cast.specialist, now=cast.now)
    assert await standing_of(cast, recipient) == "at_home"


@pytest.mark.parametrize("standing", LONG_UNSEEN)
async def test_the_database_itself_refuses_one_person_in_both_roles(cast: Cast, standing: Standing) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, standing)
    with pytest.raises(asyncpg.CheckViolationError, match="standing_change_two_people"):
        async with db.transaction(cast.specialist.scope):
            await db.execute(
                "UPDATE standing_change SET confirmed_by = proposed_by, confirmed_at = $2 WHERE id = $1",
                change.id,
                cast.now,
            )


async def test_the_database_lets_nobody_rewrite_a_proposal(cast: Cast) -> None:
    change = await proposed(cast, await cast.recipient(), "died")
    for rewriting in ("SET proposed_by = $2", "SET recipient = $2"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.specialist.scope):
                await db.execute(f"UPDATE standing_change {rewriting} WHERE id = $1", change.id, cast.leader.id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.specialist.scope):
            await db.execute("DELETE FROM standing_change WHERE id = $1", change.id)


async def test_a_worker_may_propose_but_not_confirm(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died", by=cast.specialist)
    with pytest.raises(Forbidden):
        await actions.confirm_standing(change.id, by=cast.worker, now=cast.now)
    assert await standing_of(cast, recipient) == "at_home"


async def test_a_second_person_confirms_and_nobody_visits_any_more(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died", by=cast.worker)
    await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)
    assert await standing_of(cast, recipient) == "died"
    assert not await supported(recipient)


async def test_a_living_man_marked_dead_comes_back_whole(cast: Cast) -> None:
    """Story 10: undo restores what the next lay-out of visits reads; the slip stays in the history."""
    recipient = await cast.recipient(risk="high")
    change = await proposed(cast, recipient, "died")
    await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)
    await actions.undo_standing(change.id, reason="认错了人，本人在家", by=cast.specialist, now=cast.now)
    assert await standing_of(cast, recipient) == "at_home"
    assert await supported(recipient)
    async with db.transaction(cast.specialist.scope):
        history = await changes_of(recipient)
    assert [(one.change.after, one.change.undo_reason) for one in history] == [("died", "认错了人，本人在家")]
    told = await cast.owner.fetch(
        "SELECT kind, by_account_id FROM journal WHERE subject_id = $1 ORDER BY id", recipient
    )
    assert [(row["kind"], row["by_account_id"]) for row in told] == [
        ("standing.proposed", cast.specialist.id),
        ("standing.confirmed", cast.leader.id),
        ("standing.undone", cast.specialist.id),
    ]


async def test_undoing_asks_for_a_reason(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died")
    await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)
    with pytest.raises(Invalid) as refused:
        await actions.undo_standing(change.id, reason="  ", by=cast.leader, now=cast.now)
    assert refused.value.field == "/reason"


async def test_a_worker_undoes_nothing(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died")
    await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)
    with pytest.raises(Forbidden):
        await actions.undo_standing(change.id, reason="不对", by=cast.worker, now=cast.now)


async def test_hospital_and_home_need_one_person(cast: Cast) -> None:
    recipient = await cast.recipient()
    await proposed(cast, recipient, "in_hospital", by=cast.worker)
    assert await standing_of(cast, recipient) == "in_hospital"
    await proposed(cast, recipient, "at_home", by=cast.worker)
    assert await standing_of(cast, recipient) == "at_home"
    assert await supported(recipient)


async def test_one_proposal_at_a_time(cast: Cast) -> None:
    recipient = await cast.recipient()
    await proposed(cast, recipient, "died")
    with pytest.raises(ChangeAlreadyPending):
        await proposed(cast, recipient, "eligibility_ended")


async def test_a_rejected_proposal_makes_room_for_another(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died", by=cast.worker)
    await actions.reject_standing(change.id, by=cast.specialist, now=cast.now)
    with pytest.raises(ChangeAlreadySettled):
        await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)
    await proposed(cast, recipient, "eligibility_ended")


async def test_the_proposer_takes_a_proposal_back_but_another_worker_does_not(cast: Cast) -> None:
    recipient = await cast.recipient()
    first = await proposed(cast, recipient, "died", by=cast.specialist)
    with pytest.raises(Forbidden):
        await actions.reject_standing(first.id, by=cast.worker, now=cast.now)
    await actions.reject_standing(first.id, by=cast.specialist, now=cast.now)
    second = await proposed(cast, recipient, "died", by=cast.worker)
    await actions.reject_standing(second.id, by=cast.worker, now=cast.now)


async def test_a_proposal_overtaken_by_events_is_not_confirmed(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died")
    await cast.owner.execute("UPDATE recipient SET standing = 'in_hospital' WHERE id = $1", recipient)
    with pytest.raises(ChangeOvertaken):
        await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)


async def test_nothing_follows_death_but_its_undoing(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died")
    await actions.confirm_standing(change.id, by=cast.leader, now=cast.now)
    with pytest.raises(StandingNotAllowed):
        await proposed(cast, recipient, "at_home")


async def test_a_day_that_has_not_come_is_refused(cast: Cast) -> None:
    recipient = await cast.recipient()
    with pytest.raises(Invalid) as refused:
        await actions.propose_standing(
            recipient,
            standing_after="died",
            happened_on=date(2026, 3, 3),
            reason="村里来电告知",
            by=cast.specialist,
            now=cast.now,
        )
    assert refused.value.field == "/happened_on"


async def test_the_next_township_finds_neither_the_person_nor_the_change(cast: Cast) -> None:
    recipient = await cast.recipient()
    change = await proposed(cast, recipient, "died")
    with pytest.raises(RecipientNotFound):
        await proposed(cast, recipient, "died", by=cast.foreign_specialist)
    with pytest.raises(StandingChangeNotFound):
        await actions.confirm_standing(change.id, by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(StandingChangeNotFound):
        await actions.undo_standing(change.id, reason="不对", by=cast.foreign_leader, now=cast.now)
    assert await standing_of(cast, recipient) == "at_home"


async def test_free_text_stays_out_of_the_journal_and_out_of_sight_of_jobs(cast: Cast) -> None:
    await proposed(cast, await cast.recipient(), "died")
    assert "村里来电" not in str([tuple(row) for row in await cast.owner.fetch("SELECT * FROM journal")])
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(JOBS):
            await db.fetch("SELECT reason FROM standing_change")
