"""Today's matters over HTTP: what waits, in the order of what happens if nobody acts."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, get

from accounts.duty import DUTY_NAMES
from accounts.permissions import Account
from accounts.policy_words import SEVERITY_NAMES, Severity
from api import paging
from api.values import AreaIdInAddress
from caregivers.overview import queries
from caregivers.overview.matters import Item, Matter, Place, because, coming, counted
from caregivers.overview.waiting import About, if_nothing, opens_at, waiting
from core import db
from recipients.queries import masked_names

TOP = 5
"""So many may be dealt with before the tea is cold."""

LINKS: Mapping[About, str] = {
    "recipient": "/v1/recipients/{}",
    "agreement": "/v1/agreements/{}",
    "hazard": "/v1/hazards/{}",
    "order": "/v1/orders/{}",
    "replacement_case": "/v1/replacements/{}",
    "abuse_case": "/v1/abuse-cases/{}",
    "assessment": "/v1/assessments/{}",
    "visit_report": "/v1/reports/{}",
    "alert": "/v1/alerts/{}",
}
"""Where to look and act, by what a matter is about; of what is missing here there is only a list."""

LISTS: Mapping[About, str] = {
    "report_conflict": "/v1/conflicts",
    "standing_change": "/v1/standing-changes",
    "absence": "/v1/absences",
}


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient, by a masked name."""

    id: UUID
    name: str


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """What ends the matter, and where: `about` and `id` name the thing, `link` its place in this API."""

    name: str
    about: str
    id: UUID
    link: str


class Next(msgspec.Struct, frozen=True, kw_only=True):
    """What happens by itself. `what`: opens (an alert), climbs, repeats, acknowledgement_expires, pause_ends.

    `rung` counts from 0 on the alert's ladder; null where the alert is not open yet.
    """

    at: datetime
    what: str
    duty: str
    duty_name: str
    rung: int | None


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Something else that waits about the same subject."""

    what: str
    name: str
    since: datetime
    next_at: datetime | None
    to_do: Deed
    alert_id: UUID | None


class MatterCard(msgspec.Struct, frozen=True, kw_only=True):
    """One matter. `top`: among the first five; `because` says why it stands where it stands."""

    id: UUID
    what: str
    name: str
    severity: str
    severity_name: str
    top: bool
    because: str
    recipient: Person | None
    area_id: int
    village: str
    since: datetime
    next_at: datetime | None
    next: Next | None
    if_nothing: str
    to_do: Deed
    alert_id: UUID | None
    also: list[Waits]


class MatterCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many things of one kind wait."""

    what: str
    name: str
    count: int


class Matters(Controller):
    """今日要事"""

    path = "/matters"
    tags = ("今日要事",)

    @get(opt={"permission": "matters.read"})
    async def list_matters(
        self,
        by: Account,
        now: datetime,
        area_id: AreaIdInAddress = None,
        cursor: paging.Cursor = None,
        size: paging.PageSize = 25,
    ) -> paging.Page[MatterCard]:
        """本人辖区今天要办的事，按“如果没有人处理会怎样”排列：危及人身的在前，其余按下一次升级或到期的时间。

        每件事只出现一次；同一件事上还有别的待办时，列在 also 中。area_id 只看一个乡镇或村。
        """
        after = paging.after(cursor, tuple[int, int, datetime, datetime, UUID], of="matters")
        async with db.transaction(by.scope):
            land = await queries.land_of(by.area_ids, within=area_id)
            terms = await queries.terms_for(by.district_id, now)
            found = await queries.todays_matters(land, terms, after=_place(after), limit=size + 1, now=now)
            names = await masked_names({one.head.recipient_id for one in found if one.head.recipient_id})
            villages = await queries.village_names({one.head.area_id for one in found})
        seen = after[0] if after else 0
        numbered = list(enumerate(found, start=seen + 1))
        return paging.page(
            numbered,
            size,
            of="matters",
            key=lambda one: (one[0], *one[1].head.place),
            item=lambda one: _card(one[1], names, villages, top=one[0] <= TOP, now=now),
        )

    @get("/counts", opt={"permission": "matters.read"})
    async def count_matters(self, by: Account, now: datetime, area_id: AreaIdInAddress = None) -> list[MatterCount]:
        """本人辖区待办事项的件数，按种类；看不到的事项不计入。"""
        async with db.transaction(by.scope):
            land = await queries.land_of(by.area_ids, within=area_id)
            terms = await queries.terms_for(by.district_id, now)
            counts = await queries.counts_of_matters(land, terms, now=now)
        return [MatterCount(what=what, name=waiting(what).name, count=count) for what, count in counted(counts)]


def _place(after: tuple[int, int, datetime, datetime, UUID] | None) -> Place | None:
    return after[1:] if after else None


def _card(
    matter: Matter, names: Mapping[UUID, str], villages: Mapping[int, str], *, top: bool, now: datetime
) -> MatterCard:
    head = matter.head
    step = coming(head, opens_at_duty=opens_at(head.what), now=now)
    return MatterCard(
        id=head.id,
        what=head.what,
        name=waiting(head.what).name,
        severity=head.severity,
        severity_name=SEVERITY_NAMES[Severity(head.severity)],
        top=top,
        because=because(head),
        recipient=Person(id=head.recipient_id, name=names.get(head.recipient_id, "*")) if head.recipient_id else None,
        area_id=head.area_id,
        village=villages.get(head.area_id, ""),
        since=head.since,
        next_at=head.next_at,
        next=Next(at=step.at, what=step.what, duty=step.duty, duty_name=DUTY_NAMES[step.duty], rung=step.rung)
        if step
        else None,
        if_nothing=if_nothing(head, step, now=now),
        to_do=_deed(head),
        alert_id=head.id if head.alert else None,
        also=[_also(one) for one in matter.also],
    )


def _also(item: Item) -> Waits:
    return Waits(
        what=item.what,
        name=waiting(item.what).name,
        since=item.since,
        next_at=item.next_at,
        to_do=_deed(item),
        alert_id=item.id if item.alert else None,
    )


def _deed(item: Item) -> Deed:
    said = waiting(item.what)
    about, subject = _subject(item, said.about)
    link = LISTS[about] if about in LISTS else LINKS[about].format(subject)
    return Deed(name=said.deed, about=about, id=subject, link=link)


def _subject(item: Item, about: About) -> tuple[About, UUID]:
    """What to open: the person for what is done at the person, the thing itself otherwise, else the alert."""
    if about == "recipient" and item.recipient_id:
        return about, item.recipient_id
    if about == "order":
        return about, item.root
    if about != "alert" and item.subject_id:
        return about, item.subject_id
    return "alert", item.id


CONTROLLERS = (Matters,)
