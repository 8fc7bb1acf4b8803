"""What a picture may be, what its camera told, and where its parts belong. No metadata survives being made anew."""

import io
import os
import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from core import vault
from core.clock import LOCAL
from tests.photographing import HOME, gps, photo, saved_as
from visits.photos import exif
from visits.photos.picture import LONGEST_SIDE, NotAPhoto, Picture, made_anew
from visits.photos.sending import Announced, Reason, Sending, Status, announced_again, part_placed

# Pillow warns of what a camera wrote wrongly and goes on; so it does in production.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")

CANARY = b"CANARY-IN-THE-PICTURE"


def kept(content: bytes) -> Picture:
    return made_anew(content, zone=LOCAL)


def fault(content: bytes) -> str:
    with pytest.raises(NotAPhoto) as refused:
        kept(content)
    return refused.value.fault


def at_home(picture: Picture) -> bool:
    found = picture.place
    return found is not None and (found.latitude, found.longitude) == pytest.approx(HOME)


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.jpeg))
    image.load()
    return image


# What is left of a picture


def _segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def _canary_exif(where: str) -> Image.Exif:
    told = Image.Exif()
    text = f"{CANARY.decode()}-{where}"
    for tag in (0x010E, 0x010F, 0x0110, 0x0131, 0x013B, 0x8298):  # description, make, model, software, artist, rights
        told[tag] = text
    told[0x9C9C] = text.encode("utf-16-le")  # XPComment
    told[0x8769] = {0x927C: text.encode(), 0x9286: text.encode(), 0xA431: text, 0xA434: text}  # maker, user, body, lens
    told[0x8825] = gps(*HOME) | {27: text.encode(), 29: text}
    return told


def _jpeg_full_of_canaries() -> bytes:
    thumbnail = saved_as("JPEG", size=(160, 120), comment=CANARY + b"-thumbnail")
    plain = saved_as(
        "JPEG",
        exif=_canary_exif("exif"),
        icc_profile=b"\0" * 128 + CANARY + b"-icc",
        xmp=b"<x:xmpmeta>" + CANARY + b"-xmp</x:xmpmeta>",
        comment=CANARY + b"-comment",
    )
    more = b"".join(
        [
            _segment(0xE1, b"Exif\0\0" + CANARY + b"-second-exif" + thumbnail),
            _segment(0xE2, b"MPF\0" + CANARY + b"-mpf"),
            _segment(0xED, b"Photoshop 3.0\x008BIM" + CANARY + b"-iptc"),
            _segment(0xEE, b"Adobe-like" + CANARY + b"-adobe"),
            _segment(0xEF, CANARY + b"-app15"),
            _segment(0xFE, CANARY + b"-second-comment"),
        ]
    )
    tables = plain.index(b"\xff\xdb\x00\x43")  # what stands before them is beside the picture
    return plain[:tables] + more + plain[tables:] + CANARY + b"-after-the-end" + thumbnail


def _png_full_of_canaries() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", CANARY.decode() + "-text")
    told.add_text("Device", CANARY.decode() + "-compressed", zip=True)
    told.add_itxt("XML:com.adobe.xmp", CANARY.decode() + "-xmp")
    told.add(b"caNa", CANARY + b"-private-chunk", after_idat=True)
    content = saved_as("PNG", exif=_canary_exif("exif"), icc_profile=b"\0" * 128 + CANARY + b"-icc", pnginfo=told)
    return content + CANARY + b"-after-the-end"


def _webp_full_of_canaries() -> bytes:
    return saved_as(
        "WEBP",
        exif=_canary_exif("exif"),
        icc_profile=b"\0" * 128 + CANARY + b"-icc",
        xmp=b"<x:xmpmeta>" + CANARY + b"-xmp</x:xmpmeta>",
    )


