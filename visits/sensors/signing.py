"""Signatures of gateways: HMAC-SHA256 over time and body, good for a few minutes, compared in constant time."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""How far a gateway's clock may be off, either way; and how long a request caught on the way could be sent again."""

_UNIX_SECONDS = re.compile(r"\d{1,11}", re.ASCII)


def sign(key: str, timestamp: str, body: bytes) -> str:
    """What a gateway sends: HMAC-SHA256 over "<timestamp>.<body>", in hex. The timestamp is in Unix seconds."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def fits(signature: str, *, key: str, timestamp: str, body: bytes) -> bool:
    """Whether the signature is this key's over just these bytes; takes as long for a near miss as for any other."""
    return hmac.compare_digest(signature.lower().encode(), sign(key, timestamp, body).encode())


def in_time(timestamp: str, now: datetime) -> bool:
    """Whether the request was signed now, as far as two clocks agree; False for what is no timestamp."""
    if not _UNIX_SECONDS.fullmatch(timestamp):
        return False
    return abs(datetime.fromtimestamp(int(timestamp), UTC) - now) <= TOLERANCE
