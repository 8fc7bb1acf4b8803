"""Attendance (到户记录): a caregiver's own word, believed unless the time cannot be true. No position, no photo."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from caregivers.assessment.periods import spoken
from caregivers.assessment.refusals import AttendanceEmpty, MadeAtImpossible, NotInForceThen, ServiceNotPromised
from caregivers.assessment.responsible import InForce, midnight
from core.clock import LOCAL

CLOCK_MAY_BE_AHEAD = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attendance:
    """What a caregiver says: there at `made_at`, did these things. Services are words of the agreement, each once."""

    made_at: datetime
    services: tuple[str, ...]
    note: str = ""
    on_paper_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """An agreement, as far as logging attendance for it goes."""

    in_force: InForce
    services: frozenset[str]
    suspended_at: datetime | None = None


def admit(said: Attendance, duty: Duty, *, now: datetime) -> None:
    """Refuse what was not promised, cannot have happened, or fell outside the agreement."""
    if not said.services and not said.note.strip():
        raise AttendanceEmpty(field="/services")
    for number, service in enumerate(said.services):
        if service not in duty.services:
            raise ServiceNotPromised(field=f"/services/{number}")
    if said.made_at > now + CLOCK_MAY_BE_AHEAD:
        raise MadeAtImpossible("到户时间晚于现在。请检查手机时间，改正后重新提交。", field="/made_at")
    first, last = duty.in_force.first, duty.in_force.last
    if said.made_at < midnight(first):
        begins = f"协议自{spoken(first)}起生效"
        raise MadeAtImpossible(f"到户时间早于协议。{begins}，请检查手机时间，改正后重新提交。", field="/made_at")
    if said.made_at.astimezone(LOCAL).date() > last:
        raise NotInForceThen(f"协议已于{spoken(last)}结束，之后的到户不再记录。时间填错的，请改正。", field="/made_at")
    if duty.suspended_at is not None and said.made_at >= duty.suspended_at:
        raise NotInForceThen("协议当时已暂停，由他人临时照料。时间填错的，请改正后重新提交。", field="/made_at")


def is_late(made_at: datetime, *, marked_after: timedelta, now: datetime) -> bool:
    return now - made_at > marked_after


def fingerprint(agreement_id: UUID, said: Attendance) -> bytes:
    """SHA-256 of what is said of which agreement, whatever order the services were ticked in."""
    plain = [
        agreement_id.hex,
        said.made_at.astimezone(UTC).isoformat(),
        sorted(said.services),
        said.note,
        said.on_paper_by,
    ]
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False).encode()).digest()


def told(*, late: bool) -> str:
    """What whoever logged it reads."""
    return "已记录，按补录登记。" if late else "已记录。"
