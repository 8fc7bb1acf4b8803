"""Every refusal and fault as an RFC 9457 problem: the only place that knows status codes."""

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from api.bad_input import BadInput, from_decoder
from api.request import NotJson
from core import errors
from core.errors import Refusal, code_of
from core.ids import new_id
from core.log import told
from visits.photos.refusals import PartMisplaced
from visits.sync.refusals import MustWipe

log = structlog.get_logger("chuangdeng.api")

MEDIA_TYPE = "application/problem+json"
_SOON = timedelta(seconds=2)
_REQUEST_ID = "chuangdeng_request_id"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a refused or failed request answers. `field` is a JSON pointer into the body; `wipe` tells a phone that was
    cut off to forget what it was given."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    field: str | None = None
    wipe: bool | None = None


class NoSuchAddress(errors.NotFound):
    """No route has this address."""

    detail = "没有这个地址。请核对网址。"


class MethodNotAllowed(Refusal):
    """The address is known, the method is not served there."""

    detail = "这个地址不支持此操作方式。"


class TooLarge(Refusal):
    """The body is longer than the route takes."""

    detail = "提交的内容过大。请减少内容或分次提交。"


class NobodyLeftToCare(errors.Conflict):
    """The change would leave somebody without anybody to care for them."""

    detail = "这样会使对象无人照料。请先安排临时照料，或由接任的照料人签订协议。"


class MandatoryCaseUndecided(errors.Conflict):
    """A mandatory replacement case is still undecided."""

    detail = "该协议有必须决定的撤换事项。请先由乡镇(街道)负责人作出决定。"


class Fault(Refusal):
    """Something broke that is nobody's input. Its cause is in the log, under the request's id."""

    detail = "系统出现故障，已记录。请稍后再试；仍不行时，请把请求编号告诉管理员。"


KINDS: tuple[tuple[type[Refusal], int, str], ...] = (
    (errors.Invalid, 400, "输入有误"),
    (errors.Unauthenticated, 401, "请先登录"),
    (errors.Forbidden, 403, "没有权限"),
    (errors.NotFound, 404, "没有找到"),
    (MethodNotAllowed, 405, "不支持的操作方式"),
    (errors.Conflict, 409, "与现有记录冲突"),
    (errors.PreconditionFailed, 412, "内容已被他人修改"),
    (TooLarge, 413, "内容过大"),
    (NotJson, 415, "不支持的内容类型"),
    (errors.TooMany, 429, "操作过于频繁"),
    (Fault, 500, "系统故障"),
    (errors.Unavailable, 503, "暂时不可用"),
)
"""Kind of refusal, status, title. Every refusal is of one of these kinds."""

REFUSED_BY_THE_DATABASE: Mapping[str, type[Refusal]] = {
    "CD001": errors.Conflict,
    "CD002": NobodyLeftToCare,
    "CD003": MandatoryCaseUndecided,
}
"""What the database's own triggers refuse, by SQLSTATE: the rules refuse it first, unless somebody was faster."""

_BUSY = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # what asyncpg makes of a connection lost at the wrong moment
    ConnectionError,
    TimeoutError,
)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """The answer to whatever a request raised. Faults are logged, without the body, the values or the SQL."""
    refusal = refusal_for(error)
    if _worth_a_line(error, refusal):
        _log(request, error, refusal)
    status, title = next((status, title) for kind, status, title in KINDS if isinstance(refusal, kind))
    problem = Problem(
        type=f"/problems/{code_of(refusal)}",
        title=title,
        status=status,
        detail=refusal.detail,
        field=refusal.field,
        request_id=id_of(request.scope),
        wipe=isinstance(refusal, MustWipe) or None,
    )
    return Response(problem, status_code=status, media_type=MEDIA_TYPE, headers=_headers(error, refusal))


def id_of(scope: Any) -> str:
    """The id of a request: on its answer, on its log lines, and nowhere else."""
    if _REQUEST_ID not in scope:
        scope[_REQUEST_ID] = new_id().hex
    return str(scope[_REQUEST_ID])


