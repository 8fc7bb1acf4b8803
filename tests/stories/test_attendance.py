"""A caregiver says they were there: kept once, late or not, by themselves or from paper, and never altered."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from accounts.permissions import Account
from caregivers.assessment import actions
from caregivers.assessment.attendance import Attendance
from caregivers.assessment.queries.attendance import own_attendance
from caregivers.assessment.refusals import (
    AgreementNotYours,
    AttendanceConflicts,
    AttendanceIdTaken,
    MadeAtImpossible,
    NotInForceThen,
    OnTheCaregiversSide,
    PaperBySupervisor,
    ServiceNotPromised,
)
from core import db
from core.errors import Forbidden
from core.ids import new_id
from tests.caring import agreement, caregiver, insert, linked_caregiver
from tests.cast import Cast
from tests.visiting import journal as history

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def said(cast: Cast, **changed: Any) -> Attendance:
    return Attendance(**{"made_at": cast.now - HOUR, "services": ("meals",), **changed})


async def rows(cast: Cast) -> list[Any]:
    found: list[Any] = await cast.owner.fetch("SELECT * FROM attendance ORDER BY logged_at, id")
    return found


async def kept(cast: Cast) -> tuple[UUID, Account]:
    """An agreement of a caregiver who signs in."""
    caregiver_id, account = await linked_caregiver(cast)
    return await agreement(cast, caregiver_id=caregiver_id), account


async def test_what_a_caregiver_says_is_kept_with_both_clocks(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    logged = await actions.log_attendance(new_id(), agreement_id, said(cast), by=account, now=cast.now)
    (row,) = await rows(cast)
    assert (row["made_at"], row["logged_at"], row["late"]) == (cast.now - HOUR, cast.now, False)
    assert (row["services"], row["by_account_id"], row["area_id"]) == (["meals"], account.id, cast.village)
    assert logged.message == "已记录。"
    assert await history(cast, agreement_id) == ["attendance.logged"]


async def test_the_same_words_again_get_the_same_answer_whatever_happened_since(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    attendance_id = new_id()
    first = await actions.log_attendance(attendance_id, agreement_id, said(cast), by=account, now=cast.now)
    ended = "UPDATE agreement SET status = 'ended', ended_on = '2026-02-01', ended_at = now(), ended_reason = 'mutual'"
    async with cast.owner.transaction():
        await cast.owner.execute("SET LOCAL session_replication_role = replica")
        await cast.owner.execute(f"{ended} WHERE id = $1", agreement_id)
    again = await actions.log_attendance(attendance_id, agreement_id, said(cast), by=account, now=cast.now + 30 * DAY)
    assert again == first
    assert len(await rows(cast)) == 1
    assert await history(cast, agreement_id) == ["attendance.logged"]


async def test_the_same_words_at_once_are_kept_once(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    attendance_id = new_id()
    answers = await asyncio.gather(
        *(actions.log_attendance(attendance_id, agreement_id, said(cast), by=account, now=cast.now) for _ in range(5))
    )
    assert all(one == answers[0] for one in answers)
    assert len(await rows(cast)) == 1
    assert await history(cast, agreement_id) == ["attendance.logged"]


async def test_other_words_under_the_same_id_change_nothing_and_leave_a_trace(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    attendance_id = new_id()
    await actions.log_attendance(attendance_id, agreement_id, said(cast), by=account, now=cast.now)
    other = said(cast, services=("meals", "cleaning"))
    with pytest.raises(AttendanceConflicts):
        await actions.log_attendance(attendance_id, agreement_id, other, by=account, now=cast.now)
    assert [row["services"] for row in await rows(cast)] == [["meals"]]
    assert await history(cast, agreement_id) == ["attendance.logged", "attendance.conflicting"]


async def test_somebody_elses_agreement_is_not_found_and_their_id_tells_nothing(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    other_agreement, other = await kept(cast)
    attendance_id = new_id()
    await actions.log_attendance(attendance_id, agreement_id, said(cast), by=account, now=cast.now)
    for by in (other, cast.worker, cast.specialist):
        with pytest.raises(AgreementNotYours):
            await actions.log_attendance(new_id(), agreement_id, said(cast), by=by, now=cast.now)
    with pytest.raises(AttendanceIdTaken):
        await actions.log_attendance(attendance_id, other_agreement, said(cast), by=other, now=cast.now)
    with pytest.raises(Forbidden):
        await actions.log_attendance(new_id(), agreement_id, said(cast), by=cast.auditor, now=cast.now)
    assert len(await rows(cast)) == 1


async def test_a_cadre_who_cares_for_a_neighbour_logs_with_their_own_account(cast: Cast, pools: None) -> None:
    mine = await agreement(cast, caregiver_id=await caregiver(cast, account_id=cast.worker.id))
    await actions.log_attendance(new_id(), mine, said(cast), by=cast.worker, now=cast.now)
    with pytest.raises(AgreementNotYours):
        await actions.log_attendance(new_id(), await agreement(cast), said(cast), by=cast.worker, now=cast.now)
    async with db.transaction(cast.worker.scope):
        assert [one.agreement_id for one in await own_attendance(after=None, limit=9)] == [mine]


async def test_a_late_entry_is_accepted_and_marked(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    told = said(cast, made_at=cast.now - 2 * DAY)
    logged = await actions.log_attendance(new_id(), agreement_id, told, by=account, now=cast.now)
    assert "补录" in logged.message
    assert [row["late"] for row in await rows(cast)] == [True]


async def test_times_that_cannot_be_true_are_refused(cast: Cast, pools: None) -> None:
    agreement_id, account = await kept(cast)
    draft = await agreement(cast, status="draft", caregiver_id=await caregiver(cast, account_id=cast.worker.id))
    impossible = (
        (said(cast, made_at=cast.now + HOUR), MadeAtImpossible),
        (said(cast, made_at=cast.now - 70 * DAY), MadeAtImpossible),
        (said(cast, services=("turning",)), ServiceNotPromised),
    )
    for told, refusal in impossible:
        with pytest.raises(refusal):
            await actions.log_attendance(new_id(), agreement_id, told, by=account, now=cast.now)
    with pytest.raises(AgreementNotYours):
        await actions.log_attendance(new_id(), draft, said(cast), by=cast.worker, now=cast.now)
    assert await rows(cast) == []


async def test_an_agreement_taken_over_from_a_ledger_was_in_force_before(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    columns: dict[str, Any] = {"source": "ledger", "starts_on": date(2025, 1, 1), "activated_at": cast.now}
    agreement_id = await agreement(cast, caregiver_id=caregiver_id, **columns)
    await actions.log_attendance(
        new_id(), agreement_id, said(cast, made_at=cast.now - 90 * DAY), by=account, now=cast.now
    )


async def test_a_suspended_or_ended_agreement_takes_no_entry_of_that_time(cast: Cast, pools: None) -> None:
    caregiver_id, account = await linked_caregiver(cast)
    suspended = await agreement(cast, caregiver_id=caregiver_id, status="suspended")
    ended = await agreement(cast, caregiver_id=caregiver_id, status="ended")
    for agreement_id in (suspended, ended):
        with pytest.raises(NotInForceThen):
            await actions.log_attendance(new_id(), agreement_id, said(cast), by=account, now=cast.now)
        before = said(cast, made_at=cast.now - 3 * DAY)
        await actions.log_attendance(new_id(), agreement_id, before, by=account, now=cast.now)


async def test_paper_is_keyed_in_by_a_supervisor_who_is_not_on_the_caregivers_side(cast: Cast, pools: None) -> None:
    caregiver_id = await caregiver(cast)
    agreement_id = await agreement(cast, caregiver_id=caregiver_id)
    paper = said(cast, on_paper_by="张秀英")
    with pytest.raises(PaperBySupervisor):
        await actions.log_paper_attendance(new_id(), agreement_id, paper, by=cast.worker, now=cast.now)
    with pytest.raises(PaperBySupervisor):
        await actions.log_paper_attendance(new_id(), agreement_id, said(cast), by=cast.specialist, now=cast.now)
    with pytest.raises(AgreementNotYours):
        await actions.log_paper_attendance(new_id(), agreement_id, paper, by=cast.foreign_specialist, now=cast.now)
    tie = {"id": new_id(), "caregiver_id": caregiver_id, "area_id": cast.township, "account_id": cast.leader.id}
    told = {"kind": "sibling", "declared_by": cast.specialist.id, "declared_at": cast.now}
    await insert(cast.owner, "relation", tie | told)
    with pytest.raises(OnTheCaregiversSide):
        await actions.log_paper_attendance(new_id(), agreement_id, paper, by=cast.leader, now=cast.now)
    await actions.log_paper_attendance(new_id(), agreement_id, paper, by=cast.specialist, now=cast.now)
    (row,) = await rows(cast)
    assert (row["on_paper_by"], row["by_account_id"], row["caregiver_id"]) == (
        "张秀英",
        cast.specialist.id,
        caregiver_id,
    )


async def test_by_direct_sql_attendance_is_only_added_and_nobody_speaks_for_a_caregiver(
    cast: Cast, pools: None
) -> None:
    agreement_id, account = await kept(cast)
    attendance_id = new_id()
    await actions.log_attendance(attendance_id, agreement_id, said(cast), by=account, now=cast.now)
    copied = (
        "INSERT INTO attendance SELECT gen_random_uuid(), agreement_id, recipient_id, caregiver_id, area_id, {by},"
        " {paper}, services, note, made_at, logged_at, late, sha256 FROM attendance WHERE id = $1"
    )
    forbidden = [
        (account, "UPDATE attendance SET note = '改' WHERE id = $1"),
        (cast.specialist, "DELETE FROM attendance WHERE id = $1"),
        (cast.worker, copied.format(by="caller()", paper="NULL")),
        (cast.worker, copied.format(by="by_account_id", paper="'张秀英'")),
    ]
    for by, sql in forbidden:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(by.scope):
                await db.execute(sql, attendance_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await cast.owner.execute("UPDATE attendance SET note = '改'")
    assert len(await rows(cast)) == 1
