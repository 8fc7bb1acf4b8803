"""A district's policy: the version in force, what was issued, a new version; and the district's own working days."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.params import Parameter

from accounts import actions
from accounts.permissions import Account
from accounts.policy import Change, rows, to_data
from accounts.queries import policies as policy_queries
from accounts.queries import policy_for, staff_named
from accounts.queries.policies import CalendarDay, PolicyVersion
from core import db
from core.clock import local_day

_READ = {"permission": "policy.read"}
_SET = {"permission": "policy.set"}

Text = Annotated[str, msgspec.Meta(max_length=1000)]


class PolicyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row: its JSON pointer into the content, its Chinese name, its value."""

    pointer: str
    name: str
    value: Any


class CurrentPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The version in force on `on`. `id` is null for the default, version 1, which nobody issued."""

    id: UUID | None
    version: int
    document_number: str
    on: date
    content: dict[str, Any]
    rows: list[PolicyRow]


class RowChange(msgspec.Struct, frozen=True, kw_only=True):
    pointer: str
    name: str
    before: Any
    after: Any


class VersionCard(msgspec.Struct, frozen=True, kw_only=True):
    """An issued version and what it changed against the one it was built on."""

    id: UUID
    version: int
    document_number: str
    effective_on: date
    note: str
    issued_at: datetime
    issued_by: str | None
    changes: list[RowChange]


class NewVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`changes` holds only the rows that change, in the shape of the content; lists are replaced as a whole."""

    document_number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    effective_on: date
    changes: dict[str, Any]
    note: Text = ""


class NewCalendarDay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    day: date
    working: bool
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class CalendarDayCard(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    working: bool
    reason: str


class Policies(Controller):
    """The policy of one's district."""

    path = "/policies"

    @get(opt=_READ)
    async def versions(self, by: Account) -> list[VersionCard]:
        """Every version issued, the latest first."""
        async with db.transaction(by.scope):
            found = await policy_queries.versions(by.district_id)
            names = await staff_named([one.issued_by for one in found if one.issued_by])
        return [_card(one, {account_id: staff.name for account_id, staff in names.items()}) for one in found]

    @get("/current", opt=_READ)
    async def current(self, by: Account, now: datetime, on: date | None = None) -> CurrentPolicy:
        """The policy in force, today or on another day."""
        day = on or local_day(now)
        async with db.transaction(by.scope):
            effective = await policy_for(by.district_id, day)
        return CurrentPolicy(
            id=effective.id,
            version=effective.version,
            document_number=effective.document_number,
            on=day,
            content=to_data(effective.policy),
            rows=[PolicyRow(pointer=at, name=name, value=value) for at, name, value in rows(effective.policy)],
        )

    @post(opt=_SET)
    async def issue(self, data: NewVersion, by: Account, now: datetime) -> VersionCard:
        """Issue the next version: the one in force on its effective day with some rows changed."""
        issued = await actions.issue_policy(
            document_number=data.document_number,
            effective_on=data.effective_on,
            changes=data.changes,
            note=data.note,
            by=by,
            now=now,
        )
        return _card(issued, {by.id: by.name})


class CalendarDays(Controller):
    """The district's own word on single days, over the State Council's calendar."""

    path = "/calendar-days"

    @get(opt=_READ)
    async def days(
        self, by: Account, now: datetime, year: Annotated[int | None, Parameter(ge=2000, le=2200)] = None
    ) -> list[CalendarDayCard]:
        """What the district has said of days of a year; of this year unless another is asked for."""
        async with db.transaction(by.scope):
            found = await policy_queries.calendar_days(by.district_id, year or local_day(now).year)
        return [_day_card(one) for one in found]

    @post(opt=_SET)
    async def set_day(self, data: NewCalendarDay, by: Account, now: datetime) -> CalendarDayCard:
        """Say that a day is, or is not, a working day; the last word counts."""
        await actions.set_calendar_day(day=data.day, working=data.working, reason=data.reason, by=by, now=now)
        return CalendarDayCard(day=data.day, working=data.working, reason=data.reason)


def _card(version: PolicyVersion, names: dict[UUID, str]) -> VersionCard:
    return VersionCard(
        id=version.id,
        version=version.version,
        document_number=version.document_number,
        effective_on=version.effective_on,
        note=version.note,
        issued_at=version.issued_at,
        issued_by=names.get(version.issued_by) if version.issued_by else None,
        changes=[_change(one) for one in version.changes],
    )


def _change(change: Change) -> RowChange:
    return RowChange(pointer=change.pointer, name=change.name, before=change.before, after=change.after)


def _day_card(day: CalendarDay) -> CalendarDayCard:
    return CalendarDayCard(day=day.day, working=day.working, reason=day.reason)


CONTROLLERS = (Policies, CalendarDays)
