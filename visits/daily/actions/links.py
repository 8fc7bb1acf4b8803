"""Personal links: issued to a watcher, shown once, taken back at any time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.actions.sign_in import new_token
from accounts.permissions import Account
from accounts.queries import policy_for
from core import db, vault
from core.clock import local_day
from core.ids import new_id
from visits.daily.actions.lanes import hold_active, permit, tell
from visits.daily.queries import lanes
from visits.daily.queries import links as queries
from visits.daily.queries.links import Link
from visits.daily.refusals import LaneNotFound, LinkNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class IssuedLink:
    """`token` exists nowhere else: shown once, to be handed to the watcher."""

    link: Link
    token: str

    def __repr__(self) -> str:
        return f"IssuedLink({self.link.id})"


async def issue_link(lane_id: UUID, *, by: Account, now: datetime) -> IssuedLink:
    """A new link, for as long as the district's policy says. Those issued before stay: take back what was lost."""
    permit(by)
    async with db.transaction(by.scope):
        lane = await hold_active(lane_id)
        valid = (await policy_for(lane.district_id, local_day(now))).policy.curtain.link_valid
        link = Link(
            id=new_id(),
            lane_id=lane_id,
            issued_by=by.id,
            issued_at=now,
            expires_at=now + timedelta(seconds=valid.rough_seconds),
            revoked_at=None,
            last_used_at=None,
        )
        token = new_token()
        await queries.add_link(link, area_id=lane.area_id, token_hash=vault.token_hash(token))
        await tell("watch_link.issued", lane, by, now, link=str(link.id), expires_at=link.expires_at)
        return IssuedLink(link=link, token=token)


async def revoke_link(link_id: UUID, lane_id: UUID, *, by: Account, now: datetime) -> None:
    """Take a link back; it opens nothing from its next use on. Taken back twice: once."""
    permit(by)
    async with db.transaction(by.scope):
        lane = await lanes.hold_lane(lane_id)
        if lane is None:
            raise LaneNotFound
        if not await queries.revoke_link(link_id, lane_id, by=by.id, now=now):
            raise LinkNotFound
        await tell("watch_link.revoked", lane, by, now, link=str(link_id))
