"""What becomes of a window: who saw what, and what it says of the person behind the curtain.

A curtain or a lamp says something only by changing: unchanged twice running is an anomaly. "Seems fine" may be false,
so what is quiet outweighs it; what nobody saw is nobody's fault and somebody's task.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from recipients.absence import Absence, silences

Seen = Literal["changed", "unchanged", "closed", "dark", "unseen", "active", "quiet"]
Source = Literal["watcher", "staff", "sensor"]
Status = Literal["expected", "changed", "unchanged", "anomaly", "not_observed", "suppressed", "ended"]
Word = Literal["changed", "unchanged", "closed", "dark", "unseen"]

WORDS: frozenset[str] = frozenset(get_args(Word))
"""What people can say; the other two are said by sensors."""

SEEN_NAMES: Mapping[str, str] = {
    "changed": "有变化，正常",
    "unchanged": "与上次一样，没有变化",
    "closed": "窗帘没拉开",
    "dark": "灯没亮",
    "unseen": "没能看",
    "active": "感应设备有活动",
    "quiet": "感应设备无活动",
}
STATUS_NAMES: Mapping[str, str] = {
    "expected": "待查看",
    "changed": "正常",
    "unchanged": "没有变化",
    "anomaly": "异常",
    "not_observed": "无人查看",
    "suppressed": "外出，不查看",
    "ended": "已停止",
}

SENSOR_WAITED_FOR = timedelta(minutes=2)
"""How long after the cut-off a window waits for the home's sensors; nobody's decision but the job's own rhythm."""

_STAYS: frozenset[Status] = frozenset({"anomaly", "suppressed", "ended"})
_ALARMING: Mapping[str, str] = {"closed": "curtain_closed", "dark": "lamp_dark"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """What somebody or something saw. `made_at` is when, by the server's reckoning."""

    seen: Seen
    source: Source
    made_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One window of one household, and what is known around it.

    `observed`: in the order it was logged. `before`: what the last decided window before it became, whatever lay
    between. `sensed`: a live sensor hangs there. `left`: why nobody looks any more. `seen_later`: the last moment
    somebody met the person, or a later window changed.
    """

    opens_at: datetime
    closes_at: datetime
    status: Status = "expected"
    observed: Sequence[Observed] = ()
    absences: Collection[Absence] = ()
    before: Status | None = None
    sensed: bool = False
    left: str | None = None
    seen_later: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a window becomes. `since`: whoever sees the person after this moment has answered it. `tells`: somebody must
    be told. `answers`: the alert that nobody had looked is over."""

    status: Status
    why: str
    seen: Seen | None = None
    seen_at: datetime | None = None
    since: datetime | None = None
    tells: bool = False
    answers: bool = False


def judge(check: Check, *, now: datetime) -> Verdict | None:
    """What the window becomes now; None: it stays what it is.

    Asked when something new was seen and when the window is over. An anomaly once raised stays one, and what was
    suppressed or ended stays so; all else may still become what a later word makes of it.
    """
    if check.status in _STAYS:
        return None
    if check.left:
        return Verdict(status="ended", why=check.left) if check.status == "expected" else None
    alarm = _alarm(check)
    if alarm is not None:
        return _told(check, alarm)
    found = _plain(check, now) or _at_the_end(check, now)
    return found if found is not None and found.status != check.status else None


def _alarm(check: Check) -> Verdict | None:
    """What must be told at once, if anything: the last word of a person, or a home that is quiet."""
    word, quiet = _last_word(check), _quiet(check)
    if word is not None and word.seen in _ALARMING:
        return _anomaly(word, _ALARMING[word.seen])
    if word is not None and word.seen == "unchanged" and check.before in ("unchanged", "anomaly"):
        return _anomaly(word, "unchanged_twice")
    return _anomaly(quiet, "quiet_though_seen" if word else "quiet") if quiet else None


def _anomaly(seen: Observed, why: str) -> Verdict:
    return Verdict(status="anomaly", why=why, seen=seen.seen, seen_at=seen.made_at, since=seen.made_at)


def _plain(check: Check, now: datetime) -> Verdict | None:
    """What a person saw and nothing outweighs. While a sensor has not spoken yet, a word is not the last one."""
    word = _last_word(check)
    if word is None or _waits_for_sensor(check, now):
        return None
    status: Status = "changed" if word.seen == "changed" else "unchanged"
    return Verdict(
        status=status,
        why="seen" if check.status != "not_observed" else "seen_late",
        seen=word.seen,
        seen_at=word.made_at,
        answers=check.status == "not_observed" and word.seen == "changed",
    )


def _at_the_end(check: Check, now: datetime) -> Verdict | None:
    """What the cut-off makes of a window no person spoke of."""
    if now < check.closes_at or _last_word(check) is not None:
        return None
    active = next((one for one in check.observed if one.seen == "active"), None)
    if active is not None:
        late = check.status == "not_observed"
        return Verdict(
            status="changed", why="sensed", seen="active", seen_at=active.made_at, since=active.made_at, answers=late
        )
    if check.status != "expected":
        return None
    if _away(check):
        return Verdict(status="suppressed", why="absent")
    if _waits_for_sensor(check, now):
        return None
    return _told(check, Verdict(status="not_observed", why="nobody_looked", since=check.opens_at))


def _told(check: Check, verdict: Verdict) -> Verdict:
    """Somebody is told, unless the person has been seen since: an alarm for the past helps nobody."""
    assert verdict.since is not None
    seen_since = check.seen_later is not None and check.seen_later > verdict.since
    return Verdict(
        status=verdict.status,
        why=verdict.why,
        seen=verdict.seen,
        seen_at=verdict.seen_at,
        since=verdict.since,
        tells=not seen_since,
        answers=check.status == "not_observed",
    )


def _last_word(check: Check) -> Observed | None:
    """The last thing a person said of this window. A bad word about somebody who is away says nothing of them."""
    last = None
    for one in check.observed:
        said = one.source != "sensor" and one.seen != "unseen" and check.opens_at <= one.made_at < check.closes_at
        counts = said and (one.seen == "changed" or not _silenced(check, one.made_at))
        if counts and (last is None or one.made_at >= last.made_at):
            last = one
    return last


def _quiet(check: Check) -> Observed | None:
    """The word of a quiet home. Where anything moved, or the person is away, it is none."""
    words = [one for one in check.observed if one.source == "sensor"]
    if any(one.seen == "active" for one in words) or _away(check):
        return None
    return next((one for one in words if one.seen == "quiet"), None)


def _waits_for_sensor(check: Check, now: datetime) -> bool:
    spoken = any(one.source == "sensor" for one in check.observed)
    return check.sensed and not spoken and now < check.closes_at + SENSOR_WAITED_FOR


def _away(check: Check) -> bool:
    """Whether confirmed absences cover the window: one that is in force at its end, and from its beginning on."""
    began = any(
        one.confirmed_at is not None
        and one.confirmed_at < check.closes_at
        and one.starts_at <= check.opens_at < one.over_at
        for one in check.absences
    )
    return began and _silenced(check, check.closes_at)


def _silenced(check: Check, at: datetime) -> bool:
    return any(silences(one, at) for one in check.absences)
