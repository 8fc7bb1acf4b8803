"""Registering a person, and editing what is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from accounts.queries import policy_for
from core import clock, db, journal
from core.errors import Conflict, Forbidden, Invalid
from core.ids import new_id
from recipients import editing, masking
from recipients.by_policy import assess
from recipients.ledger import LedgerRow
from recipients.person import OWN_FIELDS, Person, changed, person, title_of
from recipients.queries import register as queries
from recipients.queries.register import NumberTaken
from recipients.queries.rows import Registered, id_index, row_of
from recipients.queries.visitors import visitors_of
from recipients.refusals import RecipientChanged, RecipientNotFound, RegisteredElsewhere, RegisteredHere
from recipients.risk import Risk


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What became of the record. `changed` are names of fields; `warnings` are for whoever keeps it."""

    id: UUID
    version: int
    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def register(given: Mapping[str, Any], *, by: Account, now: datetime) -> Saved:
    """Put somebody on the register. `given` are fields of `Person`; categories and risk follow by policy.

    An ID number is registered once in the nation: `RegisteredHere` names the record, `RegisteredElsewhere` nothing.
    """
    _may_edit(by)
    recipient_id = new_id()
    async with db.transaction(by.scope):
        told, risk, warnings = await _told(given, None, now)
        added = await queries.add_people([row_of(told, id=recipient_id, risk=risk, at=now)], by=by.id)
        if added:
            facts = {"version": 1, "risk": risk}
            await _journal("recipient.registered", recipient_id, told, facts, by, now)
    if not added:
        raise await _taken(told, by=by, now=now)
    return Saved(id=recipient_id, version=1, warnings=warnings)


async def edit(recipient_id: UUID, given: Mapping[str, Any], *, base_version: int, by: Account, now: datetime) -> Saved:
    """Change the fields given, of the version the editor has read; `RecipientChanged` names what others changed."""
    _may_edit(by)
    told = None
    try:
        async with db.transaction(by.scope):
            known = await queries.hold_person(recipient_id)
            if known is None:
                raise RecipientNotFound
            if known.version != base_version:
                raise await _changed_meanwhile(known, base_version)
            told, risk, warnings = await _told(given, known.person, now)
            names = changed(known.person, told)
            if not names:
                return Saved(id=recipient_id, version=known.version, warnings=warnings)
            versions = await queries.save_people([row_of(told, id=recipient_id, risk=risk, at=now)], [known.version])
            version = versions[recipient_id]  # the row is locked since it was read
            facts = {"version": version, "fields": list(names)} | ({"risk": risk} if risk != known.risk else {})
            await _journal("recipient.edited", recipient_id, told, facts, by, now)
            return Saved(id=recipient_id, version=version, changed=names, warnings=warnings)
    except NumberTaken:
        assert told is not None  # only writing them meets another's number
        taken = await _taken(told, by=by, now=now)
    raise taken


def _may_edit(by: Account) -> None:
    if not by.may("recipient.edit"):
        raise Forbidden


async def _told(given: Mapping[str, Any], known: Person | None, now: datetime) -> tuple[Person, Risk, tuple[str, ...]]:
    """The person as they are to be stored, the risk by the policy of their district, and warnings."""
    today = clock.local_day(now)
    area_id = given.get("area_id", known.area_id if known else None)
    place = await queries.place_of(area_id, today) if area_id is not None else None
    if place is None:
        raise Invalid("没有这个村(社区)，或不在您的辖区。请从区划列表中选择村(社区)。", field="/area_id")
    policy = (await policy_for(place.district_id, today)).policy
    changes = {name: value for name, value in given.items() if name not in OWN_FIELDS and name != "area_id"}
    row = editing.read(changes, known=known, village=place.village, policy=policy, today=today)
    if not isinstance(row, LedgerRow):
        raise Invalid("\n".join(str(problem) for problem in row), field=editing.pointer(row[0]))
    own = {name: given.get(name, getattr(known, name, None)) for name in OWN_FIELDS}
    own["visit_worker_id"] = await _visit_worker(given, known, place.area_id, row.visitor)
    told = person(row, area_id=place.area_id, **own)
    risk = assess(
        categories=told.categories, conditions=told.conditions, self_care=told.self_care, age=row.age, policy=policy
    ).risk
    return told, risk, row.warnings


async def _visit_worker(
    given: Mapping[str, Any], known: Person | None, area_id: int, visitor: str | None
) -> UUID | None:
    """Who is told to visit: the one given; as before; or, for somebody new or newly assigned, by the visitor's name."""
    asked: UUID | None = given.get("visit_worker_id")
    if asked is None and known is not None and not ({"visit_worker_id", "visitor", "area_id"} & given.keys()):
        return known.visit_worker_id
    visitors = await visitors_of([area_id])
    if asked is None:
        return None if "visit_worker_id" in given else visitors.choose(area_id, visitor)
    if not visitors.may_visit(area_id, asked):
        raise Invalid("这个走访员不在本乡镇(街道)，或已停用。请从本地走访员中选择。", field="/visit_worker_id")
    return asked


async def _changed_meanwhile(known: Registered, base_version: int) -> RecipientChanged:
    if base_version > known.version:
        return RecipientChanged("版本号不对。请刷新后重新修改。")
    names = await queries.changed_since(known.id, base_version)
    titles = "、".join(title_of(name) for name in names) or "登记内容"
    return RecipientChanged(f"您打开之后，他人已修改：{titles}。请刷新，核对后重新提交。", changed=tuple(names))


async def _taken(told: Person, *, by: Account, now: datetime) -> Conflict:
    """Which of the two refusals it is. Asking is journaled: an ID number must not be a thing to try out unseen."""
    index = id_index(told.id_compared or "")
    async with db.transaction(by.scope):
        here = await queries.known_here(index)
        kind = "recipient.known_here" if here else "recipient.known_elsewhere"
        await journal.write(kind, subject_id=here.id if here else None, area_id=told.area_id, by=by.id, at=now)
        if here is None:
            return RegisteredElsewhere(field="/id_number")
        place = await queries.place_of(here.person.area_id, clock.local_day(now))
    where = place.village.name if place else "本辖区"
    number = f"，台账编号 {here.person.number}" if here.person.number else ""
    told_where = f"{masking.name(here.person.name)}({where}{number})"
    return RegisteredHere(
        f"此号码已在本辖区登记：{told_where}。请直接修改该记录；不是同一人的，请核对号码。",
        field="/id_number",
        recipient_id=here.id,
    )


async def _journal(
    kind: str, recipient_id: UUID, told: Person, facts: dict[str, Any], by: Account, now: datetime
) -> None:
    await journal.write(kind, subject_id=recipient_id, area_id=told.area_id, by=by.id, at=now, facts=facts)
