"""Caregivers over HTTP: masked, found by POST, edited by version, judged before anybody is entrusted to them."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, delete, get, patch, post, put
from litestar.params import HeaderParameter
from msgspec import UNSET, Meta, UnsetType

from accounts.permissions import Account
from accounts.queries import policy_for
from api import paging
from api.bad_input import BadInput
from api.caregiver_cards import CaregiverCard, CaregiverDetail, card, detail
from api.values import AreaId, AreaIdInAddress
from caregivers.people import actions, queries
from caregivers.people.queries import Filter
from caregivers.people.refusals import CaregiverNotFound
from caregivers.people.suitability import unsuitable
from core import clock, db
from recipients import id_number
from recipients.fault import Fault
from recipients.purpose import LONGEST, SHORTEST, Purpose

_FOUND_AT_MOST = 50

Words = Annotated[str, Meta(max_length=200)]
Name = Annotated[str, Meta(max_length=40)]
Note = Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]
Kind = Literal["natural", "provider_staff"]
Status = Literal["active", "left", "died"]
Revealable = Literal["name", "id_number", "born_on", "phone", "address", "id_to_confirm_reason"]


class _Particulars(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be told of a caregiver. `without_capacity`: lacks full capacity for civil acts, whole or in part."""

    kind: Kind | UnsetType = UNSET
    provider_id: UUID | UnsetType | None = UNSET
    sex: Literal["male", "female"] | UnsetType | None = UNSET
    born_on: date | UnsetType | None = UNSET
    without_capacity: bool | UnsetType = UNSET
    id_number: Words | UnsetType | None = UNSET
    id_to_confirm_reason: Words | UnsetType | None = UNSET
    phone: Words | UnsetType | None = UNSET
    address: Words | UnsetType | None = UNSET


