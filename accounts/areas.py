"""The tree of areas: levels, the way up from a village, and who counts as inside whom while codes change every year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

_EMPTY_LAYERS = {"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"}


class Level(IntEnum):
    """How many digits of the 12 count."""

    PROVINCE = 2
    CITY = 4
    COUNTY = 6
    TOWNSHIP = 9
    VILLAGE = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Area:
    """A place under one code, from `valid_from` up to but not including `valid_to`, when the successor takes over."""

    id: int
    code: str
    name: str
    parent_id: int | None
    valid_from: date
    valid_to: date | None = None
    successor_id: int | None = None

    def ended(self, on: date) -> bool:
        return self.valid_to is not None and self.valid_to <= on

    @property
    def is_empty_layer(self) -> bool:
        """A city-level code without a government, such as 1201 "市辖区": it only groups the counties below it."""
        return self.name in _EMPTY_LAYERS and level_of(self.code) is Level.CITY


def level_of(code: str) -> Level:
    """The level, read off the trailing zeros of a 12-digit statistical code (统计用区划代码). ValueError for others."""
    if len(code) != 12 or not (code.isascii() and code.isdigit()) or code.startswith("00"):
        raise ValueError(f"not an area code: {code!r}")
    return next(level for level in Level if not code[level:].strip("0"))


def chain(area_id: int, areas: Mapping[int, Area], *, on: date) -> tuple[Area, ...]:
    """The way up from an area, itself first: who answers for it, nearest first.

    An area that has ended by that day hands over to its successor, and from there the way goes up; the empty layer is
    left out. Rows that form a circle by mistake are each passed once, and the way leaves the circle where it can.
    """
    passed: dict[int, Area] = {}
    current: Area | None = areas[area_id]
    while current is not None:
        passed[current.id] = current
        current = next((area for area in _ways_up(current, areas, on) if area.id not in passed), None)
    return tuple(area for area in passed.values() if area.id == area_id or not area.is_empty_layer)


def _ways_up(area: Area, areas: Mapping[int, Area], on: date) -> Iterable[Area]:
    heir = area.successor_id if area.ended(on) else None
    return [areas[above] for above in (heir, area.parent_id) if above is not None and above in areas]


def closure(areas: Mapping[int, Area]) -> frozenset[tuple[int, int]]:
    """All pairs (ancestor, area), each area within itself.

    An area with a successor is within the successor and all above it, too: rows that still carry the old code are seen
    by the new people, and the old people keep sight of their own history, without a row being rewritten. The day of the
    handover is not waited for, so nothing has to be recomputed on it.
    """
    return frozenset((above, area_id) for area_id in areas for above in _reachable(area_id, areas))


def _reachable(area_id: int, areas: Mapping[int, Area]) -> set[int]:
    reached: set[int] = set()
    ahead = [area_id]
    while ahead:
        current = ahead.pop()
        if current in areas and current not in reached:
            reached.add(current)
            ahead += [above for above in (areas[current].parent_id, areas[current].successor_id) if above is not None]
    return reached


def district_of(area_id: int, areas: Mapping[int, Area]) -> int | None:
    """The county-level area an area belongs to, itself for a county; None above counties.

    A city without counties (4419 Dongguan) is itself the district of its townships.
    """
    path: list[Area] = []
    current: Area | None = areas[area_id]
    while current is not None and current not in path:
        path.append(current)
        current = areas.get(current.parent_id) if current.parent_id is not None else None
    if level_of(areas[area_id].code) < Level.COUNTY:
        return None
    districts = [area for level in (Level.COUNTY, Level.CITY) for area in path if level_of(area.code) is level]
    return next((area.id for area in districts if not area.is_empty_layer), None)
