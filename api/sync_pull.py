"""What phones fetch: the tasks of the days ahead, as the difference from what they hold."""

import gzip
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, post
from litestar.enums import MediaType

from accounts.permissions import Sender
from visits.sync.actions import pull
from visits.sync.manifest import WHY_NAMES
from visits.sync.things import Thing

_GENERATION = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_SMALL = 1024
"""Bytes it is not worth packing below."""


class Pull(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """generation 为手机上次收到的版次；第一次下载，或已清除本机数据的，不填。"""

    generation: _GENERATION | None = None


class GoneCard(msgspec.Struct, frozen=True, kw_only=True):
    """手机上应删去的一项，以及原因。"""

    kind: str
    id: UUID
    why: str
    why_name: str


class PulledCard(msgspec.Struct, frozen=True, kw_only=True):
    """since 为空的，是全部内容：手机先清空已下载的，再存入 changed。

    since 不为空的，只是与该版次的差别：手机上不是该版次时不要采用，重新下载。
    epoch 变了，手机须把还留着的记录全部重新提交。
    """

    epoch: UUID
    server_time: datetime
    generation: int
    since: int | None
    changed: list[Thing]
    gone: list[GoneCard]


class SyncPull(Controller):
    """手机下载"""

    path = "/sync/pull"
    tags = ("手机同步",)

    @post(opt={"permission": "sync.use", "revoked": True}, status_code=200)
    async def pull(
        self, data: Pull, request: Request[Any, Any, Any], sender: Sender, now: datetime
    ) -> Response[PulledCard]:
        """今后几天的任务和要去的人家(姓名已隐去)，只给变化的部分；不再需要的，说明原因。停用的手机只得到清除的通知。"""
        pulled = await pull(data.generation, sender=sender, now=now)
        card = PulledCard(
            epoch=pulled.epoch,
            server_time=now,
            generation=pulled.generation,
            since=pulled.since,
            changed=list(pulled.changed),
            gone=[GoneCard(kind=one.kind, id=one.id, why=one.why, why_name=WHY_NAMES[one.why]) for one in pulled.gone],
        )
        return _packed(card, request.headers.get("accept-encoding", ""))


def _packed(card: PulledCard, accepted: str) -> Response[Any]:
    """By gzip where the phone takes it: a village's signal carries a few kilobytes a second."""
    body, headers = msgspec.json.encode(card), {"vary": "accept-encoding"}
    if len(body) > _SMALL and _takes_gzip(accepted):
        body, headers = gzip.compress(body, compresslevel=6, mtime=0), headers | {"content-encoding": "gzip"}
    return Response(body, media_type=MediaType.JSON, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        name, _, quality = one.partition(";")
        if name.strip() in ("gzip", "*"):
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


CONTROLLERS = (SyncPull,)
