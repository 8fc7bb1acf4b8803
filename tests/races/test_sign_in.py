"""Many at the same moment: a code counts once, a guess is counted before it is made, and the last one stays."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest

from accounts import actions, passwords
from accounts.actions.sign_in import SignedIn
from accounts.duty import Duty
from accounts.people import NewAccount
from accounts.permissions import Account, Role
from accounts.queries import duties, people
from accounts.refusals import LastOnDuty, LeaveOverlaps, SecondFactorRefused, SignInRefused, TooManyAttempts
from accounts.throttle import LIMITS, Key
from tests.cast import Cast
from tests.credentials import (
    PASSWORD,
    cheap_hashing,
    code_at,
    give_authenticator,
    give_password,
    give_recovery_codes,
)

__all__ = ["cheap_hashing"]
pytestmark = pytest.mark.usefixtures("cheap_hashing")

AT_ONCE = 5


async def together(*acts: Awaitable[Any]) -> Sequence[Any]:
    return await asyncio.gather(*acts, return_exceptions=True)


def sign_in(cast: Cast, login: str, password: str = PASSWORD, code: str | None = None) -> Awaitable[SignedIn]:
    return actions.sign_in(login=login, password=password, code=code, device_mark=None, address=None, now=cast.now)


def kinds(outcomes: Sequence[Any]) -> Counter[type]:
    return Counter(type(one) for one in outcomes)


async def test_of_parallel_sign_ins_with_one_code_exactly_one_is_let_in(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    code = code_at(await give_authenticator(cast, cast.specialist), cast.now)
    outcomes = await together(*(sign_in(cast, login, code=code) for _ in range(AT_ONCE)))
    assert kinds(outcomes) == {SignedIn: 1, SecondFactorRefused: AT_ONCE - 1}
    assert await cast.owner.fetchval("SELECT count(*) FROM session") == 1


async def test_of_parallel_sign_ins_with_one_recovery_code_exactly_one_is_let_in(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    await give_authenticator(cast, cast.specialist)
    code = (await give_recovery_codes(cast, cast.specialist))[0]
    outcomes = await together(*(sign_in(cast, login, code=code) for _ in range(AT_ONCE)))
    assert kinds(outcomes) == {SignedIn: 1, SecondFactorRefused: AT_ONCE - 1}


async def test_of_parallel_activations_with_one_code_exactly_one_binds_a_phone(cast: Cast) -> None:
    issued = await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)
    outcomes = await together(
        *(
            actions.activate_device(code=issued.code, label=f"手机{one}", address="203.0.113.7", now=cast.now)
            for one in range(8)
        )
    )
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    bound = await cast.owner.fetchval("SELECT count(*) FROM device WHERE label LIKE '手机%'")
    assert bound == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM session") == 1


async def test_guesses_sent_at_the_same_moment_find_each_other_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = await give_password(cast, cast.worker)
    checked: list[str] = []
    real = passwords._matches

    def matches(stored: str, given: str) -> bool:
        checked.append(given)
        return real(stored, given)

    monkeypatch.setattr(passwords, "_matches", matches)
    outcomes = await together(*(sign_in(cast, login, f"猜一猜这是第{one}个密码") for one in range(30)))
    allowed = LIMITS[Key.ACCOUNT].free + 1
    assert kinds(outcomes) == {SignInRefused: allowed, TooManyAttempts: 30 - allowed}
    assert len(checked) == allowed


async def test_a_password_changed_meanwhile_lets_nobody_in_by_the_old_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = await give_password(cast, cast.worker)
    real = passwords.verify

    async def slow(password: str, stored: str | None) -> bool:
        right = await real(password, stored)
        await cast.owner.execute("UPDATE account SET password_hash = 'x' WHERE login = $1", login)
        return right

    monkeypatch.setattr(passwords, "verify", slow)
    with pytest.raises(SignInRefused):
        await sign_in(cast, login)


async def test_an_account_ended_while_its_password_is_checked_opens_no_session(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = await give_password(cast, cast.worker)
    real = passwords.verify

    async def slow(password: str, stored: str | None) -> bool:
        right = await real(password, stored)
        await actions.end_account(cast.worker.id, by=cast.specialist, now=cast.now)
        return right

    monkeypatch.setattr(passwords, "verify", slow)
    with pytest.raises(SignInRefused):
        await sign_in(cast, login)
    assert await cast.owner.fetchval("SELECT count(*) FROM session WHERE ended_at IS NULL") == 0


async def second(cast: Cast, role: Role) -> Account:
    """One more of a role the district has one of."""
    new = NewAccount(login="second", name="第二人", role=role, area_ids=(cast.district_area,))
    opened = await actions.open_account(new, by=cast.administrator, now=cast.now)
    return Account(
        id=opened.account_id,
        name="第二人",
        role=role,
        area_ids=(cast.district_area,),
        district_id=cast.district_area,
        second_factor_ok=True,
        session_id=opened.account_id,
    )


def linger(monkeypatch: pytest.MonkeyPatch, queries: ModuleType, name: str) -> None:
    """Let whoever has asked this query wait a moment before acting on the answer: the other one has every chance."""
    real = getattr(queries, name)

    async def asked(*given: Any) -> Any:
        answer = await real(*given)
        await asyncio.sleep(0.1)
        return answer

    monkeypatch.setattr(queries, name, asked)


async def test_two_administrators_who_end_each_other_leave_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, people, "administrators")
    other = await second(cast, Role.ADMINISTRATOR)
    outcomes = await together(
        actions.end_account(other.id, by=cast.administrator, now=cast.now),
        actions.end_account(cast.administrator.id, by=other, now=cast.now),
    )
    assert sum(one is None for one in outcomes) == 1, outcomes
    left = await cast.owner.fetchval("SELECT count(*) FROM account WHERE role = 'administrator' AND status = 'active'")
    assert left == 1


async def test_two_district_duties_ended_at_once_leave_one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, duties, "lasting_holders")
    await second(cast, Role.DISTRICT)
    held = await cast.owner.fetch("SELECT id FROM duty WHERE duty = 'district'")
    outcomes = await together(*(actions.end_duty(row["id"], by=cast.district, now=cast.now) for row in held))
    assert kinds(outcomes) == {type(None): 1, LastOnDuty: 1}
    assert await cast.owner.fetchval("SELECT count(*) FROM duty WHERE duty = 'district' AND ends_at IS NULL") == 1


async def test_overlapping_leaves_entered_at_once_become_one(cast: Cast) -> None:
    starts_at = cast.now + timedelta(days=1)
    outcomes = await together(
        *(
            actions.take_leave(
                cast.specialist.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(days=2),
                cover_id=cast.leader.id,
                reason="",
                by=cast.specialist,
                now=cast.now,
            )
            for _ in range(AT_ONCE)
        )
    )
    assert kinds(outcomes)[LeaveOverlaps] == AT_ONCE - 1
    assert await cast.owner.fetchval("SELECT count(*) FROM leave") == 1


async def test_a_duty_added_many_times_at_once_is_held_once(cast: Cast) -> None:
    await cast.owner.execute("DELETE FROM duty WHERE account = $1", cast.worker.id)
    await together(
        *(
            actions.add_duty(cast.worker.id, Duty.VILLAGE, cast.village, by=cast.specialist, now=cast.now)
            for _ in range(AT_ONCE)
        )
    )
    assert await cast.owner.fetchval("SELECT count(*) FROM duty WHERE account = $1", cast.worker.id) == 1


async def test_policies_issued_at_once_are_numbered_one_after_the_other_and_keep_each_others_rows(cast: Cast) -> None:
    changes: list[dict[str, Any]] = [
        {"visits": {"interval": {"high": "5d"}}},
        {"visits": {"interval": {"key": "25d"}}},
        {"visits": {"interval": {"general": "28d"}}},
    ]
    outcomes = await together(
        *(
            actions.issue_policy(
                document_number="津宁民发〔2026〕3号",
                effective_on=date(2026, 3, 2),
                changes=one,
                note="",
                by=cast.district,
                now=cast.now,
            )
            for one in changes
        )
    )
    assert sorted(one.version for one in outcomes) == [2, 3, 4]
    last = await cast.owner.fetchval("SELECT content FROM policy_version ORDER BY version DESC LIMIT 1")
    assert all(length in last for length in ('"5d"', '"25d"', '"28d"'))


async def test_one_login_wanted_by_many_is_given_to_one(cast: Cast) -> None:
    new = NewAccount(login="liuyang", name="刘洋", role=Role.WORKER, area_ids=(cast.village,))
    outcomes = await together(*(actions.open_account(new, by=cast.specialist, now=cast.now) for _ in range(AT_ONCE)))
    assert sum(not isinstance(one, BaseException) for one in outcomes) == 1
    assert await cast.owner.fetchval("SELECT count(*) FROM account WHERE login = 'liuyang'") == 1


async def test_the_same_file_of_areas_imported_at_once_is_stored_once(cast: Cast) -> None:
    content = "代码,名称,上级代码,启用日期,停用日期,继任代码\n120151101203,后柳村,,2026-01-01,,\n"
    outcomes = await together(*(actions.import_areas(content, by=cast.administrator, now=cast.now) for _ in range(3)))
    assert sorted(one.added for one in outcomes) == [0, 0, 1]
