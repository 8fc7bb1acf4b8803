"""Who could visit in a village: the accounts of its township that log visits."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from core import db


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitors:
    """By village: accounts of its township by name, and the workers whose own area it is."""

    by_name: dict[tuple[int, str], frozenset[UUID]]
    of_village: dict[int, frozenset[UUID]]

    def choose(self, village_id: int, name: str | None) -> UUID | None:
        """The one the ledger names, else the village's only worker, else nobody: a human must choose."""
        return self.named(village_id, name) or _only(self.of_village.get(village_id, frozenset()))

    def named(self, village_id: int, name: str | None) -> UUID | None:
        """The account of that name, where there is just one."""
        return _only(self.by_name.get((village_id, name), frozenset())) if name else None

    def may_visit(self, village_id: int, account_id: UUID) -> bool:
        return any(village == village_id and account_id in ids for (village, _), ids in self.by_name.items())


def _only(ids: frozenset[UUID]) -> UUID | None:
    return next(iter(ids)) if len(ids) == 1 else None


async def visitors_of(village_ids: Collection[int]) -> Visitors:
    """Those the caller may see, for these villages."""
    rows = await db.fetch(
        "SELECT DISTINCT v.id AS village_id, a.id, a.name, a.role = 'worker' AND held.area = v.id AS own"
        " FROM area v JOIN area_within up ON up.area_id = v.id"
        " JOIN area t ON t.id = up.ancestor_id AND t.level = 9"
        " JOIN area_within inside ON inside.ancestor_id = t.id"
        " JOIN account_area held ON held.area = inside.area_id"
        " JOIN account a ON a.id = held.account"
        " WHERE v.id = ANY ($1::int[]) AND a.status = 'active' AND a.role IN ('worker', 'township_specialist')",
        list(village_ids),
    )
    by_name: dict[tuple[int, str], set[UUID]] = defaultdict(set)
    of_village: dict[int, set[UUID]] = defaultdict(set)
    for row in rows:
        by_name[row["village_id"], row["name"]].add(row["id"])
        if row["own"]:
            of_village[row["village_id"]].add(row["id"])
    return Visitors(
        by_name={key: frozenset(ids) for key, ids in by_name.items()},
        of_village={key: frozenset(ids) for key, ids in of_village.items()},
    )
