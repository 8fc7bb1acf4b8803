"""Fetching: what a phone needs for the days ahead, as the difference from what it holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from accounts.permissions import Account, Sender
from accounts.policy import Policy
from accounts.queries import policies_for
from core import db, journal
from core.clock import local_day
from visits.sync.manifest import Left, basis, difference, hash_of, key_of, next_generation, why_left
from visits.sync.queries import contents, own, pulling
from visits.sync.queries.devices import hold_phone
from visits.sync.queries.epochs import epoch_since
from visits.sync.refusals import MustWipe, NoPhone
from visits.sync.things import Thing, VisitTask


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """Something the phone has to drop, and the word for why."""

    kind: str
    id: UUID
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """The answer to a pull. `since`: the generation it is the difference from; None: it is everything."""

    epoch: UUID
    generation: int
    since: int | None
    changed: tuple[Thing, ...]
    gone: tuple[Gone, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Contents:
    """Everything the phone should hold by now; `visits` with their areas."""

    things: Mapping[str, Thing]
    visits: tuple[tuple[VisitTask, int], ...]


async def pull(generation: int | None, *, sender: Sender, now: datetime) -> Pulled:
    """What the sender's phone lacks, `generation` being what it holds; one pull of a phone at a time.

    `MustWipe` for a phone that was cut off, `NoPhone` for whoever asks without one.
    """
    by = sender.account
    if by.device_id is None:
        raise NoPhone
    if sender.revoked_at is not None:
        async with db.transaction(by.scope):
            await pulling.save_told_to_wipe(by.device_id, now)
        raise MustWipe
    async with db.transaction(by.scope):
        _, epoch = await hold_phone(by.device_id, by.id)
        began = await epoch_since()
        kept = await pulling.generations(by.device_id)
        held = basis(generation, kept, epoch_since=began)
        current = await _contents(by, now)
        manifest = {key: hash_of(thing) for key, thing in current.things.items()}
        found = difference(held or {}, manifest)
        await pulling.save_pulled(by.device_id, now)
        if held is not None and generation is not None and not found:
            return Pulled(epoch=epoch, generation=generation, since=generation, changed=(), gone=())
        gone = await _leave(found.gone, current, everything=held is None, by=by, now=now)
        await pulling.save_issued(current.visits, account_id=by.id, now=now)
        since = generation if held is not None else None
        new = next_generation(kept, epoch_since=began)
        await pulling.save_generation(by.device_id, new, manifest, keep=since, at=now)
        await _tell(by, new, changed=len(found.changed), gone=len(gone), now=now)
    changed = tuple(thing for key, thing in current.things.items() if key in found.changed)
    return Pulled(epoch=epoch, generation=new, since=since, changed=changed, gone=gone)


async def _contents(by: Account, now: datetime) -> _Contents:
    """By what the account may do: a worker's tasks and the homes they lead to, a caregiver's duties, a lane."""
    districts = await policies_for({by.district_id}, local_day(now))
    policy = districts[by.district_id].policy
    visits = await _visits(by, policy, now)
    things: list[Thing] = [await own.me(by), *(visit for visit, _ in visits)]
    wanted = {visit.recipient_id for visit, _ in visits}
    if by.may("verification.log"):
        verifications = await contents.verifications_of(by.id)
        things += verifications
        wanted |= {one.recipient_id for one in verifications}
    if by.may("callback.log"):
        things += await contents.call_backs_of(by.id)
    if by.may("alert.read"):
        things += await contents.alerts_of(by.id)
    if by.may("care.own"):
        things += [*await own.orders(), *await own.agreements()]
    if by.may("check.log"):
        things += await own.lanes(by.id, policy.curtain, local_day(now))
    if by.may("recipient.read"):
        things += await contents.households(wanted, minor_below=policy.risks.minor_below_age, now=now)
    return _Contents(things={key_of(one.kind, one.id): one for one in things}, visits=tuple(visits))


async def _visits(by: Account, policy: Policy, now: datetime) -> list[tuple[VisitTask, int]]:
    if not by.may("visit.log"):
        return []
    return await contents.visits_ahead(by.id, until=now + policy.phones.pulled_ahead.delta, now=now)


async def _leave(
    keys: Collection[str], current: _Contents, *, everything: bool, by: Account, now: datetime
) -> tuple[Gone, ...]:
    """Say of each thing why it left. A phone that is given everything is told of all that had gone out to its owner."""
    gone = {(kind, UUID(id)) for kind, _, id in (key.partition(":") for key in keys)}
    out = await pulling.out_still(by.id) - {visit.id for visit, _ in current.visits}
    if everything:
        gone |= {("visit", one) for one in out}
    visits = await pulling.visits_left({one for kind, one in gone if kind == "visit"} | out)
    others = await pulling.others_left([one for kind, one in gone if kind != "visit"])
    await pulling.save_left({one: why_left(visits[one]) for one in out & visits.keys()}, account_id=by.id, now=now)
    left = {**visits, **others}
    return tuple(
        Gone(kind=kind, id=one, why=why_left(left.get(one) or Left(kind=kind, seen=False)))
        for kind, one in sorted(gone)
    )


async def _tell(by: Account, generation: int, *, changed: int, gone: int, now: datetime) -> None:
    """What leaves the server for a phone is told before it leaves; which visits, `task_issued` keeps."""
    await journal.write(
        "phone.pulled",
        subject_id=by.device_id,
        area_id=next(iter(by.area_ids), None),
        by=by.id,
        at=now,
        facts={"generation": generation, "changed": changed, "gone": gone},
    )
