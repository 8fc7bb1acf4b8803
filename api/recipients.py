"""The register over HTTP: lists and details are masked, search is by POST, what is in full takes a reason."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, patch, post
from litestar.params import HeaderParameter
from msgspec import UNSET, Meta, UnsetType

from accounts.permissions import Account
from api import paging
from api.bad_input import BadInput
from api.recipient_cards import RecipientCard, RecipientDetail, card, detail
from api.values import AreaId, AreaIdInAddress
from caregivers.agreements.queries.taking_over_words import who_cares
from core import clock, db
from recipients import actions, id_number, queries
from recipients.fault import Fault
from recipients.purpose import LONGEST, SHORTEST, Purpose
from recipients.queries import Filter
from recipients.refusals import RecipientNotFound

_FOUND_AT_MOST = 50

Words = Annotated[str, Meta(max_length=200)]
Remark = Annotated[str, Meta(max_length=1000)]
Category = Literal["aged", "severe_disability", "serious_illness", "incapacity", "minor", "living_alone"]
Revealable = Literal[
    "name",
    "id_number",
    "born_on",
    "phone",
    "address",
    "hukou_address",
    "guardian",
    "guardian_phone",
    "emergency",
    "emergency_phone",
    "keyholder",
    "keyholder_phone",
    "caregiver",
    "curtain_watcher",
    "diagnosis",
    "bank_card",
    "remarks",
    "id_to_confirm_reason",
]


class Indicators(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The six indicators: true where the person manages alone."""

    eating: bool
    dressing: bool
    getting_up: bool
    toileting: bool
    walking_indoors: bool
    bathing: bool


