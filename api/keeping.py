"""How agreements are kept, and the whole history of one, over HTTP."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec
from litestar import Controller, get

from accounts.permissions import ROLE_NAMES, Account
from accounts.queries import staff_named
from api import paging
from api.values import AreaIdInAddress
from caregivers.agreements.lifecycle import STATUS_NAMES
from caregivers.agreements.refusals import AgreementNotFound
from caregivers.overview.keeping import STANDING_NAMES
from caregivers.overview.queries import (
    land_of,
    standing_of_agreements,
    timeline_of,
    village_names,
    yardstick_for,
)
from caregivers.overview.queries.keeping import Listed
from caregivers.overview.timeline import Line, people
from caregivers.people.queries import masked_caregiver_names
from core import db
from recipients.queries import masked_names


class KeepingReason(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that speaks against the agreement."""

    word: str
    text: str


class KeptAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """一份有效协议和它的履行情况；没有分数，也不排名。"""

    agreement_id: UUID
    number: str | None
    recipient_id: UUID
    recipient_name: str
    caregiver_id: UUID
    caregiver_name: str
    area_id: int
    village: str
    status: str
    status_name: str
    starts_on: date
    ends_on: date
    standing: str
    standing_name: str
    reasons: list[KeepingReason]


class By(msgspec.Struct, frozen=True, kw_only=True):
    """Who did it. `name` is null for somebody of another district."""

    id: UUID
    name: str | None
    role: str | None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    """发生的一件事。struck 为真的，后来已撤回，不再计入，但保留在历史中。by 为空的，由系统自动完成或不予显示。"""

    at: datetime
    kind: str
    name: str
    text: str
    by: By | None
    subject_id: UUID
    struck: bool
    why_struck: str | None
    confidential: bool


class Keeping(Controller):
    """协议履行情况"""

    path = "/agreements"
    tags = ("协议履行",)

    @get("/standing", opt={"permission": "matters.read"})
    async def list_standing(
        self,
        by: Account,
        now: datetime,
        standing: Literal["kept", "at_risk", "failing"] | None = None,
        area_id: AreaIdInAddress = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[KeptAgreement]:
        """有效协议的履行情况和原因，按村和对象排列；可只看一类，或只看一个乡镇、村。"""
        of = f"standing.{standing}.{area_id}"
        after = paging.after(cursor, tuple[int, UUID, UUID], of=of)
        async with db.transaction(by.scope):
            land = await land_of(by.area_ids, within=area_id)
            yardstick = await yardstick_for(by.district_id, now)
            found = await standing_of_agreements(land.areas, yardstick, standing=standing, after=after, limit=size + 1)
            cards = await _cards(found)
        return paging.page(
            list(zip(found, cards, strict=True)), size, of=of, key=lambda one: one[0].place, item=lambda one: one[1]
        )

    @get("/{agreement_id:uuid}/timeline", opt={"permission": "matters.read"})
    async def timeline(self, agreement_id: UUID, by: Account) -> list[TimelineEntry]:
        """一份协议的完整历史，最早的在前；撤回的也在其中。涉密事项只对有权处理的人显示。"""
        async with db.transaction(by.scope):
            lines = await timeline_of(agreement_id)
            if lines is None:
                raise AgreementNotFound
            staff = await staff_named(people(lines))
        known = {
            account_id: By(id=account_id, name=one.name, role=ROLE_NAMES[one.role]) for account_id, one in staff.items()
        }
        return [_entry(line, known) for line in lines]


CONTROLLERS = (Keeping,)


def _entry(line: Line, staff: dict[UUID, By]) -> TimelineEntry:
    by = staff.get(line.by, By(id=line.by, name=None, role=None)) if line.by else None
    return TimelineEntry(
        at=line.at,
        kind=line.kind,
        name=line.name,
        text=line.text,
        by=by,
        subject_id=line.subject_id,
        struck=line.struck,
        why_struck=line.why_struck,
        confidential=line.confidential,
    )


async def _cards(found: list[Listed]) -> list[KeptAgreement]:
    recipients = await masked_names({one.recipient_id for one in found})
    caregivers = await masked_caregiver_names({one.caregiver_id for one in found})
    villages = await village_names({one.area_id for one in found})
    return [
        KeptAgreement(
            agreement_id=one.agreement_id,
            number=one.number,
            recipient_id=one.recipient_id,
            recipient_name=recipients.get(one.recipient_id, "*"),
            caregiver_id=one.caregiver_id,
            caregiver_name=caregivers.get(one.caregiver_id, "*"),
            area_id=one.area_id,
            village=villages.get(one.area_id, ""),
            status=one.status,
            status_name=STATUS_NAMES[one.status],  # type: ignore[index]  # the table's own check holds it
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            standing=one.kept.standing,
            standing_name=STANDING_NAMES[one.kept.standing],
            reasons=[KeepingReason(word=reason.word, text=reason.text) for reason in one.kept.reasons],
        )
        for one in found
    ]
