"""What phones hand in: a batch of anything they hold, answered item by item."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
from litestar import Controller, post
from msgspec import Meta

from accounts.permissions import Sender
from api.request import SMALL_BODY, decode
from api.sync_bodies import FROM_ITEM
from api.sync_kinds import KINDS
from api.values import Moment
from core.errors import Refusal
from visits.sync.actions import push
from visits.sync.item import Batch, Item, Outcome
from visits.sync.refusals import IdsDiffer, ItemTooLong, TooManyItems, UnknownKind

MOST_ITEMS = 50
LONGEST_ITEM = SMALL_BODY
BIGGEST = 16 * 1024 * 1024
"""Bytes of a batch: a note of 10 MB is refused by itself, and its neighbours are taken."""

_SEQ = Annotated[int, Meta(ge=1, le=2**31 - 1)]
_COUNT = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class PushedItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """一条记录。编号和序号由手机生成：编号不变、内容不变的，无论提交几次，答复都相同；序号逐条加一，从 1 开始。

    after 为它所接续的那一条的编号：那一条没有被接收之前，这一条先留存等候。
    """

    id: UUID
    seq: _SEQ
    kind: Annotated[str, Meta(max_length=24)]
    made_at: Moment
    after: UUID | None = None
    body: msgspec.Raw


class Push(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """手机提交的一批(最多 50 条)。sent_at 为手机时钟此刻的时间；unsent 为这一批之外还没有提交的条数。

    每一条的形式为 {id, seq, kind, made_at, after?, body}；其中一条有问题，不影响其他各条。
    """

    sent_at: Annotated[Any, Meta(description="带时区的时间，手机的时钟。")] = None
    installation_id: Annotated[Any, Meta(description="UUID，应用安装时生成。")] = None
    unsent: Annotated[Any, Meta(description="整数。")] = None
    oldest_unsent_at: Annotated[Any, Meta(description="带时区的时间，尚未提交的最早一条的时间。")] = None
    items: list[msgspec.Raw]


class ItemResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """taken：已接收，手机可以删除；refused：未接收，请按 detail 处理；held：已留存，稍后再处理；conflict：由人认定。"""

    index: int
    id: UUID | None = None
    status: str
    code: str | None = None
    detail: str | None = None
    field: str | None = None
    answer: Any = None


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """逐条的答复。epoch 变了，手机须把还留着的全部重新提交；wipe 为 true 的，提交完后清除本机数据。

    missing 为服务器没有收到的序号。
    """

    epoch: UUID
    server_time: datetime
    wipe: bool
    results: list[ItemResult]
    missing: list[int]
    last_seq: int


class SyncPush(Controller):
    """手机同步"""

    path = "/sync/push"
    tags = ("手机同步",)

    @post(
        opt={"permission": "sync.use", "revoked": True, "apart": True},
        request_max_body_size=BIGGEST,
        status_code=200,
    )
    async def push(self, data: Push, sender: Sender, now: datetime) -> Pushed:
        """提交手机上的记录，逐条答复。已停用的手机仍可提交停用之前的记录。"""
        if len(data.items) > MOST_ITEMS:
            raise TooManyItems(field="/items")
        named = [read_item(bytes(raw), sender.account.id) for raw in data.items]
        batch = Batch(
            items=tuple(item for _, item in named),
            sent_at=_readable(data.sent_at, Moment),
            installation_id=_readable(data.installation_id, UUID),
            unsent=_readable(data.unsent, _COUNT),
            oldest_unsent_at=_in_utc(_readable(data.oldest_unsent_at, Moment)),
        )
        receipt = await push(
            batch, kinds=KINDS, read=lambda raw: read_item(raw, sender.account.id)[1], sender=sender, now=now
        )
        return Pushed(
            epoch=receipt.epoch,
            server_time=now,
            wipe=sender.revoked_at is not None,
            results=_results([name for name, _ in named], receipt.outcomes),
            missing=list(receipt.missing),
            last_seq=receipt.last_seq,
        )


CONTROLLERS = (SyncPush,)


def read_item(raw: bytes, account_id: UUID) -> tuple[UUID | None, Item]:
    """An item and the id its phone gave it, as far as they can be read. Nothing is raised: what is wrong is kept."""
    if len(raw) > LONGEST_ITEM:
        return _unreadable(raw, ItemTooLong(), account_id)
    try:
        said = decode(raw, PushedItem)
        content = {
            "kind": said.kind,
            "made_at": said.made_at,
            "after": said.after,
            "body": decode(bytes(said.body), Any),
        }
        sha256 = hashlib.sha256(msgspec.json.encode(content, order="sorted")).digest()
    except Refusal as unreadable:
        return _unreadable(raw, unreadable, account_id)
    body, refusal = _body(said)
    return said.id, Item(
        client_id=said.id,
        seq=said.seq,
        kind=said.kind,
        made_at=_in_utc(said.made_at),
        after=said.after,
        raw=raw,
        sha256=sha256,
        body=body,
        subject_id=KINDS[said.kind].subject(body) if refusal is None else None,
        refusal=refusal,
    )


def _body(said: PushedItem) -> tuple[Any, Refusal | None]:
    kind = KINDS.get(said.kind)
    if kind is None:
        return None, UnknownKind(field="/kind")
    try:
        body = kind.read(bytes(said.body))
    except Refusal as refusal:
        return None, type(refusal)(refusal.detail, field=f"/body{refusal.field or ''}")
    if getattr(body, "id", FROM_ITEM) not in (FROM_ITEM, said.id):
        return None, IdsDiffer(field="/body/id")
    return body, None


def _unreadable(raw: bytes, refusal: Refusal, account_id: UUID) -> tuple[UUID | None, Item]:
    """Known by its own bytes, or by its id where at least that can be read."""
    sha256 = hashlib.sha256(raw).digest()
    name, seq = _name(raw)
    return name, Item(
        client_id=name or uuid5(account_id, sha256.hex()),
        seq=seq or 0,
        kind="",
        made_at=None,
        after=None,
        raw=raw,
        sha256=sha256,
        refusal=refusal,
    )


def _name(raw: bytes) -> tuple[UUID | None, int | None]:
    """The id and the number of an item that cannot be read as a whole."""
    try:
        said = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None, None
    if not isinstance(said, dict):
        return None, None
    return _readable(said.get("id"), UUID), _readable(said.get("seq"), _SEQ)


def _readable(value: Any, kind: Any) -> Any:
    """A value where it is one of its kind; None of anything else: what a phone says of itself holds up no item."""
    try:
        return msgspec.convert(value, kind) if value is not None else None
    except msgspec.ValidationError:
        return None


def _in_utc(moment: datetime | None) -> datetime | None:
    """None where no calendar of the server reaches."""
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:
        return None


def _results(names: Sequence[UUID | None], outcomes: Sequence[Outcome]) -> list[ItemResult]:
    return [
        ItemResult(
            index=index,
            id=name,
            status=outcome.status,
            code=outcome.code,
            detail=outcome.detail,
            field=outcome.field,
            answer=msgspec.Raw(outcome.answer) if outcome.answer else None,
        )
        for index, (name, outcome) in enumerate(zip(names, outcomes, strict=True))
    ]