def refusal_for(error: Exception) -> Refusal:
    """What to say of an exception: itself when it is a refusal, a `Fault` when nothing better is known."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, HTTPException):
        return _from_litestar(error)
    if isinstance(error, asyncpg.UniqueViolationError | asyncpg.ExclusionViolationError):
        return errors.Conflict()
    if isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "") in REFUSED_BY_THE_DATABASE:
        return REFUSED_BY_THE_DATABASE[error.sqlstate]()
    if isinstance(error, asyncpg.InsufficientPrivilegeError) and "row-level security" in str(error):
        return errors.NotFound()  # an area the caller does not have must answer as if it did not exist
    if isinstance(error, OverflowError):  # the first hours of the year 1, the last of the year 9999
        return BadInput("有一个日期或时间超出范围。请核对年份。")
    if isinstance(error, asyncpg.DataError) and not isinstance(error, asyncpg.DivisionByZeroError):
        return BadInput("有一项内容超出可保存的范围。请核对过大的数字、过长的文字或特殊字符。")
    if isinstance(error, _BUSY) or (isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)):
        return errors.Unavailable()
    return Fault()


def _from_litestar(error: HTTPException) -> Refusal:
    cause = error.__cause__
    if isinstance(cause, msgspec.ValidationError):
        return _parameter(str(cause))
    if isinstance(error, ValidationException):
        return _missing(error.detail)
    if "disconnected" in error.detail:
        return BadInput()  # nobody is left to read it
    match error.status_code:
        case 404:
            return NoSuchAddress()
        case 405:
            return MethodNotAllowed()
        case 413:
            return TooLarge()
        case status if status < 500:
            return BadInput()
    return Fault()


def _parameter(said: str) -> BadInput:
    """What is wrong in `$.data…` is in the body, where the decoder could not see it; all else is in the address."""
    found = from_decoder(said)
    pointer = found.field or ""
    if pointer == "/data":
        return BadInput("缺少请求正文，或正文不符合要求。", field="")
    if pointer.startswith("/data/"):
        return BadInput(found.detail, field=pointer.removeprefix("/data"))
    return BadInput(f"参数“{pointer.removeprefix('/')}”有误：{found.detail}")


def _missing(said: str) -> BadInput:
    found = re.search(r"Missing required (\w+) parameter ['\"]([\w-]+)['\"]", said)
    return BadInput(f"缺少参数“{found[2]}”。请补上后重试。" if found else None)


def _headers(error: Exception, refusal: Refusal) -> dict[str, str]:
    if isinstance(refusal, errors.TooMany):
        return {"retry-after": str(math.ceil(refusal.retry_after.total_seconds()))}
    if isinstance(refusal, errors.Unavailable):
        return {"retry-after": str(math.ceil(_SOON.total_seconds()))}
    if isinstance(refusal, errors.Unauthenticated):
        return {"www-authenticate": "Bearer"}
    if isinstance(refusal, PartMisplaced):
        return {"upload-offset": str(refusal.received)}
    if isinstance(refusal, MethodNotAllowed) and isinstance(error, HTTPException):
        methods = (error.headers or {}).get("allow", "").split(", ")
        return {"allow": ", ".join(sorted(set(methods) - {"OPTIONS"}))}
    return {}


def _worth_a_line(error: Exception, refusal: Refusal) -> bool:
    """A refusal by the domain is normal. What was not foreseen is told, and a database out of reach."""
    if isinstance(error, Refusal):
        return isinstance(error, errors.Unavailable) and error.__cause__ is not None
    return isinstance(refusal, Fault) or not isinstance(error, HTTPException)


def _log(request: Request[Any, Any, Any], error: Exception, refusal: Refusal) -> None:
    fault = isinstance(refusal, Fault)
    (log.error if fault else log.warning)(
        "request failed" if fault else "request refused for a reason nobody foresaw",
        request_id=id_of(request.scope),
        method=request.scope.get("method"),
        route=request.scope.get("path_template"),
        **told(error),
    )
