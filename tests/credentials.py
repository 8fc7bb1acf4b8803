"""Passwords and authenticators for the cast, written past the API: what a test begins with is not what it tests."""

from datetime import datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher

from accounts import passwords
from accounts.permissions import Account
from accounts.second_factor import new_recovery_codes, new_secret, recovery_hash
from core import vault
from core.ids import new_id
from tests.cast import Cast

PASSWORD = "五月槐花开满了南边山坡"


@pytest.fixture
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords hashed in no time, for tests that check a hundred of them. What the figures are is tested elsewhere."""
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", hasher)
    monkeypatch.setattr(passwords, "_NOBODY", hasher.hash("nobody's"))


async def give_password(cast: Cast, account: Account, password: str = PASSWORD) -> str:
    """Give an account a password; its login (in the cast, its name there)."""
    hashed = await passwords.hash_password(password)
    login: str = await cast.owner.fetchval(
        "UPDATE account SET password_hash = $2 WHERE id = $1 RETURNING login", account.id, hashed
    )
    return login


async def give_authenticator(cast: Cast, account: Account) -> str:
    """Give an account a second factor in force; its secret."""
    secret = new_secret()
    await cast.owner.execute(
        "UPDATE account SET totp_sealed = $2, totp_confirmed_at = $3 WHERE id = $1",
        account.id,
        vault.seal(secret, f"account.totp_sealed:{account.id}"),
        cast.now,
    )
    return secret


async def give_recovery_codes(cast: Cast, account: Account) -> tuple[str, ...]:
    """Give an account ten recovery codes."""
    codes = new_recovery_codes()
    for code in codes:
        await cast.owner.execute(
            "INSERT INTO recovery_code (id, account, code_hash) VALUES ($1, $2, $3)",
            new_id(),
            account.id,
            recovery_hash(code, account.id),
        )
    return codes


def code_at(secret: str, moment: datetime, *, steps: int = 0) -> str:
    """What the authenticator shows at a moment, or so many steps of 30 seconds later."""
    return pyotp.TOTP(secret).at(moment + timedelta(seconds=30 * steps))
