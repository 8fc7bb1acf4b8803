"""Letting go of photos that were never finished."""

from collections import Counter
from datetime import datetime, timedelta

from core import db, journal
from core.journal import Entry
from core.scope import JOBS
from visits.photos.queries import sending as queries

_KEPT = timedelta(days=30)  # a phone may be silent for weeks; after that it sends the photo from its beginning


async def purge_attachments(*, now: datetime, limit: int = 500) -> Counter[str]:
    """Delete up to `limit` photos that were announced long ago and are not kept: {"purged": …}. Call until none is."""
    async with db.transaction(JOBS):
        gone = await queries.purge(before=now - _KEPT, limit=limit)
        await journal.write_all(
            [
                Entry(kind="attachment.purged", subject_id=attachment_id, area_id=area_id, by=None, at=now)
                for attachment_id, area_id in gone
            ]
        )
    return Counter(purged=len(gone))
