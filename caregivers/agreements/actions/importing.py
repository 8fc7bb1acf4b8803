"""A ledger import carried out whole: the people and the agreements it names, in one transaction.

In two, everybody would be without care between them, and the sweep would say so to their townships.
"""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.agreements.actions.taking_over import take_over_ledger
from caregivers.agreements.taking_over import TakenOver
from core import db
from recipients.actions import commit_import
from recipients.ledger import Progress
from recipients.queries.imports import Batch


async def import_ledger(
    batch_id: UUID, *, by: Account, now: datetime, progress: Progress | None = None
) -> tuple[Batch, TakenOver]:
    """Committed again, or by two at once, it is done once and answers the same."""
    async with db.transaction(by.scope):
        done = await commit_import(batch_id, by=by, now=now, progress=progress)
        return done, await take_over_ledger(batch_id, by=by, now=now)
