"""Saying what one noticed: written down at once, answered the same whatever is known already."""

from datetime import datetime
from uuid import UUID, uuid5

from accounts.permissions import Account
from caregivers.abuse import suspicion
from caregivers.abuse.queries.noting import Noted, add_concern
from core import db
from core.errors import Forbidden
from core.ids import new_id
from recipients.queries import owner_of
from recipients.refusals import RecipientNotFound


async def note_concern(
    *,
    recipient_id: UUID,
    area_id: int,
    district_id: int,
    source: str,
    source_id: UUID,
    content: str,
    by: UUID,
    made_at: datetime,
    now: datetime,
) -> None:
    """Write a concern down in the transaction of whoever reports. One INSERT; nothing is asked and nothing comes back.

    No alert opens here and the journal says nothing: `open_cases` finds it within seconds, and whoever watches the
    one who reports sees no more than a report. The same source again from the same person changes nothing.
    """
    await add_concern(
        Noted(
            id=new_id(),
            recipient_id=recipient_id,
            area_id=area_id,
            district_id=district_id,
            source=source,
            source_id=source_id,
            content=content,
            by=by,
            made_at=made_at,
            logged_at=now,
        )
    )


async def report_concern(
    recipient_id: UUID, *, concern_id: UUID, what: str, noticed_at: datetime, by: Account, now: datetime
) -> None:
    """Say what one saw or was told of somebody in one's areas. `concern_id` is made by the sender: a retry is harmless.

    Other words under the same id, or about somebody else, are another concern: nobody can be told of a mistake in it,
    and none may be lost. Whoever says it, and whatever is known of the person, the same statements run and the same
    answer is given.
    """
    if not by.may("abuse.report"):
        raise Forbidden
    suspicion.say(what, made_at=noticed_at, now=now)
    said = what.strip()
    async with db.transaction(by.scope):
        owner = await owner_of(recipient_id)
        if owner is None:
            raise RecipientNotFound
        await note_concern(
            recipient_id=recipient_id,
            area_id=owner.area_id,
            district_id=owner.district_id,
            source="concern",
            source_id=uuid5(concern_id, f"{recipient_id}:{said}"),
            content=said,
            by=by.id,
            made_at=noticed_at,
            now=now,
        )
