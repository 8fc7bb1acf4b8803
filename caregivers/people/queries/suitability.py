"""The facts a caregiver's suitability is judged by: counted and looked up across the district, told as words."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from accounts.queries import policy_for
from caregivers.people.checks import RecordCheck
from caregivers.people.queries.register import SEEN
from caregivers.people.queries.rows import READ, registered
from caregivers.people.suitability import SuitabilityFacts
from core import db
from recipients.queries import id_index as register_index
from recipients.risk import age_on


async def suitability_facts(
    caregiver_id: UUID, recipient_id: UUID, *, on: date, except_agreement: UUID | None = None
) -> SuitabilityFacts | None:
    """None where one of the two is not in the caller's areas. The load leaves out this recipient and one agreement."""
    caregiver = await _caregiver(caregiver_id)
    recipient = await db.fetch_one(
        "SELECT r.id, r.district_id, r.id_index, r.born_on, r.categories, r.self_care, r.visit_worker_id,"
        " ARRAY(SELECT p.worker_id FROM visit_plan p WHERE p.recipient_id = r.id AND p.ended_at IS NULL) AS workers"
        f" FROM recipient r WHERE r.id = $1 AND r.{SEEN}",
        recipient_id,
    )
    if caregiver is None or recipient is None:
        return None
    one = registered(caregiver)
    told = one.caregiver
    across = await _across(caregiver_id, recipient_id, except_agreement, on)
    visitors = {recipient["visit_worker_id"], *recipient["workers"]} - {None}
    return SuitabilityFacts(
        kind=told.kind,
        status=one.status,
        provider_ended=caregiver["provider_status"] == "ended",
        born_on=told.born_on,
        without_capacity=told.without_capacity,
        id_number_known=told.id_compared is not None,
        barred=across["barred"],
        load=across["load"],
        has_full_care=across["full_care"],
        recipient_self_care=recipient["self_care"],
        recipient_is_minor=await _is_minor(recipient, on),
        checks=tuple(await checks_of(caregiver_id)),
        visits_recipient=not visitors.isdisjoint(across["accounts"]),
        is_recipient=told.id_compared is not None and register_index(told.id_compared) == recipient["id_index"],
    )


async def caregiver_barred(caregiver_id: UUID, on: date) -> bool:
    """Whether the district's list bars somebody on a day; False for somebody the caller cannot reach."""
    return bool(await db.fetch_value("SELECT caregiver_barred($1, $2)", caregiver_id, on))


async def checks_of(caregiver_id: UUID) -> list[RecordCheck]:
    """Every check on record, the newest first."""
    rows = await db.fetch(
        "SELECT id, kind, clear, checked_on, expires_on FROM record_check WHERE caregiver_id = $1"
        " ORDER BY checked_on DESC, id DESC",
        caregiver_id,
    )
    return [RecordCheck(**row) for row in rows]


async def _caregiver(caregiver_id: UUID) -> Mapping[str, Any] | None:
    row: Mapping[str, Any] | None = await db.fetch_one(
        f"SELECT {READ}, (SELECT p.status FROM provider p WHERE p.id = caregiver.provider_id) AS provider_status"
        f" FROM caregiver WHERE id = $1 AND {SEEN}",
        caregiver_id,
    )
    return row


async def _across(caregiver_id: UUID, recipient_id: UUID, except_agreement: UUID | None, on: date) -> Mapping[str, Any]:
    """What only the whole district knows of the person behind an ID number."""
    row: Mapping[str, Any] = await db.fetch_one(
        "SELECT caregiver_barred($1, $4) AS barred, l.load, l.full_care, own_accounts($1) AS accounts"
        " FROM caregiver_load($1, $2, $3) l",
        caregiver_id,
        recipient_id,
        except_agreement,
        on,
    )
    return row


async def _is_minor(recipient: Mapping[str, Any], on: date) -> bool:
    """By the district's policy; the register's category counts, too, where no birthday is known."""
    below = (await policy_for(recipient["district_id"], on)).policy.risks.minor_below_age
    born_on: date | None = recipient["born_on"]
    return "minor" in recipient["categories"] or (born_on is not None and age_on(born_on, on) < below)
