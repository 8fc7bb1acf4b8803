"""A district's policy and calendar as stored, typed on reading."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import structlog

from accounts.calendar import DayOverride, WorkCalendar, add, china
from accounts.lengths import Length
from accounts.policy import Change, Policy, to_data
from accounts.policy_stored import from_stored
from core import db
from core.clock import local_day
from core.ids import new_id

log = structlog.get_logger("chuangdeng.policy")


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectivePolicy:
    """The policy in force for a district on a day. `id` is None for the default, which nobody issued."""

    id: UUID | None
    version: int
    document_number: str
    policy: Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyVersion:
    """One issued version and what it changed against the one before it."""

    id: UUID
    version: int
    document_number: str
    effective_on: date
    note: str
    issued_at: datetime
    issued_by: UUID | None
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarDay:
    """A district's own word on one day."""

    day: date
    working: bool
    reason: str


async def policy_for(district_id: int, on: date) -> EffectivePolicy:
    """The policy in force in a district on a local day."""
    return (await policies_for([district_id], on))[district_id]


_issued: dict[UUID, Policy] = {}


async def policy_issued(policy_id: UUID | None) -> Policy:
    """One version by its id, the default for None. Versions never change: each is asked for once a process."""
    if policy_id is None:
        return Policy.default()
    if policy_id not in _issued:
        content = await db.fetch_value("SELECT content FROM policy_version WHERE id = $1", policy_id)
        _issued[policy_id] = _typed(content)
    return _issued[policy_id]


async def policies_for(district_ids: Collection[int], on: date) -> dict[int, EffectivePolicy]:
    """The policy in force in each district on a local day: the last to become effective, and of one day the highest."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (district_id) district_id, id, version, document_number, content FROM policy_version"
        " WHERE district_id = ANY ($1::int[]) AND effective_on <= $2"
        " ORDER BY district_id, effective_on DESC, version DESC",
        list(district_ids),
        on,
    )
    issued = {row["district_id"]: _effective(row) for row in rows}
    return {district_id: issued.get(district_id, _default()) for district_id in district_ids}


async def last_version(district_id: int) -> int:
    """The number of the latest version; 1, the default, where none was issued."""
    sql = "SELECT coalesce(max(version), 1) FROM policy_version WHERE district_id = $1"
    return int(await db.fetch_value(sql, district_id))


async def versions(district_id: int) -> tuple[PolicyVersion, ...]:
    """Every version issued in a district, the latest first, each with what it changed against the one it built on."""
    rows = await db.fetch(
        "SELECT id, version, document_number, effective_on, note, issued_at, issued_by, content, changes"
        " FROM policy_version WHERE district_id = $1 ORDER BY version DESC",
        district_id,
    )
    return tuple(
        PolicyVersion(
            id=row["id"],
            version=row["version"],
            document_number=row["document_number"],
            effective_on=row["effective_on"],
            note=row["note"],
            issued_at=row["issued_at"],
            issued_by=row["issued_by"],
            changes=tuple(Change(**one) for one in msgspec.json.decode(row["changes"])),
        )
        for row in rows
    )


async def add_version(version: PolicyVersion, district_id: int, policy: Policy) -> None:
    await db.execute(
        "INSERT INTO policy_version (id, district_id, version, document_number, effective_on, content, changes, note,"
        " issued_by, issued_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        version.id,
        district_id,
        version.version,
        version.document_number,
        version.effective_on,
        msgspec.json.encode(to_data(policy)).decode(),
        msgspec.json.encode(version.changes).decode(),
        version.note,
        version.issued_by,
        version.issued_at,
    )


async def calendar_days(district_id: int, year: int) -> tuple[CalendarDay, ...]:
    """What a district has said of single days of a year."""
    rows = await db.fetch(
        "SELECT day, working, reason FROM calendar_day WHERE district_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day",
        district_id,
        date(year, 1, 1),
        date(year, 12, 31),
    )
    return tuple(CalendarDay(day=row["day"], working=row["working"], reason=row["reason"]) for row in rows)


async def save_calendar_day(district_id: int, day: date, *, working: bool, reason: str) -> UUID:
    """Store a district's word on a day, over its own earlier one. The id of the day."""
    saved: UUID = await db.fetch_value(
        "INSERT INTO calendar_day (id, district_id, day, working, reason) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (district_id, day) DO UPDATE SET working = excluded.working, reason = excluded.reason"
        " RETURNING id",
        new_id(),
        district_id,
        day,
        working,
        reason,
    )
    return saved


async def moment_after(now: datetime, district_id: int, length_of: Callable[[Policy], Length]) -> datetime:
    """The moment after a length of time that a district's policy sets."""
    today = local_day(now)
    length = length_of((await policy_for(district_id, today)).policy)
    calendar = (await calendars_for([district_id], today))[district_id] if length.working_days else WorkCalendar()
    return add(now, length, calendar)


async def calendars_for(district_ids: Collection[int], around: date) -> dict[int, WorkCalendar]:
    """The working days of each district for the year before, of and after a day."""
    years = (around.year - 1, around.year, around.year + 1)
    rows = await db.fetch(
        "SELECT district_id, day, working FROM calendar_day"
        " WHERE district_id = ANY ($1::int[]) AND day BETWEEN $2 AND $3 ORDER BY district_id, day",
        list(district_ids),
        date(years[0], 1, 1),
        date(years[-1], 12, 31),
    )
    overrides: dict[int, list[DayOverride]] = defaultdict(list)
    for row in rows:
        overrides[row["district_id"]].append(DayOverride(day=row["day"], working=row["working"]))
    return {district_id: _calendar(years, tuple(overrides[district_id])) for district_id in district_ids}


def _effective(row: Any) -> EffectivePolicy:
    return EffectivePolicy(
        id=row["id"],
        version=row["version"],
        document_number=row["document_number"],
        policy=_typed(row["content"]),
    )


@lru_cache(maxsize=64)
def _typed(content: str) -> Policy:
    """Versions never change and reading one takes a while: each is read once a process."""
    policy, unreadable = from_stored(msgspec.json.decode(content))
    if unreadable:
        log.error("stored policy has rows of another release", rows=[problem.pointer for problem in unreadable])
    return policy


@lru_cache(maxsize=1)
def _default() -> EffectivePolicy:
    return EffectivePolicy(id=None, version=1, document_number="", policy=Policy.default())


@lru_cache(maxsize=64)
def _calendar(years: tuple[int, ...], overrides: tuple[DayOverride, ...]) -> WorkCalendar:
    return china(years, overrides)
