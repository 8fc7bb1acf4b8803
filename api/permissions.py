"""Who may call what: every route declares it, one guard asks it, and a route without a declaration stops the start."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

import msgspec
from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.exceptions import ImproperlyConfiguredException, MethodNotAllowedException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from accounts import actions
from accounts.permissions import PERMISSIONS, Account, Permission, Sender, second_factor_required
from api.bad_input import BadInput
from core.errors import Forbidden, Unauthenticated

PUBLIC = "public"
_LONGEST_TOKEN = 200
_SENDER = "chuangdeng_sender"


class SecondFactorRequired(Forbidden):
    """The role needs a second factor that this session has not given; only `session.self` is open until then."""

    detail = "您的岗位须先通过动态口令验证。请输入动态口令；尚未绑定时，请先绑定。"


class PasswordChangeRequired(Forbidden):
    """Somebody else gave the password; only `session.self` is open until its owner has chosen one."""

    detail = "您使用的是初始密码。请先修改密码。"


async def permitted(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The one guard, asked before the body is read. Leaves the account that asks as the request's user.

    A route marked `revoked` is also open to a phone that was cut off, and its handler is given the `sender`.
    """
    if connection.scope.get("method") == "OPTIONS":
        # No page of another origin is served, so nobody has a reason to ask.
        raise MethodNotAllowedException(headers={"allow": ", ".join(_methods(connection))})
    _refuse_nul(connection)
    permission = handler.opt["permission"]
    if permission == PUBLIC:
        return
    sender = await _sender(connection, revoked=handler.opt.get("revoked", False))
    if not sender.account.may(cast(Permission, permission)):
        raise _refusal(sender.account)
    scope: Any = connection.scope
    scope["user"], scope[_SENDER] = sender.account, sender


def _refusal(account: Account) -> Forbidden:
    if not account.password_ok:
        return PasswordChangeRequired()
    waits = second_factor_required(account.role) and not account.second_factor_ok
    return SecondFactorRequired() if waits else Forbidden()


def _methods(connection: ASGIConnection[Any, Any, Any, Any]) -> Iterator[str]:
    for route in connection.app.routes:
        if route.path_format == connection.scope["path_template"]:
            yield from sorted(route.methods)


async def _sender(connection: ASGIConnection[Any, Any, Any, Any], *, revoked: bool) -> Sender:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Unauthenticated
    now: datetime = connection.app.state.now()
    if revoked:
        found = await actions.sender(token, now)
    else:
        account = await actions.account_of(token, now)
        found = Sender(account=account) if account else None
    if found is None:
        raise Unauthenticated
    return found


def _refuse_nul(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    if "\0" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
        raise BadInput("网址中含有无法识别的空字符(NUL)。请删除后重试。")


def signed_in(request: Request[Account, Any, Any], now: datetime) -> Account:
    """The account the guard found: the dependency `by` of every handler that acts for somebody.

    It asks for `now` so that the two come one after the other: Litestar starts two tasks to find two at once.
    """
    return request.user


def sending(request: Request[Account, Any, Any], now: datetime) -> Sender:
    """Who hands something in, a phone that was cut off among them: `sender` of a handler marked `revoked`."""
    scope: Any = request.scope
    sender: Sender = scope[_SENDER]
    return sender


def check_declarations(app: Litestar) -> None:
    """Raise, all together, what any route leaves undeclared or declares against the rules of the house."""
    wrong = [f"{path}: {what}" for path, handler in handlers(app) for what in _wrong(handler)]
    if wrong:
        raise ImproperlyConfiguredException("routes declared wrongly:\n" + "\n".join(sorted(wrong)))


def handlers(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    """Every handler the app serves, but for Litestar's own answers to OPTIONS, which the guard always refuses."""
    for route in app.routes:
        found = route.route_handlers if isinstance(route, HTTPRoute) else [route.route_handler]
        for handler in found:
            if not (isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}):
                yield route.path, handler


def _wrong(handler: BaseRouteHandler) -> Iterator[str]:
    permission = handler.opt.get("permission")
    parameters = handler.parsed_fn_signature.parameters
    if permission is None:
        yield "no permission is declared"
    elif permission != PUBLIC and permission not in PERMISSIONS:
        yield f"unknown permission {permission!r}"
    elif permission == PUBLIC and "by" in parameters:
        yield "a public route has nobody to act for"
    if handler.opt.get("revoked", False) != ("sender" in parameters) or {"by", "sender"} <= parameters.keys():
        yield "a route is open to a phone that was cut off exactly when it asks for the sender, and not for `by`"
    if not isinstance(handler, HTTPRouteHandler):
        yield "only HTTP routes are served"
    elif handler.cache:
        yield "answers are never cached: one would be shown to another"
    if "data" in parameters:
        for lax in _lax(msgspec.inspect.type_info(parameters["data"].annotation)):
            yield f"the body takes a {lax}: unknown fields must be refused"


def _lax(kind: Any) -> Iterator[str]:
    """Names of the types inside a body's type that would let unknown fields through."""
    seen: list[Any] = []
    ahead = [kind]
    while ahead:
        current = ahead.pop()
        if current in seen or not isinstance(current, msgspec.inspect.Type):
            continue
        seen.append(current)
        if isinstance(current, msgspec.inspect.StructType):
            if not current.forbid_unknown_fields:
                yield current.cls.__name__
            ahead += [field.type for field in current.fields]
        elif isinstance(current, msgspec.inspect.DataclassType | msgspec.inspect.TypedDictType):
            yield current.cls.__name__
        else:
            ahead += _inside(current)


def _inside(kind: Any) -> list[Any]:
    """The types a collection, union or annotation is made of."""
    found: list[Any] = []
    for name in ("type", "types", "item_type", "item_types", "key_type", "value_type"):
        value = getattr(kind, name, ())
        found += value if isinstance(value, tuple) else [value]
    return found
