"""The roster as stored: who holds which duty, who is on leave, and the gaps ahead."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from accounts.areas import Area, Level, chain, district_of, level_of
from accounts.duty import Answer, Assignment, Duty, Gap, Holder, Leave, Roster, gaps_ahead, who_answers
from accounts.queries.areas import areas_above
from core import db
from core.clock import local_day

_WATCHED: Mapping[Level, tuple[Duty, ...]] = {
    Level.VILLAGE: (Duty.VILLAGE,),
    Level.TOWNSHIP: (Duty.TOWNSHIP_SPECIALIST, Duty.TOWNSHIP_LEADER),
}


@dataclass(frozen=True, kw_only=True)
class DutyFacts:
    """Everything needed to say who answers for some areas: the roster, and the areas with all they lie within."""

    roster: Roster
    areas: Mapping[int, Area]
    _chains: dict[tuple[int, date], tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    def answering(self, duty: Duty, area_id: int, at: datetime) -> tuple[Answer, ...]:
        """Who answers at a rung for an area at a moment, nearest area first; empty is a roster gap."""
        return who_answers(duty, self.chain(area_id, local_day(at)), self.roster, at)

    def chain(self, area_id: int, on: date) -> tuple[int, ...]:
        """The ids of the way up from an area, itself first."""
        if (area_id, on) not in self._chains:
            self._chains[area_id, on] = tuple(area.id for area in chain(area_id, self.areas, on=on))
        return self._chains[area_id, on]


async def duty_facts(area_ids: Collection[int]) -> DutyFacts:
    """The facts of duty for these areas and all they lie within: the same for jobs and for whoever asks."""
    areas = await areas_above(area_ids)
    rows = await db.fetch("SELECT * FROM duty_roster($1)", list(areas))
    return DutyFacts(roster=_roster(rows), areas=areas)


async def coming_gaps(now: datetime, until: datetime, area_ids: Collection[int] | None = None) -> list[Gap]:
    """Every time up to `until` in which nobody answers, at each level by itself.

    Watched are these areas and all above them; without `area_ids` every area that is still valid.
    """
    if area_ids is None:
        area_ids = [row["id"] for row in await db.fetch("SELECT id FROM area WHERE level >= $1", Level.COUNTY)]
    facts = await duty_facts(area_ids)
    return list(gaps_ahead(_watched(facts, local_day(now)), facts.roster, since=now, until=until))


def _watched(facts: DutyFacts, on: date) -> Iterable[tuple[Duty, tuple[int, ...]]]:
    for area in sorted(facts.areas.values(), key=lambda one: one.code):
        if area.ended(on) or on < area.valid_from:
            continue
        is_district = district_of(area.id, facts.areas) == area.id
        for duty in (Duty.DISTRICT,) if is_district else _WATCHED.get(level_of(area.code), ()):
            yield duty, facts.chain(area.id, on)


def _roster(rows: Iterable[Any]) -> Roster:
    facts: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        facts[row["fact"]].append(row)
    return Roster(
        assignments=tuple(_assignment(row) for row in facts["assignment"]),
        leaves=tuple(_leave(row) for row in facts["leave"]),
        holders=tuple(Holder(account_id=row["account_id"], ended_at=row["ends_at"]) for row in facts["holder"]),
    )


def _assignment(row: Any) -> Assignment:
    return Assignment(
        account_id=row["account_id"],
        duty=Duty(row["duty"]),
        area_id=row["area_id"],
        position=row["place"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
    )


def _leave(row: Any) -> Leave:
    return Leave(
        account_id=row["account_id"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        cover_id=row["cover_id"],
    )
