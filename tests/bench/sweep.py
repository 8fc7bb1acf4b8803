"""Sweep and climb over a million due slots of which ten thousand are overdue, beside the bare SQL for the same rows."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from alerts import actions as alerts
from core import db
from tests.bench import bare
from tests.bench.bare import Took
from tests.bench.figures import Figure, stopwatch
from tests.bench.ground import Ground
from tests.bench.land import ABSENCE, DEVICE, OFFICER, RECIPIENT, VILLAGE_OF, WORKER, Land, id_sql, settle
from tests.bench.slots import fill
from visits import actions as visits

SLOTS, OVERDUE, ROUNDS = 1_000_000, 10_000, 3
TARGET = 2.0
NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday morning in Shanghai
_LAND = Land(districts=10)
_SLOTS_EACH = 4
_ONE_IN = 25  # of the people, one is overdue each round
_PEOPLE = (SLOTS + (ROUNDS - 1) * OVERDUE) // _SLOTS_EACH
_SWEEP_BATCH, _CLIMB_BATCH = 5_000, 2_000  # as the jobs ask for

# The people of one village follow each other in the tables. The first slots of some are overdue, a second apart for
# each round, so that an alert opened in one round is not yet due again in the next.
_EVERYBODY = f"""
    SELECT n, village, risk, CASE risk WHEN 'high' THEN interval '7 days' ELSE interval '30 days' END AS every,
        CASE risk WHEN 'high' THEN interval '3 days' ELSE interval '7 days' END AS opens_before,
        CASE risk WHEN 'high' THEN interval '0 days' ELSE interval '3 days' END AS grace
    FROM generate_series(0, {_PEOPLE} - 1) n
    CROSS JOIN LATERAL (
        SELECT n / {_ONE_IN} % {_LAND.villages} AS village,
            (ARRAY['high', 'key', 'general'])[1 + n / {_ONE_IN} % 3] AS risk
    ) AS lives
"""
_DUE = f"""
    SELECT n * {_SLOTS_EACH} + k, CASE
        WHEN k = 0 AND n < {OVERDUE * _ONE_IN} AND n % {_ONE_IN} < {ROUNDS}
        THEN timestamptz '{NOW}' + n % {_ONE_IN} * interval '1 second' - n % 997 * interval '1 millisecond' - grace
        ELSE timestamptz '{NOW}' + interval '1 day' + n % 719 * interval '1 hour' + k * every END
    FROM generate_series(0, {_SLOTS_EACH} - 1) k
"""
# Every other phone has been silent for days; one in fifty is away, and that was confirmed; every other worker is
# reached by a webhook, too.
_CIRCUMSTANCES = f"""
    UPDATE device SET last_seen_at = '{NOW - timedelta(days=9)}'
        FROM generate_series(0, {_LAND.villages} - 1, 2) village WHERE id = {id_sql(f"{DEVICE} + village")};
    INSERT INTO account_channel (id, account, channel, address_sealed, created_at)
        SELECT gen_random_uuid(), {id_sql(f"{WORKER} + village")}, 'webhook', '', '2025-01-01'
        FROM generate_series(0, {_LAND.villages} - 1) village WHERE village % 4 < 2;
    INSERT INTO absence (id, recipient, area_id, kind, starts_at, ends_at, reported_by, reported_at, confirmed_by,
            confirmed_at)
        SELECT {id_sql(f"{ABSENCE} + n")}, {id_sql(f"{RECIPIENT} + n")},
            {VILLAGE_OF.format(f"n / {_ONE_IN} % {_LAND.villages}")}, 'away', '{NOW - timedelta(days=20)}',
            '{NOW + timedelta(days=9)}', {id_sql(str(WORKER))}, '{NOW - timedelta(days=20)}', {id_sql(str(OFFICER))},
            '{NOW - timedelta(days=20)}'
        FROM generate_series(0, {_PEOPLE} - 1) n WHERE n / {_ONE_IN} % 50 = 0;
