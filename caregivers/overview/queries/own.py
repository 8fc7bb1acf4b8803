"""What a caregiver sees of their own agreements: what was promised, for how long, and where it stands."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from caregivers.agreements.drafting import Item
from caregivers.agreements.queries.drafts import items_of
from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAgreement:
    """An agreement as its caregiver reads it. `ended_on` is the last day it was in force."""

    id: UUID
    number: str | None
    village: str
    status: str
    relation: str
    starts_on: date
    ends_on: date
    fee_class: str
    fee_yuan: int
    liability: str
    ended_on: date | None
    ended_reason: str | None
    items: tuple[Item, ...]


async def own_agreements() -> list[OwnAgreement]:
    """The caller's own, the latest first: those a draft of which is signed or waits for signatures.

    Row-level security would show a worker the whole village besides: hence the caregiver is named here.
    """
    rows = await db.fetch(
        "SELECT a.id, a.number, v.name AS village, a.status, a.relation, a.starts_on, a.ends_on, a.fee_class,"
        " a.fee_yuan, a.liability, a.ended_on, a.ended_reason FROM agreement a JOIN area v ON v.id = a.area_id"
        " WHERE a.caregiver_id = ANY (my_caregiver_ids()) AND a.status <> 'draft'"
        " AND coalesce(a.ended_reason, '') <> 'abandoned' ORDER BY a.starts_on DESC, a.id DESC"
    )
    promised = await items_of([row["id"] for row in rows])
    return [OwnAgreement(**dict(row), items=promised.get(row["id"], ())) for row in rows]