class NewCaregiver(_Particulars, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ID number, or the reason why it is not known yet; provider's staff with their provider."""

    name: Name
    area_id: AreaId


class CaregiverChange(_Particulars, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; null clears one. The version that was read goes into If-Match."""

    name: Name | UnsetType = UNSET


class CaregiverSaved(msgspec.Struct, frozen=True, kw_only=True):
    """`warnings` stop nothing, but somebody should look at them."""

    id: UUID
    version: int
    changed: tuple[str, ...]
    warnings: tuple[str, ...]


class CaregiverSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a name, the beginning of its pinyin or initials, or a whole ID number."""

    text: Annotated[str, Meta(min_length=1, max_length=40)]


class CaregiversFound(msgspec.Struct, frozen=True, kw_only=True):
    """At most 50; `more` asks for a narrower search."""

    items: list[CaregiverCard]
    more: bool


class CaregiverReveal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, as a word and a sentence that names nobody. Both are kept with who asked and for which fields."""

    fields: Annotated[list[Revealable], Meta(min_length=1, max_length=6)]
    purpose: Purpose
    note: Note


class CaregiverRevealed(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    fields: dict[str, str | None]


class LinkedAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    account_id: UUID


class Leaving(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on: date
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Death(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    on: date


class Restoring(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, in a sentence that names nobody; kept on the journal."""

    note: Note


class UnsuitableBecause(msgspec.Struct, frozen=True, kw_only=True):
    """Of somebody barred no more is told than whom to ask."""

    code: str
    reason: str
    remedy: str


class SuitabilityShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whether nothing forbids entrusting this recipient to this caregiver today, and otherwise what does."""

    suitable: bool
    because: list[UnsuitableBecause]


class Caregivers(Controller):
    """照料人"""

    path = "/caregivers"
    tags = ("照料人",)

    @get(opt={"permission": "caregiver.read"})
    async def list_caregivers(
        self,
        by: Account,
        now: datetime,
        area_id: AreaIdInAddress = None,
        kind: Kind | None = None,
        status: Status | None = None,
        provider_id: UUID | None = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[CaregiverCard]:
        """Caregivers of one's areas, and those who care for somebody there, masked. No filter is personal."""
        wanted = Filter(area_id=area_id, kind=kind, status=status, provider_id=provider_id)
        after = paging.after(cursor, tuple[int, UUID], of="caregivers")
        async with db.transaction(by.scope):
            found = await queries.caregiver_cards(wanted, after=after, limit=size + 1, now=now)
        return paging.page(found, size, of="caregivers", key=lambda one: (one.caregiver.area_id, one.id), item=card)

    @post("/search", opt={"permission": "caregiver.read"}, status_code=200)
    async def search_caregivers(self, data: CaregiverSearch, by: Account, now: datetime) -> CaregiversFound:
        """Find caregivers by name, sound or ID number: in the body, because addresses are written down everywhere."""
        text = data.text.strip()
        if not text:
            raise BadInput("请填写姓名、拼音、首字母或证件号。", field="/text")
        number = _number(text, clock.local_day(now))
        async with db.transaction(by.scope):
            if number is not None:
                found = await queries.cards_by_id_number(number, now=now)
            else:
                found = await queries.cards_by_name(text, limit=_FOUND_AT_MOST + 1, now=now)
        return CaregiversFound(items=[card(one) for one in found[:_FOUND_AT_MOST]], more=len(found) > _FOUND_AT_MOST)

    @post(opt={"permission": "caregiver.edit"})
    async def register_caregiver(self, data: NewCaregiver, by: Account, now: datetime) -> CaregiverSaved:
        """Put somebody on record, once in one's areas. Another township registers the same person for itself."""
        return _saved(await actions.register(_given(data), by=by, now=now))

    @get("/{caregiver_id:uuid}", opt={"permission": "caregiver.read"})
    async def show_caregiver(self, caregiver_id: UUID, by: Account, now: datetime) -> Response[CaregiverDetail]:
        """One caregiver, masked. The ETag is the version an edit must name."""
        return await _shown(caregiver_id, by, now)

    @patch("/{caregiver_id:uuid}", opt={"permission": "caregiver.edit"})
    async def edit_caregiver(
        self,
        caregiver_id: UUID,
        data: CaregiverChange,
        by: Account,
        now: datetime,
        if_match: Annotated[str, HeaderParameter(name="If-Match", max_length=40, description="读到的版本(ETag)。")],
    ) -> Response[CaregiverSaved]:
        """Change some fields of the version that was read; 412 names what others have changed since."""
        base_version = version_of(if_match)
        saved = await actions.edit(caregiver_id, _given(data), base_version=base_version, by=by, now=now)
        return Response(_saved(saved), headers={"etag": f'"{saved.version}"'})

    @post("/{caregiver_id:uuid}/reveal", opt={"permission": "caregiver.reveal"}, status_code=200)
    async def reveal_caregiver(
        self, caregiver_id: UUID, data: CaregiverReveal, by: Account, now: datetime
    ) -> CaregiverRevealed:
        """Named fields in full, for a purpose. It is on the journal before the answer leaves."""
        shown = await actions.reveal(caregiver_id, data.fields, purpose=data.purpose, note=data.note, by=by, now=now)
        return CaregiverRevealed(id=caregiver_id, fields={name: _text(value) for name, value in shown.items()})

    @get("/{caregiver_id:uuid}/suitability", opt={"permission": "agreement.edit"})
    async def preview_suitability(
        self, caregiver_id: UUID, recipient_id: UUID, by: Account, now: datetime
    ) -> SuitabilityShown:
        """What would forbid an agreement between the two today: asked before one is drafted."""
        today = clock.local_day(now)
        async with db.transaction(by.scope):
            facts = await queries.suitability_facts(caregiver_id, recipient_id, on=today)
            if facts is None:
                raise CaregiverNotFound("没有找到这名照料人或救助对象。请核对后重新选择。")
            policy = (await policy_for(by.district_id, today)).policy
        found = unsuitable(facts, policy.caregivers, today)
        because = [UnsuitableBecause(code=one.code, reason=one.reason, remedy=one.remedy) for one in found]
        return SuitabilityShown(suitable=not found, because=because)

    @put("/{caregiver_id:uuid}/account", opt={"permission": "caregiver.edit"})
    async def link_account(
        self, caregiver_id: UUID, data: LinkedAccount, by: Account, now: datetime
    ) -> Response[CaregiverDetail]:
        """The account they act with: a caregiver's own, or that of a village cadre who cares for a neighbour."""
        await actions.link_account(caregiver_id, data.account_id, by=by, now=now)
        return await _shown(caregiver_id, by, now)

    @delete("/{caregiver_id:uuid}/account", opt={"permission": "caregiver.edit"}, status_code=200)
    async def unlink_account(self, caregiver_id: UUID, by: Account, now: datetime) -> Response[CaregiverDetail]:
        """From now on the account sees nothing of what concerns this caregiver."""
        await actions.unlink_account(caregiver_id, by=by, now=now)
        return await _shown(caregiver_id, by, now)

    @post("/{caregiver_id:uuid}/leave", opt={"permission": "caregiver.edit"}, status_code=200)
    async def record_leaving(
        self, caregiver_id: UUID, data: Leaving, by: Account, now: datetime
    ) -> Response[CaregiverDetail]:
        """They care for nobody any more. Refused while an agreement of theirs is in force."""
        await actions.record_leaving(caregiver_id, on=data.on, reason=data.reason, by=by, now=now)
        return await _shown(caregiver_id, by, now)

    @post("/{caregiver_id:uuid}/death", opt={"permission": "caregiver.edit"}, status_code=200)
    async def record_death(
        self, caregiver_id: UUID, data: Death, by: Account, now: datetime
    ) -> Response[CaregiverDetail]:
        """Recorded always: whoever they cared for is uncovered from now on, and the alert for it rings."""
        await actions.record_death(caregiver_id, on=data.on, by=by, now=now)
        return await _shown(caregiver_id, by, now)

    @post("/{caregiver_id:uuid}/restore", opt={"permission": "caregiver.edit"}, status_code=200)
    async def restore(
        self, caregiver_id: UUID, data: Restoring, by: Account, now: datetime
    ) -> Response[CaregiverDetail]:
        """Take back a leaving or a death recorded by mistake. Agreements that ended stay ended."""
        await actions.restore(caregiver_id, note=data.note, by=by, now=now)
        return await _shown(caregiver_id, by, now)


def version_of(if_match: str) -> int:
    """The version in an If-Match header."""
    plain = if_match.strip().removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 10):
        raise BadInput('If-Match 应为读取时得到的 ETag，例如 "3"。请重新读取后再提交。')
    return int(plain)


async def _shown(caregiver_id: UUID, by: Account, now: datetime) -> Response[CaregiverDetail]:
    async with db.transaction(by.scope):
        found = await queries.caregiver_card(caregiver_id, now=now)
    if found is None:
        raise CaregiverNotFound
    return Response(detail(found), headers={"etag": f'"{found.version}"'})


def _given(data: _Particulars) -> dict[str, Any]:
    """The fields that were told."""
    told = {name: getattr(data, name) for name in data.__struct_fields__}
    return {name: value for name, value in told.items() if value is not UNSET}


def _saved(saved: actions.Saved) -> CaregiverSaved:
    return CaregiverSaved(id=saved.id, version=saved.version, changed=saved.changed, warnings=saved.warnings)


def _number(text: str, today: date) -> str | None:
    """The compared form of what looks like an ID number; None for anything else."""
    if sum(character.isdigit() for character in text) < 10:
        return None
    read = id_number.read(text, today=today)
    if isinstance(read, Fault):
        raise BadInput(f"证件号{read.reason}。{read.remedy}。", field="/text")
    return read.compared or ""


def _text(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


CONTROLLERS = (Caregivers,)
