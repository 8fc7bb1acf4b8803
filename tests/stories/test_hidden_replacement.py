"""A case that rests on suspected abuse shows in nothing the caregiver's side sees, until the caregiver is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from accounts.permissions import Account
from alerts.actions import climb
from caregivers.replacement import actions
from caregivers.replacement.grounds import Ground
from caregivers.replacement.queries import undecided_case_of
from caregivers.replacement.queries.reading import Wanted, case_read, cases_page, hearings_of
from caregivers.replacement.refusals import CaseNotFound
from core import db
from core.ids import new_id
from tests.caring import agreement, insert, linked_caregiver
from tests.cast import NOW, Cast
from tests.replacing import DAY, HOUR, by_policy, case_row, decide, failed, hear, heard
from tests.visiting import alerts


async def hidden(cast: Cast, **columns: Any) -> tuple[UUID, UUID, Account]:
    """A case the specialist must not see, being related: (case, agreement, caregiver's account)."""
    recipient = await cast.recipient(visit_worker_id=cast.worker.id)
    caregiver_id, account = await linked_caregiver(cast)
    row = {"id": new_id(), "caregiver_id": caregiver_id, "area_id": cast.village, "account_id": cast.specialist.id}
    declared = {"kind": "sibling", "declared_by": cast.leader.id, "declared_at": NOW - DAY}
    await insert(cast.owner, "relation", row | declared)
    agreement_id = await agreement(cast, recipient, caregiver_id, **columns)
    return await suspect(cast, agreement_id, account), agreement_id, account


async def suspect(cast: Cast, agreement_id: UUID, account: Account) -> UUID:
    abuse = Ground(kind="abuse", subject_id=new_id(), at=NOW)
    barred = (cast.specialist.id, account.id)
    return await by_policy(agreement_id, [abuse], confidential=True, barred_ids=barred)


async def sees(account: Account, case: UUID) -> bool:
    """Whether an account finds a case by its id, and the same in the list."""
    async with db.transaction(account.scope):
        listed = {one.id for one in await cases_page(Wanted(), after=None, limit=100)}
        read = await case_read(case)
        raw = await db.fetch_value("SELECT count(*) FROM replacement_case WHERE id = $1", case)
    assert (read is not None) == (case in listed) == bool(raw)
    return bool(raw)


async def test_only_who_handles_such_things_and_is_not_barred_sees_it(cast: Cast) -> None:
    case, _, account = await hidden(cast)
    seeing = [one.name for one in (*cast.everybody, account) if await sees(one, case)]
    assert seeing == [cast.leader.name, cast.district.name, cast.auditor.name]


async def test_the_barred_get_the_answer_of_a_case_that_is_not_there(cast: Cast) -> None:
    case, _, _ = await hidden(cast)
    for act in (
        actions.hear(case, heard(cast.now), by=cast.specialist, now=cast.now),
        actions.tell_caregiver(case, hearing_at=NOW + 2 * DAY, how="paper", by=cast.specialist, now=cast.now),
        actions.withdraw(case, reason="不实", by=cast.specialist, now=cast.now),
        decide(cast, case, by=cast.specialist, now=cast.now),
    ):
        with pytest.raises(CaseNotFound):
            await act


async def test_an_ordinary_case_stands_beside_it_and_neither_shows_in_the_other(cast: Cast) -> None:
    case, agreement_id, account = await hidden(cast)
    own = await actions.propose(agreement_id, reason="邻里反映", by=cast.specialist, now=cast.now)
    assert own != case and await sees(cast.specialist, own)
    ordinary = await by_policy(agreement_id, failed((new_id(), new_id()), new_id()), scope=cast.worker.scope)
    assert ordinary == own
    row = await case_row(cast, ordinary)
    assert (row["confidential"], row["ground"]) == (False, "proposed")
    assert await suspect(cast, agreement_id, account) == case
    assert "abuse" not in row["grounds"]


async def test_it_holds_nothing_back_for_those_who_must_not_know(cast: Cast) -> None:
    case, agreement_id, _ = await hidden(cast)
    async with db.transaction(cast.specialist.scope):
        assert await undecided_case_of(agreement_id) is None
    async with db.transaction(cast.leader.scope):
        assert await undecided_case_of(agreement_id) == case


async def overdue(cast: Cast, case: UUID) -> datetime:
    late: datetime = (await case_row(cast, case))["decide_by"]
    assert (await actions.watch_decisions(now=late))["undecided"] == 1
    return late


async def test_its_alert_reaches_no_one_on_the_caregivers_side(cast: Cast) -> None:
    case, _, account = await hidden(cast)
    late = await overdue(cast, case)
    (alert,) = await cast.owner.fetch("SELECT id, confidential, barred_ids, next_at FROM alert")
    assert (alert["confidential"], set(alert["barred_ids"])) == (True, {cast.specialist.id, account.id})
    for _ in range(4):
        late = await cast.owner.fetchval("SELECT next_at FROM alert")
        await climb(now=late)
    told = {row["account_id"] for row in await cast.owner.fetch("SELECT account_id FROM notice")}
    assert told == {cast.leader.id, cast.district.id}


async def test_its_history_lies_in_no_area_until_the_caregiver_is_told(cast: Cast) -> None:
    case, _, account = await hidden(cast)
    await overdue(cast, case)
    assert await places(cast, case) == {None}
    for reader in (cast.specialist, cast.worker, account):
        async with db.transaction(reader.scope):
            assert await db.fetch_value("SELECT count(*) FROM journal WHERE facts::text LIKE '%replacement%'") == 0
    assert await cast.owner.fetchval("SELECT count(*) FROM notice WHERE account_id = $1", account.id) == 0
    await actions.tell_caregiver(case, hearing_at=NOW + 9 * DAY, how="notice", by=cast.leader, now=NOW + 7 * DAY)
    async with db.transaction(cast.specialist.scope):
        rows = await db.fetch("SELECT kind FROM journal WHERE subject_id = $1 ORDER BY id", case)
    assert [row["kind"] for row in rows] == ["replacement.disclosed", "replacement.caregiver_told"]


async def places(cast: Cast, case: UUID) -> set[int | None]:
    rows = await cast.owner.fetch("SELECT area_id FROM journal WHERE subject_id = $1", case)
    return {row["area_id"] for row in rows}


async def test_once_told_it_is_open_but_what_the_recipient_said_is_not(cast: Cast) -> None:
    case, _, account = await hidden(cast)
    at = NOW + HOUR
    await actions.hear(case, heard(at), by=cast.leader, now=at)
    assert await sees(cast.specialist, case)
    assert not await sees(account, case)
    for reader, said in ((cast.leader, 1), (cast.district, 1), (cast.specialist, 0), (cast.worker, 0), (account, 0)):
        async with db.transaction(reader.scope):
            assert len(await hearings_of(case)) == said


async def test_it_is_decided_like_any_other_and_kept_from_no_decider(cast: Cast) -> None:
    case, *_ = await hidden(cast)
    await overdue(cast, case)
    at = await hear(cast, case, by=cast.leader, now=NOW + 7 * DAY)
    await decide(cast, case, now=at)
    assert (await case_row(cast, case))["status"] == "temporary_care"
    assert (await alerts(cast, "replacement_undecided"))[0]["status"] == "resolved"


async def test_suspicion_found_baseless_ends_it_without_a_word(cast: Cast) -> None:
    case, agreement_id, account = await hidden(cast)
    abuse = await cast.owner.fetchval("SELECT grounds -> 0 ->> 'subject_id' FROM replacement_case WHERE id = $1", case)
    async with db.transaction(cast.district.scope):
        await actions.withdraw_grounds(
            agreement_id, [UUID(abuse)], reason="unfounded", evidence={}, by=cast.district.id, now=NOW + DAY
        )
    assert (await case_row(cast, case))["status"] == "withdrawn"
    assert await places(cast, case) == {None}
    assert await cast.owner.fetchval("SELECT count(*) FROM notice WHERE account_id = $1", account.id) == 0
