"""Organisations hired to send staff: added, and ended once none of their staff cares for anybody."""

from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from caregivers.people import provider as rules
from caregivers.people.actions.people import may_edit
from caregivers.people.queries import providers as queries
from caregivers.people.queries.providers import Provider
from caregivers.people.queries.register import place_of
from caregivers.people.refusals import ProviderEnded, ProviderKnown, ProviderNotFound, ProviderStaffCare
from core import db, journal
from core.clock import local_day
from core.errors import Invalid
from core.ids import new_id


async def add_provider(
    *, area_id: int, name: str, credit_code: str | None, phone: str | None, by: Account, now: datetime
) -> Provider:
    """In a township or village of the caller's; once by name and by credit code."""
    may_edit(by)
    read = rules.read(name=name, credit_code=credit_code, phone=phone)
    if not isinstance(read, rules.Read):
        field, fault = read
        raise Invalid(f"{fault.reason}。{fault.remedy}。", field=f"/{field}")
    async with db.transaction(by.scope):
        place = await place_of(area_id, local_day(now))
        if place is None:
            raise Invalid("没有这个村(社区)或乡镇(街道)，或不在您的辖区。请从区划列表中选择。", field="/area_id")
        provider = Provider(
            id=new_id(),
            area_id=area_id,
            district_id=place.district_id,
            name=read.name,
            credit_code=read.credit_code,
            phone=read.phone,
            ended=False,
            staff=0,
            created_at=now,
            ended_at=None,
        )
        if not await queries.add_provider(provider, by=by.id):
            raise ProviderKnown
        await _journal("provider.added", provider, by, now)
    return provider


async def end_provider(provider_id: UUID, *, by: Account, now: datetime) -> None:
    """No agreement is signed with its staff any more. Refused while some of them are entrusted with somebody."""
    may_edit(by)
    async with db.transaction(by.scope):
        provider = await queries.hold_provider(provider_id)
        if provider is None:
            raise ProviderNotFound
        if provider.ended:
            raise ProviderEnded
        if await queries.staff_care(provider_id):
            raise ProviderStaffCare
        await queries.end_provider(provider_id, by=by.id, at=now)
        await _journal("provider.ended", provider, by, now)


async def _journal(kind: str, provider: Provider, by: Account, now: datetime) -> None:
    await journal.write(kind, subject_id=provider.id, area_id=provider.area_id, by=by.id, at=now)
