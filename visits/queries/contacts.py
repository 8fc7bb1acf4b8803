"""Contacts: reports that somebody was met or spoken to, for certain, and that still stand."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import db
from visits.report import Method

STANDS = (
    "NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = c.id)"
    " AND NOT EXISTS (SELECT FROM late_confirmation refused WHERE refused.report = c.id AND NOT refused.accepted)"
)
"""Of a report `c`: no amendment has taken its place, and no supervisor has refused it as too late to believe."""

CONTACT = f"c.outcome = 'made' AND c.identified_by <> 'not_confirmed' AND {STANDS}"
"""Of a report `c`: the person was seen or spoken to, and it was them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """When somebody was last met or spoken to, and how: "door", "phone" or "video"."""

    at: datetime
    method: Method


async def last_contacts(recipient_ids: Collection[UUID], *, until: datetime) -> dict[UUID, Contact]:
    """The last contact with each of these; nobody met is left out."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (c.recipient_id) c.recipient_id, c.made_at, c.method FROM visit_report c"
        f" WHERE c.recipient_id = ANY ($1::uuid[]) AND c.made_at <= $2 AND {CONTACT}"
        " ORDER BY c.recipient_id, c.made_at DESC",
        list(recipient_ids),
        until,
    )
    return {row["recipient_id"]: Contact(at=row["made_at"], method=row["method"]) for row in rows}
