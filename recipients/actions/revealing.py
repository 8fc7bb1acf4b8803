"""Looking at what is masked, one person or a whole ledger: for a purpose, journaled before anything leaves."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account, Role
from accounts.queries import policies_for, seen_areas
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden, Invalid
from recipients import purpose as purposes
from recipients.person import Person
from recipients.purpose import Purpose
from recipients.queries import people as queries
from recipients.queries.people import Filter, Listed
from recipients.refusals import MinorProtected, RecipientNotFound
from recipients.risk import age_on

_MAY_SEE_MINORS = frozenset({Role.TOWNSHIP_LEADER, Role.DISTRICT})


async def reveal(
    recipient_id: UUID, fields: Sequence[str], *, purpose: Purpose, note: str, by: Account, now: datetime
) -> Mapping[str, Any]:
    """The fields in full. Nothing leaves unless the journal entry is safely stored."""
    if not by.may("recipient.reveal"):
        raise Forbidden
    async with db.transaction(by.scope):
        found = await queries.one_in_full(recipient_id, now=now)
        if found is None:
            raise RecipientNotFound
        known = found.registered.person
        _check_note(note, known.name)
        if not _may_see(by) and await _minors([found], now):
            raise MinorProtected
        facts = {"fields": sorted(fields), "purpose": purpose, "note": note.strip()}
        await journal.write(
            "recipient.revealed", subject_id=recipient_id, area_id=known.area_id, by=by.id, at=now, facts=facts
        )
    return {field: getattr(known, field) for field in fields}


async def export_ledger(
    wanted: Filter, *, in_full: bool, purpose: Purpose, note: str, by: Account, now: datetime
) -> list[Listed]:
    """The key-recipient ledger's people, in the order of villages and names.

    Masked unless asked `in_full` by one who may reveal; minors stay masked for all but those who answer for them.
    """
    if not by.may("recipient.export") or (in_full and not by.may("recipient.reveal")):
        raise Forbidden
    _check_note(note)
    async with db.transaction(by.scope):
        if wanted.area_id is not None and not await seen_areas([wanted.area_id]):
            raise Invalid("没有这个区划，或不在您的辖区。请从区划列表中选择。", field="/area_id")
        found = await queries.all_in_full(wanted, now=now)
        minors = await _minors(found, now)
        hidden = {one.registered.id for one in found} if not in_full else set() if _may_see(by) else minors
        facts = {
            "count": len(found),
            "in_full": len(found) - len(hidden),
            "filter": wanted.facts(),
            "purpose": purpose,
            "note": note.strip(),
        }
        area_id = wanted.area_id or by.area_ids[0]
        await journal.write("export.ledger", subject_id=None, area_id=area_id, by=by.id, at=now, facts=facts)
    return [one.masked() if one.registered.id in hidden else one for one in found]


def _check_note(note: str, name: str | None = None) -> None:
    if (fault := purposes.fault(note, name=name)) is not None:
        raise Invalid(f"{fault.reason}。{fault.remedy}。", field="/note")


def _may_see(by: Account) -> bool:
    return by.role in _MAY_SEE_MINORS


async def _minors(found: Sequence[Listed], now: datetime) -> set[UUID]:
    """Children by their district's policy (未成年人网络保护条例 art. 36 wants a manager's word on who sees them)."""
    today = local_day(now)
    policies = await policies_for({one.registered.district_id for one in found}, today)
    return {
        one.registered.id
        for one in found
        if _is_minor(one.registered.person, policies[one.registered.district_id].policy.risks.minor_below_age, today)
    }


def _is_minor(known: Person, below: int, today: date) -> bool:
    return "minor" in known.categories or (known.born_on is not None and age_on(known.born_on, today) < below)
