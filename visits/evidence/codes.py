"""Doorstep codes: what a fob shows or a card's slip says, held against the moment it was taken. Not authentication."""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp

DIGITS = 8
STEP = timedelta(seconds=30)
SLIPS_AHEAD = 10
"""How many slips of a card may have been lost or torn off out of order before it must be resynchronised."""

_RESYNC_STEPS = 120  # an hour of a fob's clock each way
_RESYNC_SLIPS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Fob:
    """A token that shows codes by time (TOTP, RFC 6238). `skew_steps`: how many steps its clock is ahead."""

    secret: str
    skew_steps: int = 0

    def __repr__(self) -> str:
        return "Fob(…)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A printed card of tear-off codes (HOTP, RFC 4226). `next` is the lowest slip not used yet, of `printed`."""

    secret: str
    next: int
    printed: int

    def __repr__(self) -> str:
        return "Card(…)"


def new_secret() -> str:
    """160 random bits, as RFC 4226 asks."""
    return pyotp.random_base32(32)


def code_at(token: Fob | Card, timecode: int) -> str:
    """The code of a time step, or of a slip."""
    return pyotp.HOTP(token.secret, digits=DIGITS).at(timecode)


def address_of(fob: Fob, label: str) -> str:
    """The otpauth:// address a fob is loaded with, or an old phone's authenticator reads as a QR code."""
    return pyotp.TOTP(fob.secret, digits=DIGITS).provisioning_uri(name=label or "门口码", issuer_name="窗灯")


def step_of(moment: datetime) -> int:
    """The time step a moment lies in."""
    return int(moment.timestamp() // STEP.total_seconds())


def fits(token: Fob | Card, code: str, *, claimed_at: datetime, around: timedelta) -> int | None:
    """The time step or slip a code belongs to; None where it belongs to none.

    A fob is asked only around the moment claimed, its own skew taken off, never for days: a code taken offline proves
    then, not now. The nearest step counts. A card is asked for the next few slips.
    """
    if len(code) != DIGITS or not code.isascii() or not code.isdigit():
        return None
    return _first(token, code, _asked(token, claimed_at, around))


def fits_earlier(card: Card, code: str) -> int | None:
    """The slip a code belongs to, of those torn off before the last one used; None where it is none of them."""
    return _first(card, code, range(max(card.next - SLIPS_AHEAD, 0), card.next))


def in_order(slip: int, claimed_at: datetime, used: Mapping[int, datetime]) -> bool:
    """Whether a slip that arrives late was torn off in its turn: after those before it, before those after it.

    Two visitors share a card, and one of them was out of reach. A slip kept back for another day does not fit.
    """
    return all(at < claimed_at if other < slip else claimed_at < at for other, at in used.items())


def _asked(token: Fob | Card, claimed_at: datetime, around: timedelta) -> Iterable[int]:
    if isinstance(token, Card):
        return range(token.next, min(token.next + SLIPS_AHEAD, token.printed))
    middle, most = step_of(claimed_at) + token.skew_steps, int(around / STEP)
    return sorted(range(middle - most, middle + most + 1), key=lambda step: abs(step - middle))


def _first(token: Fob | Card, code: str, asked: Iterable[int]) -> int | None:
    """Every one is compared, so that the time it takes tells nothing."""
    found = [timecode for timecode in asked if hmac.compare_digest(code_at(token, timecode), code)]
    return found[0] if found else None


def resynchronised(token: Fob | Card, first: str, second: str, *, now: datetime) -> Fob | Card | None:
    """The token after two codes in a row were read off it by a supervisor; None where they are not its own."""
    middle = step_of(now)
    asked = (
        range(token.next, min(token.next + _RESYNC_SLIPS, token.printed - 1))
        if isinstance(token, Card)
        else sorted(range(middle - _RESYNC_STEPS, middle + _RESYNC_STEPS), key=lambda step: abs(step - middle))
    )
    for timecode in asked:
        if hmac.compare_digest(code_at(token, timecode), first) and hmac.compare_digest(
            code_at(token, timecode + 1), second
        ):
            if isinstance(token, Card):
                return Card(secret=token.secret, next=timecode + 2, printed=token.printed)
            return Fob(secret=token.secret, skew_steps=timecode + 1 - middle)
    return None
