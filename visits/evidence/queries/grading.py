"""What a grade is given by: reports with all that is known around them, many at once. No note, no name."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

import msgspec

from core import db, vault
from visits.evidence.doubts import Told
from visits.evidence.grades import Witnessed
from visits.evidence.position import Position

_NEAR = timedelta(hours=12)
_AT_HOME = timedelta(days=370)

_TOLD = """
    SELECT r.id, r.amends_id, r.visit, r.recipient_id, r.area_id, r.by_account_id, r.device_id, r.method, r.made_at,
        r.logged_at, r.labels, r.identified_by, r.all_normal, r.on_paper, i.made_at AS saved_at, i.offset_ms,
        coalesce(o.logged_at, r.logged_at) AS first_logged_at, p.living_alone
    FROM visit_report r JOIN recipient p ON p.id = r.recipient_id LEFT JOIN visit_report o ON o.id = r.amends_id
        LEFT JOIN inbox_item i ON i.client_id = coalesce(r.amends_id, r.id) AND i.first
"""
"""A correction was entered when what it corrects was: whoever puts a slip right is not late by it."""

_STANDS = "NOT EXISTS (SELECT FROM visit_report later WHERE later.amends_id = r.id)"
"""What was corrected is not a visit besides its correction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ungraded:
    """A report and what speaks for it."""

    told: Told
    visit_id: UUID
    district_id: int
    witnessed: Witnessed


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the last photo at somebody's home was taken."""

    position: Position
    area_id: int
    lives_alone: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What surrounds the reports of a batch, to be looked up by worker, home and phone."""

    by_worker: Mapping[UUID, Sequence[Told]]
    by_home: Mapping[UUID, Sequence[Told]]
    accounts_by_device: Mapping[UUID, int]
    positions: Mapping[UUID, Place]


async def ungraded(report_ids: Collection[UUID], *, now: datetime) -> list[Ungraded]:
    """These reports with what speaks for them: for a correction also what speaks for what it corrects."""
    rows = await db.fetch(
        f"SELECT told.*, v.district_id, start.claimed_at AS code_started_at, stop.claimed_at AS code_ended_at,"
        " EXISTS (SELECT FROM call_back b WHERE b.report_id IN (told.id, told.amends_id) AND b.outcome = 'confirmed')"
        "  AS called_back,"
        " p.id AS photo_id, p.position_sealed"
        f" FROM ({_TOLD} WHERE r.id = ANY ($1::uuid[])) told JOIN visit v ON v.id = told.visit"
        " LEFT JOIN LATERAL (SELECT min(c.claimed_at) AS claimed_at FROM doorstep_code c"
        "  WHERE c.visit_id = told.visit AND c.at_moment = 'start') start ON true"
        " LEFT JOIN LATERAL (SELECT max(c.claimed_at) AS claimed_at FROM doorstep_code c"
        "  WHERE c.visit_id = told.visit AND c.at_moment = 'end') stop ON true"
        " LEFT JOIN LATERAL (SELECT a.id, a.position_sealed FROM attachment a"
        "  WHERE a.subject_id IN (told.id, told.amends_id) AND a.status = 'stored'"
        "  ORDER BY a.position_sealed IS NULL, a.id LIMIT 1) p ON true",
        list(report_ids),
    )
    homes = await _homes({row["recipient_id"] for row in rows})
    return [_ungraded(row, homes.get(row["recipient_id"]), now) for row in rows]


def _ungraded(row: Mapping[str, Any], home: Position | None, now: datetime) -> Ungraded:
    told = replace(_told(row, home), waited=now - row["logged_at"])
    return Ungraded(
        told=told,
        visit_id=row["visit"],
        district_id=row["district_id"],
        witnessed=Witnessed(
            code_at_start=row["code_started_at"] is not None,
            code_at_end=row["code_ended_at"] is not None,
            co_signed=row["identified_by"] in ("neighbour_confirmed", "keyholder"),
            called_back=row["called_back"],
            photo=told.photo,
            position_near=told.position is not None and told.home is not None,
        ),
    )


def _told(row: Mapping[str, Any], home: Position | None = None) -> Told:
    saved_at = row["saved_at"]
    entered_at = saved_at - timedelta(milliseconds=row["offset_ms"]) if saved_at else row["first_logged_at"]
    return Told(
        report_id=row["id"],
        recipient_id=row["recipient_id"],
        area_id=row["area_id"],
        worker_id=row["by_account_id"],
        device_id=row["device_id"],
        at_door=row["method"] == "door",
        made_at=row["made_at"],
        entered_at=max(entered_at, row["made_at"]),
        all_normal=bool(row["all_normal"]),
        implausible="implausible_time" in row["labels"],
        identified_by=row["identified_by"],
        on_paper=row["on_paper"],
        lives_alone=row["living_alone"],
        code_started_at=row.get("code_started_at"),
        code_ended_at=row.get("code_ended_at"),
        photo=row.get("photo_id") is not None,
        position=_position(row.get("photo_id"), row.get("position_sealed")),
        home=home,
    )


async def known_around(reports: Sequence[Told]) -> Known:
    """Everything the oddities of these reports are judged by, in four statements."""
    return Known(
        by_worker=await _by_worker(reports),
        by_home=await _by_home(reports),
        accounts_by_device=await _accounts_by_device({one.device_id for one in reports if one.device_id}),
        positions=await _positions({one.area_id for one in reports}),
    )


async def _by_worker(reports: Sequence[Told]) -> dict[UUID, list[Told]]:
    rows = await db.fetch(
        "WITH w AS (SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS w (worker, since, until))"
        f" SELECT told.* FROM ({_TOLD} WHERE {_STANDS}) told JOIN w ON w.worker = told.by_account_id"
        " WHERE told.made_at BETWEEN w.since AND w.until OR told.logged_at BETWEEN w.since AND w.until",
        *_spans(reports),
    )
    return _grouped(rows, lambda row: row["by_account_id"])


def _spans(reports: Sequence[Told]) -> tuple[list[UUID], list[datetime], list[datetime]]:
    moments: dict[UUID, list[datetime]] = defaultdict(list)
    for one in reports:
        moments[one.worker_id] += [one.made_at, one.entered_at]
    return (
        list(moments),
        [min(found) - _NEAR for found in moments.values()],
        [max(found) + _NEAR for found in moments.values()],
    )


async def _by_home(reports: Sequence[Told]) -> dict[UUID, list[Told]]:
    first = min(one.made_at for one in reports) - _AT_HOME
    rows = await db.fetch(
        f"{_TOLD} WHERE r.recipient_id = ANY ($1::uuid[]) AND r.outcome = 'made' AND r.made_at >= $2 AND {_STANDS}",
        list({one.recipient_id for one in reports}),
        first,
    )
    return _grouped(rows, lambda row: row["recipient_id"])


def _grouped(rows: Sequence[Mapping[str, Any]], by: Any) -> dict[UUID, list[Told]]:
    found: dict[UUID, list[Told]] = defaultdict(list)
    for row in rows:
        found[by(row)].append(_told(row))
    return found


async def _accounts_by_device(device_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many people have signed in on the phone each of these stands for."""
    rows = await db.fetch(
        "SELECT d.id, (SELECT count(DISTINCT o.account_id) FROM device_state o"
        "  WHERE o.installation_id = d.installation_id)::int AS people"
        " FROM device_state d WHERE d.id = ANY ($1::uuid[]) AND d.installation_id IS NOT NULL",
        list(device_ids),
    )
    return {row["id"]: row["people"] for row in rows}