"""


async def measure(ground: Ground) -> list[Figure]:
    """Two copies of one database, one for the product and one for the bare SQL, in turns."""
    await _make(ground, "sweep_bare")
    await ground.copy("sweep_bare", "sweep_product")
    rounds = []
    async with db.pools(ground.settings_of("sweep_product"), app=0, jobs=2):
        for number in range(ROUNDS):
            now = NOW + number * timedelta(seconds=1)
            await ground.checkpoint()
            bared = await bare.run(ground, "sweep_bare", now=now)
            await ground.checkpoint()
            rounds.append((await _product(now), bared))
            await _compare(ground, rounds=number + 1)
    await ground.drop("sweep_product", "sweep_bare")
    return _figures(rounds)


def _figures(rounds: list[tuple[Took, Took]]) -> list[Figure]:
    def middle(of: Callable[[Took, Took], float]) -> float:
        return median(of(did, bared) for did, bared in rounds)

    return [
        Figure(
            name="sweep_and_climb_to_bare_sql",
            value=middle(lambda did, bared: did.both / bared.both),
            unit="x",
            at_most=TARGET,
        ),
        Figure(name="sweep_to_bare_sql", value=middle(lambda did, bared: did.sweep / bared.sweep), unit="x"),
        Figure(name="climb_to_bare_sql", value=middle(lambda did, bared: did.climb / bared.climb), unit="x"),
        Figure(name="sweep", value=middle(lambda did, _: did.sweep), unit=" s"),
        Figure(name="climb", value=middle(lambda did, _: did.climb), unit=" s"),
        Figure(name="sweep_bare_sql", value=middle(lambda _, bared: bared.sweep), unit=" s"),
        Figure(name="climb_bare_sql", value=middle(lambda _, bared: bared.climb), unit=" s"),
    ]


async def _make(ground: Ground, database: str) -> None:
    await ground.migrated(database)
    async with ground.owner(database) as owner:
        await settle(owner, _LAND, now=NOW)
        await fill(owner, _EVERYBODY, _DUE)
        await owner.execute(_CIRCUMSTANCES)
        await owner.execute("ANALYZE")


async def _product(now: datetime) -> Took:
    """As the jobs do it: batch after batch, until nothing is claimed."""
    with stopwatch() as sweep:
        await _until_idle(lambda: visits.mark_missed(now=now, limit=_SWEEP_BATCH))
    with stopwatch() as climb:
        await _until_idle(lambda: alerts.climb(now=now, limit=_CLIMB_BATCH))
    return Took(sweep=sweep.seconds, climb=climb.seconds)


async def _until_idle(batch: Callable[[], Awaitable[Counter[str]]]) -> None:
    while (await batch())["claimed"]:
        pass


_SEEN = """
    SELECT array_agg(told ORDER BY told) FROM (
        SELECT concat_ws(' ', 'visit', status, closed_reason, phone_last_seen_at, count(*)) AS told
            FROM visit WHERE judged_at IS NOT NULL GROUP BY status, closed_reason, phone_last_seen_at
        UNION ALL SELECT concat_ws(' ', 'alert', kind, severity, status, urgent, rung, repeat, next_at, resolve_by,
            fired_at, md5(ladder::text), count(*)) FROM alert GROUP BY kind, severity, status, urgent, rung, repeat,
            next_at, resolve_by, fired_at, ladder
        UNION ALL SELECT concat_ws(' ', 'journal', kind, count(*)) FROM journal GROUP BY kind
        UNION ALL SELECT concat_ws(' ', 'rung', rung, repeat, duty, gap, count(*)) FROM alert_rung
            GROUP BY rung, repeat, duty, gap
        UNION ALL SELECT concat_ws(' ', 'notice', kind, severity, urgent, channel, status, next_try_at, count(*),
            count(DISTINCT account_id)) FROM notice GROUP BY kind, severity, urgent, channel, status, next_try_at
        UNION ALL SELECT concat_ws(' ', 'gap', count(*)) FROM roster_gap) AS seen
"""


async def _compare(ground: Ground, *, rounds: int) -> None:
    """Both must have written the same rows, but for ids and the order they came in."""
    async with ground.owner("sweep_product") as product, ground.owner("sweep_bare") as bared:
        did, wanted = await product.fetchval(_SEEN), await bared.fetchval(_SEEN)
        judged = await product.fetchval("SELECT count(*) FROM visit WHERE judged_at IS NOT NULL")
    if did != wanted:
        raise AssertionError(f"only the product: {set(did) - set(wanted)}; only the bare SQL: {set(wanted) - set(did)}")
    if judged != rounds * OVERDUE:
        raise AssertionError(f"{judged} visits were judged in {rounds} rounds of {OVERDUE}")
