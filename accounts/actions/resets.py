"""What a manager does for somebody who forgot a password or lost an authenticator."""

from datetime import datetime
from uuid import UUID

from accounts import passwords
from accounts.actions.people import BY_LINK
from accounts.actions.staffing import managed
from accounts.actions.telling import tell
from accounts.codes import new_code
from accounts.permissions import Account
from accounts.queries import people, sessions
from accounts.refusals import NoPasswordForRole, NotYourOwn
from core import db


async def reset_password(account_id: UUID, *, by: Account, now: datetime) -> str:
    """A first password, shown once, in place of the old one; sessions that rest on the old one end."""
    if account_id == by.id:
        raise NotYourOwn
    first_password = new_code()
    hashed = await passwords.hash_password(first_password)
    async with db.transaction(by.scope):
        person = await managed(account_id, by=by)
        if person.role in BY_LINK:
            raise NoPasswordForRole
        await people.save_first_password(account_id, hashed)
        await sessions.close_password_sessions(account_id, but=None, reason="password_reset", now=now)
        await tell("password.reset", account_id, by=by, now=now, area_id=person.area_ids[0])
    return first_password


async def reset_second_factor(account_id: UUID, *, by: Account, now: datetime) -> None:
    """Forget a lost authenticator; its owner sets up a new one at the next sign-in."""
    if account_id == by.id:
        raise NotYourOwn
    async with db.transaction(by.scope):
        person = await managed(account_id, by=by)
        await people.clear_second_factor(account_id)
        await sessions.close_password_sessions(account_id, but=None, reason="second_factor_reset", now=now)
        await tell("second_factor.reset", account_id, by=by, now=now, area_id=person.area_ids[0])
