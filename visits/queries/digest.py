"""The counts of the digest: one statement a family, for every township and district at once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from accounts.areas import Level
from accounts.duty import Gap
from core import db
from core.clock import LOCAL
from recipients.queries.support import SUPPORTED
from visits.queries.contacts import CONTACT

T = TypeVar("T")
_WITHIN = "JOIN area_within w ON w.area_id = {0}.area_id AND w.ancestor_id = ANY ($1::int[])"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A township or a district that gets a digest."""

    area_id: int
    district_id: int

    @property
    def is_district(self) -> bool:
        return self.area_id == self.district_id


@dataclass(frozen=True, kw_only=True, slots=True)
class Since:
    """From when on a contact keeps somebody of this risk within their interval."""

    district_id: int
    risk: str
    since: datetime


async def places(on: date) -> list[Place]:
    """The valid townships and districts in which, or above which, somebody could sign in."""
    rows = await db.fetch(
        "SELECT id AS area_id, district_id FROM area WHERE (level = $1 OR id = district_id)"
        " AND district_id IN (SELECT district_id FROM account WHERE status = 'active')"
        " AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) ORDER BY id",
        Level.TOWNSHIP,
        on,
    )
    return [Place(**row) for row in rows]


async def told_already(occurrences: Collection[str]) -> set[str]:
    """Which of these digests are owed to somebody already."""
    rows = await db.fetch("SELECT DISTINCT occurrence FROM notice WHERE occurrence = ANY ($1::text[])", occurrences)
    return {row["occurrence"] for row in rows}


async def people(area_ids: Sequence[int], since: Sequence[Since], *, now: datetime) -> dict[int, tuple[int, int]]:
    """By area: people under support, and those of them not seen within their interval.

    Whoever is away by a confirmed absence is not expected to be seen; who was registered lately still has their time.
    """
    rows = await db.fetch(
        "SELECT w.ancestor_id AS area_id, count(*) AS supported, count(*) FILTER (WHERE r.created_at < t.since"
        " AND (r.last_seen_on IS NULL OR r.last_seen_on < (t.since AT TIME ZONE $6)::date)"
        " AND NOT EXISTS (SELECT FROM visit_report c WHERE c.recipient_id = r.id AND c.made_at >= t.since"
        f"  AND c.made_at <= $5 AND {CONTACT})"
        " AND NOT EXISTS (SELECT FROM absence b WHERE b.recipient = r.id AND b.confirmed_at <= $5"
        "  AND b.starts_at <= $5 AND least(b.ends_at, b.ended_at) > $5)) AS not_seen"
        f" FROM recipient r {_WITHIN.format('r')}"
        " JOIN unnest($2::int[], $3::text[], $4::timestamptz[]) AS t (district_id, risk, since)"
        "  ON t.district_id = r.district_id AND t.risk = r.risk"
        f" WHERE {SUPPORTED} GROUP BY 1",
        area_ids,
        [one.district_id for one in since],
        [one.risk for one in since],
        [one.since for one in since],
        now,
        LOCAL.key,
    )
    return {row["area_id"]: (row["supported"], row["not_seen"]) for row in rows}


async def due_between(area_ids: Sequence[int], begins: datetime, ends: datetime) -> dict[int, int]:
    """Open visits to people on the register that are due in a stretch of time."""
    return await _by_area(
        f"SELECT w.ancestor_id AS area_id, count(*) FROM visit v {_WITHIN.format('v')}"
        " WHERE v.status = 'open' AND v.due_at >= $2 AND v.due_at < $3"
        " AND EXISTS (SELECT FROM recipient r WHERE r.id = v.recipient_id) GROUP BY 1",
        area_ids,
        begins,
        ends,
    )


async def unsettled_visits(area_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Missed visits and those not known, by status, whose alert nobody has resolved."""
    rows = await db.fetch(
        "SELECT w.ancestor_id AS area_id, v.status, count(DISTINCT v.id) AS count FROM alert a"
        f" JOIN visit v ON v.id = a.subject_id {_WITHIN.format('a')}"
        " WHERE a.status <> 'resolved' AND a.kind IN ('visit_missed', 'visit_not_known', 'return_check')"
        " AND v.status IN ('missed', 'not_known') GROUP BY 1, 2",
        area_ids,
    )
    return _by_word((row["area_id"], row["status"], row["count"]) for row in rows)


async def unresolved_alerts(area_ids: Sequence[int]) -> dict[int, dict[str, tuple[int, int]]]:
    """Unresolved alerts by severity, and how many of them nobody has acknowledged.

    The canary's are nobody's, and what is confidential is in no count: the digest goes to everybody who answers.
    """
    rows = await db.fetch(
        "SELECT w.ancestor_id AS area_id, a.severity, count(*), count(*) FILTER (WHERE a.status = 'open') AS open"
        f" FROM alert a {_WITHIN.format('a')} WHERE a.status <> 'resolved' AND a.kind <> 'canary'"
        " AND NOT a.confidential GROUP BY 1, 2",
        area_ids,
    )
    return _by_word((row["area_id"], row["severity"], (row["count"], row["open"])) for row in rows)


async def gaps_within(area_ids: Sequence[int], gaps: Iterable[Gap]) -> dict[int, int]:
    """How many duties among these gaps lie within each area, each duty once however often it is interrupted."""
    duties = {(gap.area_id, gap.duty.value) for gap in gaps}
    return await _by_area(
        "SELECT w.ancestor_id AS area_id, count(*) FROM unnest($2::int[], $3::text[]) AS g (area_id, duty)"
        f" {_WITHIN.format('g')} GROUP BY 1",
        area_ids,
        [area_id for area_id, _ in duties],
        [duty for _, duty in duties],
    )


async def silent_phones(area_ids: Sequence[int], since: Mapping[int, datetime]) -> dict[int, int]:
    """Active accounts whose every bound phone has been silent since their district's moment; who has none is not
    meant."""
    return await _by_area(
        "SELECT w.ancestor_id AS area_id, count(DISTINCT a.id) FROM account a JOIN account_area r ON r.account = a.id"
        " JOIN area_within w ON w.area_id = r.area AND w.ancestor_id = ANY ($1::int[])"
        " JOIN unnest($2::int[], $3::timestamptz[]) AS t (district_id, since) ON t.district_id = a.district_id"
        " WHERE a.status = 'active' AND (SELECT max(d.last_seen_at) FROM device d WHERE d.account = a.id"
        "  AND d.revoked_at IS NULL) < t.since GROUP BY 1",
        area_ids,
        list(since),
        list(since.values()),
    )


async def quarantined(area_ids: Sequence[int]) -> dict[int, int]:
    """Rows no job could judge that wait for a human."""
    return await _by_area(
        f"SELECT w.ancestor_id AS area_id, count(*) FROM quarantined q {_WITHIN.format('q')}"
        " WHERE q.released_at IS NULL GROUP BY 1",
        area_ids,
    )


async def _by_area(sql: str, *values: object) -> dict[int, int]:
    return {row["area_id"]: row["count"] for row in await db.fetch(sql, *values)}


def _by_word(rows: Iterable[tuple[int, str, T]]) -> dict[int, dict[str, T]]:
    found: dict[int, dict[str, T]] = defaultdict(dict)
    for area_id, word, value in rows:
        found[area_id][word] = value
    return found
