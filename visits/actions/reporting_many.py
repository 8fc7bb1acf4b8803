"""Logging what a phone brings back from the hills: the plain reports all at once, the others one by one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from accounts.permissions import Account
from accounts.queries import policy_issued
from core import db
from core.errors import Refusal
from core.quarantine import rows_fault
from visits.actions.following import means_nothing_else
from visits.actions.reporting import (
    Answer,
    Said,
    Sent,
    answer_of,
    fits,
    log_sent,
    log_terms,
    refuse_senseless,
    said_in,
    take,
)
from visits.lifecycle import LogTerms, log
from visits.queries import holding
from visits.queries import reporting as queries
from visits.queries.holding import Asked
from visits.queries.reporting import Held, Taken
from visits.refusals import VisitNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Something broke over one report, and nothing of it was stored."""

    error: Exception


class _Held(msgspec.Struct, frozen=True):
    """A report whose visit is locked, and its place in the batch."""

    place: int
    sent: Sent
    said: Said
    held: Held


async def log_visits(sent: Sequence[Sent], *, by: Account, now: datetime) -> list[Answer | Refusal | Failed]:
    """Keep reports as `log_visit` would one by one in this order, and answer each; none holds up the others.

    Call it inside a transaction of the same scope. All their visits are locked first, in one order: two batches with
    the same visits wait for each other once. A fault that is nobody's own, such as a lost connection or a deadlock, is
    raised, and leaves the transaction to be rolled back.
    """
    answers: dict[int, Answer | Refusal | Failed] = {}
    held = await _hold(sent, answers, by=by, now=now)
    plain = [one for one in _alone_in_the_batch(held) if _looks_plain(one)]
    terms = {one: log_terms(await policy_issued(one)) for one in {one.held.policy_id for one in plain}}
    answers |= await _store(dict(_taken(plain, terms, by=by, now=now)), by=by, now=now)
    for place, one in enumerate(sent):
        if place not in answers:
            answers[place] = await _log_alone(one, by=by, now=now)
    return [answers[place] for place in range(len(sent))]


async def _hold(
    sent: Sequence[Sent], answers: dict[int, Answer | Refusal | Failed], *, by: Account, now: datetime
) -> list[_Held]:
    """Lock the visits; answer at once what makes no sense, is about no visit of theirs, or was answered before."""
    sensible: list[tuple[int, Sent]] = []
    for place, one in enumerate(sent):
        try:
            refuse_senseless(one.report, at=one.at, by=by, now=now)
        except Refusal as refusal:
            answers[place] = refusal
        else:
            sensible.append((place, one))
    asked = [Asked(visit_id=one.visit_id, report_id=one.report_id, at=one.at) for _, one in sensible]
    found = []
    for (place, one), held in zip(sensible, await holding.hold_visits(asked), strict=True):
        said = said_in(one)
        if held is None:
            answers[place] = VisitNotFound()
        elif held.existing and held.existing.sha256 == said.sha256:
            answers[place] = answer_of(held.existing)
        else:
            found.append(_Held(place, one, said, held))
    return found


def _alone_in_the_batch(held: Sequence[_Held]) -> Iterator[_Held]:
    """Those that share neither the person nor the id with another: among the others the order matters."""
    people = Counter(one.held.recipient_id for one in held)
    ids = Counter(one.sent.report_id for one in held)
    return (one for one in held if people[one.held.recipient_id] == 1 and ids[one.sent.report_id] == 1)


def _looks_plain(one: _Held) -> bool:
    """Whether it can be judged by what is known of its visit, and nothing speaks against taking it."""
    held = one.held
    return fits(held, one.sent.at) and not (
        holding.needs_history(one.sent.report) or held.existing or held.by_caregiver
    )


def _taken(
    plain: Sequence[_Held], terms: dict[UUID | None, LogTerms], *, by: Account, now: datetime
) -> Iterator[tuple[int, Taken]]:
    """By their place, those of which nothing follows but the visits they make."""
    for one in plain:
        held, sent = one.held, one.sent
        logged = log(held.visit, sent.report, held.around, terms[held.policy_id], by=by.id, logged_at=now, at=sent.at)
        if means_nothing_else(held, sent.report, logged):
            yield one.place, take(held, sent, one.said, logged, by=by, now=now)


async def _store(taken: dict[int, Taken], *, by: Account, now: datetime) -> dict[int, Answer]:
    """Store them all at once, or none; whatever could not be stored so is left to be logged alone."""
    if not taken:
        return {}
    try:
        async with db.transaction(by.scope):
            put = await queries.add_reports(list(taken.values()), by=by.id, device_id=by.device_id, now=now)
    except Exception as fault:
        if not rows_fault(fault):
            raise
        return {}
    return {place: answer_of(one.stored) for place, one in taken.items() if one.stored.id in put}


async def _log_alone(one: Sent, *, by: Account, now: datetime) -> Answer | Refusal | Failed:
    try:
        return await log_sent(one, by=by, now=now)
    except Exception as fault:
        if not rows_fault(fault):
            raise
        return fault if isinstance(fault, Refusal) else Failed(error=fault)
