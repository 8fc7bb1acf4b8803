"""Today's matters, read: the first of each source, merged; what else waits about the same subjects; the counts."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from accounts.calendar import WorkCalendar, add
from accounts.policy import Policy
from accounts.queries import calendars_for, policy_for
from alerts.queries.rows import COLUMNS as ALERT_COLUMNS
from alerts.queries.rows import alert
from caregivers.overview.matters import Item, Matter, Place, fold, soon
from caregivers.overview.queries.branches import BRANCHES, Branch
from core import db
from core.clock import local_day

_START: Place = (-1, datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
_LONGEST_STATEMENT = (
    15_000  # bytes: the driver keeps no longer one prepared, and planning one takes longer than running
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Land:
    """The part of the land that is asked about. `wide`: whole districts, read in order instead of place by place."""

    areas: tuple[int, ...]
    districts: tuple[int, ...]
    wide: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What policy and calendar say today, as far as the order of matters depends on it."""

    soon: datetime
    care_until: datetime
    renew_until: date


async def land_of(area_ids: Collection[int], *, within: int | None = None) -> Land:
    """All that lies in these areas, optionally within one of them; of another area nothing."""
    row = await db.fetch_one(
        "SELECT coalesce(array_agg(DISTINCT w.area_id), '{}') AS areas,"
        " coalesce(array_agg(DISTINCT a.district_id) FILTER (WHERE a.district_id IS NOT NULL), '{}') AS districts,"
        " coalesce(bool_and(root.level <= 6), false) AS wide"
        " FROM area_within w JOIN area a ON a.id = w.area_id JOIN area root ON root.id = coalesce($2, w.ancestor_id)"
        " WHERE w.ancestor_id = ANY ($1::int[])"
        " AND ($2::int IS NULL OR w.area_id IN (SELECT area_id FROM area_within WHERE ancestor_id = $2))",
        list(area_ids),
        within,
    )
    return Land(areas=tuple(row["areas"]), districts=tuple(row["districts"]), wide=row["wide"])


async def terms_for(district_id: int, now: datetime) -> Terms:
    """The terms of a district's policy and calendar on the day of `now`."""
    today = local_day(now)
    policy = (await policy_for(district_id, today)).policy
    return _terms(policy, (await calendars_for([district_id], today))[district_id], now)


def _terms(policy: Policy, calendar: WorkCalendar, now: datetime) -> Terms:
    return Terms(
        soon=soon(now, calendar),
        care_until=add(now, policy.replacement.temporary_care_warns_before, calendar),
        renew_until=local_day(add(now, policy.agreements.renewal_review_before, calendar)),
    )


async def todays_matters(land: Land, terms: Terms, *, after: Place | None, limit: int, now: datetime) -> list[Matter]:
    """The next matters of a part of the land the caller sees, after a place, each subject once.

    A subject of which an earlier item stood on an earlier page is passed over, so more is read until enough are found.
    """
    await _plan_once()
    matters: list[Matter] = []
    while True:
        found = await _items(_pages(land.wide, after is not None, limit), land, terms, now, after=after)
        found = sorted(found, key=lambda one: one.place)[:limit]
        about = await _items(_about(), land, terms, now, roots={item.root for item in found}) if found else []
        matters += fold(found, about)
        if len(found) < limit or len(matters) >= limit:
            return await _with_alerts(matters[:limit])
        after = found[-1].place


async def counts_of_matters(land: Land, terms: Terms, *, now: datetime) -> dict[str, int]:
    """How many things wait, by what they are. What the caller may not see is not counted either."""
    await _plan_once()
    counts: Counter[str] = Counter()
    for row in await _fetch(_counts(land.wide), land, terms, now):
        counts[row["what"]] += row["count"]
    return counts


async def _plan_once() -> None:
    """Planning so many selects takes longer than running them: let the server keep the plan, and compile nothing."""
    await db.fetch_value(
        "SELECT set_config('plan_cache_mode', 'force_generic_plan', true) || set_config('jit', 'off', true)"
    )


async def _items(
    statements: Sequence[str],
    land: Land,
    terms: Terms,
    now: datetime,
    *,
    after: Place | None = None,
    roots: Collection[UUID] = (),
) -> list[Item]:
    rows = await _fetch(statements, land, terms, now, after=after, roots=roots)
    return [
        Item(
            what=row["what"],
            tier=row["tier"],
            moment=row["moment"],
            since=row["since"],
            id=row["id"],
            root=row["root"],
            recipient_id=row["recipient_id"],
            area_id=row["area_id"],
            severity=row["severity"],
            subject_id=row["subject_id"],
        )
        for row in rows
    ]


