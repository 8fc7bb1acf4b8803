"""How a photo is sent: announced, then part after part from where it stands, and what is answered to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

BIGGEST = 5 * 1024 * 1024
"""Bytes of a photo as it is sent."""
BIGGEST_PART = 256 * 1024
MOST = 20
"""Photos one person sends for one report, hazard, answer, verification or step."""

Kind = Literal["visit_report", "hazard", "order_answer", "verification", "emergency_step"]
Status = Literal["partial", "stored", "refused"]
Reason = Literal["wrong_sum", "no_photo", "too_many_pixels", "unreadable"]

STATUS_NAMES: Mapping[Status, str] = {"partial": "传送中", "stored": "已保存", "refused": "未接受"}
REASON_NAMES: Mapping[Reason, str] = {
    "wrong_sum": "照片在传送中损坏。请从头重新发送。",
    "no_photo": "这不是照片。请发送 JPEG、PNG 或 WebP 格式的照片。",
    "too_many_pixels": "照片尺寸过大。请调低相机分辨率后重拍，或压缩后再发送。",
    "unreadable": "照片不完整或已损坏，无法打开。请重新拍摄后发送。",
}
"""Why a whole photo is not kept, and what to do. The report it belongs to stands all the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Announced:
    """What a phone says of a photo before it sends any of it. `about_id`: where the subject belongs, known already."""

    subject_kind: Kind
    subject_id: UUID
    about_id: UUID
    size: int
    sha256: bytes
    taken_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """A photo as far as it has arrived: `received` bytes from its beginning, without a hole."""

    id: UUID
    area_id: int
    subject_kind: Kind
    subject_id: UUID
    size: int
    sha256: bytes
    received: int
    status: Status
    reason: Reason | None = None
    taken_at: datetime | None = None

    @property
    def whole(self) -> bool:
        return self.received == self.size

    @property
    def to_be_judged(self) -> bool:
        return self.whole and self.status == "partial"


def announced_again(known: Sending, new: Announced) -> Literal["same", "anew", "other"]:
    """What a second announcement under one id is.

    A photo damaged on its way is sent anew from its beginning. What was refused for what it is stays refused, until
    other bytes are announced. What is under way or kept takes no others.
    """
    same = (known.subject_kind, known.subject_id, known.size, known.sha256) == (
        new.subject_kind,
        new.subject_id,
        new.size,
        new.sha256,
    )
    if known.status == "refused":
        return "anew" if not same or known.reason == "wrong_sum" else "same"
    return "same" if same else "other"


def part_placed(known: Sending, *, offset: int, length: int) -> Literal["next", "known", "misplaced", "too_long"]:
    """Where a part of `length` bytes at `offset` belongs. Of a whole photo every part is known: an answer was lost."""
    if known.whole:
        return "known"
    if offset != known.received:
        return "misplaced"
    return "next" if known.received + length <= known.size else "too_long"
