"""What a notice says outside the system: grave things first, where, and by when; never who it is about."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from accounts.policy_words import SEVERITY_NAMES, Severity
from alerts.kinds import GRAVEST_FIRST, KINDS, name_of
from alerts.notices import Bundle, Owed
from core.clock import LOCAL

_LISTED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message. `key` stays the same however often it is sent: a provider may drop the second one it sees."""

    key: str
    title: str
    lines: tuple[str, ...]
    link: str
    severity: str
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Where one person is reached on one channel. Never logged, never stored in clear."""

    address: str
    secret: str | None

    def __repr__(self) -> str:
        return "Address(…)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What the provider said. `error` None: it took the message. Taken is not read: only a person's act ends a rung."""

    reference: str | None = None
    error: str | None = None


class Sender(Protocol):
    """One channel. Whatever the provider does not clearly accept is an error, told without secrets."""

    async def send(self, message: Message, to: Address) -> Receipt: ...


def render(bundle: Bundle, *, public_url: str) -> Message:
    """The message of a bundle. It may lie open on a phone's lock screen: no name, number, address or finding."""
    notices = bundle.notices
    first = notices[0]
    single = len(notices) == 1
    return Message(
        key=str(bundle.id),
        title=_title(first) if single else f"【{_severity(first)}】共 {len(notices)} 条提醒待处理",
        lines=_about_one(first) if single else _about_many(notices),
        link=f"{public_url}/alerts/{first.alert_id}" if single and first.alert_id else f"{public_url}/alerts",
        severity=first.severity,
        count=len(notices),
    )


def short(alert_id: UUID) -> str:
    """The end of an id, for people to name an alert by: the beginning is the time and the same for many."""
    return str(alert_id)[-8:]


def clock_time(moment: datetime) -> str:
    """Local day and minute as people write them: 3月2日 14:05."""
    local = moment.astimezone(LOCAL)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _severity(notice: Owed) -> str:
    return SEVERITY_NAMES[Severity(notice.severity)]


def _title(notice: Owed) -> str:
    place = f" · {notice.area}" if notice.area else ""
    return f"【{_severity(notice)}】{name_of(notice.kind)}{place}"


def _about_one(notice: Owed) -> tuple[str, ...]:
    lines = [KINDS[notice.kind].asks] if notice.kind in KINDS else []
    if notice.alert_id:
        lines.append(f"预警编号 {short(notice.alert_id)}")
    if notice.next_at:
        lines.append(f"请于 {clock_time(notice.next_at)} 前签收或处理，逾期将继续升级提醒。")
    return (*lines, *_own_lines(notice)) or ("请登录系统查看。",)


def _own_lines(notice: Owed) -> tuple[str, ...]:
    lines = notice.facts.get("lines", ())
    return tuple(str(line) for line in lines) if isinstance(lines, list) else ()


def _about_many(notices: tuple[Owed, ...]) -> tuple[str, ...]:
    counts = Counter(notice.severity for notice in notices)
    summary = " · ".join(
        f"{SEVERITY_NAMES[Severity(severity)]} {counts[severity]}" for severity in GRAVEST_FIRST if counts[severity]
    )
    listed = [_title(notice) + (f" · {short(notice.alert_id)}" if notice.alert_id else "") for notice in notices]
    rest = [f"其余 {len(notices) - _LISTED} 条请登录系统查看。"] if len(notices) > _LISTED else []
    return (summary, *listed[:_LISTED], *rest)
