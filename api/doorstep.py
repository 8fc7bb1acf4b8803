"""Doorstep codes over HTTP: tokens issued, ended and printed by the township, codes used in the field."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post, put
from msgspec import Meta

from accounts.permissions import Account
from accounts.queries import staff_named
from api.doorstep_card import card_page, qr_code
from api.values import Moment
from core import db
from recipients.queries import masked_names, owner_of
from recipients.refusals import RecipientNotFound
from visits.evidence import actions
from visits.evidence.codes import Card, Fob, address_of
from visits.evidence.queries import tokens as queries
from visits.evidence.queries.codes import Used
from visits.evidence.queries.tokens import StoredToken

Code = Annotated[str, Meta(min_length=8, max_length=8, pattern=r"^[0-9]{8}\Z")]
_KIND_NAMES = {"totp": "动态码挂件", "hotp": "撕码卡"}
_STATUS_NAMES = {"active": "在用", "lost": "已挂失", "retired": "已停用"}


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """totp：动态码挂件或旧手机；hotp：纸质撕码卡。"""

    kind: Literal["totp", "hotp"]
    label: Annotated[str, Meta(max_length=40)] = ""


class EndToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    status: Literal["lost", "retired"]
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class ReplaceToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class TwoCodes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """在对象家中连续抄下的两个码。"""

    first: Code
    second: Code


class DoorstepCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """进门或出门时抄下的门口码；claimed_at 为抄码的时间。编号由手机生成。"""

    id: UUID
    code: Code
    moment: Literal["start", "end"]
    claimed_at: Moment


class TokenCard(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    recipient_id: UUID
    kind: str
    kind_name: str
    label: str
    status: str
    status_name: str
    issued_at: datetime
    issued_by_name: str | None
    ended_at: datetime | None
    end_reason: str | None
    slips_left: int | None


class IssuedToken(msgspec.Struct, frozen=True, kw_only=True):
    """密钥只在发放时显示这一次：挂件或旧手机的验证器扫描二维码 qr(SVG，内容即 address)；撕码卡请打印。"""

    token: TokenCard
    address: str | None
    qr: str | None


class UsedCode(msgspec.Struct, frozen=True, kw_only=True):
    """已核对的门口码。"""

    id: UUID
    visit_id: UUID
    moment: str
    claimed_at: datetime
    logged_at: datetime


class RecipientTokens(Controller):
    """一户的门口码"""

    path = "/recipients/{recipient_id:uuid}/doorstep-tokens"
    tags = ("门口码",)

    @get(opt={"permission": "doorstep.manage"})
    async def list_tokens(self, recipient_id: UUID, by: Account) -> list[TokenCard]:
        """这一户发过的门口码，最新的在前。不含密钥。"""
        async with db.transaction(by.scope):
            if await owner_of(recipient_id) is None:
                raise RecipientNotFound
            found = await queries.tokens_of(recipient_id)
            names = await staff_named({one.issued_by for one in found})
        return [_card(one, names[one.issued_by].name if one.issued_by in names else None) for one in found]

    @post(opt={"permission": "doorstep.manage"})
    async def issue(self, recipient_id: UUID, data: NewToken, by: Account, now: datetime) -> IssuedToken:
        """发一个门口码。同类的只能有一个在用。"""
        token = await actions.issue_token(recipient_id, kind=data.kind, label=data.label, by=by, now=now)
        return _issued(token, by)


class Tokens(Controller):
    """门口码"""

    path = "/doorstep-tokens/{token_id:uuid}"
    tags = ("门口码",)

    @post("/end", opt={"permission": "doorstep.manage"}, status_code=200)
    async def end(self, token_id: UUID, data: EndToken, by: Account, now: datetime) -> TokenCard:
        """挂失或停用，立即失效。"""
        return _card(await actions.end_token(token_id, status=data.status, reason=data.reason, by=by, now=now), None)

    @post("/replace", opt={"permission": "doorstep.manage"}, status_code=201)
    async def replace(self, token_id: UUID, data: ReplaceToken, by: Account, now: datetime) -> IssuedToken:
        """遗失或泄露：挂失旧的，同时换发一个新的，密钥更换。"""
        return _issued(await actions.replace_token(token_id, reason=data.reason, by=by, now=now), by)

    @post("/resynchronise", opt={"permission": "doorstep.manage"}, status_code=200)
    async def resynchronise(self, token_id: UUID, data: TwoCodes, by: Account, now: datetime) -> TokenCard:
        """挂件走时不准，或撕码卡撕乱了：输入连续的两个码，重新对准。"""
        return _card(await actions.resynchronise(token_id, data.first, data.second, by=by, now=now), None)

    @post("/card", opt={"permission": "doorstep.manage"}, status_code=200, media_type="image/svg+xml")
    async def print_card(self, token_id: UUID, by: Account, now: datetime) -> Response[bytes]:
        """撕码卡，A4 打印，只含还没用过的码。每次打印都有记录。"""
        token, slips = await actions.slips_of(token_id, by=by, now=now)
        async with db.transaction(by.scope):
            names = await masked_names([token.recipient_id])
        page = card_page(slips, whose=names.get(token.recipient_id, ""), label=token.label)
        headers = {"content-disposition": f'attachment; filename="card-{token_id}.svg"'}
        return Response(page, media_type="image/svg+xml", headers=headers)


class VisitCodes(Controller):
    """探访时的门口码"""

    path = "/visits/{visit_id:uuid}/doorstep-code"
    tags = ("门口码",)

    @put(opt={"permission": "doorstep.use"})
    async def use(self, visit_id: UUID, data: DoorstepCode, by: Account, now: datetime) -> UsedCode:
        """核对一个门口码：证明取码那一刻有人在门口。不是必须的；输错也不影响提交走访记录。"""
        return _used(
            await actions.use_code(
                visit_id,
                data.id,
                code=data.code,
                moment=data.moment,
                claimed_at=data.claimed_at,
                by=by,
                device_id=by.device_id,
                now=now,
            )
        )


CONTROLLERS = (RecipientTokens, Tokens, VisitCodes)


def _issued(one: StoredToken, by: Account) -> IssuedToken:
    address = address_of(one.token, one.label) if isinstance(one.token, Fob) else None
    return IssuedToken(token=_card(one, by.name), address=address, qr=qr_code(address) if address else None)


def _card(one: StoredToken, issued_by: str | None) -> TokenCard:
    kind = "hotp" if isinstance(one.token, Card) else "totp"
    return TokenCard(
        id=one.id,
        recipient_id=one.recipient_id,
        kind=kind,
        kind_name=_KIND_NAMES[kind],
        label=one.label,
        status=one.status,
        status_name=_STATUS_NAMES[one.status],
        issued_at=one.issued_at,
        issued_by_name=issued_by,
        ended_at=one.ended_at,
        end_reason=one.end_reason,
        slips_left=one.token.printed - one.token.next if isinstance(one.token, Card) else None,
    )


def _used(one: Used) -> UsedCode:
    return UsedCode(
        id=one.id, visit_id=one.visit_id, moment=one.moment, claimed_at=one.claimed_at, logged_at=one.logged_at
    )
