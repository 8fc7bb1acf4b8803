"""Channels: how a person is reached besides the inbox, and which addresses messages are never posted to."""

import ipaddress
import re
import socket
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from accounts.refusals import ChannelAddressRefused

WEBHOOK = "webhook"
AT_MOST = 5
LONGEST_ADDRESS = 500

# What every reader of a URL understands alike: of a space, a backslash or a control character each makes its own.
_PLAIN = re.compile(r"[!-~]+", re.ASCII)
_MISREAD = re.compile(r"[\\\"<>^`{|}]")
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.ASCII)

_Literal = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """One way to a person. Of several of a kind messages go to the one added last: only that one is `in_use`."""

    id: UUID
    channel: str
    host: str
    in_use: bool
    created_at: datetime


def checked_address(typed: str, *, production: bool) -> str:
    """The URL of a webhook as it is kept. ChannelAddressRefused, at /address, for what may not be posted to.

    Unencrypted only to this machine while trying the system out. In production no address by number that lies within
    somebody's own network: the server would be made to speak to its neighbours.
    """
    url = typed.strip()
    if len(url) > LONGEST_ADDRESS:
        raise _refused(f"网址过长，最多 {LONGEST_ADDRESS} 个字符。请换用较短的网址。")
    if not _PLAIN.fullmatch(url) or _MISREAD.search(url):
        raise _refused("网址为空或含有空格、中文等字符。请从对方系统复制完整的网址(中文域名请用 xn-- 写法)。")
    parts, host = _split(url)
    if parts.scheme not in ("http", "https"):
        raise _refused("网址应以 https:// 开头。请更正。")
    if "@" in parts.netloc:
        raise _refused("网址中不能带用户名或密码。请删去 @ 及其前面的部分。")
    literal = _literal(host)
    if literal is None and not _NAME.fullmatch(host):
        raise _refused("网址中的主机名无法识别。请核对后重新填写。")
    here = literal.is_loopback if literal else _is_localhost(host)
    if production and (here or (literal and not _is_public(literal))):
        raise _refused("网址不能指向本机、内网或链路本地的 IP 地址。请填写对方的域名或公网地址。")
    if parts.scheme == "http" and (production or not here):
        raise _refused("网址须以 https:// 开头，以免消息在途中被人看到。请向对方索取 https 网址。")
    return url


def host_of(address: str) -> str:
    """All that is shown of an address afterwards: the rest of it is often the key to a group's robot."""
    return urlsplit(address).hostname or ""


def _split(url: str) -> tuple[SplitResult, str]:
    """A URL in parts, and its host: in small letters, without the dot of the root."""
    try:
        parts = urlsplit(url)
        named = parts.port != 0 and parts.hostname
    except ValueError:
        named = None
    if not named:
        raise _refused("网址不完整或端口有误。应形如 https://hook.example.com/notify，请更正。")
    return parts, named.removesuffix(".")


def _literal(host: str) -> _Literal | None:
    """The address a host is, also as resolvers read 127.1, 2130706433 and 0x7f000001; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _is_public(literal: _Literal) -> bool:
    """Whether an address is anybody's; one wrapped into an IPv6 address is judged by what it holds."""
    if isinstance(literal, ipaddress.IPv6Address):
        inner = literal.ipv4_mapped or literal.sixtofour
        if inner is not None:
            return _is_public(inner)
    return literal.is_global and not literal.is_multicast


def _is_localhost(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _refused(detail: str) -> ChannelAddressRefused:
    return ChannelAddressRefused(detail, field="/address")