@pytest.mark.parametrize("made", [_jpeg_full_of_canaries, _png_full_of_canaries, _webp_full_of_canaries])
def test_nothing_that_stood_beside_the_picture_is_left(made: Callable[[], bytes]) -> None:
    content = made()
    assert CANARY in content
    picture = kept(content)
    for spelt in (CANARY, CANARY.decode().encode("utf-16-le"), CANARY.decode().encode("utf-16-be"), CANARY[::-1]):
        assert spelt not in picture.jpeg
    assert at_home(picture)
    image = opened(picture)
    assert not image.getexif() and not {"exif", "icc_profile", "comment", "xmp", "photoshop", "mp"} & image.info.keys()
    assert _markers(picture.jpeg) <= {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
    assert picture.jpeg.startswith(b"\xff\xd8\xff\xe0\x00\x10JFIF") and picture.jpeg.endswith(b"\xff\xd9")


def _markers(jpeg: bytes) -> set[int]:
    found, at = set(), 2
    while jpeg[at + 1] != 0xDA:
        found.add(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found | {0xDA}


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))],
)
def test_a_picture_stands_upright_before_the_camera_is_forgotten(orientation: int, corner: tuple[int, int]) -> None:
    """The stored picture's white first corner is where the camera says it belongs."""
    image = Image.new("RGB", (64, 32), "black")
    image.paste("white", (0, 0, 16, 16))
    file, told = io.BytesIO(), Image.Exif()
    told[0x0112] = orientation
    image.save(file, "JPEG", exif=told, quality=95)
    picture = kept(file.getvalue())
    assert (picture.width, picture.height) == ((64, 32) if orientation < 5 else (32, 64))
    upright = opened(picture).convert("L")
    across, down = corner
    for x in (0, 1):
        for y in (0, 1):
            seen = upright.getpixel((x * (upright.width - 1), y * (upright.height - 1)))
            assert isinstance(seen, int) and (seen > 200) is ((x, y) == (across, down))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "becomes"), [((2000, 1500), (1600, 1200)), ((150, 2000), (120, 1600)), ((9, 7), (9, 7))]
)
def test_a_picture_is_made_small_and_keeps_its_shape(
    kind: str, size: tuple[int, int], becomes: tuple[int, int]
) -> None:
    picture = kept(saved_as(kind, size=size))
    assert (picture.width, picture.height) == becomes == opened(picture).size
    assert opened(picture).format == "JPEG" and max(becomes) <= LONGEST_SIDE


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
        *(("WEBP", mode) for mode in ("RGB", "RGBA")),
    ],
)
def test_colours_of_every_kind_are_taken(kind: str, mode: str) -> None:
    assert opened(kept(saved_as(kind, mode=mode))).mode == "RGB"


def test_what_can_be_seen_through_is_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(kept(file.getvalue())).getpixel((5, 5)) == (255, 255, 255)


# What is no photo


def _png_of(width: int, height: int) -> bytes:
    """A header that promises many pixels, and a few bytes of them."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def _jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose header promises more."""
    content = bytearray(saved_as("JPEG", size=(16, 16)))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def _scans_without_end() -> bytes:
    """A progressive JPEG whose last scan is told a thousand times more."""
    content = saved_as("JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + content[last:-2] * 1000 + b"\xff\xd9"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no_photo"),
        (b"x", "no_photo"),
        (b"MZ" + bytes(5000), "no_photo"),
        (b"%PDF-1.7\n" + bytes(500), "no_photo"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "no_photo"),
        (b"<!DOCTYPE html><html><body>hello</body></html>", "no_photo"),
        (b"\xff\xd8\xff\xe0<html><script>alert(1)</script></html>", "no_photo"),
        (b"\xff\xd8" + _segment(0xFE, b"*/<ScRiPt>alert(1)</script>") + photo()[2:], "no_photo"),
        (saved_as("GIF", mode="P"), "no_photo"),
        (saved_as("BMP"), "no_photo"),
        (saved_as("TIFF"), "no_photo"),
        (_png_of(50_000, 50_000), "too_many_pixels"),
        (_png_of(10_000, 10_000), "too_many_pixels"),
        (_png_of(5000, 5000), "too_many_pixels"),
        (_jpeg_of(50_000, 50_000), "too_many_pixels"),
        (_jpeg_of(8200, 6200), "too_many_pixels"),
        (_png_of(400, 400), "unreadable"),
        (photo()[:-400], "unreadable"),
        (saved_as("PNG")[:-200], "unreadable"),
        (saved_as("WEBP")[:-100], "unreadable"),
        (b"\xff\xd8\xff" + bytes(400), "unreadable"),
        (_scans_without_end(), "unreadable"),
    ],
)
def test_what_is_no_photo_is_refused_for_what_it_is(content: bytes, why: str) -> None:
    assert fault(content) in ({why} if why != "unreadable" else {"unreadable", "no_photo"})


