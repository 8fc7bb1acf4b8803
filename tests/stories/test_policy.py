"""District policy: issued in versions, dated, never one that would leave nobody to tell."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from accounts import actions
from accounts.lengths import Length
from accounts.permissions import Account
from accounts.policy import Policy, PolicyRefused
from accounts.queries import EffectivePolicy, calendars_for, policies_for, policy_for
from accounts.queries.policies import PolicyVersion, versions
from accounts.refusals import DocumentNumberMissing, EffectiveInThePast, TooFarAhead
from core import db
from core.scope import JOBS
from tests.cast import Cast

TODAY = date(2026, 3, 2)
FIVE_DAYS: dict[str, Any] = {"visits": {"interval": {"high": "5d"}}}


async def issue(
    cast: Cast,
    changes: dict[str, Any],
    *,
    on: date = TODAY,
    number: str = "津宁民发〔2026〕3号",
    by: Account | None = None,
) -> PolicyVersion:
    return await actions.issue_policy(
        document_number=number, effective_on=on, changes=changes, note="", by=by or cast.district, now=cast.now
    )


async def in_force(cast: Cast, on: date) -> EffectivePolicy:
    async with db.transaction(JOBS):
        return await policy_for(cast.district_area, on)


async def test_until_a_district_issues_its_own_the_default_is_in_force_as_version_one(cast: Cast) -> None:
    effective = await in_force(cast, TODAY)
    assert (effective.id, effective.version, effective.policy) == (None, 1, Policy.default())


async def test_a_version_changes_its_rows_and_leaves_the_others(cast: Cast) -> None:
    issued = await issue(cast, FIVE_DAYS)
    effective = await in_force(cast, TODAY)
    assert (effective.id, effective.version, effective.document_number) == (issued.id, 2, "津宁民发〔2026〕3号")
    assert effective.policy.visits.interval.high == Length.of("5d")
    assert effective.policy.visits.interval.general == Policy.default().visits.interval.general
    assert [(one.pointer, one.before, one.after) for one in issued.changes] == [("/visits/interval/high", "7d", "5d")]


async def test_a_version_begins_on_its_local_day_and_not_before(cast: Cast) -> None:
    await issue(cast, FIVE_DAYS, on=date(2026, 3, 10))
    assert (await in_force(cast, date(2026, 3, 9))).version == 1
    assert (await in_force(cast, date(2026, 3, 10))).version == 2


async def test_each_version_builds_on_the_one_in_force_on_its_day(cast: Cast) -> None:
    await issue(cast, FIVE_DAYS, on=date(2026, 4, 1))
    await issue(cast, {"visits": {"interval": {"general": "20d"}}}, on=date(2026, 5, 1))
    policy = (await in_force(cast, date(2026, 5, 1))).policy
    assert (str(policy.visits.interval.high), str(policy.visits.interval.general)) == ("5d", "20d")
    async with db.transaction(cast.district.scope):
        assert [one.version for one in await versions(cast.district_area)] == [3, 2]


async def test_of_two_versions_of_one_day_the_later_number_counts(cast: Cast) -> None:
    await issue(cast, FIVE_DAYS)
    await issue(cast, {"visits": {"interval": {"high": "6d"}}})
    assert str((await in_force(cast, TODAY)).policy.visits.interval.high) == "6d"


async def test_another_district_keeps_its_own(cast: Cast) -> None:
    await issue(cast, FIVE_DAYS)
    async with db.transaction(JOBS):
        found = await policies_for([cast.district_area, 999_999], TODAY)
    assert [found[cast.district_area].version, found[999_999].version] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"alerts": {"ladder": {"critical": []}}}, "/changes/alerts/ladder/critical"),
        ({"alerts": {"ladder": {"critical": ["village"]}}}, "/changes/alerts/ladder/critical"),
        ({"visits": {"interval": {"high": "soon"}}}, "/changes/visits/interval/high"),
        ({"visits": {"intervall": {}}}, "/changes/visits/intervall"),
    ],
)
async def test_a_policy_that_would_leave_nobody_to_tell_is_refused_by_its_row(
    cast: Cast, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(PolicyRefused) as refused:
        await issue(cast, changes)
    assert refused.value.field == pointer
    assert (await in_force(cast, TODAY)).version == 1


@pytest.mark.parametrize(("on", "refusal"), [(date(2026, 3, 1), EffectiveInThePast), (date(2099, 1, 1), TooFarAhead)])
async def test_a_version_begins_today_at_the_earliest_and_within_reason(
    cast: Cast, on: date, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await issue(cast, FIVE_DAYS, on=on)


async def test_a_version_names_the_document_that_issued_it(cast: Cast) -> None:
    with pytest.raises(DocumentNumberMissing):
        await issue(cast, FIVE_DAYS, number="  ")


async def test_an_issued_version_can_never_be_altered(cast: Cast) -> None:
    await issue(cast, FIVE_DAYS)
    for statement in ("UPDATE policy_version SET note = 'x'", "DELETE FROM policy_version"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await cast.owner.execute(statement)


async def test_a_township_cannot_write_the_districts_policy_even_past_the_rules(cast: Cast) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await issue(cast, FIVE_DAYS, by=cast.leader)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await actions.set_calendar_day(day=TODAY, working=False, reason="x", by=cast.leader, now=cast.now)


async def test_the_districts_word_on_a_day_wins_over_the_calendar_and_its_last_word_counts(cast: Cast) -> None:
    day = TODAY + timedelta(days=1)

    async def works() -> bool:
        async with db.transaction(JOBS):
            return (await calendars_for([cast.district_area], TODAY))[cast.district_area].is_workday(day)

    assert await works()
    for working in (False, True):
        await actions.set_calendar_day(day=day, working=working, reason="防汛", by=cast.district, now=cast.now)
        assert await works() is working


async def test_an_issue_stands_in_the_journal_row_by_row(cast: Cast) -> None:
    await issue(cast, FIVE_DAYS)
    row = await cast.owner.fetchrow("SELECT kind, by_account_id, area_id, facts FROM journal")
    assert (row["kind"], row["by_account_id"]) == ("policy.issued", cast.district.id)
    assert row["area_id"] == cast.district_area
    assert '"/visits/interval/high"' in row["facts"]
