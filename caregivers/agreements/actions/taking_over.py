"""Existing agreements taken over from an imported ledger: once, whoever asks how often, and after a crash as well."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account
from accounts.policy import Policy
from accounts.queries import policy_for
from caregivers.agreements.actions.taking_over_rows import Guardianship, Rows, guardian_rows, rows_of
from caregivers.agreements.queries import taking_over as queries
from caregivers.agreements.queries import taking_over_writes as writes
from caregivers.agreements.queries.taking_over_stands import stands_of
from caregivers.agreements.taking_over import Judged, Ready, TakenOver, judge, outcome, person_name
from caregivers.agreements.taking_over_flags import flags
from core import clock, db, journal
from core.journal import Entry
from recipients.actions.ground import may_import
from recipients.care_told import CareTold
from recipients.queries import care_told, imports, register
from recipients.queries.imports import Batch
from recipients.refusals import ImportNotCommitted, ImportNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What a take-over stands on. `since`: what the system has taken over from then on came by this import."""

    batch: Batch
    district_id: int
    policy: Policy
    since: datetime


async def take_over_ledger(batch_id: UUID, *, by: Account, now: datetime) -> TakenOver:
    """Put the agreements a committed ledger names in force here, as they are; what is in the system already stays.

    Nothing of a row is an error: what cannot be taken over is listed. `ImportNotCommitted` before the import is.
    """
    may_import(by)
    async with db.transaction(by.scope):
        ground = await _ground(batch_id, now)
        if ground.batch.status != "committed":
            raise ImportNotCommitted
        await imports.hold_imports(ground.district_id)
        told = await care_told.told_by(batch_id, hold=True)
        judged = await _judged(told, ground, now)
        await _take_over(judged.ready, ground, by, now)
        await _record_guardians(told, ground, by, now)
        return await _outcome(told, ground, now, tried=True)


async def foresee_take_over(batch_id: UUID, *, by: Account, now: datetime) -> TakenOver:
    """Of an import that waits: where it differs from agreements in the system. Of a committed one: what has become."""
    may_import(by)
    async with db.transaction(by.scope):
        ground = await _ground(batch_id, now)
        if ground.batch.status == "committed":
            return await _outcome(await care_told.told_by(batch_id), ground, now, tried=False)
        kept = await queries.kept_for(await care_told.known_to(batch_id), since=now)
        told = await care_told.told_by_preview(batch_id, kept)
        return outcome(await _judged(told, ground, now), [], tried=False)


async def _ground(batch_id: UUID, now: datetime) -> _Ground:
    batch = await imports.batch(batch_id)
    district_id = await register.district_of(batch.area_id) if batch is not None else None
    if batch is None or district_id is None:
        raise ImportNotFound
    policy = (await policy_for(district_id, clock.local_day(now))).policy
    return _Ground(batch=batch, district_id=district_id, policy=policy, since=batch.committed_at or now)


async def _judged(told: Sequence[CareTold], ground: _Ground, now: datetime) -> Judged:
    today = clock.local_day(now)
    kept = await queries.kept_for([one.recipient_id for one in told], since=ground.since)
    asked = [one for one in told if (held := kept.get(one.recipient_id)) is None or not held.in_force]
    names = {name for one in asked if one.caregiver and (name := person_name(one.caregiver))}
    named = await queries.named_in({one.area_id for one in asked}, names, on=today) if names else []
    arranged = await queries.arranged_for([one.recipient_id for one in asked])
    return judge(told, kept, named, arranged=arranged, on=today)


async def _outcome(told: Sequence[CareTold], ground: _Ground, now: datetime, *, tried: bool) -> TakenOver:
    """As the system stands: asked again, it answers the same."""
    people = [one.recipient_id for one in told]
    flagged = flags(
        told,
        await stands_of(people, since=ground.since),
        await queries.guardians_of(people),
        policy=ground.policy.caregivers,
        on=clock.local_day(now),
    )
    return outcome(await _judged(told, ground, now), flagged, tried=tried)


async def _take_over(ready: Sequence[Ready], ground: _Ground, by: Account, now: datetime) -> None:
    """Whose agreement finds no place, for its number is another's, leaves nothing behind: no caregiver either."""
    if not ready:
        return
    places = await queries.places_of({one.told.area_id for one in ready})
    rows = await asyncio.to_thread(rows_of, ready, places, ground.policy.fees)
    added = await writes.add_agreements(rows.agreements, by=by.id, now=now)
    rows = rows.of(added)
    await writes.add_caregivers(rows.caregivers, by=by.id, now=now)
    await writes.add_signatures(rows.signatures, by=by.id, now=now)
    await journal.write_all([*_registered(rows, ground, by, now), *_taken_over(rows, ground, by, now)])


def _registered(rows: Rows, ground: _Ground, by: Account, now: datetime) -> list[Entry]:
    facts = {"version": 1, "import": str(ground.batch.id)}
    return [
        Entry(kind="caregiver.registered", subject_id=one["id"], area_id=one["area_id"], by=by.id, at=now, facts=facts)
        for one in rows.caregivers
    ]


def _taken_over(rows: Rows, ground: _Ground, by: Account, now: datetime) -> list[Entry]:
    return [
        Entry(
            kind="agreement.taken_over",
            subject_id=one["id"],
            area_id=one["area_id"],
            by=by.id,
            at=now,
            facts={
                "agreement_id": str(one["id"]),
                "recipient_id": str(one["recipient_id"]),
                "caregiver_id": str(one["caregiver_id"]),
                "starts_on": one["starts_on"].isoformat(),
                "ends_on": one["ends_on"].isoformat(),
                "import": str(ground.batch.id),
            },
        )
        for one in rows.agreements
    ]


async def _record_guardians(told: Sequence[CareTold], ground: _Ground, by: Account, now: datetime) -> None:
    """Of whom the system knows no guardian yet; whoever is on record stays. Nobody is their own."""
    named = [one for one in told if one.guardian and one.guardian != one.name]
    known = await queries.guardians_of([one.recipient_id for one in named])
    missing = [one for one in named if one.recipient_id not in known]
    if not missing:
        return
    cared = await queries.caregivers_of([one.recipient_id for one in missing])
    rows: Sequence[Guardianship] = await asyncio.to_thread(guardian_rows, missing, cared, clock.local_day(now))
    added = await writes.add_guardians(rows, by=by.id, now=now)
    await journal.write_all(
        [
            Entry(
                kind="care_fact.recorded",
                subject_id=row["recipient_id"],
                area_id=row["area_id"],
                by=by.id,
                at=now,
                facts={
                    "fact": str(row["id"]),
                    "kind": "guardian",
                    "who": row["who"],
                    "since_on": row["since_on"].isoformat(),
                    "import": str(ground.batch.id),
                },
            )
            for row in rows
            if row["id"] in added
        ]
    )
