"""The second factor: one-time codes of an authenticator (TOTP, 6 digits, 30 s) and recovery codes on paper."""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import pyotp

ISSUER = "窗灯"
RECOVERY_CODES = 10
_STEPS_AROUND = 1  # phones' clocks drift: one step of 30 s before and after is accepted
_SECRET_CHARACTERS = 32  # base32: 160 bits
_RECOVERY_BYTES = 10  # 80 bits: past guessing, so that a plain hash is enough to keep


def new_secret() -> str:
    """A fresh secret of 160 bits in base32. Store it sealed."""
    return pyotp.random_base32(length=_SECRET_CHARACTERS)


def otpauth_uri(secret: str, login: str) -> str:
    """What the QR code for the authenticator contains. It is the secret: show it once, never log it."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def accepted_timecode(secret: str, code: str, *, now: datetime, last_timecode: int) -> int | None:
    """The step the code belongs to, or None when it is wrong or not newer than the last one accepted.

    A code counts once: store the answer by `UPDATE … SET last = answer WHERE last < answer`; no row changed means that
    another request was quicker, and this one is refused.
    """
    totp = pyotp.TOTP(secret)
    digits = _plain(code)
    current = totp.timecode(now)
    steps = range(current - _STEPS_AROUND, current + _STEPS_AROUND + 1)
    # Every step is compared, found or not: the time taken tells nothing.
    matching = [step for step in steps if _same(totp.generate_otp(step), digits)]
    return next((step for step in matching if step > last_timecode), None)


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes such as "MZXW-6YTB-OI2D-KNRX", to be shown once and kept only as `recovery_hash`."""
    return tuple(_recovery_code() for _ in range(RECOVERY_CODES))


def recovery_hash(code: str, account_id: UUID) -> bytes:
    """What is stored of a recovery code, as typed by hand: case, blanks and dashes do not matter."""
    plain = _plain(code).upper()
    return hashlib.sha256(f"recovery:{account_id}:{plain}".encode()).digest()


def matching_recovery_hash(code: str, account_id: UUID, unused: Iterable[bytes]) -> bytes | None:
    """Which of the unused hashes the code opens. Mark it used in the same transaction, if still unused."""
    offered = recovery_hash(code, account_id)
    return next((stored for stored in unused if hmac.compare_digest(stored, offered)), None)


def _recovery_code() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def _plain(code: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", code) if sign.isalnum())


def _same(expected: str, offered: str) -> bool:
    return hmac.compare_digest(expected.encode(), offered.encode())
