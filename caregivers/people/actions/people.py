"""Registering a caregiver, and editing what is registered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from accounts.permissions import Account
from caregivers.people import caregiver
from caregivers.people.caregiver import FIELD_WORDS, Caregiver
from caregivers.people.queries import register as queries
from caregivers.people.queries.providers import provider_of
from caregivers.people.queries.register import NumberTaken
from caregivers.people.queries.rows import Registered, id_index
from caregivers.people.refusals import CaregiverChanged, CaregiverKnownHere, CaregiverNotFound, ProviderEnded
from core import db, journal
from core.clock import local_day
from core.errors import Forbidden, Invalid
from core.ids import new_id
from recipients import masking


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What became of the record. `changed` are names of fields; `warnings` are for whoever keeps it."""

    id: UUID
    version: int
    changed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


async def register(given: Mapping[str, Any], *, by: Account, now: datetime) -> Saved:
    """Put a caregiver on record, in a village or township of the caller's.

    Once within the caller's areas: `CaregiverKnownHere` names the record. Another township registers the person
    itself; load and bar list follow the ID number.
    """
    may_edit(by)
    caregiver_id = new_id()
    async with db.transaction(by.scope):
        today = local_day(now)
        place = await queries.place_of(given["area_id"], today)
        if place is None:
            raise Invalid("没有这个村(社区)或乡镇(街道)，或不在您的辖区。请从区划列表中选择。", field="/area_id")
        read = await _read(given, None, today)
        taken = await _taken(read.caregiver, caregiver_id, by=by, now=now)
        if taken is None:
            await queries.add_caregiver(
                read.caregiver, caregiver_id=caregiver_id, district_id=place.district_id, by=by.id, at=now
            )
            await _journal("caregiver.registered", caregiver_id, place.area_id, {"version": 1}, by, now)
    if taken is not None:
        raise taken
    return Saved(id=caregiver_id, version=1, warnings=read.warnings)


async def edit(caregiver_id: UUID, given: Mapping[str, Any], *, base_version: int, by: Account, now: datetime) -> Saved:
    """Change the fields given, of the version the editor has read; `CaregiverChanged` names what others changed."""
    may_edit(by)
    try:
        async with db.transaction(by.scope):
            known = await held(caregiver_id)
            if known.version != base_version:
                raise await _changed_meanwhile(known, base_version)
            read = await _read(given, known.caregiver, local_day(now))
            told = read.caregiver
            names = caregiver.changed(known.caregiver, told)
            if not names:
                return Saved(id=caregiver_id, version=known.version, warnings=read.warnings)
            taken = await _taken(told, caregiver_id, by=by, now=now) if "id_number" in names else None
            if taken is None:
                version = await queries.save_caregiver(told, caregiver_id=caregiver_id, at=now)
                facts = {"version": version, "fields": list(names)}
                await _journal("caregiver.edited", caregiver_id, told.area_id, facts, by, now)
    except NumberTaken:
        raise CaregiverChanged("这个号码刚刚由他人登记。请刷新后核对。") from None
    if taken is not None:
        raise taken
    return Saved(id=caregiver_id, version=version, changed=names, warnings=read.warnings)


async def held(caregiver_id: UUID) -> Registered:
    """Lock a caregiver of the caller's areas until the transaction ends."""
    known = await queries.hold_caregiver(caregiver_id)
    if known is None:
        raise CaregiverNotFound
    return known


def may_edit(by: Account) -> None:
    if not by.may("caregiver.edit"):
        raise Forbidden


async def _read(given: Mapping[str, Any], known: Caregiver | None, today: date) -> caregiver.Read:
    read = caregiver.read(given, known=known, today=today)
    if not isinstance(read, caregiver.Read):
        raise Invalid("\n".join(str(problem) for problem in read), field=caregiver.pointer(read[0]))
    provider_id = read.caregiver.provider_id
    if provider_id is not None and (known is None or provider_id != known.provider_id):
        provider = await provider_of(provider_id)
        if provider is None:
            raise Invalid("没有这家服务机构，或不在您的辖区。请从机构列表中选择。", field="/provider_id")
        if provider.ended:
            raise ProviderEnded(field="/provider_id")
    return read


async def _taken(told: Caregiver, caregiver_id: UUID, *, by: Account, now: datetime) -> CaregiverKnownHere | None:
    """The refusal where somebody else of the caller's areas bears the number. Asking is journaled: an ID number must
    not be a thing to try out unseen."""
    if told.id_compared is None:
        return None
    await queries.hold_number(told.id_compared)
    known = await queries.known_here(id_index(told.id_compared), other_than=caregiver_id)
    if known is None:
        return None
    await _journal("caregiver.known_here", known.id, told.area_id, {}, by, now)
    place = await queries.place_of(known.caregiver.area_id, local_day(now))
    where = place.name if place else "本辖区"
    return CaregiverKnownHere(
        f"此号码已登记为照料人：{masking.name(known.caregiver.name)}({where})。"
        "请直接使用或修改该记录；已离开的请恢复登记；不是同一人的，请核对号码。",
        field="/id_number",
        caregiver_id=known.id,
    )


async def _changed_meanwhile(known: Registered, base_version: int) -> CaregiverChanged:
    if base_version > known.version:
        return CaregiverChanged("版本号不对。请刷新后重新修改。")
    names = await queries.changed_since(known.id, base_version)
    titles = "、".join(FIELD_WORDS[name] for name in names) or "账号或在岗状态"
    return CaregiverChanged(f"您打开之后，他人已修改：{titles}。请刷新，核对后重新提交。", changed=tuple(names))


async def _journal(
    kind: str, caregiver_id: UUID, area_id: int, facts: dict[str, Any], by: Account, now: datetime
) -> None:
    await journal.write(kind, subject_id=caregiver_id, area_id=area_id, by=by.id, at=now, facts=facts)
