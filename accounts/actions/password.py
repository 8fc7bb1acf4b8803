"""Changing one's own password."""

from datetime import datetime

from accounts import passwords
from accounts.actions import throttling
from accounts.actions.telling import tell
from accounts.permissions import Account
from accounts.queries import secrets, sessions
from accounts.queries.secrets import Credentials
from accounts.refusals import PasswordWeak, PasswordWrong
from accounts.throttle import Key
from core import db
from core.errors import Unauthenticated
from core.scope import DOOR


async def prove_password(password: str, *, by: Account, now: datetime) -> Credentials:
    """Check that whoever sits at an open session knows its password. Wrong ones count like those at sign-in."""
    async with db.transaction(DOOR):
        found = await _credentials(by)
        keys = throttling.keys_of({Key.ACCOUNT: found.login})
        await throttling.count(keys, now)
    if not await passwords.verify(password, found.password_hash):
        raise PasswordWrong(field="/password")
    async with db.transaction(DOOR):
        await throttling.take_back(keys, now)
    return found


async def change_password(*, old: str, new: str, by: Account, now: datetime) -> None:
    """Replace one's password and end every other session that rests on the old one; bound phones stay."""
    proved = await prove_password(old, by=by, now=now)
    if weakness := passwords.weakness(new, proved.login):
        raise PasswordWeak(weakness, field="/new_password")
    if await passwords.verify(new, proved.password_hash):
        raise PasswordWeak("新密码与现用密码相同。请换一个。", field="/new_password")
    hashed = await passwords.hash_password(new)
    async with db.transaction(DOOR):
        current = await _credentials(by)
        if current.password_hash != proved.password_hash:
            raise PasswordWrong(field="/password")
        await secrets.save_password(by.id, hashed)
        await sessions.close_password_sessions(by.id, but=by.session_id, reason="password_changed", now=now)
        await tell("password.changed", by.id, by=by, now=now)


async def _credentials(by: Account) -> Credentials:
    found = await secrets.locked_credentials(by.id)
    if found is None:
        raise Unauthenticated  # ended since this request began
    return found
