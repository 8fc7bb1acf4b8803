"""After a restore: the server has forgotten its last hours, so phones send again what they still hold."""

from datetime import datetime
from uuid import UUID

from core import db, journal
from core.ids import new_id
from core.scope import JOBS
from visits.sync.queries.epochs import add_epoch


async def renew_epoch(reason: str, now: datetime) -> UUID:
    """Begin a new epoch: at their next contact phones send again all they hold, and are given everything anew.

    `reason` is a word or a few, at most 40 characters.
    """
    epoch = new_id()
    async with db.transaction(JOBS):
        await add_epoch(epoch, reason=reason, now=now)
        await journal.write("epoch.renewed", subject_id=epoch, area_id=None, by=None, at=now, facts={"reason": reason})
    return epoch
