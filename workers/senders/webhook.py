"""A signed webhook: JSON by POST, HMAC-SHA256 over time and body, and nothing but a clear "ok" counts.

The receiver computes HMAC-SHA256(secret, "<timestamp>.<body>"), compares it with `X-Chuangdeng-Signature`
("sha256=<hex>"), refuses an old `X-Chuangdeng-Timestamp` (Unix seconds), and drops a second `Idempotency-Key`.
"""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx
import msgspec

from alerts.messages import Address, Message, Receipt
from core import clock

_LONGEST_ANSWER = 64 * 1024
_TIMEOUT = httpx.Timeout(5)


class Webhook:
    """Posts to the address of each person. Answers are read up to 64 KiB; a redirect is a refusal."""

    def __init__(
        self, *, transport: httpx.AsyncBaseTransport | None = None, now: Callable[[], datetime] = clock.now
    ) -> None:
        self.transport = transport
        self.now = now

    async def send(self, message: Message, to: Address) -> Receipt:
        """What the receiver said; an address without a secret is not sent to, for it could not tell us from others."""
        if not to.secret:
            return Receipt(error="the webhook has no secret to sign with")
        body = msgspec.json.encode(message)
        try:
            async with (
                httpx.AsyncClient(
                    transport=self.transport, timeout=_TIMEOUT, follow_redirects=False, trust_env=False
                ) as client,
                client.stream(
                    "POST", to.address, content=body, headers=self._headers(message, body, to.secret)
                ) as answer,
            ):
                return _judge(answer, await _read(answer))
        except (httpx.HTTPError, httpx.InvalidURL) as error:  # its text holds the address
            return Receipt(error=type(error).__name__)

    def _headers(self, message: Message, body: bytes, secret: str) -> dict[str, str]:
        timestamp = str(int(self.now().timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "chuangdeng",
            "Idempotency-Key": message.key,
            "X-Chuangdeng-Timestamp": timestamp,
            "X-Chuangdeng-Signature": f"sha256={signature(secret, timestamp, body)}",
        }


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over "<timestamp>.<body>", in hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


async def _read(answer: httpx.Response) -> bytes:
    found = b""
    async for chunk in answer.aiter_bytes():
        found += chunk
        if len(found) > _LONGEST_ANSWER:
            break
    return found[:_LONGEST_ANSWER]


def _judge(answer: httpx.Response, content: bytes) -> Receipt:
    """Taken is 2xx and, where the answer speaks of an errcode, errcode 0: robots refuse with 200 and an errcode."""
    if not answer.is_success:
        return Receipt(error=f"HTTP {answer.status_code}")
    said = _json(content)
    code = said.get("errcode", 0)
    if code not in (0, "0"):
        return Receipt(error=f"errcode {str(code)[:20]}")
    reference = said.get("id") or said.get("msgid")
    return Receipt(reference=str(reference)[:120] if reference else None)


def _json(content: bytes) -> dict[str, Any]:
    try:
        said = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}
