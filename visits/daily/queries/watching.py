"""What a link's token opens: definer functions that see one lane, asked with nobody's eyes, one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core import db
from visits.daily.lanes import Tap


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One window of a household as its watcher sees it: how it is called, when to look, what was said already."""

    household_id: UUID
    shown_as: str
    part: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    seen: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A link that opens its lane, and what it shows of a day."""

    id: UUID
    lane_id: UUID
    lane_name: str
    watcher_name: str
    windows: tuple[Shown, ...]


async def link(token_hash: bytes, *, day: date | None, since: datetime, now: datetime) -> Link | None:
    """The households a link shows, those removed after `since` too; with their windows where a day is asked for.

    None for a link never issued, taken back or run out.
    """
    row = await db.ask("SELECT * FROM watch_lane($1, $2, $3, $4)", token_hash, now, since, day)
    if row is None:
        return None
    columns = (row[name] or () for name in ("household_ids", "shown_as", "parts", "opens_at", "closes_at", "seen"))
    return Link(
        id=row["link_id"],
        lane_id=row["lane_id"],
        lane_name=row["lane_name"],
        watcher_name=row["watcher_name"],
        windows=tuple(
            Shown(household_id=home, shown_as=shown_as, part=part, opens_at=opens, closes_at=closes, seen=seen)
            for home, shown_as, part, opens, closes, seen in zip(*columns, strict=True)
        ),
    )


async def add_observations(
    token_hash: bytes, taps: Sequence[Tap], *, on_day: date, part: str, made_at: datetime, now: datetime
) -> dict[UUID, str]:
    """Store what was seen; what stands under each id afterwards, where it is this lane's."""
    row = await db.ask(
        "SELECT stored, seen FROM watch_observe($1, $2, $3, $4, $5, $6, $7, $8)",
        token_hash,
        now,
        made_at,
        on_day,
        part,
        [one.id for one in taps],
        [one.household_id for one in taps],
        [one.seen for one in taps],
    )
    return dict(zip(row["stored"] or (), row["seen"] or (), strict=True))
