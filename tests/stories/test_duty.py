"""The roster: nobody arranges the rung above their own, covers answer, and a gap is told before it opens."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from accounts import actions
from accounts.duty import Duty
from accounts.permissions import Account
from accounts.queries import coming_gaps, duty_facts
from accounts.refusals import (
    AccountEnded,
    AlreadyPast,
    AreaUnfit,
    AreaUnknown,
    CannotHold,
    CoverUnfit,
    DutyBeyondYours,
    DutyHeldAlready,
    DutyOver,
    LastOnDuty,
    LeaveOver,
    LeaveOverlaps,
    TimesReversed,
    TooFarAhead,
)
from core import db
from core.errors import NotFound
from core.scope import JOBS
from tests.cast import Cast

DAY = timedelta(days=1)


async def answering(cast: Cast, duty: Duty, at: datetime, area_id: int | None = None) -> list[UUID]:
    async with db.transaction(JOBS):
        facts = await duty_facts([area_id or cast.village])
    return [one.account_id for one in facts.answering(duty, area_id or cast.village, at)]


async def leave(
    cast: Cast,
    account: Account,
    *,
    by: Account | None = None,
    days: tuple[float, float] = (1, 5),
    cover: Account | UUID | None = None,
) -> UUID:
    return await actions.take_leave(
        account.id,
        starts_at=cast.now + days[0] * DAY,
        ends_at=cast.now + days[1] * DAY,
        cover_id=cover.id if isinstance(cover, Account) else cover,
        reason="年休假",
        by=by or account,
        now=cast.now,
    )


async def add(cast: Cast, account: Account, duty: Duty, area_id: int, by: Account) -> UUID:
    return await actions.add_duty(account.id, duty, area_id, by=by, now=cast.now)


async def test_a_specialist_puts_a_worker_on_duty_for_a_village(cast: Cast) -> None:
    await cast.owner.execute("UPDATE account_area SET area = $2 WHERE account = $1", cast.worker.id, cast.township)
    await add(cast, cast.worker, Duty.VILLAGE, cast.other_village, cast.specialist)
    assert await answering(cast, Duty.VILLAGE, cast.now, cast.other_village) == [cast.worker.id]


@pytest.mark.parametrize(("by", "duty"), [("specialist", Duty.TOWNSHIP_LEADER), ("leader", Duty.DISTRICT)])
async def test_nobody_arranges_the_rung_above_their_own(cast: Cast, by: str, duty: Duty) -> None:
    with pytest.raises(DutyBeyondYours):
        await add(cast, cast.leader, duty, cast.township, getattr(cast, by))
    held = await cast.owner.fetchval("SELECT id FROM duty WHERE account = $1", cast.leader.id)
    if by == "specialist":
        with pytest.raises(DutyBeyondYours):
            await actions.end_duty(held, by=cast.specialist, now=cast.now)


async def test_a_role_holds_no_duty_above_it(cast: Cast) -> None:
    with pytest.raises(CannotHold):
        await add(cast, cast.specialist, Duty.TOWNSHIP_LEADER, cast.township, cast.leader)


async def test_nobody_is_on_duty_where_they_see_nobody(cast: Cast) -> None:
    with pytest.raises(CannotHold):
        await add(cast, cast.worker, Duty.VILLAGE, cast.other_village, cast.specialist)


async def test_a_duty_lies_at_its_own_level_or_above(cast: Cast) -> None:
    with pytest.raises(AreaUnfit):
        await add(cast, cast.leader, Duty.TOWNSHIP_LEADER, cast.village, cast.leader)


async def test_foreign_areas_and_accounts_are_as_unknown_as_none(cast: Cast) -> None:
    for area_id in (cast.foreign_village, cast.district_area, 999_999):
        with pytest.raises(AreaUnknown):
            await add(cast, cast.worker, Duty.VILLAGE, area_id, cast.specialist)
    with pytest.raises(NotFound):
        await add(cast, cast.foreign_worker, Duty.VILLAGE, cast.village, cast.specialist)
    foreign = await cast.owner.fetchval("SELECT id FROM duty WHERE account = $1", cast.foreign_worker.id)
    for duty_id in (foreign, uuid4()):
        with pytest.raises(NotFound):
            await actions.end_duty(duty_id, by=cast.specialist, now=cast.now)


async def test_a_duty_is_held_once(cast: Cast) -> None:
    with pytest.raises(DutyHeldAlready):
        await add(cast, cast.worker, Duty.VILLAGE, cast.village, cast.specialist)


async def test_a_duty_ends_once_and_answers_no_more(cast: Cast) -> None:
    held = await cast.owner.fetchval("SELECT id FROM duty WHERE account = $1", cast.worker.id)
    await actions.end_duty(held, by=cast.specialist, now=cast.now)
    assert await answering(cast, Duty.VILLAGE, cast.now) == []
    with pytest.raises(DutyOver):
        await actions.end_duty(held, by=cast.specialist, now=cast.now)


async def test_the_end_of_the_ladder_is_never_left_empty(cast: Cast) -> None:
    held = await cast.owner.fetchval("SELECT id FROM duty WHERE account = $1", cast.district.id)
    with pytest.raises(LastOnDuty):
        await actions.end_duty(held, by=cast.district, now=cast.now)
    assert await answering(cast, Duty.DISTRICT, cast.now) == [cast.district.id]


async def test_a_duty_of_a_week_does_not_count_as_a_successor(cast: Cast) -> None:
    await cast.owner.execute("UPDATE account SET role = 'district' WHERE id = $1", cast.auditor.id)
    await actions.add_duty(
        cast.auditor.id,
        Duty.DISTRICT,
        cast.district_area,
        ends_at=cast.now + 7 * DAY,
        by=cast.district,
        now=cast.now,
    )
    held = await cast.owner.fetchval("SELECT id FROM duty WHERE account = $1", cast.district.id)
    with pytest.raises(LastOnDuty):
        await actions.end_duty(held, by=cast.district, now=cast.now)


async def test_during_leave_the_cover_answers_and_before_and_after_it_she_herself(cast: Cast) -> None:
    await leave(cast, cast.specialist, cover=cast.leader)
    for days, who in ((0, cast.specialist), (1, cast.leader), (4.9, cast.leader), (5, cast.specialist)):
        assert await answering(cast, Duty.TOWNSHIP_SPECIALIST, cast.now + days * DAY) == [who.id]


async def test_a_cover_of_the_next_township_answers_whoever_asks(cast: Cast) -> None:
    await leave(cast, cast.specialist, by=cast.district, cover=cast.foreign_specialist)
    for eyes in (JOBS, cast.specialist.scope, cast.worker.scope):
        async with db.transaction(eyes):
            facts = await duty_facts([cast.village])
        answers = facts.answering(Duty.TOWNSHIP_SPECIALIST, cast.village, cast.now + 2 * DAY)
        assert [one.account_id for one in answers] == [cast.foreign_specialist.id]


async def test_a_leave_without_cover_is_a_gap_told_before_it_opens(cast: Cast) -> None:
    await leave(cast, cast.specialist, days=(3, 5))
    async with db.transaction(JOBS):
        gaps = await coming_gaps(cast.now, cast.now + 7 * DAY, [cast.village])
    assert [(one.duty, one.area_id, one.starts_at, one.ends_at) for one in gaps] == [
        (Duty.TOWNSHIP_SPECIALIST, cast.township, cast.now + 3 * DAY, cast.now + 5 * DAY)
    ]


async def test_without_areas_every_level_of_every_valid_area_is_watched(cast: Cast) -> None:
    await cast.owner.execute("UPDATE area SET valid_to = '2026-01-01' WHERE id = $1", cast.other_village)
    await cast.owner.execute("UPDATE account SET ended_at = $1, status = 'ended' WHERE role = 'district'", cast.now)
    async with db.transaction(JOBS):
        gaps = await coming_gaps(cast.now, cast.now + DAY)
    assert [(one.duty, one.area_id) for one in gaps] == [(Duty.DISTRICT, cast.district_area)]


@pytest.mark.parametrize(
    ("who", "cover"),
    [("specialist", "specialist"), ("specialist", "auditor"), ("district", "administrator")],
)
async def test_a_cover_is_somebody_else_who_can_answer(cast: Cast, who: str, cover: str) -> None:
    with pytest.raises(CoverUnfit):
        await leave(cast, getattr(cast, who), by=cast.district, cover=getattr(cast, cover))


async def test_an_ended_account_covers_for_nobody(cast: Cast) -> None:
    await cast.owner.execute(
        "UPDATE account SET ended_at = $1, status = 'ended' WHERE role = 'township_leader'", cast.now
    )
    with pytest.raises(CoverUnfit):
        await leave(cast, cast.specialist, cover=cast.leader)
    with pytest.raises(AccountEnded):
        await leave(cast, cast.leader, by=cast.district)


async def test_a_cover_out_of_sight_is_as_unknown_as_none(cast: Cast) -> None:
    for cover in (cast.foreign_specialist.id, uuid4()):
        with pytest.raises(NotFound) as refused:
            await leave(cast, cast.specialist, cover=cover)
        assert refused.value.field == "/cover_id"


async def test_two_leaves_of_one_person_do_not_overlap(cast: Cast) -> None:
    await leave(cast, cast.specialist, days=(1, 5))
    for days in ((0, 2), (2, 3), (4, 9), (0, 9)):
        with pytest.raises(LeaveOverlaps):
            await leave(cast, cast.specialist, days=days)
    await leave(cast, cast.specialist, days=(5, 9))
    await leave(cast, cast.leader, days=(1, 5))


@pytest.mark.parametrize(
    ("days", "refusal"),
    [((5, 1), TimesReversed), ((-5, -1), AlreadyPast), ((1, 400), TooFarAhead), ((400, 401), TooFarAhead)],
)
async def test_a_leave_has_sensible_times(cast: Cast, days: tuple[float, float], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await leave(cast, cast.specialist, days=days)


async def test_a_specialist_sends_her_worker_on_leave_but_not_her_leader(cast: Cast) -> None:
    await leave(cast, cast.worker, by=cast.specialist)
    with pytest.raises(DutyBeyondYours):
        await leave(cast, cast.leader, by=cast.specialist)
    with pytest.raises(NotFound):
        await leave(cast, cast.foreign_worker, by=cast.specialist)


async def test_a_leave_to_come_is_cancelled_and_one_under_way_ends_now(cast: Cast) -> None:
    to_come = await leave(cast, cast.specialist, days=(1, 5), cover=cast.leader)
    await actions.cancel_leave(to_come, by=cast.specialist, now=cast.now)
    assert await answering(cast, Duty.TOWNSHIP_SPECIALIST, cast.now + 2 * DAY) == [cast.specialist.id]
    under_way = await leave(cast, cast.specialist, days=(1, 5), cover=cast.leader)
    await actions.cancel_leave(under_way, by=cast.specialist, now=cast.now + 2 * DAY)
    assert await answering(cast, Duty.TOWNSHIP_SPECIALIST, cast.now + 1.5 * DAY) == [cast.leader.id]
    assert await answering(cast, Duty.TOWNSHIP_SPECIALIST, cast.now + 2 * DAY) == [cast.specialist.id]
    with pytest.raises(LeaveOver):
        await actions.cancel_leave(under_way, by=cast.specialist, now=cast.now + 3 * DAY)
    with pytest.raises(NotFound):
        await actions.cancel_leave(to_come, by=cast.specialist, now=cast.now)


async def test_another_townships_leave_is_as_unknown_as_none(cast: Cast) -> None:
    theirs = await leave(cast, cast.foreign_specialist)
    for leave_id in (theirs, uuid4()):
        with pytest.raises(NotFound):
            await actions.cancel_leave(leave_id, by=cast.specialist, now=cast.now)


async def test_duties_and_leaves_stand_in_the_journal_without_their_reason(cast: Cast) -> None:
    await leave(cast, cast.specialist, cover=cast.leader)
    row = await cast.owner.fetchrow("SELECT kind, by_account_id, facts FROM journal")
    assert (row["kind"], row["by_account_id"]) == ("leave.taken", cast.specialist.id)
    assert "年休假" not in row["facts"]
