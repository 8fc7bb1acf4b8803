"""Photos over HTTP: announced, sent in parts that go on after any cut, and served to whoever may see them."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, patch, put
from litestar.exceptions import InternalServerException
from litestar.params import HeaderParameter
from msgspec import Meta

from accounts.permissions import Account, Sender
from accounts.queries import staff_named
from api.openapi import also
from api.values import Moment, name_of
from core import db
from visits.photos import actions
from visits.photos.queries import reading
from visits.photos.refusals import PhotoNotFound
from visits.photos.sending import BIGGEST_PART, REASON_NAMES, STATUS_NAMES, Announced, Sending

Kind = Literal["visit_report", "hazard", "order_answer", "verification", "emergency_step"]


class NewPhoto(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一张待发送的照片(JPEG、PNG、WebP，最大 5 MB)。所属的记录可以晚于照片到达；about_id 为它所属的探访(走访记录)、
    对象、探访或隐患(隐患)、整改通知(答复)、复核(复核)、预警(应急处置)。sha256 为十六进制。"""

    subject_kind: Kind
    subject_id: UUID
    about_id: UUID
    size: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    sha256: Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{64}\Z", min_length=64, max_length=64)]
    taken_at: Moment | None = None


class PhotoState(msgspec.Struct, frozen=True, kw_only=True):
    """照片已收到多少，以及收齐后的结果。未接受的写明原因；所属的记录不受影响。"""

    id: UUID
    received: int
    size: int
    status: str
    status_name: str
    reason: str | None
    reason_name: str | None


class PhotoCard(msgspec.Struct, frozen=True, kw_only=True):
    """一张照片。拍摄位置只作佐证，不显示。"""

    id: UUID
    subject_kind: str
    subject_id: UUID
    sent_by: str | None
    status: str
    status_name: str
    reason_name: str | None
    received: int
    size: int
    taken_at: datetime | None
    stored_at: datetime | None
    width: int | None
    height: int | None
    has_position: bool


class Photos(Controller):
    """照片"""

    path = "/attachments"
    tags = ("照片",)

    @put("/{attachment_id:uuid}", opt={"permission": "attachment.send", "revoked": True})
    async def announce(self, attachment_id: UUID, data: NewPhoto, sender: Sender, now: datetime) -> PhotoState:
        """登记一张照片，编号由手机生成；答复已收到的字节数，可从该处继续发送。重复登记不改变什么。

        传送中损坏的，再次登记后从头发送；因内容未被接受的，须换一张照片。
        """
        new = Announced(
            subject_kind=data.subject_kind,
            subject_id=data.subject_id,
            about_id=data.about_id,
            size=data.size,
            sha256=bytes.fromhex(data.sha256),
            taken_at=data.taken_at,
        )
        return _state(await actions.announce(attachment_id, new, sender=sender, now=now))

    @patch(
        "/{attachment_id:uuid}",
        opt={"permission": "attachment.send", "revoked": True},
        request_max_body_size=BIGGEST_PART,
        responses=also(413),
    )
    async def send_part(
        self,
        attachment_id: UUID,
        request: Request[Account, Any, Any],
        sender: Sender,
        now: datetime,
        offset: Annotated[int, HeaderParameter(name="Upload-Offset", ge=0, le=2**31 - 1)],
    ) -> PhotoState:
        """发送照片的下一段：正文为原始字节(最多 256 KB)，Upload-Offset 为起始位置。中途断开的，已到达的部分仍然保存。

        位置不对的，答复 409，并在答复的 Upload-Offset 中给出应继续的位置。
        """
        content = await _arrived(request)
        found = await actions.receive_part(attachment_id, offset=offset, content=content, by=sender.account, now=now)
        return _state(found)

    @get("/{attachment_id:uuid}", opt={"permission": "attachment.read"}, media_type="image/jpeg")
    async def read(self, attachment_id: UUID, by: Account) -> Response[bytes]:
        """照片本身(JPEG)，不含拍摄设备、位置等信息。能看所属记录的人可以看。"""
        return await _picture(attachment_id, by, own=False)

    @get(opt={"permission": "attachment.read"})
    async def list_photos(self, subject_kind: Kind, subject_id: UUID, by: Account) -> list[PhotoCard]:
        """一份记录的照片，先登记的在前；本人发送的，未完成或未接受的也列出。"""
        return await _cards(subject_kind, subject_id, by, own=False)


class OwnPhotos(Controller):
    """我的照片"""

    path = "/my/attachments"
    tags = ("照片",)

    @get("/{attachment_id:uuid}", opt={"permission": "attachment.send"}, media_type="image/jpeg")
    async def read_own(self, attachment_id: UUID, by: Account) -> Response[bytes]:
        """本人发送的一张照片，或对本人整改通知的答复所附的照片。"""
        return await _picture(attachment_id, by, own=True)

    @get(opt={"permission": "attachment.send"})
    async def list_own(self, subject_kind: Kind, subject_id: UUID, by: Account) -> list[PhotoCard]:
        """本人为一份记录发送的照片，先登记的在前；未完成或未接受的也列出。"""
        return await _cards(subject_kind, subject_id, by, own=True)


CONTROLLERS = (Photos, OwnPhotos)


async def _arrived(request: Request[Account, Any, Any]) -> bytes:
    """What has arrived of the body: where the line was cut, the phone goes on from there and sends nothing twice."""
    arrived = bytearray()
    try:
        async for chunk in request.stream():
            arrived += chunk
    except InternalServerException as error:
        if not arrived or "disconnected" not in error.detail:
            raise
    return bytes(arrived)


async def _picture(attachment_id: UUID, by: Account, *, own: bool) -> Response[bytes]:
    async with db.transaction(by.scope):
        jpeg = await reading.picture_of(attachment_id, own=own)
    if jpeg is None:
        raise PhotoNotFound
    return Response(jpeg, media_type="image/jpeg", headers={"content-disposition": "inline"})


async def _cards(kind: Kind, subject_id: UUID, by: Account, *, own: bool) -> list[PhotoCard]:
    async with db.transaction(by.scope):
        found = await reading.photos_about(kind, subject_id, own=own)
        staff = await staff_named({one.account_id for one in found})
    return [
        PhotoCard(
            id=one.id,
            subject_kind=one.subject_kind,
            subject_id=one.subject_id,
            sent_by=name_of(one.account_id, staff),
            status=one.status,
            status_name=STATUS_NAMES[one.status],
            reason_name=REASON_NAMES[one.reason] if one.reason else None,
            received=one.received,
            size=one.size,
            taken_at=one.taken_at,
            stored_at=one.stored_at,
            width=one.width,
            height=one.height,
            has_position=one.has_position,
        )
        for one in found
    ]


def _state(one: Sending) -> PhotoState:
    return PhotoState(
        id=one.id,
        received=one.received,
        size=one.size,
        status=one.status,
        status_name=STATUS_NAMES[one.status],
        reason=one.reason,
        reason_name=REASON_NAMES[one.reason] if one.reason else None,
    )
