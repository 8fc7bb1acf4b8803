"""The journal line of an act by somebody signed in, seen where its subject lies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from core import journal


async def tell(
    kind: str,
    subject_id: UUID,
    *,
    by: Account,
    now: datetime,
    area_id: int | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Write one entry. Without `area_id` it lies in the first of the actor's own areas."""
    place = area_id if area_id is not None else next(iter(by.area_ids), None)
    await journal.write(kind, subject_id=subject_id, area_id=place, by=by.id, at=now, facts=facts)
