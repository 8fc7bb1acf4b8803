"""The fast ladder: look, call, knock, second person or keyholder, police or ambulance, entered; by when each.

The clock starts when the alert opens. A step that failed early brings the next one forward; one that failed late, or
that nobody recorded, never puts it off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from accounts.policy_rows import Curtain

Step = Literal["look", "call", "knock", "second_person", "keyholder", "police", "ambulance", "entered"]
Result = Literal["safe", "no_answer", "needs_help", "on_the_way", "done"]

EMERGENCIES = frozenset({"daily_anomaly", "daily_not_observed", "door_unanswered"})
"""Kinds of alert this ladder is for."""

STEP_NAMES: Mapping[Step, str] = {
    "look": "到屋外查看",
    "call": "打电话",
    "knock": "敲门",
    "second_person": "第二人到场",
    "keyholder": "持钥匙人到场",
    "police": "拨打110",
    "ambulance": "拨打120",
    "entered": "入户",
}
RESULT_NAMES: Mapping[Result, str] = {
    "safe": "本人平安",
    "no_answer": "无人应答",
    "needs_help": "需要救助",
    "on_the_way": "正在赶来",
    "done": "已办，未见异常也未见到本人",
}

_FIRST: tuple[Step, ...] = ("look", "call", "knock")
_SECOND: tuple[Step, ...] = ("second_person", "keyholder")
_CALLED_OUT: tuple[Step, ...] = ("police", "ambulance")
_INSIDE = frozenset({"keyholder", "police", "ambulance", "entered"})
_TRIED = frozenset({"no_answer", "done"})
_CLOCKS_APART = timedelta(minutes=5)
_BEFORE_THE_ALERT = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Minutes:
    """How long each stage has: the first person, then the second, then whoever is called out."""

    first_check: timedelta
    second_person: timedelta
    emergency: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A step somebody took. `made_at` is the phone's claim; it never counts for later than it was told."""

    step: Step
    result: Result
    made_at: datetime
    logged_at: datetime
    by: UUID

    @property
    def at(self) -> datetime:
        return min(self.made_at, self.logged_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What the register says of opening this door: a keyholder on record, and consent to enter in an emergency."""

    keyholder: bool = False
    consent: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """What is to be done next, the first of it first, and by when. No steps: the person was seen, or all is done."""

    steps: tuple[Step, ...] = ()
    by: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        return bool(self.steps) and self.by is not None and now > self.by


def minutes(terms: Curtain) -> Minutes:
    """A working day counts as a day of the clock: nobody waits for an office here."""
    first, second, third = (
        timedelta(seconds=one.rough_seconds) for one in (terms.first_check, terms.second_person, terms.emergency)
    )
    return Minutes(first_check=first, second_person=second, emergency=third)


def sees(step: Step, result: Result) -> bool:
    """Whether this is somebody's word that they saw the person safe. A voice on the telephone was not seen."""
    return result == "safe" and step != "call"


def coming(taken: Sequence[Taken], *, opened_at: datetime, minutes: Minutes, entry: Entry, now: datetime) -> Coming:
    """What comes next after these steps."""
    decisive = [one for one in taken if sees(one.step, one.result) or one.result == "needs_help"]
    last = max(decisive, key=lambda one: one.logged_at, default=None)
    if last is not None:
        return Coming() if last.result == "safe" else _help(taken, last)
    if any(one.step == "call" and one.result == "safe" for one in taken):
        return Coming(steps=("knock",))  # heard: now somebody goes and sees
    return _unheard(taken, opened_at=opened_at, minutes=minutes, entry=entry, now=now)


def _help(taken: Sequence[Taken], need: Taken) -> Coming:
    """Somebody needs help: an ambulance at once, and the police too where the door is not open."""
    asked: tuple[Step, ...] = ("ambulance",) if need.step in _INSIDE else ("ambulance", "police")
    missing = tuple(step for step in asked if step not in _called(taken))
    if missing:
        return Coming(steps=missing, by=need.at)
    inside = need.step in _INSIDE or any(one.step == "entered" for one in taken)
    return Coming() if inside else Coming(steps=("entered",))


def _unheard(taken: Sequence[Taken], *, opened_at: datetime, minutes: Minutes, entry: Entry, now: datetime) -> Coming:
    """Nobody has been seen or heard: as far on as the steps are, or the clock, whichever is further."""
    tried = {one.step: one.at for one in sorted(taken, key=lambda one: one.at) if one.result in _TRIED}
    first = tuple(step for step in _FIRST if step not in tried and not (step == "look" and "knock" in tried))
    second_tried = [tried[step] for step in _SECOND if step in tried]
    first_by = opened_at + minutes.first_check
    failed = first_by if first else min(first_by, max(tried[step] for step in _FIRST if step in tried))
    second_by = failed + minutes.second_person
    called_by = min([second_by, *second_tried]) + minutes.emergency
    if "entered" in tried:
        return Coming()
    if _called(taken):
        return Coming(steps=("entered",))
    if second_tried or now >= second_by:
        return Coming(steps=_CALLED_OUT, by=called_by)
    if not first or now >= first_by:
        return Coming(steps=_SECOND if entry.keyholder and entry.consent else _SECOND[:1], by=second_by)
    return Coming(steps=first, by=first_by)


def _called(taken: Sequence[Taken]) -> frozenset[Step]:
    """Who has been called out and answered."""
    return frozenset(one.step for one in taken if one.step in _CALLED_OUT and one.result != "no_answer")


def entry_advice(entry: Entry) -> str:
    """What may be done about the door, in words."""
    if entry.consent and entry.keyholder:
        return "已登记同意紧急入户，可请持钥匙人开门；须两人在场，并登记过程。"
    if entry.consent:
        return "已登记同意紧急入户，但没有登记持钥匙人：请拨打110，在民警见证下请开锁人员开门。"
    return "没有登记同意紧急入户：请勿自行开门入户，须拨打110，由民警到场处置。"


def entry_warning(step: Step, taken: Sequence[Taken], entry: Entry) -> str | None:
    """What to tell of a door opened without consent or the police. It is recorded all the same."""
    if step not in ("keyholder", "entered") or entry.consent or "police" in _called(taken):
        return None
    return "已登记。没有同意紧急入户的记录：开门入户须由110民警到场处置，请立即拨打110并登记。"


def misdated(made_at: datetime, *, opened_at: datetime, now: datetime) -> bool:
    """Whether a step cannot have been taken for this alert then."""
    return not opened_at - _BEFORE_THE_ALERT <= made_at <= now + _CLOCKS_APART
