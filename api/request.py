"""Reading a request's body: strictly, by the type its operation declares, and never deeper or longer than allowed."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import ClientException
from litestar.status_codes import HTTP_400_BAD_REQUEST

from accounts.permissions import Account
from api.apart import decode_apart
from api.bad_input import BadInput, escaped, from_decoder
from core.errors import Refusal

SMALL_BODY = 256 * 1024
"""Bytes of a body, unless the route declares `request_max_body_size` for itself."""
DEEPEST = 32
"""Levels of objects and lists within each other."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


class NotJson(Refusal):
    """The body is not declared to be JSON."""

    detail = "请求正文应为 JSON(Content-Type: application/json)。"


class NotAForm(NotJson):
    """The body is not declared to be a form with a file."""

    detail = "请求正文应为带文件的表单(Content-Type: multipart/form-data)。"


class StrictRequest(Request[Account, Any, State]):
    """A request whose JSON body is decoded once, strictly, into the type of the handler's `data`."""

    async def json(self) -> Any:
        """The decoded body. Litestar's own way is lax: it takes the text "2020" for a moment in the year 1970."""
        if self.content_type[0] != "application/json":
            raise NotJson
        data = self.route_handler.parsed_fn_signature.parameters.get("data")
        kind = data.annotation if data else Any
        if self.route_handler.opt.get("apart"):  # a batch whose items are read one by one, each as strictly
            return await decode_apart(await self.body(), kind, strictly=decode)
        return decode(await self.body(), kind)


async def read_form(request: Request[Any, Any, Any]) -> None:
    """Before a handler that takes a form: read it, so that a broken one is the sender's fault and is told as such."""
    if request.content_type[0] != "multipart/form-data":
        raise NotAForm
    try:
        await request.form()
    except (ClientException, UnicodeDecodeError, LookupError, ValueError) as error:
        if isinstance(error, ClientException) and error.status_code != HTTP_400_BAD_REQUEST:
            raise
        raise BadInput("表单不完整或格式不对。请重新选择文件后上传；其他各项请用 UTF-8 编码的文字。") from error


def decode(body: bytes, kind: Any) -> Any:
    """Decode JSON into a type; everything wrong with it is a `BadInput`."""
    if b"\\u0000" in body and _NUL.search(body):
        raise BadInput("文字中含有无法保存的空字符(NUL)。请删除后重新提交。", field=_place_of_nul(body))
    try:
        decoded = _decoder(kind).decode(body)
    except UnicodeDecodeError:
        raise BadInput("内容不是有效的 UTF-8 文字。请用 UTF-8 编码后重新提交。") from None
    except msgspec.MsgspecError as error:
        raise from_decoder(str(error)) from None
    except RecursionError:
        raise _too_deep() from None
    if body.count(b"[") + body.count(b"{") > DEEPEST and _depth(body) > DEEPEST:
        raise _too_deep()
    return decoded


def _place_of_nul(body: bytes) -> str | None:
    """The pointer to the first text with a NUL in it; None where the body cannot be read, or a name holds it."""
    try:
        return next(_texts_with_nul(msgspec.json.decode(body), ""), None)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _texts_with_nul(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str) and "\0" in value:
        yield pointer
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield from _texts_with_nul(one, f"{pointer}/{escaped(str(key))}")


def _too_deep() -> BadInput:
    return BadInput(f"内容嵌套过深(最多 {DEEPEST} 层)。请简化后重新提交。")


def _depth(valid: bytes) -> int:
    """Of JSON that was decoded already: on anything else the search for texts could take quadratic time."""
    deepest = depth = 0
    for bracket in _BRACKET.findall(_TEXT.sub(b"", valid)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
