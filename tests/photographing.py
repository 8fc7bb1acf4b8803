"""What tests about photos need: pictures as phones take them, announced and sent in parts."""

import hashlib
import io
from datetime import datetime
from typing import Any
from uuid import UUID

from PIL import Image

from accounts.permissions import Account, Sender
from core.ids import new_id
from tests.cast import Cast
from visits.photos import actions
from visits.photos.sending import BIGGEST_PART, Announced, Kind, Sending

HOME = (39.084158, 117.200983)
"""Degrees north and east."""


def photo(
    *, at: tuple[float, float] | None = None, taken: str | None = None, size: tuple[int, int] = (640, 480), **saved: Any
) -> bytes:
    """A JPEG with a position and a time as a camera writes them, both only when given."""
    exif = Image.Exif()
    if at is not None:
        exif[0x8825] = gps(*at)
    if taken is not None:
        exif[0x8769] = {0x9003: taken}
    return saved_as("JPEG", size=size, exif=exif, **saved)


def saved_as(kind: str, *, size: tuple[int, int] = (640, 480), mode: str = "RGB", **saved: Any) -> bytes:
    """A picture of some stripes in this format."""
    width, height = size
    image = Image.linear_gradient("L").resize((width, height)).convert(mode)
    file = io.BytesIO()
    image.save(file, kind, **saved)
    return file.getvalue()


def gps(latitude: float, longitude: float) -> dict[int, Any]:
    """The tags of a position: degrees, minutes and seconds beside the hemisphere."""
    return {
        1: "N" if latitude >= 0 else "S",
        2: _sexagesimal(latitude),
        3: "E" if longitude >= 0 else "W",
        4: _sexagesimal(longitude),
    }


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    whole = abs(degrees)
    minutes = whole % 1 * 60
    return float(int(whole)), float(int(minutes)), round(minutes % 1 * 60, 6)


def announced(content: bytes, about_id: UUID, subject_id: UUID, kind: Kind = "visit_report", **said: Any) -> Announced:
    return Announced(
        **{
            "subject_kind": kind,
            "subject_id": subject_id,
            "about_id": about_id,
            "size": len(content),
            "sha256": hashlib.sha256(content).digest(),
            **said,
        }
    )


async def announce(
    content: bytes,
    about_id: UUID,
    subject_id: UUID,
    kind: Kind = "visit_report",
    *,
    by: Account,
    now: datetime,
    attachment_id: UUID | None = None,
    **said: Any,
) -> Sending:
    new = announced(content, about_id, subject_id, kind, **said)
    return await actions.announce(attachment_id or new_id(), new, sender=Sender(account=by), now=now)


async def send(content: bytes, to: Sending, *, by: Account, now: datetime, part: int = BIGGEST_PART) -> Sending:
    """Send all that has not arrived."""
    while not to.whole:
        piece = content[to.received : to.received + part]
        to = await actions.receive_part(to.id, offset=to.received, content=piece, by=by, now=now)
    return to


async def photographed(
    cast: Cast,
    content: bytes,
    about_id: UUID,
    subject_id: UUID,
    kind: Kind = "visit_report",
    *,
    by: Account | None = None,
    now: datetime | None = None,
) -> Sending:
    """A photo by the worker, now unless said otherwise, announced and sent whole."""
    who, at = by or cast.worker, now or cast.now
    return await send(content, await announce(content, about_id, subject_id, kind, by=who, now=at), by=who, now=at)
