"""Opening, changing and ending accounts: within the manager's own areas, and of the roles theirs to manage."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from accounts import passwords
from accounts.actions.channels import end_channels
from accounts.actions.staffing import (
    check_places,
    end_duties,
    end_unfit_duties,
    keep_an_administrator,
    managed,
    take_up_duty,
)
from accounts.actions.telling import tell
from accounts.codes import new_code
from accounts.people import AccountChanges, NewAccount, Person, is_login, plain_login
from accounts.permissions import Account, Role, may_manage
from accounts.queries import devices, duties, people, sessions
from accounts.refusals import LoginMalformed, LoginTaken, NameMissing, PhoneMalformed, RoleBeyondYours
from core import db, journal
from core.ids import new_id
from core.scope import Scope

BY_LINK = frozenset({Role.WATCHER, Role.CAREGIVER})
"""Roles that enter by a link and have no password."""

_PHONE = re.compile(r"\+?[0-9-]{5,20}", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A fresh account. `first_password` is shown once and opens nothing but its own change; None for who needs none."""

    account_id: UUID
    first_password: str | None

    def __repr__(self) -> str:
        return f"Opened({self.account_id})"


async def open_account(new: NewAccount, *, by: Account, now: datetime) -> Opened:
    """Open an account in the caller's areas, of a role theirs to manage, on duty there unless asked not to."""
    new = _checked(new)
    if not may_manage(by.role, new.role):
        raise RoleBeyondYours(field="/role")
    return await _open(new_id(), new, by=by.id, scope=by.scope, now=now)


async def appoint_administrator(login: str, name: str, *, area_id: int, now: datetime) -> Opened:
    """Open a district's administrator by whoever runs the machine, before anybody could sign in.

    The account stands in the history as its own creator.
    """
    new = _checked(NewAccount(login=login, name=name, role=Role.ADMINISTRATOR, area_ids=(area_id,)))
    account_id = new_id()
    return await _open(account_id, new, by=account_id, scope=Scope(account_id=account_id, area_ids=(area_id,)), now=now)


async def _open(account_id: UUID, new: NewAccount, *, by: UUID, scope: Scope, now: datetime) -> Opened:
    first_password = None if new.role in BY_LINK else new_code()
    hashed = await passwords.hash_password(first_password) if first_password else None
    async with db.transaction(scope):
        district_id = await check_places(new.role, new.area_ids, now)
        if not await people.add_account(account_id, new, district_id=district_id, password_hash=hashed, by=by, now=now):
            raise LoginTaken(field="/login")
        await journal.write(
            "account.created",
            subject_id=account_id,
            area_id=new.area_ids[0],
            by=by,
            at=now,
            facts={"role": new.role, "area_ids": list(new.area_ids)},
        )
        if new.on_duty:
            await take_up_duty(account_id, new.role, new.area_ids, by=by, now=now)
    return Opened(account_id=account_id, first_password=first_password)


async def change_account(account_id: UUID, changes: AccountChanges, *, by: Account, now: datetime) -> Person:
    """Change an account; the account as it is afterwards.

    A change of role or areas ends all its sessions, its phones' too, and the duties it no longer may hold. Of the areas
    only those the caller sees are replaced.
    """
    async with db.transaction(by.scope):
        before = await managed(account_id, by=by)
        after = _changed(before, changes)
        if not may_manage(by.role, after.role):
            raise RoleBeyondYours(field="/role")
        moved = after.role is not before.role or set(after.area_ids) != set(before.area_ids)
        if moved:
            after = await _move(before, after, on_duty=changes.on_duty, by=by, now=now)
        await people.save_person(
            account_id, name=after.name, phone=after.phone, role=after.role, district_id=after.district_id
        )
        await tell(
            "account.changed",
            account_id,
            by=by,
            now=now,
            area_id=after.area_ids[0],
            facts={"role": after.role, "area_ids": list(after.area_ids), "moved": moved},
        )
        return after


def _changed(before: Person, changes: AccountChanges) -> Person:
    return replace(
        before,
        name=before.name if changes.name is None else _name(changes.name),
        phone=before.phone if changes.phone is None else _phone(changes.phone),
        role=changes.role or before.role,
        area_ids=before.area_ids if changes.area_ids is None else tuple(dict.fromkeys(changes.area_ids)),
    )


async def _move(before: Person, after: Person, *, on_duty: bool, by: Account, now: datetime) -> Person:
    district_id = await check_places(after.role, after.area_ids, now, kept=before.area_ids)
    if after.role is not before.role or district_id != before.district_id:
        await keep_an_administrator(before)
    await end_unfit_duties(before, after.role, after.area_ids, by=by, now=now)
    await people.add_areas(before.id, after.area_ids)
    await people.remove_areas(before.id, set(before.area_ids) - set(after.area_ids))
    if on_duty:
        fresh = set(after.area_ids) if after.role is not before.role else set(after.area_ids) - set(before.area_ids)
        await take_up_duty(before.id, after.role, fresh, by=by.id, now=now)
    await sessions.close_sessions(before.id, "account_changed", now)
    return replace(after, district_id=district_id)


async def end_account(account_id: UUID, *, by: Account, now: datetime) -> None:
    """End an account with its sessions, phones, codes, channels and duties. Refused for the last of their kind."""
    async with db.transaction(by.scope):
        person = await managed(account_id, by=by)
        await keep_an_administrator(person)
        await end_duties(await duties.duties_of(account_id, now), by=by, now=now)
        await devices.close_devices(account_id, by=by.id, now=now)
        await end_channels(person, by=by, now=now)
        await sessions.close_sessions(account_id, "account_ended", now)
        await people.close_account(account_id, now)
        await tell("account.ended", account_id, by=by, now=now, area_id=person.area_ids[0])


def _checked(new: NewAccount) -> NewAccount:
    login = plain_login(new.login)
    if not is_login(login):
        raise LoginMalformed(field="/login")
    return replace(
        new,
        login=login,
        name=_name(new.name),
        phone=_phone(new.phone) if new.phone is not None else None,
        area_ids=tuple(dict.fromkeys(new.area_ids)),
    )


def _name(typed: str) -> str:
    if not typed.strip():
        raise NameMissing(field="/name")
    return typed.strip()


def _phone(typed: str) -> str | None:
    plain = typed.strip()
    if plain and not _PHONE.fullmatch(plain):
        raise PhoneMalformed(field="/phone")
    return plain or None
