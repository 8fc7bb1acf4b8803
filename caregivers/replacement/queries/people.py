"""Who is who around a case: the caregiver's account, the recipient's visitors."""

from uuid import UUID

from core import db


async def account_of(caregiver_id: UUID) -> UUID | None:
    """The account a caregiver is told on, where they have one."""
    found: UUID | None = await db.fetch_value("SELECT account_id FROM caregiver WHERE id = $1", caregiver_id)
    return found


async def visitors_of(recipient_id: UUID) -> frozenset[UUID]:
    """Who visits a recipient: by the register, and by the plan in force."""
    rows = await db.fetch(
        "SELECT visit_worker_id AS id FROM recipient WHERE id = $1 AND visit_worker_id IS NOT NULL"
        " UNION SELECT worker_id FROM visit_plan"
        " WHERE recipient_id = $1 AND ended_at IS NULL AND worker_id IS NOT NULL",
        recipient_id,
    )
    return frozenset(row["id"] for row in rows)
