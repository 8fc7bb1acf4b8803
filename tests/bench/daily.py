"""Curtains in the morning: 300,000 households, one window's taps by link, everything judged and told after the cut-off.

`BENCH_HOUSEHOLDS=3000 python -m tests.bench daily` is the same with fewer.
"""

import asyncio
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from uuid import uuid4

from core import db
from tests.bench.figures import Figure, stopwatch
from tests.bench.ground import Ground
from tests.bench.land import DISTRICT_OF, OFFICER, RECIPIENT, VILLAGE_OF, Land, id_of, id_sql, settle
from tests.bench.slots import fill_people
from visits.daily import actions

HOUSEHOLDS = int(os.environ.get("BENCH_HOUSEHOLDS", "300000"))
A_LANE = 5
LANES = HOUSEHOLDS // A_LANE
CLOSED_WITHIN = 300.0  # seconds of load for one window
TOLD_WITHIN = 60.0  # seconds after the cut-off

DAY = date(2026, 3, 3)
MIDNIGHT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TAPPED_AT = MIDNIGHT + timedelta(hours=8, minutes=30)
CLOSES_AT = MIDNIGHT + timedelta(hours=9)
_LAND = Land(districts=10)
_LANE, _HOUSEHOLD, _LINK, _CHECK = 20 << 40, 21 << 40, 22 << 40, 23 << 40
_TOKEN = "bench-link-of-lane-"
_BATCH, _HANDS = 5_000, 8  # as the job asks for; links open at a time

# Of each hundred lanes: two whose watcher forgets, five with a closed curtain, three where one has not moved again.
_FORGOTTEN, _CLOSED, _UNMOVED = 2, 7, 10
_PEOPLE = f"""
    SELECT n, n * {_LAND.villages}::bigint / {HOUSEHOLDS} AS village,
        (ARRAY['high', 'key', 'general'])[1 + n % 3] AS risk FROM generate_series(0, {HOUSEHOLDS} - 1) n
"""
_LANES = f"""
INSERT INTO lane (id, area_id, district_id, name, watcher_name, status, created_by, created_at)
SELECT {id_sql(f"{_LANE} + n / {A_LANE}")}, {VILLAGE_OF.format("village")}, {DISTRICT_OF.format("village")}, '东头',
    '张姐', 'active', {id_sql(str(OFFICER))}, '{MIDNIGHT}' FROM person WHERE n % {A_LANE} = 0
"""
_HOUSEHOLDS = f"""
INSERT INTO lane_household (id, lane_id, recipient_id, area_id, shown_as, position, added_by, added_at)
SELECT {id_sql(f"{_HOUSEHOLD} + n")}, {id_sql(f"{_LANE} + n / {A_LANE}")}, {id_sql(f"{RECIPIENT} + n")},
    {VILLAGE_OF.format("village")}, '3号院', n % {A_LANE}, {id_sql(str(OFFICER))}, '{MIDNIGHT}' FROM person
"""
_LINKS = f"""
INSERT INTO watch_link (id, lane_id, area_id, token_hash, issued_by, issued_at, expires_at)
SELECT {id_sql(f"{_LINK} + n / {A_LANE}")}, {id_sql(f"{_LANE} + n / {A_LANE}")}, {VILLAGE_OF.format("village")},
    sha256(('{_TOKEN}' || n / {A_LANE})::bytea), {id_sql(str(OFFICER))}, '{MIDNIGHT}', '2030-01-01'
FROM person WHERE n % {A_LANE} = 0
"""
# The evening before, as it was judged.
_EVENING = f"""
INSERT INTO daily_check (id, lane_id, recipient_id, area_id, district_id, risk, on_day, part, opens_at, closes_at,
    status, seen, seen_at, settled_at)
SELECT {id_sql(f"{_CHECK} + n")}, {id_sql(f"{_LANE} + n / {A_LANE}")}, {id_sql(f"{RECIPIENT} + n")},
    {VILLAGE_OF.format("village")}, {DISTRICT_OF.format("village")}, risk, '{DAY - timedelta(days=1)}', 'evening',
    '{MIDNIGHT - timedelta(hours=6)}', '{MIDNIGHT - timedelta(hours=2, minutes=30)}',
    CASE WHEN n / {A_LANE} % 100 >= {_CLOSED} AND n / {A_LANE} % 100 < {_UNMOVED} THEN 'unchanged' ELSE 'changed' END,
    'changed', '{MIDNIGHT - timedelta(hours=5)}', '{MIDNIGHT - timedelta(hours=5)}' FROM person
"""


