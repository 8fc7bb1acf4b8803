"""The whole timetable on one screen: each job, how often it runs, and how long it may be silent.

Every job is level-triggered: it asks the database what is due and not done, so a round that never ran is made up
by the next one, and two at once share the rows between them.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from workers import (
    absences,
    assessments,
    auditor,
    campaigns,
    canary,
    checks,
    climb,
    cover,
    decisions,
    deliver,
    digest,
    gaps,
    grades,
    layout,
    orders,
    phones,
    purge,
    risk,
    samples,
    seals,
    sensors,
    suspicions,
    sweep,
    windows,
)

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job. `every` divides a minute or an hour evenly; `run(now)` answers with what it counted."""

    name: str
    title: str
    every: timedelta
    run: Callable[[datetime], Awaitable[Mapping[str, int]]]

    @property
    def silent_for(self) -> timedelta:
        """How long workers may be silent before the watchdog does the work: two intervals, at least 15 seconds."""
        return max(2 * self.every, 15 * _SECOND)


TIMETABLE = (
    Job(name="sweep", title="逾期巡查", every=5 * _SECOND, run=sweep.run),  # missed visits
    Job(name="climb", title="预警升级", every=5 * _SECOND, run=climb.run),  # rungs of every open alert
    Job(name="deliver", title="消息发送", every=5 * _SECOND, run=deliver.run),  # notices owed
    Job(name="cover", title="照料落实", every=5 * _SECOND, run=cover.run),  # people without anybody to care for them
    Job(name="orders", title="整改督办", every=5 * _SECOND, run=orders.run),  # deadlines, looks at the door, failures
    Job(name="suspicions", title="涉密事项", every=5 * _SECOND, run=suspicions.run),  # suspected abuse
    Job(name="checks", title="窗灯查看", every=5 * _SECOND, run=checks.run),  # curtain and lamp, window by window
    Job(name="windows", title="窗灯排期", every=10 * _SECOND, run=windows.run),  # the windows of today and tomorrow
    Job(name="sensors", title="感应设备", every=10 * _SECOND, run=sensors.run),  # witnesses of a window, silent devices
    Job(name="phones", title="手机联络", every=_MINUTE, run=phones.run),  # phones that fell silent with tasks on them
    Job(name="decisions", title="撤换督办", every=_MINUTE, run=decisions.run),  # cases undecided, handovers overdue
    Job(name="assessments", title="考核督办", every=_MINUTE, run=assessments.run),  # due, late, objected to, final
    Job(name="layout", title="探访排期", every=10 * _SECOND, run=layout.run),  # plans and the visits ahead
    Job(name="campaigns", title="专项走访", every=10 * _SECOND, run=campaigns.run),  # one-off visits over a filter
    Job(name="grades", title="证据定级", every=10 * _SECOND, run=grades.run),  # how well each report is evidenced
    Job(name="samples", title="回访抽查", every=_MINUTE, run=samples.run),  # last month's share, call-backs overdue
    Job(name="absences", title="外出到期", every=_MINUTE, run=absences.run),  # absences that have ended
    Job(name="auditor", title="人员核对", every=_MINUTE, run=auditor.run),  # people, not slots
    Job(name="canary", title="系统自检", every=10 * _MINUTE, run=canary.run),  # a synthetic missed visit, all the way
    Job(name="seals", title="日志封存", every=_MINUTE, run=seals.run),  # the chain over the journal, its head told
    Job(name="gaps", title="值守空缺", every=_HOUR, run=gaps.run),  # rosters that will be empty
    Job(name="risk", title="风险重评", every=_HOUR, run=risk.run),  # people who grew older, policies that changed
    Job(name="purge", title="到期清除", every=_HOUR, run=purge.run),  # what is not kept for ever
    Job(name="digest", title="每日摘要", every=10 * _MINUTE, run=digest.run),  # once a day, also when nothing happened
)
