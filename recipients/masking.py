"""What of a person may be shown without a reason: enough to recognise somebody known, not enough to learn somebody."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from recipients.person import Person

HIDDEN = "*"

_VILLAGE = re.compile(r"^.*?(?:居委会|社区|村|屯|庄(?=[\d东西南北]|$))")
_TOWNSHIP = re.compile(r"^.*?(?:街道|镇|乡|苏木)")
_DISTRICT = re.compile(r"^.*?(?:自治县|新区|区|县|旗|市)")


def name(full: str) -> str:
    """王小明 → 王*. The number of characters hidden is not told either."""
    return (full.strip()[:1] or "") + HIDDEN


def id_number(full: str) -> str:
    """120101194001011234 → 1201**********1234; short numbers keep only the last two characters."""
    return _middle(full, front=4, back=4)


def phone(full: str) -> str:
    """13812341234 → 138****1234; landlines keep area code and the last two digits."""
    if "-" in full:
        code, _, number = full.partition("-")
        return f"{code}-{_middle(number, front=0, back=2)}"
    return _middle(full, front=3, back=4) if len(full) >= 11 else _middle(full, front=0, back=2)


def address(full: str) -> str:
    """Up to the village, never a house; where no village can be made out, up to the township or the district."""
    plain = full.strip()
    for level in (_VILLAGE, _TOWNSHIP, _DISTRICT):
        if found := level.match(plain):
            return found.group() + HIDDEN
    return HIDDEN


def bank_card(full: str) -> str:
    """Only the last four digits."""
    return _middle(full, front=0, back=4)


def text(full: str) -> str:
    """Free text, a diagnosis or remarks: that there is something, not what."""
    return HIDDEN * 3 if full.strip() else ""


def _middle(full: str, *, front: int, back: int) -> str:
    if len(full) < front + back + 4:  # too short to hide enough between the two ends
        front, back = 0, min(2, len(full) // 4)
    return full[:front] + HIDDEN * (len(full) - front - back) + full[len(full) - back :]


_MASKS: dict[str, Callable[[str], str]] = {
    **dict.fromkeys(("name", "guardian", "emergency", "keyholder", "caregiver", "curtain_watcher"), name),
    **dict.fromkeys(("phone", "guardian_phone", "emergency_phone", "keyholder_phone"), phone),
    **dict.fromkeys(("address", "hukou_address"), address),
    **dict.fromkeys(("diagnosis", "remarks", "id_to_confirm_reason"), text),
    "id_number": id_number,
    "bank_card": bank_card,
}
MASKED = frozenset(_MASKS) | {"born_on"}
"""The fields of a person that are shown in full only for a purpose."""


def person(full: Person) -> Person:
    """The person as they are shown without a reason. The birthday is left out: an age is enough."""
    shown: dict[str, Any] = {
        field: mask(value) for field, mask in _MASKS.items() if (value := getattr(full, field)) is not None
    }
    return replace(full, born_on=None, id_compared=None, **shown)
