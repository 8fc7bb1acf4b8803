"""Setting up the second factor: a secret shown once, confirmed by its first code, with recovery codes shown once."""

from dataclasses import dataclass
from datetime import datetime

from accounts import second_factor
from accounts.actions.password import prove_password
from accounts.actions.telling import tell
from accounts.permissions import Account
from accounts.queries import secrets, sessions
from accounts.refusals import CodeWrong, NothingToConfirm
from core import db
from core.scope import DOOR


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolment:
    """What the authenticator is given. It is the secret."""

    secret: str
    uri: str

    def __repr__(self) -> str:
        return "Enrolment(…)"


async def begin_second_factor(password: str, *, by: Account, now: datetime) -> Enrolment:
    """Make a fresh secret, to be confirmed. One in force stays in force until then."""
    proved = await prove_password(password, by=by, now=now)
    secret = second_factor.new_secret()
    async with db.transaction(DOOR):
        await secrets.save_pending_totp(by.id, secret)
    return Enrolment(secret=secret, uri=second_factor.otpauth_uri(secret, proved.login))


async def confirm_second_factor(code: str, *, by: Account, now: datetime) -> tuple[str, ...]:
    """Put the secret in force by its first code; the recovery codes, shown once, in place of all earlier ones.

    This session has passed; the others that rest on the password end.
    """
    async with db.transaction(DOOR):
        found = await secrets.locked_credentials(by.id)
        if found is None or found.totp_pending_secret is None:
            raise NothingToConfirm
        timecode = second_factor.accepted_timecode(found.totp_pending_secret, code, now=now, last_timecode=0)
        if timecode is None:
            raise CodeWrong(field="/code")
        codes = second_factor.new_recovery_codes()
        hashes = [second_factor.recovery_hash(one, by.id) for one in codes]
        await secrets.save_confirmed_totp(by.id, found.totp_pending_secret, timecode, hashes, now)
        await sessions.mark_second_factor(by.session_id, now)
        await sessions.close_password_sessions(by.id, but=by.session_id, reason="second_factor_changed", now=now)
        await tell("second_factor.confirmed", by.id, by=by, now=now)
        return codes
