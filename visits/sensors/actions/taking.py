"""Taking what a gateway sends: believed only when signed, a result for each reading, each counted once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from accounts.queries import policy_for
from core import db, journal, vault
from core.clock import local_day
from core.errors import Refusal
from core.scope import Scope
from visits.sensors.queries import gateways
from visits.sensors.queries import readings as queries
from visits.sensors.queries.readings import Counted
from visits.sensors.reading import Installed, Reading, ReadingTerms, fault, late, rounded
from visits.sensors.refusals import ReadingDiffers, ReadingUnknownSensor, SignatureRefused, SignatureStale
from visits.sensors.signing import fits, in_time
from visits.sensors.witness import silent_after


@dataclass(frozen=True, kw_only=True, slots=True)
class Admitted:
    """A gateway whose signature was right."""

    id: UUID
    area_id: int
    district_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one reading. `late`: kept for the record, too late to speak for its window."""

    status: Literal["taken", "repeated", "refused"]
    refusal: Refusal | None = None
    late: bool = False


async def admit(gateway_id: UUID, *, timestamp: str, signature: str, body: bytes, now: datetime) -> Admitted:
    """Who signed these bytes. An unknown gateway is checked like any other, against a key nobody has."""
    found = await gateways.keyed(gateway_id)
    key = found.key if found else vault.blind_index(str(gateway_id), "no_gateway").hex()
    right = fits(signature, key=key, timestamp=timestamp, body=body)
    if not right or found is None:
        raise SignatureRefused
    if not in_time(timestamp, now):
        raise SignatureStale
    return Admitted(id=gateway_id, area_id=found.area_id, district_id=found.district_id)


async def take_readings(given: Sequence[Reading | Refusal], *, gateway: Admitted, now: datetime) -> list[Outcome]:
    """An outcome for each, in their order. A refusal given is one that could not be read at all.

    Stored with the eyes of the gateway: its own area and no account. One batch of a gateway after the other.
    """
    async with db.transaction(Scope(area_ids=(gateway.area_id,))):
        if not await queries.hear_gateway(gateway.id, now=now):
            raise SignatureRefused
        terms = await _terms(gateway.district_id, now)
        named = {one.sensor for one in given if isinstance(one, Reading)}
        sensors = _by_name(await queries.hold_installed(gateway.id, named))
        judged = [_judged(one, sensors, terms, now) for one in given]
        outcomes = await _store(judged, terms, now)
        await _tell_refused(gateway, outcomes, now)
        return outcomes


async def _terms(district_id: int, now: datetime) -> ReadingTerms:
    policy = (await policy_for(district_id, local_day(now))).policy
    kept = timedelta(seconds=policy.curtain.kept.rough_seconds)
    return ReadingTerms(late_after=silent_after(policy.sensors), kept=kept)


def _by_name(sensors: Sequence[Installed]) -> dict[str, Installed]:
    return {one.label: one for one in sensors} | {str(one.id): one for one in sensors}


def _judged(
    one: Reading | Refusal, sensors: dict[str, Installed], terms: ReadingTerms, now: datetime
) -> Counted | Refusal:
    if isinstance(one, Refusal):
        return one
    sensor = sensors.get(one.sensor)
    if sensor is None:
        return ReadingUnknownSensor(field="/sensor")
    wrong = fault(one, sensor, terms=terms, now=now)
    return wrong or Counted(sensor=sensor, event_id=one.event_id, at=one.at, amount=rounded(one.amount))


async def _store(judged: Sequence[Counted | Refusal], terms: ReadingTerms, now: datetime) -> list[Outcome]:
    """What stands first under a number stands for good: the same again is known, another content is refused."""
    first: dict[tuple[UUID, str], Counted] = {}
    for one in judged:
        if isinstance(one, Counted):
            first.setdefault(one.key, one)
    added = await queries.add_readings(list(first.values()), now=now)
    stored = await queries.known_readings(first.keys() - added)
    outcomes = []
    for one in judged:
        if isinstance(one, Refusal):
            outcomes.append(Outcome(status="refused", refusal=one))
        elif one.key in added and first[one.key] is one:
            outcomes.append(Outcome(status="taken", late=late(one.at, terms=terms, now=now)))
        elif one.content == (stored.get(one.key) or first[one.key].content):
            outcomes.append(Outcome(status="repeated"))
        else:
            outcomes.append(Outcome(status="refused", refusal=ReadingDiffers(field="/event_id")))
    return outcomes


async def _tell_refused(gateway: Admitted, outcomes: Sequence[Outcome], now: datetime) -> None:
    """How many were refused and why: a device out of order shows in the journal, what it sent does not."""
    why = Counter(type(one.refusal).__name__ for one in outcomes if one.refusal)
    if why:
        await journal.write(
            "gateway.readings_refused",
            subject_id=gateway.id,
            area_id=gateway.area_id,
            by=None,
            at=now,
            facts={"refused": dict(why)},
        )