async def _positions(area_ids: Collection[int]) -> dict[UUID, Place]:
    """Where the last photo with a position was taken, for each home of these villages."""
    rows = await db.fetch(
        "SELECT DISTINCT ON (r.recipient_id) r.recipient_id, a.id, a.position_sealed, r.area_id, p.living_alone"
        " FROM attachment a JOIN visit_report r ON r.id = a.subject_id JOIN recipient p ON p.id = r.recipient_id"
        " WHERE a.area_id = ANY ($1::int[]) AND a.status = 'stored'"
        " AND a.position_sealed IS NOT NULL ORDER BY r.recipient_id, a.stored_at DESC",
        list(area_ids),
    )
    found = {row["recipient_id"]: (row, _position(row["id"], row["position_sealed"])) for row in rows}
    return {
        recipient_id: Place(position=position, area_id=row["area_id"], lives_alone=row["living_alone"])
        for recipient_id, (row, position) in found.items()
        if position
    }


async def _homes(recipient_ids: Collection[UUID]) -> dict[UUID, Position]:
    """Where homes are, as far as earlier photos show: the middle of at least three of them."""
    rows = await db.fetch(
        "SELECT r.recipient_id, a.id, a.position_sealed FROM attachment a JOIN visit_report r ON r.id = a.subject_id"
        " WHERE r.recipient_id = ANY ($1::uuid[]) AND a.status = 'stored' AND a.position_sealed IS NOT NULL",
        list(recipient_ids),
    )
    found: dict[UUID, list[Position]] = defaultdict(list)
    for row in rows:
        position = _position(row["id"], row["position_sealed"])
        if position:
            found[row["recipient_id"]].append(position)
    return {
        recipient_id: Position(
            latitude=median(one.latitude for one in all_of_it), longitude=median(one.longitude for one in all_of_it)
        )
        for recipient_id, all_of_it in found.items()
        if len(all_of_it) >= _ENOUGH
    }


_ENOUGH = 3


def _position(photo_id: UUID | None, sealed: bytes | None) -> Position | None:
    if photo_id is None or sealed is None:
        return None
    return msgspec.json.decode(vault.open_sealed(sealed, f"attachment.position_sealed:{photo_id}"), type=Position)
