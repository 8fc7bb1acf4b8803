"""Roster gaps seen coming: when each is recorded, who stands above it, and what they are told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time

from accounts.duty import DUTY_NAMES, Duty, Gap
from alerts.messages import clock_time
from core.clock import LOCAL, local_day

LISTED = 20

ABOVE: Mapping[Duty, tuple[tuple[Duty, ...], ...]] = {
    Duty.VILLAGE: ((Duty.TOWNSHIP_SPECIALIST, Duty.TOWNSHIP_LEADER), (Duty.DISTRICT,)),
    Duty.TOWNSHIP_SPECIALIST: ((Duty.TOWNSHIP_LEADER, Duty.DISTRICT),),
    Duty.TOWNSHIP_LEADER: ((Duty.DISTRICT,),),
    Duty.DISTRICT: (),
}
"""Who is told of a gap: the first of these groups in which anybody answers; after the last, the administrators."""


def recorded_from(gap: Gap, *, now: datetime) -> datetime:
    """The moment a gap is recorded under: its own while it is ahead, the local day's beginning once it is there.

    So one that is coming is told once, and one that is there once a day.
    """
    if gap.starts_at > now:
        return gap.starts_at
    return datetime.combine(local_day(now), time(), LOCAL).astimezone(now.tzinfo)


def lines(gaps: Sequence[Gap], names: Mapping[int, str], *, now: datetime) -> list[str]:
    """What to tell of these gaps, soonest first: places, duties and times, and nobody's name."""
    ordered = sorted(gaps, key=lambda gap: (gap.starts_at, -list(Duty).index(gap.duty), names[gap.area_id]))
    told = [_line(gap, names[gap.area_id], now) for gap in ordered[:LISTED]]
    rest = [f"其余 {len(ordered) - LISTED} 处请登录系统查看。"] if len(ordered) > LISTED else []
    return [*told, *rest, "请安排值守人员或代班人。"]


def _line(gap: Gap, name: str, now: datetime) -> str:
    begins = "现在起" if gap.starts_at <= now else f"{clock_time(gap.starts_at)} 起"
    ends = f"至 {clock_time(gap.ends_at)}" if gap.ends_at else "尚无人接替"
    return f"{name} {DUTY_NAMES[gap.duty]}：{begins}无人值守，{ends}。"
