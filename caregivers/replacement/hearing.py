"""The hearing before a decision: the caregiver was heard, or was told in time and did not come; others are, too."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts.calendar import WorkCalendar, add
from accounts.lengths import Length
from caregivers.replacement.case import Case, demand
from caregivers.replacement.refusals import HeardTooSoon, InvitedTooSoon, NotInvited, NotThen, WordsMissing
from core.clock import LOCAL

Present = Literal["caregiver", "recipient", "guardian", "village", "township", "neighbour"]
Telling = Literal["notice", "paper", "phone", "in_person"]

PRESENT_NAMES: Mapping[Present, str] = {
    "caregiver": "照料人",
    "recipient": "对象本人",
    "guardian": "监护人",
    "village": "村(社区)",
    "township": "乡镇(街道)",
    "neighbour": "邻里",
}
TELLING_NAMES: Mapping[Telling, str] = {
    "notice": "系统通知",
    "paper": "书面送达",
    "phone": "电话",
    "in_person": "当面",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What was said, when, and who was there."""

    held_at: datetime
    present: tuple[Present, ...]
    caregiver_said: str
    recipient_said: str
    village_said: str

    @property
    def caregiver_came(self) -> bool:
        return "caregiver" in self.present


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeTerm:
    """How long before a hearing the caregiver is told, by the policy the case was opened under."""

    ahead: Length
    calendar: WorkCalendar

    def ends(self, told_at: datetime) -> datetime:
        return add(told_at, self.ahead, self.calendar)


def invite(case: Case, *, hearing_at: datetime, term: NoticeTerm, now: datetime) -> None:
    """Refuse an invitation to a hearing that is over, or that leaves too little time to prepare for."""
    demand(case, "hear")
    earliest = term.ends(now)
    if hearing_at < earliest:
        raise InvitedTooSoon(f"听取意见须提前告知照料人，最早可定在 {_local(earliest)}。请改期。", field="/hearing_at")


def hear(case: Case, heard: Heard, *, hearing_at: datetime | None, term: NoticeTerm, now: datetime) -> None:
    """Refuse a hearing that is none. Who comes before their time is up has waived it; who stays away has not."""
    demand(case, "hear")
    if heard.held_at > now:
        raise NotThen("听取意见的时间在以后。请在听取之后再登记。", field="/held_at")
    if heard.held_at < case.proposed_at:
        raise NotThen("听取意见的时间早于提请撤换的时间。请核对。", field="/held_at")
    _words(heard)
    if heard.caregiver_came:
        return
    if case.told_at is None:
        raise NotInvited
    earliest = max(term.ends(case.told_at), hearing_at or case.told_at)
    if heard.held_at < earliest:
        raise HeardTooSoon(f"照料人未到场，须等到告知的时间({_local(earliest)})之后才能按未到场处理。请届时再登记。")


def _words(heard: Heard) -> None:
    if heard.caregiver_came and not heard.caregiver_said.strip():
        raise WordsMissing("照料人到场，请记录其意见；不发表意见的，也请写明。", field="/caregiver_said")
    if not heard.recipient_said.strip():
        raise WordsMissing("请记录对象的意见；无法表达的，请写明如何了解。", field="/recipient_said")
    if not heard.village_said.strip():
        raise WordsMissing("请记录村(社区)的意见。", field="/village_said")


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"
