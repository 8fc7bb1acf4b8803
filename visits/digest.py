"""The daily digest: what a township or district looks like this morning, in counts, and said in Chinese lines."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

from accounts.lengths import Length
from accounts.policy_words import SEVERITY_NAMES, Severity
from core.clock import LOCAL, local_day

SENT_FROM = time(8)
"""Local time from which the day's digest is owed, on every day of the year."""

SENT_EMPTY = "今日无异常。"


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """One area's morning. People count people, never who looks after them.

    `supported`: dispersed, alive and eligible. `not_seen`: of these, met by nobody within their interval and not away
    by a confirmed absence. `missed` and `not_known` are visits whose alert nobody has settled, `alerts` the unresolved
    ones by severity, `gaps` duties nobody holds now or within the days the policy looks ahead, `phones_silent` staff
    whose every phone has been silent for longer than the policy allows.
    """

    supported: int = 0
    not_seen: int = 0
    due_today: int = 0
    missed: int = 0
    not_known: int = 0
    alerts: Mapping[str, int] = field(default_factory=dict)
    unacknowledged: int = 0
    gaps: int = 0
    phones_silent: int = 0
    quarantined: int = 0

    @property
    def quiet(self) -> bool:
        """Nothing here asks for anybody. People under support and visits still to make are an ordinary day."""
        concerns = (self.not_seen, self.missed, self.not_known, *self.alerts.values(), self.gaps)
        return not any((*concerns, self.phones_silent, self.quarantined))


def owed(now: datetime) -> date | None:
    """The local day whose digest is owed by now; None before its hour."""
    local = now.astimezone(LOCAL)
    return local.date() if local.time() >= SENT_FROM else None


def occurrence(day: date, area_id: int) -> str:
    return f"digest:{day.isoformat()}:{area_id}"


def seen_since(every: Length, *, now: datetime) -> datetime:
    """Whoever was met at this moment or later was met within their interval. Intervals of days end with a day."""
    if every.delta < Length.of("1d").delta:
        return now - every.delta
    return datetime.combine(local_day(now), time(), LOCAL).astimezone(now.tzinfo) - every.delta


def facts(counts: Counts, *, day: date) -> dict[str, Any]:
    """What the notice carries."""
    return {"day": day.isoformat(), "counts": asdict(counts), "lines": lines(counts)}


def lines(counts: Counts) -> list[str]:
    """The digest as people read it, concerns first; never without a line."""
    ordinary = f"分散供养 {counts.supported} 人，今日到期探访 {counts.due_today} 次。"
    if counts.quiet:
        return [SENT_EMPTY, ordinary]
    said = (
        (counts.not_seen, f"超过探访间隔未见到：{counts.not_seen} 人。"),
        (counts.missed, f"逾期未走访：{counts.missed} 次。"),
        (counts.not_known, f"未收到走访记录：{counts.not_known} 次。"),
        (sum(counts.alerts.values()), _alerts(counts)),
        (counts.gaps, f"值守空缺(现有和即将出现):{counts.gaps} 处。"),
        (counts.phones_silent, f"手机长时间未联网：{counts.phones_silent} 人。"),
        (counts.quarantined, f"系统无法自动处理的记录：{counts.quarantined} 条，须人工跟进。"),
    )
    return [line for count, line in said if count] + [ordinary]


def _alerts(counts: Counts) -> str:
    by_severity = " · ".join(
        f"{SEVERITY_NAMES[severity]} {counts.alerts[severity]}" for severity in Severity if counts.alerts.get(severity)
    )
    return f"未解除预警：{by_severity}；其中未签收 {counts.unacknowledged} 条。"
