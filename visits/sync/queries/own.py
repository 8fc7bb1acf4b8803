"""What is somebody's own on their phone: themselves, a caregiver's agreements and orders, a watcher's lanes."""

from collections import defaultdict
from datetime import date
from uuid import UUID

from accounts.permissions import ROLE_NAMES, Account
from accounts.policy_rows import Curtain
from accounts.queries.areas import areas_by_id
from caregivers.overview.queries import own_agreements
from caregivers.rectification.queries import reading
from core import db
from visits.daily.windows import window_of
from visits.sync.queries.contents import items_to_see
from visits.sync.things import Me, OrderToAnswer, OwnAgreement, OwnLane, Place, Promised, WatchedHome

_MOST = 200
_UNDER_WAY = ("issued", "accepted", "refused", "in_progress", "submitted", "overdue", "failed")
_IN_FORCE = frozenset({"pending_signatures", "active", "suspended"})


async def me(by: Account) -> Me:
    areas = await areas_by_id(by.area_ids)
    return Me(
        id=by.id,
        name=by.name,
        role=by.role,
        role_name=ROLE_NAMES[by.role],
        areas=tuple(Place(id=one, name=areas[one].name) for one in by.area_ids if one in areas),
    )


async def orders() -> list[OrderToAnswer]:
    """Orders that are the caller's to answer and not settled yet."""
    found = await reading.orders_page(
        statuses=_UNDER_WAY, recipient_id=None, agreement_id=None, own=True, after=None, limit=_MOST
    )
    return [
        OrderToAnswer(
            id=one.id,
            number=one.number,
            agreement_id=one.agreement_id,
            status=one.status,
            severity=one.severity,
            deadline_at=one.deadline_at,
            statement_until=one.statement_until,
            items=items_to_see(await reading.items_read(one.id)),
        )
        for one in found
    ]


async def agreements() -> list[OwnAgreement]:
    """The caller's own agreements in force, or waiting for signatures."""
    return [
        OwnAgreement(
            id=one.id,
            number=one.number,
            village=one.village,
            status=one.status,
            starts_on=one.starts_on,
            ends_on=one.ends_on,
            services=tuple(Promised(service=item.service, times=item.times, per=item.per) for item in one.items),
        )
        for one in await own_agreements()
        if one.status in _IN_FORCE
    ]


async def lanes(account_id: UUID, curtain: Curtain, on: date) -> list[OwnLane]:
    """The lanes of a watcher who has an account, with the windows of the season."""
    rows = await db.fetch(
        "SELECT id, name FROM lane WHERE account_id = $1 AND status = 'active' ORDER BY id", account_id
    )
    homes: dict[UUID, list[WatchedHome]] = defaultdict(list)
    for row in await db.fetch(
        "SELECT id, lane_id, shown_as, morning, evening FROM lane_household WHERE lane_id = ANY ($1::uuid[])"
        " AND removed_at IS NULL ORDER BY position, id",
        [row["id"] for row in rows],
    ):
        home = WatchedHome(id=row["id"], shown_as=row["shown_as"], morning=row["morning"], evening=row["evening"])
        homes[row["lane_id"]].append(home)
    return [
        OwnLane(
            id=row["id"],
            name=row["name"],
            morning=str(window_of(curtain, "morning", on)),
            evening=str(window_of(curtain, "evening", on)),
            households=tuple(homes[row["id"]]),
        )
        for row in rows
    ]
