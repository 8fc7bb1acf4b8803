"""Absences over HTTP: reported in the field, confirmed by a second person, ended when somebody is back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post

from accounts.permissions import Account
from accounts.queries import staff_named
from api import paging
from api.values import Moment
from core import db
from recipients import absence, actions, queries
from recipients.absence import KIND_WORDS
from recipients.queries.absences import StoredAbsence
from recipients.refusals import RecipientNotFound


class NewAbsence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It silences nothing until a second person has confirmed it, and ends by itself."""

    kind: Literal["away", "in_hospital"]
    starts_at: Moment
    ends_at: Moment
    whereabouts: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class ConfirmAbsence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With whom the confirmer has spoken: the recipient, family, the host, the hospital, or the village."""

    how: Literal["recipient", "family", "host", "hospital", "village"]


class AbsenceCard(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: waiting (silences nothing), coming, in_force, over."""

    id: UUID
    recipient_id: UUID
    recipient_name: str
    kind: str
    kind_name: str
    state: Literal["waiting", "coming", "in_force", "over"]
    starts_at: datetime
    ends_at: datetime
    whereabouts: str | None
    reported_by: UUID
    reported_by_name: str | None
    reported_at: datetime
    confirmed_by: UUID | None
    confirmed_by_name: str | None
    confirmed_at: datetime | None
    confirmed_how: str | None
    ended_at: datetime | None
    return_checked_at: datetime | None


class RecipientAbsences(Controller):
    """One recipient's absences."""

    path = "/recipients/{recipient_id:uuid}/absences"
    tags = ("外出报备",)

    @get(opt={"permission": "recipient.read"})
    async def list_absences(self, recipient_id: UUID, by: Account, now: datetime) -> list[AbsenceCard]:
        """Every absence ever reported, the latest first."""
        async with db.transaction(by.scope):
            owner = await queries.owner_of(recipient_id)
            if owner is None:
                raise RecipientNotFound
            found = (await queries.absences_of([recipient_id]))[recipient_id]
            stored = [StoredAbsence(recipient_id=recipient_id, area_id=owner.area_id, absence=one) for one in found]
            return await _cards(stored[::-1], now)

    @post(opt={"permission": "absence.report"})
    async def report(self, recipient_id: UUID, data: NewAbsence, by: Account, now: datetime) -> AbsenceCard:
        """Report an absence. To prolong one, report another: they are layered."""
        stored = await actions.report_absence(
            recipient_id,
            kind=data.kind,
            starts_at=data.starts_at,
            ends_at=data.ends_at,
            whereabouts=data.whereabouts,
            by=by,
            now=now,
        )
        return await _card(stored, by, now)


class Absences(Controller):
    """What waits to be confirmed, and the second person's word."""

    path = "/absences"
    tags = ("外出报备",)

    @get(opt={"permission": "recipient.read"})
    async def list_waiting(
        self, by: Account, now: datetime, cursor: paging.Cursor = None, size: paging.PageSize = 50
    ) -> paging.Page[AbsenceCard]:
        """Absences of one's areas that nobody has confirmed yet, oldest first."""
        after = paging.after(cursor, UUID, of="absences")
        async with db.transaction(by.scope):
            found = await _cards(await queries.waiting_absences(now=now, after=after, limit=size + 1), now)
        return paging.page(found, size, of="absences", key=lambda one: one.id, item=lambda one: one)

    @post("/{absence_id:uuid}/confirm", opt={"permission": "absence.confirm"}, status_code=200)
    async def confirm(self, absence_id: UUID, data: ConfirmAbsence, by: Account, now: datetime) -> AbsenceCard:
        """Confirm an absence somebody else has reported, after speaking with one who knows."""
        return await _card(await actions.confirm_absence(absence_id, how=data.how, by=by, now=now), by, now)

    @post("/{absence_id:uuid}/end", opt={"permission": "absence.report"}, status_code=200)
    async def end(self, absence_id: UUID, by: Account, now: datetime) -> AbsenceCard:
        """End an absence early. Others of the same person go on, and somebody will look at the door."""
        return await _card(await actions.end_absence(absence_id, by=by, now=now), by, now)


async def _card(stored: StoredAbsence, by: Account, now: datetime) -> AbsenceCard:
    async with db.transaction(by.scope):
        return (await _cards([stored], now))[0]


async def _cards(found: list[StoredAbsence], now: datetime) -> list[AbsenceCard]:
    recipients = {stored.recipient_id for stored in found}
    names = await queries.masked_names(recipients)
    places = await queries.whereabouts_of(recipients)
    involved = {one for stored in found for one in (stored.absence.reported_by, stored.absence.confirmed_by) if one}
    staff = {account_id: one.name for account_id, one in (await staff_named(list(involved))).items()}
    return [_shown(stored, names, places, staff, now) for stored in found]


def _shown(
    stored: StoredAbsence,
    names: Mapping[UUID, str],
    places: Mapping[UUID, str],
    staff: Mapping[UUID, str],
    now: datetime,
) -> AbsenceCard:
    one = stored.absence
    return AbsenceCard(
        id=one.id,
        recipient_id=stored.recipient_id,
        recipient_name=names.get(stored.recipient_id, "*"),
        kind=one.kind,
        kind_name=KIND_WORDS[one.kind],
        state=_state(one, now),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        whereabouts=places.get(one.id),
        reported_by=one.reported_by,
        reported_by_name=staff.get(one.reported_by),
        reported_at=one.reported_at,
        confirmed_by=one.confirmed_by,
        confirmed_by_name=staff.get(one.confirmed_by) if one.confirmed_by else None,
        confirmed_at=one.confirmed_at,
        confirmed_how=one.confirmed_how,
        ended_at=one.ended_at,
        return_checked_at=one.return_checked_at,
    )


def _state(one: absence.Absence, now: datetime) -> Literal["waiting", "coming", "in_force", "over"]:
    if one.over_at <= now:
        return "over"
    if one.confirmed_at is None:
        return "waiting"
    return "in_force" if absence.silences(one, now) else "coming"


CONTROLLERS = (RecipientAbsences, Absences)
