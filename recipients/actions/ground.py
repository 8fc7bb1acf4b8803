"""What an import stands on: its area's villages, the policy of its district, and who may import there."""

from dataclasses import dataclass
from datetime import date

from accounts.permissions import Account
from accounts.policy import Policy
from accounts.queries import policy_for
from core.errors import Forbidden, Invalid
from recipients.queries import register as queries
from recipients.queries.register import Place
from recipients.villages import Villages


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    area_id: int
    district_id: int
    places: dict[str, Place]
    policy: Policy

    @property
    def villages(self) -> Villages:
        return Villages(place.village for place in self.places.values())


async def ground_of(area_id: int, today: date) -> Ground:
    """For an area of the caller's, a county or below it; any other is refused in the same words."""
    district_id = await queries.district_of(area_id)
    if district_id is None:
        raise Invalid("没有这个区划，或不在您的辖区。请选择您负责的乡镇(街道)或村(社区)。", field="/area_id")
    policy = await policy_for(district_id, today)
    places = await queries.places_within(area_id, today)
    return Ground(area_id=area_id, district_id=district_id, places=places, policy=policy.policy)


def may_import(by: Account) -> None:
    if not by.may("recipient.import"):
        raise Forbidden
