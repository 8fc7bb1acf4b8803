"""Signing in and out, and finding out who asks."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts import passwords
from accounts.actions import throttling
from accounts.actions.telling import tell
from accounts.people import plain_login
from accounts.permissions import Account, Sender
from accounts.queries import secrets as secret_queries
from accounts.queries import sessions
from accounts.queries.policies import moment_after
from accounts.queries.secrets import Credentials
from accounts.refusals import SecondFactorNeeded, SecondFactorRefused, SignInRefused
from accounts.second_factor import accepted_timecode, recovery_hash
from accounts.throttle import Key
from core import db, journal, vault
from core.errors import NotFound, Refusal
from core.ids import new_id
from core.scope import DOOR

_TOKEN_BYTES = 32
_TOTP_DIGITS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """A fresh session. `token` and `device_mark` exist nowhere else: shown once, to whoever signed in."""

    token: str
    account_id: UUID
    expires_at: datetime
    device_mark: str | None
    recovery_codes_left: int

    def __repr__(self) -> str:
        return f"SignedIn({self.account_id})"


async def account_of(token: str, now: datetime) -> Account | None:
    """Who holds this session token; None when the session is unknown, ended, expired, or its phone was revoked."""
    return await sessions.session_account(vault.token_hash(token), now)


async def sender(token: str, now: datetime) -> Sender | None:
    """Who hands something in: as `account_of`, and also a phone cut off less than 400 days ago."""
    return await sessions.sender_account(vault.token_hash(token), now)


async def sign_in(
    *, login: str, password: str, code: str | None, device_mark: str | None, address: str | None, now: datetime
) -> SignedIn:
    """Open a session with a password and, where one is set up, a second factor: a one-time or a recovery code.

    Two transactions: the attempt is counted first and stays counted when the second refuses. SignInRefused is the same,
    and as slow, for an unknown login, a wrong password and an ended account.
    """
    login = plain_login(login)
    async with db.transaction(DOOR):
        found = await secret_queries.credentials(login)
        device = throttling.marked_device(device_mark, found.account_id if found else None)
        keys = throttling.keys_of({Key.ACCOUNT: login, Key.DEVICE: device, Key.ADDRESS: address})
        await throttling.count(keys, now, device_is_known=device is not None)
    if not await passwords.verify(password, found.password_hash if found else None):
        raise SignInRefused
    assert found is not None and found.password_hash is not None
    rehashed = await passwords.hash_password(password) if passwords.outdated(found.password_hash) else None
    async with db.transaction(DOOR):
        outcome = await _let_in(found, code, keys, now, rehashed=rehashed, known=device is not None)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


async def _let_in(
    proved: Credentials, code: str | None, keys: tuple[str, ...], now: datetime, *, rehashed: str | None, known: bool
) -> SignedIn | Refusal:
    """Open the session, or say what is missing: a refusal is returned, not raised, where its count must be stored."""
    current = await secret_queries.locked_credentials(proved.account_id)
    if current is None or current.password_hash != proved.password_hash:
        return SignInRefused()  # ended, or its password changed, while this one was being checked
    if current.totp_secret is not None and not code:
        # Half a sign-in, not a guess: an office that shares one address would lock itself out every morning.
        await throttling.take_back([key for key in keys if key.startswith(Key.ADDRESS)], now)
        return SecondFactorNeeded()
    if current.totp_secret is not None and not await _second_factor(current, code or "", now):
        return SecondFactorRefused(field="/code")
    await throttling.take_back(keys, now)
    if rehashed is not None:
        await secret_queries.save_rehashed(current.account_id, rehashed)
    token, expires_at = await _open(current, now)
    return SignedIn(
        token=token,
        account_id=current.account_id,
        expires_at=expires_at,
        device_mark=None if known else throttling.new_mark(current.account_id),
        recovery_codes_left=await secret_queries.recovery_codes_left(current.account_id),
    )


async def _second_factor(current: Credentials, code: str, now: datetime) -> bool:
    """Each code counts once: of several requests with the same code the store accepts exactly one."""
    assert current.totp_secret is not None
    if sum(sign.isalnum() for sign in code) == _TOTP_DIGITS:
        timecode = accepted_timecode(current.totp_secret, code, now=now, last_timecode=current.totp_last_timecode)
        return timecode is not None and await secret_queries.accept_timecode(current.account_id, timecode)
    used = await secret_queries.use_recovery_code(current.account_id, recovery_hash(code, current.account_id), now)
    if used:
        await journal.write(
            "recovery_code.used",
            subject_id=current.account_id,
            area_id=current.area_id,
            by=current.account_id,
            at=now,
        )
    return used


async def _open(current: Credentials, now: datetime) -> tuple[str, datetime]:
    expires_at = await moment_after(now, current.district_id, lambda policy: policy.devices.office_session)
    token, session_id = new_token(), new_id()
    await sessions.add_session(
        session_id,
        token_hash=vault.token_hash(token),
        account_id=current.account_id,
        device_id=None,
        second_factor_at=now if current.totp_secret is not None else None,
        expires_at=expires_at,
        now=now,
    )
    await journal.write(
        "session.started",
        subject_id=session_id,
        area_id=current.area_id,
        by=current.account_id,
        at=now,
        facts={"second_factor": current.totp_secret is not None},
    )
    return token, expires_at


def new_token() -> str:
    """An opaque token of 256 bits."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


async def sign_out(*, by: Account, now: datetime) -> None:
    """End the session that asks."""
    await end_session(by.session_id, by=by, now=now)


async def end_session(session_id: UUID, *, by: Account, now: datetime) -> None:
    """End one of one's own sessions; NotFound for anybody else's, and for one that has ended."""
    async with db.transaction(by.scope):
        if not await sessions.close_session(session_id, by.id, "signed_out", now):
            raise NotFound
        await tell("session.ended", session_id, by=by, now=now)