async def _fetch(
    statements: Sequence[str],
    land: Land,
    terms: Terms,
    now: datetime,
    *,
    after: Place | None = None,
    roots: Collection[UUID] = (),
) -> list[Any]:
    given = (
        list(land.areas),
        now,
        terms.soon,
        terms.care_until,
        terms.renew_until,
        list(roots),
        list(land.districts),
        *(after or _START),
    )
    found: list[Any] = []
    for sql in statements:
        found += await db.fetch(sql, *given)
    return found


# Named even where a statement has no use for it: PostgreSQL must know the type of every parameter.
_GIVEN = (
    "WITH given AS (SELECT $1::int[], $2::timestamptz, $3::timestamptz, $4::timestamptz, $5::date, $6::uuid[],"
    " $7::int[], $8::int, $9::timestamptz, $10::timestamptz, $11::uuid) "
)


def _together(selects: Iterable[str]) -> tuple[str, ...]:
    """As few statements as the driver keeps prepared."""
    found = [_GIVEN]
    for select in selects:
        joint = " UNION ALL " if found[-1] != _GIVEN else ""
        if len(found[-1]) + len(joint) + len(select) + 2 > _LONGEST_STATEMENT:
            found.append(_GIVEN)
            joint = ""
        found[-1] += f"{joint}({select})"
    return tuple(found)


@cache
def _pages(wide: bool, begun: bool, limit: int) -> tuple[str, ...]:
    """The first of each source after a place. A whole district is read in order, a smaller place as a whole."""
    return _together(_first(branch, wide and branch.by_district, begun, limit) for branch in BRANCHES)


def _first(branch: Branch, wide: bool, begun: bool, limit: int) -> str:
    beyond = f" AND ({branch.tier}, {branch.moment}, {branch.since}, {branch.row}.id) > ($8, $9, $10, $11)"
    here = f"{branch.row}.district_id = place.id" if wide else _here(branch)
    first = f"{_select(branch, here)}{beyond if begun else ''} ORDER BY {branch.by} LIMIT {int(limit)}"
    return f"SELECT x.* FROM unnest($7) AS place (id) CROSS JOIN LATERAL ({first}) AS x" if wide else first


@cache
def _about() -> tuple[str, ...]:
    """All that may wait about some subjects besides."""
    return _together(f"{_select(branch, _here(branch))} AND {branch.asked}" for branch in BRANCHES if branch.shares)


@cache
def _counts(wide: bool) -> tuple[str, ...]:
    def here(branch: Branch) -> str:
        return f"{branch.row}.district_id = ANY ($7)" if wide and branch.by_district else _here(branch)

    return _together(
        f"SELECT {branch.what}::text AS what, count(*)::int AS count FROM {branch.source}"
        f" WHERE {here(branch)} AND {branch.waits} GROUP BY 1"
        for branch in BRANCHES
    )


def _here(branch: Branch) -> str:
    return f"{branch.row}.area_id = ANY ($1)"


def _select(branch: Branch, here: str) -> str:
    row = branch.row
    return (
        f"SELECT {branch.what}::text AS what, {branch.tier} AS tier, {branch.moment} AS moment,"
        f" {branch.since} AS since, {row}.id, {branch.root} AS root,"
        f" {branch.recipient.format(row=row)} AS recipient_id,"
        f" {row}.area_id, {branch.severity}::text AS severity, {branch.subject.format(row=row)} AS subject_id"
        f" FROM {branch.source} WHERE {here} AND {branch.waits}"
    )


async def _with_alerts(matters: Sequence[Matter]) -> list[Matter]:
    """The same with their alerts: where each stands on its ladder."""
    ids = {item.id for matter in matters for item in (matter.head, *matter.also)}
    rows = await db.fetch(f"SELECT {ALERT_COLUMNS} FROM alert a WHERE a.id = ANY ($1::uuid[])", list(ids))
    alerts = {row["id"]: alert(row) for row in rows}
    return [
        Matter(
            head=replace(matter.head, alert=alerts.get(matter.head.id)),
            also=tuple(replace(one, alert=alerts.get(one.id)) for one in matter.also),
        )
        for matter in matters
    ]
