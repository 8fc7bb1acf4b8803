"""When somebody else cared, or nobody did: what takes days off an agreement."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from caregivers.assessment.responsible import Stretch
from core import db


async def not_the_caregivers(agreement_ids: Collection[UUID]) -> dict[UUID, list[Stretch]]:
    """For each agreement the times it was not kept by its caregiver.

    Temporary care of the person, the suspension under way or in which it ended, and a report that nobody cared, unless
    that was a mistake. A suspension that was lifted left its temporary care behind.
    """
    rows = await db.fetch(
        "SELECT a.id, t.starts_at, t.ended_at FROM agreement a JOIN temporary_care t USING (recipient_id)"
        " WHERE a.id = ANY ($1::uuid[]) AND t.caregiver_id IS DISTINCT FROM a.caregiver_id"
        " UNION ALL SELECT a.id, a.suspended_at, NULL FROM agreement a"
        " WHERE a.id = ANY ($1::uuid[]) AND a.suspended_at IS NOT NULL"
        " UNION ALL SELECT a.id, n.reported_at, n.ended_at FROM agreement a JOIN no_cover n USING (recipient_id)"
        " WHERE a.id = ANY ($1::uuid[]) AND n.ended_how IS DISTINCT FROM 'restored'",
        list(agreement_ids),
    )
    found: dict[UUID, list[Stretch]] = defaultdict(list)
    for row in rows:
        found[row["id"]].append(Stretch(starts_at=row["starts_at"], ends_at=row["ended_at"]))
    return found
