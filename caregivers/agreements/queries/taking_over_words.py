"""The way out: what the system keeps of people's care, in the words of the ledger and of a recipient's card."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from accounts.policy_words import SEVERITY_NAMES, Severity
from caregivers.agreements.lifecycle import STATUS_NAMES
from caregivers.agreements.words import CARE_KIND_NAMES, relation_name
from core import db, vault
from core.clock import local_day
from recipients import masking
from recipients.care_kept import CareKept
from recipients.fields import LONGEST_REMARK
from recipients.queries.register import SEEN


@dataclass(frozen=True, kw_only=True, slots=True)
class WhoCares:
    """Who looks after somebody at a moment, masked. `covered` is False where nobody does, whatever the papers say."""

    covered: bool
    kind: Literal["agreement", "temporary"] | None = None
    caregiver: str | None = None
    relation_name: str | None = None
    status: str | None = None  # of the agreement
    status_name: str | None = None
    until: date | None = None  # the last day


async def care_kept(recipient_ids: Collection[UUID]) -> dict[UUID, CareKept]:
    """For the ledger: the agreement in force, and the hazards still open. In plain text: for an action that journals.

    Where an agreement was here and is over, the words are empty: what a ledger once told is no longer so.
    """
    ids = list(recipient_ids)
    rows = await db.fetch(
        "SELECT DISTINCT ON (a.recipient_id) a.recipient_id, a.status, a.number, a.relation, a.starts_on, a.ends_on,"
        " c.name FROM agreement a LEFT JOIN caregiver c ON c.id = a.caregiver_id"
        f" WHERE a.recipient_id = ANY ($1::uuid[]) AND a.{SEEN} AND a.activated_at IS NOT NULL"
        " ORDER BY a.recipient_id, array_position('{active,suspended,ended}'::text[], a.status::text)",
        ids,
    )
    found = {row["recipient_id"]: _kept(row) for row in rows}
    hazards = await _open_hazards(ids)
    for recipient_id, words in hazards.items():
        found[recipient_id] = replace(found.get(recipient_id, CareKept()), open_hazards=words)
    return found


def _kept(row: Mapping[str, Any]) -> CareKept:
    if row["status"] == "ended":
        return CareKept(agreed=True)
    return CareKept(
        agreed=True,
        caregiver=row["name"],
        caregiver_relation=relation_name(row["relation"]),
        agreement_number=row["number"],
        agreement_starts_on=row["starts_on"],
        agreement_ends_on=row["ends_on"],
    )


async def _open_hazards(recipient_ids: list[UUID]) -> dict[UUID, str]:
    """The gravest first, no longer than a ledger's cell may be. Hazards are kept by a part that reads this one."""
    rows = await db.fetch(
        "SELECT h.recipient_id, h.severity, h.what FROM hazard h WHERE h.recipient_id = ANY ($1::uuid[])"
        f" AND h.{SEEN} AND h.status = 'open'"
        " ORDER BY h.recipient_id, array_position('{critical,serious,general}'::text[], h.severity::text), h.found_at",
        recipient_ids,
    )
    by_recipient = groupby(rows, key=lambda row: row["recipient_id"])
    return {recipient_id: _words([_hazard(row) for row in of]) for recipient_id, of in by_recipient}


def _hazard(row: Mapping[str, Any]) -> str:
    return f"{SEVERITY_NAMES[Severity(row['severity'])]}：{row['what']}"


def _words(hazards: list[str]) -> str:
    words = "；".join(hazards)
    rest = f"……共 {len(hazards)} 项"
    return words if len(words) <= LONGEST_REMARK else words[: LONGEST_REMARK - len(rest)] + rest


async def who_cares(recipient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, WhoCares]:
    """Of each of these people, those the caller may see."""
    rows = await db.fetch(
        "SELECT r.id AS recipient_id, is_covered_at(r.id, $2) AS covered, a.status, a.relation, a.ends_on, c.name,"
        " t.id AS care_id, t.kind, t.carer_name_sealed, t.ends_by FROM recipient r"
        " LEFT JOIN LATERAL (SELECT * FROM agreement o WHERE o.recipient_id = r.id"
        "  AND o.status IN ('active', 'suspended') ORDER BY o.status LIMIT 1) a ON true"
        " LEFT JOIN caregiver c ON c.id = a.caregiver_id"
        " LEFT JOIN temporary_care t ON t.recipient_id = r.id AND t.ended_at IS NULL"
        f" WHERE r.id = ANY ($1::uuid[]) AND r.{SEEN}",
        list(recipient_ids),
        now,
    )
    return await asyncio.to_thread(lambda: {row["recipient_id"]: _who_cares(row, local_day(now)) for row in rows})


def _who_cares(row: Mapping[str, Any], today: date) -> WhoCares:
    status = {"status": row["status"], "status_name": STATUS_NAMES[row["status"]]} if row["status"] else {}
    if not row["covered"]:
        return WhoCares(covered=False, **status)
    if row["care_id"] is not None and not (row["status"] == "active" and row["ends_on"] >= today):
        name = vault.open_sealed(row["carer_name_sealed"], f"temporary_care.carer_name_sealed:{row['care_id']}")
        return WhoCares(
            covered=True,
            kind="temporary",
            caregiver=masking.name(name),
            relation_name=CARE_KIND_NAMES[row["kind"]],
            until=local_day(row["ends_by"]),
            **status,
        )
    return WhoCares(
        covered=True,
        kind="agreement",
        caregiver=masking.name(row["name"]) if row["name"] else None,
        relation_name=relation_name(row["relation"]),
        until=row["ends_on"],
        **status,
    )
