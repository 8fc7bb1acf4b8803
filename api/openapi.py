"""The OpenAPI 3.1 document, made to tell the truth: every problem an operation answers, and who may ask it.

Only the document is served; pages to look at it with would come from foreign servers.
"""

from typing import Any

from litestar import Litestar, Request, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from api.errors import KINDS, MEDIA_TYPE, Problem
from api.permissions import PUBLIC, handlers

_ALWAYS = {400, 429, 500, 503}
_SIGNED_IN = {401, 403}
_TITLES = {status: title for _, status, title in KINDS}


class _NoPages(Router):
    """Stands where Litestar would register its documentation pages, and takes none of them."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:
        return []


def config() -> OpenAPIConfig:
    """What the document says of the whole API."""
    return OpenAPIConfig(
        title="窗灯",
        version="1",
        description="分散供养特困人员的定期探访、预警与处置。除注明公开的操作外，均须携带登录后取得的会话令牌。",
        security=[{"session": []}],
        components=Components(security_schemes={"session": SecurityScheme(type="http", scheme="bearer")}),
        openapi_router=_NoPages("/v1", route_handlers=[]),
        use_handler_docstrings=True,
    )


def document(*, public: bool) -> HTTPRouteHandler:
    """The handler that serves the document: to everybody, or only to those who are signed in."""

    @get(
        "/openapi.json",
        opt={"permission": PUBLIC if public else "session.self"},
        media_type="application/vnd.oai.openapi+json",
        include_in_schema=False,
        sync_to_thread=False,
    )
    def openapi_document(request: Request[Any, Any, Any]) -> dict[str, Any]:
        return request.app.openapi_schema.to_schema()

    return openapi_document


def declare_problems(app: Litestar) -> None:
    """Write into every operation the problems it can answer with."""
    for path, handler in handlers(app):
        if isinstance(handler, HTTPRouteHandler):
            public = handler.opt["permission"] == PUBLIC
            statuses = _ALWAYS | _of_input(path, handler) | (set() if public else _SIGNED_IN)
            handler.responses = {
                **{status: _problem(status) for status in sorted(statuses)},
                **(handler.responses or {}),
            }
            if public:
                handler.security = [{}]


def also(*statuses: int) -> dict[int, ResponseSpec]:
    """Problems an operation answers with that its address and body do not tell: for `responses=`."""
    return {status: _problem(status) for status in statuses}


def _of_input(path: str, handler: HTTPRouteHandler) -> set[int]:
    changes = bool(handler.http_methods - {"GET", "HEAD"})
    body = "data" in handler.parsed_fn_signature.parameters
    return ({404} if "{" in path else set()) | ({409, 412} if changes else set()) | ({413, 415} if body else set())


def _problem(status: int) -> ResponseSpec:
    return ResponseSpec(Problem, generate_examples=False, description=_TITLES[status], media_type=MEDIA_TYPE)
