"""Whom a campaign is for: a filter over the register, in its own words. What is left open is not asked."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core.errors import Invalid
from recipients.risk import Category, Risk
from recipients.self_care import SelfCare

Reason = Literal["cold_wave", "heat", "flood", "festival", "sweep", "disaster", "other"]
REASON_NAMES: dict[Reason, str] = {
    "cold_wave": "寒潮",
    "heat": "高温",
    "flood": "汛情",
    "festival": "节日走访",
    "sweep": "重点家庭排查",
    "disaster": "受灾",
    "other": "其他",
}

LONGEST = timedelta(days=92)
SHORTEST = timedelta(minutes=1)


class DeadlineBehind(Invalid):
    detail = "截止时间已经过去。请填写一个以后的时间。"


class DeadlineBeforeOpening(Invalid):
    detail = "截止时间须晚于开始时间。请改正。"


class CampaignTooLong(Invalid):
    detail = "专项走访最长三个月。请提前截止时间，或分次开展。"


class OpensBehind(Invalid):
    detail = "开始时间已经过去。请填写现在或以后的时间，或留空表示立即开始。"


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Who is chosen: everybody supported in the areas who is one of each list that is given. Empty lists ask nothing.

    `area_ids` narrow the campaign's own area; `living_alone` None asks nothing.
    """

    risks: tuple[Risk, ...] = ()
    categories: tuple[Category, ...] = ()
    self_care: tuple[SelfCare, ...] = ()
    living_alone: bool | None = None
    area_ids: tuple[int, ...] = ()

    def takes(
        self, *, risk: str, categories: Collection[str], self_care: str, living_alone: bool, areas: Collection[int]
    ) -> bool:
        """Whether somebody is chosen. `areas`: where they live and every area above it."""
        return (
            (not self.risks or risk in self.risks)
            and (not self.categories or any(one in self.categories for one in categories))
            and (not self.self_care or self_care in self.self_care)
            and (self.living_alone is None or living_alone is self.living_alone)
            and (not self.area_ids or any(one in areas for one in self.area_ids))
        )


def check_times(*, opens_at: datetime, deadline_at: datetime, now: datetime) -> None:
    """Refuse a campaign nobody could carry out, or one that never ends."""
    if opens_at < now:
        raise OpensBehind(field="/opens_at")
    if deadline_at <= now:
        raise DeadlineBehind(field="/deadline_at")
    if deadline_at < opens_at + SHORTEST:
        raise DeadlineBeforeOpening(field="/deadline_at")
    if deadline_at > opens_at + LONGEST:
        raise CampaignTooLong(field="/deadline_at")
