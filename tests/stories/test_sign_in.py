"""Signing in: nothing is learned by guessing, no code counts twice, and a bound phone is never locked out."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from argon2 import PasswordHasher

from accounts import actions, passwords
from accounts.actions.devices import Bound
from accounts.actions.sign_in import SignedIn
from accounts.permissions import Account
from accounts.refusals import (
    CodeWrong,
    NothingToConfirm,
    PasswordWeak,
    PasswordWrong,
    SecondFactorNeeded,
    SecondFactorRefused,
    SignInRefused,
    TooManyAttempts,
)
from core import db
from core.errors import NotFound
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

ADDRESS = "203.0.113.7"


async def sign_in(
    cast: Cast,
    login: str,
    password: str = PASSWORD,
    code: str | None = None,
    *,
    mark: str | None = None,
    address: str | None = ADDRESS,
    after: timedelta = timedelta(),
) -> SignedIn:
    return await actions.sign_in(
        login=login, password=password, code=code, device_mark=mark, address=address, now=cast.now + after
    )


async def guess(cast: Cast, login: str, times: int, address: str | None = ADDRESS) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            await sign_in(cast, login, "槐花不开在北坡", address=address)


async def asks(cast: Cast, token: str, after: timedelta = timedelta()) -> Account | None:
    return await actions.account_of(token, cast.now + after)


async def bind_phone(cast: Cast, account: Account, by: Account) -> Bound:
    issued = await actions.issue_activation(account.id, by=by, now=cast.now)
    return await actions.activate_device(code=issued.code, label="红米 9A", address=ADDRESS, now=cast.now)


async def test_a_right_password_opens_a_session_that_says_who_asks(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    opened = await sign_in(cast, login)
    account = await asks(cast, opened.token)
    assert account is not None
    assert (account.id, account.area_ids, account.device_id) == (cast.worker.id, (cast.village,), None)
    assert opened.expires_at == cast.now + timedelta(hours=12)


async def test_a_session_is_over_when_its_time_is(cast: Cast) -> None:
    opened = await sign_in(cast, await give_password(cast, cast.worker))
    assert await asks(cast, opened.token, timedelta(hours=11, minutes=59)) is not None
    assert await asks(cast, opened.token, timedelta(hours=12)) is None


async def test_a_login_is_the_same_from_whatever_keyboard_it_comes(cast: Cast) -> None:
    await give_password(cast, cast.worker)
    assert (await sign_in(cast, " WORKER ")).account_id == cast.worker.id


async def test_the_database_holds_no_token_and_no_code(cast: Cast) -> None:
    opened = await sign_in(cast, await give_password(cast, cast.worker))
    issued = await actions.issue_activation(cast.worker.id, by=cast.specialist, now=cast.now)
    for table, secret in (("session", opened.token), ("activation", issued.code), ("activation", issued.code[:4])):
        assert not await cast.owner.fetchval(f"SELECT bool_or({table}::text LIKE $1) FROM {table}", f"%{secret}%")


async def test_an_unknown_login_a_wrong_password_and_an_ended_account_are_refused_alike(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_password(cast, cast.worker)
    ended = await give_password(cast, cast.foreign_worker)
    await actions.end_account(cast.foreign_worker.id, by=cast.foreign_specialist, now=cast.now)
    await cast.owner.execute(
        "UPDATE account SET password_hash = (SELECT password_hash FROM account WHERE login = 'worker')"
        " WHERE login = 'foreign_worker'"
    )
    checked: list[str] = []
    real = passwords._matches

    def matches(stored: str, given: str) -> bool:
        checked.append(stored)
        return real(stored, given)

    monkeypatch.setattr(passwords, "_matches", matches)
    said = set()
    for login, password in (("nobody", PASSWORD), ("worker", "槐花不开在北坡"), (ended, PASSWORD)):
        with pytest.raises(SignInRefused) as refused:
            await sign_in(cast, login, password)
        said.add((type(refused.value), refused.value.detail, refused.value.field))
    assert len(said) == 1
    assert len(checked) == 3, "each took the time of one password check"


@pytest.mark.parametrize("login", ["worker", "nobody"])
async def test_guessing_at_a_login_is_slowed_down_whether_it_exists_or_not(cast: Cast, login: str) -> None:
    await give_password(cast, cast.worker)
    await guess(cast, login, 6)
    with pytest.raises(TooManyAttempts) as refused:
        await sign_in(cast, login)
    assert refused.value.retry_after == timedelta(minutes=1)


async def test_after_the_wait_the_right_password_counts_again(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    await guess(cast, login, 6)
    await sign_in(cast, login, after=timedelta(minutes=1))
    await guess(cast, login, 5)


async def test_guessing_at_many_logins_is_slowed_down_by_address(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    for position in range(41):
        with pytest.raises(SignInRefused):
            await sign_in(cast, f"nobody{position}")
    with pytest.raises(TooManyAttempts):
        await sign_in(cast, login)
    assert await sign_in(cast, login, address="198.51.100.1")


async def test_a_locked_account_does_not_stop_its_phone(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    await guess(cast, login, 6)
    with pytest.raises(TooManyAttempts):
        await sign_in(cast, login)
    assert await asks(cast, phone.token) is not None


async def test_a_stranger_who_guesses_does_not_lock_out_a_browser_that_is_known(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    mark = (await sign_in(cast, login)).device_mark
    await guess(cast, login, 6, address="198.51.100.1")
    with pytest.raises(TooManyAttempts):
        await sign_in(cast, login)
    assert (await sign_in(cast, login, mark=mark)).device_mark is None


async def test_a_mark_made_for_another_account_or_made_up_is_worth_nothing(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    other = await give_password(cast, cast.foreign_worker)
    mark = (await sign_in(cast, other)).device_mark
    await guess(cast, login, 6)
    for worthless in (mark, "made.up", ""):
        with pytest.raises(TooManyAttempts):
            await sign_in(cast, login, mark=worthless)


async def test_a_password_hashed_by_older_figures_is_hashed_anew(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    older = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(PASSWORD)
    await cast.owner.execute("UPDATE account SET password_hash = $1 WHERE login = $2", older, login)
    await sign_in(cast, login)
    stored = await cast.owner.fetchval("SELECT password_hash FROM account WHERE login = $1", login)
    assert stored != older and not passwords.outdated(stored)
    await sign_in(cast, login)


async def test_from_the_township_up_a_password_alone_opens_nothing_but_enrolment(cast: Cast) -> None:
    opened = await sign_in(cast, await give_password(cast, cast.specialist))
    account = await asks(cast, opened.token)
    assert account is not None
    assert not account.second_factor_ok
    assert account.may("session.self") and not account.may("account.read") and not account.may("area.read")


async def enrolled(cast: Cast, opened: SignedIn) -> tuple[str, tuple[str, ...]]:
    account = await asks(cast, opened.token)
    assert account is not None
    begun = await actions.begin_second_factor(PASSWORD, by=account, now=cast.now)
    codes = await actions.confirm_second_factor(code_at(begun.secret, cast.now), by=account, now=cast.now)
    return begun.secret, codes


async def test_enrolment_opens_the_session_and_gives_ten_recovery_codes(cast: Cast) -> None:
    opened = await sign_in(cast, await give_password(cast, cast.specialist))
    _, codes = await enrolled(cast, opened)
    account = await asks(cast, opened.token)
    assert account is not None and account.may("account.read")
    assert len(set(codes)) == 10
    stored = await cast.owner.fetchval("SELECT count(*) FROM recovery_code WHERE account = $1", cast.specialist.id)
    assert stored == 10


async def test_a_secret_is_in_force_only_once_its_first_code_is_right(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    account = await asks(cast, (await sign_in(cast, login)).token)
    assert account is not None
    with pytest.raises(NothingToConfirm):
        await actions.confirm_second_factor("123456", by=account, now=cast.now)
    begun = await actions.begin_second_factor(PASSWORD, by=account, now=cast.now)
    with pytest.raises(CodeWrong):
        await actions.confirm_second_factor(code_at(begun.secret, cast.now, steps=9), by=account, now=cast.now)
    assert not (await asks(cast, (await sign_in(cast, login)).token) or account).second_factor_ok


async def test_enrolment_asks_for_the_password_again_and_counts_wrong_ones(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    account = await asks(cast, (await sign_in(cast, login)).token)
    assert account is not None
    for _ in range(6):
        with pytest.raises(PasswordWrong):
            await actions.begin_second_factor("槐花不开在北坡", by=account, now=cast.now)
    with pytest.raises(TooManyAttempts):
        await actions.begin_second_factor(PASSWORD, by=account, now=cast.now)


async def test_the_code_that_confirmed_the_secret_opens_no_session(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    secret, _ = await enrolled(cast, await sign_in(cast, login))
    with pytest.raises(SecondFactorRefused):
        await sign_in(cast, login, code=code_at(secret, cast.now))


async def test_a_one_time_code_counts_once(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    secret = await give_authenticator(cast, cast.specialist)
    code = code_at(secret, cast.now)
    opened = await sign_in(cast, login, code=code)
    account = await asks(cast, opened.token)
    assert account is not None and account.second_factor_ok
    with pytest.raises(SecondFactorRefused):
        await sign_in(cast, login, code=code)
    with pytest.raises(SecondFactorRefused):
        await sign_in(cast, login, code=code_at(secret, cast.now, steps=-1))
    await sign_in(cast, login, code=code_at(secret, cast.now, steps=1))


async def test_a_recovery_code_counts_once(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    await give_authenticator(cast, cast.specialist)
    codes = await give_recovery_codes(cast, cast.specialist)
    opened = await sign_in(cast, login, code=codes[0].lower())
    assert opened.recovery_codes_left == 9
    with pytest.raises(SecondFactorRefused):
        await sign_in(cast, login, code=codes[0])
    assert (await sign_in(cast, login, code=codes[1])).recovery_codes_left == 8


async def test_another_accounts_recovery_code_is_worth_nothing(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    await give_authenticator(cast, cast.specialist)
    codes = await give_recovery_codes(cast, cast.leader)
    with pytest.raises(SecondFactorRefused):
        await sign_in(cast, login, code=codes[0])


async def test_a_right_password_does_not_buy_more_guesses_at_the_code(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    secret = await give_authenticator(cast, cast.specialist)
    for _ in range(3):
        with pytest.raises(SecondFactorNeeded):
            await sign_in(cast, login)
        with pytest.raises(SecondFactorRefused):
            await sign_in(cast, login, code=code_at(secret, cast.now, steps=9))
    with pytest.raises(TooManyAttempts):
        await sign_in(cast, login, code=code_at(secret, cast.now))


async def test_an_office_that_signs_in_every_morning_does_not_lock_itself_out(cast: Cast) -> None:
    login = await give_password(cast, cast.specialist)
    secret = await give_authenticator(cast, cast.specialist)
    for morning in range(45):
        after = timedelta(minutes=morning)
        with pytest.raises(SecondFactorNeeded):
            await sign_in(cast, login, after=after)
        await sign_in(cast, login, code=code_at(secret, cast.now + after), after=after)


async def test_signing_out_ends_the_session_and_no_other(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    first, second = await sign_in(cast, login), await sign_in(cast, login)
    account = await asks(cast, first.token)
    assert account is not None
    await actions.sign_out(by=account, now=cast.now)
    assert await asks(cast, first.token) is None
    assert await asks(cast, second.token) is not None


async def test_somebody_elses_session_is_as_unknown_as_none(cast: Cast) -> None:
    opened = await sign_in(cast, await give_password(cast, cast.worker))
    theirs = await asks(cast, opened.token)
    assert theirs is not None
    for session_id in (theirs.session_id, uuid4()):
        with pytest.raises(NotFound):
            await actions.end_session(session_id, by=cast.specialist, now=cast.now)
    assert await asks(cast, opened.token) is not None


async def test_a_new_password_ends_the_other_sessions_but_no_phone(cast: Cast) -> None:
    login = await give_password(cast, cast.worker)
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    mine, other = await sign_in(cast, login), await sign_in(cast, login)
    account = await asks(cast, mine.token)
    assert account is not None
    await actions.change_password(old=PASSWORD, new="沟里的水一直流向东边山口", by=account, now=cast.now)
    assert await asks(cast, mine.token) is not None
    assert await asks(cast, other.token) is None
    assert await asks(cast, phone.token) is not None
    with pytest.raises(SignInRefused):
        await sign_in(cast, login)
    await sign_in(cast, login, "沟里的水一直流向东边山口")


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("不是这个密码呀呀", "沟里的水一直流向东边山口", PasswordWrong),
        (PASSWORD, "短", PasswordWeak),
        (PASSWORD, PASSWORD, PasswordWeak),
    ],
)
async def test_a_password_is_changed_only_by_who_knows_it_and_to_a_better_one(
    cast: Cast, old: str, new: str, refusal: type[Exception]
) -> None:
    login = await give_password(cast, cast.worker)
    account = await asks(cast, (await sign_in(cast, login)).token)
    assert account is not None
    with pytest.raises(refusal):
        await actions.change_password(old=old, new=new, by=account, now=cast.now)
    await sign_in(cast, login)


async def test_a_first_password_opens_nothing_but_its_own_change(cast: Cast) -> None:
    first = await actions.reset_password(cast.worker.id, by=cast.specialist, now=cast.now)
    opened = await sign_in(cast, "worker", first)
    account = await asks(cast, opened.token)
    assert account is not None
    assert account.may("session.self") and not account.may("visit.log")
    await actions.change_password(old=first, new=PASSWORD, by=account, now=cast.now)
    account = await asks(cast, opened.token)
    assert account is not None and account.may("visit.log")


async def test_no_persons_eyes_read_a_password_or_a_second_factor(cast: Cast) -> None:
    await give_password(cast, cast.worker)
    for account in (replace(cast.administrator), cast.worker):
        for statement in (
            "SELECT password_hash FROM account",
            "SELECT totp_sealed FROM account",
            "SELECT * FROM account",
            "SELECT code_hash FROM recovery_code",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction(account.scope):
                    await db.fetch(statement)


async def test_sessions_and_phones_stand_in_the_journal(cast: Cast) -> None:
    await sign_in(cast, await give_password(cast, cast.worker))
    phone = await bind_phone(cast, cast.worker, cast.specialist)
    rows = await cast.owner.fetch("SELECT kind, subject_id, by_account_id FROM journal ORDER BY id")
    assert [row["kind"] for row in rows] == ["session.started", "activation.issued", "device.activated"]
    assert rows[1]["by_account_id"] == cast.specialist.id
    assert UUID(str(rows[2]["subject_id"])) == phone.device_id
