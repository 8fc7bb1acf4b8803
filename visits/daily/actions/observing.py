"""A tap by somebody with an account: stored as it was said, once; the sweep makes of it what it means."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from accounts.permissions import Account, Role
from alerts.actions import resolve_for
from core import db
from core.errors import Forbidden
from visits.daily.lanes import Tap, check_day, spread
from visits.daily.queries import ABOUT_WINDOWS
from visits.daily.queries import observing as queries
from visits.daily.queries.observing import Watched, Window
from visits.daily.refusals import LaneNotFound, TapConflicts
from visits.daily.windows import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A tap as it stands: what was said of each household."""

    lane_id: UUID
    on_day: date
    part: str
    seen: Mapping[UUID, str]


async def observe(
    item_id: UUID,
    lane_id: UUID,
    on_day: date,
    part: Part,
    *,
    all_changed: bool,
    exceptions: Mapping[UUID, str],
    made_at: datetime,
    by: Account,
    now: datetime,
) -> Taken:
    """Store what staff, or a watcher with an account, saw of a lane; households by their ids in it.

    The same tap twice is one. A watcher taps their own lanes, staff those of their areas; another lane is not found.
    `made_at` is taken as corrected for the phone's clock; what lies ahead of now is taken for now.
    """
    if not by.may("check.log"):
        raise Forbidden
    check_day(on_day, now)
    at = min(made_at, now)
    async with db.transaction(by.scope):
        lane = await queries.watched(lane_id, at=at)
        if lane is None or (by.role is Role.WATCHER and lane.account_id != by.id):
            raise LaneNotFound
        taps = spread(item_id, lane.households, all_changed=all_changed, exceptions=exceptions)
        own = lane.account_id == by.id
        window = Window(
            lane_id=lane_id, on_day=on_day, part=part, made_at=at, source="watcher" if own else "staff", by=by.id
        )
        new = await queries.add_observations(taps, lane, window, now=now)
        if new < len(taps):
            check_same(taps, await queries.stored([one.id for one in taps], lane_id))
        if new and window.source == "staff":
            await _answer(taps, lane, window, now)
        return Taken(lane_id=lane_id, on_day=on_day, part=part, seen={one.household_id: one.seen for one in taps})


def check_same(taps: Collection[Tap], stored: Mapping[UUID, str]) -> None:
    """What stands under the ids of a tap must be that tap."""
    if any(stored.get(one.id) != one.seen for one in taps):
        raise TapConflicts


async def _answer(taps: Collection[Tap], lane: Watched, window: Window, now: datetime) -> None:
    """Staff who looked and found it changed answer what was asked before they looked."""
    fine = [lane.households[one.household_id][0] for one in taps if one.seen == "changed"]
    subjects = await queries.answered(fine, made_at=window.made_at, by=window.by) if fine else []
    evidence = {"on_day": window.on_day, "part": window.part, "made_at": window.made_at}
    await resolve_for(subjects, kinds=ABOUT_WINDOWS, outcome="seen_later", evidence=evidence, by=window.by, now=now)
