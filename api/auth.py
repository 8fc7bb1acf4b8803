"""Signing in and out, and everything about one's own account: password, second factor, sessions, phones."""

import ipaddress
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import segno
from litestar import Controller, Request, delete, get, post

from accounts import actions
from accounts.areas import Area
from accounts.permissions import GRANTS, ROLE_NAMES, Account
from accounts.queries import areas as area_queries
from accounts.queries import devices as device_queries
from accounts.queries import sessions as session_queries
from api.openapi import also
from api.permissions import PUBLIC
from core import db

_OWN = {"permission": "session.self"}

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Login and password. `code` is a one-time code of the authenticator or a recovery code; `device_mark` is what an
    earlier sign-in from here has answered."""

    login: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    password: Password
    code: Code | None = None
    device_mark: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class AreaName(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    code: str
    name: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in and what this session may do now."""

    id: UUID
    name: str
    role: str
    role_name: str
    areas: list[AreaName]
    district_id: int
    permissions: list[str]
    second_factor_ok: bool
    password_ok: bool
    device_id: UUID | None


class SessionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """`token` and `device_mark` are shown once. `device_mark` is null when the one sent is still good."""

    token: str
    expires_at: datetime
    device_mark: str | None
    recovery_codes_left: int


class SessionCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    current: bool
    device_id: UUID | None
    device_label: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class DeviceCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    label: str
    activated_at: datetime
    last_seen_at: datetime
    revoked_at: datetime | None


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Password
    new_password: Password


class PasswordProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password: Password


class FirstCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: Code


class AuthenticatorSecret(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once; in force after its first code is confirmed."""

    secret: str
    uri: str
    qr_svg: str


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """Ten codes, shown once, each good for one sign-in without the authenticator."""

    codes: list[str]


def address_of(request: Request[Any, Any, Any]) -> str | None:
    """Where attempts come from: an address, or of IPv6 the network somebody is given as a whole."""
    if request.client is None:
        return None
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return request.client.host
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def area_names(areas: Sequence[Area]) -> list[AreaName]:
    return [AreaName(id=area.id, code=area.code, name=area.name) for area in areas]


def device_cards(devices: Sequence[device_queries.Device]) -> list[DeviceCard]:
    return [
        DeviceCard(
            id=device.id,
            label=device.label,
            activated_at=device.activated_at,
            last_seen_at=device.last_seen_at,
            revoked_at=device.revoked_at,
        )
        for device in devices
    ]


class Sessions(Controller):
    """Opening a session with a password, and closing it."""

    path = "/sessions"

    @post(opt={"permission": PUBLIC}, responses=also(401))
    async def sign_in(self, data: SignIn, request: Request[Any, Any, Any], now: datetime) -> SessionOpened:
        """Open a session. Where a second factor is set up and `code` is missing, the problem asks for it."""
        opened = await actions.sign_in(
            login=data.login,
            password=data.password,
            code=data.code,
            device_mark=data.device_mark,
            address=address_of(request),
            now=now,
        )
        return SessionOpened(
            token=opened.token,
            expires_at=opened.expires_at,
            device_mark=opened.device_mark,
            recovery_codes_left=opened.recovery_codes_left,
        )

    @delete("/current", opt=_OWN)
    async def sign_out(self, by: Account, now: datetime) -> None:
        """End the session that asks."""
        await actions.sign_out(by=by, now=now)


class Own(Controller):
    """One's own account."""

    path = "/me"

    @get(opt=_OWN)
    async def me(self, by: Account) -> Me:
        """Who is signed in."""
        async with db.transaction(by.scope):
            areas = await area_queries.areas_by_id(by.area_ids)
        return Me(
            id=by.id,
            name=by.name,
            role=by.role,
            role_name=ROLE_NAMES[by.role],
            areas=area_names([areas[area_id] for area_id in by.area_ids]),
            district_id=by.district_id,
            permissions=sorted(permission for permission in GRANTS[by.role] if by.may(permission)),
            second_factor_ok=by.second_factor_ok,
            password_ok=by.password_ok,
            device_id=by.device_id,
        )

    @get("/sessions", opt=_OWN)
    async def sessions(self, by: Account, now: datetime) -> list[SessionCard]:
        """One's live sessions, the last used first."""
        async with db.transaction(by.scope):
            found = await session_queries.live_sessions(by.id, now)
        return [
            SessionCard(
                id=session.id,
                current=session.id == by.session_id,
                device_id=session.device_id,
                device_label=session.device_label,
                created_at=session.created_at,
                last_seen_at=session.last_seen_at,
                expires_at=session.expires_at,
            )
            for session in found
        ]

    @delete("/sessions/{session_id:uuid}", opt=_OWN)
    async def end_session(self, session_id: UUID, by: Account, now: datetime) -> None:
        """End one of one's sessions; it is refused at its next request."""
        await actions.end_session(session_id, by=by, now=now)

    @get("/devices", opt=_OWN)
    async def devices(self, by: Account) -> list[DeviceCard]:
        """One's phones, revoked ones too."""
        async with db.transaction(by.scope):
            return device_cards(await device_queries.devices_of(by.id))

    @delete("/devices/{device_id:uuid}", opt=_OWN)
    async def revoke_device(self, device_id: UUID, by: Account, now: datetime) -> None:
        """Cut off one of one's phones."""
        await actions.revoke_device(device_id, account_id=by.id, by=by, now=now)

    @post("/password", opt=_OWN, status_code=204)
    async def change_password(self, data: PasswordChange, by: Account, now: datetime) -> None:
        """Replace one's password; the other sessions that rest on it end."""
        await actions.change_password(old=data.password, new=data.new_password, by=by, now=now)

    @post("/second-factor", opt=_OWN)
    async def begin_second_factor(self, data: PasswordProof, by: Account, now: datetime) -> AuthenticatorSecret:
        """A fresh secret for an authenticator. The one in force stays so until this one is confirmed."""
        begun = await actions.begin_second_factor(data.password, by=by, now=now)
        return AuthenticatorSecret(secret=begun.secret, uri=begun.uri, qr_svg=qr_svg(begun.uri))

    @post("/second-factor/confirm", opt=_OWN, status_code=200)
    async def confirm_second_factor(self, data: FirstCode, by: Account, now: datetime) -> RecoveryCodes:
        """Put the secret in force by its first code; this session has then passed."""
        codes = await actions.confirm_second_factor(data.code, by=by, now=now)
        return RecoveryCodes(codes=list(codes))


def qr_svg(text: str) -> str:
    """A QR code as an SVG to be put into a page."""
    return str(segno.make_qr(text, error="m").svg_inline(scale=5, border=2))


CONTROLLERS = (Sessions, Own)
