"""What visits and jobs may know of the recipients: ids, dates and words, never a name. The jobs' eyes suffice."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core import db
from recipients.absence import Absence

_FIRST = UUID(int=0)
_FACTS = (
    "SELECT id, area_id, district_id, risk, standing, support_mode, visit_worker_id, last_seen_on, created_at"
    " FROM recipient"
)

ABSENCE_COLUMNS = tuple(column.name for column in fields(Absence))
_ABSENCES = f"SELECT recipient, {', '.join(ABSENCE_COLUMNS)} FROM absence"  # never the whereabouts: jobs read this


@dataclass(frozen=True, kw_only=True, slots=True)
class SupportFacts:
    """What decides whether and how somebody is visited. `absences` are all ever reported, unconfirmed ones too."""

    recipient_id: UUID
    area_id: int
    district_id: int
    risk: str
    standing: str
    support_mode: str
    visit_worker_id: UUID | None
    last_seen_on: date | None
    registered_at: datetime
    absences: tuple[Absence, ...]

    @property
    def supported(self) -> bool:
        """Dispersed, alive and eligible: somebody must see this person."""
        return self.support_mode == "dispersed" and self.standing in ("at_home", "in_hospital")


async def support_facts(*, limit: int, after: UUID | None = None) -> list[SupportFacts]:
    """The next recipients by id, of any standing; `after` is the last id of the page before."""
    return await _with_absences(await db.fetch(f"{_FACTS} WHERE id > $1 ORDER BY id LIMIT $2", after or _FIRST, limit))


async def support_facts_of(recipient_ids: Collection[UUID]) -> dict[UUID, SupportFacts]:
    """The facts of these recipients, those the caller may see."""
    rows = await db.fetch(f"{_FACTS} WHERE id = ANY ($1::uuid[])", list(recipient_ids))
    return {facts.recipient_id: facts for facts in await _with_absences(rows)}


async def absences_of(recipient_ids: Collection[UUID]) -> dict[UUID, tuple[Absence, ...]]:
    """Every absence of these recipients, oldest first; an empty tuple where none was reported."""
    found: dict[UUID, list[Absence]] = defaultdict(list)
    for row in await db.fetch(
        f"{_ABSENCES} WHERE recipient = ANY ($1::uuid[]) ORDER BY starts_at, id", list(recipient_ids)
    ):
        found[row["recipient"]].append(absence_from(row))
    return {recipient_id: tuple(found[recipient_id]) for recipient_id in recipient_ids}


def absence_from(row: Mapping[str, Any]) -> Absence:
    return Absence(**{name: row[name] for name in ABSENCE_COLUMNS})


async def _with_absences(rows: Sequence[Mapping[str, Any]]) -> list[SupportFacts]:
    absences = await absences_of([row["id"] for row in rows])
    return [
        SupportFacts(
            recipient_id=row["id"],
            area_id=row["area_id"],
            district_id=row["district_id"],
            risk=row["risk"],
            standing=row["standing"],
            support_mode=row["support_mode"],
            visit_worker_id=row["visit_worker_id"],
            last_seen_on=row["last_seen_on"],
            registered_at=row["created_at"],
            absences=absences[row["id"]],
        )
        for row in rows
    ]
