"""Providers over HTTP: organisations that send staff to care for people."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from msgspec import Meta

from accounts.permissions import Account
from api import paging
from api.values import AreaId
from caregivers.people import actions, queries
from caregivers.people.queries import Provider
from caregivers.people.refusals import ProviderNotFound
from core import db


class NewProvider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """In a township or village of one's own; the credit code (统一社会信用代码) is checked."""

    area_id: AreaId
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    credit_code: Annotated[str, Meta(max_length=40)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None


class ProviderCard(msgspec.Struct, frozen=True, kw_only=True):
    """`phone` is the office's; `staff` counts its active caregivers that one sees."""

    id: UUID
    area_id: int
    name: str
    credit_code: str | None
    phone: str | None
    ended: bool
    staff: int
    created_at: datetime
    ended_at: datetime | None


class Providers(Controller):
    """服务机构"""

    path = "/providers"
    tags = ("照料人",)

    @get(opt={"permission": "caregiver.read"})
    async def list_providers(
        self, by: Account, ended: bool = False, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[ProviderCard]:
        """Those of one's areas, in the order they were added."""
        after = paging.after(cursor, UUID, of="providers")
        async with db.transaction(by.scope):
            found = await queries.provider_list(ended=ended, after=after, limit=size + 1)
        return paging.page(found, size, of="providers", key=lambda one: one.id, item=_card)

    @post(opt={"permission": "caregiver.edit"})
    async def add_provider(self, data: NewProvider, by: Account, now: datetime) -> ProviderCard:
        """Add one; once by name and by credit code."""
        return _card(await actions.add_provider(**msgspec.structs.asdict(data), by=by, now=now))

    @post("/{provider_id:uuid}/end", opt={"permission": "caregiver.edit"}, status_code=200)
    async def end_provider(self, provider_id: UUID, by: Account, now: datetime) -> ProviderCard:
        """None of its staff is entrusted with anybody any more. Refused while some of them are."""
        await actions.end_provider(provider_id, by=by, now=now)
        async with db.transaction(by.scope):
            found = await queries.provider_of(provider_id)
        if found is None:
            raise ProviderNotFound
        return _card(found)


def _card(one: Provider) -> ProviderCard:
    return ProviderCard(**{name: getattr(one, name) for name in ProviderCard.__struct_fields__})


CONTROLLERS = (Providers,)
