"""Steps that several acts on accounts share. Each joins the transaction under way."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from accounts.areas import level_of
from accounts.duty import Duty
from accounts.people import Person
from accounts.permissions import ROLE_NAMES, Account, Role, may_manage
from accounts.posting import DUTY_OF, LEVEL_NAMES, LEVELS, at_or_above
from accounts.queries import areas as area_queries
from accounts.queries import duties, people
from accounts.queries.duties import HeldDuty
from accounts.refusals import (
    AccountEnded,
    AreasMissing,
    AreaUnfit,
    AreaUnknown,
    LastAdministrator,
    LastOnDuty,
    RoleBeyondYours,
    ServesElsewhere,
    SeveralDistricts,
)
from core import journal
from core.clock import local_day
from core.errors import NotFound


async def managed(account_id: UUID, *, by: Account) -> Person:
    """The account, locked, when it is the caller's to manage. NotFound outside their areas."""
    await area_queries.lock_district(by.district_id)  # two who end each other: the second must find the first gone
    return await checked_manageable(await people.locked_person(account_id), by=by)


async def checked_manageable(found: Person | None, *, by: Account) -> Person:
    """An account as it was found, when it is the caller's to manage. NotFound where none was found."""
    if found is None:
        raise NotFound
    if not may_manage(by.role, found.role):
        raise RoleBeyondYours
    if await people.serves_elsewhere(found.id):
        raise ServesElsewhere
    if found.ended:
        raise AccountEnded
    return found


async def check_places(role: Role, area_ids: Sequence[int], now: datetime, *, kept: Collection[int] = ()) -> int:
    """The district of these areas, when the caller may give them to this role. `kept` are had already, ended or not."""
    if not area_ids:
        raise AreasMissing(field="/area_ids")
    seen = await area_queries.seen_areas(area_ids)
    areas = await area_queries.areas_by_id(area_ids)
    for position, area_id in enumerate(area_ids):
        field = f"/area_ids/{position}"
        if area_id not in seen:
            raise AreaUnknown(field=field)
        area = areas[area_id]
        if area_id not in kept and area.ended(local_day(now)):
            raise AreaUnfit(f"{area.name}已于 {area.valid_to} 停用。请选择现行区划。", field=field)
        if level_of(area.code) not in LEVELS[role]:
            wanted = "或".join(LEVEL_NAMES[level] for level in sorted(LEVELS[role]))
            raise AreaUnfit(f"{ROLE_NAMES[role]}的辖区应为{wanted}一级，{area.name}不是。请重新选择。", field=field)
    districts = set((await area_queries.district_ids(area_ids)).values())
    if len(districts) != 1:
        raise SeveralDistricts(field="/area_ids")
    return districts.pop()


async def take_up_duty(account_id: UUID, role: Role, area_ids: Collection[int], *, by: UUID, now: datetime) -> None:
    """Put an account on the duty its role is made for, on each area; what it holds already stays as it is."""
    if role not in DUTY_OF:
        return
    duty = DUTY_OF[role]
    added = await duties.add_duties(account_id, duty, area_ids, starts_at=now, by=by)
    facts = {"duty": duty, "account_id": str(account_id)}
    await journal.write_all(
        [
            journal.Entry(kind="duty.added", subject_id=duty_id, area_id=area_id, by=by, at=now, facts=facts)
            for area_id, duty_id in added.items()
        ]
    )


async def end_unfit_duties(
    person: Person, role: Role, area_ids: Collection[int], *, by: Account, now: datetime
) -> None:
    """End what an account no longer may hold, or no longer could see the people of."""
    within = await area_queries.areas_within(area_ids)
    held = await duties.duties_of(person.id, now)
    unfit = [one for one in held if one.area_id not in within or not at_or_above(role, one.duty)]
    await end_duties(unfit, by=by, now=now)


async def end_duties(held: Sequence[HeldDuty], *, by: Account, now: datetime) -> None:
    """End these duties. LastOnDuty where a district would be left with nobody at the end of the ladder.

    The caller holds the district's lock.
    """
    for one in held:
        if one.duty is Duty.DISTRICT:
            holders = await duties.lasting_holders(one.area_id, one.duty, now)
            if holders == {one.account_id}:
                raise LastOnDuty
    await duties.close_duties([one.id for one in held], now)
    await journal.write_all(
        [
            journal.Entry(
                kind="duty.ended",
                subject_id=one.id,
                area_id=one.area_id,
                by=by.id,
                at=now,
                facts={"duty": one.duty, "account_id": str(one.account_id)},
            )
            for one in held
        ]
    )


async def keep_an_administrator(person: Person) -> None:
    """Refuse to let the last administrator of a district go."""
    if person.role is Role.ADMINISTRATOR:
        others = await people.administrators(person.district_id) - {person.id}
        if not others:
            raise LastAdministrator
