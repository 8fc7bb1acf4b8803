"""A watcher's door: a personal link opens one lane, shows this window, and takes a tap. No account, no register."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.actions import throttling
from accounts.throttle import Key
from core import db, vault
from core.clock import local_day
from core.scope import DOOR
from visits.daily.actions.observing import Taken, check_same
from visits.daily.lanes import check_day, moment_of, spread
from visits.daily.queries import watching as queries
from visits.daily.queries.watching import Link, Shown
from visits.daily.refusals import LinkUnknown
from visits.daily.windows import Part, current


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """What a link shows: this window's households; no part where nobody is looked at today any more."""

    link: Link
    on_day: date
    part: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    households: Sequence[Shown]


async def watch(token: str, *, address: str | None, now: datetime) -> View:
    """Open a link. LinkUnknown, and the attempt counted, where it opens nothing."""
    day = local_day(now)
    link = await queries.link(vault.token_hash(token), day=day, since=now, now=now)
    if link is None:
        raise await _unknown(address, now)
    shown = link.windows
    part = current([(one.part, one.opens_at, one.closes_at) for one in shown], now)
    mine = [one for one in shown if one.part == part and part is not None]
    return View(
        link=link,
        on_day=day,
        part=part,
        opens_at=min((one.opens_at for one in mine if one.opens_at), default=None),
        closes_at=max((one.closes_at for one in mine if one.closes_at), default=None),
        households=mine,
    )


async def observe_by_link(
    item_id: UUID,
    token: str,
    on_day: date,
    part: Part,
    *,
    all_changed: bool,
    exceptions: Mapping[UUID, str],
    made_at: datetime,
    sent_at: datetime,
    address: str | None,
    now: datetime,
) -> Taken:
    """Store a watcher's tap, like `observe`. Both moments are the phone's own: what counts is their distance."""
    at, hashed = moment_of(made_at, sent_at=sent_at, now=now), vault.token_hash(token)
    check_day(on_day, now)
    link = await queries.link(hashed, day=None, since=at, now=now)
    if link is None:
        raise await _unknown(address, now)
    households = [one.household_id for one in link.windows]
    taps = spread(item_id, households, all_changed=all_changed, exceptions=exceptions)
    check_same(taps, await queries.add_observations(hashed, taps, on_day=on_day, part=part, made_at=at, now=now))
    return Taken(lane_id=link.lane_id, on_day=on_day, part=part, seen={one.household_id: one.seen for one in taps})


async def _unknown(address: str | None, now: datetime) -> LinkUnknown:
    """Count a wrong token under its address; TooManyAttempts once there were too many.

    A token that opens its lane is never held up: nobody can keep a neighbour from telling by guessing beside them.
    """
    async with db.transaction(DOOR):
        await throttling.count(throttling.keys_of({Key.ADDRESS: address and f"watch {address}"}), now)
    return LinkUnknown()
