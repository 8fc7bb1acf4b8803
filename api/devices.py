"""Binding workers' phones: codes made by a supervisor, used once by the phone; lists and revocation."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, delete, get, post

from accounts import actions
from accounts.permissions import Account
from accounts.queries import devices as device_queries
from accounts.queries import people as people_queries
from api.auth import Code, DeviceCard, address_of, device_cards, qr_svg
from api.openapi import also
from api.permissions import PUBLIC
from core import db
from core.errors import NotFound


class NewActivation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom; `lost_device_id` is the phone it replaces, cut off at once."""

    account_id: UUID
    lost_device_id: UUID | None = None


class ActivationCode(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once: read the code out, or let the phone scan `qr_svg`, which holds `link`."""

    code: str
    link: str
    qr_svg: str
    expires_at: datetime


class NewDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Code
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class DeviceBound(msgspec.Struct, frozen=True, kw_only=True):
    """`token` is shown once."""

    token: str
    device_id: UUID
    expires_at: datetime


class Devices(Controller):
    """Phones of workers."""

    @post("/activations", opt={"permission": "worker.activate"}, responses=also(404))
    async def issue_activation(
        self, data: NewActivation, request: Request[Any, Any, Any], by: Account, now: datetime
    ) -> ActivationCode:
        """A code that binds one phone to somebody of one's areas."""
        issued = await actions.issue_activation(data.account_id, lost_device_id=data.lost_device_id, by=by, now=now)
        # Behind the #: a fragment is sent to no server, so that the code stands in no log.
        link = f"{request.app.state.settings.public_url}/phone/#activate={issued.code}"
        return ActivationCode(code=issued.code, link=link, qr_svg=qr_svg(link), expires_at=issued.expires_at)

    @post("/devices", opt={"permission": PUBLIC})
    async def activate(self, data: NewDevice, request: Request[Any, Any, Any], now: datetime) -> DeviceBound:
        """Bind the phone that knows a code and open its session."""
        bound = await actions.activate_device(code=data.code, label=data.label, address=address_of(request), now=now)
        return DeviceBound(token=bound.token, device_id=bound.device_id, expires_at=bound.expires_at)

    @get("/accounts/{account_id:uuid}/devices", opt={"permission": "account.read"})
    async def devices(self, account_id: UUID, by: Account) -> list[DeviceCard]:
        """The phones of somebody of one's areas, revoked ones too."""
        async with db.transaction(by.scope):
            if await people_queries.person(account_id) is None:
                raise NotFound
            return device_cards(await device_queries.devices_of(account_id))

    @delete("/accounts/{account_id:uuid}/devices/{device_id:uuid}", opt={"permission": "worker.activate"})
    async def revoke(self, account_id: UUID, device_id: UUID, by: Account, now: datetime) -> None:
        """Cut a phone off; it is refused at its next request."""
        await actions.revoke_device(device_id, account_id=account_id, by=by, now=now)


CONTROLLERS = (Devices,)
