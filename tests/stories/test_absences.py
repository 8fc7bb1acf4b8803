"""Absences: confirmed by a second person, layered, expiring by themselves, each owing a look at the door."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account
from accounts.policy import Policy
from core import db
from core.errors import Forbidden, Invalid
from core.scope import JOBS
from recipients import absence, actions
from recipients.by_policy import absence_rule
from recipients.queries import absences_of
from recipients.queries.absences import StoredAbsence
from recipients.refusals import (
    AbsenceAlreadyConfirmed,
    AbsenceAlreadyOver,
    AbsenceNotFound,
    RecipientNotFound,
    SecondPersonNeeded,
)
from tests.cast import Cast
from workers import absences as job

RULE = absence_rule(Policy.default(), "high")


async def reported(
    cast: Cast, recipient: UUID, *, days: float = 5, kind: absence.Kind = "away", by: Account | None = None
) -> StoredAbsence:
    return await actions.report_absence(
        recipient,
        kind=kind,
        starts_at=cast.now,
        ends_at=cast.now + timedelta(days=days),
        whereabouts="河东区女儿家",
        by=by or cast.worker,
        now=cast.now,
    )


async def confirmed(cast: Cast, recipient: UUID, *, days: float = 5, kind: absence.Kind = "away") -> StoredAbsence:
    stored = await reported(cast, recipient, days=days, kind=kind)
    return await actions.confirm_absence(stored.absence.id, how="family", by=cast.specialist, now=cast.now)


async def absences(recipient: UUID) -> tuple[absence.Absence, ...]:
    """As jobs see them: the sweep must be able to judge."""
    async with db.transaction(JOBS):
        return (await absences_of([recipient]))[recipient]


async def test_an_absence_nobody_confirmed_silences_nothing(cast: Cast) -> None:
    """Story 2: "she is at her daughter's"."""
    recipient = await cast.recipient()
    await reported(cast, recipient)
    assert absence.silencing(await absences(recipient), cast.now + timedelta(days=1)) is None


async def test_the_reporter_cannot_be_the_confirmer(cast: Cast) -> None:
    recipient = await cast.recipient()
    stored = await reported(cast, recipient, by=cast.specialist)
    with pytest.raises(SecondPersonNeeded):
        await actions.confirm_absence(stored.absence.id, how="family", by=cast.specialist, now=cast.now)
    with pytest.raises(asyncpg.CheckViolationError, match="absence_two_people"):
        async with db.transaction(cast.specialist.scope):
            await db.execute(
                "UPDATE absence SET confirmed_by = reported_by, confirmed_at = $2, confirmed_how = 'family'"
                " WHERE id = $1",
                stored.absence.id,
                cast.now,
            )
    assert absence.silencing(await absences(recipient), cast.now + timedelta(days=1)) is None


async def test_a_worker_reports_but_does_not_confirm(cast: Cast) -> None:
    stored = await reported(cast, await cast.recipient(), by=cast.specialist)
    with pytest.raises(Forbidden):
        await actions.confirm_absence(stored.absence.id, how="family", by=cast.worker, now=cast.now)


async def test_a_confirmed_absence_silences_until_its_end_and_not_a_moment_longer(cast: Cast) -> None:
    recipient = await cast.recipient()
    stored = await confirmed(cast, recipient, days=5)
    held = await absences(recipient)
    assert absence.silencing(held, cast.now + timedelta(days=4)) == stored.absence
    assert absence.silencing(held, cast.now + timedelta(days=5)) is None


async def test_ending_one_absence_does_not_lift_another(cast: Cast) -> None:
    recipient = await cast.recipient()
    away = await confirmed(cast, recipient, days=5)
    hospital = await confirmed(cast, recipient, days=3, kind="in_hospital")
    later = cast.now + timedelta(days=1)
    await actions.end_absence(away.absence.id, by=cast.worker, now=later)
    still = absence.silencing(await absences(recipient), later)
    assert still is not None and still.id == hospital.absence.id
    await actions.end_absence(hospital.absence.id, by=cast.worker, now=later)
    assert absence.silencing(await absences(recipient), later) is None


async def test_an_absence_is_no_longer_than_the_district_allows(cast: Cast) -> None:
    recipient = await cast.recipient()
    with pytest.raises(Invalid) as refused:
        await reported(cast, recipient, days=31)
    assert refused.value.field == "/ends_at"
    assert "30 天" in refused.value.detail


async def test_an_absence_ends_by_itself_once_and_says_so_once(cast: Cast) -> None:
    recipient = await cast.recipient()
    stored = await confirmed(cast, recipient, days=5)
    before, after = cast.now + timedelta(days=4), cast.now + timedelta(days=6)
    assert await job.run(before) == {"ended": 0}
    assert await job.run(after) == {"ended": 1}
    assert await job.run(after) == {"ended": 0}
    told = await cast.owner.fetch("SELECT facts, by_account_id FROM journal WHERE kind = 'absence.expired'")
    assert [row["by_account_id"] for row in told] == [None]
    assert str(stored.absence.id) in told[0]["facts"]


async def test_an_end_missed_for_days_is_made_up_in_batches(cast: Cast) -> None:
    for _ in range(3):
        await reported(cast, await cast.recipient(), days=1)
    late = cast.now + timedelta(days=9)
    assert [await actions.end_absences(now=late, limit=2) for _ in range(3)] == [2, 1, 0]


async def test_an_absence_that_has_run_out_is_not_confirmed_any_more(cast: Cast) -> None:
    stored = await reported(cast, await cast.recipient(), days=1)
    with pytest.raises(AbsenceAlreadyOver):
        await actions.confirm_absence(
            stored.absence.id, how="family", by=cast.specialist, now=cast.now + timedelta(days=2)
        )


async def test_an_absence_is_confirmed_once(cast: Cast) -> None:
    stored = await confirmed(cast, await cast.recipient())
    with pytest.raises(AbsenceAlreadyConfirmed):
        await actions.confirm_absence(stored.absence.id, how="host", by=cast.leader, now=cast.now)


async def test_an_absence_that_is_over_owes_a_look_at_the_door_until_the_person_is_seen(cast: Cast) -> None:
    recipient = await cast.recipient(risk="high")
    await confirmed(cast, recipient, days=5)
    back = cast.now + timedelta(days=5)
    owed = absence.return_checks(await absences(recipient), back, RULE)
    assert [check.due_at for check in owed] == [back + timedelta(hours=24)]
    async with db.transaction(cast.worker.scope):
        settled = await actions.settle_return_checks(
            recipient, seen_at=back + timedelta(hours=1), area_id=cast.village, by=cast.worker.id, now=back
        )
    assert settled == 1
    assert absence.return_checks(await absences(recipient), back + timedelta(days=1), RULE) == ()


async def test_a_visit_during_the_absence_does_not_stand_for_the_return(cast: Cast) -> None:
    recipient = await cast.recipient()
    await confirmed(cast, recipient, days=5)
    during = cast.now + timedelta(days=2)
    async with db.transaction(cast.worker.scope):
        settled = await actions.settle_return_checks(
            recipient, seen_at=during, area_id=cast.village, by=cast.worker.id, now=during
        )
    assert settled == 0
    assert len(absence.return_checks(await absences(recipient), cast.now + timedelta(days=6), RULE)) == 1


async def test_whereabouts_are_sealed_and_hidden_from_jobs(cast: Cast) -> None:
    await reported(cast, await cast.recipient())
    sealed = await cast.owner.fetchval("SELECT whereabouts_sealed FROM absence")
    assert "女儿".encode() not in sealed
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(JOBS):
            await db.fetch("SELECT whereabouts_sealed FROM absence")
    assert "女儿" not in str([tuple(row) for row in await cast.owner.fetch("SELECT * FROM journal")])


async def test_the_next_township_finds_neither_the_person_nor_the_absence(cast: Cast) -> None:
    recipient = await cast.recipient()
    stored = await reported(cast, recipient)
    with pytest.raises(RecipientNotFound):
        await reported(cast, recipient, by=cast.foreign_worker)
    with pytest.raises(AbsenceNotFound):
        await actions.confirm_absence(stored.absence.id, how="family", by=cast.foreign_specialist, now=cast.now)
    with pytest.raises(AbsenceNotFound):
        await actions.end_absence(stored.absence.id, by=cast.foreign_worker, now=cast.now)