class _Particulars(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be told of a person. Categories that follow from age, class or certificate are added by themselves."""

    number: Words | UnsetType | None = UNSET
    sex: Literal["male", "female"] | UnsetType | None = UNSET
    id_number: Words | UnsetType | None = UNSET
    id_to_confirm_reason: Words | UnsetType | None = UNSET
    born_on: date | UnsetType | None = UNSET
    support_mode: Literal["dispersed", "collective"] | UnsetType = UNSET
    categories: list[Category] | UnsetType = UNSET
    conditions: list[Literal["dementia"]] | UnsetType = UNSET
    self_care: Literal["self", "partial", "full"] | UnsetType = UNSET
    indicators: Indicators | UnsetType | None = UNSET
    disability_kind: Words | UnsetType | None = UNSET
    disability_grade: Annotated[int, Meta(ge=1, le=4)] | UnsetType | None = UNSET
    living_alone: bool | UnsetType = UNSET
    hukou_address: Words | UnsetType | None = UNSET
    address: Words | UnsetType | None = UNSET
    phone: Words | UnsetType | None = UNSET
    guardian: Words | UnsetType | None = UNSET
    guardian_phone: Words | UnsetType | None = UNSET
    emergency: Words | UnsetType | None = UNSET
    emergency_phone: Words | UnsetType | None = UNSET
    keyholder: Words | UnsetType | None = UNSET
    keyholder_phone: Words | UnsetType | None = UNSET
    entry_consent: bool | UnsetType | None = UNSET
    caregiver: Words | UnsetType | None = UNSET
    caregiver_relation: Words | UnsetType | None = UNSET
    agreement_number: Words | UnsetType | None = UNSET
    agreement_starts_on: date | UnsetType | None = UNSET
    agreement_ends_on: date | UnsetType | None = UNSET
    visit_every_days: Annotated[int, Meta(ge=1, le=366)] | UnsetType | None = UNSET
    visitor: Words | UnsetType | None = UNSET
    visit_worker_id: UUID | UnsetType | None = UNSET
    last_seen_on: date | UnsetType | None = UNSET
    last_seen_how: Literal["door", "phone", "video"] | UnsetType | None = UNSET
    open_hazards: Remark | UnsetType | None = UNSET
    curtain_watcher: Words | UnsetType | None = UNSET
    remarks: Remark | UnsetType | None = UNSET
    diagnosis: Remark | UnsetType | None = UNSET
    bank_card: Annotated[str, Meta(pattern=r"^\d{12,19}$")] | UnsetType | None = UNSET


class NewRecipient(_Particulars, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An ID number, or the reason why it is not known yet; a class of self-care, or the six indicators."""

    name: Annotated[str, Meta(max_length=40)]
    area_id: AreaId


class RecipientChange(_Particulars, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields to change; null clears one. The version that was read goes into If-Match."""

    name: Annotated[str, Meta(max_length=40)] | UnsetType = UNSET
    area_id: AreaId | UnsetType = UNSET


class Saved(msgspec.Struct, frozen=True, kw_only=True):
    """`warnings` stop nothing, but somebody should look at them."""

    id: UUID
    version: int
    changed: tuple[str, ...]
    warnings: tuple[str, ...]


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a name, the beginning of its pinyin or initials, or a whole ID number."""

    text: Annotated[str, Meta(min_length=1, max_length=40)]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """At most 50; `more` asks for a narrower search."""

    items: list[RecipientCard]
    more: bool


class RevealRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why, as a word and a sentence that names nobody. Both are kept with who asked and for which fields."""

    fields: Annotated[list[Revealable], Meta(min_length=1, max_length=18)]
    purpose: Purpose
    note: Annotated[str, Meta(min_length=SHORTEST, max_length=LONGEST)]


class Revealed(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    fields: dict[str, str | None]


class Recipients(Controller):
    """救助对象"""

    path = "/recipients"
    tags = ("救助对象",)

    @get(opt={"permission": "recipient.read"})
    async def list_recipients(
        self,
        by: Account,
        now: datetime,
        area_id: AreaIdInAddress = None,
        risk: Literal["high", "key", "general"] | None = None,
        category: Category | None = None,
        self_care: Literal["self", "partial", "full"] | None = None,
        standing: Literal["at_home", "in_hospital", "moved_to_collective", "died", "eligibility_ended"] | None = None,
        support_mode: Literal["dispersed", "collective"] | None = None,
        visit_worker_id: UUID | None = None,
        unassigned: bool = False,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 50,
    ) -> paging.Page[RecipientCard]:
        """People of one's areas, village by village, masked. No filter is personal: they stand in the address."""
        wanted = Filter(
            area_id=area_id,
            risk=risk,
            category=category,
            self_care=self_care,
            standing=standing,
            support_mode=support_mode,
            visit_worker_id=visit_worker_id,
            unassigned=unassigned,
        )
        after = paging.after(cursor, tuple[int, UUID], of="recipients")
        async with db.transaction(by.scope):
            found = await queries.recipient_cards(wanted, after=after, limit=size + 1, now=now)
            care = await who_cares([one.id for one in found], now=now)
        return paging.page(
            found,
            size,
            of="recipients",
            key=lambda one: (one.person.area_id, one.id),
            item=lambda one: card(one, care.get(one.id)),
        )

    @post("/search", opt={"permission": "recipient.read"}, status_code=200)
    async def search_recipients(self, data: Search, by: Account, now: datetime) -> Found:
        """Find people by name, sound or ID number: in the body, because an address is written down in many places."""
        text = data.text.strip()
        if not text:
            raise BadInput("请填写姓名、拼音、首字母或证件号。", field="/text")
        async with db.transaction(by.scope):
            if _looks_like_a_number(text):
                read = id_number.read(text, today=clock.local_day(now))
                if isinstance(read, Fault):
                    raise BadInput(f"证件号{read.reason}。{read.remedy}。", field="/text")
                found = await queries.cards_by_id_number(queries.id_index(read.compared or ""), now=now)
            else:
                found = await queries.cards_by_name(text, limit=_FOUND_AT_MOST + 1, now=now)
            care = await who_cares([one.id for one in found], now=now)
        items = [card(one, care.get(one.id)) for one in found[:_FOUND_AT_MOST]]
        return Found(items=items, more=len(found) > _FOUND_AT_MOST)

    @post(opt={"permission": "recipient.edit"})
    async def register_recipient(self, data: NewRecipient, by: Account, now: datetime) -> Saved:
        """Put somebody on the register. An ID number is registered once in the nation."""
        return _saved(await actions.register(_given(data), by=by, now=now))

    @get("/{recipient_id:uuid}", opt={"permission": "recipient.read"})
    async def show_recipient(self, recipient_id: UUID, by: Account, now: datetime) -> Response[RecipientDetail]:
        """One person, masked. The ETag is the version an edit must name."""
        async with db.transaction(by.scope):
            found = await queries.recipient_card(recipient_id, now=now)
            if found is None:
                raise RecipientNotFound
            care = await who_cares([recipient_id], now=now)
        return Response(detail(found, care.get(recipient_id)), headers={"etag": f'"{found.version}"'})

    @patch("/{recipient_id:uuid}", opt={"permission": "recipient.edit"})
    async def edit_recipient(
        self,
        recipient_id: UUID,
        data: RecipientChange,
        by: Account,
        now: datetime,
        if_match: Annotated[str, HeaderParameter(name="If-Match", max_length=40, description="读到的版本(ETag)。")],
    ) -> Response[Saved]:
        """Change some fields of the version that was read; 412 names what others have changed since."""
        base_version = _version(if_match)
        saved = await actions.edit(recipient_id, _given(data), base_version=base_version, by=by, now=now)
        return Response(_saved(saved), headers={"etag": f'"{saved.version}"'})

    @post("/{recipient_id:uuid}/reveal", opt={"permission": "recipient.reveal"}, status_code=200)
    async def reveal_recipient(self, recipient_id: UUID, data: RevealRequest, by: Account, now: datetime) -> Revealed:
        """Named fields in full, for a purpose. It is on the journal before the answer leaves."""
        shown = await actions.reveal(recipient_id, data.fields, purpose=data.purpose, note=data.note, by=by, now=now)
        return Revealed(id=recipient_id, fields={name: _text(value) for name, value in shown.items()})


def _given(data: _Particulars) -> dict[str, Any]:
    """The fields that were told."""
    told = {name: getattr(data, name) for name in data.__struct_fields__}
    given = {name: value for name, value in told.items() if value is not UNSET}
    if given.get("indicators") is not None:
        given["indicators"] = msgspec.structs.asdict(given["indicators"])
    return given


def _saved(saved: actions.Saved) -> Saved:
    return Saved(id=saved.id, version=saved.version, changed=saved.changed, warnings=saved.warnings)


def _version(if_match: str) -> int:
    plain = if_match.strip().removeprefix("W/").strip('"')
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 10):
        raise BadInput('If-Match 应为读取时得到的 ETag，例如 "3"。请重新读取后再提交。')
    return int(plain)


def _looks_like_a_number(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= 10


def _text(value: date | str | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value


CONTROLLERS = (Recipients,)
