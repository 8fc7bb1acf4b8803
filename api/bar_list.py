"""The district's bar list over HTTP: only the district reads it; a township learns "not suitable", and not why."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.bad_input import BadInput
from caregivers.people import actions, queries
from caregivers.people.bars import BAR_WORDS, Bar
from core import clock, db
from recipients import id_number, masking
from recipients.fault import Fault
from recipients.purpose import LONGEST, SHORTEST, Purpose


class NewBar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody on record (`caregiver_id`), or anybody by name and ID number. By law it is for ever."""

    reason: Literal["removed", "law"]
    ground: Annotated[str, Meta(min_length=1, max_length=1000)]
    from_on: date
    caregiver_id: UUID | None = None
    name: Annotated[str, Meta(max_length=40)] | None = None
    id_number: Annotated[str, Meta(max_length=40)] | None = None


class BarSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id_number: Annotated[str, Meta(min_length=1, max_length=40)]


class LiftedBar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=500)]


class BarReveal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, as a word and a sentence that names nobody."""

    purpose: Purpose
    note: Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]


class BarCard(msgspec.Struct, frozen=True, kw_only=True):
    """`until_on` is the first day it no longer holds, null for ever; `by_number`: it follows an ID number."""

    id: UUID
    caregiver_id: UUID | None
    name: str
    by_number: bool
    reason: str
    reason_name: str
    case_id: UUID | None
    from_on: date
    until_on: date | None
    holds: bool
    created_by: UUID
    created_by_name: str | None
    created_at: datetime
    lifted_by: UUID | None
    lifted_by_name: str | None
    lifted_at: datetime | None


class BarRevealed(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    ground: str
    lift_reason: str | None


class BarList(Controller):
    """限制名单"""

    path = "/bar-list"
    tags = ("限制名单",)

    @get(opt={"permission": "bar.read"})
    async def list_bars(
        self, by: Account, now: datetime, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[BarCard]:
        """Every line ever written, lifted and expired ones too; names are masked, grounds take a reason."""
        after = paging.after(cursor, UUID, of="bars")
        async with db.transaction(by.scope):
            found = await queries.bar_list(after=after, limit=size + 1)
            cards = await _cards(found, now)
        return paging.page(cards, size, of="bars", key=lambda one: one.id, item=lambda one: one)

    @post("/search", opt={"permission": "bar.read"}, status_code=200)
    async def search_bars(self, data: BarSearch, by: Account, now: datetime) -> list[BarCard]:
        """Every line about whoever bears an ID number: in the body, because addresses are written down everywhere."""
        read = id_number.read(data.id_number, today=clock.local_day(now))
        if isinstance(read, Fault):
            raise BadInput(f"证件号{read.reason}。{read.remedy}。", field="/id_number")
        if read.compared is None:
            raise BadInput("请填写完整的证件号。", field="/id_number")
        async with db.transaction(by.scope):
            return await _cards(await queries.bars_by_number(read.compared), now)

    @post(opt={"permission": "bar.manage"})
    async def add_bar(self, data: NewBar, by: Account, now: datetime) -> BarCard:
        """Bar somebody in the whole district: by law for ever, otherwise as long as the district's policy says."""
        if data.caregiver_id is not None and data.name is None and data.id_number is None:
            bar_id = await actions.bar_caregiver(
                data.caregiver_id, reason=data.reason, ground=data.ground, from_on=data.from_on, by=by, now=now
            )
        elif data.caregiver_id is None and data.name is not None and data.id_number is not None:
            bar_id = await actions.bar_person(
                name=data.name,
                id_number=data.id_number,
                reason=data.reason,
                ground=data.ground,
                from_on=data.from_on,
                by=by,
                now=now,
            )
        else:
            raise BadInput("请选择已登记的照料人，或者填写姓名和身份证号，二者取其一。", field="/caregiver_id")
        return await _card(bar_id, by, now)

    @post("/{bar_id:uuid}/lift", opt={"permission": "bar.manage"}, status_code=200)
    async def lift_bar(self, bar_id: UUID, data: LiftedBar, by: Account, now: datetime) -> BarCard:
        """They may care for people again. The line stays, with who lifted it and why."""
        await actions.lift(bar_id, reason=data.reason, by=by, now=now)
        return await _card(bar_id, by, now)

    @post("/{bar_id:uuid}/reveal", opt={"permission": "bar.read"}, status_code=200)
    async def reveal_bar(self, bar_id: UUID, data: BarReveal, by: Account, now: datetime) -> BarRevealed:
        """Name and ground in full, for a purpose. It is on the journal before the answer leaves."""
        one = await actions.reveal_bar(bar_id, purpose=data.purpose, note=data.note, by=by, now=now)
        return BarRevealed(id=one.id, name=one.name, ground=one.ground, lift_reason=one.lift_reason)


async def _card(bar_id: UUID, by: Account, now: datetime) -> BarCard:
    async with db.transaction(by.scope):
        found = await queries.bar_of(bar_id)
        return (await _cards([found] if found else [], now))[0]


async def _cards(found: list[Bar], now: datetime) -> list[BarCard]:
    involved = {one for bar in found for one in (bar.created_by, bar.lifted_by) if one}
    names = {account_id: one.name for account_id, one in (await staff_named(list(involved))).items()}
    return [_shown(bar, names, clock.local_day(now)) for bar in found]


def _shown(bar: Bar, names: Mapping[UUID, str], today: date) -> BarCard:
    return BarCard(
        id=bar.id,
        caregiver_id=bar.caregiver_id,
        name=masking.name(bar.name),
        by_number=bar.by_number,
        reason=bar.reason,
        reason_name=BAR_WORDS[bar.reason],
        case_id=bar.case_id,
        from_on=bar.from_on,
        until_on=bar.until_on,
        holds=bar.holds(today),
        created_by=bar.created_by,
        created_by_name=names.get(bar.created_by),
        created_at=bar.created_at,
        lifted_by=bar.lifted_by,
        lifted_by_name=names.get(bar.lifted_by) if bar.lifted_by else None,
        lifted_at=bar.lifted_at,
    )


CONTROLLERS = (BarList,)
