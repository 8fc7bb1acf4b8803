"""Issuing, ending and resynchronising doorstep tokens. Whoever sees a secret or prints a card is journalled."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.permissions import Account
from core import db, journal
from core.ids import new_id
from recipients.refusals import RecipientNotFound
from visits.evidence.codes import Card, Fob, code_at, new_secret, resynchronised
from visits.evidence.queries import tokens as queries
from visits.evidence.queries.tokens import Home, StoredToken
from visits.evidence.refusals import CodesDoNotFit, EndReasonMissing, TokenEnded, TokenExists, TokenNotFound

SLIPS = 40
"""Tear-off codes on one printed card: a year of weekly visits with a few to spare is printed in two."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slip:
    """One tear-off code of a card, by its number on the card (from 1)."""

    number: int
    code: str


async def issue_token(
    recipient_id: UUID, *, kind: Literal["totp", "hotp"], label: str, by: Account, now: datetime
) -> StoredToken:
    """A fob or a card for a home. Its secret is told once, here; a card can be printed again."""
    async with db.transaction(by.scope):
        home = await queries.home_of(recipient_id)
        if home is None:
            raise RecipientNotFound
        return await _issue(recipient_id, home, kind=kind, label=label, by=by, now=now)


async def replace_token(token_id: UUID, *, reason: str, by: Account, now: datetime) -> StoredToken:
    """Another of the same kind with a new secret for the same home; the old one is lost from this moment on."""
    if not reason.strip():
        raise EndReasonMissing(field="/reason")
    async with db.transaction(by.scope):
        held = await _in_use(token_id)
        home = await queries.home_of(held.recipient_id)
        if home is None:
            raise RecipientNotFound
        await queries.end_token(token_id, status="lost", reason=reason, by=by.id, now=now)
        await _tell("doorstep.lost", token_id, held.area_id, by, now)
        kind: Literal["totp", "hotp"] = "hotp" if isinstance(held.token, Card) else "totp"
        return await _issue(held.recipient_id, home, kind=kind, label=held.label, by=by, now=now)


async def _issue(
    recipient_id: UUID, home: Home, *, kind: Literal["totp", "hotp"], label: str, by: Account, now: datetime
) -> StoredToken:
    secret, token_id = new_secret(), new_id()
    token = Fob(secret=secret) if kind == "totp" else Card(secret=secret, next=0, printed=SLIPS)
    if not await queries.add_token(token_id, recipient_id, home, token, label=label, by=by.id, now=now):
        raise TokenExists
    await _tell("doorstep.issued", token_id, home.area_id, by, now, recipient=str(recipient_id), sort=kind)
    return await _held(token_id)


async def end_token(
    token_id: UUID, *, status: Literal["lost", "retired"], reason: str, by: Account, now: datetime
) -> StoredToken:
    """Lost or retired: from now on no code of it fits."""
    if not reason.strip():
        raise EndReasonMissing(field="/reason")
    async with db.transaction(by.scope):
        held = await _in_use(token_id)
        await queries.end_token(token_id, status=status, reason=reason, by=by.id, now=now)
        await _tell(f"doorstep.{status}", token_id, held.area_id, by, now)
        return await _held(token_id)


async def resynchronise(token_id: UUID, first: str, second: str, *, by: Account, now: datetime) -> StoredToken:
    """Set a token right by two codes in a row, read off it at its home. Its lock of the day is lifted."""
    async with db.transaction(by.scope):
        held = await _in_use(token_id)
        found = resynchronised(held.token, first, second, now=now)
        if found is None:
            raise CodesDoNotFit
        await queries.save_token(token_id, found)
        await _tell("doorstep.resynchronised", token_id, held.area_id, by, now)
        return await _held(token_id)


async def slips_of(token_id: UUID, *, by: Account, now: datetime) -> tuple[StoredToken, tuple[Slip, ...]]:
    """The slips of a card not used yet, to be printed; journalled before they leave."""
    async with db.transaction(by.scope):
        held = await _in_use(token_id)
        if not isinstance(held.token, Card):
            raise TokenNotFound
        slips = tuple(
            Slip(number=number + 1, code=code_at(held.token, number))
            for number in range(held.token.next, held.token.printed)
        )
        await _tell("doorstep.printed", token_id, held.area_id, by, now, slips=len(slips))
        return held, slips


async def _in_use(token_id: UUID) -> StoredToken:
    held = await _held(token_id)
    if held.status != "active":
        raise TokenEnded
    return held


async def _held(token_id: UUID) -> StoredToken:
    held = await queries.hold_token(token_id)
    if held is None:
        raise TokenNotFound
    return held


async def _tell(kind: str, token_id: UUID, area_id: int, by: Account, now: datetime, **facts: str | int) -> None:
    await journal.write(kind, subject_id=token_id, area_id=area_id, by=by.id, at=now, facts=facts)
