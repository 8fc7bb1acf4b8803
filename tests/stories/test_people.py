"""Staff accounts: nobody makes anybody above themselves, and an account that ends is gone everywhere at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts import actions
from accounts.actions.sign_in import SignedIn
from accounts.duty import Duty
from accounts.people import AccountChanges, NewAccount
from accounts.permissions import Account, Role
from accounts.queries import people
from accounts.refusals import (
    AccountEnded,
    ActivationRefused,
    AreaUnfit,
    AreaUnknown,
    LastAdministrator,
    LastOnDuty,
    LoginMalformed,
    LoginTaken,
    NameMissing,
    NoPasswordForRole,
    NotYourOwn,
    PhoneMalformed,
    RoleBeyondYours,
    ServesElsewhere,
    SignInRefused,
)
from core import db
from core.errors import NotFound
from core.ids import new_id
from tests.cast import Cast
from tests.credentials import PASSWORD, cheap_hashing, give_authenticator, give_password

__all__ = ["cheap_hashing"]
pytestmark = pytest.mark.usefixtures("cheap_hashing")


def new(cast: Cast, role: Role = Role.WORKER, *areas: int, login: str = "liuyang") -> NewAccount:
    return NewAccount(login=login, name="刘洋", role=role, area_ids=areas or (cast.village,), phone="13800001234")


async def duties_of(cast: Cast, account_id: object) -> list[tuple[str, int]]:
    rows = await cast.owner.fetch(
        "SELECT duty, area FROM duty WHERE account = $1 AND ends_at IS NULL ORDER BY area", account_id
    )
    return [(row["duty"], row["area"]) for row in rows]


async def live_sessions(cast: Cast, account: Account) -> int:
    found: int = await cast.owner.fetchval(
        "SELECT count(*) FROM session WHERE account = $1 AND ended_at IS NULL", account.id
    )
    return found


async def sign_in(login: str, password: str, cast: Cast) -> SignedIn:
    return await actions.sign_in(
        login=login, password=password, code=None, device_mark=None, address=None, now=cast.now
    )


async def test_a_specialist_opens_a_worker_who_can_sign_in_and_is_on_duty(cast: Cast) -> None:
    opened = await actions.open_account(new(cast), by=cast.specialist, now=cast.now)
    assert opened.first_password is not None
    assert await sign_in("liuyang", opened.first_password, cast)
    assert await duties_of(cast, opened.account_id) == [("village", cast.village)]


@pytest.mark.parametrize(
    ("role", "duty", "area"),
    [
        (Role.TOWNSHIP_SPECIALIST, "township_specialist", "township"),
        (Role.TOWNSHIP_LEADER, "township_leader", "township"),
        (Role.DISTRICT, "district", "district_area"),
        (Role.AUDITOR, None, "district_area"),
        (Role.ADMINISTRATOR, None, "district_area"),
    ],
)
async def test_an_administrator_opens_every_role_with_its_duty(
    cast: Cast, role: Role, duty: str | None, area: str
) -> None:
    area_id: int = getattr(cast, area)
    opened = await actions.open_account(new(cast, role, area_id), by=cast.administrator, now=cast.now)
    assert await duties_of(cast, opened.account_id) == ([(duty, area_id)] if duty else [])


async def test_an_account_may_be_opened_without_duty(cast: Cast) -> None:
    off_duty = replace(new(cast), on_duty=False)
    opened = await actions.open_account(off_duty, by=cast.specialist, now=cast.now)
    assert await duties_of(cast, opened.account_id) == []


async def test_a_watcher_enters_by_a_link_and_has_no_password(cast: Cast) -> None:
    opened = await actions.open_account(new(cast, Role.WATCHER), by=cast.specialist, now=cast.now)
    assert opened.first_password is None
    with pytest.raises(NoPasswordForRole):
        await actions.reset_password(opened.account_id, by=cast.specialist, now=cast.now)


@pytest.mark.parametrize(
    "role",
    [Role.TOWNSHIP_SPECIALIST, Role.TOWNSHIP_LEADER, Role.DISTRICT, Role.AUDITOR, Role.ADMINISTRATOR],
)
async def test_a_specialist_opens_nobody_of_their_own_rung_or_above(cast: Cast, role: Role) -> None:
    with pytest.raises(RoleBeyondYours):
        await actions.open_account(new(cast, role, cast.township), by=cast.specialist, now=cast.now)


@pytest.mark.parametrize("by", ["worker", "leader", "district", "auditor"])
async def test_who_manages_no_accounts_opens_none(cast: Cast, by: str) -> None:
    with pytest.raises(RoleBeyondYours):
        await actions.open_account(new(cast), by=getattr(cast, by), now=cast.now)


async def test_an_area_of_another_township_is_as_unknown_as_none(cast: Cast) -> None:
    said = set()
    for area_id in (cast.foreign_village, 999_999):
        with pytest.raises(AreaUnknown) as refused:
            await actions.open_account(new(cast, Role.WORKER, area_id), by=cast.specialist, now=cast.now)
        said.add((refused.value.detail, refused.value.field))
    assert said == {(AreaUnknown.detail, "/area_ids/0")}


async def test_an_area_above_ones_own_cannot_be_given(cast: Cast) -> None:
    with pytest.raises(AreaUnknown):
        await actions.open_account(new(cast, Role.WORKER, cast.district_area), by=cast.specialist, now=cast.now)


async def test_a_role_gets_areas_of_its_own_level_only(cast: Cast) -> None:
    for role, area_id in ((Role.TOWNSHIP_LEADER, cast.district_area), (Role.DISTRICT, cast.township)):
        with pytest.raises(AreaUnfit):
            await actions.open_account(new(cast, role, area_id), by=cast.administrator, now=cast.now)


async def test_a_login_is_given_once(cast: Cast) -> None:
    await actions.open_account(new(cast), by=cast.specialist, now=cast.now)
    for login in ("liuyang", " LiuYang"):
        with pytest.raises(LoginTaken):
            await actions.open_account(new(cast, login=login), by=cast.administrator, now=cast.now)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"login": "刘洋"}, LoginMalformed),
        ({"login": "ab"}, LoginMalformed),
        ({"name": "   "}, NameMissing),
        ({"phone": "打给村里"}, PhoneMalformed),
    ],
)
async def test_a_malformed_account_is_refused(cast: Cast, wrong: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        await actions.open_account(replace(new(cast), **wrong), by=cast.specialist, now=cast.now)


async def test_a_phone_number_is_sealed(cast: Cast) -> None:
    opened = await actions.open_account(new(cast), by=cast.specialist, now=cast.now)
    row = await cast.owner.fetchval("SELECT account::text FROM account WHERE id = $1", opened.account_id)
    assert "13800001234" not in row
    async with db.transaction(cast.specialist.scope):
        person = await people.person(opened.account_id)
    assert person is not None and person.phone == "13800001234"


async def test_a_specialist_sees_the_accounts_of_her_township_alone(cast: Cast) -> None:
    async with db.transaction(cast.specialist.scope):
        seen = await people.people(after=None, limit=50)
        assert {one.id for one in seen} == {cast.worker.id, cast.specialist.id, cast.leader.id}
        assert await people.person(cast.foreign_worker.id) is None
        named = await people.staff_named([cast.foreign_worker.id, cast.district.id, uuid4()])
        assert set(named) == {cast.foreign_worker.id, cast.district.id}


async def test_a_change_of_areas_ends_every_session_and_moves_the_duty(cast: Cast) -> None:
    token = await cast.session(cast.worker)
    changed = await actions.change_account(
        cast.worker.id, AccountChanges(area_ids=(cast.other_village,)), by=cast.specialist, now=cast.now
    )
    assert changed.area_ids == (cast.other_village,)
    assert await actions.account_of(token, cast.now) is None
    assert await duties_of(cast, cast.worker.id) == [("village", cast.other_village)]


async def test_a_change_of_role_ends_every_session_and_the_duties_above_it(cast: Cast) -> None:
    token = await cast.session(cast.leader)
    changes = AccountChanges(role=Role.TOWNSHIP_SPECIALIST)
    await actions.change_account(cast.leader.id, changes, by=cast.administrator, now=cast.now)
    assert await actions.account_of(token, cast.now) is None
    assert await duties_of(cast, cast.leader.id) == [("township_specialist", cast.township)]


async def test_a_new_name_ends_no_session(cast: Cast) -> None:
    token = await cast.session(cast.worker)
    changes = AccountChanges(name="王秀英", phone="13900005678")
    changed = await actions.change_account(cast.worker.id, changes, by=cast.specialist, now=cast.now)
    assert (changed.name, changed.phone) == ("王秀英", "13900005678")
    assert await actions.account_of(token, cast.now) is not None


@pytest.mark.parametrize("role", [Role.TOWNSHIP_SPECIALIST, Role.ADMINISTRATOR])
async def test_a_specialist_raises_nobody(cast: Cast, role: Role) -> None:
    with pytest.raises(RoleBeyondYours):
        await actions.change_account(cast.worker.id, AccountChanges(role=role), by=cast.specialist, now=cast.now)


@pytest.mark.parametrize("target", ["leader", "specialist"])
async def test_a_specialist_changes_and_ends_nobody_of_their_own_rung_or_above(cast: Cast, target: str) -> None:
    account_id = getattr(cast, target).id
    with pytest.raises(RoleBeyondYours):
        await actions.change_account(account_id, AccountChanges(name="某某"), by=cast.specialist, now=cast.now)
    with pytest.raises(RoleBeyondYours):
        await actions.end_account(account_id, by=cast.specialist, now=cast.now)


async def test_an_account_of_another_township_is_as_unknown_as_none(cast: Cast) -> None:
    for account_id in (cast.foreign_worker.id, cast.district.id, uuid4()):
        with pytest.raises(NotFound):
            await actions.change_account(account_id, AccountChanges(name="某某"), by=cast.specialist, now=cast.now)
        with pytest.raises(NotFound):
            await actions.end_account(account_id, by=cast.specialist, now=cast.now)
        with pytest.raises(NotFound):
            await actions.reset_password(account_id, by=cast.specialist, now=cast.now)


async def test_whoever_serves_two_townships_is_changed_by_neither(cast: Cast) -> None:
    await cast.owner.execute(
        "INSERT INTO account_area (id, account, area) VALUES ($1, $2, $3)",
        new_id(),
        cast.worker.id,
        cast.foreign_village,
    )
    with pytest.raises(ServesElsewhere):
        await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)
    with pytest.raises(ServesElsewhere):
        await actions.reset_password(cast.worker.id, by=cast.specialist, now=cast.now)
    await actions.end_account(cast.worker.id, by=cast.administrator, now=cast.now)


async def test_an_ended_account_is_gone_everywhere_at_once(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    token = await cast.session(cast.worker)
    code = (await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)).code
    await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)
    assert await actions.account_of(token, cast.now) is None
    assert await live_sessions(cast, cast.worker) == 0
    assert await duties_of(cast, cast.worker.id) == []
    assert not await cast.owner.fetchval(
        "SELECT count(*) FROM device WHERE account = $1 AND revoked_at IS NULL", cast.worker.id
    )
    with pytest.raises(SignInRefused):
        await sign_in(login, PASSWORD, cast)
    with pytest.raises(ActivationRefused):
        await actions.activate_device(code=code, label="红米", address=None, now=cast.now)
    with pytest.raises(AccountEnded):
        await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)


async def test_a_duty_that_was_to_begin_later_never_begins_for_an_ended_account(cast: Cast) -> None:
    duty_id = await actions.add_duty(
        cast.worker.id,
        Duty.VILLAGE,
        cast.village,
        starts_at=cast.now + timedelta(days=7),
        ends_at=cast.now + timedelta(days=9),
        by=cast.specialist,
        now=cast.now,
    )
    await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)
    row = await cast.owner.fetchrow("SELECT starts_at, ends_at FROM duty WHERE id = $1", duty_id)
    assert row["starts_at"] == row["ends_at"]


async def test_the_last_administrator_cannot_go_without_a_successor(cast: Cast) -> None:
    alone = cast.administrator
    with pytest.raises(LastAdministrator):
        await actions.end_account(alone.id, by=alone, now=cast.now)
    with pytest.raises(LastAdministrator):
        await actions.change_account(alone.id, AccountChanges(role=Role.AUDITOR), by=alone, now=cast.now)
    await actions.open_account(new(cast, Role.ADMINISTRATOR, cast.district_area), by=alone, now=cast.now)
    await actions.end_account(alone.id, by=alone, now=cast.now)


async def test_the_last_on_the_districts_duty_cannot_go_without_a_successor(cast: Cast) -> None:
    with pytest.raises(LastOnDuty):
        await actions.end_account(cast.district.id, by=cast.administrator, now=cast.now)
    with pytest.raises(LastOnDuty):
        changes = AccountChanges(role=Role.AUDITOR)
        await actions.change_account(cast.district.id, changes, by=cast.administrator, now=cast.now)
    assert await duties_of(cast, cast.district.id) == [("district", cast.district_area)]
    await actions.open_account(new(cast, Role.DISTRICT, cast.district_area), by=cast.administrator, now=cast.now)
    await actions.end_account(cast.district.id, by=cast.administrator, now=cast.now)


async def test_a_lost_authenticator_is_forgotten_and_its_sessions_end(cast: Cast) -> None:
    login = await give_password(cast, cast.leader)
    await give_authenticator(cast, cast.leader)
    token = await cast.session(cast.leader)
    await actions.reset_second_factor(cast.leader.id, by=cast.administrator, now=cast.now)
    assert await actions.account_of(token, cast.now) is None
    assert await sign_in(login, PASSWORD, cast)


async def test_nobody_resets_their_own_password_or_authenticator(cast: Cast) -> None:
    with pytest.raises(NotYourOwn):
        await actions.reset_password(cast.administrator.id, by=cast.administrator, now=cast.now)
    with pytest.raises(NotYourOwn):
        await actions.reset_second_factor(cast.administrator.id, by=cast.administrator, now=cast.now)


async def test_a_reset_password_ends_the_sessions_that_rested_on_the_old_one(cast: Cast) -> None:
    token = await cast.session(cast.leader)
    first = await actions.reset_password(cast.leader.id, by=cast.administrator, now=cast.now)
    assert await actions.account_of(token, cast.now) is None
    assert await sign_in("leader", first, cast)


async def test_the_operator_appoints_the_first_administrator(cast: Cast) -> None:
    opened = await actions.appoint_administrator("root.admin", "郑伟", area_id=cast.district_area, now=cast.now)
    assert opened.first_password is not None
    signed = await sign_in("root.admin", opened.first_password, cast)
    account = await actions.account_of(signed.token, cast.now)
    assert account is not None
    assert (account.role, account.area_ids) == (Role.ADMINISTRATOR, (cast.district_area,))


async def test_the_journal_tells_who_did_what_to_whom_without_a_name(cast: Cast) -> None:
    opened = await actions.open_account(new(cast), by=cast.specialist, now=cast.now)
    await actions.end_account(opened.account_id, by=cast.specialist, now=cast.now)
    rows = await cast.owner.fetch("SELECT kind, subject_id, by_account_id, facts FROM journal ORDER BY id")
    assert [row["kind"] for row in rows] == ["account.created", "duty.added", "duty.ended", "account.ended"]
    assert {row["by_account_id"] for row in rows} == {cast.specialist.id}
    assert rows[0]["subject_id"] == opened.account_id
    assert not any("刘洋" in row["facts"] or "13800001234" in row["facts"] for row in rows)
