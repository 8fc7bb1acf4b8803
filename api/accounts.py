"""Staff accounts of one's areas: listed, opened, changed, ended, helped back in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, patch, post

from accounts import actions
from accounts.areas import Area
from accounts.people import AccountChanges, NewAccount, Person, masked_phone
from accounts.permissions import ROLE_NAMES, Account, Role
from accounts.queries import areas as area_queries
from accounts.queries import people as people_queries
from api import paging
from api.auth import AreaName, area_names
from api.openapi import also
from api.values import AreaId, AreaIdInAddress
from core import db
from core.errors import NotFound

_READ = {"permission": "account.read"}
_MANAGE = {"permission": "account.manage"}

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Phone = Annotated[str, msgspec.Meta(max_length=20)]
Areas = Annotated[list[AreaId], msgspec.Meta(min_length=1, max_length=100)]


class NewStaff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`on_duty`: take up the duty the role is made for, on each of the areas."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    name: Name
    role: Role
    area_ids: Areas
    phone: Phone | None = None
    on_duty: bool = True


class StaffChanges(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays. An empty phone removes it. A change of role or areas ends all sessions."""

    name: Name | None = None
    phone: Phone | None = None
    role: Role | None = None
    area_ids: Areas | None = None
    on_duty: bool = True


class StaffCard(msgspec.Struct, frozen=True, kw_only=True):
    """`areas` are those of the account's areas that the asker sees, too."""

    id: UUID
    login: str
    name: str
    role: str
    role_name: str
    ended: bool
    areas: list[AreaName]
    phone_masked: str | None
    must_change_password: bool
    second_factor: bool
    created_at: datetime
    ended_at: datetime | None


class StaffOpened(msgspec.Struct, frozen=True, kw_only=True):
    """`first_password` is shown once; null for roles without a password."""

    id: UUID
    first_password: str | None


class FirstPassword(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once; it opens nothing but its own change."""

    first_password: str


class Accounts(Controller):
    """Accounts within one's areas."""

    path = "/accounts"

    @get(opt=_READ)
    async def accounts(
        self,
        by: Account,
        role: Role | None = None,
        area_id: AreaIdInAddress = None,
        ended: bool = False,
        size: paging.PageSize = 50,
        cursor: paging.Cursor = None,
    ) -> paging.Page[StaffCard]:
        """Accounts in the order they were opened; optionally of one role, within one area, or those that ended."""
        async with db.transaction(by.scope):
            found = await people_queries.people(
                after=paging.after(cursor, UUID, of="accounts"),
                limit=size + 1,
                role=role,
                area_id=area_id,
                ended=ended,
            )
            areas = await _areas_of(found)
        return paging.page(
            found, size, of="accounts", key=lambda person: person.id, item=lambda person: _card(person, areas)
        )

    @post(opt=_MANAGE, responses=also(404))
    async def open_account(self, data: NewStaff, by: Account, now: datetime) -> StaffOpened:
        """Open an account within one's areas, of a role one may manage."""
        new = NewAccount(
            login=data.login,
            name=data.name,
            role=data.role,
            area_ids=tuple(data.area_ids),
            phone=data.phone,
            on_duty=data.on_duty,
        )
        opened = await actions.open_account(new, by=by, now=now)
        return StaffOpened(id=opened.account_id, first_password=opened.first_password)

    @get("/{account_id:uuid}", opt=_READ)
    async def account(self, account_id: UUID, by: Account) -> StaffCard:
        """One account."""
        async with db.transaction(by.scope):
            return await _shown(await people_queries.person(account_id))

    @patch("/{account_id:uuid}", opt=_MANAGE)
    async def change_account(self, account_id: UUID, data: StaffChanges, by: Account, now: datetime) -> StaffCard:
        """Change an account; the account as it is afterwards."""
        changes = AccountChanges(
            name=data.name,
            phone=data.phone,
            role=data.role,
            area_ids=tuple(data.area_ids) if data.area_ids is not None else None,
            on_duty=data.on_duty,
        )
        changed = await actions.change_account(account_id, changes, by=by, now=now)
        async with db.transaction(by.scope):
            return await _shown(changed)

    @post("/{account_id:uuid}/end", opt=_MANAGE, status_code=204)
    async def end_account(self, account_id: UUID, by: Account, now: datetime) -> None:
        """End an account with its sessions, phones, channels and duties, at once and for good."""
        await actions.end_account(account_id, by=by, now=now)

    @post("/{account_id:uuid}/password-reset", opt=_MANAGE, status_code=200)
    async def reset_password(self, account_id: UUID, by: Account, now: datetime) -> FirstPassword:
        """A first password in place of a forgotten one."""
        return FirstPassword(first_password=await actions.reset_password(account_id, by=by, now=now))

    @post("/{account_id:uuid}/second-factor-reset", opt=_MANAGE, status_code=204)
    async def reset_second_factor(self, account_id: UUID, by: Account, now: datetime) -> None:
        """Forget a lost authenticator; a new one is set up at the next sign-in."""
        await actions.reset_second_factor(account_id, by=by, now=now)


async def _areas_of(people: Iterable[Person]) -> dict[int, Area]:
    return await area_queries.areas_by_id({area_id for person in people for area_id in person.area_ids})


async def _shown(person: Person | None) -> StaffCard:
    if person is None:
        raise NotFound
    return _card(person, await _areas_of([person]))


def _card(person: Person, areas: Mapping[int, Area]) -> StaffCard:
    return StaffCard(
        id=person.id,
        login=person.login,
        name=person.name,
        role=person.role,
        role_name=ROLE_NAMES[person.role],
        ended=person.ended,
        areas=area_names([areas[area_id] for area_id in person.area_ids]),
        phone_masked=masked_phone(person.phone) if person.phone else None,
        must_change_password=person.must_change_password,
        second_factor=person.second_factor,
        created_at=person.created_at,
        ended_at=person.ended_at,
    )


CONTROLLERS = (Accounts,)