async def measure(ground: Ground) -> list[Figure]:
    """The hardest morning: every tap comes within the window, and the sweep begins only at the cut-off."""
    await _make(ground)
    async with db.pools(ground.settings_of("daily"), app=_HANDS, jobs=3):
        with stopwatch() as laying:
            await _lay()
        async with ground.owner("daily") as owner:
            await owner.execute("VACUUM (ANALYZE) daily_check")
        await ground.checkpoint()
        with stopwatch() as tapping:
            await _tap_every_lane()
        closing = await _close()
    await _compare(ground)
    await ground.drop("daily")
    closed = tapping.seconds + closing.seconds
    return [
        Figure(name="daily_window_closed", value=closed, unit=" s", at_most=CLOSED_WITHIN),
        Figure(name="daily_alarms_told_after_cut_off", value=closing.alarmed, unit=" s", at_most=TOLD_WITHIN),
        Figure(name="daily_all_told_after_cut_off", value=closing.told, unit=" s", at_most=TOLD_WITHIN),
        Figure(name="daily_taps", value=LANES / tapping.seconds, unit=" lanes/s"),
        Figure(name="daily_judged", value=HOUSEHOLDS / closing.seconds, unit=" windows/s"),
        Figure(name="daily_laid", value=4 * HOUSEHOLDS / laying.seconds, unit=" windows/s"),
    ]


async def _make(ground: Ground) -> None:
    await ground.migrated("daily")
    async with ground.owner("daily") as owner:
        await settle(owner, _LAND, now=MIDNIGHT)
        rows = {"lane": _LANES, "lane_household": _HOUSEHOLDS, "watch_link": _LINKS, "daily_check": _EVENING}
        await fill_people(owner, _PEOPLE, rows)


async def _lay() -> None:
    while (await actions.lay_checks(now=MIDNIGHT + timedelta(minutes=1), limit=_BATCH))["households"]:
        pass


async def _tap_every_lane() -> None:
    """As the neighbours do: each by the link of their own lane, in one tap, several at a time."""
    lanes = iter(lane for lane in range(LANES) if lane % 100 >= _FORGOTTEN)

    async def hand() -> None:
        for lane in lanes:
            await _tap(lane)

    await asyncio.gather(*(hand() for _ in range(_HANDS)))


async def _tap(lane: int) -> None:
    sort, first = lane % 100, id_of(_HOUSEHOLD + lane * A_LANE)
    exceptions = {first: "closed"} if sort < _CLOSED else {first: "unchanged"} if sort < _UNMOVED else {}
    await actions.observe_by_link(
        uuid4(),
        f"{_TOKEN}{lane}",
        DAY,
        "morning",
        all_changed=True,
        exceptions=exceptions,
        made_at=TAPPED_AT,
        sent_at=TAPPED_AT,
        address=None,
        now=TAPPED_AT,
    )


@dataclass(frozen=True, kw_only=True)
class _Closing:
    """Seconds from the cut-off until everything was judged, the last alarm and the last alert of any sort told."""

    seconds: float
    alarmed: float
    told: float


async def _close() -> _Closing:
    """As the job does it: batch after batch, the alarming ones first."""
    began, alarmed, told = perf_counter(), 0.0, 0.0
    while (counts := await actions.settle_checks(now=CLOSES_AT, limit=_BATCH))["claimed"]:
        since = perf_counter() - began
        alarmed = since if counts["anomaly"] else alarmed
        told = since if counts["alerted"] else told
    return _Closing(seconds=perf_counter() - began, alarmed=alarmed, told=told)


async def _compare(ground: Ground) -> None:
    """Every window of the morning became what was planted, and each alarm was told once."""
    async with ground.owner("daily") as owner:
        rows = await owner.fetch(
            "SELECT c.status, count(*) AS windows, count(a.id) AS alerts FROM daily_check c"
            " LEFT JOIN alert a ON a.subject_id = c.id WHERE c.on_day = $1 AND c.part = 'morning' GROUP BY c.status",
            DAY,
        )
    found = {row["status"]: (row["windows"], row["alerts"]) for row in rows}
    sorts = Counter(
        "forgotten" if lane % 100 < _FORGOTTEN else "alarming" if lane % 100 < _UNMOVED else "fine"
        for lane in range(LANES)
    )
    forgotten, alarming = sorts["forgotten"] * A_LANE, sorts["alarming"]
    wanted = {
        "anomaly": (alarming, alarming),
        "not_observed": (forgotten, forgotten),
        "changed": (HOUSEHOLDS - forgotten - alarming, 0),
    }
    if found != wanted:
        raise AssertionError(f"the morning became {found}, not {wanted}")
