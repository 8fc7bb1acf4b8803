"""What goes onto a worker's phone: visits, the homes they lead to, and what else their owner was given to do."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from alerts.kinds import name_of
from caregivers.rectification.queries import reading
from core import db, vault
from core.clock import local_day
from recipients import masking
from recipients.absence import silencing
from recipients.queries import absences_of, masked_names
from recipients.risk import age_on
from recipients.standing import shown
from visits.evidence.queries.calling_back import call_backs_page
from visits.queries.contacts import CONTACT
from visits.queries.reporting import SEEN
from visits.report import open_points
from visits.sync.things import (
    CallBackTask,
    Household,
    ItemToSee,
    OpenAlert,
    VerificationTask,
    VisitTask,
    without_numbers,
)

_MOST = 500
"""More of one kind than anybody can do between two pulls."""


async def visits_ahead(account_id: UUID, *, until: datetime, now: datetime) -> list[tuple[VisitTask, int]]:
    """The caller's visits and nobody's in their areas, each with its area: those whose window opens until then.

    Of the missed ones the last of a person, until they were met or their next visit has opened.
    """
    rows = await db.fetch(
        "SELECT v.id, v.recipient_id, v.reason, v.risk, v.status, v.opens_at, v.due_at, v.missed_after,"
        " v.worker_id IS NOT NULL AS mine, v.not_met_at, k.title AS campaign, v.area_id"
        " FROM visit v LEFT JOIN campaign k ON k.id = v.campaign_id"
        f" WHERE v.area_id {SEEN} AND v.reason <> 'canary'"
        " AND (v.worker_id = $1 OR (v.worker_id IS NULL AND caller() <> ALL (too_near(v.recipient_id))))"
        " AND ((v.status = 'open' AND v.opens_at <= $2) OR (v.status IN ('missed', 'not_known')"
        "  AND NOT EXISTS (SELECT FROM visit later WHERE later.recipient_id = v.recipient_id"
        "   AND later.due_at > v.due_at AND later.opens_at <= $3 AND later.status <> 'cancelled')"
        "  AND NOT EXISTS (SELECT FROM visit_report c WHERE c.recipient_id = v.recipient_id"
        f"   AND c.made_at > v.due_at AND {CONTACT})))"
        " ORDER BY v.due_at, v.id",
        account_id,
        until,
        now,
    )
    return [(_visit(row), row["area_id"]) for row in rows]


def _visit(row: Any) -> VisitTask:
    told = dict(row)
    del told["area_id"]
    return VisitTask(**told | {"campaign": without_numbers(row["campaign"]) if row["campaign"] else None})


async def households(recipient_ids: Collection[UUID], *, minor_below: int, now: datetime) -> list[Household]:
    """The homes of these; `minor_below` is the age below which the district calls somebody a child."""
    rows = await db.fetch(
        "SELECT r.id, r.name, a.name AS village, r.address_sealed, r.risk, r.standing, r.categories,"
        " r.born_on FROM recipient r JOIN area a ON a.id = r.area_id"
        f" WHERE r.id = ANY ($1::uuid[]) AND r.area_id {SEEN}",
        list(recipient_ids),
    )
    ids = [row["id"] for row in rows]
    last, absences = await _last_contacts(ids, now), await absences_of(ids)
    return [_household(row, last.get(row["id"]), absences[row["id"]], minor_below, now) for row in rows]


async def _last_contacts(recipient_ids: Collection[UUID], now: datetime) -> dict[UUID, Any]:
    rows = await db.fetch(
        "SELECT DISTINCT ON (c.recipient_id) c.recipient_id, c.made_at, c.content FROM visit_report c"
        f" WHERE c.recipient_id = ANY ($1::uuid[]) AND c.area_id {SEEN} AND c.made_at <= $2 AND {CONTACT}"
        " ORDER BY c.recipient_id, c.made_at DESC",
        list(recipient_ids),
        now,
    )
    return {row["recipient_id"]: row for row in rows}


def _household(row: Any, last: Any, absences: Any, minor_below: int, now: datetime) -> Household:
    silent = silencing(absences, now)
    points = open_points(msgspec.json.decode(last["content"])) if last else ()
    return Household(
        id=row["id"],
        name=masking.name(row["name"]),
        village=row["village"],
        address=_address(row, minor_below, local_day(now)),
        risk=row["risk"],
        standing=shown(row["standing"], silent.kind if silent else None),
        last_seen_at=last["made_at"] if last else None,
        open_points=tuple(without_numbers(point) for point in points),
    )


def _address(row: Any, minor_below: int, today: date) -> str | None:
    if row["address_sealed"] is None:
        return None
    full = vault.open_sealed(row["address_sealed"], f"recipient.address_sealed:{row['id']}")
    child = row["born_on"] is not None and age_on(row["born_on"], today) < minor_below
    return masking.address(full) if child or "minor" in row["categories"] else without_numbers(full)


async def verifications_of(account_id: UUID) -> list[VerificationTask]:
    """Verifications given to the caller and still to make."""
    found = await reading.verifications_page(verifier_id=account_id, planned=True, after=None, limit=_MOST)
    return [
        VerificationTask(
            id=one.id,
            order_id=one.order_id,
            number=one.number,
            recipient_id=one.recipient_id,
            severity=one.severity,
            due_at=one.due_at,
            items=items_to_see(await reading.items_read(one.order_id)),
        )
        for one in found
    ]


def items_to_see(items: Collection[reading.ItemRead]) -> tuple[ItemToSee, ...]:
    return tuple(
        ItemToSee(id=one.id, what=without_numbers(one.what), must_be=without_numbers(one.must_be))
        for one in items
        if one.status != "withdrawn"
    )


async def call_backs_of(account_id: UUID) -> list[CallBackTask]:
    """Call-backs given to the caller and still to make."""
    found = await call_backs_page(assigned_to=account_id, status="open", after=None, limit=_MOST)
    names = await masked_names({one.recipient_id for one in found})
    return [
        CallBackTask(
            id=one.id,
            recipient_id=one.recipient_id,
            name=names[one.recipient_id],
            visited_at=one.made_at,
            due_at=one.due_at,
            why=one.why,
        )
        for one in found
        if one.recipient_id in names
    ]


async def alerts_of(account_id: UUID) -> list[OpenAlert]:
    """Unresolved alerts the caller was told of. A confidential one is never on a phone."""
    rows = await db.fetch(
        "SELECT a.id, a.kind, a.severity, a.recipient_id, a.opened_at, a.facts FROM alert a"
        f" WHERE a.status <> 'resolved' AND NOT a.confidential AND a.area_id {SEEN} AND a.kind <> 'canary'"
        " AND ($1 IN (a.owner_id, a.returned_to) OR EXISTS (SELECT FROM notice n WHERE n.alert_id = a.id"
        "  AND n.account_id = $1)) ORDER BY a.opened_at, a.id LIMIT $2",
        account_id,
        _MOST,
    )
    names = await masked_names({row["recipient_id"] for row in rows if row["recipient_id"]})
    return [
        OpenAlert(
            id=row["id"],
            about=row["kind"],
            about_name=name_of(row["kind"]),
            severity=row["severity"],
            recipient_id=row["recipient_id"],
            name=names.get(row["recipient_id"]),
            since=_since(row),
        )
        for row in rows
    ]


def _since(row: Any) -> datetime:
    told = msgspec.json.decode(row["facts"]).get("since")
    return msgspec.convert(told, datetime) if isinstance(told, str) else row["opened_at"]