def test_a_thousand_scans_are_refused_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    content = _scans_without_end()

    def decode(*_: Any) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(Image.Image, "thumbnail", decode)
    assert fault(content) == "unreadable"


def test_pixels_are_counted_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*_: Any) -> None:
        raise AssertionError("it was decoded")

    content = _jpeg_of(8200, 6200)
    monkeypatch.setattr(Image.Image, "load", decode)
    monkeypatch.setattr(Image.Image, "thumbnail", decode)
    assert fault(content) == "too_many_pixels"


def test_what_follows_the_picture_is_no_part_of_it() -> None:
    """A phone's moving photo carries a film behind its end, in which any bytes may stand."""
    film = b"\x00\x02" + b"\xff\xda\x00\x02" * 500
    assert kept(photo() + film).jpeg == kept(photo()).jpeg


def test_a_progressive_photo_of_an_ordinary_camera_is_taken() -> None:
    assert kept(saved_as("JPEG", size=(1800, 1350), progressive=True)).width == LONGEST_SIDE


@given(data=st.data())
def test_no_bytes_at_all_make_it_stumble(data: st.DataObject) -> None:
    """Whatever is changed in a picture: it is kept, or refused as no photo; nothing else ever comes out."""
    content = bytearray(data.draw(st.sampled_from(_SEEDS)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    try:
        picture = kept(bytes(content))
    except NotAPhoto:
        return
    assert opened(picture).size == (picture.width, picture.height)


_SEEDS = [
    photo(at=HOME, taken="2026:03:02 10:00:00", size=(32, 24)),
    saved_as("JPEG", size=(32, 24), progressive=True),
    saved_as("PNG", size=(32, 24), exif=_canary_exif("x")),
    saved_as("PNG", size=(32, 24), mode="P"),
    saved_as("WEBP", size=(32, 24), exif=_canary_exif("x")),
]


@given(st.binary(max_size=300))
def test_noise_behind_the_marks_of_a_picture_is_refused(noise: bytes) -> None:
    for mark in (b"\xff\xd8\xff\xe1", b"\x89PNG\r\n\x1a\n", b"RIFF\xff\x00\x00\x00WEBP"):
        assert fault(mark + noise) in {"no_photo", "unreadable", "too_many_pixels"}


def test_a_camera_that_writes_nonsense_makes_a_photo_none_the_worse() -> None:
    broken = photo()[:2] + _segment(0xE1, b"Exif\0\0MM\0*" + os.urandom(60)) + photo()[2:]
    picture = kept(broken)
    assert (picture.place, picture.taken_at) == (None, None)


# What the camera told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (gps(39.5, 117.25), (39.5, 117.25)),
        (gps(-33.75, -70.5), (-33.75, -70.5)),
        ({**gps(39.5, 117.25), 1: b"N\0", 3: "E\0"}, (39.5, 117.25)),
        ({**gps(39.5, 117.25), 1: "?"}, None),
        ({key: value for key, value in gps(39.5, 117.25).items() if key != 3}, None),
        ({**gps(39.5, 117.25), 2: (91.0, 0.0, 0.0)}, None),
        ({**gps(39.5, 117.25), 4: (180.0, 0.0, 1.0)}, None),
        ({**gps(39.5, 117.25), 2: (-39.0, 0.0, 0.0)}, None),
        ({**gps(39.5, 117.25), 2: (float("nan"), 0.0, 0.0)}, None),
        ({**gps(39.5, 117.25), 2: (float("inf"), 0.0, 0.0)}, None),
        ({**gps(39.5, 117.25), 2: 39.5}, None),
        ({**gps(39.5, 117.25), 2: (39.5,)}, None),
        ({**gps(39.5, 117.25), 2: ("a", "b", "c")}, None),
        (gps(0.0, 0.0), None),
        ({}, None),
    ],
)
def test_a_position_is_read_where_it_can_be_true(said: dict[int, Any], told: tuple[float, float] | None) -> None:
    found = exif.place(said)
    assert (found and (found.latitude, found.longitude)) == told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({0x9003: "2026:03:02 10:00:00"}, datetime(2026, 3, 2, 2, tzinfo=UTC)),
        ({0x9003: b"2026:03:02 10:00:00\0"}, datetime(2026, 3, 2, 2, tzinfo=UTC)),
        ({0x9003: "2026:03:02 10:00:00", 0x9011: "+09:00"}, datetime(2026, 3, 2, 1, tzinfo=UTC)),
        ({0x9003: "2026:03:02 10:00:00", 0x9011: "there"}, datetime(2026, 3, 2, 2, tzinfo=UTC)),
        ({0x9003: "0000:00:00 00:00:00"}, None),
        ({0x9003: "0001:01:01 00:00:00"}, None),
        ({0x9003: "9999:12:31 23:59:59"}, None),
        ({0x9003: 20260302}, None),
        ({}, None),
    ],
)
def test_the_time_is_that_of_the_people_unless_the_camera_names_a_zone(
    said: dict[int, Any], told: datetime | None
) -> None:
    assert exif.taken_at(said, zone=LOCAL) == told


