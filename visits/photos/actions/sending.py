"""Taking a photo in: announced, received part by part, looked at when whole, kept or refused with the reason."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account, Sender
from core import db, journal
from visits.photos.actions.judging import judged
from visits.photos.picture import Picture
from visits.photos.queries import sending as queries
from visits.photos.queries import subjects
from visits.photos.refusals import (
    PartEmpty,
    PartMisplaced,
    PartTooLong,
    PhoneCutOff,
    PhotoEmpty,
    PhotoIdTaken,
    PhotoNotFound,
    PhotoRefused,
    PhotosEnough,
    PhotoTooBig,
    SubjectNotFound,
)
from visits.photos.sending import BIGGEST, MOST, REASON_NAMES, Announced, Reason, Sending, announced_again, part_placed


async def announce(attachment_id: UUID, new: Announced, *, sender: Sender, now: datetime) -> Sending:
    """Take note of a photo to come; how far it has arrived. The same announcement again changes nothing.

    What it belongs to need not have arrived; what that is about must be there, and the sender's to see. Of a phone
    that was cut off only what was taken before is welcome.
    """
    if not 0 < new.size <= BIGGEST:
        raise (PhotoEmpty if new.size < 1 else PhotoTooBig)(field="/size")
    cut_off = sender.revoked_at
    if cut_off is not None and (new.taken_at is None or new.taken_at > cut_off):
        raise PhoneCutOff
    by = sender.account
    async with db.transaction(by.scope):
        known = await queries.hold_own(attachment_id)
        if known is None:
            known = await _added(attachment_id, new, by=by, now=now)
        else:
            known = await _announced_again(known, new, by=by, now=now)
    return await _settled(known, by=by, now=now)


async def _added(attachment_id: UUID, new: Announced, *, by: Account, now: datetime) -> Sending:
    area_id = await _area(new, by)
    await queries.one_at_a_time(new.subject_id)
    if await queries.own_of(new.subject_id) >= MOST:
        raise PhotosEnough
    added = await queries.add(attachment_id, new, area_id=area_id, account_id=by.id, device_id=by.device_id, now=now)
    known = await queries.hold_own(attachment_id)
    if known is None:
        raise PhotoIdTaken
    return known if added else await _announced_again(known, new, by=by, now=now)


async def _announced_again(known: Sending, new: Announced, *, by: Account, now: datetime) -> Sending:
    match announced_again(known, new):
        case "other":
            raise PhotoIdTaken
        case "anew":
            await queries.begin_anew(known, new, area_id=await _area(new, by), now=now)
            return await _held(known.id)
    return known


async def _area(new: Announced, by: Account) -> int:
    """Where the photo belongs; nobody hangs one on what is about something else."""
    about = await subjects.about(new.subject_kind, new.about_id, on_paper=by.may("order.issue"))
    if about is None:
        raise SubjectNotFound
    matter = await subjects.matter_of(new.subject_kind, new.subject_id)
    planned = new.subject_kind != "verification" or matter is not None  # the server makes these before they are done
    if not planned or matter not in (None, about.matter_id):
        raise SubjectNotFound
    return about.area_id


async def _held(attachment_id: UUID) -> Sending:
    known = await queries.hold_own(attachment_id)
    if known is None:
        raise PhotoNotFound
    return known


async def receive_part(attachment_id: UUID, *, offset: int, content: bytes, by: Account, now: datetime) -> Sending:
    """Take the part that begins at `offset`; how far the photo has arrived, and what became of it when whole.

    `PartMisplaced` says where to go on, when the part is not the next one. A part of a photo that is whole changes
    nothing: the answer to it was lost.
    """
    async with db.transaction(by.scope):
        known = await _held(attachment_id)
        if known.status == "refused" and known.reason:
            raise PhotoRefused(REASON_NAMES[known.reason])
        match part_placed(known, offset=offset, length=len(content)):
            case "misplaced":
                raise PartMisplaced(known.received)
            case "too_long":
                raise PartTooLong
            case "next" if not content:
                raise PartEmpty
            case "next":
                await queries.add_part(known, content)
                known = replace(known, received=offset + len(content))
    return await _settled(known, by=by, now=now)


async def _settled(known: Sending, *, by: Account, now: datetime) -> Sending:
    """Look at a photo that is whole, between two transactions: meanwhile neither a row nor a connection is held.

    Whoever dies between them leaves a whole photo nobody looked at; the next word of the phone has it done.
    """
    if not known.to_be_judged:
        return known
    async with db.transaction(by.scope):
        content = await queries.content_of(known)
    verdict = await judged(content, known.sha256)
    async with db.transaction(by.scope):
        held = await _held(known.id)
        if not held.to_be_judged or held.sha256 != known.sha256:
            return held
        await _keep(held, verdict, by=by, now=now)
        return await _held(known.id)


async def _keep(held: Sending, verdict: Picture | Reason, *, by: Account, now: datetime) -> None:
    facts: dict[str, str | bool] = {"subject_kind": held.subject_kind, "subject": str(held.subject_id)}
    if isinstance(verdict, Picture):
        await queries.save_stored(held, verdict, now=now)
        kind = "attachment.stored"
        facts["position"] = verdict.place is not None
    else:
        await queries.save_refused(held, verdict)
        kind = "attachment.refused"
        facts["reason"] = verdict
    await journal.write(kind, subject_id=held.id, area_id=held.area_id, by=by.id, at=now, facts=facts)
