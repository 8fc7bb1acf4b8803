"""Contacts: reports that somebody was met or spoken to, for certain, and that still stand."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from core import db

STANDS = (
    "NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = c.id)"
    " AND NOT EXISTS (SELECT FROM late_confirmation refused WHERE refused.report = c.id AND NOT refused.accepted)"
)
"""Of a report `c`: no amendment has taken its place, and no supervisor has refused it as too late to believe."""

CONTACT = f"c.outcome = 'made' AND c.identified_by <> 'not_confirmed' AND {STANDS}"
"""Of a report `c`: the person was seen or spoken to, and it was them."""


async def last_contacts(recipient_ids: Collection[UUID], *, until: datetime) -> dict[UUID, datetime]:
    """When each of these was last met or spoken to; nobody met is left out."""
    rows = await db.fetch(
        f"SELECT recipient_id, max(made_at) AS at FROM visit_report c WHERE recipient_id = ANY ($1::uuid[])"
        f" AND made_at <= $2 AND {CONTACT} GROUP BY recipient_id",
        list(recipient_ids),
        until,
    )
    return {row["recipient_id"]: row["at"] for row in rows}