def test_a_photo_brings_its_position_and_time() -> None:
    picture = kept(photo(at=HOME, taken="2026:03:02 10:00:00"))
    assert at_home(picture)
    assert picture.taken_at == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert (kept(photo()).place, kept(photo()).taken_at) == (None, None)


# Where parts belong


def sending(*, received: int = 0, status: Status = "partial", reason: Reason | None = None) -> Sending:
    return Sending(
        id=UUID(int=1),
        area_id=1,
        subject_kind="visit_report",
        subject_id=UUID(int=2),
        size=100,
        sha256=b"a" * 32,
        received=received,
        status=status,
        reason=reason,
    )


def said(**changes: Any) -> Announced:
    known = {"subject_kind": "visit_report", "subject_id": UUID(int=2), "about_id": UUID(int=3), "size": 100}
    return Announced(**{**known, "sha256": b"a" * 32, **changes})


@pytest.mark.parametrize(
    ("received", "offset", "length", "placed"),
    [
        (0, 0, 100, "next"),
        (0, 0, 1, "next"),
        (40, 40, 60, "next"),
        (40, 39, 10, "misplaced"),
        (40, 41, 10, "misplaced"),
        (40, 0, 40, "misplaced"),
        (40, 40, 61, "too_long"),
        (0, 0, 101, "too_long"),
        (100, 40, 60, "known"),
        (100, 100, 0, "known"),
    ],
)
def test_a_part_goes_on_where_the_photo_stands(received: int, offset: int, length: int, placed: str) -> None:
    assert part_placed(sending(received=received), offset=offset, length=length) == placed


@pytest.mark.parametrize(
    ("known", "new", "is_"),
    [
        (sending(), said(), "same"),
        (sending(), said(taken_at=datetime.now(UTC) - timedelta(days=1)), "same"),
        (sending(), said(size=101), "other"),
        (sending(), said(sha256=b"b" * 32), "other"),
        (sending(received=100, status="stored"), said(), "same"),
        (sending(received=100, status="stored"), said(subject_id=UUID(int=9)), "other"),
        (sending(received=100, status="refused", reason="wrong_sum"), said(), "anew"),
        (sending(received=100, status="refused", reason="no_photo"), said(), "same"),
        (sending(received=100, status="refused", reason="no_photo"), said(sha256=b"b" * 32), "anew"),
    ],
)
def test_what_was_damaged_on_its_way_is_sent_anew_and_what_is_kept_takes_no_other(
    known: Sending, new: Announced, is_: str
) -> None:
    assert announced_again(known, new) == is_


# The vault


def test_sealed_bytes_open_only_where_they_were_sealed() -> None:
    sealed = vault.seal_bytes(b"\xff\xd8\x00", "attachment.picture:1")
    assert vault.open_bytes(sealed, "attachment.picture:1") == b"\xff\xd8\x00"
    assert b"\xff\xd8\x00" not in sealed
    with pytest.raises(vault.CannotOpen):
        vault.open_bytes(sealed, "attachment.picture:2")
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, "attachment.picture:1")
