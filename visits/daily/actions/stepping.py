"""Taking the steps of the fast ladder: each recorded once and shown to the next; who was seen safe ends the alert."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_issued
from alerts.actions import AlertNotFound, colleagues, resolve
from alerts.lifecycle import SECOND_PERSON_FROM_RUNG, SecondPersonNeeded
from alerts.queries.answering import lock_alert
from core import db, journal
from core.errors import Forbidden
from recipients.queries import recipient_card
from visits.daily.emergency import (
    EMERGENCIES,
    STEP_NAMES,
    Coming,
    Entry,
    Result,
    Step,
    coming,
    entry_warning,
    minutes,
    misdated,
    sees,
)
from visits.daily.queries import steps as queries
from visits.daily.queries.steps import Emergency, StoredStep
from visits.daily.step_refusals import NoEmergency, StepIdTaken, StepTimeImpossible

TOO_EARLY = "登记的是预警之前的情况，不能解除预警。请再去看，亲眼见到本人。"
SECOND_PERSON = "该预警已升级，一个人的结果不能解除：请由另一人到场见到本人后登记。"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where an emergency stands. `entry` is for those who may answer it; `warnings` say what must not be missed."""

    emergency: Emergency
    steps: tuple[StoredStep, ...]
    names: Mapping[UUID, str]
    coming: Coming
    entry: Entry | None
    warnings: tuple[str, ...] = ()


async def take_step(
    alert_id: UUID,
    step_id: UUID,
    *,
    step: Step,
    result: Result,
    note: str,
    made_at: datetime,
    by: Account,
    now: datetime,
) -> Progress:
    """Record a step under the id its phone gave it; the same again changes nothing.

    Whoever saw the person safe has answered the alert, unless that was before what it is about, or it has climbed so
    far that a second person must say so.
    """
    if not by.may("alert.acknowledge"):
        raise Forbidden
    async with db.transaction(by.scope):
        if await lock_alert(alert_id, area_ids=by.area_ids) is None:
            raise AlertNotFound
        found = await _emergency(alert_id, by)
        said = {"step": step, "result": result, "note": note, "made_at": made_at}
        known = await queries.step_known(step_id)
        if known is None:
            if misdated(made_at, opened_at=found.opened_at, now=now):
                raise StepTimeImpossible(field="/made_at")
            if not await queries.add_step(step_id, found, **said, by=by.id, now=now):  # type: ignore[arg-type]
                raise StepIdTaken(field="/id")
            await _tell(found, step, result, by, now)
            if sees(step, result) and made_at >= found.since and found.status != "resolved":
                await _resolve(found, step_id, step, note, made_at, by, now)
        elif not _same(known, alert_id, said, by):
            raise StepIdTaken(field="/id")
        return await _progress(alert_id, by, now)


async def progress(alert_id: UUID, *, by: Account, now: datetime) -> Progress:
    """The steps so far, what comes next and by when."""
    async with db.transaction(by.scope):
        return await _progress(alert_id, by, now)


async def _progress(alert_id: UUID, by: Account, now: datetime) -> Progress:
    found = await _emergency(alert_id, by)
    steps = await queries.steps_of(alert_id)
    entry = await _entry(found, now)
    policy = await policy_issued(found.policy_id)
    ahead = coming(
        [one.taken for one in steps if not _too_early(found, one)],
        opened_at=found.opened_at,
        minutes=minutes(policy.curtain),
        entry=entry,
        now=now,
    )
    return Progress(
        emergency=found,
        steps=tuple(steps),
        names=await colleagues({one.taken.by for one in steps}),
        coming=Coming() if found.status == "resolved" else ahead,
        entry=entry if by.may("alert.acknowledge") else None,
        warnings=tuple(_warnings(found, steps, entry)),
    )


def _warnings(found: Emergency, steps: list[StoredStep], entry: Entry) -> list[str]:
    taken = [one.taken for one in steps]
    said = [text for one in taken if (text := entry_warning(one.step, taken, entry))]
    seen = [one for one in steps if sees(one.taken.step, one.taken.result)]
    if found.status != "resolved" and any(not _too_early(found, one) for one in seen):
        said.append(SECOND_PERSON)
    if any(_too_early(found, one) for one in steps):
        said.append(TOO_EARLY)
    return list(dict.fromkeys(said))


def _too_early(found: Emergency, step: StoredStep) -> bool:
    """Whether it says that all was well at a time before the alert's question."""
    return step.taken.result == "safe" and step.taken.made_at < found.since


async def _emergency(alert_id: UUID, by: Account) -> Emergency:
    found = await queries.emergency(alert_id, area_ids=by.area_ids)
    if found is None:
        raise AlertNotFound
    if found.kind not in EMERGENCIES or found.recipient_id is None:
        raise NoEmergency
    return found


async def _entry(found: Emergency, now: datetime) -> Entry:
    """What the register says of the door: facts alone, names and numbers only by revealing them."""
    card = await recipient_card(found.recipient_id, now=now) if found.recipient_id else None
    if card is None:
        return Entry()
    return Entry(keyholder=card.person.keyholder is not None, consent=card.person.entry_consent)


async def _resolve(
    found: Emergency, step_id: UUID, step: Step, note: str, made_at: datetime, by: Account, now: datetime
) -> None:
    """Close the alert on this word, unless a second person's is needed: then the step stays, and the alert goes on.

    Who has taken all the steps so far is no second person to themselves, whether they took the alert on or not.
    """
    if found.rung >= SECOND_PERSON_FROM_RUNG and await queries.alone(found.alert_id, by.id, but=step_id):
        return
    evidence = {
        "note": f"{STEP_NAMES[step]}，见到本人平安。{note}",
        "step": str(step_id),
        "seen_at": made_at.isoformat(),
    }
    try:
        await resolve(found.alert_id, outcome="met", evidence=evidence, by=by, now=now)
    except SecondPersonNeeded:
        return  # told by the progress, and by the alert that goes on climbing


def _same(known: StoredStep, alert_id: UUID, said: Mapping[str, Any], by: Account) -> bool:
    taken = known.taken
    held = {"step": taken.step, "result": taken.result, "note": known.note, "made_at": taken.made_at}
    return known.alert_id == alert_id and taken.by == by.id and held == said


async def _tell(found: Emergency, step: Step, result: Result, by: Account, now: datetime) -> None:
    await journal.write(
        "alert.step_taken",
        subject_id=found.alert_id,
        area_id=found.area_id,
        by=by.id,
        at=now,
        facts={"step": step, "result": result},
    )
