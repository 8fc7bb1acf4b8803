"""What a picture may be, and how it is made anew: small, upright, and with nothing in it but what is to be seen.

Bytes from outside go through here once. Memory is bounded by the pixels told in the header, before any is decoded;
time by the scans of a JPEG, each of which passes over the whole picture.
"""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from visits.photos import exif
from visits.photos.exif import Place

LONGEST_SIDE = 1600
_QUALITY = 80
_MOST_PIXELS = 16_777_216
_MOST_PIXELS_OF_JPEG = 50_331_648  # a camera of 50 million; decoded at a half or less of its size
_MOST_SCANS = 100  # a progressive picture has about ten
_SNIFFED = 1445  # bytes a browser looks at to guess what a file is
_MARKUP = (b"<html", b"<svg", b"<script", b"<!doctype", b"<body", b"<iframe")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825

Fault = Literal["no_photo", "too_many_pixels", "unreadable"]


class NotAPhoto(ValueError):
    """These bytes are no picture that is kept; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        self.fault: Fault = fault
        super().__init__(fault)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A JPEG without any metadata, and what its camera told beside it."""

    jpeg: bytes
    width: int
    height: int
    place: Place | None
    taken_at: datetime | None


def made_anew(content: bytes, *, zone: ZoneInfo) -> Picture:
    """The picture in these bytes, encoded anew. `NotAPhoto` for whatever cannot be one. Takes up to some seconds."""
    head = content[:_SNIFFED].lower()
    if any(word in head for word in _MARKUP):
        raise NotAPhoto("no_photo")
    with _opened(content) as image:
        jpeg = isinstance(image, JpegImageFile)
        if image.width * image.height > (_MOST_PIXELS_OF_JPEG if jpeg else _MOST_PIXELS):
            raise NotAPhoto("too_many_pixels")
        if jpeg and _scans(content) > _MOST_SCANS:
            raise NotAPhoto("unreadable")
        tags, gps = _told_by_camera(image)
        clean = _clean(image, exif.orientation(tags))
    encoded = io.BytesIO()
    clean.save(encoded, "JPEG", quality=_QUALITY)
    return Picture(
        jpeg=encoded.getvalue(),
        width=clean.width,
        height=clean.height,
        place=exif.place(gps),
        taken_at=exif.taken_at(tags, zone=zone),
    )


def _opened(content: bytes) -> ImageFile.ImageFile:
    """By its first bytes as one of three formats, and read as nothing else: not as the several pictures some hold."""
    kind = _format(content)
    if kind is None:
        raise NotAPhoto("no_photo")
    try:
        return kind(io.BytesIO(content))
    except Exception:  # whatever hostile bytes make a decoder raise
        raise NotAPhoto("unreadable") from None


def _format(content: bytes) -> type[JpegImageFile | PngImageFile | WebPImageFile] | None:
    if content.startswith(b"\xff\xd8\xff"):
        return JpegImageFile
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PngImageFile
    return WebPImageFile if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _scans(jpeg: bytes) -> int:
    """How often a decoder must pass over the picture: between its scans' markers stands nothing that looks like one."""
    found, at = 0, 2
    while 0 <= (at := jpeg.find(b"\xff", at)) < len(jpeg) - 3:
        marker = jpeg[at + 1]
        if marker == 0xD9:  # the end; what follows is no part of the picture
            break
        if marker == 0xFF:  # padding
            at += 1
        elif marker <= 0x01 or 0xD0 <= marker <= 0xD8:  # of no length: a stuffed byte, a restart
            at += 2
        else:
            found += marker == 0xDA
            at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


def _told_by_camera(image: Image.Image) -> tuple[dict[int, Any], dict[int, Any]]:
    """The tags of the picture, and those of its position. Broken ones tell nothing; the picture is none the worse."""
    try:
        found = image.getexif()
        return {**found, **found.get_ifd(_EXIF_IFD)}, dict(found.get_ifd(_GPS_IFD))
    except Exception:  # whatever hostile bytes make a parser raise
        return {}, {}


def _clean(image: Image.Image, orientation: int) -> Image.Image:
    """The pixels alone, upright, on a fresh canvas: Pillow carries an image's comments over to what is saved of it."""
    try:
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright = image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image
        pixels = upright.convert("RGBA")
    except Exception:  # cut short, broken, or too large for this machine
        raise NotAPhoto("unreadable") from None
    canvas = Image.new("RGB", pixels.size, "white")
    canvas.paste(pixels, mask=pixels.getchannel("A"))
    return canvas
