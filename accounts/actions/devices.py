"""Binding a worker's phone by a one-time code, and cutting one off."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.actions import throttling
from accounts.actions.sign_in import new_token
from accounts.actions.telling import tell
from accounts.codes import new_code, plain_code
from accounts.people import Person
from accounts.permissions import Account, second_factor_required
from accounts.queries import devices, people, sessions
from accounts.queries.devices import Activated
from accounts.queries.policies import moment_after
from accounts.refusals import AccountEnded, ActivationRefused, NoPhoneForRole, ServesElsewhere
from accounts.throttle import Key
from core import db, journal, vault
from core.errors import NotFound
from core.ids import new_id
from core.scope import DOOR


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """A fresh activation code, shown once."""

    code: str
    account_id: UUID
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Issued({self.account_id})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A phone just bound. `token` exists nowhere else."""

    token: str
    account_id: UUID
    device_id: UUID
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Bound({self.device_id})"


async def issue_activation(
    account_id: UUID, *, lost_device_id: UUID | None = None, by: Account, now: datetime
) -> Issued:
    """A code that binds one phone to an account of the caller's areas; earlier codes not used yet are void.

    `lost_device_id` is cut off at once. Refused for roles that need a second factor, which a code would go around.
    """
    async with db.transaction(by.scope):
        person = await _within_reach(account_id)
        if await people.serves_elsewhere(account_id):
            raise ServesElsewhere
        if person.ended:
            raise AccountEnded
        if second_factor_required(person.role):
            raise NoPhoneForRole
        if lost_device_id is not None:
            await _revoke(lost_device_id, person, by=by, now=now, field="/lost_device_id")
        code, activation_id = new_code(), new_id()
        expires_at = await moment_after(now, person.district_id, lambda policy: policy.devices.activation_code)
        await devices.add_activation(
            activation_id,
            code_hash=_code_hash(code),
            account_id=account_id,
            by=by.id,
            expires_at=expires_at,
            now=now,
        )
        await tell("activation.issued", account_id, by=by, now=now, area_id=person.area_ids[0])
        return Issued(code=code, account_id=account_id, expires_at=expires_at)


async def activate_device(*, code: str, label: str, address: str | None, now: datetime) -> Bound:
    """Bind the phone that knows a code and open its session. The code counts once; attempts count by address."""
    keys = throttling.keys_of({Key.ADDRESS: address})
    async with db.transaction(DOOR):
        await throttling.count(keys, now)
    async with db.transaction(DOOR):
        activation = await devices.use_activation(_code_hash(code), now)
        if activation is None:
            raise ActivationRefused(field="/code")
        await throttling.take_back(keys, now)
        return await _bind(activation, label, now)


async def _bind(activation: Activated, label: str, now: datetime) -> Bound:
    device_id, session_id, token = new_id(), new_id(), new_token()
    await devices.add_device(device_id, activation=activation, label=label, now=now)
    expires_at = await moment_after(now, activation.district_id, lambda policy: policy.devices.phone_session)
    await sessions.add_session(
        session_id,
        token_hash=vault.token_hash(token),
        account_id=activation.account_id,
        device_id=device_id,
        second_factor_at=None,
        expires_at=expires_at,
        now=now,
    )
    await journal.write(
        "device.activated",
        subject_id=device_id,
        area_id=activation.area_id,
        by=activation.account_id,
        at=now,
        facts={"activation_id": str(activation.activation_id)},
    )
    return Bound(token=token, account_id=activation.account_id, device_id=device_id, expires_at=expires_at)


async def revoke_device(device_id: UUID, *, account_id: UUID, by: Account, now: datetime) -> None:
    """Cut a phone off, one's own or one of an account of the caller's areas; its next request is refused."""
    async with db.transaction(by.scope):
        person = await _within_reach(account_id)
        await _revoke(device_id, person, by=by, now=now)


async def _within_reach(account_id: UUID) -> Person:
    found = await people.person(account_id)
    if found is None:
        raise NotFound
    return found


async def _revoke(device_id: UUID, person: Person, *, by: Account, now: datetime, field: str | None = None) -> None:
    revoked = await devices.close_device(device_id, person.id, by=by.id, now=now)
    if revoked is None:
        raise NotFound(field=field)
    if revoked:
        await tell("device.revoked", device_id, by=by, now=now, area_id=person.area_ids[0])


def _code_hash(code: str) -> bytes:
    return vault.blind_index(plain_code(code), "activation")
