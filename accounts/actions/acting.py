"""Acting in somebody's name from the machine's console: whoever runs it holds the database anyway, so it is told."""

from datetime import datetime

from accounts.permissions import Account
from accounts.queries.acting import account_named
from core import db, journal
from core.errors import NotFound
from core.ids import new_id
from core.scope import DOOR


async def act_as(login: str, *, command: str, now: datetime) -> Account:
    """The account with this login; the journal keeps that the operator took its place, and for which command."""
    async with db.transaction(DOOR):
        account = await account_named(login, new_id())
        if account is None:
            raise NotFound(f"没有登录名为 {login} 的在职账号。请核对登录名，或先用 chuangdeng user add 建立。")
        await journal.write(
            "account.acted_for",
            subject_id=account.id,
            area_id=next(iter(account.area_ids), None),
            by=account.id,
            at=now,
            facts={"command": command},
        )
        return account
