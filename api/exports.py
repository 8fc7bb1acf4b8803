"""The key-recipient ledger as a workbook: for a purpose, journaled before it leaves, masked unless one may reveal."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, post

from accounts.permissions import Account
from api.imports import XLSX, workbook_answer
from api.values import AreaId
from caregivers.agreements.queries.taking_over_words import care_kept
from core import clock, db
from recipients import actions, workbook
from recipients.care_kept import CareKept
from recipients.fields import Method
from recipients.listing import listed
from recipients.purpose import LONGEST, SHORTEST, Purpose
from recipients.queries import Filter, Listed
from visits.queries.contacts import Contact, last_contacts

TITLE = "分散供养特困人员重点对象台账"


class LedgerExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to list and why; without a standing those under visit. `in_full` needs the right to reveal."""

    purpose: Purpose
    note: Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
    in_full: bool = False
    area_id: AreaId | None = None
    risk: Literal["high", "key", "general"] | None = None
    category: Literal["aged", "severe_disability", "serious_illness", "incapacity", "minor", "living_alone"] | None = (
        None
    )
    self_care: Literal["self", "partial", "full"] | None = None
    standing: Literal["at_home", "in_hospital", "moved_to_collective", "died", "eligibility_ended"] | None = None
    support_mode: Literal["dispersed", "collective"] | None = None


class Exports(Controller):
    """台账导出"""

    path = "/exports"
    tags = ("台账导出",)

    @post("/ledger", opt={"permission": "recipient.export"}, status_code=200, media_type=XLSX)
    async def ledger(self, data: LedgerExport, by: Account, now: datetime) -> Response[bytes]:
        """The ledger of one's areas or a part of them, ready to print. Minors are whole only for those in charge."""
        wanted = Filter(
            area_id=data.area_id,
            risk=data.risk,
            category=data.category,
            self_care=data.self_care,
            standing=data.standing,
            support_mode=data.support_mode,
            under_visit=data.standing is None,
        )
        content = await ledger_workbook(
            wanted, in_full=data.in_full, purpose=data.purpose, note=data.note, by=by, now=now
        )
        return workbook_answer(content, f"ledger-{clock.local_day(now):%Y%m%d}.xlsx")


async def ledger_workbook(
    wanted: Filter, *, in_full: bool, purpose: Purpose, note: str, by: Account, now: datetime
) -> bytes:
    """The workbook of those wanted; the export is on the journal before a byte of it exists."""
    people = await actions.export_ledger(wanted, in_full=in_full, purpose=purpose, note=note, by=by, now=now)
    async with db.transaction(by.scope):
        ids = [one.registered.id for one in people]
        seen = await last_contacts(ids, until=now)
        care = await care_kept(ids)
    return await asyncio.to_thread(_written, people, seen, care, by.name, now)


def _written(
    people: list[Listed],
    seen: Mapping[UUID, Contact],
    care: Mapping[UUID, CareKept],
    made_by: str,
    now: datetime,
) -> bytes:
    rows = (
        listed(
            one.registered.person,
            serial=serial,
            age=one.age,
            risk=one.registered.risk,
            village=one.village,
            seen=_seen(seen.get(one.registered.id)),
            care=_care(care.get(one.registered.id), hidden=one.hidden),
        )
        for serial, one in enumerate(people, start=1)
    )
    return workbook.write_ledger(rows, title=TITLE, made_on=clock.local_day(now), made_by=made_by)


def _seen(contact: Contact | None) -> tuple[datetime, Method] | None:
    return (contact.at, contact.method) if contact else None


def _care(kept: CareKept | None, *, hidden: bool) -> CareKept | None:
    return kept.masked() if kept is not None and hidden else kept


CONTROLLERS = (Exports,)
