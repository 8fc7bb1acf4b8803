"""Routes of the tests' own: one takes a body, one makes trouble, and two ask for a permission."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath

from api.permissions import PUBLIC
from api.request import SMALL_BODY

PROBLEM = "application/problem+json"
SECRET = "李桂英 120101194105060012"


class Inner(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    tags: Annotated[list[int], msgspec.Meta(max_length=3)] = []


class Sample(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=5)] = "窗灯"
    count: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)] = 1
    kind: Literal["door", "phone"] = "door"
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    id: UUID | None = None
    sure: bool = True
    metadata: Inner = Inner()
    inners: list[Inner] = []
    free: Any = None


class Trouble:
    """What the probe `/v1/probe/trouble` does."""

    do: Callable[[], Any]


trouble = Trouble()


@post("/probe", opt={"permission": PUBLIC}, include_in_schema=False, status_code=200)
async def take(data: Sample) -> Sample:
    return data


@post(
    "/probe/large",
    opt={"permission": PUBLIC},
    include_in_schema=False,
    status_code=200,
    request_max_body_size=2 * SMALL_BODY,
)
async def take_large(data: Sample) -> Sample:
    return data


@get("/probe/trouble", opt={"permission": PUBLIC}, include_in_schema=False)
async def make_trouble() -> dict[str, str]:
    secret = SECRET  # a local that no log may show
    await trouble.do()
    return {"did": secret}


@get("/probe/{id:uuid}", opt={"permission": "recipient.read"}, include_in_schema=False)
async def one(id: FromPath[UUID]) -> dict[str, UUID]:
    return {"id": id}


@delete("/probe/self", opt={"permission": "session.self"}, include_in_schema=False, status_code=200)
async def own() -> dict[str, str]:
    return {}
