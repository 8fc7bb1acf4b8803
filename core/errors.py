"""Refusals: what is true that forbids the act. A refusal is normal and pages nobody; anything else is a fault."""

import re
from datetime import timedelta


class Refusal(Exception):
    """Base of every refusal. `detail` is Chinese and names the remedy; `field` is a JSON pointer into the input."""

    detail = "请求无法执行。"

    def __init__(self, detail: str | None = None, *, field: str | None = None) -> None:
        self.detail = detail or type(self).detail
        self.field = field
        super().__init__(self.detail)


def code_of(refusal: Refusal) -> str:
    """The refusal's name on the wire, such as "visit-cancelled"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", type(refusal).__name__).lower()


class Invalid(Refusal):
    """The input itself is wrong."""

    detail = "输入有误，请检查后重新提交。"


class Unauthenticated(Refusal):
    """Nobody is signed in, or the session has ended."""

    detail = "请先登录。登录已过期或已在别处退出时，请重新登录。"


class Forbidden(Refusal):
    """The signed-in account may not do this."""

    detail = "您的岗位没有此项权限。如工作需要，请联系管理员。"


class NotFound(Refusal):
    """It does not exist, or lies outside the caller's areas: the two answers are the same on purpose."""

    detail = "没有找到。请核对编号，或返回列表重新选择。"


class Conflict(Refusal):
    """The act contradicts what is already true."""

    detail = "与现有记录冲突。请刷新后再试。"


class PreconditionFailed(Refusal):
    """Somebody else changed it since it was read."""

    detail = "内容已被他人修改。请刷新，核对后重新提交。"


class TooMany(Refusal):
    """Too many attempts; `retry_after` says when another is considered."""

    detail = "尝试次数过多，请稍后再试。"

    def __init__(self, detail: str | None = None, *, retry_after: timedelta, field: str | None = None) -> None:
        super().__init__(detail, field=field)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """Something this needs is down for the moment."""

    detail = "系统暂时不可用，请稍后再试。您填写的内容没有丢失。"
